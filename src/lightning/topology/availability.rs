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

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::lightning::Event;
use crate::workload::NodeLives;

/// What happens to nodes by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeEvent {
    /// A node goes down, or comes up.
    Switch(NodeId),
    /// An outage begins.
    OutageStart(u16),
    /// An outage is over.
    OutageEnd(u16),
    /// Everybody knows that the node's peers have disabled their channels, if it is still as then.
    Disabled {
        /// The node.
        node: NodeId,
        /// Changes of the node until then.
        epoch: u32,
    },
    /// Everybody knows that they have enabled them again, if it is still as then.
    Enabled {
        /// The node.
        node: NodeId,
        /// Changes of the node until then.
        epoch: u32,
    },
}

impl NodeEvent {
    /// Kind and entity, for the fingerprint.
    pub(in crate::lightning) fn ingredients(self) -> (u16, u64) {
        match self {
            Self::Switch(node) => (30, u64::from(node.0)),
            Self::OutageStart(outage) => (31, u64::from(outage)),
            Self::OutageEnd(outage) => (32, u64::from(outage)),
            Self::Disabled { node, .. } => (33, u64::from(node.0)),
            Self::Enabled { node, .. } => (34, u64::from(node.0)),
        }
    }
}

/// Which nodes are up, and what waits for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Availability {
    pub(in crate::lightning) nodes: NodeLives,
    /// What waits for a channel to be connected, in order.
    pub(in crate::lightning) parked: BTreeMap<ChannelId, Vec<Event>>,
    /// What waits for a node to be up, in order.
    pub(in crate::lightning) waiting: BTreeMap<NodeId, Vec<Event>>,
    /// Directions that everybody knows to be disabled.
    pub(in crate::lightning) disabled: BTreeSet<DirectedChannel>,
    /// Reconnections so far: the keys of their delays.
    pub(in crate::lightning) reconnections: u64,
}

impl Availability {
    /// Nothing waits.
    pub(in crate::lightning) const fn new(nodes: NodeLives) -> Self {
        Self {
            nodes,
            parked: BTreeMap::new(),
            waiting: BTreeMap::new(),
            disabled: BTreeSet::new(),
            reconnections: 0,
        }
    }
}
