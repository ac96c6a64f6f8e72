//! Parameters of Ethereum as a chain, with their defaults and sources.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fork::{Fork, ForkSchedule};
use crate::units::{Gas, GasPrice, SimDuration};

/// Everything about the chain itself under `[ethereum]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EthereumParams {
    /// Time between two slots. Default 12 s (consensus specification).
    pub slot: SimDuration,
    /// Probability that a slot's proposer makes no block. Default 0.25 %: 0.15–0.31 % a day were missed
    /// in late January 2026 (reldo.dev, 2 Feb 2026).
    pub missed_slots: f64,
    /// From the start of a slot until the world has seen its block. Default 1.9 s, the median of
    /// August 2025 (ethresear.ch 23016).
    pub block_arrival: SimDuration,
    /// Gas limit of the first block. Default 60,000,000 (EIP-7935, Fusaka).
    pub gas_limit: Gas,
    /// What validators vote for; the limit moves there by at most 1/1024 a block (EIP-1559).
    pub gas_limit_target: Gas,
    /// Base fee of the first block. Default 1 gwei, an assumption.
    pub base_fee: GasPrice,
    /// Which rules hold, and when they change.
    pub fork: ForkSchedule,
    /// Transactions of the simulated system that a node keeps waiting; beyond it the cheapest go.
    /// Default 5,120 (geth's `--txpool.globalslots`).
    pub pool: u32,
    /// Background demand for gas and blobs.
    pub background: Background,
}

impl Default for EthereumParams {
    fn default() -> Self {
        Self {
            slot: SimDuration::from_secs(12),
            missed_slots: 0.0025,
            block_arrival: SimDuration::from_millis(1_900),
            gas_limit: Gas(60_000_000),
            gas_limit_target: Gas(60_000_000),
            base_fee: GasPrice::GWEI,
            fork: ForkSchedule::Fixed(Fork::Bpo2),
            pool: 5_120,
            background: Background::default(),
        }
    }
}

/// Background demand for gas and blobs, as a fluid with a distribution of limit prices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// Fresh demand per slot as a share of the gas limit, at any price. Default 1: half of it would pay
    /// the median price, and half the limit is what EIP-1559 aims at, so the base fee settles near
    /// the median. 0: empty blocks.
    pub gas_share: f64,
    /// Median of what it would pay per gas. Default 1 gwei.
    pub median_price: GasPrice,
    /// Standard deviation of the logarithm of that price. Default 1.5, an assumption.
    pub sigma: f64,
    /// Share of its limit price that it offers as a tip. Default 5 %, an assumption.
    pub tip_share: f64,
    /// Standard deviation of the logarithm of the demand over time. Default 0.3, an assumption.
    pub volatility: f64,
    /// Correlation time of that variation. Default 10 min, an assumption.
    pub correlation: SimDuration,
    /// Mean time after which unserved demand gives up. Default 5 min, an assumption.
    pub patience: SimDuration,
    /// Fresh blobs per slot as a share of the fork's target. Default 0.5, an assumption: below the
    /// target, blobs cost their reserve price (EIP-7918), as they have since Fusaka.
    pub blob_share: f64,
    /// Median of what they would pay per blob gas. Default 1 gwei, an assumption.
    pub blob_median_price: GasPrice,
    /// Standard deviation of the logarithm of that price. Default 1.5, an assumption.
    pub blob_sigma: f64,
}

impl Default for Background {
    fn default() -> Self {
        Self {
            gas_share: 1.0,
            median_price: GasPrice::GWEI,
            sigma: 1.5,
            tip_share: 0.05,
            volatility: 0.3,
            correlation: SimDuration::from_secs(600),
            patience: SimDuration::from_secs(300),
            blob_share: 0.5,
            blob_median_price: GasPrice::GWEI,
            blob_sigma: 1.5,
        }
    }
}

impl Background {
    /// No background demand.
    #[must_use]
    pub fn none() -> Self {
        Self { gas_share: 0.0, blob_share: 0.0, ..Self::default() }
    }
}
