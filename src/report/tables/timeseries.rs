//! `timeseries.csv`: common columns, and those of each system.

use crate::metrics::TimeRow;
use crate::report::table::{Column, Plain, Table};
use crate::units::{FeeRate, SimTime};

/// Samples, with the counts of the interval that they end.
pub type Times = Plain<TimeRow>;

/// A time series.
pub type TimeSeries = Table<Times>;

const FILE: &str = "timeseries.csv";

const ABOUT: &str = "One row per sampling interval, which ends at `t_s` and does not include its beginning. \
     Payments count in the interval in which they ended (`ended_s`). Whatever happens after \
     the last full interval has no row here.";

/// Of Lightning.
pub static LIGHTNING: TimeSeries = Table {
    file: FILE,
    heading: "timeseries.csv of Lightning",
    about: ABOUT,
    columns: &[COMMON, LIGHTNING_COLUMNS],
};

/// Of Ethereum.
pub static ETHEREUM: TimeSeries = Table {
    file: FILE,
    heading: "timeseries.csv of Ethereum",
    about: ABOUT,
    columns: &[COMMON, ETHEREUM_COLUMNS],
};

/// Of Bitcoin.
pub static BITCOIN: TimeSeries = Table {
    file: FILE,
    heading: "timeseries.csv of Bitcoin",
    about: ABOUT,
    columns: &[COMMON, BITCOIN_COLUMNS],
};

/// Of the card network.
pub static CARD: TimeSeries = Table {
    file: FILE,
    heading: "timeseries.csv of the card network",
    about: ABOUT,
    columns: &[COMMON, CARD_COLUMNS],
};

/// Of a rollup.
pub static ROLLUP: TimeSeries = Table {
    file: FILE,
    heading: "timeseries.csv of a rollup",
    about: ABOUT,
    columns: &[COMMON, ROLLUP_COLUMNS],
};

const COMMON: &[Column<Times>] = &[
    Column::time("t_s", "end of the interval", |row| row.state.at),
    Column::count("offered", "payments", "submitted in the interval, warm-up included", |row| {
        row.offered
    }),
    Column::count(
        "settled",
        "payments",
        "ended settled in the interval; where a payment is acknowledged long before it is \
             final, acknowledged in it (Ethereum, Bitcoin: first seen in a block; card: \
             authorised; rollups: soft-confirmed)",
        |row| row.settled,
    ),
    Column::count("failed", "payments", "ended failed in the interval", |row| row.failed),
    Column::count(
        "pending",
        "payments",
        "neither settled in that sense nor failed at the end of the interval",
        |row| row.pending,
    ),
    Column::count("settled_msat", "msat", "amounts of the payments counted in `settled`", |row| {
        row.settled_amount.get()
    }),
    Column::time_or(
        "latency_p50_s",
        "median of `payer_known_s − submitted_s` over the payments counted in `settled`, \
             within 0.8 %",
        "none settled",
        |row| row.latency_p50.map(|wait| SimTime(wait.0)),
    ),
];

const LIGHTNING_COLUMNS: &[Column<Times>] = &[
    Column::count_or(
        "htlcs_in_flight",
        "HTLCs",
        "under way over all channels",
        "not a channel network",
        |row| row.state.channels.map(|s| s.htlcs_in_flight),
    ),
    Column::count_or(
        "msat_in_flight",
        "msat",
        "money locked in them",
        "not a channel network",
        |row| row.state.channels.map(|s| s.in_flight.get()),
    ),
    Column::count_or("channels_open", "channels", "open", "not a channel network", |row| {
        row.state.channels.map(|s| s.channels_open)
    }),
    Column::count_or(
        "channels_closing",
        "channels",
        "being closed on the chain",
        "closing is not modelled",
        |row| row.state.channels.and_then(|s| s.channels_closing),
    ),
    Column::count_or("nodes_online", "nodes", "that answer", "not a channel network", |row| {
        row.state.channels.map(|s| s.nodes_online)
    }),
    Column::number_or(
        "depleted_share",
        "share",
        "open channels that are depleted: one side has under 1 % of the capacity usable",
        "no channel is open",
        |row| row.state.channels.and_then(|s| s.depleted_share),
    ),
    Column::number_or(
        "imbalance_mean",
        "0 to 1",
        "mean of |2·balance/capacity − 1|: 0 balanced, 1 all on one side",
        "no channel is open",
        |row| row.state.channels.and_then(|s| s.imbalance_mean),
    ),
    Column::count_or(
        "full_directions",
        "directions",
        "channel directions without a free HTLC slot",
        "not a channel network",
        |row| row.state.channels.map(|s| s.full_directions),
    ),
    Column::count_or("height", "blocks", "height of the chain", "no chain is modelled", |row| {
        row.state.channels.and_then(|s| s.height).map(|height| height.0.into())
    }),
    Column::count_or(
        "feerate_sat_kvb",
        "sat per 1,000 vB",
        "feerate of the chain",
        "no chain is modelled",
        |row| row.state.channels.and_then(|s| s.feerate).map(FeeRate::per_kvb),
    ),
    Column::count_or(
        "mempool_wu",
        "weight units",
        "transactions waiting for a block",
        "no chain is modelled",
        |row| row.state.channels.and_then(|s| s.mempool).map(|weight| weight.0),
    ),
    Column::number_or(
        "newly_depleted_share",
        "share",
        "open channels that are depleted and were not at their start: of the run, or of their own",
        "no channel is open",
        |row| row.state.channels.and_then(|s| s.newly_depleted_share),
    ),
    Column::number_or(
        "replenished_share",
        "share",
        "open channels that were depleted at their start and are not",
        "no channel is open",
        |row| row.state.channels.and_then(|s| s.replenished_share),
    ),
];

