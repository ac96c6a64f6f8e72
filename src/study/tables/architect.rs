//! `architect.csv`.

use crate::report::{Column, Plain, Table};
use crate::study::architect::Candidate;
use crate::units::Msat;

/// The table.
pub(super) static TABLE: Table<Plain<Candidate>> = Table {
    file: "architect.csv",
    heading: "architect.csv",
    about: "One row per payment size, rate and way to carry the payments. What a payment costs is \
     what its users bear.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<Candidate>>] = &[
    Column::text("architect", "name", "the study", |row| &row.name),
    Column::text(
        "map",
        "network, pair",
        "over the rate of all users together, or over that of one pair that trades while \
             the network has the highest of its rates",
        |row| row.map,
    ),
    Column::number("amount_sat", "sat", "what is paid", |row| sat(row.amount)),
    Column::number("payments_per_s", "payments/s", "of all users, or of the pair", |row| row.rate),
    Column::text(
        "option",
        "name",
        "the system, or `lightning_channel`: a channel opened for the pair",
        |row| &row.option,
    ),
    Column::number_or(
        "success_ratio",
        "share",
        "of the payments settled",
        "nothing was offered",
        |row| row.success,
    ),
    Column::number_or(
        "latency_p95_s",
        "s",
        "what one payer in twenty waits longer than, until acknowledged or until final as \
             the study asks; for the channel: measured between direct partners",
        "none settled, or none final",
        |row| row.latency_s,
    ),
    Column::number_or(
        "cost_usd",
        "USD",
        "per payment: the sum of the three below",
        "none settled, or no payment in the channel's life",
        |row| row.cost_usd,
    ),
    Column::number_or("price_usd", "USD", "the price charged", "the same", |row| row.price_usd),
    Column::number_or(
        "capital_usd",
        "USD",
        "what the money bound would have earned",
        "the same, or not modelled",
        |row| row.capital_usd,
    ),
    Column::number_or(
        "setup_usd",
        "USD",
        "accounts, deposits, channels; for the channel: opening, splices and closing",
        "the same, or not modelled",
        |row| row.setup_usd,
    ),
    Column::count_or(
        "payments_held",
        "payments",
        "capacity of the channel, the one that makes it cheapest, in payments",
        "not the channel",
        |row| row.payments_held,
    ),
    Column::count_or("splices", "splices", "over the channel's life", "not the channel", |row| {
        row.splices
    }),
    Column::flag(
        "meets",
        "whether enough is settled, fast enough, and the load can go on",
        |row| row.meets,
    ),
    Column::flag("cheapest", "whether it is the cheapest of those that do", |row| row.cheapest),
    Column::flag(
        "sustained",
        "whether the load can go on: nothing grows over the window, and nothing is asked for beyond what there is",
        |row| row.sustained,
    ),
    Column::flag(
        "meets_surely",
        "whether no interval over replications reaches across a bound, so that more of them would say the same of \
         `meets`",
        |row| row.meets_surely,
    ),
    Column::number_or(
        "window_s",
        "s",
        "length of the window of each replication; after half as long",
        "not a system",
        |row| row.window_s,
    ),
    Column::count(
        "replications",
        "replications",
        "behind the figures, which are means over them: one where a short run shows that the bound is missed",
        |row| u64::from(row.replications),
    ),
];

#[expect(clippy::cast_precision_loss, reason = "an amount for readers")]
fn sat(amount: Msat) -> f64 {
    amount.get() as f64 / 1_000.0
}
