//! `capital.csv`.

use crate::report::{Column, Plain, Table};
use crate::saturate::capital::Capital;

/// The table.
pub(super) static TABLE: Table<Plain<Capital>> = Table {
    file: "capital.csv",
    heading: "capital.csv",
    about: "One row per system and share settled, of `leyden saturate --capital`: the least money in \
     channels (or, where there are none, in accounts) with which the workload is carried.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<Capital>>] = &[
    Column::text("system", "name", "the system", |row| row.system.name()),
    Column::number("settled", "share", "what is to be settled of the payments", |row| row.target),
    Column::number_or(
        "capital_usd",
        "USD",
        "the least money found, mean over replications",
        "with no amount tried",
        |row| row.capital_usd,
    ),
    Column::number_or(
        "low",
        "USD",
        "lower end of its 95 % interval over replications",
        "one replication, or none found",
        |row| row.interval.map(|[low, _]| low),
    ),
    Column::number_or("high", "USD", "upper end of it", "one replication, or none found", |row| {
        row.interval.map(|[_, high]| high)
    }),
    Column::text_or(
        "limited_by",
        "text",
        "what payments failed of with the most money that was too little",
        "all amounts tried were enough",
        |row| Some(row.limited_by.as_str()).filter(|text| !text.is_empty()),
    ),
];
