//! Blocks of Bitcoin, as the plots of block space need them.

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// A row of `blocks.csv`; weights in WU, feerates in sat per 1,000 vB.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Block {
    #[serde(deserialize_with = "read::finite")]
    pub(super) height: f64,
    #[serde(deserialize_with = "read::finite")]
    pub(super) time_s: f64,
    #[serde(deserialize_with = "read::finite")]
    pub(super) waiting_wu: f64,
    #[serde(rename = "own_weight_wu", deserialize_with = "read::finite")]
    pub(super) own_wu: f64,
    #[serde(rename = "lowest_feerate_sat_kvb", deserialize_with = "read::finite_or")]
    pub(super) lowest: Option<f64>,
    #[serde(rename = "median_feerate_sat_kvb", deserialize_with = "read::finite_or")]
    pub(super) median: Option<f64>,
}

/// All blocks of the system's chain.
pub(super) fn blocks(run: &SystemRun) -> Result<Vec<Block>, OutputError> {
    read::all_if_there(&run.table("blocks.csv"))
}
