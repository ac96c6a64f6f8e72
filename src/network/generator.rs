//! How a network is made up: the generators and their parameters.

use serde::{Deserialize, Serialize};

use crate::declare::amount::WholeSat;
use crate::declare::number::{SHARE, Whole, msat, ppm};
use crate::declare::{Choice, Section, choices, params};
use crate::network::size;
use crate::units::{Msat, Ppm, SUPPLY, Sat};

/// Nodes of a plain generator: payments need two.
const NODES: Whole<u32> = Whole(2..=u32::MAX);
/// A number of things of which there is at least one.
const SOME: Whole<u32> = Whole(1..=u32::MAX);

choices! {
    /// How a network is made up.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Generator {
        /// A network like the public Lightning Network of 3 February 2026, at any size.
        Lightning2026 {
            /// Number of nodes.
            nodes: u32 = required(Whole(100..=1_000_000)),
        } = "lightning_2026",
        /// Preferential attachment: new nodes open channels to well-connected ones. Source: Barabási and
        /// Albert, 1999.
        BarabasiAlbert {
            /// Number of nodes.
            nodes: u32 = required(NODES),
            /// Channels that each new node opens, 1 to nodes − 1.
            channels_per_node: u32 = required(SOME),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "barabasi_albert" check check,
        /// A small world: a ring of neighbours, some of whose channels are rewired. Source: Watts and
        /// Strogatz, 1998.
        WattsStrogatz {
            /// Number of nodes.
            nodes: u32 = required(Whole(3..=u32::MAX)),
            /// Neighbours on the ring, an even number below the number of nodes.
            neighbours: u32 = required(Whole(2..=u32::MAX)),
            /// Probability that a channel is rewired.
            rewire: f64 = required(SHARE),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "watts_strogatz" check check,
        /// A random graph with a given number of channels, G(n, m). Source: Erdős and Rényi, 1959.
        ErdosRenyi {
            /// Number of nodes.
            nodes: u32 = required(NODES),
            /// Number of channels.
            channels: u32 = required(SOME),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "erdos_renyi" check check,
        /// A complete core, and periphery nodes with channels to random core nodes.
        CorePeriphery {
            /// Nodes of the core.
            core: u32 = required(NODES),
            /// Nodes of the periphery.
            periphery: u32 = required(Whole(0..=u32::MAX)),
            /// Channels that each periphery node has into the core, 1 to `core`.
            channels_per_node: u32 = required(SOME),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "core_periphery" check check,
        /// Hubs joined completely; spokes with one channel each, spread evenly over the hubs.
        HubAndSpoke {
            /// Number of hubs.
            hubs: u32 = required(SOME),
            /// Number of spokes.
            spokes: u32 = required(SOME),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "hub_and_spoke" check check,
        /// One node in the middle of all others.
        Star {
            /// Number of nodes, the hub included.
            nodes: u32 = required(NODES),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "star" check check,
        /// A chain of nodes, each with a channel to the next.
        Line {
            /// Number of nodes.
            nodes: u32 = required(NODES),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "line" check check,
        /// A ring: each node has channels to two neighbours.
        Ring {
            /// Number of nodes, at least 3.
            nodes: u32 = required(Whole(3..=u32::MAX)),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "ring" check check,
        /// A rectangular grid.
        Grid {
            /// Number of rows.
            rows: u32 = required(SOME),
            /// Number of columns.
            columns: u32 = required(SOME),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "grid" check check,
        /// A channel between every two nodes.
        Complete {
            /// Number of nodes.
            nodes: u32 = required(NODES),
            /// What all channels have in common.
            policy: PlainPolicy = flatten(),
        } = "complete" check check,
    }
}

params! {
    /// The one policy and capacity of all channels in the plain generators.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PlainPolicy: Default {
        /// Capacity of every channel. Source: a usual size in 2026 (10 % of channels).
        capacity: Sat = or(Sat(5_000_000), WholeSat),
        /// Base fee of every channel, in millisatoshis. Source: the default of lnd, CLN and eclair.
        fee_base_msat: u32 = or(1_000, Whole(0..=u32::MAX)),
        /// Proportional fee of every channel, in parts per million. Source: the median of 2026.
        proportional_millionths: Ppm as "ppm" = or(Ppm(100), ppm(u32::MAX)),
        /// Blocks that each hop adds to an HTLC's expiry. Source: lnd's default.
        cltv_expiry_delta: u16 = or(80, Whole(1..=u16::MAX)),
        /// Smallest HTLC, in millisatoshis. Source: lnd's default, 79 % of channels in 2026.
        htlc_minimum: Msat as "htlc_minimum_msat" = or(Msat(1_000), msat(SUPPLY.to_msat().get())),
    }
    check check_minimum;
}

fn check_minimum(read: &PlainPolicy, s: &mut Section<'_, '_>) {
    let PlainPolicy { htlc_minimum, capacity, .. } = *read;
    s.rule(&["htlc_minimum_msat", "capacity"], htlc_minimum <= capacity.to_msat(), || {
        format!("must be at most the capacity, but {htlc_minimum} is more than {capacity}")
    });
}

impl Generator {
    /// Some network, where the scenario does not say which.
    pub(crate) const SMALL: Self = Self::Lightning2026 { nodes: 100 };

    /// The names in scenario files and on the command line.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALTERNATIVES.iter().map(|alternative| alternative.name)
    }
}

/// Rules between the keys of one generator, then the size of what it would make.
fn check(read: &Generator, s: &mut Section<'_, '_>) {
    check_shape(read, s);
    let wide = u64::from;
    let (keys, nodes, channels, policy): (&[&str], _, _, _) = match *read {
        Generator::Lightning2026 { .. } => return,
        Generator::BarabasiAlbert { nodes, channels_per_node, policy } => {
            let channels = u128::from(nodes) * u128::from(channels_per_node);
            (&["nodes", "channels_per_node"], wide(nodes), channels, policy)
        }
        Generator::WattsStrogatz { nodes, neighbours, policy, .. } => {
            let channels = u128::from(nodes) * u128::from(neighbours) / 2;
            (&["nodes", "neighbours"], wide(nodes), channels, policy)
        }
        Generator::ErdosRenyi { nodes, channels, policy } => {
            (&["nodes", "channels"], wide(nodes), u128::from(channels), policy)
        }
        Generator::CorePeriphery { core, periphery, channels_per_node, policy } => {
            let outer = u128::from(periphery) * u128::from(channels_per_node);
            let nodes = wide(core) + wide(periphery);
            (&["core", "periphery"], nodes, pairs(wide(core)) + outer, policy)
        }
        Generator::HubAndSpoke { hubs, spokes, policy } => {
            let channels = pairs(wide(hubs)) + u128::from(spokes);
            (&["hubs", "spokes"], wide(hubs) + wide(spokes), channels, policy)
        }
        Generator::Star { nodes, policy } | Generator::Line { nodes, policy } => {
            (&["nodes"], wide(nodes), u128::from(nodes) - 1, policy)
        }
        Generator::Ring { nodes, policy } => (&["nodes"], wide(nodes), u128::from(nodes), policy),
        Generator::Grid { rows, columns, policy } => {
            let nodes = wide(rows) * wide(columns);
            let channels = 2 * u128::from(nodes) - u128::from(rows) - u128::from(columns);
            (&["rows", "columns"], nodes, channels, policy)
        }
        Generator::Complete { nodes, policy } => {
            (&["nodes"], wide(nodes), pairs(wide(nodes)), policy)
        }
    };
    size::check(s, keys, nodes, channels, policy.capacity);
}

fn check_shape(read: &Generator, s: &mut Section<'_, '_>) {
    match *read {
        Generator::BarabasiAlbert { nodes, channels_per_node, .. } => {
            s.rule(&["channels_per_node", "nodes"], channels_per_node < nodes, || {
                format!("must be below the number of nodes, but {channels_per_node} is not below {nodes}")
            });
        }
        Generator::WattsStrogatz { nodes, neighbours, .. } => {
            let is_even = neighbours.is_multiple_of(2);
            s.rule(&["neighbours", "nodes"], is_even && neighbours < nodes, || {
                format!("must be even and below the number of nodes {nodes}, but is {neighbours}")
            });
        }
        Generator::ErdosRenyi { nodes, channels, .. } => {
            let most = pairs(u64::from(nodes));
            s.rule(&["channels", "nodes"], u128::from(channels) <= most, || {
                format!("must be at most {most}, the pairs of {nodes} nodes, but is {channels}")
            });
        }
        Generator::CorePeriphery { core, channels_per_node, .. } => {
            s.rule(&["channels_per_node", "core"], channels_per_node <= core, || {
                format!(
                    "must be at most the size of the core, but {channels_per_node} is above {core}"
                )
            });
        }
        Generator::Grid { rows, columns, .. } => {
            let nodes = u64::from(rows) * u64::from(columns);
            s.rule(&["rows", "columns"], nodes >= 2, || {
                "a grid of one node has no channel".to_owned()
            });
        }
        _ => {}
    }
}

fn pairs(nodes: u64) -> u128 {
    u128::from(nodes) * u128::from(nodes.saturating_sub(1)) / 2
}
