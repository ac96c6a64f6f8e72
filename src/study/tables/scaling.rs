//! `scaling.csv`.

use crate::report::{Column, Plain, Table};
use crate::study::scaling::ScalingPoint;

/// The table.
pub(super) static TABLE: Table<Plain<ScalingPoint>> = Table {
    file: "scaling.csv",
    heading: "scaling.csv",
    about: "One row per network size and study of scaling: the load that Lightning sustains on it.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<ScalingPoint>>] = &[
    Column::text("scaling", "name", "the study", |row| &row.name),
    Column::count("size", "", "the value of the key that is the size", |row| row.size),
    Column::count("channels", "channels", "of the network", |row| row.channels),
    Column::number_or(
        "sustained_tps",
        "payments/s",
        "the highest load sustained, mean over replications",
        "nothing was observed",
        |row| row.sustained.value,
    ),
    Column::number_or(
        "low",
        "payments/s",
        "lower end of its 95 % interval over replications",
        "one replication",
        |row| row.sustained.ends.map(|[low, _]| low),
    ),
    Column::number_or("high", "payments/s", "upper end of it", "one replication", |row| {
        row.sustained.ends.map(|[_, high]| high)
    }),
    Column::number_or(
        "slot_ceiling_tps",
        "payments/s",
        "the load at which all HTLC slots would be taken, if payments took them for as \
             long as at the load at which the search began",
        "no slots are simulated",
        |row| row.slot_ceiling_tps,
    ),
    Column::text(
        "limited_by",
        "text",
        "at the lowest load that was too much: what was used most, and what payments \
             failed of",
        |row| &row.limited_by,
    ),
];
