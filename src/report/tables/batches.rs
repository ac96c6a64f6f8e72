//! `batches.csv` of a rollup.

use std::fmt::Write;

use crate::report::table::{Column, Plain, Table};
use crate::rows::BatchRow;

/// The table.
pub static TABLE: Table<Plain<BatchRow>> = Table {
    file: "batches.csv",
    heading: "batches.csv",
    about: "One row per batch of a rollup, when it is final and its withdrawals can be had, or at \
     the end of the run.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<BatchRow>>] = &[
    Column::count("number", "", "number of the batch, from 0", |row| row.number),
    Column::time("opened_s", "its first operation was executed", |row| row.opened),
    Column::time("sealed_s", "it was closed", |row| row.sealed),
    Column::text(
        "sealed_by",
        "",
        "what closed it: `count`, `bytes`, `gas`, `age` or `end` (the operator stopped)",
        |row| row.sealed_by.name(),
    ),
    Column::count("payments", "payments", "payments in it", |row| row.payments),
    Column::count("operations", "", "payments, deposits, withdrawals and exits in it", |row| {
        row.operations
    }),
    Column::number("fullness", "0–1", "payments over the most that a batch may hold", |row| {
        row.fullness
    }),
    Column::count("bytes", "bytes", "bytes posted for it", |row| row.bytes),
    Column::text_made("root", "hex", "state root after it", |row| hex(&row.root)),
    Column::count("fees_msat", "msat", "fees of its operations", |row| row.fees.get()),
    Column::count(
        "waiting_payments",
        "payments",
        "payments that waited for the sequencer when it was closed",
        |row| row.waiting_payments,
    ),
    Column::count(
        "waiting_batches",
        "batches",
        "batches closed before it and not yet proven, or not yet asserted",
        |row| row.waiting_batches,
    ),
    Column::time_or(
        "posted_s",
        "its data stands in a block that everybody has seen",
        "not posted",
        |row| row.posted,
    ),
    Column::time_or(
        "proven_s",
        "the chain has accepted its proof (zk_rollup), or an assertion of its root \
             (optimistic_rollup)",
        "not yet",
        |row| row.proven,
    ),
    Column::time_or(
        "final_s",
        "it can no longer be undone: the block of its proof (zk_rollup) or of its data \
             (optimistic_rollup) is final",
        "not yet",
        |row| row.final_at,
    ),
    Column::time_or(
        "executed_s",
        "its withdrawals can be had on the chain; optimistic_rollup: the challenge window is over",
        "not yet",
        |row| row.executed,
    ),
    Column::count(
        "gas",
        "gas",
        "its share of the gas of the operator's transactions; of an assertion, the part of its period since the \
             batch before",
        |row| row.gas.get(),
    ),
    Column::number("blobs", "blobs", "its share of the blobs", |row| row.blobs),
    Column::number("cost_usd", "USD", "what these and its proof cost", |row| row.cost_usd),
    Column::number("proving_usd", "USD", "of which for the proof", |row| row.proving_usd),
    Column::count(
        "faults",
        "",
        "times that its root was claimed wrongly, or a proof of it failed",
        |row| row.faults.into(),
    ),
];

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
