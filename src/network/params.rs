//! Parameters of the network: where it comes from, its balances, its software.

use serde::{Deserialize, Serialize};

use crate::units::{Msat, Ppm, Sat};

/// A node implementation; it sets limits, deadlines and routing defaults that a file does not state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Software {
    /// lnd, Lightning Labs.
    Lnd,
    /// Core Lightning, Blockstream.
    Cln,
    /// The Lightning Development Kit.
    Ldk,
    /// eclair, ACINQ.
    Eclair,
}

impl Software {
    /// All of them, in the order of their shares in scenario files.
    pub const ALL: [Self; 4] = [Self::Lnd, Self::Cln, Self::Ldk, Self::Eclair];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lnd => "lnd",
            Self::Cln => "cln",
            Self::Ldk => "ldk",
            Self::Eclair => "eclair",
        }
    }
}

/// Shares of node implementations among nodes whose file states none; they sum up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftwareMix {
    /// Share of each of [`Software::ALL`].
    pub shares: [f64; 4],
}

impl Default for SoftwareMix {
    /// lnd 0.90, CLN 0.05, LDK 0.03, eclair 0.02: the design's example; no published census exists.
    fn default() -> Self {
        Self { shares: [0.90, 0.05, 0.03, 0.02] }
    }
}

/// The formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// lnd's `describegraph` JSON.
    Lnd,
    /// Core Lightning's `listchannels` JSON.
    Cln,
    /// Core Lightning's compressed gossip map (`GOSSMAP_COMPRESSv1`, gzip).
    ClnGossmap,
    /// CLoTH's folder of three CSV files.
    Cloth,
    /// SimLN's simulation file with `sim_network`.
    Simln,
    /// Leyden's folder of `nodes.csv` and `channels.csv`.
    Leyden,
    /// The half-channel CSV: one row per channel and direction.
    HalfChannels,
}

impl FileFormat {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Lnd,
        Self::Cln,
        Self::ClnGossmap,
        Self::Cloth,
        Self::Simln,
        Self::Leyden,
        Self::HalfChannels,
    ];

    /// The name in scenario files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lnd => "lnd",
            Self::Cln => "cln",
            Self::ClnGossmap => "cln_gossmap",
            Self::Cloth => "cloth",
            Self::Simln => "simln",
            Self::Leyden => "leyden",
            Self::HalfChannels => "half_channels",
        }
    }
}

/// The one policy and capacity of all channels in the plain generators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainPolicy {
    /// Capacity of every channel. Default 5,000,000 sat, a usual size in 2026 (10 % of channels).
    pub capacity: Sat,
    /// Default 1,000 msat (the default of lnd, CLN and eclair).
    pub fee_base_msat: u32,
    /// Default 100 ppm, the median of 2026.
    pub proportional_millionths: Ppm,
    /// Default 80 blocks (lnd).
    pub cltv_expiry_delta: u16,
    /// Default 1,000 msat (lnd, 79 % of channels in 2026).
    pub htlc_minimum: Msat,
}

impl Default for PlainPolicy {
    fn default() -> Self {
        Self {
            capacity: Sat(5_000_000),
            fee_base_msat: 1_000,
            proportional_millionths: Ppm(100),
            cltv_expiry_delta: 80,
            htlc_minimum: Msat(1_000),
        }
    }
}

/// How a network is made up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Generator {
    /// A network like the public one of 3 February 2026, at any size.
    Lightning2026 {
        /// 100 to 1,000,000.
        nodes: u32,
    },
    /// Barabási–Albert preferential attachment (1999).
    BarabasiAlbert {
        /// Number of nodes.
        nodes: u32,
        /// Channels that each new node opens, 1 to nodes − 1.
        channels_per_node: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// Watts–Strogatz small world (1998).
    WattsStrogatz {
        /// Number of nodes.
        nodes: u32,
        /// Neighbours on the ring, even, below nodes.
        neighbours: u32,
        /// Probability that a channel is rewired.
        rewire: f64,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// Erdős–Rényi random graph G(n, m).
    ErdosRenyi {
        /// Number of nodes.
        nodes: u32,
        /// Number of channels.
        channels: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// A complete core, and periphery nodes with channels to random core nodes.
    CorePeriphery {
        /// Nodes of the core.
        core: u32,
        /// Nodes of the periphery.
        periphery: u32,
        /// Channels that each periphery node has into the core, 1 to core.
        channels_per_node: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// Hubs joined completely, spokes spread evenly over them, one channel each.
    HubAndSpoke {
        /// Number of hubs.
        hubs: u32,
        /// Number of spokes.
        spokes: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// Node 0 in the middle of all others.
    Star {
        /// Number of nodes, the hub included.
        nodes: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// A line.
    Line {
        /// Number of nodes.
        nodes: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// A ring.
    Ring {
        /// Number of nodes, at least 3.
        nodes: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// A rectangular grid.
    Grid {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
    /// Everybody with everybody.
    Complete {
        /// Number of nodes.
        nodes: u32,
        /// Channels are alike.
        policy: PlainPolicy,
    },
}

/// How the capacity of a channel is divided between its sides at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum BalanceModel {
    /// As the file states; uniform where it states none.
    File,
    /// Uniform over 0 ..= capacity.
    Uniform,
    /// Half each; an odd millisatoshi goes to node 1.
    Half,
    /// All on one side, node 1 with probability `first_share`.
    OneSided {
        /// Probability that node 1 has it all.
        first_share: f64,
    },
    /// Beta-distributed share of node 1.
    Beta {
        /// First shape parameter, positive.
        alpha: f64,
        /// Second shape parameter, positive.
        beta: f64,
    },
    /// lnd's bimodal density: exp(−x/s) + exp((x−c)/s) + 1/c (lnd `probability_bimodal.go`).
    Bimodal {
        /// The scale s. lnd's default: 300,000 sat.
        scale: Sat,
    },
}
