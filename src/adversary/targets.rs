//! Which channels an attacker picks.
//!
//! It knows the public graph: channels that were announced, with the policies that gossip tells. Those that
//! are not announced (wallets behind a routing node, other attackers' channels) it neither ranks nor counts.
//! It can still attack one by its name: then it was told of it, as whoever is sent a route hint is.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::declare::number::Whole;
use crate::declare::text_kinds::{List, Name};
use crate::declare::{Section, choices};
use crate::engine::Source;
use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::network::{Network, Policy};
use crate::units::{Msat, Sat};

choices! {
    /// Which channels are attacked; only named ones are disabled in both directions or not announced.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Targets {
        /// Those of the largest capacity.
        Capacity(
            /// Number of channels.
            channels: u32 = required(Whole(1..=100_000)),
        ) = "capacity",
        /// Those between the nodes with most channels: by the product of the degrees of both ends.
        Degree(
            /// Number of channels.
            channels: u32 = required(Whole(1..=100_000)),
        ) = "degree",
        /// Those of these names, announced or not.
        Named(
            /// Names of channels.
            channels: Vec<String> = required(List(Name)),
        ) = "named" check check_names,
    }
}

fn check_names(read: &Targets, s: &mut Section<'_, '_>) {
    let Targets::Named(names) = read else { return };
    s.rule(&["channels"], !names.is_empty(), || "names no channel".to_owned());
    let twice = names.iter().enumerate().any(|(number, name)| names[..number].contains(name));
    s.rule(&["channels"], !twice, || "names a channel twice".to_owned());
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
                let degrees: Vec<_> =
                    network.node_ids().map(|node| public_degree(network, node)).collect();
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

    /// The public channels that score highest, of those usable in a direction.
    fn best(&self, network: &Network, score: impl Fn(ChannelId) -> Sat) -> Vec<ChannelId> {
        let is_usable = |channel: &ChannelId| {
            network.is_announced(*channel)
                && Side::BOTH
                    .into_iter()
                    .any(|s| usable(network, DirectedChannel::new(*channel, s)))
        };
        let mut channels: Vec<_> = network.channel_ids().filter(is_usable).collect();
        channels.sort_by_key(|&channel| (Reverse(score(channel)), channel));
        channels.truncate(self.count());
        channels
    }
}

/// Number of a node's announced channels.
pub(super) fn public_degree(network: &Network, node: NodeId) -> usize {
    network.outgoing(node).into_iter().filter(|d| network.is_announced(d.channel())).count()
}

/// A random walk over `length` usable public channels, or as many as there are, that visits no node twice;
/// `None` where not even one channel is usable.
pub(super) fn walk(
    network: &Network,
    amount: Msat,
    length: u32,
    source: &mut Source,
) -> Option<Vec<DirectedChannel>> {
    let mut node = NodeId::from_index(0);
    let nodes = network.node_count() as u64;
    let mut visited = BTreeSet::new();
    let mut path: Vec<DirectedChannel> = Vec::new();
    // Where the walk cannot start, it starts elsewhere: 32 draws are there for a route.
    let mut tries = MOST_STARTS;
    while path.len() < length as usize {
        if path.is_empty() {
            tries = tries.checked_sub(1)?;
            node = NodeId::from_index(usize::try_from(source.below(nodes)).ok()?);
            visited = BTreeSet::from([node]);
        }
        let usable = |d: &DirectedChannel| {
            let carries =
                |p: &Policy| !p.disabled && p.htlc_minimum <= amount && amount <= p.htlc_maximum;
            network.is_announced(d.channel())
                && network.policy(*d).is_some_and(carries)
                && !visited.contains(&network.target(*d))
        };
        let onward: Vec<_> = network.outgoing(node).into_iter().filter(usable).collect();
        if onward.is_empty() {
            if path.is_empty() {
                continue;
            }
            break;
        }
        let choice = usize::try_from(source.below(onward.len() as u64)).ok()?;
        node = network.target(onward[choice]);
        visited.insert(node);
        path.push(onward[choice]);
    }
    (!path.is_empty()).then_some(path)
}

/// Starts of a walk that are tried; with at most 18 steps, fewer than the 32 draws of a key.
const MOST_STARTS: u32 = 12;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Channel, Node, Policy};
    use crate::units::{Msat, Ppm};

    /// n0 — n1 of 3 BTC is not announced, n0 — n2 of 2 BTC is an attacker's; n1 — n2 of 1 BTC and n2 — n3 of
    /// half a BTC are public.
    fn network() -> Network {
        let mut network = Network::default();
        for name in ["n0", "n1", "n2", "n3"] {
            network.add_node(Node { name: name.into(), software: None });
        }
        let policy = Policy {
            fee_base_msat: 0,
            proportional_millionths: Ppm(0),
            cltv_expiry_delta: 40,
            htlc_minimum: Msat(1),
            htlc_maximum: Msat::MAX,
            disabled: false,
        };
        let channel = |name: &str, capacity| Channel {
            name: name.into(),
            capacity: Sat(capacity),
            policies: [Some(policy); 2],
            stated: None,
        };
        let [n0, n1, n2, n3] = [0, 1, 2, 3].map(NodeId);
        network.add_unannounced_channel(n0, n1, channel("wallet", 300_000_000));
        network.add_attackers_channel(n0, n2, channel("attacker", 200_000_000));
        network.add_channel(n1, n2, channel("road", 100_000_000));
        network.add_channel(n2, n3, channel("path", 50_000_000));
        network
    }

    fn picked(targets: &Targets) -> Vec<u32> {
        let directions = targets.pick(&network()).unwrap();
        directions.iter().map(|direction| direction.channel().0).collect()
    }

    #[test]
    fn an_attacker_sees_what_is_announced_and_knows_others_by_name_only() {
        assert_eq!(picked(&Targets::Capacity(1)), [2, 2]);
        assert_eq!(picked(&Targets::Capacity(9)), [2, 2, 3, 3]);
        // Both public channels have ends of degrees 1 and 2: the first one comes first. Were all channels
        // counted, n0 would have two and the others would weigh more.
        assert_eq!(picked(&Targets::Degree(1)), [2, 2]);
        let degrees = [0, 1, 2, 3].map(|node| public_degree(&network(), NodeId(node)));
        assert_eq!(degrees, [0, 1, 2, 1]);
        assert_eq!(picked(&Targets::Named(vec!["wallet".into()])), [0, 0]);
        let unknown = Targets::Named(vec!["nowhere".into()]).pick(&network());
        assert_eq!(unknown, Err("nowhere".to_owned()));
    }
}
