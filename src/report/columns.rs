//! The columns of every CSV file, in their order.
//!
//! `output/README.md` explains each to users; a test keeps the two equal. New columns go to the end.

use crate::ids::SystemName;

/// `payments.csv`.
pub const PAYMENTS: &[&str] = &[
    "id",
    "payer",
    "payee",
    "amount_msat",
    "submitted_s",
    "measured",
    "outcome",
    "failure",
    "last_error",
    "settled_s",
    "payer_known_s",
    "final_s",
    "ended_s",
    "attempts",
    "searches",
    "parts",
    "hops",
    "fee_msat",
    "price_usd",
    "resource_usd",
    "included_s",
    "withdrawable_s",
];

/// `timeseries.csv` of Lightning.
const LIGHTNING_TIMESERIES: &[&str] = &[
    "t_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "settled_msat",
    "latency_p50_s",
    "htlcs_in_flight",
    "msat_in_flight",
    "channels_open",
    "channels_closing",
    "nodes_online",
    "depleted_share",
    "imbalance_mean",
    "full_directions",
    "height",
    "feerate_sat_kvb",
    "mempool_wu",
];

/// `timeseries.csv` of payments on Ethereum.
const ETHEREUM_TIMESERIES: &[&str] = &[
    "t_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "settled_msat",
    "latency_p50_s",
    "height",
    "base_fee_wei",
    "waiting_transactions",
];

/// `timeseries.csv` of a rollup.
const ROLLUP_TIMESERIES: &[&str] = &[
    "t_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "settled_msat",
    "latency_p50_s",
    "queue",
    "open_batch",
    "provers_busy",
    "unproven_batches",
    "unfinal_batches",
    "withdrawing_msat",
    "height",
    "base_fee_wei",
    "blob_fee_wei",
    "waiting_transactions",
];

/// `timeseries.csv` of payments on Bitcoin.
const BITCOIN_TIMESERIES: &[&str] = &[
    "t_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "settled_msat",
    "latency_p50_s",
    "height",
    "feerate_sat_kvb",
    "mempool_wu",
    "own_waiting",
];

/// `timeseries.csv` of a card network.
const CARD_TIMESERIES: &[&str] = &[
    "t_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "settled_msat",
    "latency_p50_s",
    "authorising",
    "switch_wait_s",
    "unsettled_msat",
    "network_up",
];

/// `attempts.csv`.
pub const ATTEMPTS: &[&str] = &[
    "id",
    "part",
    "attempt",
    "sent_s",
    "ended_s",
    "amount_msat",
    "fee_msat",
    "cltv",
    "route",
    "outcome",
    "error",
    "error_hop",
];

/// `channels.csv`; 1 is from `node1` to `node2`, 2 is back.
pub const CHANNELS: &[&str] = &[
    "channel",
    "node1",
    "node2",
    "capacity_sat",
    "opened_s",
    "closed_s",
    "balance1_msat",
    "balance2_msat",
    "initial1_msat",
    "initial2_msat",
    "forwarded1_msat",
    "forwarded2_msat",
    "settled1",
    "settled2",
    "failed1",
    "failed2",
    "fees1_msat",
    "fees2_msat",
    "updates",
];

/// `nodes.csv`.
pub const NODES: &[&str] = &[
    "node",
    "software",
    "degree",
    "capacity_sat",
    "online_share",
    "sent",
    "received",
    "forwarded",
    "forwarded_msat",
    "fees_earned_msat",
    "fees_paid_msat",
    "onchain_fees_msat",
    "losses_msat",
    "wealth_start_msat",
    "wealth_end_msat",
    "searches",
    "beliefs",
];

/// `blocks.csv` of Ethereum.
const ETHEREUM_BLOCKS: &[&str] = &[
    "number",
    "slot",
    "time_s",
    "gas_used",
    "gas_limit",
    "base_fee_wei",
    "blobs",
    "max_blobs",
    "blob_fee_wei",
    "transactions",
    "own_gas",
    "paid_eth",
    "waiting_transactions",
    "waiting_gas",
    "waiting_blobs",
];

/// `batches.csv` of a rollup.
const BATCHES: &[&str] = &[
    "number",
    "opened_s",
    "sealed_s",
    "sealed_by",
    "payments",
    "operations",
    "fullness",
    "bytes",
    "root",
    "fees_msat",
    "waiting_payments",
    "waiting_batches",
    "posted_s",
    "proven_s",
    "final_s",
    "executed_s",
    "gas",
    "blobs",
    "cost_usd",
    "proving_usd",
    "faults",
];

