//! The content of `summary.json`: units stand in the keys.

#![expect(clippy::struct_field_names, reason = "the names are the keys of the file")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::cost::{CapitalResult, CostResult, FootprintResult, NeedsResult};
use crate::metrics::estimate::Estimate;
use crate::metrics::replications::Replicated;
use crate::metrics::security::SecurityResult;
use crate::metrics::warmup::{Course, WarmUp};
use crate::outcome::Outcome;
use crate::rows::{ChannelRow, NodeRow};

/// All metrics of one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryResult {
    /// BLAKE3 of the demands that reached the system: equal for systems that carried the same payments.
    /// Empty where a fold has seen rows only.
    pub demands_blake3: String,
    /// What a reader of the figures should know of the run: what was left out of its input, and which figures a
    /// choice of the scenario makes odd.
    pub notes: Vec<String>,
    /// The time that counts for statistics.
    pub window: WindowResult,
    /// All payments of the run.
    pub totals: Counts,
    /// The payments behind all metrics below: those submitted in the window.
    pub measured: Counts,
    /// What the intervals of this run are given: they say nothing of other networks and balances.
    pub intervals_given: &'static str,
    /// Shares of payments settled.
    pub success: SuccessResult,
    /// How long settled payments took.
    pub latency: LatencyResult,
    /// Payments per second.
    pub throughput: ThroughputResult,
    /// Routing fees of settled payments.
    pub fees: FeeResult,
    /// What payments took to carry.
    pub effort: EffortResult,
    /// Failed payments by reason.
    pub failures: BTreeMap<&'static str, u64>,
    /// Failed payments by the last error reported to the payer.
    pub last_errors: BTreeMap<&'static str, u64>,
    /// What payments cost.
    pub costs: CostResult,
    /// What they leave on the layer below.
    pub footprint: FootprintResult,
    /// The money bound.
    pub capital: CapitalResult,
    /// Whom it needs.
    pub needs: NeedsResult,
    /// The channel network over the window.
    pub channels: ChannelResult,
    /// Attacks, closed channels and money lost.
    pub security: SecurityResult,
    /// Sums over the final state.
    pub final_state: FinalState,
    /// How long figures took to settle, over the whole run.
    pub warmup: BTreeMap<&'static str, WarmUp>,
    /// Means over the replications of the run, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replications: Option<OverReplications>,
    /// Their courses over the whole run: for sweeps, not for `summary.json`.
    #[serde(skip)]
    pub courses: Vec<Course>,
}

impl SummaryResult {
    /// Every estimate that hangs together over a whole run: by the balances of channels and accounts, which earlier payments
    /// moved; by the price of block space; the slowest hundredth, which comes at a few busy moments; and what waits for
    /// something that is due once an hour or once a day.
    pub(super) fn lasting_mut(&mut self) -> Vec<&mut Estimate> {
        let SuccessResult {
            success_ratio,
            success_volume_ratio,
            feasible_success_ratio,
            endpoint_failure_ratio,
            routing_failure_ratio,
            depletion_failure_ratio,
            drawn_failure_ratio,
            by_amount,
        } = &mut self.success;
        let LatencyResult { payer_known, included, finality, withdrawable, .. } = &mut self.latency;
        let FeeResult { fee_mean_msat, fee_median_msat, fee_share_of_amount } = &mut self.fees;
        let EffortResult { attempts_per_payment, searches_per_payment, hops_per_settled_payment } =
            &mut self.effort;
        let CostResult { price_mean_usd, price_median_usd, resource_payment_usd, .. } =
            &mut self.costs;
        let ChannelResult {
            imbalance_mean,
            depleted_share,
            newly_depleted_share,
            replenished_share,
            in_flight_share_of_capacity,
        } = &mut self.channels;
        let mut all = vec![
            success_ratio,
            success_volume_ratio,
            feasible_success_ratio,
            endpoint_failure_ratio,
            routing_failure_ratio,
            depletion_failure_ratio,
            drawn_failure_ratio,
            fee_mean_msat,
            fee_median_msat,
            fee_share_of_amount,
            attempts_per_payment,
            searches_per_payment,
            hops_per_settled_payment,
            price_mean_usd,
            price_median_usd,
            resource_payment_usd,
            imbalance_mean,
            depleted_share,
            newly_depleted_share,
            replenished_share,
            in_flight_share_of_capacity,
            &mut self.security.attacks.theft_share,
            &mut self.security.attacks.success_before,
            &mut self.security.attacks.success_during,
            &mut self.security.attacks.success_after,
            &mut self.security.closures.cooperative_share,
        ];
        all.extend(by_amount.iter_mut().map(|decade| &mut decade.success_ratio));
        all.extend([payer_known, included, finality].map(|times| &mut times.p99_s));
        let Percentiles { p50_s, p95_s, p99_s } = withdrawable;
        all.extend([p50_s, p95_s, p99_s]);
        all
    }

    /// Every other one but what is offered: where nothing fills up, payments that lie apart are served apart.
    pub(super) fn passing_mut(&mut self) -> Vec<&mut Estimate> {
        let LatencyResult { payer_known, included, finality, .. } = &mut self.latency;
        let mut all = vec![&mut self.throughput.settled_per_s];
        for Percentiles { p50_s, p95_s, .. } in [payer_known, included, finality] {
            all.extend([p50_s, p95_s]);
        }
        all
    }
}

/// The time that counts for statistics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowResult {
    /// The end of the warm-up.
    pub from_s: f64,
    /// The end of arrivals.
    pub to_s: f64,
    /// Their distance.
    pub length_s: f64,
}

