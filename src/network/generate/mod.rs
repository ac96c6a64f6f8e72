//! Networks made up from a few parameters.
//!
//! [`lightning`] imitates the public network of 2026, with its policies. The others are textbook
//! graphs whose channels are all alike. Node `i` is called `n{i}` and channel `i` is called `c{i}`.
//! A network depends on the parameters and the seeds only.

mod alike;
mod lightning;
mod plain;
mod random;

use crate::engine::Seeds;
use crate::network::generate::alike::alike;
use crate::network::generator::Generator;
use crate::network::topology::Network;

/// Makes up a network.
///
/// # Panics
/// When a parameter is outside the range that its documentation states; scenarios are checked
/// before.
pub fn generate(generator: &Generator, seeds: Seeds) -> Network {
    match *generator {
        Generator::Lightning2026 { nodes } => lightning::lightning_2026(nodes, seeds),
        Generator::BarabasiAlbert { nodes, channels_per_node, policy } => {
            let pairs = random::barabasi_albert(nodes, channels_per_node, seeds);
            alike(nodes, &pairs, &policy)
        }
        Generator::WattsStrogatz { nodes, neighbours, rewire, policy } => {
            let pairs = random::watts_strogatz(nodes, neighbours, rewire, seeds);
            alike(nodes, &pairs, &policy)
        }
        Generator::ErdosRenyi { nodes, channels, policy } => {
            alike(nodes, &random::erdos_renyi(nodes, channels, seeds), &policy)
        }
        Generator::CorePeriphery { core, periphery, channels_per_node, policy } => {
            let pairs = random::core_periphery(core, periphery, channels_per_node, seeds);
            alike(core + periphery, &pairs, &policy)
        }
        Generator::HubAndSpoke { hubs, spokes, policy } => {
            alike(hubs + spokes, &plain::hub_and_spoke(hubs, spokes), &policy)
        }
        Generator::Star { nodes, policy } => alike(nodes, &plain::star(nodes), &policy),
        Generator::Line { nodes, policy } => alike(nodes, &plain::line(nodes), &policy),
        Generator::Ring { nodes, policy } => alike(nodes, &plain::ring(nodes), &policy),
        Generator::Grid { rows, columns, policy } => {
            alike(rows * columns, &plain::grid(rows, columns), &policy)
        }
        Generator::Complete { nodes, policy } => alike(nodes, &plain::complete(nodes), &policy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
    use crate::network::core::core;
    use crate::network::generator::PlainPolicy;
    use crate::units::{Msat, Sat};

    #[test]
    fn a_plain_channel_has_the_same_policy_both_ways_and_carries_its_capacity() {
        let policy = PlainPolicy { capacity: Sat(7_000), ..PlainPolicy::default() };
        let network = generate(&Generator::Line { nodes: 3, policy }, Seeds::new(1, 0));
        assert_eq!((network.node_count(), network.channel_count()), (3, 2));
        assert_eq!(&*network.node(NodeId(2)).name, "n2");
        assert_eq!(&*network.channel(ChannelId(1)).name, "c1");
        let there = network.policy(DirectedChannel::new(ChannelId(1), Side::One)).unwrap();
        let back = network.policy(DirectedChannel::new(ChannelId(1), Side::Two)).unwrap();
        assert_eq!(there, back);
        assert_eq!(there.htlc_maximum, Msat(7_000_000));
        assert_eq!((there.fee_base_msat, there.cltv_expiry_delta), (1_000, 80));
    }

    #[test]
    fn every_generator_gives_the_promised_counts_and_one_core_where_it_is_connected() {
        let policy = PlainPolicy::default();
        for (generator, nodes, channels) in [
            (Generator::BarabasiAlbert { nodes: 50, channels_per_node: 3, policy }, 50, 141),
            (
                Generator::CorePeriphery { core: 5, periphery: 20, channels_per_node: 2, policy },
                25,
                50,
            ),
            (Generator::HubAndSpoke { hubs: 3, spokes: 10, policy }, 13, 13),
            (Generator::Star { nodes: 9, policy }, 9, 8),
            (Generator::Line { nodes: 9, policy }, 9, 8),
            (Generator::Ring { nodes: 9, policy }, 9, 9),
            (Generator::Grid { rows: 3, columns: 4, policy }, 12, 17),
            (Generator::Complete { nodes: 6, policy }, 6, 15),
        ] {
            let network = generate(&generator, Seeds::new(5, 0));
            let counts = (network.node_count(), network.channel_count());
            assert_eq!(counts, (nodes, channels), "{generator:?}");
            assert_eq!(core(&network).len(), nodes, "{generator:?}");
        }
    }
}