/// `attacks.csv`.
pub const ATTACKS: &[&str] = &[
    "attack",
    "kind",
    "attempt",
    "attacker",
    "victim",
    "channel",
    "start_s",
    "start_height",
    "number_used",
    "number_current",
    "gain_msat",
    "stake_msat",
    "victim_online",
    "tower",
    "tower_covers",
    "confirmed_height",
    "detected_s",
    "detected_by",
    "justice_sent_s",
    "justice_feerate_sat_kvb",
    "justice_height",
    "deadline_height",
    "outcome",
    "cause",
    "attacker_net_msat",
    "victim_net_msat",
    "fees_msat",
    "locked_msat_s",
    "htlcs",
    "bits",
];

/// `comparison.csv`.
pub const COMPARISON: &[&str] = &[
    "system",
    "window_s",
    "offered",
    "settled",
    "failed",
    "pending",
    "success_ratio",
    "success_low",
    "success_high",
    "success_volume_ratio",
    "offered_tps",
    "settled_tps",
    "latency_p50_s",
    "latency_p95_s",
    "latency_p99_s",
    "included_p50_s",
    "included_p95_s",
    "finality_p50_s",
    "finality_p95_s",
    "finality_p99_s",
    "withdrawable_p50_s",
    "price_mean_usd",
    "price_median_usd",
    "resource_mean_usd",
    "resource_l1_usd",
    "resource_operator_usd",
    "resource_capital_usd",
    "resource_setup_usd",
    "l1_weight_per_payment",
    "l1_gas_per_payment",
    "l1_bytes_per_payment",
    "locked_capital_usd",
    "capital_velocity_per_day",
    "liquidity_cost_usd_per_payment",
    "offline_failures",
    "value_at_risk_usd",
    "trust",
    "online_required",
];

/// `blocks.csv` of a chain of Bitcoin.
const BITCOIN_BLOCKS: &[&str] = &[
    "height",
    "time_s",
    "weight_wu",
    "fullness",
    "transactions",
    "fees_sat",
    "lowest_feerate_sat_kvb",
    "median_feerate_sat_kvb",
    "waiting_wu",
    "waiting_transactions",
    "minimum_feerate_sat_kvb",
    "own_transactions",
    "own_weight_wu",
    "own_fees_sat",
];

/// `closures.csv`; 1 and 2 are the sides of the channel.
const CLOSURES: &[&str] = &[
    "channel",
    "node1",
    "node2",
    "capacity_sat",
    "anchors",
    "kind",
    "cause",
    "by",
    "commitment_number",
    "decided_s",
    "broadcast_height",
    "confirmed_height",
    "resolved_height",
    "buried_height",
    "htlcs",
    "trimmed",
    "timed_out",
    "claimed",
    "penalised",
    "weight_wu",
    "fee_node1_msat",
    "fee_node2_msat",
    "node1_start_msat",
    "node2_start_msat",
    "node1_end_msat",
    "node2_end_msat",
    "rounding_msat",
    "loss_msat",
    "loser",
];

/// `losses.csv`.
const LOSSES: &[&str] =
    &["time_s", "height", "node", "channel", "payment", "part", "kind", "amount_msat", "cause"];

/// `saturation.csv` of `leyden saturate`.
pub const SATURATION: &[&str] = &[
    "system",
    "replication",
    "offered_tps",
    "settled_tps",
    "success_ratio",
    "latency_p95_s",
    "steady",
];

/// `sustained.csv` of `leyden saturate`.
pub const SUSTAINED: &[&str] = &["system", "sustained_tps", "low", "high", "limited_by"];

/// `capital.csv` of `leyden saturate --capital`.
pub const CAPITAL: &[&str] = &["system", "settled", "capital_usd", "low", "high", "limited_by"];

/// `claims.csv` of a study.
pub const CLAIMS: &[&str] = &[
    "claim",
    "system",
    "metric",
    "claimed",
    "claimed_low",
    "claimed_high",
    "simulated",
    "low",
    "high",
    "unit",
    "verdict",
    "setting",
    "why",
];

/// `scaling.csv` of a study.
pub const SCALING: &[&str] = &[
    "scaling",
    "size",
    "channels",
    "sustained_tps",
    "low",
    "high",
    "slot_ceiling_tps",
    "limited_by",
];

/// `ladder.csv` of a study.
pub const LADDER: &[&str] = &[
    "ladder",
    "asked_tps",
    "size",
    "nodes",
    "channels",
    "ramp_s",
    "window_s",
    "offered",
    "settled",
    "success_ratio",
    "settled_tps",
    "latency_p50_s",
    "latency_p99_s",
    "window_over_p99",
    "slot_ceiling_tps",
    "carries",
    "limited_by",
];

/// `laws.csv` of a study.
pub const LAWS: &[&str] = &[
    "law",
    "points",
    "exponent",
    "exponent_low",
    "exponent_high",
    "factor",
    "r_squared",
    "target_tps",
    "size",
    "size_low",
    "size_high",
    "extrapolated",
];

