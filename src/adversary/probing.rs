//! Probing: a binary search for what a node can send over one direction of a channel.
//!
//! The attacker opens a channel to the node and sends HTLCs with a random hash through the direction, to
//! the node at its other end. If that one answers (`incorrect_or_unknown_payment_details`: it knows no
//! such payment), the amount passed; if the first one answers (`temporary_channel_failure`), it did not.
//! Each answer halves what is possible: one bit per probe, if what can be sent is uniform over 0..=capacity
//! beforehand, and less where the middle cannot be probed because `htlc_maximum_msat` or the attacker's own
//! money ends below it. The balance is not known better than the reserve and the commitment fee let it be
//! sent: that is what is found.
//!
//! Source: A. Biryukov, G. Naumenko and S. Tikhomirov, *Analysis and Probing of Parallel Channels in the
//! Lightning Network*, FC 2022.
//!
//! Not done: blocking parallel channels while one of them is probed.

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Feedback, Order, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::targets::Targets;
use crate::adversary::view::AttackerView;
use crate::declare::amount::{DELAY, MONEY_POSITIVE, WholeSat};
use crate::declare::number::Whole;
use crate::declare::params;
use crate::ids::DirectedChannel;
use crate::math;
use crate::outcome::{AttackCause, AttackOutcome, OnionError};
use crate::payment::{AttackerResponse, AttemptResult};
use crate::units::{Msat, Sat, SimDuration, SimTime};

params! {
    /// Parameters of `probing`.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ProbingParams {
        /// The channels to probe, in both directions.
        targets: Targets = required_choice(),
        /// All the attacker's money: one channel per direction probed.
        budget: Sat = required(WholeSat),
        /// A search ends when no more than this is left open.
        precision: Msat = or(Sat(1_000).to_msat(), MONEY_POSITIVE),
        /// Wait between two probes of one direction.
        pause: SimDuration = or(SimDuration::ZERO, DELAY),
        /// Blocks left to the HTLC at the end of its route. Source: BOLT 11's default of
        /// `min_final_cltv_expiry_delta`.
        final_cltv: u32 = or(18, Whole(1..=2_016)),
    }
}

/// The way to a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbePath {
    /// From the attacker to the sender of `target`.
    pub entry: DirectedChannel,
    /// The direction probed.
    pub target: DirectedChannel,
}

/// A probing attack under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probing {
    params: ProbingParams,
    searches: Vec<Search>,
}

/// The search for what one direction can send: `low <= it < high`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Search {
    path: ProbePath,
    start: SimTime,
    low: Msat,
    high: Msat,
    /// What all that was possible beforehand.
    width: Msat,
    /// The probe under way.
    probe: Msat,
    sent: u64,
    done: bool,
}

impl Probing {
    /// A search on each path.
    pub fn new(params: ProbingParams, paths: Vec<ProbePath>) -> Self {
        let search = |path| Search {
            path,
            start: SimTime::ZERO,
            low: Msat::ZERO,
            high: Msat::ZERO,
            width: Msat::ZERO,
            probe: Msat::ZERO,
            sent: 0,
            done: false,
        };
        Self { params, searches: paths.into_iter().map(search).collect() }
    }
}

impl Recruit for Probing {
    type Params = ProbingParams;

    /// One entry channel per target.
    fn recruit(params: &ProbingParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let targets = recruits.targets(&params.targets)?;
        let size = recruits.size(params.budget, targets.len())?;
        let attacker = recruits.node();
        let paths = targets.into_iter().map(|target| {
            let source = recruits.network.source(target);
            ProbePath { entry: recruits.channel(attacker, source, size, Sat::ZERO), target }
        });
        let paths = paths.collect();
        Ok(Self::new(params.clone(), paths))
    }
}

impl Strategy for Probing {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        let Self { params, searches } = self;
        match feedback {
            Feedback::Started => {
                for (label, search) in (0..).zip(searches) {
                    search.begin(view);
                    search.send(label, params, view, actions);
                }
            }
            Feedback::Woken { label } => {
                searches[label as usize].send(label, params, view, actions);
            }
            Feedback::Ended { label, result, .. } => {
                let search = &mut searches[label as usize];
                if search.learn(result) {
                    actions.push(Action::Wake { at: view.now + params.pause, label });
                } else {
                    search.end(label, params, view, actions);
                }
            }
            Feedback::Over | Feedback::Finished => {
                for (label, search) in (0..).zip(searches) {
                    if view.now >= search.start && search.width > Msat::ZERO {
                        search.end(label, params, view, actions);
                    }
                }
            }
            Feedback::Offered { .. }
            | Feedback::Arrived { .. }
            | Feedback::Preimage { .. }
            | Feedback::Closed(_)
            | Feedback::RevokedPublished(_) => {}
        }
    }
}

