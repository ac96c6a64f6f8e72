//! Parameters of the routers.

use serde::{Deserialize, Serialize};

use crate::units::{Msat, Ppm, SimDuration};

/// What a sender who looks for the least fee keeps in mind. By default nothing: the seed's router has no
/// memory between payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheapestParams {
    /// For so long it leaves out what failed, for the failed amount and more; `None`: for the rest of the
    /// payment only.
    pub memory: Option<SimDuration>,
    /// Records about other nodes' channels that one sender keeps; the oldest goes. Default 1,000, as for lnd.
    pub beliefs_per_sender: u32,
}

impl Default for CheapestParams {
    fn default() -> Self {
        Self { memory: None, beliefs_per_sender: 1_000 }
    }
}

/// lnd's path finding (`routing/pathfind.go`, `probability_apriori.go`, `missioncontrol_state.go`,
/// commit `90ea05d5a` of August 2026). Every default is lnd's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LndParams {
    /// Fixed part of the virtual cost of a failed attempt. Default 100 sat.
    pub attempt_cost: Msat,
    /// Part of it that grows with the amount. Default 1,000 ppm.
    pub attempt_cost_ppm: Ppm,
    /// −1: cheapest, 1: fastest. Scales the attempt cost by 1/(0.5 − 0.9·t/2) − 1. Default 0.
    pub time_preference: f64,
    /// Cost of locked time: msat per 10^9 msat per block. Default 15.
    pub risk_factor_billionths: u64,
    /// Routes less likely than this are not considered. Default 0.01.
    pub min_route_probability: f64,
    /// Success probability of an unknown hop. Default 0.6.
    pub apriori_hop_probability: f64,
    /// Weight of the apriori against a node's other channels, 0 to 1. Default 0.5.
    pub apriori_weight: f64,
    /// Probability after a success. Default 0.95.
    pub previous_success_probability: f64,
    /// After a failure, half of the probability has come back after this. Default 1 h.
    pub penalty_half_life: SimDuration,
    /// Share of the capacity at which the probability is halved towards 0. Default 0.9999.
    pub capacity_fraction: f64,
    /// A larger failure within this time of the last does not raise a pair's failure amount. Default 60 s.
    pub min_failure_relax_interval: SimDuration,
    /// Records about other nodes' channels that one sender keeps; the oldest goes. Default 1,000 (lnd keeps 1,000 results).
    pub beliefs_per_sender: u32,
}

impl Default for LndParams {
    fn default() -> Self {
        Self {
            attempt_cost: Msat(100_000),
            attempt_cost_ppm: Ppm(1_000),
            time_preference: 0.0,
            risk_factor_billionths: 15,
            min_route_probability: 0.01,
            apriori_hop_probability: 0.6,
            apriori_weight: 0.5,
            previous_success_probability: 0.95,
            penalty_half_life: SimDuration::from_secs(3_600),
            capacity_fraction: 0.9999,
            min_failure_relax_interval: SimDuration::from_secs(60),
            beliefs_per_sender: 1_000,
        }
    }
}

/// CLoTH's sender (commit `e0e4043`), quirks included, undefined behaviour excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClothParams {
    /// Split a payment into two halves when its first search finds nothing (CLoTH's `mpp=1`).
    pub halving: bool,
    /// Records about other nodes' channels that one sender keeps. CLoTH has no bound; default 100,000.
    pub beliefs_per_sender: u32,
}

impl Default for ClothParams {
    fn default() -> Self {
        Self { halving: true, beliefs_per_sender: 100_000 }
    }
}
