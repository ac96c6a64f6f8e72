//! What became of attacks, closed channels and money lost, over the whole run.
//!
//! Attempts and closings are few and end long after they begin, so that all of the run counts, warm-up
//! and drain included.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::estimate::Estimate;
use crate::metrics::ratio::Ratio;
use crate::outcome::{AttackOutcome, CloseCause, CloseKind, Outcome};
use crate::rows::{AttackRow, CampaignRow, ClosureRow, LossRow, PaymentRow, TowerRow};
use crate::units::SimTime;

/// Attacks, closings and losses of the whole run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecurityResult {
    /// Attempts of attacks.
    pub attacks: AttackResult,
    /// Channels that were closed.
    pub closures: ClosureResult,
    /// Money lost to others.
    pub losses: LossResult,
}

/// Attempts of attacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttackResult {
    /// All.
    pub attempts: u64,
    /// By how they ended.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Attempts that took money, whole or in part, among these and those that were punished. Jamming,
    /// griefing, probing and exits take none.
    pub theft_share: Estimate,
    /// The attackers' wealth because of them.
    pub attacker_net_msat: i64,
    /// The victims' wealth because of them.
    pub victim_net_msat: i64,
    /// HTLCs sent for them.
    pub htlcs: u64,
    /// Other nodes' money locked by them times the time.
    pub locked_msat_s: u64,
    /// Slots of other nodes' channels taken by them times the time.
    pub slot_s: u64,
    /// What probing learnt of balances, in bits.
    pub bits_learnt: f64,
    /// Share settled of the measured payments submitted before the first attack starts; nothing without attacks.
    pub success_before: Estimate,
    /// The same from then to the end of the last.
    pub success_during: Estimate,
    /// The same after it.
    pub success_after: Estimate,
    /// States that watchtowers keep at the end.
    pub tower_states: u64,
    /// Bytes that these take.
    pub tower_bytes: u64,
}

/// Channels that were closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClosureResult {
    /// All.
    pub closed: u64,
    /// By how.
    pub kinds: BTreeMap<&'static str, u64>,
    /// By why.
    pub causes: BTreeMap<&'static str, u64>,
    /// Those by agreement among all.
    pub cooperative_share: Estimate,
    /// From the broadcast to the block that spends the last output, over those that got so far.
    pub blocks_to_resolve_mean: Option<f64>,
    /// Fees of both sides.
    pub fees_msat: u64,
}

/// Money lost to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossResult {
    /// How often.
    pub count: u64,
    /// How much.
    pub lost_msat: u64,
}

/// The fold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Security {
    outcomes: BTreeMap<AttackOutcome, u64>,
    thefts: Ratio,
    attacker_net_msat: i64,
    victim_net_msat: i64,
    htlcs: u64,
    locked_msat_s: u64,
    slot_s: u64,
    bits_learnt: f64,
    /// From the start of the first attack to the end of the last.
    span: Option<[SimTime; 2]>,
    /// Payments before, in and after that.
    success: [Ratio; 3],
    tower_states: u64,
    tower_bytes: u64,
    kinds: BTreeMap<CloseKind, u64>,
    causes: BTreeMap<CloseCause, u64>,
    cooperative: Ratio,
    resolved: u64,
    blocks_to_resolve: u64,
    fees_msat: u64,
    losses: LossResult,
}

impl Security {
    pub(super) fn attack(&mut self, row: &AttackRow<'_>) {
        *self.outcomes.entry(row.outcome).or_default() += 1;
        match row.outcome {
            AttackOutcome::Stolen | AttackOutcome::Partly if row.kind.takes_money() => {
                self.thefts.add(true);
            }
            AttackOutcome::Punished => self.thefts.add(false),
            AttackOutcome::Stolen
            | AttackOutcome::Partly
            | AttackOutcome::Succeeded
            | AttackOutcome::Aborted
            | AttackOutcome::Pending => {}
        }
        self.bits_learnt += row.bits.unwrap_or(0.0);
        // All the money there will ever be fits 2.1·10^18 msat: sums of that many attempts may not.
        let add = |sum: i64, net: Option<i64>| sum.saturating_add(net.unwrap_or(0));
        self.attacker_net_msat = add(self.attacker_net_msat, row.attacker_net);
        self.victim_net_msat = add(self.victim_net_msat, row.victim_net);
        self.htlcs += row.htlcs.unwrap_or(0);
        self.locked_msat_s = self.locked_msat_s.saturating_add(row.locked_msat_s.unwrap_or(0));
        self.slot_s = self.slot_s.saturating_add(row.slot_s.unwrap_or(0));
    }

