//! Dijkstra backwards from the payee, one label per node, without any shortcut.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use leyden::ids::{DirectedChannel, NodeId, Side};
use leyden::network::{Network, Policy};
use leyden::routing::Query;
use leyden::units::Msat;

/// An edge as seen from the node it leads to.
#[derive(Clone, Copy, Debug)]
struct Edge {
    source: NodeId,
    policy: Policy,
    most: Msat,
}

/// The enabled directions of a network, by the node they lead to.
pub(crate) struct Plain {
    incoming: Vec<Vec<Edge>>,
}

/// Working memory: the amount of each node, and which of them to forget.
#[derive(Default)]
pub(crate) struct Labels {
    amounts: Vec<u64>,
    used: Vec<NodeId>,
    heap: BinaryHeap<Reverse<(u64, NodeId)>>,
}

impl Labels {
    /// What the last search found that the node must receive; no larger one than its answer is final.
    pub(crate) fn amount(&self, node: NodeId) -> Option<u64> {
        self.amounts.get(node.index()).copied().filter(|&amount| amount != u64::MAX)
    }
}

impl Plain {
    pub(crate) fn new(network: &Network) -> Self {
        let mut incoming = vec![Vec::new(); network.node_count()];
        for channel in network.channel_ids() {
            for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
                let Some(policy) = network.policy(direction).filter(|p| !p.disabled) else {
                    continue;
                };
                let most = policy.htlc_maximum.min(network.channel(channel).capacity.to_msat());
                let edge = Edge { source: network.source(direction), policy: *policy, most };
                incoming[network.target(direction).index()].push(edge);
            }
        }
        Self { incoming }
    }

    /// What the payer sends over the cheapest route; its own channels carry their capacity for free.
    pub(crate) fn least(&self, query: &Query, labels: &mut Labels) -> Option<u64> {
        let Labels { amounts, used, heap } = labels;
        amounts.resize(self.incoming.len(), u64::MAX);
        used.drain(..).for_each(|node| amounts[node.index()] = u64::MAX);
        heap.clear();
        heap.push(Reverse((query.amount.get(), query.payee)));
        amounts[query.payee.index()] = query.amount.get();
        used.push(query.payee);
        while let Some(Reverse((amount, node))) = heap.pop() {
            if node == query.payer {
                return Some(amount);
            }
            if amounts[node.index()] < amount {
                continue;
            }
            for edge in &self.incoming[node.index()] {
                if Msat(amount) < edge.policy.htlc_minimum || Msat(amount) > edge.most {
                    continue;
                }
                let fee = edge.policy.fee(Msat(amount)).unwrap().get();
                let sum = if edge.source == query.payer { amount } else { amount + fee };
                let label = &mut amounts[edge.source.index()];
                if sum < *label {
                    if *label == u64::MAX {
                        used.push(edge.source);
                    }
                    *label = sum;
                    heap.push(Reverse((sum, edge.source)));
                }
            }
        }
        None
    }
}
