//! All metrics of one run of one system, folded from its rows.

mod courses;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod thirds;

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;
use crate::metrics::cost::Costs;
use crate::metrics::estimate::NoInterval;
use crate::metrics::quantile::Quantiles;
use crate::metrics::rate::Rate;
use crate::metrics::ratio::Ratio;
use crate::metrics::result::{
    AmountSuccess, ChannelResult, Counts, EffortResult, FeeResult, FinalState, LatencyResult,
    Percentiles, StagesByThird, SuccessResult, SummaryResult, ThroughputResult, WindowResult,
};
use crate::metrics::security::Security;
use crate::metrics::summary::courses::{Courses, Waits};
use crate::metrics::summary::thirds::Thirds;
use crate::metrics::warmup::{Course, WarmUp};
use crate::outcome::{Failure, FailurePlace, OnionError, Outcome, Shortage};
use crate::prices::Prices;
use crate::rows::{ChannelMeans, ChannelSample, PaymentRow, Row, Rows, Sample, Window};
use crate::units::{Msat, SimTime};

/// Amounts from 1 sat to the whole supply (2.1·10^15 sat) fill 16 decades; one more is below 1 sat.
const DECADES: usize = 17;

/// Nanoseconds in a second.
const NANOS: f64 = 1e9;

/// The fold. Only measured payments count in it, except for the totals and the final state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    window: Window,
    totals: Counts,
    measured: Counts,
    failures: Vec<u64>,
    last_errors: Vec<u64>,
    by_count: Ratio,
    by_volume: Batches,
    feasible: Ratio,
    at_ends: Ratio,
    in_routing: Ratio,
    by_depletion: Ratio,
    by_draw: Ratio,
    by_amount: Vec<Ratio>,
    attempts: Batches,
    searches: Batches,
    hops: Batches,
    fee_mean: Batches,
    fee_share: Batches,
    fee_quantiles: Quantiles,
    latency: Quantiles,
    /// Until the payer knows, inclusion, finality: by third of the window.
    thirds: [Thirds; 3],
    finality: Waits,
    included: Waits,
    withdrawable: Waits,
    costs: Costs,
    offered: Rate,
    settled: Rate,
    imbalance: Batches,
    depleted: Batches,
    newly_depleted: Batches,
    replenished: Batches,
    in_flight: Batches,
    security: Security,
    final_state: FinalState,
    courses: Courses,
    /// Whether payments wait for Bitcoin's blocks: a queue lasts longer than most runs.
    has_mempool: bool,
}

impl Summary {
    /// Nothing seen yet.
    pub fn new(window: Window, prices: Prices) -> Self {
        Self {
            window,
            totals: Counts::default(),
            measured: Counts::default(),
            failures: vec![0; Failure::ALL.len()],
            last_errors: vec![0; OnionError::ALL.len()],
            by_count: Ratio::over(window),
            by_volume: Batches::over(window),
            feasible: Ratio::over(window),
            at_ends: Ratio::over(window),
            in_routing: Ratio::over(window),
            by_depletion: Ratio::over(window),
            by_draw: Ratio::over(window),
            by_amount: vec![Ratio::over(window); DECADES],
            attempts: Batches::over(window),
            searches: Batches::over(window),
            hops: Batches::default(),
            fee_mean: Batches::default(),
            fee_share: Batches::default(),
            fee_quantiles: Quantiles::default(),
            latency: Quantiles::default(),
            thirds: Default::default(),
            finality: Waits::default(),
            included: Waits::default(),
            withdrawable: Waits::default(),
            costs: Costs::new(prices),
            offered: Rate::new(window),
            settled: Rate::new(window),
            imbalance: Batches::default(),
            depleted: Batches::default(),
            newly_depleted: Batches::default(),
            replenished: Batches::default(),
            in_flight: Batches::default(),
            security: Security::default(),
            final_state: FinalState::default(),
            courses: Courses::default(),
            has_mempool: false,
        }
    }

    /// The metrics of all rows seen so far.
    pub fn result(&self) -> SummaryResult {
        let mut result = self.all();
        // Batches of one run are then like each other in what they have in common, and no test that looks at them
        // sees it (docs/validation.md).
        for estimate in result.lasting_mut() {
            *estimate = estimate.clone().withheld(NoInterval::Remembers);
        }
        if self.has_channels() || self.has_mempool {
            for estimate in result.passing_mut() {
                *estimate = estimate.clone().withheld(NoInterval::Remembers);
            }
        }
        result
    }

    fn has_channels(&self) -> bool {
        self.courses.depleted.n() > 0 || self.costs.channels().is_some()
    }

