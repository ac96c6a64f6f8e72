//! What output files say about nodes and channels beyond their rows.

use crate::ids::{ChannelId, NodeId};
use crate::network::{Network, Software};
use crate::rows::OpenedRow;

/// Names, software, degrees and ends, taken from a network; rows refer to them by id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    nodes: Vec<NodeName>,
    channels: Vec<ChannelName>,
}

#[derive(Clone, Debug)]
struct NodeName {
    name: Box<str>,
    software: Option<Software>,
    degree: u32,
}

#[derive(Clone, Debug)]
struct ChannelName {
    name: Box<str>,
    ends: [NodeId; 2],
}

impl Names {
    /// The names of a network.
    pub fn of(network: &Network) -> Self {
        let mut nodes: Vec<_> = network
            .node_ids()
            .map(|id| network.node(id))
            .map(|node| NodeName { name: node.name.clone(), software: node.software, degree: 0 })
            .collect();
        let channels: Vec<_> = network
            .channel_ids()
            .map(|id| ChannelName {
                name: network.channel(id).name.clone(),
                ends: network.ends(id),
            })
            .collect();
        for end in channels.iter().flat_map(|channel| channel.ends) {
            nodes[end.index()].degree += 1;
        }
        Self { nodes, channels }
    }

    /// A channel opened during the run: the newest.
    pub(super) fn open(&mut self, row: &OpenedRow<'_>) {
        debug_assert_eq!(row.channel.index(), self.channels.len(), "channels open in order");
        self.channels.push(ChannelName { name: row.name.into(), ends: row.ends });
        for end in row.ends {
            self.nodes[end.index()].degree += 1;
        }
    }

    pub(super) fn node(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].name
    }

    pub(super) fn software(&self, node: NodeId) -> Option<Software> {
        self.nodes[node.index()].software
    }

    /// Channels of the node, closed ones included.
    pub(super) fn degree(&self, node: NodeId) -> u32 {
        self.nodes[node.index()].degree
    }

    pub(super) fn channel(&self, channel: ChannelId) -> &str {
        &self.channels[channel.index()].name
    }

    pub(super) fn ends(&self, channel: ChannelId) -> [NodeId; 2] {
        self.channels[channel.index()].ends
    }
}
