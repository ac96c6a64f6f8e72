//! `sustained.csv`.

use crate::report::{Column, Plain, Table};
use crate::saturate::load::Sustained;

/// The table.
pub(super) static TABLE: Table<Plain<Sustained>> = Table {
    file: "sustained.csv",
    heading: "sustained.csv",
    about: "One row per system: the highest load at which it settles at least 99 % (`--settle`) of \
     what is offered, and is `steady` in the sense of `saturation.csv`. Windows last as long as \
     100 blocks or batches, as far as `--most-payments` allows.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<Sustained>>] = &[
    Column::text("system", "name", "the system", |row| row.system.name()),
    Column::number(
        "sustained_tps",
        "payments/s",
        "mean over replications; 0: not even the lowest load tried",
        |row| row.sustained_tps,
    ),
    Column::number_or(
        "low",
        "payments/s",
        "lower end of its 95 % interval over replications",
        "one replication",
        |row| row.interval.map(|[low, _]| low),
    ),
    Column::number_or("high", "payments/s", "upper end of it", "one replication", |row| {
        row.interval.map(|[_, high]| high)
    }),
    Column::text(
        "limited_by",
        "text",
        "at the lowest load that was too much (where all were: at the scenario's own): \
             what was used most, and what payments failed of; or that the highest load tried \
             was sustained",
        |row| &row.limited_by,
    ),
];
