//! Parameters of the routers.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, MONEY, MONEY_POSITIVE};
use crate::declare::number::{Flag, Number, SHARE, Whole, ppm};
use crate::declare::{choices, params};
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
        /// How the probability of a hop is estimated. Source: lnd, `DefaultEstimator`.
        estimator: Estimator = choice("apriori"),
        /// A larger failure within this time of the last one does not raise a pair's failure amount.
        /// Source: lnd, `DefaultMinFailureRelaxInterval`.
        min_failure_relax_interval: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Records about other nodes' channels that one sender keeps; the oldest goes. Source: lnd keeps
        /// 1,000 results.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

choices! {
    /// How lnd estimates that a hop can carry an amount.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Estimator {
        /// A prior, less near the capacity, mixed with the results of other pairs of the node. Its keys stand in the
        /// table above.
        Apriori = "apriori",
        /// Money is expected on one side or the other of a channel. `lnd_fast` finds the routes that `lnd` finds
        /// then, in lnd's time. Source: lnd, `routing/probability_bimodal.go`.
        Bimodal(
            /// The estimator's parameters.
            params: BimodalParams = flatten(),
        ) = "bimodal",
    }
}

params! {
    /// lnd's bimodal estimator. Every default is lnd's.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BimodalParams: Default {
        /// How far from the end of a channel its balance is expected. Source: lnd, `DefaultBimodalScaleMsat`,
        /// 300,000 sat.
        scale: Msat = or(Msat(300_000_000), MONEY_POSITIVE),
        /// Weight of a node's other pairs against the pair itself, 0 to 1. Source: lnd,
        /// `DefaultBimodalNodeWeight`.
        node_weight: f64 = or(0.2, SHARE),
        /// Time after which a share of 1/e is left of what a result says. Source: lnd,
        /// `DefaultBimodalDecayTime`, 7 days.
        decay_time: SimDuration = or(SimDuration::from_secs(7 * 86_400), DELAY_POSITIVE),
    }
}

/// Percent a year.
const RISK: Number = Number { low: 0.0, high: 1_000_000.0, above: false };

/// Multipliers of penalties: beyond this a number is a mistake.
const MULTIPLIER: Whole<u64> = Whole(0..=1_000_000_000_000);

