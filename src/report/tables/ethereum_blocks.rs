//! `blocks.csv` of Ethereum.

use crate::report::table::{Column, Plain, Table};
use crate::rows::EthereumBlockRow;

/// The table.
pub static TABLE: Table<Plain<EthereumBlockRow>> = Table {
    file: "blocks.csv",
    heading: "blocks.csv of Ethereum",
    about: "One row per block of the Ethereum on which the system settles. Missed slots have no row.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<EthereumBlockRow>>] = &[
    Column::count("number", "", "number of the block, from 1", |row| row.number),
    Column::count("slot", "", "its slot; numbers that are left out were missed", |row| row.slot),
    Column::time("time_s", "when its slot began", |row| row.at),
    Column::count("gas_used", "gas", "gas used, by everybody", |row| row.gas_used.get()),
    Column::count("gas_limit", "gas", "most gas that it could hold", |row| row.gas_limit.get()),
    Column::count("base_fee_wei", "wei per gas", "burnt per gas (EIP-1559)", |row| row.base_fee.0),
    Column::count("blobs", "blobs", "blobs carried, everybody's", |row| row.blobs),
    Column::count("max_blobs", "blobs", "most blobs that it could hold", |row| row.max_blobs),
    Column::count(
        "blob_fee_wei",
        "wei per blob gas",
        "burnt per blob gas (EIP-4844, EIP-7918)",
        |row| row.blob_fee.0,
    ),
    Column::count("transactions", "", "transactions of the system in it", |row| row.transactions),
    Column::count("own_gas", "gas", "gas of these", |row| row.own_gas.get()),
    Column::number("paid_eth", "ETH", "what these paid for gas and blobs", |row| {
        row.paid.as_eth_f64()
    }),
    Column::count("waiting_transactions", "", "transactions of the system left waiting", |row| {
        row.waiting_transactions
    }),
    Column::count(
        "waiting_gas",
        "gas",
        "gas left waiting that would pay the base fee, and all of the system's",
        |row| row.waiting_gas.get(),
    ),
    Column::count(
        "waiting_blobs",
        "blobs",
        "everybody else's blobs left waiting that would pay the blob fee",
        |row| row.waiting_blobs,
    ),
];
