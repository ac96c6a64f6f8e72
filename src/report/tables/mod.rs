//! The tables that systems write, one file each.
//!
//! A new column is an entry at the end of its table's list, and nothing else. A new table is a file here,
//! its place in [`of_system`], and, where its rows are new, a kind of [`Row`](crate::rows::Row), which the
//! compiler asks every taker about.

pub mod attacks;
pub mod attempts;
pub mod batches;
pub mod bitcoin_blocks;
pub mod channels;
pub mod closures;
pub mod comparison;
pub mod ethereum_blocks;
pub mod losses;
pub mod nodes;
pub mod payments;
#[cfg(test)]
mod tests;
pub mod timeseries;

use crate::ids::SystemName;
use crate::report::table::Declared;

static LIGHTNING: [&dyn Declared; 9] = [
    &payments::TABLE,
    &timeseries::LIGHTNING,
    &attempts::TABLE,
    &channels::TABLE,
    &nodes::TABLE,
    &attacks::TABLE,
    &bitcoin_blocks::TABLE,
    &closures::TABLE,
    &losses::TABLE,
];
static ROLLUP: [&dyn Declared; 4] =
    [&payments::TABLE, &timeseries::ROLLUP, &batches::TABLE, &ethereum_blocks::TABLE];
static ETHEREUM: [&dyn Declared; 3] =
    [&payments::TABLE, &timeseries::ETHEREUM, &ethereum_blocks::TABLE];
static BITCOIN: [&dyn Declared; 3] =
    [&payments::TABLE, &timeseries::BITCOIN, &bitcoin_blocks::TABLE];
static CARD: [&dyn Declared; 2] = [&payments::TABLE, &timeseries::CARD];

/// The tables that a system writes, in the order in which the manifest lists them.
pub fn of_system(system: SystemName) -> &'static [&'static dyn Declared] {
    match system {
        SystemName::Lightning => &LIGHTNING,
        SystemName::ZkRollup | SystemName::OptimisticRollup => &ROLLUP,
        SystemName::Ethereum => &ETHEREUM,
        SystemName::Bitcoin | SystemName::Sidechain => &BITCOIN,
        SystemName::Card => &CARD,
    }
}

/// The time series of a system.
pub(super) fn timeseries_of(system: SystemName) -> &'static timeseries::TimeSeries {
    match system {
        SystemName::Lightning => &timeseries::LIGHTNING,
        SystemName::ZkRollup | SystemName::OptimisticRollup => &timeseries::ROLLUP,
        SystemName::Ethereum => &timeseries::ETHEREUM,
        SystemName::Bitcoin | SystemName::Sidechain => &timeseries::BITCOIN,
        SystemName::Card => &timeseries::CARD,
    }
}

/// Every table of a run, in the order in which `output/README.md` has them.
pub fn all() -> Vec<&'static dyn Declared> {
    vec![
        &payments::TABLE,
        &timeseries::LIGHTNING,
        &timeseries::ETHEREUM,
        &timeseries::BITCOIN,
        &timeseries::CARD,
        &timeseries::ROLLUP,
        &attempts::TABLE,
        &channels::TABLE,
        &nodes::TABLE,
        &bitcoin_blocks::TABLE,
        &ethereum_blocks::TABLE,
        &batches::TABLE,
        &attacks::TABLE,
        &closures::TABLE,
        &losses::TABLE,
        &comparison::TABLE,
    ]
}
