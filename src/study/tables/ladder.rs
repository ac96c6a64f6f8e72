//! `ladder.csv`.

use crate::report::{Column, Plain, Table};
use crate::study::ladder::LadderPoint;

/// The table.
pub(super) static TABLE: Table<Plain<LadderPoint>> = Table {
    file: "ladder.csv",
    heading: "ladder.csv",
    about: "One row per load and network of a ladder: the load rises over a ramp and is then \
     measured; after the window payments under way may end.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<LadderPoint>>] = &[
    Column::text("ladder", "name", "the ladder", |row| &row.name),
    Column::number("asked_tps", "payments/s", "the load after the ramp", |row| row.rate),
    Column::count("size", "", "the value of the key that is the size", |row| row.size),
    Column::count("nodes", "nodes", "of the network", |row| row.nodes),
    Column::count("channels", "channels", "of the network", |row| row.channels),
    Column::number("ramp_s", "s", "length of the ramp", |row| row.times_s[0]),
    Column::number("window_s", "s", "length of the window", |row| row.times_s[1]),
    Column::count("offered", "payments", "submitted in the window", |row| row.offered),
    Column::count("settled", "payments", "settled of them", |row| row.settled),
    Column::number("success_ratio", "share", "`settled` over `offered`", |row| row.success_ratio()),
    Column::number_or(
        "settled_tps",
        "payments/s",
        "settled inside the window, whenever submitted, per second",
        "empty window",
        |row| row.settled_tps,
    ),
    Column::number_or(
        "latency_p50_s",
        "s",
        "time until the payer knows, of payments submitted in the window: median",
        "none settled",
        |row| row.latency_s[0],
    ),
    Column::number_or(
        "latency_p99_s",
        "s",
        "exceeded by one in a hundred",
        "none settled",
        |row| row.latency_s[1],
    ),
    Column::number_or(
        "window_over_p99",
        "",
        "the window's length over `latency_p99_s`: below 5 it is too short to tell \
             whether a queue grows",
        "none settled",
        |row| {
            let p99 = row.latency_s[1].filter(|p99| *p99 > 0.0);
            p99.map(|p99| row.times_s[1] / p99)
        },
    ),
    Column::number_or(
        "slot_ceiling_tps",
        "payments/s",
        "the load at which all HTLC slots would be taken, if payments took them for as \
             long as they did",
        "no slots are simulated",
        |row| row.slot_ceiling_tps,
    ),
    Column::flag(
        "carries",
        "whether the share asked for was settled, and `window_over_p99` is at least 5",
        |row| row.carries,
    ),
    Column::text(
        "limited_by",
        "text",
        "what was used most, and what payments failed of; nothing where there is nothing \
             to tell",
        |row| &row.limited_by,
    ),
];
