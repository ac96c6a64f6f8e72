//! The core: the nodes that can all reach each other by the public policies.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::ids::{DirectedChannel, NodeId, Side};
use crate::network::topology::Network;

/// The largest strongly connected part over enabled half-channels with a known policy, ascending.
///
/// Of parts of equal size it is the one with the lowest node. In the public network of February
/// 2026 it has 6,270 of 17,324 nodes. Kosaraju's algorithm, because petgraph's version of Tarjan's
/// recurses as deep as the network.
pub fn core(network: &Network) -> Vec<NodeId> {
    let parts = kosaraju_scc(&enabled(network));
    let mut core: Vec<NodeId> = Vec::new();
    for part in parts {
        let mut part: Vec<_> = part.into_iter().map(|at| NodeId::from_index(at.index())).collect();
        part.sort_unstable();
        let larger = part.len() > core.len();
        if larger || (part.len() == core.len() && part.first() < core.first()) {
            core = part;
        }
    }
    core
}

/// One edge per direction that carries payments.
fn enabled(network: &Network) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(network.node_count(), 2 * network.channel_count());
    for _ in network.node_ids() {
        graph.add_node(());
    }
    for channel in network.channel_ids() {
        for from in Side::BOTH {
            let direction = DirectedChannel::new(channel, from);
            if network.policy(direction).is_some_and(|policy| !policy.disabled) {
                let [source, target] = [network.source(direction), network.target(direction)];
                graph.add_edge(NodeIndex::new(source.index()), NodeIndex::new(target.index()), ());
            }
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::ids::ChannelId;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};

    #[test]
    fn a_line_falls_apart_where_one_direction_is_disabled() {
        let line = Generator::Line { nodes: 5, policy: PlainPolicy::default() };
        let mut network = generate(&line, Seeds::new(1, 0));
        assert_eq!(core(&network).len(), 5);
        network.channel_mut(ChannelId(1)).policies[0].as_mut().unwrap().disabled = true;
        assert_eq!(core(&network), [NodeId(2), NodeId(3), NodeId(4)]);
    }

    #[test]
    fn of_equal_parts_the_one_with_the_lowest_node_is_the_core() {
        let line = Generator::Line { nodes: 4, policy: PlainPolicy::default() };
        let mut network = generate(&line, Seeds::new(1, 0));
        network.channel_mut(ChannelId(1)).policies[1] = None;
        assert_eq!(core(&network), [NodeId(0), NodeId(1)]);
    }

    #[test]
    fn an_empty_network_has_no_core() {
        assert_eq!(core(&Network::default()), []);
    }
}
