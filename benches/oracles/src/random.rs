//! Small random networks with policies that get in each other's way.

use leyden::engine::{Seeds, Source};
use leyden::ids::NodeId;
use leyden::network::{Channel, Network, Node, Policy};
use leyden::units::{Msat, Ppm, Sat};

/// What the policies of a random network are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policies {
    /// Every direction asks for 1 sat at least, none for a minimum: cheap routes are short.
    Paid,
    /// Some directions are free, none asks for a minimum: cheap routes may be long.
    Free,
    /// As `Paid`, with `htlc_minimum_msat` 1,000 mostly and up to 1,000 sat on one direction in eight.
    Minima,
}

/// The network of `number`: uniform pairs, parallel channels among them. One direction in 20 has no
/// policy, one in 20 is disabled.
pub fn network(number: u64, nodes: u32, channels: u32, policies: Policies) -> Network {
    let mut source = Seeds::new(number, 0).stream("random network");
    let mut network = Network::default();
    for node in 0..nodes {
        network.add_node(Node { name: format!("n{node}").into(), software: None });
    }
    for channel in 0..channels {
        let (one, step) = (below(&mut source, nodes), 1 + below(&mut source, nodes - 1));
        let capacity = Sat(20_000 << below(&mut source, 9));
        let policies = [(); 2].map(|()| policy(&mut source, capacity, policies));
        let name = format!("c{channel}").into();
        let channel = Channel { name, capacity, policies, stated: None };
        network.add_channel(NodeId(one), NodeId((one + step) % nodes), channel);
    }
    network
}

fn policy(source: &mut Source, capacity: Sat, policies: Policies) -> Option<Policy> {
    let kind = below(source, 20);
    let least = if policies == Policies::Free { 0 } else { 1_000 };
    let htlc_minimum = match (policies, below(source, 8)) {
        (Policies::Paid | Policies::Free, _) => Msat(0),
        (Policies::Minima, 0) => Msat(source.below(1_000_000)),
        (Policies::Minima, _) => Msat(1_000),
    };
    let policy = Policy {
        fee_base_msat: least + below(source, 3) * below(source, 2_000),
        proportional_millionths: Ppm(below(source, 3) * below(source, 2_000)),
        cltv_expiry_delta: if below(source, 2) == 0 { 40 } else { 144 },
        htlc_minimum,
        htlc_maximum: Msat(capacity.to_msat().get() / (1 + source.below(4))),
        disabled: kind == 1,
    };
    (kind > 0).then_some(policy)
}

fn below(source: &mut Source, bound: u32) -> u32 {
    u32::try_from(source.below(u64::from(bound))).expect("below a u32")
}
