//! Who pays whom: a fixed number of draws per payment, and never oneself.

use std::collections::BTreeSet;

use crate::engine::{Seeds, Source};
use crate::ids::{DirectedChannel, NodeId};
use crate::network::Network;
use crate::workload::circulation;
use crate::workload::error::WorkloadError;
use crate::workload::notes::grouped;
use crate::workload::parties::{Among, Endpoints};
use crate::workload::trace::names;
use crate::workload::weights::Weights;

/// Who pays whom, ready to draw from.
#[derive(Clone, Debug)]
pub(crate) enum Parties {
    /// Any of these.
    Uniform { nodes: Vec<NodeId> },
    /// Any of these, by weight.
    Weighted { nodes: Vec<NodeId>, weights: Weights },
    /// Any payer; a merchant as payee with probability `share`. Both lists ascend.
    Merchants { nodes: Vec<NodeId>, merchants: Vec<NodeId>, share: f64 },
    /// The ends of any channel, in either direction.
    Partners { ends: Vec<[NodeId; 2]> },
    /// One of these pairs, by weight.
    Pairs { pairs: Vec<[NodeId; 2]>, weights: Weights },
}

impl Parties {
    /// Prepares a model, and says in `notes` who takes part.
    pub(crate) fn new(
        params: &Endpoints,
        among: Among,
        network: &Network,
        core: &[NodeId],
        seeds: Seeds,
        notes: &mut Vec<String>,
    ) -> Result<Self, WorkloadError> {
        if let Endpoints::Pairs { pairs } = params {
            return listed_pairs(pairs, network, core, notes);
        }
        if *params == Endpoints::Partners {
            return partners(network, notes);
        }
        let nodes = candidates(among, network, core, notes)?;
        match params {
            Endpoints::Uniform | Endpoints::Partners | Endpoints::Pairs { .. } => {
                Ok(Self::Uniform { nodes })
            }
            Endpoints::ByCapacity => by_capacity(nodes, network),
            Endpoints::Merchants { share, count, names } => {
                let mut merchants = if names.is_empty() {
                    drawn_merchants(*count, &nodes, network, seeds)?
                } else {
                    find_all(names.iter(), network, "workload.endpoints.merchants.names")?
                };
                merchants.sort_unstable();
                merchants.dedup();
                notes.push(format!("merchants: {}", grouped(merchants.len())));
                note_outside("merchants", &merchants, core, notes);
                Ok(Self::Merchants { nodes, merchants, share: *share })
            }
            Endpoints::Circulation { share, pairs } => {
                let demand = circulation::build(*share, *pairs, &nodes, seeds)?;
                notes.push(format!("circulation share of the demand: {:.2}", demand.share()));
                let weights = Weights::from_shares(&demand.weights).ok_or_else(|| {
                    let key = "workload.endpoints.circulation.share";
                    WorkloadError::scenario(key, "the share must lie between 0 and 1")
                })?;
                Ok(Self::Pairs { pairs: demand.pairs, weights })
            }
        }
    }

    /// The payer and the payee of the next payment.
    pub(crate) fn draw(&self, draws: &mut Source) -> [NodeId; 2] {
        match self {
            Self::Uniform { nodes } => {
                let payer = place(nodes.len(), draws);
                [nodes[payer], nodes[other_place(nodes.len(), payer, draws)]]
            }
            Self::Weighted { nodes, weights } => {
                let payer = weights.draw(draws);
                [nodes[payer], nodes[weights.draw_other(payer, draws)]]
            }
            Self::Merchants { nodes, merchants, share } => {
                let payer = place(nodes.len(), draws);
                let to_merchant = draws.chance(*share);
                let payee = match merchants.binary_search(&nodes[payer]) {
                    _ if !to_merchant => None,
                    Ok(_) if merchants.len() == 1 => None,
                    Ok(own) => Some(merchants[other_place(merchants.len(), own, draws)]),
                    Err(_) => Some(merchants[place(merchants.len(), draws)]),
                };
                let anybody = |draws| nodes[other_place(nodes.len(), payer, draws)];
                [nodes[payer], payee.unwrap_or_else(|| anybody(draws))]
            }
            Self::Partners { ends } => {
                let place = place(ends.len() * 2, draws);
                let [one, other] = ends[place / 2];
                if place.is_multiple_of(2) { [one, other] } else { [other, one] }
            }
            Self::Pairs { pairs, weights } => pairs[weights.draw(draws)],
        }
    }
}

