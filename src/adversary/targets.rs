//! Which channels an attacker picks, from what is public.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::network::Network;
use crate::units::Sat;

/// Which channels are attacked; those disabled in both directions never are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Targets {
    /// So many of the largest capacity.
    Capacity(u32),
    /// So many between the nodes with most channels: by the product of the degrees of both ends.
    Degree(u32),
    /// Those of these names.
    Named(Vec<String>),
}

impl Targets {
    /// How many at most.
    pub fn count(&self) -> usize {
        match self {
            Self::Capacity(count) | Self::Degree(count) => *count as usize,
            Self::Named(names) => names.len(),
        }
    }

    /// The directions attacked: both of each channel, where both are usable; ties by id.
    ///
    /// # Errors
    /// The name that no channel has.
    pub fn pick(&self, network: &Network) -> Result<Vec<DirectedChannel>, String> {
        let channels = match self {
            Self::Capacity(_) => self.best(network, |id| network.channel(id).capacity),
            Self::Degree(_) => {
                let degree = |node| network.outgoing(node).len();
                let degrees: Vec<_> = network.node_ids().map(degree).collect();
                self.best(network, |id| {
                    let [one, two] = network.ends(id).map(|node| degrees[node.index()]);
                    Sat((one * two) as u64)
                })
            }
            Self::Named(names) => named(network, names)?,
        };
        let directions = channels
            .into_iter()
            .flat_map(|channel| Side::BOTH.map(|side| DirectedChannel::new(channel, side)));
        Ok(directions.filter(|&direction| usable(network, direction)).collect())
    }

    /// The usable channels that score highest.
    fn best(&self, network: &Network, score: impl Fn(ChannelId) -> Sat) -> Vec<ChannelId> {
        let is_usable = |channel: &ChannelId| {
            Side::BOTH.into_iter().any(|s| usable(network, DirectedChannel::new(*channel, s)))
        };
        let mut channels: Vec<_> = network.channel_ids().filter(is_usable).collect();
        channels.sort_by_key(|&channel| (Reverse(score(channel)), channel));
        channels.truncate(self.count());
        channels
    }
}

fn usable(network: &Network, direction: DirectedChannel) -> bool {
    network.policy(direction).is_some_and(|policy| !policy.disabled)
}

fn named(network: &Network, names: &[String]) -> Result<Vec<ChannelId>, String> {
    let find = |name: &String| {
        let mut ids = network.channel_ids();
        ids.find(|&id| *network.channel(id).name == **name).ok_or_else(|| name.clone())
    };
    names.iter().map(find).collect()
}
