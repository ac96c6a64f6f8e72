//! The topology: a petgraph multigraph of nodes and channels, with a policy per direction.
//!
//! Append-only: a [`NodeId`] is the index of its petgraph node and a [`ChannelId`] that of its edge,
//! for good. Parallel channels are allowed, channels of a node with itself are not.
//!
//! Private channels are an attacker's: no search sees them. Unannounced ones are known to their ends alone,
//! which pay over them like over any other; a payee tells its payers by route hints.

use std::collections::BTreeSet;

use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};
use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::network::params::Software;
use crate::units::{Msat, Ppm, Sat};

/// A node as the public knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Name in input and output files; matches `[A-Za-z0-9_.:-]{1,80}`.
    pub name: Box<str>,
    /// The implementation it runs, where the file states it.
    pub software: Option<Software>,
}

/// What one direction of a channel asks of those who forward over it (BOLT 7 `channel_update`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Fixed fee per HTLC, in msat.
    pub fee_base_msat: u32,
    /// Fee per amount sent onward (`fee_proportional_millionths`).
    pub proportional_millionths: Ppm,
    /// Blocks between the expiry of the incoming and of the outgoing HTLC.
    pub cltv_expiry_delta: u16,
    /// Smallest HTLC it carries.
    pub htlc_minimum: Msat,
    /// Largest HTLC it carries; the capacity where the file states none.
    pub htlc_maximum: Msat,
    /// The disable flag.
    pub disabled: bool,
}

impl Policy {
    /// The fee for sending `amount` onward: `fee_base_msat + floor(amount * ppm / 10^6)`, BOLT 7;
    /// `None` when it exceeds `u64`.
    pub fn fee(&self, amount: Msat) -> Option<Msat> {
        self.proportional_millionths.of(amount)?.checked_add(Msat(u64::from(self.fee_base_msat)))
    }
}

/// A channel as the public knows it, and what its file states beyond that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Name in input and output files; matches `[A-Za-z0-9_.:-]{1,80}`.
    pub name: Box<str>,
    /// Money in it.
    pub capacity: Sat,
    /// Policy of node 1 towards node 2, and back; `None` where none is known: that direction carries nothing.
    pub policies: [Option<Policy>; 2],
    /// What simulation files state beyond gossip.
    pub stated: Option<Box<Stated>>,
}

/// What a simulation file states about a channel beyond what gossip knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Balance of each side; they sum up to the capacity.
    pub balances: Option<[Msat; 2]>,
    /// Limits on the HTLCs that each side offers.
    pub limits: [Option<StatedLimits>; 2],
    /// What each side charges beside its policies for HTLCs that come in over the channel.
    pub inbound: [InboundFee; 2],
}

/// What a node adds to its fee for an HTLC that comes in over a channel; mostly a discount, below zero (lnd 0.18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundFee {
    /// Per HTLC, in msat.
    pub base_msat: i32,
    /// Per amount that came in.
    pub ppm: i32,
}

/// Limits on the HTLCs that one side may offer, where a file states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedLimits {
    /// HTLCs at once, 1 to 483 (BOLT 2).
    pub max_accepted_htlcs: u16,
    /// Their sum.
    pub max_htlc_value_in_flight: Msat,
}

/// All nodes and channels.
#[derive(Clone, Debug, Default)]
pub struct Network {
    graph: UnGraph<Node, Channel>,
    /// Channels that attackers opened and nobody announces.
    attackers: BTreeSet<ChannelId>,
    /// Whether any node charges for what comes in.
    has_inbound_fees: bool,
    /// Channels that their ends use and others do not know of, or not yet.
    unannounced: BTreeSet<ChannelId>,
    /// The first channel that opened during a run: it and all later ones did.
    first_opened: Option<ChannelId>,
    /// Nodes and channels before attackers added theirs; `None` without attacks.
    before_attackers: Option<[usize; 2]>,
}

