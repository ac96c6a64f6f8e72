//! Parameters of Ethereum as a chain, with their defaults and sources.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fork::{Fork, ForkSchedule};
use crate::declare::amount::{DELAY, DELAY_POSITIVE, PerGas};
use crate::declare::number::{Number, SHARE, SIGMA, Whole, gas};
use crate::declare::{Alternative, Choice, Key, Section, params};
use crate::units::{Gas, GasPrice, SimDuration};

/// From what one transfer needs to far beyond every proposal.
const GAS_LIMITS: [u64; 2] = [21_000, 1_000_000_000_000];
/// Demand as a share of what fits; beyond it a number is a mistake.
const DEMAND: Number = Number { low: 0.0, high: 1_000.0, above: false };

params! {
    /// Ethereum as a chain, for every system that settles there.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct EthereumParams: Default {
        /// Time between two slots. Source: consensus specification.
        slot: SimDuration = or(SimDuration::from_secs(12), DELAY_POSITIVE),
        /// Probability that a slot's proposer makes no block. Source: 0.15–0.31 % a day were missed in
        /// late January 2026 (reldo.dev, 2 Feb 2026).
        missed_slots: f64 = or(0.0025, SHARE),
        /// From the start of a slot until the world has seen its block. Source: the median of August
        /// 2025 (ethresear.ch 23016).
        block_arrival: SimDuration = or(SimDuration::from_millis(1_900), DELAY),
        /// Gas limit of the first block. Source: EIP-7935, Fusaka.
        gas_limit: Gas = or(Gas(60_000_000), gas(GAS_LIMITS[0], GAS_LIMITS[1])),
        /// Gas limit that validators vote for; the limit moves there by at most 1/1024 a block
        /// (EIP-1559).
        gas_limit_target: Option<Gas> =
            optional(gas(GAS_LIMITS[0], GAS_LIMITS[1]), "equal to `gas_limit`"),
        /// Base fee of the first block, per gas. Source: an assumption.
        base_fee: GasPrice = or(GasPrice::GWEI, PerGas),
        /// Which rules hold, and when they change.
        fork: ForkSchedule = choice("bpo2"),
        /// Transactions of the simulated system that a node keeps waiting; beyond it the cheapest go.
        /// Source: geth's `--txpool.globalslots`.
        pool: u32 = or(5_120, Whole(1..=u32::MAX)),
        /// Background demand for gas and blobs.
        background: Background = table(),
    }
    check check_arrival;
}

fn check_arrival(read: &EthereumParams, s: &mut Section<'_, '_>) {
    s.rule(&["block_arrival", "slot"], read.block_arrival < read.slot, || {
        "a block must have arrived before the next slot begins".to_owned()
    });
}

impl Choice for ForkSchedule {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "cancun",
            meaning: "Dencun: blobs, target 3 and maximum 6 (EIP-4844).",
            start: || Self::Fixed(Fork::Cancun),
            read: |_| Self::Fixed(Fork::Cancun),
        },
        Alternative {
            name: "prague",
            meaning: "Pectra: blobs 6 and 9 (EIP-7691), calldata floor (EIP-7623).",
            start: || Self::Fixed(Fork::Prague),
            read: |_| Self::Fixed(Fork::Prague),
        },
        Alternative {
            name: "osaka",
            meaning: "Fusaka: a reserve price for blobs (EIP-7918), 16,777,216 gas per transaction (EIP-7825).",
            start: || Self::Fixed(Fork::Osaka),
            read: |_| Self::Fixed(Fork::Osaka),
        },
        Alternative {
            name: "bpo1",
            meaning: "Blobs: target 10 and maximum 15 (EIP-7892).",
            start: || Self::Fixed(Fork::Bpo1),
            read: |_| Self::Fixed(Fork::Bpo1),
        },
        Alternative {
            name: "bpo2",
            meaning: "Blobs: target 14 and maximum 21 (EIP-7892).",
            start: || Self::Fixed(Fork::Bpo2),
            read: |_| Self::Fixed(Fork::Bpo2),
        },
        Alternative {
            name: "mainnet",
            meaning: "Mainnet's own schedule.",
            start: || Self::Mainnet { start_unix_s: Fork::Cancun.mainnet_unix_s() },
            read: mainnet,
        },
    ];
}

fn mainnet(s: &mut Section<'_, '_>) -> ForkSchedule {
    let key = Key::new("start_unix_s", "Unix time at the start of the run, in seconds since 1970.");
    // Before Dencun there were no blobs; the other bound keeps sums within 64 bits.
    let times = Whole(Fork::Cancun.mainnet_unix_s()..=100_000_000_000);
    ForkSchedule::Mainnet { start_unix_s: s.required(key, &times) }
}

params! {
    /// Background demand for gas and blobs, as a fluid with a distribution of what it would pay.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Background: Default {
        /// Fresh demand per slot as a share of the gas limit, at any price; 0: empty blocks. Source: an
        /// assumption; half of it would pay the median price, and half the limit is what EIP-1559
        /// aims at, so the base fee settles near the median.
        gas_share: f64 = or(1.0, DEMAND),
        /// Median of what it would pay per gas. Source: an assumption.
        median_price: GasPrice = or(GasPrice::GWEI, PerGas),
        /// Standard deviation of the logarithm of that price. Source: an assumption.
        sigma: f64 = or(1.5, SIGMA),
        /// Share of its limit price that it offers as a tip. Source: an assumption.
        tip_share: f64 = or(0.05, SHARE),
        /// Standard deviation of the logarithm of the demand over time. Source: an assumption.
        volatility: f64 = or(0.3, SIGMA),
        /// Correlation time of that variation. Source: an assumption.
        correlation: SimDuration = or(SimDuration::from_secs(600), DELAY_POSITIVE),
        /// Mean time after which unserved demand gives up. Source: an assumption.
        patience: SimDuration = or(SimDuration::from_secs(300), DELAY_POSITIVE),
        /// Fresh blobs per slot as a share of the fork's target. Source: an assumption; below the
        /// target, blobs cost their reserve price (EIP-7918), as they have since Fusaka.
        blob_share: f64 = or(0.5, DEMAND),
        /// Median of what they would pay per blob gas. Source: an assumption.
        blob_median_price: GasPrice = or(GasPrice::GWEI, PerGas),
        /// Standard deviation of the logarithm of that price. Source: an assumption.
        blob_sigma: f64 = or(1.5, SIGMA),
    }
}

impl Background {
    /// No background demand.
    #[must_use]
    pub fn none() -> Self {
        Self { gas_share: 0.0, blob_share: 0.0, ..Self::default() }
    }
}
