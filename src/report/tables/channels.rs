//! `channels.csv`.

use crate::report::table::{Column, Table, WithNames};
use crate::rows::ChannelRow;

/// The table.
pub static TABLE: Table<WithNames<ChannelRow>> = Table {
    file: "channels.csv",
    heading: "channels.csv",
    about: "One row per channel, its state at the end. `1` in a name is `node1`'s side, or the \
     direction from `node1` to `node2`; `2` is the other.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<WithNames<ChannelRow>>] = &[
    Column::text("channel", "name", "the channel", |row| row.names.channel(row.channel)),
    Column::text("node1", "name", "its first end", |row| {
        row.names.node(row.names.ends(row.channel)[0])
    }),
    Column::text("node2", "name", "its second end", |row| {
        row.names.node(row.names.ends(row.channel)[1])
    }),
    Column::count("capacity_sat", "sat", "money in it", |row| row.capacity.get()),
    Column::time_or(
        "opened_s",
        "when its ends could use it: the funding is as deep as the peer asks",
        "before the run",
        |row| row.opened,
    ),
    Column::time_or("closed_s", "when it closed", "open at the end", |row| row.closed),
    Column::count("balance1_msat", "msat", "final balance of `node1`", |row| row.balance[0].get()),
    Column::count("balance2_msat", "msat", "final balance of `node2`", |row| row.balance[1].get()),
    Column::count("initial1_msat", "msat", "balance of `node1` at the start", |row| {
        row.initial[0].get()
    }),
    Column::count("initial2_msat", "msat", "balance of `node2` at the start", |row| {
        row.initial[1].get()
    }),
    Column::count("forwarded1_msat", "msat", "amounts settled from `node1` to `node2`", |row| {
        row.forwarded[0].get()
    }),
    Column::count("forwarded2_msat", "msat", "amounts settled from `node2` to `node1`", |row| {
        row.forwarded[1].get()
    }),
    Column::count("settled1", "HTLCs", "settled from `node1` to `node2`", |row| row.settled[0]),
    Column::count("settled2", "HTLCs", "settled from `node2` to `node1`", |row| row.settled[1]),
    Column::count(
        "failed1",
        "HTLCs",
        "failed from `node1` to `node2`, refusals by this channel included",
        |row| row.failed[0],
    ),
    Column::count(
        "failed2",
        "HTLCs",
        "failed from `node2` to `node1`, refusals by this channel included",
        |row| row.failed[1],
    ),
    Column::count(
        "fees1_msat",
        "msat",
        "routing fees that `node1` earned by forwarding over it",
        |row| row.fees[0].get(),
    ),
    Column::count(
        "fees2_msat",
        "msat",
        "routing fees that `node2` earned by forwarding over it",
        |row| row.fees[1].get(),
    ),
    Column::count("updates", "commitments", "commitments signed by both sides together", |row| {
        row.updates
    }),
];