    fn all(&self) -> SummaryResult {
        SummaryResult {
            demands_blake3: String::new(),
            notes: Vec::new(),
            window: WindowResult {
                from_s: self.window.from.as_secs_f64(),
                to_s: self.window.to.as_secs_f64(),
                length_s: self.window.length().as_secs_f64(),
            },
            totals: self.totals,
            measured: self.measured,
            intervals_given: "this network and these balances",
            replications: None,
            success: self.success(),
            latency: self.latency(),
            throughput: ThroughputResult {
                offered_per_s: self.offered.estimate(),
                settled_per_s: self.settled.estimate(),
            },
            fees: self.fees(),
            effort: EffortResult {
                attempts_per_payment: self.attempts.estimate(),
                searches_per_payment: self.searches.estimate(),
                hops_per_settled_payment: self.hops.estimate(),
            },
            failures: named(Failure::ALL.iter().map(|f| f.name()), &self.failures),
            last_errors: named(OnionError::ALL.iter().map(|e| e.name()), &self.last_errors),
            costs: self.costs.costs(self.window.length()),
            footprint: self.costs.footprint(self.window.length()),
            capital: self.costs.capital(self.window.length()),
            needs: self.costs.needs(),
            channels: self.channels(),
            security: self.security.result(),
            final_state: self.final_state,
            warmup: self
                .courses
                .named()
                .into_iter()
                .filter_map(|(name, all, before)| Some((name, WarmUp::of(all, before)?)))
                .collect(),
            courses: self
                .courses
                .named()
                .into_iter()
                .filter(|(_, all, _)| all.n() > 0)
                .map(|(name, all, _)| Course::of(name, all))
                .collect(),
        }
    }

    /// Exact means over the window; what samples in it say of how they vary.
    fn channels(&self) -> ChannelResult {
        let means = self.costs.channels();
        let of = |samples: &Batches, mean: fn(ChannelMeans) -> Option<f64>| match means {
            Some(means) => samples.share().at(mean(means)),
            None => samples.share(),
        };
        ChannelResult {
            imbalance_mean: of(&self.imbalance, |means| means.imbalance),
            depleted_share: of(&self.depleted, |means| means.depleted_share),
            newly_depleted_share: of(&self.newly_depleted, |means| means.newly_depleted_share),
            replenished_share: of(&self.replenished, |means| means.replenished_share),
            in_flight_share_of_capacity: of(&self.in_flight, |means| means.in_flight_share),
        }
    }

    fn success(&self) -> SuccessResult {
        let by_amount = self.by_amount.iter().enumerate().map(|(decade, ratio)| {
            let from_sat = if decade == 0 { 0 } else { power_of_ten(decade - 1) };
            let below_sat = power_of_ten(decade);
            AmountSuccess { from_sat, below_sat, success_ratio: ratio.estimate() }
        });
        // Where there are no channels, nothing can be said of them.
        let of_channels = |ratio: &Ratio| {
            if self.has_channels() { ratio.estimate() } else { Ratio::default().estimate() }
        };
        SuccessResult {
            success_ratio: self.by_count.estimate(),
            success_volume_ratio: self.by_volume.share(),
            feasible_success_ratio: self.feasible.estimate(),
            endpoint_failure_ratio: self.at_ends.estimate(),
            routing_failure_ratio: self.in_routing.estimate(),
            depletion_failure_ratio: of_channels(&self.by_depletion),
            drawn_failure_ratio: of_channels(&self.by_draw),
            by_amount: by_amount.filter(|decade| decade.success_ratio.n > 0).collect(),
        }
    }

    fn latency(&self) -> LatencyResult {
        let percentiles = |of: &Quantiles, not_over| {
            let ps = [0.50, 0.95, 0.99];
            let [p50_s, p95_s, p99_s] = of.estimates_below(ps, NANOS, not_over);
            Percentiles { p50_s, p95_s, p99_s }
        };
        let [payer_known, included, finality] = self.thirds.each_ref().map(Thirds::result);
        let of_waits = |waits: &Waits| percentiles(&waits.times, waits.not_over);
        LatencyResult {
            payer_known: percentiles(&self.latency, 0),
            by_third: StagesByThird { payer_known, included, finality },
            included: of_waits(&self.included),
            finality: of_waits(&self.finality),
            withdrawable: of_waits(&self.withdrawable),
        }
    }

    fn fees(&self) -> FeeResult {
        let [fee_median_msat] = self.fee_quantiles.estimates([0.5], 1.0);
        FeeResult {
            fee_mean_msat: self.fee_mean.estimate(),
            fee_median_msat,
            fee_share_of_amount: self.fee_share.estimate(),
        }
    }

    fn measured_payment(&mut self, row: &PaymentRow) {
        let settled = row.outcome == Outcome::Settled;
        let amount = row.amount.get() as f64;
        self.measured.add(row.outcome);
        let at = row.submitted;
        self.by_count.add_at(at, settled);
        self.by_volume.add_pair_at(at, if settled { amount } else { 0.0 }, amount);
        self.by_amount[decade(row.amount)].add_at(at, settled);
        if row.feasible == Some(true) {
            self.feasible.add_at(at, settled);
        }
        let place = row.failure.map(Failure::place);
        self.at_ends.add_at(at, place == Some(FailurePlace::Endpoint));
        self.in_routing.add_at(at, place == Some(FailurePlace::Routing));
        self.by_depletion.add_at(at, row.shortage == Some(Shortage::Depleted));
        self.by_draw.add_at(at, row.shortage == Some(Shortage::Drawn));
        self.attempts.add_pair_at(at, f64::from(row.attempts), 1.0);
        self.searches.add_pair_at(at, f64::from(row.searches), 1.0);
        if settled {
            self.settled_payment(row, amount);
        }
        if let Some(third) = self.window.third(row.submitted)
            && row.outcome != Outcome::Failed
        {
            let stages = [row.payer_known, row.settlement.included, row.final_at];
            for (times, until) in self.thirds.iter_mut().zip(stages) {
                times.add(third, row.submitted, until);
            }
        }
        if row.outcome == Outcome::Failed {
            self.costs.failed(row);
            count(&mut self.failures, row.failure.map(|f| f as usize));
            count(&mut self.last_errors, row.last_error.map(|e| e as usize));
        }
    }

