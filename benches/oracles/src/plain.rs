//! petgraph's `dijkstra`, backwards from the payee, with a cost that depends on the way.
//!
//! petgraph adds up costs and knows nothing of amounts. Here a cost is either a fee so far or one
//! channel waiting for it; their sum is the fee with that channel, or [`u64::MAX`] where it cannot
//! carry the amount.

use std::cmp::Ordering;
use std::ops::Add;

use leyden::ids::{DirectedChannel, Side};
use leyden::network::{Network, Policy};
use leyden::units::{Msat, Ppm};
use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::question::Question;

/// The network with every direction reversed.
#[derive(Debug)]
pub struct Plain {
    reversed: DiGraph<(), Policy>,
}

impl Plain {
    /// Prepares `network`: the directions that are enabled, with the capacity as a further maximum.
    pub fn new(network: &Network) -> Self {
        let mut reversed =
            DiGraph::with_capacity(network.node_count(), 2 * network.channel_count());
        for _ in network.node_ids() {
            reversed.add_node(());
        }
        for channel in network.channel_ids() {
            let capacity = network.channel(channel).capacity.to_msat();
            for side in Side::BOTH {
                let direction = DirectedChannel::new(channel, side);
                let Some(policy) = network.policy(direction).filter(|policy| !policy.disabled)
                else {
                    continue;
                };
                let htlc_maximum = policy.htlc_maximum.min(capacity);
                let [from, to] = [network.target(direction), network.source(direction)]
                    .map(|node| NodeIndex::new(node.index()));
                reversed.add_edge(from, to, Policy { htlc_maximum, ..*policy });
            }
        }
        Self { reversed }
    }

    /// The least sum of fees, if there is a route.
    pub fn ask(&self, question: &Question) -> Option<Msat> {
        let [payer, payee] =
            [question.payer, question.payee].map(|node| NodeIndex::new(node.index()));
        let fees = dijkstra(&self.reversed, payee, Some(payer), |edge| {
            let mut policy = *edge.weight();
            if edge.target() == payer {
                (policy.fee_base_msat, policy.proportional_millionths) = (0, Ppm(0));
            }
            Toll { fee: 0, channel: Some((policy, question.amount)) }
        });
        fees.get(&payer).map(|toll| toll.fee).filter(|&fee| fee < u64::MAX).map(Msat)
    }
}

/// A fee so far, or a channel (with the amount that the payee is to get) waiting for one.
#[derive(Clone, Copy, Debug, Default)]
struct Toll {
    fee: u64,
    channel: Option<(Policy, Msat)>,
}

impl Add for Toll {
    type Output = Self;

    fn add(self, next: Self) -> Self {
        let (policy, amount) = next.channel.expect("a channel is added to a fee");
        let sent = amount.saturating_add(Msat(self.fee));
        let fee = if sent >= policy.htlc_minimum && sent <= policy.htlc_maximum {
            policy.fee(sent).and_then(|fee| self.fee.checked_add(fee.get()))
        } else {
            None
        };
        Self { fee: fee.unwrap_or(u64::MAX), channel: None }
    }
}

impl PartialEq for Toll {
    fn eq(&self, other: &Self) -> bool {
        self.fee == other.fee
    }
}

impl PartialOrd for Toll {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.fee.cmp(&other.fee))
    }
}
