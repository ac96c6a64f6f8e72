//! Mass exit: a coalition of hubs leaves all its channels at once, and blocks fill up.
//!
//! *Zombies* fall silent and never answer again: whoever has a channel with them has to go to the chain (after
//! `lightning.peers.gone_after`, or where an HTLC expires). *Close*: they publish their latest
//! commitments, all at once. *Double spend*: they publish the best commitment that they have revoked, all at
//! once, in the hope that not all answers find room in blocks before `to_self_delay` is over; where an old
//! state pays no more, the channel is closed honestly.
//!
//! Source: C. Sguanci and A. Sidiropoulos, *Mass Exit Attacks on the Lightning Network*, 2022 (zombie attack and
//! mass double-spend). They look for the coalition with most channels to others, a maximum cut of a given
//! size; here it is built greedily, one node after the other.

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Closed, Ending, Feedback, Strategy};
use crate::adversary::breach::{Towers, VICTIMS, victims};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::view::AttackerView;
use crate::declare::amount::WholeSat;
use crate::declare::number::Whole;
use crate::declare::{choices, params};
use crate::engine::Draws;
use crate::ids::{DirectedChannel, NodeId};
use crate::network::Network;
use crate::outcome::AttackOutcome;
use crate::units::{Sat, SimDuration, SimTime};

params! {
    /// Parameters of `mass_exit`.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct MassExitParams {
        /// Which nodes take part.
        coalition: Coalition = required_choice(),
        /// How they leave.
        method: Method = choice("zombie"),
    }
}

/// Members of a coalition.
const MEMBERS: Whole<u32> = Whole(1..=100_000);

choices! {
    /// Which nodes take part.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Coalition {
        /// Those that have most channels to others, chosen greedily.
        MaxCut(
            /// Number of nodes.
            nodes: u32 = required(MEMBERS),
        ) = "max_cut",
        /// Those with most channels.
        Degree(
            /// Number of nodes.
            nodes: u32 = required(MEMBERS),
        ) = "degree",
        /// Nodes drawn at random.
        Random(
            /// Number of nodes.
            nodes: u32 = required(MEMBERS),
        ) = "random",
    }
}

choices! {
    /// How a coalition leaves.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Method {
        /// They fall silent.
        Zombie = "zombie",
        /// They publish their latest commitments.
        Close = "close",
        /// They publish revoked commitments.
        DoubleSpend {
            /// A revoked commitment must pay at least so much more than the current one.
            least_gain: Sat = or(Sat(1_000), WholeSat),
            /// How often, and for how long, victims are offline.
            offline: (f64, SimDuration) as "victims" = with(VICTIMS, victims),
            /// Watchtowers of victims.
            towers: Towers = table(),
        } = "double_spend",
    }
}

/// A mass exit under way: a row per channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MassExit {
    params: MassExitParams,
    exits: Vec<Exit>,
}

/// A channel that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Exit {
    /// From the member of the coalition.
    direction: DirectedChannel,
    start: Option<SimTime>,
    reported: bool,
}

impl Coalition {
    /// The members, by id. Only public channels count.
    pub fn pick(self, network: &Network, draws: Draws) -> Vec<NodeId> {
        let mut members = match self {
            Self::MaxCut(count) => greedy_cut(network, count as usize),
            Self::Degree(count) => {
                let score = |node| peers(network, node).count() as u64;
                best(network, count as usize, score)
            }
            Self::Random(count) => {
                let is_public = |node| peers(network, node).next().is_some();
                let draw = |node: NodeId| draws.at(u64::from(node.0), 0).bits() | 1;
                best(network, count as usize, |node| if is_public(node) { draw(node) } else { 0 })
            }
        };
        members.sort_unstable();
        members
    }
}

/// The peer of each public channel of a node.
fn peers(network: &Network, node: NodeId) -> impl Iterator<Item = NodeId> {
    let own = network.outgoing(node).into_iter().filter(|d| network.is_announced(d.channel()));
    own.map(|direction| network.target(direction))
}

/// The nodes that score highest; ties by id.
fn best(network: &Network, count: usize, score: impl Fn(NodeId) -> u64) -> Vec<NodeId> {
    let mut nodes: Vec<_> = network.node_ids().collect();
    nodes.sort_by_cached_key(|&node| (std::cmp::Reverse(score(node)), node));
    nodes.truncate(count);
    nodes
}

/// One node after the other, each time the one that adds most channels between members and others.
fn greedy_cut(network: &Network, count: usize) -> Vec<NodeId> {
    let mut gains: Vec<i64> = network
        .node_ids()
        .map(|node| i64::try_from(peers(network, node).count()).unwrap_or(i64::MAX))
        .collect();
    let mut members = Vec::new();
    while members.len() < count {
        let open = network.node_ids().filter(|node| !members.contains(node));
        let Some(next) = open.max_by_key(|&n| (gains[n.index()], std::cmp::Reverse(n))) else {
            break;
        };
        members.push(next);
        for peer in peers(network, next) {
            // A channel between two members leaves the cut.
            gains[peer.index()] -= 2;
        }
    }
    members
}