impl Search {
    fn begin(&mut self, view: &AttackerView<'_>) {
        self.start = view.now;
        let capacity = view.capacity(self.path.target.channel()).to_msat();
        self.width = capacity + Msat(1);
        self.high = self.width;
    }

    /// Sends the next probe, or ends the search.
    fn send(
        &mut self,
        label: u32,
        params: &ProbingParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if self.done || !view.goes_on() {
            return;
        }
        let ProbePath { entry, target } = self.path;
        // The largest probe that can be sent: the sender of the target takes a fee for it.
        let limit = view.policy(target).map_or(Msat::ZERO, |policy| {
            let own = view.spendable(entry);
            let ppm = u64::from(policy.proportional_millionths.0);
            let base = u64::from(policy.fee_base_msat);
            policy.htlc_maximum.min(below_fee(own, base, ppm))
        });
        let middle = Msat(self.low.get() + (self.high - self.low).get() / 2);
        let probe = middle.min(limit);
        let is_found = (self.high - self.low) <= params.precision.max(Msat(1));
        let hops = (probe > self.low && !is_found)
            .then(|| view.hops(&[entry, target], probe, params.final_cltv))
            .flatten();
        let Some(hops) = hops else { return self.end(label, params, view, actions) };
        self.probe = probe;
        self.sent += 1;
        // The node at the end is not the attacker's: it refuses what it does not know.
        let response = AttackerResponse::Fail { hold: SimDuration::ZERO };
        actions.push(Action::Send(Order { label, hops, response }));
    }

    /// Takes in an answer; false when it says nothing about the target.
    fn learn(&mut self, result: AttemptResult) -> bool {
        match result {
            AttemptResult::Failed { error: OnionError::TemporaryChannelFailure, hop: 1 } => {
                self.high = self.probe;
                true
            }
            AttemptResult::Failed { hop: 2, .. } => {
                self.low = self.probe;
                true
            }
            AttemptResult::Failed { .. } | AttemptResult::Settled => false,
        }
    }

    fn end(
        &mut self,
        label: u32,
        params: &ProbingParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if self.done {
            return;
        }
        self.done = true;
        let left = self.high - self.low;
        let outcome = if left <= params.precision.max(Msat(1)) {
            AttackOutcome::Succeeded
        } else if left < self.width {
            AttackOutcome::Partly
        } else {
            AttackOutcome::Aborted
        };
        #[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
        let bits = math::ln(self.width.get() as f64 / left.get() as f64) / math::ln(2.0);
        let ProbePath { entry, target } = self.path;
        actions.push(Action::Report(Attempt {
            label,
            start: self.start,
            victim: Some(view.source(target)),
            channel: Some(target.channel()),
            gain: Some(self.width - left),
            stake: Some(view.capacity(entry.channel())),
            htlcs: self.sent,
            bits: Some(bits),
            outcome,
            cause: (outcome == AttackOutcome::Aborted).then_some(AttackCause::Refused),
            ending: None,
        }));
    }
}

/// The largest amount that, with its fee, is at most `total`.
fn below_fee(total: Msat, base: u64, ppm: u64) -> Msat {
    let Some(rest) = total.checked_sub(Msat(base)) else { return Msat::ZERO };
    let million = 1_000_000_u128;
    let amount = (u128::from(rest.get()) + 1) * million - 1;
    Msat(u64::try_from(amount / (million + u128::from(ppm))).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    #[test]
    fn the_largest_amount_leaves_exactly_room_for_its_fee() {
        for (base, ppm) in [(0, 0), (1_000, 1), (7, 250_000), (1, 3_000_000)] {
            for total in [1_000, 1_001, 12_345, 999_999_999] {
                let amount = below_fee(Msat(total), base, ppm);
                let fee = |a| Ppm(u32::try_from(ppm).unwrap()).of(a).unwrap() + Msat(base);
                assert!(
                    amount + fee(amount) <= Msat(total).max(Msat(base)),
                    "{total} {base} {ppm}"
                );
                let more = amount + Msat(1);
                assert!(more + fee(more) > Msat(total), "{total} {base} {ppm}");
            }
        }
    }
}
