//! `saturation.csv`.

use crate::report::{Column, Plain, Table};
use crate::saturate::load::LoadProbe;

/// The table.
pub(super) static TABLE: Table<Plain<LoadProbe>> = Table {
    file: "saturation.csv",
    heading: "saturation.csv",
    about: "One row per probe of `leyden saturate`: one system, one replication, one load; the loads \
     of a replication in ascending order.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<LoadProbe>>] = &[
    Column::text("system", "name", "the system", |row| row.system.name()),
    Column::count(
        "replication",
        "",
        "number of the replication, from 0: its seeds differ",
        |row| row.replication.into(),
    ),
    Column::number("offered_tps", "payments/s", "offered in the window over its length", |row| {
        row.offered_tps
    }),
    Column::number(
        "settled_tps",
        "payments/s",
        "settled inside the window over its length",
        |row| row.settled_tps,
    ),
    Column::number("success_ratio", "share", "settled of what was offered", |row| {
        row.success_ratio
    }),
    Column::number_or(
        "latency_p95_s",
        "s",
        "what one in twenty of the settled payments exceeds",
        "none settled",
        |row| row.latency_p95_s,
    ),
    Column::flag(
        "steady",
        "whether payments of later thirds of the window did not take longer to be settled, \
             included and final, by more than 1 % of the time that had passed and by more than \
             one block or batch; and no more was asked of anything than there is",
        |row| row.steady,
    ),
];