/// Metrics over the replications of a run: each with draws of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverReplications {
    /// How many there are.
    pub count: u32,
    /// Each metric that has a value in one of them, by its name.
    pub metrics: BTreeMap<String, Replicated>,
}

/// Payments by how they stand at the end: offered = settled + failed + pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Submitted.
    pub offered: u64,
    /// Settled.
    pub settled: u64,
    /// Failed.
    pub failed: u64,
    /// Still under way when the run ended.
    pub pending: u64,
}

impl Counts {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Settled => self.settled += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Pending => self.pending += 1,
        }
    }
}

/// Shares of payments settled; what is pending at the end is not settled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuccessResult {
    /// By number.
    pub success_ratio: Estimate,
    /// By amount.
    pub success_volume_ratio: Estimate,
    /// By number, among the payments that were possible at all; of nothing where nobody looked.
    pub feasible_success_ratio: Estimate,
    /// Share of all payments that failed at the payer or the payee.
    pub endpoint_failure_ratio: Estimate,
    /// Share of all payments that failed in between.
    pub routing_failure_ratio: Estimate,
    /// Share of all payments that failed because payments had moved what channels held; of a channel network.
    pub depletion_failure_ratio: Estimate,
    /// Share of all payments that failed because channels held too little, as they did at their start.
    pub drawn_failure_ratio: Estimate,
    /// By number, for each decade of the amount in which there are payments.
    pub by_amount: Vec<AmountSuccess>,
}

/// The share settled among payments of `from_sat` to below `below_sat`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AmountSuccess {
    /// Smallest amount.
    pub from_sat: u64,
    /// First amount that is too large.
    pub below_sat: u64,
    /// The share.
    pub success_ratio: Estimate,
}

/// Times from submission.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatencyResult {
    /// Until the payer holds the preimage.
    pub payer_known: Percentiles,
    /// The same by third of the window: where it grows, the system does not keep up.
    pub by_third: StagesByThird,
    /// Until it stands in a block.
    pub included: Percentiles,
    /// Until it can no longer be undone.
    pub finality: Percentiles,
    /// Until the payee can take the money elsewhere.
    pub withdrawable: Percentiles,
}

/// Times of payments by the third of the window in which they were submitted; those that failed left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StagesByThird {
    /// Until the payer knows.
    pub payer_known: TimesByThird,
    /// Until it stands in a block, or its batch does.
    pub included: TimesByThird,
    /// Until it can no longer be undone.
    pub finality: TimesByThird,
}

/// Times of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TimesByThird {
    /// Mean of those that got so far; nothing where none did.
    pub mean_s: [Option<f64>; 3],
    /// Share of those that did not by the end of the run; nothing where there were none at all.
    pub unfinished_share: [Option<f64>; 3],
}

/// Three quantiles of a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50_s: Estimate,
    /// Exceeded by one in twenty.
    pub p95_s: Estimate,
    /// Exceeded by one in a hundred.
    pub p99_s: Estimate,
}

/// Payments per second of the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThroughputResult {
    /// Submitted.
    pub offered_per_s: Estimate,
    /// Settled inside the window, whenever submitted.
    pub settled_per_s: Estimate,
}

/// Routing fees of settled payments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeeResult {
    /// Mean per payment.
    pub fee_mean_msat: Estimate,
    /// Median over payments.
    pub fee_median_msat: Estimate,
    /// All fees over all amounts.
    pub fee_share_of_amount: Estimate,
}

/// What payments took to carry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffortResult {
    /// HTLC sets sent, over all measured payments.
    pub attempts_per_payment: Estimate,
    /// Path searches, over all measured payments.
    pub searches_per_payment: Estimate,
    /// Channels of the longest route, over settled payments.
    pub hops_per_settled_payment: Estimate,
}

/// The channel network over time: means over the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelResult {
    /// Mean |2·balance/capacity − 1|.
    pub imbalance_mean: Estimate,
    /// Share of channels of which one side has under 1 % of the capacity usable.
    pub depleted_share: Estimate,
    /// Share of channels that are depleted and were not at their start.
    pub newly_depleted_share: Estimate,
    /// Share of channels that were depleted at their start and are not.
    pub replenished_share: Estimate,
    /// Money locked in HTLCs over the capacity of open channels.
    pub in_flight_share_of_capacity: Estimate,
}

/// Sums over channels and nodes at the end of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalState {
    /// Channels reported.
    pub channels: u64,
    /// Of them open at the end.
    pub channels_open: u64,
    /// HTLCs settled over all channels and directions.
    pub htlcs_settled: u64,
    /// HTLCs failed over all channels and directions.
    pub htlcs_failed: u64,
    /// Nodes reported.
    pub nodes: u64,
    /// Routing fees that nodes earned.
    pub fees_earned_msat: u128,
    /// Routing fees that nodes paid.
    pub fees_paid_msat: u128,
    /// Money that nodes had in channels at the start.
    pub wealth_start_msat: u128,
    /// Money that nodes have in channels at the end.
    pub wealth_end_msat: u128,
}

impl FinalState {
    pub(super) fn add_channel(&mut self, row: &ChannelRow) {
        self.channels += 1;
        self.channels_open += u64::from(row.closed.is_none());
        self.htlcs_settled += row.settled.iter().sum::<u64>();
        self.htlcs_failed += row.failed.iter().sum::<u64>();
    }

    pub(super) fn add_node(&mut self, row: &NodeRow) {
        self.nodes += 1;
        self.fees_earned_msat += u128::from(row.fees_earned.get());
        self.fees_paid_msat += u128::from(row.fees_paid.get());
        self.wealth_start_msat += u128::from(row.wealth[0].get());
        self.wealth_end_msat += u128::from(row.wealth[1].get());
    }
}