impl Network {
    /// An empty network with room for so many nodes and channels.
    pub fn with_capacity(nodes: usize, channels: usize) -> Self {
        Self { graph: UnGraph::with_capacity(nodes, channels), ..Self::default() }
    }

    /// Appends a node.
    pub fn add_node(&mut self, node: Node) -> NodeId {
        NodeId::from_index(self.graph.add_node(node).index())
    }

    /// Appends a channel between two nodes.
    ///
    /// # Panics
    /// When both ends are the same node.
    pub fn add_channel(&mut self, node1: NodeId, node2: NodeId, channel: Channel) -> ChannelId {
        assert_ne!(node1, node2, "a channel joins two nodes");
        let charges = |stated: &Stated| stated.inbound != [InboundFee::default(); 2];
        self.has_inbound_fees |= channel.stated.as_deref().is_some_and(charges);
        ChannelId::from_index(self.graph.add_edge(at(node1), at(node2), channel).index())
    }

    /// Appends a channel that the attacker's `node1` has opened to `node2` and that neither announces.
    ///
    /// # Panics
    /// When both ends are the same node.
    pub fn add_attackers_channel(
        &mut self,
        node1: NodeId,
        node2: NodeId,
        channel: Channel,
    ) -> ChannelId {
        let id = self.add_channel(node1, node2, channel);
        self.attackers.insert(id);
        id
    }

    /// Appends a channel that `node1` opens to `node2`: its ends may use it, others do not know of it yet.
    ///
    /// # Panics
    /// When both ends are the same node.
    pub fn add_unannounced_channel(
        &mut self,
        node1: NodeId,
        node2: NodeId,
        channel: Channel,
    ) -> ChannelId {
        let id = self.add_channel(node1, node2, channel);
        self.unannounced.insert(id);
        self.first_opened.get_or_insert(id);
        id
    }

    /// Gossip does not know a channel that is there already.
    pub fn conceal(&mut self, channel: ChannelId) {
        self.unannounced.insert(channel);
    }

    /// Whether there are channels that gossip does not know, beside those of attackers.
    pub fn has_unannounced(&self) -> bool {
        !self.unannounced.is_empty()
    }

    /// Whether any node charges for what comes in.
    pub const fn has_inbound_fees(&self) -> bool {
        self.has_inbound_fees
    }

    /// What the source of a direction charges for HTLCs that come in over its channel.
    pub fn inbound_fee(&self, direction: DirectedChannel) -> InboundFee {
        if !self.has_inbound_fees {
            return InboundFee::default();
        }
        let stated = self.channel(direction.channel()).stated.as_ref();
        stated.map_or(InboundFee::default(), |stated| stated.inbound[direction.from_side().index()])
    }

    /// Gossip knows a channel from now on.
    pub fn announce(&mut self, channel: ChannelId) {
        self.unannounced.remove(&channel);
    }

    /// Whether gossip knows a channel.
    pub fn is_announced(&self, channel: ChannelId) -> bool {
        !self.is_attackers(channel) && !self.unannounced.contains(&channel)
    }

    /// Whether `node1` is known to have opened the channel.
    pub fn is_opened_by_first(&self, channel: ChannelId) -> bool {
        self.is_attackers(channel) || self.is_young(channel)
    }

    /// Whether a channel opened during the run.
    pub fn is_young(&self, channel: ChannelId) -> bool {
        self.first_opened.is_some_and(|first| channel >= first)
    }

    /// What keys the draws of a channel: its id, or for those opened during the run their own number, which
    /// attackers' channels do not move.
    pub fn key(&self, channel: ChannelId) -> u64 {
        /// Above all ids.
        const YOUNG: u64 = 1 << 40;
        match self.first_opened {
            Some(first) if channel >= first => YOUNG | u64::from(channel.0 - first.0),
            _ => u64::from(channel.0),
        }
    }

    /// Nodes and channels that were there before the run and are not an attacker's.
    pub fn honest_counts(&self) -> [usize; 2] {
        let opened = self.first_opened.map_or(self.channel_count(), ChannelId::index);
        self.before_attackers.unwrap_or([self.node_count(), opened])
    }

