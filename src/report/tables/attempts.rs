//! `attempts.csv`.

use crate::outcome::OnionError;
use crate::report::table::{Column, Named, RowType, Table};
use crate::rows::AttemptRow;

/// Attempts: their rows borrow their routes.
#[derive(Debug)]
pub struct Attempts;

impl RowType for Attempts {
    type Of<'a> = Named<'a, AttemptRow<'a>>;
}

/// The table.
pub static TABLE: Table<Attempts> = Table {
    file: "attempts.csv",
    heading: "attempts.csv",
    about: "One row per attempt (one part on one route), in the order in which attempts ended.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Attempts>] = &[
    Column::count("id", "", "the payment, as in `payments.csv`", |row| row.id),
    Column::count("part", "", "number of the part within its payment, from 0", |row| {
        row.part.into()
    }),
    Column::count("attempt", "", "number of the attempt within its payment, from 1", |row| {
        row.attempt.into()
    }),
    Column::time("sent_s", "when the first HTLC was offered", |row| row.sent),
    Column::time_or("ended_s", "when the payer learnt how it ended", "it never did", |row| {
        row.ended
    }),
    Column::count("amount_msat", "msat", "what the payee receives of it", |row| row.amount.get()),
    Column::count("fee_msat", "msat", "routing fee of the route", |row| row.fee.get()),
    Column::count(
        "cltv",
        "blocks",
        "from the height at sending to the expiry of the first HTLC",
        |row| row.cltv.into(),
    ),
    Column::text_made(
        "route",
        "names",
        "the channels from payer to payee, a blank between them; where a forwarder used \
             another channel to the same peer, that one",
        |row| {
            let channels = row.route.iter().map(|hop| row.names.channel(hop.channel()));
            channels.collect::<Vec<_>>().join(" ")
        },
    ),
    Column::text("outcome", "settled, failed, pending", "how it ended", |row| row.outcome.name()),
    Column::text_or(
        "error",
        "name",
        "the error reported, by its BOLT 4 name",
        "not failed",
        |row| row.error.map(OnionError::name),
    ),
    Column::count_or(
        "error_hop",
        "",
        "the hop that failed, 0 is the payer's own channel",
        "not failed, or not known",
        |row| row.error_hop.map(u64::from),
    ),
];
