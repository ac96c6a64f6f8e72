//! `losses.csv`.

use crate::outcome::CloseCause;
use crate::report::table::{Column, Table, WithNames};
use crate::rows::LossRow;

/// The table.
pub static TABLE: Table<WithNames<LossRow>> = Table {
    file: "losses.csv",
    heading: "losses.csv",
    about: "One row per loss of a node to others. None is silent.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<WithNames<LossRow>>] = &[
    Column::time("time_s", "when it was certain", |row| row.at),
    Column::count("height", "blocks", "the height then", |row| row.height.0.into()),
    Column::text("node", "name", "who lost", |row| row.names.node(row.node)),
    Column::text("channel", "name", "in which channel", |row| row.names.channel(row.channel)),
    Column::count_or(
        "payment",
        "number",
        "the payment, as in `payments.csv`",
        "it was no HTLC",
        |row| row.payment,
    ),
    Column::count_or("part", "number", "its part", "it was no HTLC", |row| row.part.map(u64::from)),
    Column::text(
        "kind",
        "word",
        "`htlc_timed_out`, `preimage_too_late`, `stolen`, `punished`",
        |row| row.kind.name(),
    ),
    Column::count("amount_msat", "msat", "how much", |row| row.amount.get()),
    Column::text_or(
        "cause",
        "word",
        "why the channel was closed, as in `closures.csv`",
        "it was not",
        |row| row.cause.map(CloseCause::name),
    ),
];
