//! A scenario: TOML as written in, checked parameters out.
//!
//! [`load()`] reads a file, lays `--set` over it, checks everything and reports all problems at once.
//! It also prints the scenario *resolved*: canonical TOML with every default, which reads back as the
//! same scenario. Values carry their units; money and time never pass through a float.
//!
//! What this module does not do: read networks, traces or other data files (it only makes sure that
//! they exist), or build anything.

mod amount;
mod array;
mod attack;
mod availability;
mod bitcoin;
mod bulk;
mod card;
mod choice;
mod ethereum;
mod general;
mod hint;
mod kind;
mod lightning;
mod load;
mod network;
mod number;
mod place;
mod problem;
mod quantity;
mod reader;
mod rollup;
mod section;
mod size;
mod study;
mod sweep;
mod sweep_axis;
mod tree;
mod word;
mod workload;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::adversary::AttackParams;
use crate::baselines::{BitcoinPayments, CardParams, EthereumPayments};
use crate::chain::bitcoin::BitcoinParams;
use crate::chain::ethereum::EthereumParams;
use crate::ids::SystemName;
use crate::lightning::LightningParams;
use crate::network::{BalanceModel, FileFormat, Generator, SoftwareMix};
use crate::rollup::{OptimisticParams, ZkParams};
use crate::units::{Prices, SimDuration};
use crate::workload::{Demands, Funding};

pub(crate) use amount::parse_time;
pub(crate) use general::MOST_SAMPLES;
pub use load::{Loaded, Overlay, load, parse};
pub(crate) use network::generator_names;
pub use place::Mark;
pub use problem::{Problem, Problems};
pub use study::{
    ArchitectSpec, ClaimSpec, LadderSpec, PairSpec, Rung, ScalingSpec, Sets, StudySpec, Tier,
    Varied,
};
pub use sweep::{Design, MOST_POINTS, MOST_RUNS, StopRule, SweepSpec};
pub use sweep_axis::{Axis, LevelValue, Levels, Range, Scale, level_value};

/// A checked scenario. Nothing in it still means "default".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What results are filed under; matches `[A-Za-z0-9_.:-]{1,80}`.
    pub name: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// Whole runs of the scenario, each with draws of its own.
    pub replications: u32,
    /// Rows before this time are flagged and left out of the statistics.
    pub warmup: SimDuration,
    /// Time after the last arrival for payments under way.
    pub drain: SimDuration,
    /// Interval of the time series.
    pub sample_every: SimDuration,
    /// The systems that carry the payments, in the order of their results.
    pub systems: Vec<SystemName>,
    /// Prices, only for comparing costs.
    pub prices: Prices,
    /// Where the network comes from.
    pub network: NetworkSource,
    /// How channels are divided at the start.
    pub balances: BalanceModel,
    /// Node implementations where the file states none.
    pub software: SoftwareMix,
    /// Share of the nodes with one channel that is not announced.
    pub unannounced_leaves: f64,
    /// Who pays whom, how much, and when.
    pub workload: Demands,
    /// The channel system.
    pub lightning: LightningParams,
    /// What attackers do to it.
    pub attacks: Vec<AttackParams>,
    /// What payers can spend on systems without channels.
    pub funding: Funding,
    /// The card network.
    pub card: CardParams,
    /// The rollup with validity proofs.
    pub zk_rollup: ZkParams,
    /// The rollup with challenges.
    pub optimistic_rollup: OptimisticParams,
    /// Ethereum as a chain, for every system that settles there.
    pub ethereum: EthereumParams,
    /// How wallets pay on it.
    pub ethereum_payments: EthereumPayments,
    /// Bitcoin, as every system that stands on it sees it.
    pub bitcoin: BitcoinParams,
    /// How wallets pay on it.
    pub bitcoin_payments: BitcoinPayments,
}

/// Where the network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NetworkSource {
    /// A snapshot.
    File {
        /// The file or folder.
        path: PathBuf,
        /// Its format; `None`: recognised from its content.
        format: Option<FileFormat>,
    },
    /// Made up.
    Generate(Generator),
}