    /// An attack is to come.
    pub(super) fn campaign(&mut self, row: &CampaignRow) {
        let [from, to] = self.span.unwrap_or([row.from, row.to]);
        self.span = Some([from.min(row.from), to.max(row.to)]);
    }

    /// A measured payment ended.
    pub(super) fn payment(&mut self, row: &PaymentRow) {
        let Some([from, to]) = self.span else { return };
        let place = usize::from(row.submitted >= from) + usize::from(row.submitted >= to);
        self.success[place].add(row.outcome == Outcome::Settled);
    }

    pub(super) const fn towers(&mut self, row: &TowerRow) {
        self.tower_states += row.states;
        self.tower_bytes += row.bytes;
    }

    pub(super) fn closure(&mut self, row: &ClosureRow) {
        *self.kinds.entry(row.kind).or_default() += 1;
        *self.causes.entry(row.cause).or_default() += 1;
        self.cooperative.add(row.kind == CloseKind::Cooperative);
        if let (Some(broadcast), Some(resolved)) = (row.broadcast, row.resolved) {
            self.resolved += 1;
            self.blocks_to_resolve += u64::from(resolved.0.saturating_sub(broadcast.0));
        }
        for fees in row.fees {
            self.fees_msat = self.fees_msat.saturating_add(fees.get());
        }
    }

    pub(super) fn loss(&mut self, row: &LossRow) {
        self.losses.count += 1;
        self.losses.lost_msat = self.losses.lost_msat.saturating_add(row.amount.get());
    }

