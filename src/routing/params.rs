//! Parameters of the routers.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, MONEY};
use crate::declare::number::{Flag, Number, SHARE, Whole, ppm};
use crate::declare::params;
use crate::units::{Msat, Ppm, SimDuration};

/// Number of records.
const RECORDS: Whole<u32> = Whole(0..=u32::MAX);

params! {
    /// What a sender who looks for the least fee keeps in mind. By default nothing: the original router
    /// has no memory between payments.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CheapestParams: Default {
        /// For so long a sender leaves out what failed, for the failed amount and more.
        memory: Option<SimDuration> =
            optional(DELAY_POSITIVE, "failures count for the rest of a payment"),
        /// Records about other nodes' channels that one sender keeps; the oldest goes. Source: as for lnd.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

/// A preference between nothing but cost and nothing but time.
const PREFERENCE: Number = Number { low: -1.0, high: 1.0, above: false };
/// lnd refuses anything else (`minCapacityFraction`, `routing/probability_apriori.go`).
const FRACTION: Number = Number { low: 0.75, high: 1.0, above: false };

params! {
    /// lnd's path finding (`routing/pathfind.go`, `probability_apriori.go`, `missioncontrol_state.go`,
    /// commit `90ea05d5a` of August 2026). Every default is lnd's.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LndParams: Default {
        /// Fixed part of the virtual cost of a failed attempt. Source: lnd, `DefaultAttemptCost`.
        attempt_cost: Msat = or(Msat(100_000), MONEY),
        /// Part of the virtual cost that grows with the amount, in parts per million. Source: lnd,
        /// `DefaultAttemptCostPPM`.
        attempt_cost_ppm: Ppm = or(Ppm(1_000), ppm(u32::MAX)),
        /// −1: cheapest route, 1: fastest. Scales the attempt cost by 1/(0.5 − 0.9·t/2) − 1. Source: lnd.
        time_preference: f64 = or(0.0, PREFERENCE),
        /// Cost of locked time, in msat per 10^9 msat and block. Source: lnd,
        /// `RiskFactorBillionths`.
        risk_factor_billionths: u64 = or(15, Whole(0..=1_000_000_000)),
        /// Routes less likely to succeed than this are not considered. Source: lnd,
        /// `DefaultMinRouteProbability`.
        min_route_probability: f64 = or(0.01, SHARE),
        /// Success probability of a hop of which nothing is known. Source: lnd,
        /// `DefaultAprioriHopProbability`.
        apriori_hop_probability: f64 = or(0.6, SHARE),
        /// Weight of the apriori probability against a node's other channels, 0 to 1. Source: lnd,
        /// `DefaultAprioriWeight`.
        apriori_weight: f64 = or(0.5, SHARE),
        /// Probability of a hop after a success. Source: lnd, `prevSuccessProbability`.
        previous_success_probability: f64 = or(0.95, SHARE),
        /// Time after a failure in which half of the probability comes back. Source: lnd,
        /// `DefaultPenaltyHalfLife`.
        penalty_half_life: SimDuration = or(SimDuration::from_secs(3_600), DELAY_POSITIVE),
        /// Share of the capacity at which the probability is halved towards 0. Source: lnd,
        /// `DefaultCapacityFraction`.
        capacity_fraction: f64 = or(0.9999, FRACTION),
        /// A larger failure within this time of the last one does not raise a pair's failure amount.
        /// Source: lnd, `DefaultMinFailureRelaxInterval`.
        min_failure_relax_interval: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Records about other nodes' channels that one sender keeps; the oldest goes. Source: lnd keeps
        /// 1,000 results.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

params! {
    /// CLoTH's sender (commit `e0e4043`), quirks included, undefined behaviour excluded.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ClothParams: Default {
        /// Whether a payment is split into two halves when its first search finds nothing. Source:
        /// CLoTH's `mpp=1`.
        halving: bool = or(true, Flag),
        /// Records about other nodes' channels that one sender keeps. Source: CLoTH has no bound.
        beliefs_per_sender: u32 = or(100_000, RECORDS),
        /// Probability, at each visit anew, that the next node does not answer whoever sends or forwards to
        /// it, who finds out after 3 s. Forwarders always reach the payee. Source: CLoTH's
        /// `faulty_node_probability` and `OFFLINELATENCY` (`src/htlc.c`).
        faulty_node_probability: f64 = or(0.0, SHARE),
    }
}
