//! Parameters of the chain, and their defaults.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY_POSITIVE, Feerate};
use crate::declare::number::{Number, SHARE, Whole, weight};
use crate::declare::text_kinds::Input;
use crate::declare::{Alternative, Choice, Declared, Key, Section, choices, params};
use crate::units::{FeeRate, SimDuration, SimTime, Weight};

/// No transaction that is relayed weighs more, so that none waits for ever.
const LEAST_WEIGHT: u64 = 400_000;
/// Larger weights are mistakes.
const MOST_WEIGHT: u64 = 1_000_000_000_000;

params! {
    /// Bitcoin as every system that settles there sees it.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BitcoinParams: Default {
        /// Mean time between blocks. Source: the interval that the difficulty is set for.
        block_interval: SimDuration = or(SimDuration::from_secs(600), DELAY_POSITIVE),
        /// Largest weight of a block, in weight units. Source: `MAX_BLOCK_WEIGHT`, BIP 141.
        block_weight: Weight as "block_weight_wu" =
            or(Weight(4_000_000), weight(LEAST_WEIGHT, MOST_WEIGHT)),
        /// Weight that miners keep free for header and coinbase, in weight units. Source:
        /// `-blockreservedweight`, Bitcoin Core 29.
        coinbase_weight: Weight as "coinbase_weight_wu" = or(Weight(8_000), weight(0, LEAST_WEIGHT)),
        /// Which transactions the next block can take: when miners renew their block templates.
        template: Template = choice("continuous"),
        /// Relay policy. All nodes have the same mempool.
        relay: Relay = table(),
        /// Transactions of everybody else: how much block space they want, and what they bid.
        background: Background = choice("normal"),
        /// How often the last blocks are replaced.
        reorgs: Reorgs = table(),
    }
}

impl BitcoinParams {
    /// Most weight of other transactions in a block.
    pub const fn room(&self) -> Weight {
        Weight(self.block_weight.0.saturating_sub(self.coinbase_weight.0))
    }
}

choices! {
    /// Which transactions the next block can take.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Template {
        /// All that wait when the block is found.
        Continuous = "continuous",
        /// All that waited at the last renewal; renewals follow each block at an interval.
        Periodic {
            /// Time between two renewals of the template.
            every: SimDuration = required(DELAY_POSITIVE),
        } = "periodic",
        /// Those that waited when the block before was found. Source: Kawase and Kasahara, 2018.
        AtBlock = "at_block",
    }
}

params! {
    /// Relay policy of the network's nodes. All nodes have the same mempool.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Relay: Default {
        /// Lowest feerate that is relayed. Source: 100 sat/kvB, Bitcoin Core 29.1.
        minimum_feerate: FeeRate = or(FeeRate(25), Feerate),
        /// Feerate that a replacement pays for its own relay. Source: 100 sat/kvB, Bitcoin Core 29.1.
        incremental_feerate: FeeRate = or(FeeRate(25), Feerate),
        /// Weight of the mempool, in weight units, beyond which it evicts. Source: 100 million vbytes,
        /// about what fits into Bitcoin Core's 300 MB of memory, which counts three times the
        /// serialised size and more.
        mempool_weight: Weight as "mempool_weight_wu" =
            or(Weight(400_000_000), weight(LEAST_WEIGHT, MOST_WEIGHT)),
        /// Most transactions of a package, ancestors or descendants, the transaction itself included.
        /// Source: `DEFAULT_ANCESTOR_LIMIT`, Bitcoin Core.
        package_count: u16 = or(25, Whole(1..=1_000)),
        /// Largest weight of a package, in weight units. Source: 101 kvB,
        /// `DEFAULT_ANCESTOR_SIZE_LIMIT_KVB`, Bitcoin Core.
        package_weight: Weight as "package_weight_wu" =
            or(Weight(404_000), weight(4_000, 1_000_000_000)),
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
        Steady::QUIET.into()
    }

    /// Blocks are nearly full: 5 to 20 sat/vB (suggested ranges, no citable constant).
    pub fn normal() -> Self {
        Steady::start().into()
    }

    /// More arrives than blocks can hold: 30 to 80 sat/vB (suggested ranges, no citable constant). The
    /// backlog is that of 26 April 2023: 134,986 transactions, some 50 blocks of that time.
    pub fn congested() -> Self {
        Steady::CONGESTED.into()
    }

    /// The same demand for the whole run.
    pub fn steady(load: f64, median_feerate: FeeRate, sigma: f64, backlog_blocks: f64) -> Self {
        Steady { load, median_feerate, sigma, backlog_blocks }.into()
    }
}

