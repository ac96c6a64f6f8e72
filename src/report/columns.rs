//! The columns of the tables of `leyden saturate` and of studies, in their order.

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

/// The first line of a file with these columns.
pub(super) fn header(columns: &[&str]) -> String {
    columns.join(",") + "\n"
}