/// `architect.csv` of a study.
pub const ARCHITECT: &[&str] = &[
    "architect",
    "map",
    "amount_sat",
    "payments_per_s",
    "option",
    "success_ratio",
    "latency_p95_s",
    "cost_usd",
    "price_usd",
    "capital_usd",
    "setup_usd",
    "payments_held",
    "splices",
    "meets",
    "cheapest",
];

/// A table that a system writes into its folder.
///
/// A new one: a variant, its file and columns here; a row in `rows` and a method of `Rows` that does
/// nothing by default; the line in `tables`; the method in `writer`; the section in `output/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A row per payment.
    Payments,
    /// A row per sampling interval.
    TimeSeries,
    /// A row per attempt, where that is asked for.
    Attempts,
    /// A row per channel.
    Channels,
    /// A row per node.
    Nodes,
    /// A row per block of Ethereum.
    EthereumBlocks,
    /// A row per batch of a rollup.
    Batches,
    /// A row per block of the system's own chain.
    Blocks,
    /// A row per closed channel.
    Closures,
    /// A row per loss to others.
    Losses,
    /// A row per attempt of an attack.
    Attacks,
}

impl Table {
    /// Every table, in the order of the declaration.
    pub const ALL: &'static [Self] = &[
        Self::Payments,
        Self::TimeSeries,
        Self::Attempts,
        Self::Channels,
        Self::Nodes,
        Self::EthereumBlocks,
        Self::Batches,
        Self::Blocks,
        Self::Closures,
        Self::Losses,
        Self::Attacks,
    ];

    /// Its file in the folder of a system.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Payments => "payments.csv",
            Self::TimeSeries => "timeseries.csv",
            Self::Attempts => "attempts.csv",
            Self::Channels => "channels.csv",
            Self::Nodes => "nodes.csv",
            Self::Batches => "batches.csv",
            Self::Blocks | Self::EthereumBlocks => "blocks.csv",
            Self::Closures => "closures.csv",
            Self::Losses => "losses.csv",
            Self::Attacks => "attacks.csv",
        }
    }

    /// Its columns; only the time series differ between systems.
    pub const fn columns(self, system: SystemName) -> &'static [&'static str] {
        match (self, system) {
            (Self::Payments, _) => PAYMENTS,
            (Self::TimeSeries, SystemName::Lightning) => LIGHTNING_TIMESERIES,
            (Self::TimeSeries, SystemName::Ethereum) => ETHEREUM_TIMESERIES,
            (Self::TimeSeries, SystemName::ZkRollup | SystemName::OptimisticRollup) => {
                ROLLUP_TIMESERIES
            }
            (Self::TimeSeries, SystemName::Bitcoin) => BITCOIN_TIMESERIES,
            (Self::TimeSeries, SystemName::Card) => CARD_TIMESERIES,
            (Self::Attempts, _) => ATTEMPTS,
            (Self::Channels, _) => CHANNELS,
            (Self::Nodes, _) => NODES,
            (Self::EthereumBlocks, _) => ETHEREUM_BLOCKS,
            (Self::Batches, _) => BATCHES,
            (Self::Blocks, _) => BITCOIN_BLOCKS,
            (Self::Closures, _) => CLOSURES,
            (Self::Losses, _) => LOSSES,
            (Self::Attacks, _) => ATTACKS,
        }
    }

    /// The heading of its section in `output/README.md`.
    pub fn heading(self, system: SystemName) -> String {
        match (self, system) {
            (Self::TimeSeries, SystemName::Lightning) => self.file().to_owned(),
            (Self::TimeSeries, SystemName::ZkRollup | SystemName::OptimisticRollup) => {
                format!("{} of a rollup", self.file())
            }
            (Self::TimeSeries, _) => format!("{} of {system}", self.file()),
            (Self::EthereumBlocks, _) => format!("{} of Ethereum", self.file()),
            _ => self.file().to_owned(),
        }
    }
}

/// The tables that a system writes, in the order in which the manifest lists them.
pub const fn tables(system: SystemName) -> &'static [Table] {
    use Table::{
        Attacks, Attempts, Batches, Blocks, Channels, Closures, EthereumBlocks, Losses, Nodes,
        Payments, TimeSeries,
    };
    match system {
        SystemName::Lightning => {
            &[Payments, TimeSeries, Attempts, Channels, Nodes, Attacks, Blocks, Closures, Losses]
        }
        SystemName::ZkRollup | SystemName::OptimisticRollup => {
            &[Payments, TimeSeries, Batches, EthereumBlocks]
        }
        SystemName::Ethereum => &[Payments, TimeSeries, EthereumBlocks],
        SystemName::Bitcoin => &[Payments, TimeSeries, Blocks],
        SystemName::Card => &[Payments, TimeSeries],
    }
}

/// The first line of a file with these columns.
pub(super) fn header(columns: &[&str]) -> String {
    columns.join(",") + "\n"
}