    fn settled_payment(&mut self, row: &PaymentRow, amount: f64) {
        if let Some(known) = row.payer_known {
            self.latency.add(known.since(row.submitted).0);
        }
        self.finality.add(row.submitted, row.final_at);
        self.included.add(row.submitted, row.settlement.included);
        self.withdrawable.add(row.submitted, row.settlement.withdrawable);
        self.costs.settled(row);
        if let Some(hops) = row.hops {
            self.hops.add(f64::from(hops));
        }
        if let Some(fee) = row.fee {
            self.fee_mean.add(fee.get() as f64);
            self.fee_share.add_pair(fee.get() as f64, amount);
            self.fee_quantiles.add(fee.get());
        }
    }
}

#[deny(clippy::wildcard_enum_match_arm)]
impl Rows for Summary {
    fn record(&mut self, row: Row<'_>) {
        match row {
            Row::Offered(row) => self.offered(row.at),
            Row::Payment(row) => self.payment(row),
            Row::Sample(state) => self.sample(state),
            Row::Closure(row) => self.security.closure(row),
            Row::Loss(row) => self.security.loss(row),
            Row::Campaign(row) => self.security.campaign(row),
            Row::Attack(row) => self.security.attack(row),
            Row::Towers(row) => self.security.towers(row),
            Row::Channel(row) => self.final_state.add_channel(row),
            Row::Node(row) => self.final_state.add_node(row),
            Row::Resource(row) => self.costs.resource(row),
            Row::System(row) => self.costs.system(row),
            Row::Block(_) => self.has_mempool = true,
            // Tables only.
            Row::Acknowledged(_)
            | Row::Attempt(_)
            | Row::Opened(_)
            | Row::EthereumBlock(_)
            | Row::Batch(_) => {}
        }
    }
}

impl Summary {
    fn offered(&mut self, at: SimTime) {
        self.totals.offered += 1;
        if self.window.contains(at) {
            self.measured.offered += 1;
        }
        self.offered.add(at);
    }

    fn payment(&mut self, row: &PaymentRow) {
        self.totals.add(row.outcome);
        self.courses.payment(row);
        if row.measured {
            self.measured_payment(row);
            self.security.payment(row);
        }
        if row.outcome == Outcome::Settled {
            self.costs.at_risk(row, self.window);
        }
        // Throughput counts what is settled inside the window, whenever it was submitted.
        if let (Outcome::Settled, Some(settled)) = (row.outcome, row.settled) {
            self.settled.add(settled);
        }
    }

    fn sample(&mut self, state: &Sample) {
        // The drain is part of no course: what channels do while nobody pays says nothing of how a load settles.
        let Some(channels) = state.channels.filter(|_| state.at <= self.window.to) else { return };
        let ChannelSample { depleted_share, imbalance_mean, .. } = channels;
        // While no channel is open there is nothing to take in.
        for (course, value) in [
            (&mut self.courses.depleted, depleted_share),
            (&mut self.courses.imbalance, imbalance_mean),
        ] {
            if let Some(value) = value {
                course.add(value);
            }
        }
        let is_before = depleted_share.is_some() && state.at < self.window.from;
        self.courses.samples_before += u64::from(is_before);
        if !self.window.contains(state.at) {
            return;
        }
        for (means, value) in [
            (&mut self.imbalance, imbalance_mean),
            (&mut self.depleted, depleted_share),
            (&mut self.newly_depleted, channels.newly_depleted_share),
            (&mut self.replenished, channels.replenished_share),
        ] {
            if let Some(value) = value {
                means.add(value);
            }
        }
        let capacity = channels.capacity.to_msat().get() as f64;
        if capacity > 0.0 {
            self.in_flight.add(channels.in_flight.get() as f64 / capacity);
        }
    }
}

/// 0 for amounts below 1 sat, 1 for those below 10 sat, and so on.
fn decade(amount: Msat) -> usize {
    let sat = amount.to_sat_floor().get();
    sat.checked_ilog10().map_or(0, |digits| digits as usize + 1).min(DECADES - 1)
}

fn power_of_ten(exponent: usize) -> u64 {
    10_u64.pow(u32::try_from(exponent).expect("there are 17 decades"))
}

fn count(counts: &mut [u64], place: Option<usize>) {
    if let Some(place) = place {
        counts[place] += 1;
    }
}

fn named(
    names: impl Iterator<Item = &'static str>,
    counts: &[u64],
) -> std::collections::BTreeMap<&'static str, u64> {
    names.zip(counts.iter().copied()).collect()
}
