//! A network like the public Lightning Network of 3 February 2026, at any size.
//!
//! What it keeps of the real one: the distributions of degree, capacity and policies; which third
//! of the channels is dead; parallel channels; triangles; that only about 36 % of the nodes can
//! reach each other; how capacity and fees go with degree. What it does not keep: names, places,
//! software, and any particular node.
//!
//! In four steps: [`nodes`] gives every node a degree and says whether it lives; [`wiring`] joins
//! channel ends at random, and closes triangles; [`channels`] says which directions are enabled and
//! how large a channel is; [`policies`] sets fees. Steps three and four are Gaussian copulas: a
//! normal score per channel or half is a weighted sum of what it depends on and of noise, and the
//! ranks of the scores are mapped to the distributions in [`tables`]. The weights were fitted by
//! hand until the rank correlations of the snapshot came out; the test `generator_2026` holds them
//! to that.
//!
//! Node 0 has the largest degree, and so on down, as in the decoded snapshot.

mod channels;
mod nodes;
mod policies;
mod sampling;
mod scores;
mod tables;
mod wiring;

use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::network::generate::alike::named_nodes;
use crate::network::topology::{Channel, Network};

/// Makes up a network of so many nodes.
///
/// # Panics
/// Unless 100 ≤ `nodes` ≤ 1,000,000.
pub(super) fn lightning_2026(nodes: u32, seeds: Seeds) -> Network {
    assert!((100..=1_000_000).contains(&nodes), "100 to 1,000,000 nodes");
    let profiles = nodes::profiles(nodes, seeds);
    let links = wiring::wire(&profiles, seeds);
    let sized = channels::size(&links, nodes, seeds);
    let policies = policies::policies(&sized, nodes, seeds);
    let mut network = named_nodes(nodes, sized.len());
    for (index, (channel, policies)) in sized.iter().zip(policies).enumerate() {
        let [one, two] = channel.ends;
        let name = format!("c{index}").into();
        let channel = Channel { name, capacity: channel.capacity, policies, stated: None };
        network.add_channel(NodeId(one), NodeId(two), channel);
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::core::core;
    use crate::units::Sat;

    fn median_capacity(network: &Network) -> u64 {
        let mut capacities: Vec<_> =
            network.channel_ids().map(|id| network.channel(id).capacity).collect();
        capacities.sort_unstable();
        capacities[capacities.len() / 2].0
    }

    #[test]
    fn small_networks_have_a_core_and_capacities_like_the_large_one() {
        for nodes in [100, 2_000] {
            for seed in 1..=5 {
                let network = lightning_2026(nodes, Seeds::new(seed, 0));
                let share = core(&network).len() * 100 / network.node_count();
                assert!((25..=45).contains(&share), "{nodes} nodes, seed {seed}: {share} %");
                let median = median_capacity(&network);
                assert!((642_000..2_566_000).contains(&median), "1,283,178 sat in 2026: {median}");
            }
        }
    }

    #[test]
    fn every_policy_fits_its_channel() {
        let network = lightning_2026(500, Seeds::new(1, 0));
        for id in network.channel_ids() {
            let channel = network.channel(id);
            assert!(channel.capacity >= Sat(1_000));
            for policy in channel.policies.iter().flatten() {
                assert!(policy.htlc_minimum <= policy.htlc_maximum);
                assert!(policy.htlc_maximum <= channel.capacity.to_msat());
                assert!(policy.htlc_maximum.0 > 0);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_network_and_another_seed_another() {
        let [one, same, other] = [1, 1, 2].map(|seed| {
            let network = lightning_2026(300, Seeds::new(seed, 0));
            network
                .channel_ids()
                .map(|id| (network.ends(id), network.channel(id).clone()))
                .collect::<Vec<_>>()
        });
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
