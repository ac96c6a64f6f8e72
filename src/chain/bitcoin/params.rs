//! Parameters of the chain, and their defaults.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::units::{FeeRate, SimDuration, SimTime, Weight};

/// Everything under `[bitcoin]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BitcoinParams {
    /// Mean time between blocks.
    pub block_interval: SimDuration,
    /// Largest weight of a block.
    pub block_weight: Weight,
    /// When miners renew what they work on.
    pub template: Template,
    /// What nodes relay.
    pub relay: Relay,
    /// Background transactions.
    pub background: Background,
    /// How often the last blocks are replaced.
    pub reorgs: Reorgs,
}

impl Default for BitcoinParams {
    fn default() -> Self {
        Self {
            // The interval that the difficulty is set for.
            block_interval: SimDuration::from_secs(600),
            // MAX_BLOCK_WEIGHT of BIP 141.
            block_weight: Weight(4_000_000),
            template: Template::Continuous,
            relay: Relay::default(),
            background: Background::normal(),
            reorgs: Reorgs::default(),
        }
    }
}

/// Which transactions the next block can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Template {
    /// All that wait when the block is found.
    Continuous,
    /// All that waited at the last renewal; renewals follow each block at this interval.
    Periodic {
        /// Time between two renewals.
        every: SimDuration,
    },
    /// Those that waited when the block before was found (Kawase and Kasahara 2018).
    AtBlock,
}

/// Relay policy of the network's nodes. All nodes have the same mempool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Lowest feerate relayed. Default 100 sat/kvB (Bitcoin Core 29.1).
    pub minimum_feerate: FeeRate,
    /// What a replacement pays for its own relay. Default 100 sat/kvB (Bitcoin Core 29.1).
    pub incremental_feerate: FeeRate,
    /// Weight beyond which the mempool evicts. Default 100 million vbytes: about what fits into Bitcoin Core's
    /// 300 MB of memory, which counts three times the serialised size and more.
    pub mempool_weight: Weight,
    /// Transactions of a package, ancestors or descendants, the transaction itself included. Default
    /// 25 (`DEFAULT_ANCESTOR_LIMIT`).
    pub package_count: u16,
    /// Their weight. Default 101 kvB (`DEFAULT_ANCESTOR_SIZE_LIMIT_KVB`).
    pub package_weight: Weight,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            minimum_feerate: FeeRate(25),
            incremental_feerate: FeeRate(25),
            mempool_weight: Weight(400_000_000),
            package_count: 25,
            package_weight: Weight(404_000),
        }
    }
}

/// Transactions that others bring: Poisson arrivals, lognormal bids. Bids do not react to the market,
/// a simplification; a trace can say how they moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// What holds from when on, by time; before the first entry there is none.
    pub phases: Vec<Phase>,
    /// A file from which the phases are read before the run (see `parse_demand`).
    pub trace: Option<PathBuf>,
    /// Standard deviation of the logarithm of the bids.
    pub sigma: f64,
    /// Blocks' worth of transactions that wait at the start, drawn from the cheaper half of the bids.
    pub backlog_blocks: f64,
}

/// Background demand from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// When it begins.
    pub from: SimTime,
    /// Weight that arrives per block interval, over the weight of a block.
    pub load: f64,
    /// Median bid.
    pub median_feerate: FeeRate,
}

impl Background {
    /// No background transactions.
    pub const NONE: Self =
        Self { phases: Vec::new(), trace: None, sigma: 0.0, backlog_blocks: 0.0 };

    /// Blocks have room: 0.5 to 3 sat/vB (suggested ranges, no citable constant).
    pub fn quiet() -> Self {
        Self::steady(0.7, FeeRate(250), 0.8, 0.0)
    }

    /// Blocks are nearly full: 5 to 20 sat/vB (suggested ranges, no citable constant).
    pub fn normal() -> Self {
        Self::steady(0.95, FeeRate(2_000), 0.9, 1.0)
    }

    /// More arrives than blocks can hold: 30 to 80 sat/vB (suggested ranges, no citable constant). The
    /// backlog is that of 26 April 2023: 134,986 transactions, some 50 blocks of that time.
    pub fn congested() -> Self {
        Self::steady(1.3, FeeRate(10_000), 0.9, 50.0)
    }

    /// The same demand for the whole run.
    pub fn steady(load: f64, median_feerate: FeeRate, sigma: f64, backlog_blocks: f64) -> Self {
        let phases = vec![Phase { from: SimTime::ZERO, load, median_feerate }];
        Self { phases, trace: None, sigma, backlog_blocks }
    }
}

/// Blocks that lose against a longer branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reorgs {
    /// Probability that a new block comes with another branch instead of extending the last block.
    /// Default 0: none.
    pub probability: f64,
    /// Most blocks replaced at once; each more is half as likely.
    pub deepest: u8,
}
