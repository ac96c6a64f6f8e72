//! Flood and loot: so many channels must go to the chain at once that some come too late.
//!
//! The attacker's source opens a channel to each victim, fills it with HTLCs, and has them paid on to its
//! receiver over a second channel. When all are in place, the source falls silent; then the receiver takes
//! the money, which costs the victims as much. Each victim has the preimages, but the source does not answer:
//! shortly before the HTLCs expire, all victims publish their commitments and claim HTLC by HTLC. What is
//! not in a block by the expiry, the source takes back, paying more than the claim that waits.
//!
//! Source: J. Harris and A. Zohar, *Flood & Loot: A Systemic Attack on the Lightning Network*, AFT 2020; set-up
//! of the authors' code (`jonahar/lightning-systemic-attack`): 483 HTLCs of 11,000 sat a channel. 483 of
//! them weigh 83,800 + 483 · 703 = 423,349 WU without anchors: ten empty blocks hold 94.5 channels.
//!
//! Not done: lowering the feerate of the commitments before the attack, as the paper also describes; here
//! that is `lightning.protocol.commitment_feerate`.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Closed, Ending, Feedback, Order, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::targets::public_degree;
use crate::adversary::view::AttackerView;
use crate::declare::amount::{DELAY_POSITIVE, MONEY_POSITIVE, WholeSat};
use crate::declare::number::Whole;
use crate::declare::params;
use crate::ids::{DirectedChannel, NodeId};
use crate::outcome::{AttackCause, AttackOutcome, OnionError};
use crate::payment::{AttackerResponse, AttemptResult};
use crate::units::{Msat, Sat, SimDuration, SimTime};

params! {
    /// Parameters of `flood_and_loot`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FloodParams {
        /// Nodes attacked: those with most public channels.
        victims: u32 = required(Whole(1..=100_000)),
        /// All the attacker's money: two channels per victim.
        budget: Sat = required(WholeSat),
        /// What each HTLC brings to the attacker's receiver. Source: the authors' code.
        amount: Msat = or(Sat(11_000).to_msat(), MONEY_POSITIVE),
        /// Most HTLCs at once per victim. Source: BOLT 2's `max_accepted_htlcs` is at most 483.
        most: u32 as "htlcs" = or(483, Whole(1..=483)),
        /// Time from the first HTLC until the source falls silent and the receiver takes the money.
        /// Source: an assumption.
        hold: SimDuration = or(SimDuration::from_secs(600), DELAY_POSITIVE),
        /// Blocks left to the HTLCs at the receiver. Source: BOLT 11's default of
        /// `min_final_cltv_expiry_delta`.
        final_cltv: u32 = or(18, Whole(1..=2_016)),
    }
}

/// A flood under way: a row per victim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodAndLoot {
    params: FloodParams,
    /// The attacker's node that falls silent.
    source: NodeId,
    floods: Vec<Flood>,
}

/// The two channels of a victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloodedPair {
    /// From the source to the victim.
    pub entry: DirectedChannel,
    /// From the victim to the receiver.
    pub exit: DirectedChannel,
}

/// What happens to a victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Flood {
    pair: FloodedPair,
    start: SimTime,
    /// What an HTLC carries in the entry channel.
    each: Msat,
    /// HTLCs that the entry channel took, and those of them that are gone again.
    offered: u32,
    ended: u32,
    /// HTLCs that the receiver got.
    paid: u32,
    /// HTLCs whose victim was paid for them.
    claimed: u32,
    reported: bool,
}

impl FloodAndLoot {
    /// A flood through these channels.
    pub fn new(params: FloodParams, source: NodeId, pairs: &[FloodedPair]) -> Self {
        let flood = |&pair| Flood {
            pair,
            start: SimTime::ZERO,
            each: Msat::ZERO,
            offered: 0,
            ended: 0,
            paid: 0,
            claimed: 0,
            reported: false,
        };
        Self { params, source, floods: pairs.iter().map(flood).collect() }
    }

    fn ended(&mut self, label: u32, result: AttemptResult) {
        let flood = &mut self.floods[label as usize];
        match result {
            // The own channel took no more.
            AttemptResult::Failed { error: OnionError::TemporaryChannelFailure, hop: 0 } => {}
            AttemptResult::Failed { .. } => flood.ended += 1,
            AttemptResult::Settled => {
                flood.ended += 1;
                flood.claimed += 1;
            }
        }
    }
}

impl Recruit for FloodAndLoot {
    type Params = FloodParams;

    /// A source and a receiver, and a channel of each per victim.
    fn recruit(params: &FloodParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let network = &*recruits.network;
        let mut victims: Vec<_> = network.node_ids().collect();
        victims.sort_by_cached_key(|&node| (Reverse(public_degree(network, node)), node));
        victims.truncate(params.victims as usize);
        let size = recruits.size(params.budget, 2 * victims.len())?;
        let [source, receiver] = [recruits.node(), recruits.node()];
        let pair = |victim| {
            let entry = recruits.channel(source, victim, size, Sat::ZERO);
            let pushed = size.saturating_sub(recruits.cover(size));
            let exit = recruits.channel(receiver, victim, size, pushed).reverse();
            FloodedPair { entry, exit }
        };
        let pairs: Vec<_> = victims.into_iter().map(pair).collect();
        Ok(Self::new(*params, source, &pairs))
    }
}