const ETHEREUM_COLUMNS: &[Column<Times>] = &[
    Column::count_or("height", "blocks", "number of the last block", "not Ethereum", |row| {
        row.state.ethereum.map(|s| s.height)
    }),
    Column::count_or(
        "base_fee_wei",
        "wei per gas",
        "base fee of the next block",
        "not Ethereum",
        |row| row.state.ethereum.map(|s| s.base_fee.0),
    ),
    Column::count_or(
        "waiting_transactions",
        "transactions",
        "payments that wait for a block",
        "not Ethereum",
        |row| row.state.ethereum.map(|s| s.waiting_transactions),
    ),
];

const BITCOIN_COLUMNS: &[Column<Times>] = &[
    Column::count_or("height", "blocks", "height of the chain", "not Bitcoin", |row| {
        row.state.bitcoin.map(|s| s.height.0.into())
    }),
    Column::count_or(
        "feerate_sat_kvb",
        "sat per 1,000 vB",
        "what the next block would ask for",
        "not Bitcoin",
        |row| row.state.bitcoin.map(|s| s.feerate.per_kvb()),
    ),
    Column::count_or(
        "mempool_wu",
        "weight units",
        "transactions waiting for a block",
        "not Bitcoin",
        |row| row.state.bitcoin.map(|s| s.mempool.0),
    ),
    Column::count_or("own_waiting", "transactions", "of these, payments", "not Bitcoin", |row| {
        row.state.bitcoin.map(|s| s.own_waiting)
    }),
];

const CARD_COLUMNS: &[Column<Times>] = &[
    Column::count_or(
        "authorising",
        "payments",
        "authorisations under way",
        "not a card network",
        |row| row.state.card.map(|s| s.authorising),
    ),
    Column::time_or(
        "switch_wait_s",
        "how long a message that comes now waits for the network's switch",
        "not a card network",
        |row| row.state.card.map(|s| SimTime(s.wait.get())),
    ),
    Column::count_or(
        "unsettled_msat",
        "msat",
        "authorised and not yet settled between the banks",
        "not a card network",
        |row| row.state.card.map(|s| s.unsettled.get()),
    ),
    Column::flag_or("network_up", "false in an outage", "not a card network", |row| {
        row.state.card.map(|s| s.up)
    }),
];

const ROLLUP_COLUMNS: &[Column<Times>] = &[
    Column::count_or(
        "queue",
        "operations",
        "on their way to the sequencer or waiting for it",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.queue),
    ),
    Column::count_or("open_batch", "operations", "in the open batch", "not a rollup", |row| {
        row.state.rollup.map(|s| s.open_batch)
    }),
    Column::count_or("provers_busy", "provers", "at work", "nothing is proven", |row| {
        row.state.rollup.and_then(|s| s.provers_busy)
    }),
    Column::count_or(
        "unproven_batches",
        "batches",
        "closed and not yet proven (zk_rollup) or confirmed (optimistic_rollup) on the \
             chain",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.unproven_batches),
    ),
    Column::count_or(
        "unfinal_batches",
        "batches",
        "closed and not yet both final and paid out",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.unfinal_batches),
    ),
    Column::count_or(
        "withdrawing_msat",
        "msat",
        "left the rollup and not yet paid out on the chain",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.withdrawing.get()),
    ),
    Column::count_or("height", "blocks", "blocks of its Ethereum so far", "not a rollup", |row| {
        row.state.rollup.map(|s| s.chain.height)
    }),
    Column::count_or(
        "base_fee_wei",
        "wei per gas",
        "base fee of the next block",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.chain.base_fee.0),
    ),
    Column::count_or(
        "blob_fee_wei",
        "wei per blob gas",
        "blob fee of the next block",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.chain.blob_fee.0),
    ),
    Column::count_or(
        "waiting_transactions",
        "",
        "transactions of the system that are in no block",
        "not a rollup",
        |row| row.state.rollup.map(|s| s.chain.waiting_transactions),
    ),
];
