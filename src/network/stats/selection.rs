//! A set of channels and the nodes that they join, in a form that is quick to walk.

use crate::ids::{ChannelId, NodeId, Side};
use crate::network::topology::{Network, Policy};

/// Chosen channels; nodes without a chosen channel are left out and the others renumbered.
pub(super) struct Selection {
    /// Both ends of each channel, by new numbers.
    pub(super) ends: Vec<[usize; 2]>,
    /// Capacity of each channel, in sat.
    pub(super) capacities: Vec<u64>,
    /// Channels of each node, parallel ones counted.
    pub(super) degrees: Vec<u64>,
    /// Sat in the channels of each node.
    pub(super) strengths: Vec<u64>,
    /// `neighbours[starts[n]..starts[n + 1]]` are the distinct neighbours of node n, ascending.
    starts: Vec<usize>,
    neighbours: Vec<usize>,
}

impl Selection {
    /// All announced channels.
    pub(super) fn all(network: &Network) -> Self {
        Self::new(network, |_| true)
    }

    /// Channels with both directions enabled.
    pub(super) fn enabled_both_ways(network: &Network) -> Self {
        Self::new(network, |channel| {
            Side::BOTH.iter().all(|&side| enabled(network, channel, side).is_some())
        })
    }

    fn new(network: &Network, chosen: impl Fn(ChannelId) -> bool) -> Self {
        let channels: Vec<_> = network.channel_ids().filter(|&id| chosen(id)).collect();
        let mut numbers = vec![None; network.node_count()];
        for &channel in &channels {
            for end in network.ends(channel) {
                numbers[end.index()] = Some(0);
            }
        }
        // Numbers ascend with the ids.
        let used =
            numbers.iter_mut().flatten().zip(0..).map(|(number, next)| *number = next).count();
        let number =
            |node: NodeId| numbers[node.index()].expect("ends of chosen channels have a number");
        let ends: Vec<_> = channels.iter().map(|&id| network.ends(id).map(number)).collect();
        let capacities: Vec<_> =
            channels.iter().map(|&id| network.channel(id).capacity.0).collect();
        let (mut degrees, mut strengths) = (vec![0; used], vec![0; used]);
        for (ends, capacity) in ends.iter().zip(&capacities) {
            for &end in ends {
                degrees[end] += 1;
                strengths[end] += capacity;
            }
        }
        let (starts, neighbours) = adjacency(&ends, used);
        Self { ends, capacities, degrees, strengths, starts, neighbours }
    }

    /// The distinct neighbours of a node, ascending.
    pub(super) fn neighbours(&self, node: usize) -> &[usize] {
        &self.neighbours[self.starts[node]..self.starts[node + 1]]
    }

    /// Number of distinct neighbours.
    pub(super) fn reach(&self, node: usize) -> usize {
        self.starts[node + 1] - self.starts[node]
    }

    /// Pairs of nodes with at least one channel.
    pub(super) fn pairs(&self) -> u64 {
        self.neighbours.len() as u64 / 2
    }

    /// Number of nodes.
    pub(super) fn nodes(&self) -> usize {
        self.degrees.len()
    }
}

/// Start offsets, and the distinct neighbours of all nodes one after another.
fn adjacency(ends: &[[usize; 2]], nodes: usize) -> (Vec<usize>, Vec<usize>) {
    let mut directed: Vec<_> =
        ends.iter().flat_map(|&[one, two]| [(one, two), (two, one)]).collect();
    directed.sort_unstable();
    directed.dedup();
    let mut starts = vec![0; nodes + 1];
    for &(from, _) in &directed {
        starts[from + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    (starts, directed.into_iter().map(|(_, to)| to).collect())
}

/// The policy of a direction that carries payments.
pub(super) fn enabled(network: &Network, channel: ChannelId, from: Side) -> Option<&Policy> {
    network.channel(channel).policies[from.index()].as_ref().filter(|policy| !policy.disabled)
}