impl Strategy for FloodAndLoot {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        let params = self.params;
        match feedback {
            Feedback::Started => {
                for (label, flood) in (0..).zip(&mut self.floods) {
                    flood.start = view.now;
                    flood.send(label, &params, view, actions);
                }
                actions.push(Action::Wake { at: view.now + params.hold, label: 0 });
            }
            Feedback::Offered { label } => {
                let flood = &mut self.floods[label as usize];
                flood.offered += 1;
                flood.send(label, &params, view, actions);
            }
            Feedback::Woken { .. } => {
                if view.goes_on() {
                    actions.push(Action::Silence(self.source));
                }
            }
            Feedback::Arrived { label } => self.floods[label as usize].paid += 1,
            Feedback::Ended { label, result, .. } => self.ended(label, result),
            Feedback::Closed(closed) => {
                let is_his = |flood: &Flood| flood.pair.entry.channel() == closed.channel;
                if let Some(label) = self.floods.iter().position(is_his) {
                    self.floods[label].report(label, Some(&closed), &params, view, actions);
                }
            }
            Feedback::Over | Feedback::Preimage { .. } | Feedback::RevokedPublished(_) => {}
            Feedback::Finished => {
                for (label, flood) in self.floods.iter_mut().enumerate() {
                    flood.report(label, None, &params, view, actions);
                }
            }
        }
    }

    fn silences(&self) -> bool {
        true
    }
}

impl Flood {
    /// Sends the next HTLC, unless there are enough.
    fn send(
        &mut self,
        label: u32,
        params: &FloodParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if self.offered >= params.most || !view.goes_on() {
            return;
        }
        let FloodedPair { entry, exit } = self.pair;
        let Some(hops) = view.hops(&[entry, exit], params.amount, params.final_cltv) else {
            return;
        };
        self.each = hops[0].amount;
        let response = AttackerResponse::Settle { hold: params.hold };
        actions.push(Action::Send(Order { label, hops, response }));
    }

    /// HTLCs that have come back for good although the victim paid for them: at least so many of those that have
    /// come back, as no more than these were never paid.
    fn looted(&self) -> u32 {
        let came_back = self.ended - self.claimed;
        came_back.saturating_sub(self.offered - self.paid.min(self.offered))
    }

    fn report(
        &mut self,
        label: usize,
        closed: Option<&Closed>,
        params: &FloodParams,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        if self.reported || self.offered == 0 {
            return;
        }
        self.reported = true;
        let loot = self.paid - self.claimed.min(self.paid);
        let is_over = closed.is_some() || self.ended == self.offered;
        let outcome = match (is_over, loot) {
            // One HTLC is the victim's for good, and one that it paid for is the attacker's: the others can
            // make it neither all nor nothing.
            (false, _) if self.claimed > 0 && self.looted() > 0 => AttackOutcome::Partly,
            (false, _) => AttackOutcome::Pending,
            (true, 0) => AttackOutcome::Aborted,
            (true, loot) if loot == self.paid => AttackOutcome::Stolen,
            (true, _) => AttackOutcome::Partly,
        };
        let FloodedPair { entry, exit } = self.pair;
        let stake = [entry, exit].map(|direction| view.capacity(direction.channel()));
        // What the victim paid to the receiver moved in the exit channel.
        let moved = params.amount * u64::from(self.paid);
        actions.push(Action::Report(Attempt {
            label: u32::try_from(label).expect("victims are few"),
            start: self.start,
            victim: Some(view.target(entry)),
            channel: Some(entry.channel()),
            gain: is_over.then(|| self.each * u64::from(loot)),
            stake: Some(stake[0] + stake[1]),
            htlcs: u64::from(self.offered),
            bits: None,
            outcome,
            cause: (is_over && self.paid == 0).then_some(AttackCause::Refused),
            ending: closed.map(|closed| Ending {
                net: [closed.net[0] + signed(moved), closed.net[1] - signed(moved)],
                ..Ending::of(closed)
            }),
        }));
    }
}

fn signed(money: Msat) -> i64 {
    i64::try_from(money.get()).expect("less than all bitcoin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, Side};

    #[test]
    fn what_came_back_is_loot_as_far_as_it_cannot_be_what_was_never_paid() {
        let [entry, exit] = [0, 1].map(|id| DirectedChannel::new(ChannelId(id), Side::One));
        let (start, each) = (SimTime::ZERO, Msat(1));
        let looted = |offered, paid, ended, claimed| {
            let pair = FloodedPair { entry, exit };
            Flood { pair, start, each, offered, ended, paid, claimed, reported: false }.looted()
        };
        // Ten offered, eight paid: two come back whatever happens.
        assert_eq!([looted(10, 8, 4, 2), looted(10, 8, 5, 2), looted(10, 8, 10, 2)], [0, 1, 6]);
        assert_eq!([looted(10, 10, 1, 0), looted(10, 0, 10, 0)], [1, 0]);
    }
}
