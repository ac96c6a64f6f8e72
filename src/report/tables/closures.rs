//! `closures.csv`.

use crate::report::table::{Column, Table, WithNames};
use crate::rows::ClosureRow;

/// The table.
pub static TABLE: Table<WithNames<ClosureRow>> = Table {
    file: "closures.csv",
    heading: "closures.csv",
    about: "One row per channel that was closed for good: all its outputs are spent, and that is \
     buried. 1 and 2 are the sides of the channel. For each row, to the millisatoshi: both \
     ends + both fees + rounding = capacity.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<WithNames<ClosureRow>>] = &[
    Column::text("channel", "name", "the channel", |row| row.names.channel(row.channel)),
    Column::text("node1", "name", "its first end", |row| {
        row.names.node(row.names.ends(row.channel)[0])
    }),
    Column::text("node2", "name", "its second end", |row| {
        row.names.node(row.names.ends(row.channel)[1])
    }),
    Column::count("capacity_sat", "sat", "its capacity", |row| row.capacity.get()),
    Column::flag("anchors", "whether its commitments have anchor outputs", |row| row.anchors),
    Column::text("kind", "word", "`cooperative`, `unilateral`, `revoked`", |row| row.kind.name()),
    Column::text("cause", "word", "`scheduled`, `htlc_deadline`, `peer_gone`, `attack`", |row| {
        row.cause.name()
    }),
    Column::text(
        "by",
        "name",
        "whose commitment was published, or who asked for the close",
        |row| row.names.node(row.by),
    ),
    Column::count("commitment_number", "number", "of the commitment published", |row| {
        row.number.into()
    }),
    Column::time(
        "decided_s",
        "when it was decided; by agreement: when `shutdown` was sent, HTLCs in the \
             channel end before it is published",
        |row| row.decided,
    ),
    Column::count_or(
        "broadcast_height",
        "blocks",
        "height when the closing transaction was first relayed",
        "no such block",
        |row| row.broadcast.map(|height| height.0.into()),
    ),
    Column::count_or("confirmed_height", "blocks", "height of its block", "no such block", |row| {
        row.confirmed.map(|height| height.0.into())
    }),
    Column::count_or(
        "resolved_height",
        "blocks",
        "height at which the last output was spent",
        "no such block",
        |row| row.resolved.map(|height| height.0.into()),
    ),
    Column::count_or(
        "buried_height",
        "blocks",
        "height at which that was buried",
        "no such block",
        |row| row.buried.map(|height| height.0.into()),
    ),
    Column::count("htlcs", "HTLCs", "on the commitment", |row| row.htlcs),
    Column::count("trimmed", "HTLCs", "of them without an output", |row| row.trimmed),
    Column::count("timed_out", "HTLCs", "of them taken back by their offerer", |row| row.timed_out),
    Column::count("claimed", "HTLCs", "of them claimed by their receiver", |row| row.claimed),
    Column::count("penalised", "outputs", "taken as a punishment", |row| row.penalised),
    Column::count("weight_wu", "WU", "of all transactions of the closing", |row| row.weight.0),
    Column::count(
        "fee_node1_msat",
        "msat",
        "fees of node 1, out of channel and wallet; outputs that nobody spends included",
        |row| row.fees[0].get(),
    ),
    Column::count("fee_node2_msat", "msat", "the same of node 2", |row| row.fees[1].get()),
    Column::count(
        "node1_start_msat",
        "msat",
        "what node 1 had when the closing transaction was made; an HTLC is its offerer's",
        |row| row.start[0].get(),
    ),
    Column::count("node2_start_msat", "msat", "the same of node 2", |row| row.start[1].get()),
    Column::signed(
        "node1_end_msat",
        "msat",
        "what came to the wallet of node 1, less what it paid out of it",
        |row| row.end[0],
    ),
    Column::signed("node2_end_msat", "msat", "the same of node 2", |row| row.end[1]),
    Column::count("rounding_msat", "msat", "lost to whole satoshis", |row| row.rounding.get()),
    Column::count(
        "loss_msat",
        "msat",
        "HTLCs that a side lost although it had the preimage",
        |row| row.loss.get(),
    ),
    Column::text_or("loser", "name", "which side", "nothing was lost", |row| {
        row.loser.map(|node| row.names.node(node))
    }),
];