/// One of `count` places.
fn place(count: usize, draws: &mut Source) -> usize {
    let place = draws.below(count as u64);
    usize::try_from(place).expect("a place in a list in memory fits usize")
}

/// One of `count` places other than `own`.
fn other_place(count: usize, own: usize, draws: &mut Source) -> usize {
    let place = place(count - 1, draws);
    if place < own { place } else { place + 1 }
}

/// The nodes that take part, ascending; at least two.
fn candidates(
    among: Among,
    network: &Network,
    core: &[NodeId],
    notes: &mut Vec<String>,
) -> Result<Vec<NodeId>, WorkloadError> {
    let all = network.node_count();
    let mut nodes = match among {
        Among::All => network.node_ids().collect(),
        Among::Core => core.to_vec(),
    };
    nodes.sort_unstable();
    let (taken, total, left_out) = (grouped(nodes.len()), grouped(all), grouped(all - nodes.len()));
    let error = match among {
        Among::All => {
            notes.push(format!("endpoints: all {total} nodes"));
            WorkloadError::scenario(
                "workload.endpoints",
                format!("payments need two nodes; the network has {total}"),
            )
        }
        Among::Core => {
            notes.push(format!("endpoints: {taken} of {total} nodes (core); {left_out} left out"));
            WorkloadError::scenario(
                "workload.endpoints",
                format!("payments need two nodes; the core has {taken} of {total}"),
            )
            .with_help("`among = \"all\"` takes nodes that cannot all reach each other")
        }
    };
    if nodes.len() < 2 { Err(error) } else { Ok(nodes) }
}

/// Weights by the sum of the capacities of a node's channels, whatever their policies.
fn by_capacity(nodes: Vec<NodeId>, network: &Network) -> Result<Parties, WorkloadError> {
    let capacities = nodes.iter().map(|&node| {
        let channels = network.outgoing(node).into_iter().map(DirectedChannel::channel);
        channels.map(|channel| network.channel(channel).capacity.0).sum::<u64>()
    });
    let weights = Weights::new(capacities).filter(|weights| weights.positive() >= 2);
    let weights = weights.ok_or_else(|| {
        let message = "payments need two nodes with channels that have a capacity";
        WorkloadError::scenario("workload.endpoints.by_capacity", message)
    })?;
    Ok(Parties::Weighted { nodes, weights })
}

/// `count` nodes drawn without replacement, each time in proportion to the degree.
///
/// Every node gets an exponential draw divided by its degree, keyed by the node, and the smallest
/// win (Efraimidis and Spirakis, Inf. Process. Lett. 97, 2006): another node in the network moves
/// nobody else's draw.
fn drawn_merchants(
    count: u32,
    nodes: &[NodeId],
    network: &Network,
    seeds: Seeds,
) -> Result<Vec<NodeId>, WorkloadError> {
    let draws = seeds.draws("workload.merchants");
    let mut ranked: Vec<(f64, NodeId)> = nodes
        .iter()
        .filter_map(|&node| {
            let degree = u32::try_from(network.outgoing(node).len()).unwrap_or(u32::MAX);
            let key = draws.at(u64::from(node.0), 0).exponential() / f64::from(degree);
            (degree > 0).then_some((key, node))
        })
        .collect();
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    if wanted == 0 || wanted > ranked.len() {
        let message =
            format!("{count} merchants out of {} nodes with channels", grouped(ranked.len()));
        return Err(WorkloadError::scenario("workload.endpoints.merchants.count", message)
            .with_help("at least one, and not more than there are nodes"));
    }
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(ranked.into_iter().take(wanted).map(|(_, node)| node).collect())
}