params! {
    /// LDK's path finding (`lightning/src/routing/scoring.rs`, `router.rs`, commit `cfee4b755` of August 2026). Every
    /// default is LDK's.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LdkParams: Default {
        /// Penalty of each hop. Source: LDK, `base_penalty_msat`.
        base_penalty: Msat = or(Msat(5_120), MONEY),
        /// Part of that penalty which grows with the amount, in msat per 2^30 msat. Source: LDK,
        /// `base_penalty_amount_multiplier_msat`.
        base_penalty_amount_multiplier: u64 = or(655_360, MULTIPLIER),
        /// Penalty per factor of ten in the success probability by the bounds as they are now. Source: LDK,
        /// `liquidity_penalty_multiplier_msat`; not used by default.
        liquidity_penalty_multiplier: Msat = or(Msat(0), MONEY),
        /// The same, in msat per 2^20 msat of the amount. Source: LDK,
        /// `liquidity_penalty_amount_multiplier_msat`.
        liquidity_penalty_amount_multiplier: u64 = or(0, MULTIPLIER),
        /// Penalty per factor of ten in the success probability by where the bounds have been. Source: LDK,
        /// `historical_liquidity_penalty_multiplier_msat`.
        historical_liquidity_penalty_multiplier: Msat = or(Msat(50_000), MONEY),
        /// The same, in msat per 2^20 msat of the amount. Source: LDK,
        /// `historical_liquidity_penalty_amount_multiplier_msat`.
        historical_liquidity_penalty_amount_multiplier: u64 = or(6_250, MULTIPLIER),
        /// Penalty of channels that forward half of their capacity or more at once: probing them is quick. Source:
        /// LDK, `anti_probing_penalty_msat`.
        anti_probing_penalty: Msat = or(Msat(1_250), MONEY),
        /// Penalty of an amount that a channel is believed unable to send. Source: LDK,
        /// `considered_impossible_penalty_msat`, 1 BTC.
        considered_impossible_penalty: Msat = or(Msat(100_000_000_000), MONEY),
        /// Whether balances are expected to be uniform, rather than near the ends. Source: LDK,
        /// `linear_success_probability`.
        linear_success_probability: bool = or(false, Flag),
        /// Time in which half of what the bounds say is forgotten. Source: LDK, `liquidity_offset_half_life`.
        liquidity_offset_half_life: SimDuration = or(SimDuration::from_secs(30 * 60), DELAY_POSITIVE),
        /// The same of where bounds have been, for channels without a result for so long. Source: LDK,
        /// `historical_no_updates_half_life`.
        historical_no_updates_half_life: SimDuration = or(SimDuration::from_secs(14 * 86_400), DELAY_POSITIVE),
        /// A payment takes at most the capacity of a public channel over two to this power, unless there is no such
        /// route. Source: LDK, `max_channel_saturation_power_of_half`.
        max_channel_saturation_power_of_half: u8 = or(2, Whole(0..=62)),
        /// Channels of which one sender remembers results; the one whose last result is oldest goes. Source: LDK has no
        /// bound; as for lnd.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

params! {
    /// Core Lightning's path finding (`common/dijkstra.c`, `plugins/libplugin-pay.c`, commit `090f4b0e6` of August
    /// 2026). Every default is CLN's.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ClnParams: Default {
        /// What locked money costs, in percent a year. Source: CLN, `riskfactor` of `getroute` and `pay`.
        riskfactor: f64 = or(10.0, RISK),
        /// Whether large channels go before small ones, as with `pay`; else scores are those of `getroute`. Source:
        /// CLN, `capacity_bias`.
        capacity_bias: bool = or(true, Flag),
        /// Records about other nodes' channels that one sender keeps; the oldest goes. Source: CLN has no bound; as
        /// for lnd.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

/// Per msat and block.
const LOCKED: Number = Number { low: 0.0, high: 1.0, above: false };

params! {
    /// eclair's path finding (`router/Graph.scala`, `reference.conf`, commit `5b765e026` of August 2026). Every default is
    /// eclair's.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct EclairParams: Default {
        /// What locked money costs, in msat per msat and block. Source: eclair, `locked-funds-risk`.
        locked_funds_risk: f64 = or(1e-8, LOCKED),
        /// Virtual cost of each hop. Source: eclair, `hop-cost.fee-base-msat`.
        hop_cost_base: Msat = or(Msat(500), MONEY),
        /// The same as a share of the amount, in parts per million. Source: eclair,
        /// `hop-cost.fee-proportional-millionths`.
        hop_cost_proportional: Ppm as "hop_cost_ppm" = or(Ppm(200), ppm(u32::MAX)),
        /// Virtual cost of a failed attempt. Source: eclair, `failure-cost.fee-base-msat`.
        failure_cost_base: Msat = or(Msat(2_000), MONEY),
        /// The same as a share of the amount, in parts per million. Source: eclair,
        /// `failure-cost.fee-proportional-millionths`.
        failure_cost_proportional: Ppm as "failure_cost_ppm" = or(Ppm(500), ppm(u32::MAX)),
        /// Whether failures cost the logarithm of the probability, added up over hops. Source: eclair,
        /// `use-log-probability`.
        use_log_probability: bool = or(false, Flag),
        /// One of so many best routes is drawn. Source: eclair, `randomize-route-selection`, which draws among three.
        routes: u8 = or(3, Whole(1..=20)),
        /// Longer routes are taken only where there is no other. Source: eclair, `boundaries.max-route-length`.
        preferred_hops: u8 = or(6, Whole(1..=27)),
        /// For so long a channel that failed is left out. Source: eclair, `channel-exclude-duration`.
        exclusion: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// Records about other nodes' channels that one sender keeps; the oldest goes. Source: eclair has no bound; as
        /// for lnd.
        beliefs_per_sender: u32 = or(1_000, RECORDS),
    }
}

params! {
    /// Pickhardt and Richter's payment flows (arXiv 2107.05322, and their package `pickhardtpayments`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PickhardtParams: Default {
        /// Weight of fees in parts per million against uncertainty. Source: the package, `mu`.
        mu: u64 = or(1, Whole(0..=1_000_000)),
        /// Pieces of equal size in which the uncertainty of a channel is made linear. Source: the package, `DEFAULT_N`.
        pieces: u64 = or(5, Whole(1..=1_000)),
        /// Channels with a higher base fee are left out: base fees are no cost of a flow. Source: an assumption, lnd's
        /// default base fee; the package leaves out all that have one.
        base_fee_threshold: Msat = or(Msat(1_000), MONEY),
        /// Time in which half of what is known of a channel is forgotten. Source: LDK, `liquidity_offset_half_life`; the
        /// paper does not forget.
        liquidity_half_life: SimDuration = or(SimDuration::from_secs(30 * 60), DELAY_POSITIVE),
        /// Channels of which one sender remembers results; the one whose last result is oldest goes. Source: the package
        /// has no bound; as for lnd.
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
        /// `faulty_node_probability` and `OFFLINELATENCY` (`htlc.c`).
        faulty_node_probability: f64 = or(0.0, SHARE),
    }
}