    /// What is added from now on, until the run, is an attacker's.
    pub fn begin_attackers(&mut self) {
        self.before_attackers.get_or_insert([self.graph.node_count(), self.graph.edge_count()]);
    }

    /// Whether a channel belongs to an attacker alone: no honest node plans over it.
    pub fn is_attackers(&self, channel: ChannelId) -> bool {
        !self.attackers.is_empty() && self.attackers.contains(&channel)
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// Number of channels.
    pub fn channel_count(&self) -> usize {
        self.graph.edge_count()
    }

    /// All node ids, ascending.
    pub fn node_ids(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.node_count()).map(NodeId::from_index)
    }

    /// All channel ids, ascending.
    pub fn channel_ids(&self) -> impl ExactSizeIterator<Item = ChannelId> + use<> {
        (0..self.channel_count()).map(ChannelId::from_index)
    }

    /// A node.
    pub fn node(&self, node: NodeId) -> &Node {
        &self.graph[at(node)]
    }

    /// A node, to change.
    pub fn node_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.graph[at(node)]
    }

    /// A channel.
    pub fn channel(&self, channel: ChannelId) -> &Channel {
        &self.graph[EdgeIndex::new(channel.index())]
    }

    /// A channel, to change.
    pub fn channel_mut(&mut self, channel: ChannelId) -> &mut Channel {
        &mut self.graph[EdgeIndex::new(channel.index())]
    }

    /// Both ends of a channel: node 1, node 2.
    pub fn ends(&self, channel: ChannelId) -> [NodeId; 2] {
        let (one, two) = self
            .graph
            .edge_endpoints(EdgeIndex::new(channel.index()))
            .expect("channel ids are indices of edges, which are never removed");
        [NodeId::from_index(one.index()), NodeId::from_index(two.index())]
    }

    /// The node that sends in this direction.
    pub fn source(&self, direction: DirectedChannel) -> NodeId {
        self.ends(direction.channel())[direction.from_side().index()]
    }

    /// The node that receives in this direction.
    pub fn target(&self, direction: DirectedChannel) -> NodeId {
        self.ends(direction.channel())[direction.from_side().other().index()]
    }

    /// The policy of one direction, where one is known.
    pub fn policy(&self, direction: DirectedChannel) -> Option<&Policy> {
        self.channel(direction.channel()).policies[direction.from_side().index()].as_ref()
    }

    /// The directions in which `node` sends, one per channel, in ascending order.
    pub fn outgoing(&self, node: NodeId) -> Vec<DirectedChannel> {
        let mut directions: Vec<_> = self
            .graph
            .edges(at(node))
            .map(|edge| {
                use petgraph::visit::EdgeRef;
                let channel = ChannelId::from_index(edge.id().index());
                let from = if self.ends(channel)[0] == node { Side::One } else { Side::Two };
                DirectedChannel::new(channel, from)
            })
            .collect();
        directions.sort_unstable();
        directions
    }

    /// The petgraph behind, for analyses.
    pub const fn graph(&self) -> &UnGraph<Node, Channel> {
        &self.graph
    }
}

fn at(node: NodeId) -> NodeIndex {
    NodeIndex::new(node.index())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_know_their_ends_also_with_parallel_channels() {
        let mut network = Network::default();
        let [a, b] =
            ["a", "b"].map(|name| network.add_node(Node { name: name.into(), software: None }));
        let channel =
            Channel { name: "x".into(), capacity: Sat(1), policies: [None; 2], stated: None };
        let first = network.add_channel(a, b, channel.clone());
        let second = network.add_channel(b, a, channel);
        assert_eq!(
            network.outgoing(a),
            [DirectedChannel::new(first, Side::One), DirectedChannel::new(second, Side::Two),]
        );
        for direction in network.outgoing(b) {
            assert_eq!((network.source(direction), network.target(direction)), (b, a));
        }
    }
}