    pub(super) fn result(&self) -> SecurityResult {
        let counts = |all: &mut dyn Iterator<Item = (&'static str, u64)>| all.collect();
        let of = |outcome: &AttackOutcome| self.outcomes.get(outcome).copied().unwrap_or(0);
        let kind = |kind: &CloseKind| self.kinds.get(kind).copied().unwrap_or(0);
        let cause = |cause: &CloseCause| self.causes.get(cause).copied().unwrap_or(0);
        let [success_before, success_during, success_after] =
            self.success.each_ref().map(Ratio::estimate);
        SecurityResult {
            attacks: AttackResult {
                attempts: self.outcomes.values().sum(),
                outcomes: counts(&mut AttackOutcome::ALL.iter().map(|o| (o.name(), of(o)))),
                theft_share: self.thefts.estimate(),
                attacker_net_msat: self.attacker_net_msat,
                victim_net_msat: self.victim_net_msat,
                htlcs: self.htlcs,
                locked_msat_s: self.locked_msat_s,
                slot_s: self.slot_s,
                success_before,
                success_during,
                success_after,
                bits_learnt: self.bits_learnt,
                tower_states: self.tower_states,
                tower_bytes: self.tower_bytes,
            },
            closures: ClosureResult {
                closed: self.kinds.values().sum(),
                kinds: counts(&mut CloseKind::ALL.iter().map(|k| (k.name(), kind(k)))),
                causes: counts(&mut CloseCause::ALL.iter().map(|c| (c.name(), cause(c)))),
                cooperative_share: self.cooperative.estimate(),
                blocks_to_resolve_mean: (self.resolved > 0)
                    .then(|| self.blocks_to_resolve as f64 / self.resolved as f64),
                fees_msat: self.fees_msat,
            },
            losses: self.losses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, NodeId};
    use crate::metrics::summary::testing::settled;
    use crate::outcome::{AttackKind, LossKind};
    use crate::units::{BlockHeight, Msat, Sat, Weight};

    fn attempt(outcome: AttackOutcome, net: i64) -> AttackRow<'static> {
        let of = ("thieves", AttackKind::RevokedBroadcast, 0);
        AttackRow {
            attacker_net: Some(net),
            victim_net: Some(-net),
            ..AttackRow::new(of, NodeId(0), SimTime::ZERO, outcome)
        }
    }

    fn closed(kind: CloseKind, cause: CloseCause, resolved: Option<u32>) -> ClosureRow {
        ClosureRow {
            channel: ChannelId(0),
            capacity: Sat(1_000),
            anchors: true,
            kind,
            cause,
            by: NodeId(0),
            number: 3,
            decided: SimTime::ZERO,
            broadcast: Some(BlockHeight(100)),
            confirmed: resolved.map(BlockHeight),
            resolved: resolved.map(BlockHeight),
            buried: None,
            htlcs: 0,
            trimmed: 0,
            timed_out: 0,
            claimed: 0,
            penalised: 0,
            weight: Weight(700),
            fees: [Msat(1_000), Msat(500)],
            start: [Msat::ZERO; 2],
            end: [0; 2],
            rounding: Msat::ZERO,
            loss: Msat::ZERO,
            loser: None,
        }
    }

    #[test]
    fn attempts_are_counted_by_outcome_and_only_decided_ones_have_a_share() {
        let mut security = Security::default();
        for (outcome, net) in [
            (AttackOutcome::Stolen, 700),
            (AttackOutcome::Punished, -1_000),
            (AttackOutcome::Punished, -1_000),
            (AttackOutcome::Partly, 100),
            (AttackOutcome::Aborted, 0),
            (AttackOutcome::Pending, 0),
        ] {
            security.attack(&attempt(outcome, net));
        }
        security.towers(&TowerRow { states: 3, bytes: 1_068 });
        let attacks = security.result().attacks;
        assert_eq!((attacks.tower_states, attacks.tower_bytes), (3, 1_068));
        assert_eq!((attacks.attempts, attacks.outcomes["punished"]), (6, 2));
        assert_eq!((attacks.theft_share.value, attacks.theft_share.n), (Some(0.5), 4));
        assert_eq!((attacks.attacker_net_msat, attacks.victim_net_msat), (-1_200, 1_200));
    }

    #[test]
    fn success_is_told_before_during_and_after_the_attacks() {
        let mut security = Security::default();
        security.payment(&settled(0, 5, 1, 1));
        assert_eq!(security.result().attacks.success_before.n, 0, "no attack is to come");
        // From 10 s to 20 s, and from 15 s to 30 s.
        for [from, to] in [[15, 30], [10, 20]] {
            let [from, to] = [from, to].map(|s: u64| SimTime(s * 1_000_000_000));
            security.campaign(&CampaignRow { from, to });
        }
        for at in [5, 9, 10, 25, 29, 30] {
            let mut row = settled(at, 5, at, 1);
            if at == 25 {
                row.outcome = Outcome::Failed;
            }
            security.payment(&row);
        }
        let found = security.result().attacks;
        let told = |of: &Estimate| (of.n, of.value);
        assert_eq!(told(&found.success_before), (2, Some(1.0)));
        assert_eq!(told(&found.success_during), (3, Some(2.0 / 3.0)));
        assert_eq!(told(&found.success_after), (1, Some(1.0)));
    }

    #[test]
    fn attacks_that_take_no_money_are_no_thefts() {
        let mut security = Security::default();
        for (kind, outcome) in [
            (AttackKind::SlowJamming, AttackOutcome::Partly),
            (AttackKind::Probing, AttackOutcome::Succeeded),
        ] {
            let row = AttackRow::new(("a", kind, 0), NodeId(0), SimTime::ZERO, outcome);
            security.attack(&AttackRow { bits: Some(1.5), slot_s: Some(7), ..row });
        }
        let attacks = security.result().attacks;
        assert_eq!((attacks.theft_share.value, attacks.theft_share.n), (None, 0));
        assert_eq!((attacks.bits_learnt, attacks.outcomes["succeeded"]), (3.0, 1));
        assert_eq!(attacks.slot_s, 14);
    }

    #[test]
    fn closings_are_counted_by_kind_and_cause_and_losses_added_up() {
        let mut security = Security::default();
        security.closure(&closed(CloseKind::Cooperative, CloseCause::Scheduled, Some(102)));
        security.closure(&closed(CloseKind::Unilateral, CloseCause::HtlcDeadline, Some(110)));
        security.closure(&closed(CloseKind::Unilateral, CloseCause::PeerGone, None));
        let loss = LossRow {
            at: SimTime::ZERO,
            height: BlockHeight(100),
            node: NodeId(1),
            channel: ChannelId(0),
            payment: None,
            part: None,
            kind: LossKind::HtlcTimedOut,
            amount: Msat(7),
            cause: None,
        };
        security.loss(&loss);
        security.loss(&loss);
        let SecurityResult { closures, losses, .. } = security.result();
        assert_eq!((closures.closed, closures.kinds["unilateral"]), (3, 2));
        assert_eq!((closures.causes["peer_gone"], closures.causes["attack"]), (1, 0));
        assert_eq!(closures.cooperative_share.value, Some(1.0 / 3.0));
        assert_eq!((closures.blocks_to_resolve_mean, closures.fees_msat), (Some(6.0), 4_500));
        assert_eq!(losses, LossResult { count: 2, lost_msat: 14 });
    }
}
