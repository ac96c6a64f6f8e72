//! What an attacker may see.

use crate::channel::Channels;
use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::network::{Network, Policy};
use crate::routing::{Charge, Hop, fill_hops};
use crate::units::{Msat, Sat, SimTime};

/// What an attacker may see: the public network, and its own nodes' side of their channels.
#[derive(Clone, Copy, Debug)]
pub struct AttackerView<'a> {
    /// The present.
    pub now: SimTime,
    /// When the attack ends; nothing new may be sent from then on.
    pub end: SimTime,
    network: &'a Network,
    channels: &'a Channels,
    /// The attacker's nodes.
    nodes: &'a [NodeId],
}

impl<'a> AttackerView<'a> {
    /// What the owner of `nodes` sees at `now`.
    pub const fn new(
        network: &'a Network,
        channels: &'a Channels,
        nodes: &'a [NodeId],
        [now, end]: [SimTime; 2],
    ) -> Self {
        Self { now, end, network, channels, nodes }
    }

    /// Whether the attack still runs.
    pub fn goes_on(&self) -> bool {
        self.now < self.end
    }

    /// The attacker's nodes.
    pub const fn nodes(&self) -> &[NodeId] {
        self.nodes
    }

    /// The node that sends in this direction.
    pub fn source(&self, direction: DirectedChannel) -> NodeId {
        self.network.source(direction)
    }

    /// The node that receives in this direction.
    pub fn target(&self, direction: DirectedChannel) -> NodeId {
        self.network.target(direction)
    }

    /// Capacity of a channel.
    pub fn capacity(&self, channel: ChannelId) -> Sat {
        self.network.channel(channel).capacity
    }

    /// Whether a channel is closed.
    pub fn is_closed(&self, channel: ChannelId) -> bool {
        self.channels.is_closed(channel)
    }

    /// What the sender in this direction asks of those who forward over it.
    pub fn policy(&self, direction: DirectedChannel) -> Option<&Policy> {
        self.network.policy(direction)
    }

    /// The largest HTLC that one of the attacker's nodes can offer in this direction.
    ///
    /// # Panics
    /// When the direction is not one in which a node of the attacker sends: our mistake.
    pub fn spendable(&self, direction: DirectedChannel) -> Msat {
        let source = self.network.source(direction);
        assert!(
            self.nodes.contains(&source),
            "an attacker looks into a channel of node {source:?}"
        );
        self.channels.spendable(direction)
    }

    /// The hops of a route along `directions` that brings `amount` to its end, with `final_cltv` blocks
    /// left there: amounts and expiries grow backwards by the policies on the way (BOLT 7). `None` where a
    /// direction has no policy or the sum leaves `u64`.
    pub fn hops(
        &self,
        directions: &[DirectedChannel],
        amount: Msat,
        final_cltv: u32,
    ) -> Option<Vec<Hop>> {
        let mut hops = Vec::with_capacity(directions.len());
        let path = directions.iter().copied();
        let filled = fill_hops(&mut hops, path, (amount, final_cltv), |place, hop| {
            let inbound = self.network.inbound_fee(directions[place - 1].reverse());
            Charge::of(self.policy(hop.channel)?, inbound, hop.amount)
        });
        filled.then_some(hops)
    }
}