/// The ends of every channel.
fn partners(network: &Network, notes: &mut Vec<String>) -> Result<Parties, WorkloadError> {
    let ends: Vec<_> = network.channel_ids().map(|channel| network.ends(channel)).collect();
    if ends.is_empty() {
        let message = "payments between partners need a channel; the network has none";
        return Err(WorkloadError::scenario("workload.endpoints.partners", message));
    }
    notes.push(format!("endpoints: the ends of {} channels", grouped(ends.len())));
    Ok(Parties::Partners { ends })
}

/// Pairs as the scenario lists them, whether in the core or not.
fn listed_pairs(
    pairs: &[(String, String, f64)],
    network: &Network,
    core: &[NodeId],
    notes: &mut Vec<String>,
) -> Result<Parties, WorkloadError> {
    const KEY: &str = "workload.endpoints.pairs";
    let payers = find_all(pairs.iter().map(|(payer, _, _)| payer), network, KEY)?;
    let payees = find_all(pairs.iter().map(|(_, payee, _)| payee), network, KEY)?;
    if let Some((name, _, _)) = pairs.iter().find(|(payer, payee, _)| payer == payee) {
        return Err(WorkloadError::scenario(KEY, format!("`{name}` pays itself")));
    }
    let shares: Vec<f64> = pairs.iter().map(|(_, _, weight)| *weight).collect();
    let weights = Weights::from_shares(&shares).ok_or_else(|| {
        let message = "weights must be finite and not negative, and one of them positive";
        WorkloadError::scenario(KEY, message)
    })?;
    notes.push(format!("pairs of payer and payee: {}", grouped(pairs.len())));
    note_outside("ends of pairs", &[&payers[..], &payees[..]].concat(), core, notes);
    let pairs = payers.into_iter().zip(payees).map(|(payer, payee)| [payer, payee]).collect();
    Ok(Parties::Pairs { pairs, weights })
}

/// Says how many of the nodes that a scenario names cannot reach all of the core.
fn note_outside(what: &str, named: &[NodeId], core: &[NodeId], notes: &mut Vec<String>) {
    let core: BTreeSet<NodeId> = core.iter().copied().collect();
    let outside: BTreeSet<NodeId> = named.iter().copied().filter(|n| !core.contains(n)).collect();
    if !outside.is_empty() {
        notes.push(format!("{what} that lie outside the core: {}", grouped(outside.len())));
    }
}

