//! Revoked states that a dishonest node would publish: for each side of each channel two, in constant memory.
//!
//! Of all states in which a channel came to rest and which are revoked by now, each side keeps the one
//! that pays it best among those that its peer's watchtower knows, and the one among those that it does
//! not know: no other state can be a better choice. Whether a tower knows a state is drawn by channel,
//! side and number: it may have missed the update.
//!
//! A simplification: states with HTLCs under way are not kept.

use serde::{Deserialize, Serialize};

use crate::engine::Draws;
use crate::ids::{ChannelId, Side};
use crate::units::Msat;

/// A state that its owner has revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedState {
    /// Number of the owner's commitment.
    pub number: u32,
    /// The owner's balance in it.
    pub balance: Msat,
    /// Whether a watchtower of the peer, if there is one, knows it.
    pub covered: bool,
}

/// A state in which nothing is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    numbers: [u32; 2],
    balance: [Msat; 2],
}

/// What each side of each channel keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Records {
    draws: Draws,
    /// Share of the states that towers know.
    known_share: f64,
    last: Vec<Rest>,
    /// By side and by coverage.
    best: Vec<[[Option<RevokedState>; 2]; 2]>,
}

impl Records {
    pub(super) fn new(
        draws: Draws,
        known_share: f64,
        balances: impl Iterator<Item = [Msat; 2]>,
    ) -> Self {
        let last: Vec<Rest> = balances.map(|balance| Rest { numbers: [0; 2], balance }).collect();
        let best = vec![[[None; 2]; 2]; last.len()];
        Self { draws, known_share, last, best }
    }

    /// A channel has opened.
    pub(super) fn open(&mut self, balance: [Msat; 2]) {
        self.last.push(Rest { numbers: [0; 2], balance });
        self.best.push([[None; 2]; 2]);
    }

    /// The channel is at rest: the state of its last rest is revoked, if it has another number.
    pub(super) fn rest(&mut self, channel: ChannelId, numbers: [u32; 2], balance: [Msat; 2]) {
        let Some(last) = self.last.get_mut(channel.index()) else { return };
        let before = std::mem::replace(last, Rest { numbers, balance });
        for side in Side::BOTH.map(Side::index) {
            if before.numbers[side] == numbers[side] {
                continue;
            }
            let (number, balance) = (before.numbers[side], before.balance[side]);
            let kept = &mut self.best[channel.index()][side];
            // The draw is only needed where the state could be kept.
            if kept.iter().all(|kept| kept.is_some_and(|kept| kept.balance >= balance)) {
                continue;
            }
            let covered = chance_of(self.draws, entity_of(channel, side), number, self.known_share);
            let kept = &mut kept[usize::from(covered)];
            if kept.is_none_or(|kept| kept.balance < balance) {
                *kept = Some(RevokedState { number, balance, covered });
            }
        }
    }

    /// Whether a watchtower of the peer knows this state of a side.
    pub(super) fn covers(&self, channel: ChannelId, side: Side, number: u32) -> bool {
        chance_of(self.draws, entity_of(channel, side.index()), number, self.known_share)
    }

    /// The states that a side could publish.
    pub(super) fn of(&self, channel: ChannelId, side: Side) -> impl Iterator<Item = RevokedState> {
        let kept = self.best.get(channel.index()).map(|kept| kept[side.index()]);
        kept.into_iter().flatten().flatten()
    }
}

fn entity_of(channel: ChannelId, side: usize) -> u64 {
    u64::from(channel.0) << 1 | side as u64
}

fn chance_of(draws: Draws, entity: u64, number: u32, share: f64) -> bool {
    draws.at(entity, u64::from(number)).chance(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;

    #[test]
    fn each_side_keeps_its_best_revoked_state_and_never_the_current_one() {
        let draws = Seeds::new(1, 0).draws("towers");
        let start = [Msat(500), Msat(500)];
        let mut records = Records::new(draws, 1.0, std::iter::once(start));
        let channel = ChannelId(0);
        let of = |records: &Records, side| records.of(channel, side).collect::<Vec<_>>();
        assert!(of(&records, Side::One).is_empty());
        for (number, one) in [(1, 300), (2, 800), (3, 100), (3, 100), (4, 600)] {
            records.rest(channel, [number; 2], [Msat(one), Msat(1_000 - one)]);
        }
        let state =
            |number, balance| RevokedState { number, balance: Msat(balance), covered: true };
        assert_eq!(of(&records, Side::One), [state(2, 800)]);
        assert_eq!(of(&records, Side::Two), [state(3, 900)]);
    }

    #[test]
    fn states_that_a_tower_missed_are_kept_apart() {
        let draws = Seeds::new(1, 0).draws("towers");
        let mut records = Records::new(draws, 0.5, std::iter::once([Msat(0), Msat(1_000)]));
        for number in 1..200 {
            let one = u64::from(number * 37 % 1_000);
            records.rest(ChannelId(0), [number; 2], [Msat(one), Msat(1_000 - one)]);
        }
        let kept: Vec<_> = records.of(ChannelId(0), Side::One).collect();
        assert_eq!(kept.iter().map(|state| state.covered).collect::<Vec<_>>(), [false, true]);
        assert!(kept.iter().all(|state| state.balance > Msat(900)));
    }
}
