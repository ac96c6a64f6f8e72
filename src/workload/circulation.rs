//! A demand that circulates in part, as in Spider (Sivaraman et al., NSDI 2020, section 3).
//!
//! A payment-channel network can carry a circulation for ever: every node's income equals its
//! spending. What runs one way drains channels. The demand here is the sum of two parts:
//! - cycles through nodes in random order, in which each node pays the next as much as the one
//!   before pays it;
//! - pairs from one random half of the nodes to the other half, whose nodes only receive.
//!
//! No circulation in the sum is larger than the first part: what a circulation carries from the
//! paying half to the receiving half must come back, and only the first part comes back. So the
//! share asked for is the circulation share in Spider's sense, and [`Demand::share`] measures it.

use std::collections::BTreeMap;

use crate::engine::{Draws, Seeds};
use crate::ids::NodeId;
use crate::workload::error::WorkloadError;

/// A matrix of expected demand, as a list.
pub(crate) struct Demand {
    /// Payer and payee.
    pub(crate) pairs: Vec<[NodeId; 2]>,
    /// Expected share of the payments of each pair.
    pub(crate) weights: Vec<f64>,
}

impl Demand {
    /// 1 − Σ|out − in| / 2Σ demand, over nodes and pairs: 1 when every node is balanced, 0 when
    /// nodes only pay or only receive. For the demand built here this is the share of the largest
    /// circulation; in general it is an upper bound of it.
    pub(crate) fn share(&self) -> f64 {
        let mut net: BTreeMap<NodeId, f64> = BTreeMap::new();
        for (&[payer, payee], weight) in self.pairs.iter().zip(&self.weights) {
            *net.entry(payer).or_default() += weight;
            *net.entry(payee).or_default() -= weight;
        }
        let unbalanced: f64 = net.values().map(|flow| flow.abs()).sum();
        1.0 - unbalanced / (2.0 * self.weights.iter().sum::<f64>())
    }
}

/// Draws about `pairs` pairs for each part, and weighs the parts by `share`.
pub(crate) fn build(
    share: f64,
    pairs: u32,
    nodes: &[NodeId],
    seeds: Seeds,
) -> Result<Demand, WorkloadError> {
    if pairs < 2 {
        let key = "workload.endpoints.circulation.pairs";
        let message = format!("{pairs} pairs; a circulation needs at least 2");
        return Err(WorkloadError::scenario(key, message));
    }
    let draws = seeds.draws("workload.circulation");
    let around = cycles(pairs, nodes, &draws);
    let one_way = one_way(pairs, nodes, &draws);
    let weights = [(share, &around), (1.0 - share, &one_way)]
        .into_iter()
        .flat_map(|(share, part)| {
            let count = u32::try_from(part.len()).expect("about `pairs` of them, a u32");
            std::iter::repeat_n(share / f64::from(count), part.len())
        })
        .collect();
    Ok(Demand { pairs: [around, one_way].concat(), weights })
}

/// Cycles over as many nodes as there are pairs; where that is more than all nodes, several rounds.
/// The last cycle has at least two nodes, so there can be one pair more than asked for.
fn cycles(pairs: u32, nodes: &[NodeId], draws: &Draws) -> Vec<[NodeId; 2]> {
    let wanted = usize::try_from(pairs).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for round in 0.. {
        let left = wanted.saturating_sub(found.len());
        if left == 0 {
            break;
        }
        let cycle = &shuffled(nodes, round, draws)[..left.clamp(2, nodes.len())];
        let next = cycle.iter().cycle().skip(1);
        found.extend(cycle.iter().zip(next).map(|(payer, payee)| [*payer, *payee]));
    }
    found
}

/// Pairs from one half to the other; a pair drawn twice weighs twice.
fn one_way(pairs: u32, nodes: &[NodeId], draws: &Draws) -> Vec<[NodeId; 2]> {
    /// Above the rounds of cycles, which are fewer than the 2^32 pairs.
    const SPLIT: u64 = 1 << 32;
    /// An entity of its own, above all nodes.
    const PAIRS: u64 = 1 << 32;
    let order = shuffled(nodes, SPLIT, draws);
    let (payers, payees) = order.split_at(nodes.len() / 2);
    let pick = |half: &[NodeId], point: u64| {
        half[usize::try_from(point).expect("a place in a list in memory fits usize")]
    };
    (0..u64::from(pairs))
        .map(|pair| {
            let mut draw = draws.at(PAIRS, pair);
            let payer = pick(payers, draw.below(payers.len() as u64));
            [payer, pick(payees, draw.below(payees.len() as u64))]
        })
        .collect()
}

/// Nodes in a random order, by a draw keyed by the node.
fn shuffled(nodes: &[NodeId], round: u64, draws: &Draws) -> Vec<NodeId> {
    let mut keyed: Vec<(u64, NodeId)> =
        nodes.iter().map(|&node| (draws.at(u64::from(node.0), round).bits(), node)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, node)| node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(count: u32) -> Vec<NodeId> {
        (0..count).map(NodeId).collect()
    }

    #[test]
    fn cycles_give_every_node_what_it_takes() {
        for (count, pairs) in [(2, 2), (2, 3), (10, 7), (10, 10), (10, 31), (7, 1_000)] {
            let draws = Seeds::new(1, 0).draws("x");
            let around = cycles(pairs, &nodes(count), &draws);
            let mut net = vec![0_i32; 10];
            for [payer, payee] in &around {
                assert_ne!(payer, payee);
                net[payer.index()] += 1;
                net[payee.index()] -= 1;
            }
            assert_eq!(net, [0; 10]);
            let extra = u32::try_from(around.len()).unwrap() - pairs;
            assert!(extra <= 1, "{count} nodes: {extra} more than {pairs} pairs");
        }
    }

    #[test]
    fn no_payer_of_the_one_way_part_is_a_payee_of_it() {
        let pairs = one_way(200, &nodes(9), &Seeds::new(2, 0).draws("x"));
        assert_eq!(pairs.len(), 200);
        assert!(pairs.iter().all(|[payer, _]| pairs.iter().all(|[_, payee]| payer != payee)));
    }

    #[test]
    fn the_measured_share_is_the_one_asked_for() {
        for share in [0.0, 0.25, 0.62, 1.0] {
            let demand = build(share, 50, &nodes(20), Seeds::new(3, 0)).unwrap();
            assert!((demand.share() - share).abs() < 1e-12, "{share}: {}", demand.share());
        }
    }

    #[test]
    fn the_share_of_small_demands_is_computed_by_hand() {
        let demand = |pairs: &[[u32; 2]], weights: &[f64]| Demand {
            pairs: pairs.iter().map(|pair| pair.map(NodeId)).collect(),
            weights: weights.to_vec(),
        };
        let there_and_less_back = demand(&[[0, 1], [1, 0]], &[3.0, 1.0]);
        assert!((there_and_less_back.share() - 0.5).abs() < 1e-12);
        assert!(demand(&[[0, 1], [2, 3]], &[1.0, 5.0]).share().abs() < 1e-12);
        assert!((demand(&[[0, 1], [1, 2], [2, 0]], &[2.0; 3]).share() - 1.0).abs() < 1e-12);
    }
}
