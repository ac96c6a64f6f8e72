//! `blocks.csv` of a chain of Bitcoin.

use crate::report::table::{Column, Plain, Table};
use crate::rows::BlockRow;
use crate::units::FeeRate;

/// The table.
pub static TABLE: Table<Plain<BlockRow>> = Table {
    file: "blocks.csv",
    heading: "blocks.csv of Bitcoin",
    about: "One row per block of the system's own chain, in their order; after a reorganisation the \
     heights of the lost branch come again.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<BlockRow>>] = &[
    Column::count("height", "blocks", "its height", |row| row.height.0.into()),
    Column::time("time_s", "when it was found", |row| row.at),
    Column::count("weight_wu", "weight units", "weight of its transactions", |row| row.weight.0),
    Column::number("fullness", "share", "of the largest weight allowed", |row| row.fullness),
    Column::count("transactions", "transactions", "in it, own and background", |row| {
        row.transactions
    }),
    Column::count("fees_sat", "sat", "their fees", |row| row.fees.get()),
    Column::count_or(
        "lowest_feerate_sat_kvb",
        "sat per 1,000 vB",
        "feerate of the cheapest package in it",
        "the block is empty",
        |row| row.lowest.map(FeeRate::per_kvb),
    ),
    Column::count_or(
        "median_feerate_sat_kvb",
        "sat per 1,000 vB",
        "feerate in the middle of its weight",
        "the block is empty",
        |row| row.median.map(FeeRate::per_kvb),
    ),
    Column::count("waiting_wu", "weight units", "what still waits after it", |row| row.waiting.0),
    Column::count("waiting_transactions", "transactions", "that still wait after it", |row| {
        row.waiting_count
    }),
    Column::count(
        "minimum_feerate_sat_kvb",
        "sat per 1,000 vB",
        "lowest feerate that is relayed after it",
        |row| row.minimum.per_kvb(),
    ),
    Column::count("own_transactions", "transactions", "of the system, in it", |row| row.own),
    Column::count("own_weight_wu", "weight units", "their weight", |row| row.own_weight.0),
    Column::count("own_fees_sat", "sat", "their fees", |row| row.own_fees.get()),
];
