//! Networks from pairs of nodes, and nodes without channels.

use crate::ids::NodeId;
use crate::network::generator::PlainPolicy;
use crate::network::topology::{Channel, Network, Node, Policy};

/// The two ends of a channel to be.
pub(super) type Pair = [u32; 2];

/// A network whose channels all have the one capacity and policy, the same in both directions.
pub(super) fn alike(nodes: u32, pairs: &[Pair], plain: &PlainPolicy) -> Network {
    let policy = Policy {
        fee_base_msat: plain.fee_base_msat,
        proportional_millionths: plain.proportional_millionths,
        cltv_expiry_delta: plain.cltv_expiry_delta,
        htlc_minimum: plain.htlc_minimum,
        htlc_maximum: plain.capacity.to_msat(),
        disabled: false,
    };
    let mut network = named_nodes(nodes, pairs.len());
    for (index, &[one, two]) in pairs.iter().enumerate() {
        let channel = Channel {
            name: format!("c{index}").into(),
            capacity: plain.capacity,
            policies: [Some(policy); 2],
            stated: None,
        };
        network.add_channel(NodeId(one), NodeId(two), channel);
    }
    network
}

/// A network of so many nodes without channels.
pub(super) fn named_nodes(nodes: u32, channels: usize) -> Network {
    let mut network = Network::with_capacity(NodeId(nodes).index(), channels);
    for index in 0..nodes {
        network.add_node(Node { name: format!("n{index}").into(), software: None });
    }
    network
}
