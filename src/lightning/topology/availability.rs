//! Nodes that go down and come back.
//!
//! When is told by [`crate::workload::NodeLives`]; here is what waits for it.
//!
//! What a disconnected channel means (BOLT 2): messages do not get through; what stood on a commitment
//! stays there, what was under way is sent again after `channel_reestablish`. So whatever is due in a
//! channel of which one end is down waits until both are up and a round trip has passed, and then goes on
//! in its old order. HTLCs in it are stuck until then. Nothing new is offered over it: a forwarder answers
//! `unknown_next_peer`, a payer does not plan over it. A node that is down answers no payment.
//!
//! Gossip (lnd): after 20 minutes without its peer a node disables its direction, 19 minutes after the
//! return it enables it again; others learn of both after `gossip_delay`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, NodeId, PartId};
use crate::lightning::core::Core;
use crate::lightning::event::{Event, HtlcEvent};
use crate::units::SimTime;
use crate::workload::NodeLives;

/// Which nodes are up, and what waits for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Availability {
    /// `None`: all are up, always.
    pub(in crate::lightning) nodes: Option<NodeLives>,
    /// What waits for a channel to be connected, in order.
    pub(super) parked: BTreeMap<ChannelId, Vec<Event>>,
    /// What waits for a node to be up, in order.
    pub(super) waiting: BTreeMap<NodeId, Vec<Event>>,
}

/// What an event needs to be up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) enum Needs {
    /// Both ends of a channel.
    Channel(ChannelId),
    /// A node.
    Node(NodeId),
    /// Nothing.
    Nothing,
}

impl Availability {
    /// Nothing waits.
    pub(in crate::lightning) const fn new(nodes: Option<NodeLives>) -> Self {
        Self { nodes, parked: BTreeMap::new(), waiting: BTreeMap::new() }
    }

    /// The window for statistics begins.
    pub(in crate::lightning) fn window_begins(&mut self, now: SimTime) {
        if let Some(nodes) = &mut self.nodes {
            nodes.window_begins(now);
        }
    }

    /// It ends.
    pub(in crate::lightning) fn window_ends(&mut self, now: SimTime) {
        if let Some(nodes) = &mut self.nodes {
            nodes.window_ends(now);
        }
    }

    /// Nodes that are down.
    pub(in crate::lightning) fn down(&self) -> u32 {
        self.nodes.as_ref().map_or(0, NodeLives::down)
    }

    /// Whether a node is down.
    pub(in crate::lightning) fn is_down(&self, node: NodeId) -> bool {
        self.nodes.as_ref().is_some_and(|nodes| nodes.is_down(node))
    }

    /// Whether both ends of a channel are up.
    pub(in crate::lightning) fn is_connected(&self, core: &Core, channel: ChannelId) -> bool {
        let nodes = self.nodes.as_ref();
        nodes.is_none_or(|nodes| nodes.connects(core.world.network.ends(channel)))
    }

    /// Whether an event must wait, because a channel is disconnected or a node is down; it is put
    /// aside then.
    pub(in crate::lightning) fn parks(&mut self, event: Event, needs: Needs, core: &Core) -> bool {
        let must_wait = match needs {
            Needs::Channel(channel) => !self.is_connected(core, channel),
            Needs::Node(node) => self.is_down(node),
            Needs::Nothing => false,
        };
        if must_wait {
            match needs {
                Needs::Channel(channel) => self.parked.entry(channel).or_default().push(event),
                Needs::Node(node) => self.waiting.entry(node).or_default().push(event),
                Needs::Nothing => {}
            }
        }
        must_wait
    }

    /// A part's answer is not wanted any more, should its payee be down and it wait for that.
    pub(in crate::lightning) fn forget_answer(&mut self, payee: NodeId, part: PartId) {
        if let Some(waiting) = self.waiting.get_mut(&payee) {
            waiting.retain(|event| *event != Event::Htlc(HtlcEvent::Answered { part }));
        }
    }
}
