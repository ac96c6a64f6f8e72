//! `payments.csv`.

use crate::outcome::{Failure, OnionError, Shortage};
use crate::report::table::{Column, Table, WithNames};
use crate::rows::PaymentRow;
use crate::units::{Msat, SimTime};

/// The table.
pub static TABLE: Table<WithNames<PaymentRow>> = Table {
    file: "payments.csv",
    heading: "payments.csv",
    about: "One row per payment, in the order in which payments ended; those still under way come \
     last.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<WithNames<PaymentRow>>] = &[
    Column::count(
        "id",
        "",
        "the number in the replayed trace, else 0, 1, 2… in order of submission",
        |row| row.id,
    ),
    Column::text("payer", "name", "who pays", |row| row.names.node(row.payer)),
    Column::text("payee", "name", "who is paid", |row| row.names.node(row.payee)),
    Column::count(
        "amount_msat",
        "msat",
        "what the payee is to receive, fees not included",
        |row| row.amount.get(),
    ),
    Column::time("submitted_s", "when the payer wanted to pay", |row| row.submitted),
    Column::flag(
        "measured",
        "false in the warm-up: the row is left out of all statistics",
        |row| row.measured,
    ),
    Column::text(
        "outcome",
        "settled, failed, pending",
        "how the payment stands when the run ends",
        |row| row.outcome.name(),
    ),
    Column::text_or(
        "failure",
        "name",
        "why it failed (`docs/failures.md` defines the reasons): at an end: \
             `insufficient_funds`, `no_channel_large_enough`, `payer_peers_offline`, \
             `no_free_slot`, `payee_cannot_receive`, `payer_offline`, `payee_offline`, \
             `rejected`; in routing: `no_route`, `no_liquidity`, `missed_route`, \
             `fee_limit`, `timeout`; Bitcoin and Ethereum: \
             `unaffordable_fee` (more than the payer accepts), `evicted` (pushed out of a \
             full mempool, or not let in), `amount_out_of_range` (dust); Bitcoin: `capacity` (as \
             many unconfirmed payments as nodes relay wait on each of the wallet's outputs); card: \
             `declined` (the issuer says no), `outage`, `capacity` (the switch is too far behind); rollups: \
             `capacity` (too many wait for the sequencer), `amount_out_of_range` (more than the \
             layout can say), `bad_nonce`, `censored`, `operator_halted`",
        "not failed",
        |row| row.failure.map(Failure::name),
    ),
    Column::text_or(
        "last_error",
        "name",
        "the last error reported to the payer, by its BOLT 4 name",
        "no error came back",
        |row| row.last_error.map(OnionError::name),
    ),
    Column::time_or(
        "settled_s",
        "Lightning: the payee releases the preimage, all parts being locked in; others: \
             the payment is acknowledged to the payee (rollups: soft-confirmed)",
        "not settled",
        |row| row.settled,
    ),
    Column::time_or(
        "payer_known_s",
        "the payer's waiting ends (Lightning: it holds the preimage)",
        "not settled",
        |row| row.payer_known,
    ),
    Column::time_or(
        "final_s",
        "the payment can no longer be undone (zk_rollup: the block of its proof is final; optimistic_rollup: \
             the block of its data is); where a rule fixes it, it may lie after the end of the run",
        "not final",
        |row| row.final_at,
    ),
    Column::time_or("ended_s", "nothing of it is under way any more", "still under way", |row| {
        row.ended
    }),
    Column::count("attempts", "HTLC sets", "sets of HTLCs sent, one per part and try", |row| {
        row.attempts.into()
    }),
    Column::count("searches", "searches", "path searches made", |row| row.searches.into()),
    Column::count(
        "parts",
        "parts",
        "parts that carried it; if it failed: parts that were sent, at least 1",
        |row| row.parts.into(),
    ),
    Column::count_or(
        "hops",
        "channels",
        "channels of the longest route of the last attempt",
        "nothing was sent",
        |row| row.hops.map(u64::from),
    ),
    Column::count_or("fee_msat", "msat", "routing fee paid", "not settled", |row| {
        row.fee.map(Msat::get)
    }),
    Column::number_or(
        "price_usd",
        "USD",
        "what the user is charged",
        "no prices are modelled",
        |row| row.price_usd,
    ),
    Column::number_or(
        "resource_usd",
        "USD",
        "what it costs to provide",
        "no costs are modelled",
        |row| row.resource_usd,
    ),
    Column::time_or(
        "included_s",
        "it, or the batch that carries it, stands in a block",
        "the system has no blocks, or not included",
        |row| row.settlement.included,
    ),
    Column::time_or(
        "withdrawable_s",
        "the payee can take the money elsewhere; where a rule fixes it, it may lie after \
             the end of the run",
        "not settled, or not modelled",
        |row| row.settlement.withdrawable,
    ),
    Column::time_or(
        "latency_s",
        "how long the payer waited: `payer_known_s − submitted_s`",
        "not settled",
        |row| row.payer_known.map(|known| SimTime(known.since(row.submitted).get())),
    ),
    Column::flag_or(
        "feasible",
        "Lightning: whether any payer's algorithm could have made it when it was asked for, in parts \
             too (`docs/failures.md`); false is certain, true an upper bound",
        "not asked for (`--feasibility`)",
        |row| row.feasible,
    ),
    Column::text_or(
        "shortage",
        "name",
        "Lightning: since when channels hold too little for it. `depleted`: with what each channel held at \
             its start the payment would have passed; `drawn`: not even then (`docs/failures.md`)",
        "not failed for lack of balances",
        |row| row.shortage.map(Shortage::name),
    ),
];
