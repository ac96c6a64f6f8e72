//! What a channel costs by how much of a payment goes over it: uncertainty and fees, linear piece by piece.
//!
//! Source: Pickhardt and Richter, arXiv 2107.05322, and their package `pickhardtpayments` (`UncertaintyChannel`): of a
//! channel whose balance lies between two bounds, the lower bound is certain and costs its fee only. The rest, `c`, is
//! cut in equal pieces; the i-th costs `i · S / c` per satoshi, with `S` = 150 BTC to make it an integer, and `mu` times
//! the fee in parts per million. Base fees are not in the cost: channels whose base fee is above a threshold are left
//! out.

use crate::routing::edge::Edge;

/// `MAX_CHANNEL_SIZE` of the package, in satoshis.
const SCALE_SAT: u64 = 15_000_000_000;

/// How uncertainty and fees become costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowCosts {
    /// Pieces of equal size, from 1.
    pub pieces: u64,
    /// Weight of fees in parts per million against uncertainty.
    pub mu: u64,
    /// Channels with a higher base fee are left out, in msat.
    pub most_base_msat: u32,
}

/// One direction of a channel: first what is certain, then pieces of equal size at rising cost. Amounts in satoshis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    certain: u64,
    size: u64,
    count: u64,
    /// Cost per satoshi, certain or not.
    fee: u64,
    /// What each piece costs more per satoshi than the one before.
    step: u64,
    /// No more can go over it.
    limit: u64,
}

impl Pieces {
    /// Of a direction that carries between `lower` and `upper`, both in msat.
    pub(super) fn of(costs: &FlowCosts, edge: &Edge, lower: u64, upper: u64) -> Self {
        let (certain, upper) = (lower / 1_000, upper / 1_000);
        let uncertain = upper.saturating_sub(certain);
        let fee = costs.mu * u64::from(edge.ppm);
        // Where nothing is uncertain no piece has a size.
        let step = SCALE_SAT.checked_div(uncertain).unwrap_or(0);
        let size = uncertain / costs.pieces;
        Self { certain, size, count: costs.pieces, fee, step, limit: edge.limit() / 1_000 }
    }

    /// Of a channel of the payer, who knows what it holds and charges itself nothing.
    pub(super) const fn own(spendable_msat: u64) -> Self {
        let certain = spendable_msat / 1_000;
        Self { certain, size: 0, count: 0, fee: 0, step: 0, limit: certain }
    }

    /// How much more can go over it at the same cost beside `flow`, and that cost per satoshi.
    pub(super) const fn forward(&self, flow: u64) -> Option<(u64, u64)> {
        let left = self.limit.saturating_sub(flow);
        let (room, cost) = if flow < self.certain {
            (self.certain - flow, self.fee)
        } else if self.size == 0 || (flow - self.certain) / self.size >= self.count {
            (0, 0)
        } else {
            let uncertain = flow - self.certain;
            let piece = uncertain / self.size;
            ((piece + 1) * self.size - uncertain, self.fee + (piece + 1) * self.step)
        };
        let room = if room < left { room } else { left };
        if room == 0 { None } else { Some((room, cost)) }
    }

    /// How much of `flow`, which is above zero, can be taken back at the same cost, and that cost per satoshi.
    pub(super) const fn backward(&self, flow: u64) -> (u64, u64) {
        if flow <= self.certain {
            return (flow, self.fee);
        }
        let uncertain = flow - self.certain;
        let piece = (uncertain - 1) / self.size;
        (uncertain - piece * self.size, self.fee + (piece + 1) * self.step)
    }

    /// Capacity and cost per satoshi of each piece, as arcs of a linear problem.
    pub(super) fn arcs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut flow = 0;
        std::iter::from_fn(move || {
            let (room, cost) = self.forward(flow)?;
            flow += room;
            Some((room, cost))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{DirectedChannel, NodeId};
    use crate::routing::testing::policy;
    use crate::units::Msat;

    const COSTS: FlowCosts = FlowCosts { pieces: 5, mu: 2, most_base_msat: 0 };

    /// Between 100,000 and 1,100,000 sat at 300 ppm: 100,000 for 600, then five times 200,000 at 15,000 more each.
    #[test]
    fn pieces_rise_in_equal_steps_after_what_is_certain() {
        let capacity = Msat(2_000_000_000);
        let edge = Edge::new(NodeId(1), DirectedChannel(0), &policy(0, 300, 0), capacity).unwrap();
        let pieces = Pieces::of(&COSTS, &edge, 100_000_000, 1_100_000_000);
        let arcs: Vec<_> = pieces.arcs().collect();
        let expected = [
            (100_000, 600),
            (200_000, 15_600),
            (200_000, 30_600),
            (200_000, 45_600),
            (200_000, 60_600),
            (200_000, 75_600),
        ];
        assert_eq!(arcs, expected);
        assert_eq!(pieces.forward(350_000), Some((150_000, 30_600)));
        assert_eq!(pieces.backward(350_000), (50_000, 30_600));
        assert_eq!(pieces.backward(300_000), (200_000, 15_600), "at an edge, the piece before");
        assert_eq!(pieces.backward(40_000), (40_000, 600));
        assert_eq!(pieces.forward(1_100_000), None);
    }

    #[test]
    fn the_largest_htlc_cuts_the_last_piece_off() {
        let narrow = crate::network::Policy { htlc_maximum: Msat(250_000_000), ..policy(0, 0, 0) };
        let capacity = Msat(1_000_000_000);
        let edge = Edge::new(NodeId(1), DirectedChannel(0), &narrow, capacity).unwrap();
        let arcs: Vec<_> = Pieces::of(&COSTS, &edge, 0, 1_000_000_000).arcs().collect();
        assert_eq!(arcs, [(200_000, 15_000), (50_000, 30_000)]);
        assert_eq!(Pieces::own(7_999).arcs().collect::<Vec<_>>(), [(7, 0)]);
    }
}
