//! `comparison.csv`: the systems of a run side by side.

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::report::table::{Column, RowType, Table};

/// The systems of a run.
#[derive(Debug)]
pub struct Compared;

/// A system, and what the metrics found of it.
#[derive(Debug)]
pub struct ComparedRow<'a> {
    /// The system.
    pub system: SystemName,
    /// Its metrics.
    pub result: &'a SummaryResult,
}

impl RowType for Compared {
    type Of<'a> = ComparedRow<'a>;
}

/// The table.
pub static TABLE: Table<Compared> = Table {
    file: "comparison.csv",
    heading: "comparison.csv",
    about: "One row per system. Only measured payments count: those submitted from the end of the \
     warm-up to the end of arrivals.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Compared>] = &[
    Column::text("system", "name", "the system, which is also the name of its folder", |row| {
        row.system.name()
    }),
    Column::number("window_s", "s", "from the end of the warm-up to the end of arrivals", |row| {
        row.result.window.length_s
    }),
    Column::count("offered", "payments", "submitted in the window", |row| {
        row.result.measured.offered
    }),
    Column::count("settled", "payments", "of these, settled by the end of the run", |row| {
        row.result.measured.settled
    }),
    Column::count("failed", "payments", "of these, failed", |row| row.result.measured.failed),
    Column::count(
        "pending",
        "payments",
        "of these, still under way when the run ended; they count as not settled",
        |row| row.result.measured.pending,
    ),
    Column::number_or(
        "success_ratio",
        "share",
        "`settled` over all measured payments",
        "none",
        |row| row.result.success.success_ratio.value,
    ),
    Column::number_or(
        "success_low",
        "share",
        "lower end of its 95 % interval",
        "no valid interval",
        |row| row.result.success.success_ratio.low,
    ),
    Column::number_or(
        "success_high",
        "share",
        "upper end of its 95 % interval",
        "no valid interval",
        |row| row.result.success.success_ratio.high,
    ),
    Column::number_or(
        "success_volume_ratio",
        "share",
        "settled amounts over all amounts",
        "none",
        |row| row.result.success.success_volume_ratio.value,
    ),
    Column::number_or(
        "offered_tps",
        "payments/s",
        "submitted in the window over its length",
        "empty window",
        |row| row.result.throughput.offered_per_s.value,
    ),
    Column::number_or(
        "settled_tps",
        "payments/s",
        "settled inside the window, whenever submitted, over its length",
        "empty window",
        |row| row.result.throughput.settled_per_s.value,
    ),
    Column::number_or(
        "latency_p50_s",
        "s",
        "median of what payers of settled payments wait (Lightning: until they hold the \
             preimage)",
        "none settled",
        |row| row.result.latency.payer_known.p50_s.value,
    ),
    Column::number_or("latency_p95_s", "s", "exceeded by one in twenty", "none settled", |row| {
        row.result.latency.payer_known.p95_s.value
    }),
    Column::number_or(
        "latency_p99_s",
        "s",
        "exceeded by one in a hundred",
        "none settled",
        |row| row.result.latency.payer_known.p99_s.value,
    ),
    Column::number_or(
        "included_p50_s",
        "s",
        "median until included in a block; settled payments that are not included by the \
             end of the run count as later than all others",
        "the system has no blocks, or too few are included",
        |row| row.result.latency.included.p50_s.value,
    ),
    Column::number_or(
        "included_p95_s",
        "s",
        "exceeded by one in twenty",
        "the system has no blocks, or too few are included",
        |row| row.result.latency.included.p95_s.value,
    ),
    Column::number_or(
        "finality_p50_s",
        "s",
        "median until the payment can no longer be undone; settled payments that are not \
             final by the end of the run count as later than all others",
        "too few are final",
        |row| row.result.latency.finality.p50_s.value,
    ),
    Column::number_or(
        "finality_p95_s",
        "s",
        "exceeded by one in twenty",
        "too few are final",
        |row| row.result.latency.finality.p95_s.value,
    ),
    Column::number_or(
        "finality_p99_s",
        "s",
        "exceeded by one in a hundred",
        "too few are final",
        |row| row.result.latency.finality.p99_s.value,
    ),
    Column::number_or(
        "withdrawable_p50_s",
        "s",
        "median until the payee can take the money elsewhere; settled payments for which \
             that is not yet so by the end of the run count as later than all others",
        "not modelled, or too few are",
        |row| row.result.latency.withdrawable.p50_s.value,
    ),
    Column::number_or(
        "price_mean_usd",
        "USD",
        "mean of what users are charged",
        "no prices are modelled",
        |row| row.result.costs.price_mean_usd.value,
    ),
    Column::number_or("price_median_usd", "USD", "its median", "no prices are modelled", |row| {
        row.result.costs.price_median_usd.value
    }),
    Column::number_or(
        "resource_mean_usd",
        "USD",
        "what a payment costs to provide: the sum of the four below, as far as they are \
             modelled",
        "no costs are modelled",
        |row| row.result.costs.resource_mean_usd,
    ),
    Column::number_or(
        "resource_l1_usd",
        "USD",
        "of this, paid to the layer below",
        "no costs are modelled",
        |row| row.result.costs.resource_l1_usd,
    ),
    Column::number_or(
        "resource_operator_usd",
        "USD",
        "of this, for operating",
        "no costs are modelled",
        |row| row.result.costs.resource_operator_usd,
    ),
    Column::number_or(
        "resource_capital_usd",
        "USD",
        "of this, for capital bound",
        "no costs are modelled",
        |row| row.result.costs.resource_capital_usd,
    ),
    Column::number_or(
        "resource_setup_usd",
        "USD",
        "of this, for channels, accounts and deposits, spread over `prices.amortise_over`",
        "no costs are modelled",
        |row| row.result.costs.resource_setup_usd,
    ),
    Column::number_or(
        "l1_weight_per_payment",
        "weight units",
        "block space of Bitcoin per payment, its share of opening and closing channels \
             included",
        "none",
        |row| row.result.footprint.l1_weight_per_payment,
    ),
    Column::number_or("l1_gas_per_payment", "gas", "gas of Ethereum per payment", "none", |row| {
        row.result.footprint.l1_gas_per_payment
    }),
    Column::number_or("l1_bytes_per_payment", "bytes", "data posted per payment", "none", |row| {
        row.result.footprint.l1_bytes_per_payment
    }),
    Column::number_or(
        "locked_capital_usd",
        "USD",
        "money bound in the system, mean over the window: the sum of `users_spendable_usd`, \
             `users_locked_usd` and `others_liquidity_usd`",
        "not modelled",
        |row| row.result.capital.locked_usd,
    ),
    Column::number_or(
        "capital_velocity_per_day",
        "per day",
        "settled value of a day over the money bound",
        "nothing is bound",
        |row| row.result.capital.velocity_per_day,
    ),
    Column::number_or(
        "liquidity_cost_usd_per_payment",
        "USD",
        "what the money bound would have earned (`prices.capital_cost_per_year`), per \
             settled payment",
        "not modelled",
        |row| row.result.capital.cost_usd_per_payment,
    ),
    Column::count(
        "offline_failures",
        "payments",
        "failed because somebody had to be online and was not: the payer, on Lightning \
             the payee too, or a node of the route (the last error was `unknown_next_peer`)",
        |row| row.result.needs.offline_failures,
    ),
    Column::number_or(
        "value_at_risk_usd",
        "USD",
        "value relied upon and not yet final, mean over the window; what is not final by \
             the end of the run counts to the end of the window",
        "none settled",
        |row| row.result.capital.value_at_risk_usd,
    ),
    Column::text_or("trust", "text", "who has to be trusted", "not described", |row| {
        described(&row.result.needs.trust)
    }),
    Column::text_or("online_required", "text", "who has to be online", "not described", |row| {
        described(&row.result.needs.online_required)
    }),
    Column::number_or(
        "users_spendable_usd",
        "USD",
        "of the money bound, users' own that they could send at once: in channels, in \
             accounts, on the rollup; mean over the window",
        "accounts are without limit",
        |row| row.result.capital.users_spendable_usd,
    ),
    Column::number_or(
        "users_locked_usd",
        "USD",
        "users' own that they cannot send: under way, awaited by payees, on its way through \
             a bridge, reserved in channels",
        "not modelled",
        |row| row.result.capital.users_locked_usd,
    ),
    Column::number_or(
        "others_liquidity_usd",
        "USD",
        "somebody else's: what nodes that neither pay nor are paid have in channels that \
             were used, an operator's bonds and balance on the rollup",
        "not modelled",
        |row| row.result.capital.others_liquidity_usd,
    ),
];

/// What somebody has written; nothing: nobody has.
fn described(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
