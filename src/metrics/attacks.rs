//! What attacks came to: counts by outcome, money, and the store of watchtowers.

use serde::{Deserialize, Serialize};

use crate::outcome::AttackOutcome;
use crate::rows::{AttackRow, TowerRow};

/// All attempts of all attacks of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttackResult {
    /// Attempts reported.
    pub attempts: u64,
    /// Of them: the attacker lost its stake.
    pub punished: u64,
    /// It got all that it wanted.
    pub stolen: u64,
    /// It got some of it.
    pub partly: u64,
    /// Nothing came of it.
    pub aborted: u64,
    /// The run ended first.
    pub pending: u64,
    /// Those of which it got all or some, over those that were decided.
    pub won_share: Option<f64>,
    /// What attackers have beyond what they had, where that is known.
    pub attacker_net_msat: i128,
    /// The same for victims.
    pub victim_net_msat: i128,
    /// HTLCs sent.
    pub htlcs: u64,
    /// Money of others that was locked, times the time.
    pub locked_msat_s: u128,
    /// States that watchtowers keep.
    pub tower_states: u64,
    /// What these take.
    pub tower_bytes: u64,
}

impl AttackResult {
    pub(super) fn add(&mut self, row: &AttackRow<'_>) {
        self.attempts += 1;
        let count = match row.outcome {
            AttackOutcome::Punished => &mut self.punished,
            AttackOutcome::Stolen => &mut self.stolen,
            AttackOutcome::Partly => &mut self.partly,
            AttackOutcome::Aborted => &mut self.aborted,
            AttackOutcome::Pending => &mut self.pending,
        };
        *count += 1;
        self.attacker_net_msat += row.attacker_net.map_or(0, i128::from);
        self.victim_net_msat += row.victim_net.map_or(0, i128::from);
        self.htlcs += row.htlcs.unwrap_or(0);
        self.locked_msat_s += row.locked_msat_s.map_or(0, u128::from);
        let decided = self.attempts - self.pending;
        let won = (self.stolen + self.partly) as f64;
        self.won_share = (decided > 0).then(|| won / decided as f64);
    }

    pub(super) const fn add_towers(&mut self, row: &TowerRow) {
        self.tower_states += row.states;
        self.tower_bytes += row.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::outcome::AttackKind;
    use crate::units::SimTime;

    #[test]
    fn attempts_are_counted_by_outcome_and_money_is_summed() {
        let mut result = AttackResult::default();
        for (outcome, net) in [
            (AttackOutcome::Punished, Some(-5)),
            (AttackOutcome::Stolen, Some(3)),
            (AttackOutcome::Partly, None),
            (AttackOutcome::Pending, None),
        ] {
            let who = ("a", AttackKind::RevokedBroadcast, 0);
            let new = AttackRow::new(who, NodeId(0), SimTime::ZERO, outcome);
            result.add(&AttackRow { attacker_net: net, ..new });
        }
        result.add_towers(&TowerRow { states: 3, bytes: 1_068 });
        assert_eq!((result.attempts, result.punished, result.pending), (4, 1, 1));
        assert_eq!((result.won_share, result.attacker_net_msat), (Some(2.0 / 3.0), -2));
        assert_eq!((result.tower_states, result.tower_bytes), (3, 1_068));
    }
}
