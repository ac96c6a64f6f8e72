//! What must be sent so that an amount arrives, over channels that the caller lets pass.
//!
//! No sender asks this: it tells afterwards what stood in the way of a payment, by who says which channels
//! pass. Backwards from the payee, least amount first, with the fees of each forwarder (Dijkstra 1959);
//! exact but for three rules that it does not know: hops, expiries and inbound fees.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::primitives::Stamped;
use crate::routing::view::View;
use crate::units::Msat;

/// A search; its buffers are used again and again.
#[derive(Debug, Default)]
pub struct LeastAmounts {
    /// The least amount with which each node can bring the payment on, in msat.
    amounts: Stamped<u64>,
    heap: BinaryHeap<Reverse<(u64, NodeId)>>,
}

impl LeastAmounts {
    /// Searches back from `last`: nodes with what must arrive at each so that the payment reaches the payee.
    ///
    /// `carries` says whether a direction lets an amount pass, beside its policy and capacity; `reached` is
    /// told every node with its least amount, in ascending order of amounts, and ends the search with true.
    /// Nothing passes through `ends`. Returns whether `reached` ended it.
    pub fn search(
        &mut self,
        view: &View,
        last: impl Iterator<Item = (NodeId, Msat)>,
        ends: [NodeId; 2],
        mut carries: impl FnMut(DirectedChannel, Msat) -> bool,
        mut reached: impl FnMut(NodeId, Msat) -> bool,
    ) -> bool {
        self.amounts.begin(view.node_count());
        self.heap.clear();
        for (node, amount) in last {
            self.improve(node, amount.get());
        }
        while let Some(Reverse((amount, node))) = self.heap.pop() {
            if self.amounts.peek(node) < amount {
                continue;
            }
            if reached(node, Msat(amount)) {
                return true;
            }
            for edge in view.incoming(node) {
                let passes = !ends.contains(&edge.peer)
                    && edge.carries(amount)
                    && carries(edge.direction, Msat(amount));
                let fee = passes.then(|| edge.fee(amount)).flatten();
                if let Some(more) = fee.and_then(|fee| amount.checked_add(fee)) {
                    self.improve(edge.peer, more);
                }
            }
        }
        false
    }

    fn improve(&mut self, node: NodeId, amount: u64) {
        if self.amounts.get(node).is_none_or(|&known| amount < known) {
            self.amounts.set(node, amount);
            self.heap.push(Reverse((amount, node)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Channel, Network, Node, Policy};
    use crate::units::{Ppm, Sat};

    fn policy(fee_base_msat: u32, ppm: u32) -> Policy {
        Policy {
            fee_base_msat,
            proportional_millionths: Ppm(ppm),
            cltv_expiry_delta: 40,
            htlc_minimum: Msat(1),
            htlc_maximum: Msat(1_000_000_000),
            disabled: false,
        }
    }

    /// 0 pays 4: 1 and 2 are the payer's peers, 3 the payee's; 1-3 costs 10 msat, 2-3 costs 1 %.
    fn view() -> View {
        let mut network = Network::default();
        for node in 0..5 {
            network.add_node(Node { name: format!("n{node}").into(), software: None });
        }
        let channels =
            [(0, 1, (0, 0)), (0, 2, (0, 0)), (1, 3, (10, 0)), (2, 3, (0, 10_000)), (3, 4, (5, 0))];
        for (place, (one, two, (base, ppm))) in channels.into_iter().enumerate() {
            let channel = Channel {
                name: format!("c{place}").into(),
                capacity: Sat(1_000_000),
                policies: [Some(policy(base, ppm)); 2],
                stated: None,
            };
            network.add_channel(NodeId(one), NodeId(two), channel);
        }
        View::compile(&network)
    }

    /// The nodes that are told, until one of `until`; node 3 has been asked for `amount` and 5 msat.
    fn told(amount: u64, closed: u32, until: Option<u32>) -> (bool, Vec<(u32, u64)>) {
        let mut told = Vec::new();
        let last = [(NodeId(3), Msat(amount + 5))];
        let found = LeastAmounts::default().search(
            &view(),
            last.into_iter(),
            [NodeId(0), NodeId(4)],
            |direction, _| direction.channel().0 != closed,
            |node, amount| {
                told.push((node.0, amount.get()));
                Some(node.0) == until
            },
        );
        (found, told)
    }

    #[test]
    fn nodes_are_told_by_their_least_amounts_with_the_fees_of_those_that_forward() {
        // 1 % of 1,005 is 10; at 505 it is 5.
        assert_eq!(told(995, u32::MAX, None), (false, vec![(3, 1_000), (1, 1_010), (2, 1_010)]));
        assert_eq!(told(500, u32::MAX, None), (false, vec![(3, 505), (2, 510), (1, 515)]));
        assert_eq!(told(500, 3, None), (false, vec![(3, 505), (1, 515)]));
        assert_eq!(told(500, u32::MAX, Some(2)), (true, vec![(3, 505), (2, 510)]));
        let too_large = told(1_000_000_000, u32::MAX, None);
        assert_eq!(too_large, (false, vec![(3, 1_000_000_005)]), "beyond htlc_maximum");
    }
}