/// The nodes with these names, in this order.
fn find_all<'a>(
    wanted: impl Iterator<Item = &'a String>,
    network: &Network,
    key: &str,
) -> Result<Vec<NodeId>, WorkloadError> {
    let nodes = names(network);
    wanted
        .map(|name| {
            nodes.get(name.as_bytes()).copied().ok_or_else(|| {
                let message = format!("no node is called `{}`", name.escape_debug());
                WorkloadError::scenario(key, message)
                    .with_help("nodes have the names that the network file gives them")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Channel, Node};
    use crate::units::Sat;
    use crate::workload::statistics::chi_squared;

    /// Nodes `n0`, `n1`… and channels (end, end, capacity).
    fn network(nodes: u32, channels: &[(u32, u32, u64)]) -> Network {
        let mut network = Network::default();
        for i in 0..nodes {
            network.add_node(Node { name: format!("n{i}").into(), software: None });
        }
        for (place, &(one, two, capacity)) in channels.iter().enumerate() {
            let channel = Channel {
                name: format!("c{place}").into(),
                capacity: Sat(capacity),
                policies: [None; 2],
                stated: None,
            };
            network.add_channel(NodeId(one), NodeId(two), channel);
        }
        network
    }

    fn parties(params: &Endpoints, network: &Network) -> Result<Parties, WorkloadError> {
        Parties::new(params, Among::All, network, &[], Seeds::new(21, 0), &mut Vec::new())
    }

    #[test]
    fn partners_are_the_ends_of_channels_in_both_directions_alike() {
        let network = network(4, &[(0, 1, 10), (2, 3, 1_000)]);
        let parties = parties(&Endpoints::Partners, &network).unwrap();
        let counts = counts(&parties, 4, 40_000);
        let paid: Vec<_> = (0..16).filter(|pair| counts[*pair] > 0).collect();
        assert_eq!(paid, [1, 4, 11, 14]);
        // Four equal chances: 10,000 each, standard deviation 87.
        assert!(paid.iter().all(|pair| counts[*pair].abs_diff(10_000) < 350), "{counts:?}");
        let none = self::network(4, &[]);
        assert!(self::parties(&Endpoints::Partners, &none).is_err());
    }

    /// How often each ordered pair of `n` nodes pays, payer first.
    fn counts(parties: &Parties, n: usize, payments: u32) -> Vec<u32> {
        let mut draws = Seeds::new(22, 0).stream("workload.endpoints");
        let mut counts = vec![0; n * n];
        for _ in 0..payments {
            let [payer, payee] = parties.draw(&mut draws);
            counts[payer.index() * n + payee.index()] += 1;
        }
        counts
    }

    /// Tests the counts off the diagonal, and that nothing is on it.
    fn fits(counts: &[u32], n: usize, payments: u32, probability: impl Fn(usize, usize) -> f64) {
        let pairs = || (0..n * n).map(|cell| (cell / n, cell % n));
        assert!(pairs().filter(|(i, j)| i == j).all(|(i, j)| counts[i * n + j] == 0));
        let possible: Vec<_> = pairs().filter(|&(i, j)| probability(i, j) > 0.0).collect();
        let seen: Vec<u32> = possible.iter().map(|&(i, j)| counts[i * n + j]).collect();
        let expected: Vec<f64> =
            possible.iter().map(|&(i, j)| probability(i, j) * f64::from(payments)).collect();
        assert_eq!(seen.iter().sum::<u32>(), payments, "an impossible pair was drawn");
        chi_squared(&seen, &expected, u32::try_from(possible.len()).unwrap() - 1);
    }

    #[test]
    fn uniform_pairs_are_all_equally_likely() {
        let parties = parties(&Endpoints::Uniform, &network(6, &[])).unwrap();
        let drawn = counts(&parties, 6, 60_000);
        fits(&drawn, 6, 60_000, |i, j| if i == j { 0.0 } else { 1.0 / 30.0 });
    }

    #[test]
    fn capacity_weighs_payers_and_the_payees_that_remain() {
        // Node sums: 10, 40, 30, 0.
        let network = network(4, &[(0, 1, 10), (1, 2, 25), (2, 1, 5)]);
        let parties = parties(&Endpoints::ByCapacity, &network).unwrap();
        let drawn = counts(&parties, 4, 60_000);
        let weight = [10.0, 40.0, 30.0, 0.0];
        fits(&drawn, 4, 60_000, |i, j| {
            if i == j { 0.0 } else { weight[i] / 80.0 * weight[j] / (80.0 - weight[i]) }
        });
    }

    #[test]
    fn merchants_are_paid_with_their_share_and_not_by_themselves() {
        let names = vec!["n1".to_owned(), "n3".to_owned(), "n1".to_owned()];
        let params = Endpoints::Merchants { share: 0.6, count: 0, names };
        let parties = parties(&params, &network(5, &[])).unwrap();
        let drawn = counts(&parties, 5, 60_000);
        let merchant = |node| node == 1 || node == 3;
        fits(&drawn, 5, 60_000, |i, j| {
            let others = if merchant(i) { 1.0 } else { 2.0 };
            let as_merchant = if merchant(j) { 0.6 / others } else { 0.0 };
            if i == j { 0.0 } else { (as_merchant + 0.4 / 4.0) / 5.0 }
        });
    }

    #[test]
    fn the_only_merchant_pays_anybody() {
        let params = Endpoints::Merchants { share: 1.0, count: 0, names: vec!["n0".to_owned()] };
        let parties = parties(&params, &network(3, &[])).unwrap();
        let drawn = counts(&parties, 3, 9_000);
        fits(&drawn, 3, 9_000, |i, j| match (i, j) {
            (0, 1 | 2) => 1.0 / 6.0,
            (1 | 2, 0) => 1.0 / 3.0,
            _ => 0.0,
        });
    }

    #[test]
    fn merchants_are_drawn_by_degree_without_replacement() {
        // Degrees 3, 1, 1, 1, 0: the first merchant is node 0 with probability one half.
        let star = network(5, &[(0, 1, 1), (0, 2, 1), (0, 3, 1)]);
        let nodes: Vec<NodeId> = star.node_ids().collect();
        let draw = |count, seed| drawn_merchants(count, &nodes, &star, Seeds::new(seed, 0));
        let hub = (0..2_000).filter(|&seed| draw(1, seed).unwrap() == [NodeId(0)]).count();
        assert!(hub.abs_diff(1_000) < 74, "{hub} of 2,000; 3.3 standard errors are 74");
        let mut all = draw(4, 1).unwrap();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3].map(NodeId));
        assert!(draw(5, 1).is_err(), "the node without channels is no merchant");
    }

    #[test]
    fn listed_pairs_come_with_their_weights() {
        let pairs = [("n0", "n1", 1.0), ("n2", "n0", 3.0)];
        let pairs = pairs.map(|(a, b, weight)| (a.to_owned(), b.to_owned(), weight)).to_vec();
        let parties = parties(&Endpoints::Pairs { pairs }, &network(3, &[])).unwrap();
        let drawn = counts(&parties, 3, 40_000);
        fits(&drawn, 3, 40_000, |i, j| match (i, j) {
            (0, 1) => 0.25,
            (2, 0) => 0.75,
            _ => 0.0,
        });
    }

    #[test]
    fn named_nodes_outside_the_core_are_counted_once() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned(), 1.0);
        let pairs = vec![pair("n0", "n1"), pair("n2", "n0"), pair("n3", "n0")];
        let (params, mut notes) = (Endpoints::Pairs { pairs }, Vec::new());
        let core = [NodeId(2), NodeId(0)];
        let network = network(4, &[]);
        Parties::new(&params, Among::Core, &network, &core, Seeds::new(1, 0), &mut notes).unwrap();
        assert_eq!(
            notes,
            ["pairs of payer and payee: 3", "ends of pairs that lie outside the core: 2"]
        );
    }

    #[test]
    fn what_the_network_cannot_give_is_refused_with_its_key() {
        let pair = |a: &str, b: &str, weight| Endpoints::Pairs {
            pairs: vec![(a.to_owned(), b.to_owned(), weight)],
        };
        let circulation = Endpoints::Circulation { share: 0.5, pairs: 0 };
        for (params, nodes, expected) in [
            (
                Endpoints::Uniform,
                1,
                "`workload.endpoints`: payments need two nodes; the network has 1",
            ),
            (Endpoints::ByCapacity, 3, "`workload.endpoints.by_capacity`: payments need two nodes"),
            (pair("n0", "x", 1.0), 3, "`workload.endpoints.pairs`: no node is called `x`"),
            (pair("n0", "n0", 1.0), 3, "`workload.endpoints.pairs`: `n0` pays itself"),
            (pair("n0", "n1", 0.0), 3, "`workload.endpoints.pairs`: weights must be"),
            (circulation, 3, "`workload.endpoints.circulation.pairs`: "),
        ] {
            let error = parties(&params, &network(nodes, &[])).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
