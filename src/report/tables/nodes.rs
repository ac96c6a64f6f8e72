//! `nodes.csv`.

use crate::network::Software;
use crate::report::table::{Column, Table, WithNames};
use crate::rows::NodeRow;
use crate::units::Msat;

/// The table.
pub static TABLE: Table<WithNames<NodeRow>> = Table {
    file: "nodes.csv",
    heading: "nodes.csv",
    about: "One row per node, its state at the end and its sums over the run, warm-up included.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<WithNames<NodeRow>>] = &[
    Column::text("node", "name", "the node", |row| row.names.node(row.node)),
    Column::text_or(
        "software",
        "name",
        "the implementation it runs: `lnd`, `cln`, `ldk`, `eclair`",
        "not known",
        |row| row.names.software(row.node).map(Software::name),
    ),
    Column::count("degree", "channels", "its channels, closed ones included", |row| {
        row.names.degree(row.node).into()
    }),
    Column::count("capacity_sat", "sat", "capacities of its open channels", |row| {
        row.capacity.get()
    }),
    Column::number_or(
        "online_share",
        "share",
        "share of the window for statistics (`window` in `summary.json`) in which it answered",
        "the window has no length",
        |row| row.online_share,
    ),
    Column::count("sent", "payments", "sent and settled", |row| row.sent),
    Column::count("received", "payments", "received", |row| row.received),
    Column::count("forwarded", "HTLCs", "forwarded and settled", |row| row.forwarded),
    Column::count("forwarded_msat", "msat", "their amounts", |row| row.forwarded_amount.get()),
    Column::count("fees_earned_msat", "msat", "routing fees earned", |row| row.fees_earned.get()),
    Column::count("fees_paid_msat", "msat", "routing fees paid", |row| row.fees_paid.get()),
    Column::count_or(
        "onchain_fees_msat",
        "msat",
        "fees, roundings and outputs left behind on the chain, of channels closed for good",
        "no chain is simulated",
        |row| row.onchain_fees.map(Msat::get),
    ),
    Column::count_or(
        "losses_msat",
        "msat",
        "money lost to others (`losses.csv`)",
        "no chain is simulated",
        |row| row.losses.map(Msat::get),
    ),
    Column::count(
        "wealth_start_msat",
        "msat",
        "own money in channels and in the wallet at the start",
        |row| row.wealth[0].get(),
    ),
    Column::count(
        "wealth_end_msat",
        "msat",
        "own money in channels and in the wallet at the end, without what is on its way \
             through the chain; what an unresolved HTLC holds is its offerer's",
        |row| row.wealth[1].get(),
    ),
    Column::count("searches", "searches", "path searches made as a payer", |row| row.searches),
    Column::count("beliefs", "records", "what it knows about other channels at the end", |row| {
        row.beliefs
    }),
];