params! {
    /// Demand that is the same for the whole run.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Steady {
        /// Weight that arrives per block interval, over the weight of a block.
        load: f64 = or(0.95, LOAD),
        /// Median feerate of the bids.
        median_feerate: FeeRate = or(FeeRate(2_000), Feerate),
        /// Standard deviation of the logarithm of the bids.
        sigma: f64 = or(0.9, SIGMA),
        /// Blocks' worth of transactions that wait at the start, drawn from the cheaper half of the bids.
        backlog_blocks: f64 = or(1.0, BACKLOG),
    }
}

/// Weight that arrives per block interval over the weight of a block.
const LOAD: Number = Number { low: 0.0, high: 100.0, above: false };
/// Standard deviation of the logarithm of bids.
const SIGMA: Number = Number { low: 0.0, high: 10.0, above: false };
/// Blocks' worth of what waits at the start.
const BACKLOG: Number = Number { low: 0.0, high: 10_000.0, above: false };

impl Steady {
    const QUIET: Self =
        Self { load: 0.7, median_feerate: FeeRate(250), sigma: 0.8, backlog_blocks: 0.0 };
    const CONGESTED: Self =
        Self { load: 1.3, median_feerate: FeeRate(10_000), sigma: 0.9, backlog_blocks: 50.0 };
}

impl From<Steady> for Background {
    fn from(steady: Steady) -> Self {
        let Steady { load, median_feerate, sigma, backlog_blocks } = steady;
        let phases = vec![Phase { from: SimTime::ZERO, load, median_feerate }];
        Self { phases, trace: None, sigma, backlog_blocks }
    }
}

impl Choice for Background {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "normal",
            meaning: "Blocks are nearly full: 5 to 20 sat/vB. Source: suggested ranges, no citable constant.",
            start: Self::normal,
            read: |s| Steady::read(s).into(),
        },
        Alternative {
            name: "quiet",
            meaning: "Blocks have room: 0.5 to 3 sat/vB. Source: suggested ranges, no citable constant.",
            start: Self::quiet,
            read: |s| Steady::read_over(s, Steady::QUIET).into(),
        },
        Alternative {
            name: "congested",
            meaning: "More arrives than blocks can hold: 30 to 80 sat/vB. Source: suggested ranges, no citable \
                constant; the backlog is that of 26 April 2023, 134,986 transactions, some 50 blocks \
                of that time.",
            start: Self::congested,
            read: |s| Steady::read_over(s, Steady::CONGESTED).into(),
        },
        Alternative {
            name: "none",
            meaning: "No background transactions.",
            start: || Self::NONE,
            read: |_| Self::NONE,
        },
        Alternative {
            name: "trace",
            meaning: "Load and bids over time are read from a file.",
            start: || Self::NONE,
            read: trace,
        },
    ];
}

fn trace(s: &mut Section<'_, '_>) -> Background {
    let file = Key::new("file", "CSV file of the demand over time: time, load, median feerate.");
    let sigma = Key::new("sigma", "Standard deviation of the logarithm of the bids.");
    let backlog = "Blocks' worth of transactions that wait at the start.";
    Background {
        phases: Vec::new(),
        trace: Some(s.required(file, &Input { folder: false }).used),
        sigma: s.or(sigma, &SIGMA, Steady::start().sigma),
        backlog_blocks: s.or(Key::new("backlog_blocks", backlog), &BACKLOG, 0.0),
    }
}

params! {
    /// Blocks that lose against a longer branch.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Reorgs: Default {
        /// Probability that a new block comes with another branch instead of extending the last block.
        probability: f64 = or(0.0, SHARE),
        /// Most blocks that are replaced at once; each more is half as likely.
        deepest: u8 = or(2, Whole(1..=16)),
    }
}
