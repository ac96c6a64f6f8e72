//! The money and the counts of one channel: what every transition reads, in one cache line.

use serde::{Deserialize, Serialize};

use crate::channel::htlc::Htlc;
use crate::ids::{ChannelId, Side};
use crate::units::{Msat, Sat};

/// Balances, HTLC sums and counts.
///
/// - An offer moves money from the offerer's balance to what it has in flight.
/// - A fulfilled HTLC moves on to the receiver's balance, a failed one back to the offerer's.
/// - So both balances and both sums in flight always add up to the capacity (M1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// What each side has outside of HTLCs.
    pub(super) balance: [Msat; 2],
    /// Sum of the HTLCs that each side has offered.
    pub(super) in_flight: [Msat; 2],
    /// Sum of the HTLCs of both sides that each side's commitment leaves out.
    pub(super) trimmed: [Msat; 2],
    /// Number of HTLCs that each side has offered.
    pub(super) offered: [u16; 2],
    /// Number of HTLCs of both sides that have an output on each side's commitment.
    pub(super) untrimmed: [u16; 2],
    /// The dance under way, an index into the table of dances.
    pub(super) dance: Option<u32>,
}

const _: () = assert!(size_of::<State>() <= 64);

impl State {
    /// A channel without HTLCs.
    pub(super) const fn new(balance: [Msat; 2]) -> Self {
        Self {
            balance,
            in_flight: [Msat::ZERO; 2],
            trimmed: [Msat::ZERO; 2],
            offered: [0; 2],
            untrimmed: [0; 2],
            dance: None,
        }
    }

    /// Takes the money of a new HTLC from its offerer.
    pub(super) fn add(&mut self, htlc: &Htlc) {
        let from = htlc.direction.from_side().index();
        self.balance[from] -= htlc.amount;
        self.in_flight[from] += htlc.amount;
        self.offered[from] += 1;
        for owner in Side::BOTH.map(Side::index) {
            if htlc.trimmed[owner] {
                self.trimmed[owner] += htlc.amount;
            } else {
                self.untrimmed[owner] += 1;
            }
        }
    }

    /// Gives the money of an HTLC to `to`: the receiver, or the offerer when it failed.
    pub(super) fn remove(&mut self, htlc: &Htlc, to: Side) {
        let from = htlc.direction.from_side().index();
        self.in_flight[from] -= htlc.amount;
        self.balance[to.index()] += htlc.amount;
        self.offered[from] -= 1;
        for owner in Side::BOTH.map(Side::index) {
            if htlc.trimmed[owner] {
                self.trimmed[owner] -= htlc.amount;
            } else {
                self.untrimmed[owner] -= 1;
            }
        }
    }

    /// The channel is closed: nothing is left in it.
    pub(super) fn clear(&mut self) {
        *self = Self::new([Msat::ZERO; 2]);
    }

    /// All money in the channel.
    pub(super) fn total(&self) -> u128 {
        self.balance.iter().chain(&self.in_flight).map(|amount| u128::from(amount.0)).sum()
    }

    /// Stops the run when money appeared or vanished (M1). Negative terms cannot arise: every
    /// subtraction is checked (M10).
    pub(super) fn assert_conserved(&self, channel: ChannelId, capacity: Sat) {
        assert!(
            self.total() == u128::from(capacity.0) * 1_000,
            "channel {}: balances {} + {} and in flight {} + {} differ from the capacity {} (M1)",
            channel.0,
            self.balance[0],
            self.balance[1],
            self.in_flight[0],
            self.in_flight[1],
            capacity
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "differ from the capacity")]
    fn a_lost_millisatoshi_stops_the_run() {
        State::new([Msat(600), Msat(399)]).assert_conserved(ChannelId(0), Sat(1));
    }
}
