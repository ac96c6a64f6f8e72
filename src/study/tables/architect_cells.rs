//! `architect_cells.csv`.

use crate::report::{Column, Plain, Table};
use crate::study::architect::Choice;
use crate::units::Msat;

/// The table.
pub(super) static TABLE: Table<Plain<Choice>> = Table {
    file: "architect_cells.csv",
    heading: "architect_cells.csv",
    about: "One row per payment size and rate: the cheapest way that meets the bound, the next cheapest, and \
     whether the difference is more than chance. Costs are compared in pairs: replication r of every way carries the \
     same payments.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<Choice>>] = &[
    Column::text("architect", "name", "the study", |row| &row.name),
    Column::text("map", "network, pair", "as in `architect.csv`", |row| row.map),
    Column::number("amount_sat", "sat", "what is paid", |row| sat(row.amount)),
    Column::number("payments_per_s", "payments/s", "of all users, or of the pair", |row| row.rate),
    Column::text_or(
        "cheapest",
        "name",
        "the cheapest way that settles enough, fast enough, at a load that can go on",
        "none does",
        |row| row.cheapest.as_ref().map(|(name, _)| name.as_str()),
    ),
    Column::number_or(
        "cost_usd",
        "USD",
        "what a payment costs its users with it, mean over its replications",
        "the same",
        |row| row.cheapest.as_ref().map(|(_, cost)| *cost),
    ),
    Column::text_or(
        "runner_up",
        "name",
        "the next cheapest way that does",
        "no other does",
        |row| row.runner_up.as_ref().map(|(name, _)| name.as_str()),
    ),
    Column::number_or("runner_up_cost_usd", "USD", "what it costs", "the same", |row| {
        row.runner_up.as_ref().map(|(_, cost)| *cost)
    }),
    Column::number_or(
        "difference_usd",
        "USD",
        "what a payment costs more with the runner-up, over the replications that both have",
        "the same",
        |row| row.difference_usd.value,
    ),
    Column::number_or(
        "difference_low_usd",
        "USD",
        "lower end of its 95 % interval, which allows for looking again after more replications",
        "no runner-up, or nothing varies",
        |row| row.difference_usd.ends.map(|[low, _]| low),
    ),
    Column::number_or("difference_high_usd", "USD", "upper end of it", "the same", |row| {
        row.difference_usd.ends.map(|[_, high]| high)
    }),
    Column::count("pairs", "replications", "behind the difference", |row| u64::from(row.pairs)),
    Column::flag(
        "significant",
        "whether the cheapest surely meets the bound, and every other way that may meet it is surely dearer, not only \
         the runner-up; where there is no cheapest, whether surely none meets it",
        |row| row.significant,
    ),
];

#[expect(clippy::cast_precision_loss, reason = "an amount for readers")]
fn sat(amount: Msat) -> f64 {
    amount.get() as f64 / 1_000.0
}