impl MassExit {
    /// The coalition leaves its channels to others, and those among its members.
    pub fn new(params: MassExitParams, network: &Network, members: &[NodeId]) -> Self {
        let own = members.iter().flat_map(|&member| network.outgoing(member));
        let outward = own.filter(|d| !members.contains(&network.target(*d)));
        let exit = |direction| Exit { direction, start: None, reported: false };
        Self { params, exits: outward.map(exit).collect() }
    }

    /// How the coalition leaves.
    pub const fn method(&self) -> Method {
        self.params.method
    }

    fn start(&mut self, view: &AttackerView<'_>, actions: &mut Vec<Action>) {
        if self.params.method == Method::Zombie {
            actions.extend(view.nodes().iter().map(|&node| Action::Silence(node)));
        }
        for exit in &mut self.exits {
            if view.is_closed(exit.direction.channel()) {
                continue;
            }
            exit.start = Some(view.now);
            match self.params.method {
                Method::Zombie => {}
                Method::Close => actions.push(Action::Close(exit.direction)),
                Method::DoubleSpend { .. } => actions.push(Action::PublishRevoked(exit.direction)),
            }
        }
    }
}

impl Recruit for MassExit {
    type Params = MassExitParams;

    /// Takes over nodes of the network.
    fn recruit(params: &MassExitParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        recruits.nodes = params.coalition.pick(recruits.network, recruits.draws("nodes"));
        Ok(Self::new(*params, recruits.network, &recruits.nodes))
    }
}

impl Strategy for MassExit {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        match feedback {
            Feedback::Started => self.start(view, actions),
            Feedback::Closed(closed) => {
                let exits = &mut self.exits;
                let found = exits.iter().position(|e| e.direction.channel() == closed.channel);
                if let Some(label) = found {
                    exits[label].report(label, Some(&closed), view, actions);
                }
            }
            Feedback::RevokedPublished(channel) => {
                let exits = &mut self.exits;
                if let Some(exit) = exits.iter_mut().find(|e| e.direction.channel() == channel) {
                    exit.reported = true;
                }
            }
            Feedback::Finished => {
                for (label, exit) in self.exits.iter_mut().enumerate() {
                    exit.report(label, None, view, actions);
                }
            }
            Feedback::Woken { .. }
            | Feedback::Offered { .. }
            | Feedback::Arrived { .. }
            | Feedback::Ended { .. }
            | Feedback::Preimage { .. }
            | Feedback::Over => {}
        }
    }

    fn brings_nodes(&self) -> bool {
        false
    }

    fn silences(&self) -> bool {
        true
    }
}

impl Exit {
    fn report(
        &mut self,
        label: usize,
        closed: Option<&Closed>,
        view: &AttackerView<'_>,
        actions: &mut Vec<Action>,
    ) {
        let Some(start) = self.start.filter(|_| !self.reported) else { return };
        self.reported = true;
        let locked = |closed: &Closed| {
            let product =
                u128::from(closed.start[1].get()) * u128::from(view.now.since(start).get());
            u64::try_from(product / 1_000_000_000).unwrap_or(u64::MAX)
        };
        actions.push(Action::Report(Attempt {
            label: u32::try_from(label).expect("channels are numbered by u32"),
            start,
            victim: Some(view.target(self.direction)),
            channel: Some(self.direction.channel()),
            gain: None,
            stake: closed.map(|closed| closed.start[0].to_sat_floor()),
            htlcs: 0,
            bits: None,
            outcome: if closed.is_some() {
                AttackOutcome::Succeeded
            } else {
                AttackOutcome::Pending
            },
            cause: None,
            ending: closed
                .map(|closed| Ending { locked_msat_s: Some(locked(closed)), ..Ending::of(closed) }),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::network::{Channel, Node};

    /// n0 has four channels, n1 three of which two go to n0; n5 has two to leaves.
    fn network() -> Network {
        let mut network = Network::default();
        for i in 0..10 {
            network.add_node(Node { name: format!("n{i}").into(), software: None });
        }
        for (one, two) in [(0, 1), (0, 1), (0, 2), (0, 3), (1, 4), (5, 6), (5, 7), (8, 9)] {
            let name = format!("c{}", network.channel_count()).into();
            let channel =
                Channel { name, capacity: Sat(1_000_000), policies: [None; 2], stated: None };
            network.add_channel(NodeId(one), NodeId(two), channel);
        }
        network
    }

    #[test]
    fn the_greedy_cut_leaves_out_whoever_has_its_channels_with_members() {
        let network = network();
        let draws = Seeds::new(1, 0).draws("test");
        let ids = |nodes: Vec<NodeId>| nodes.into_iter().map(|node| node.0).collect::<Vec<_>>();
        assert_eq!(ids(Coalition::Degree(2).pick(&network, draws)), [0, 1]);
        // With n0 in, n1 adds 1 - 2 channels and n5 adds 2.
        assert_eq!(ids(Coalition::MaxCut(2).pick(&network, draws)), [0, 5]);
        assert_eq!(Coalition::Random(3).pick(&network, draws).len(), 3);
        let params = MassExitParams { coalition: Coalition::MaxCut(2), method: Method::Close };
        let exit = MassExit::new(params, &network, &[NodeId(0), NodeId(1)]);
        assert_eq!(exit.exits.len(), 3, "channels among members stay");
    }
}
