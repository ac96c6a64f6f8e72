//! All metrics of one run of one system, folded from its rows.

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;
use crate::metrics::cost::Costs;
use crate::metrics::estimate::NoInterval;
use crate::metrics::histogram::Histogram;
use crate::metrics::quantile::Quantiles;
use crate::metrics::rate::Rate;
use crate::metrics::ratio::Ratio;
use crate::metrics::result::{
    AmountSuccess, ChannelResult, Counts, EffortResult, FeeResult, FinalState, LatencyResult,
    Percentiles, SuccessResult, SummaryResult, ThroughputResult, WindowResult,
};
use crate::metrics::security::Security;
use crate::metrics::warmup::{Course, WarmUp};
use crate::metrics::window::Window;
use crate::outcome::{Failure, OnionError, Outcome};
use crate::prices::Prices;
use crate::rows::{PaymentRow, Row, Rows, Sample};
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
    by_amount: Vec<Ratio>,
    attempts: Batches,
    searches: Batches,
    hops: Batches,
    fee_mean: Batches,
    fee_share: Batches,
    fee_quantiles: Quantiles,
    latency: Quantiles,
    /// Latencies of payments submitted in each third of the window.
    thirds: [Histogram; 3],
    /// Times to finality of the same payments, and how many were not final by the end.
    final_thirds: [(Histogram, u64); 3],
    /// Unproven batches and samples in each third of the window.
    unproven: [(u64, u64); 3],
    finality: Waits,
    included: Waits,
    withdrawable: Waits,
    costs: Costs,
    offered: Rate,
    settled: Rate,
    imbalance: Batches,
    depleted: Batches,
    in_flight: Batches,
    security: Security,
    final_state: FinalState,
    courses: Courses,
}

/// How long something took, and for how many settled payments it was not over by the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Waits {
    times: Quantiles,
    not_over: u64,
}

impl Waits {
    fn add(&mut self, since: SimTime, until: Option<SimTime>) {
        match until {
            Some(until) => self.times.add(until.since(since).0),
            None => self.not_over += 1,
        }
    }
}

/// Figures over the whole run, warm-up included, and how many observations lie before the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Courses {
    success: Batches,
    latency: Batches,
    depleted: Batches,
    imbalance: Batches,
    payments_before: u64,
    settled_before: u64,
    samples_before: u64,
}

impl Courses {
    fn named(&self) -> [(&'static str, &Batches, u64); 4] {
        [
            ("success_ratio", &self.success, self.payments_before),
            ("latency_s", &self.latency, self.settled_before),
            ("depleted_share", &self.depleted, self.samples_before),
            ("imbalance_mean", &self.imbalance, self.samples_before),
        ]
    }

    fn payment(&mut self, row: &PaymentRow) {
        self.success.add(f64::from(u8::from(row.outcome == Outcome::Settled)));
        self.payments_before += u64::from(!row.measured);
        if let (Outcome::Settled, Some(known)) = (row.outcome, row.payer_known) {
            self.latency.add(known.since(row.submitted).as_secs_f64());
            self.settled_before += u64::from(!row.measured);
        }
    }
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
            by_count: Ratio::default(),
            by_volume: Batches::default(),
            by_amount: vec![Ratio::default(); DECADES],
            attempts: Batches::default(),
            searches: Batches::default(),
            hops: Batches::default(),
            fee_mean: Batches::default(),
            fee_share: Batches::default(),
            fee_quantiles: Quantiles::default(),
            latency: Quantiles::default(),
            thirds: Default::default(),
            final_thirds: Default::default(),
            unproven: Default::default(),
            finality: Waits::default(),
            included: Waits::default(),
            withdrawable: Waits::default(),
            costs: Costs::new(prices),
            offered: Rate::new(window),
            settled: Rate::new(window),
            imbalance: Batches::default(),
            depleted: Batches::default(),
            in_flight: Batches::default(),
            security: Security::default(),
            final_state: FinalState::default(),
            courses: Courses::default(),
        }
    }

    /// The metrics of all rows seen so far.
    pub fn result(&self) -> SummaryResult {
        let mut result = self.all();
        // What channels hold is what earlier payments left: batches of one run are then like each other in
        // what they have in common, and no test that looks at them sees it.
        if self.courses.depleted.n() > 0 {
            for estimate in result.dependent_mut() {
                *estimate = estimate.clone().withheld(NoInterval::Remembers);
            }
        }
        result
    }

    fn all(&self) -> SummaryResult {
        SummaryResult {
            demands_blake3: String::new(),
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
                unproven_batches_by_third: self
                    .unproven
                    .map(|(sum, samples)| (samples > 0).then(|| sum as f64 / samples as f64)),
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
            channels: ChannelResult {
                imbalance_mean: self.imbalance.share(),
                depleted_share: self.depleted.share(),
                in_flight_share_of_capacity: self.in_flight.share(),
            },
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

    fn success(&self) -> SuccessResult {
        let by_amount = self.by_amount.iter().enumerate().map(|(decade, ratio)| {
            let from_sat = if decade == 0 { 0 } else { power_of_ten(decade - 1) };
            let below_sat = power_of_ten(decade);
            AmountSuccess { from_sat, below_sat, success_ratio: ratio.estimate() }
        });
        SuccessResult {
            success_ratio: self.by_count.estimate(),
            success_volume_ratio: self.by_volume.share(),
            by_amount: by_amount.filter(|decade| decade.success_ratio.n > 0).collect(),
        }
    }

    fn latency(&self) -> LatencyResult {
        let percentiles = |of: &Quantiles, not_over| {
            let ps = [0.50, 0.95, 0.99];
            let [p50_s, p95_s, p99_s] = of.estimates_below(ps, NANOS, not_over);
            Percentiles { p50_s, p95_s, p99_s }
        };
        let of_waits = |waits: &Waits| percentiles(&waits.times, waits.not_over);
        LatencyResult {
            payer_known: percentiles(&self.latency, 0),
            payer_known_p95_by_third_s: self
                .thirds
                .each_ref()
                .map(|third| third.quantile(0.95).map(|nanos| nanos as f64 / NANOS)),
            final_p95_by_third_s: self.final_thirds.each_ref().map(|(times, not_over)| {
                let p = 0.95 * (times.total() + not_over) as f64 / times.total().max(1) as f64;
                times.quantile(p).filter(|_| p <= 1.0).map(|nanos| nanos as f64 / NANOS)
            }),
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
        self.by_count.add(settled);
        self.by_volume.add_pair(if settled { amount } else { 0.0 }, amount);
        self.by_amount[decade(row.amount)].add(settled);
        self.attempts.add(f64::from(row.attempts));
        self.searches.add(f64::from(row.searches));
        if settled {
            self.settled_payment(row, amount);
        }
        if row.outcome == Outcome::Failed {
            self.costs.failed(row);
            count(&mut self.failures, row.failure.map(|f| f as usize));
            count(&mut self.last_errors, row.last_error.map(|e| e as usize));
        }
    }

    fn settled_payment(&mut self, row: &PaymentRow, amount: f64) {
        if let Some(known) = row.payer_known {
            let latency = known.since(row.submitted).0;
            self.latency.add(latency);
            if let Some(third) = self.window.third(row.submitted) {
                self.thirds[third].add(latency);
            }
        }
        self.finality.add(row.submitted, row.final_at);
        if let Some(third) = self.window.third(row.submitted) {
            let (times, not_over) = &mut self.final_thirds[third];
            match row.final_at {
                Some(at) => times.add(at.since(row.submitted).0),
                None => *not_over += 1,
            }
        }
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
            Row::Attack(row) => self.security.attack(row),
            Row::Towers(row) => self.security.towers(row),
            Row::Channel(row) => self.final_state.add_channel(row),
            Row::Node(row) => self.final_state.add_node(row),
            Row::Resource(row) => self.costs.resource(row),
            Row::System(row) => self.costs.system(row),
            // Tables only.
            Row::Acknowledged(_)
            | Row::Attempt(_)
            | Row::Opened(_)
            | Row::Block(_)
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
        let rollup = state.rollup.filter(|rollup| rollup.provers_busy.is_some());
        if let Some((rollup, third)) = rollup.zip(self.window.third(state.at))
            && self.window.contains(state.at)
        {
            self.unproven[third].0 += rollup.unproven_batches;
            self.unproven[third].1 += 1;
        }
        let Some(channels) = state.channels else { return };
        self.courses.depleted.add(channels.depleted_share);
        self.courses.imbalance.add(channels.imbalance_mean);
        self.courses.samples_before += u64::from(state.at < self.window.from);
        if !self.window.contains(state.at) {
            return;
        }
        self.imbalance.add(channels.imbalance_mean);
        self.depleted.add(channels.depleted_share);
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

/// Rows for the tests of this module and its neighbours.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::metrics::test_numbers::Numbers;
    use crate::rows::{ChannelSample, ResourceRow, Settlement};
    use crate::units::{Sat, SimDuration};

    /// Nanoseconds in a second.
    const SECOND: u64 = 1_000_000_000;

    /// A settled payment of so many sat, sent at and taking so many seconds.
    pub(in crate::metrics) fn settled(id: u64, sat: u64, at_s: u64, took_s: u64) -> PaymentRow {
        let done = Some(SimTime((at_s + took_s) * SECOND));
        PaymentRow {
            id,
            payer: crate::ids::NodeId(0),
            payee: crate::ids::NodeId(1),
            amount: Msat(sat * 1_000),
            submitted: SimTime(at_s * SECOND),
            measured: true,
            outcome: Outcome::Settled,
            failure: None,
            last_error: None,
            settled: done,
            payer_known: done,
            final_at: done,
            ended: done,
            attempts: 1,
            searches: 1,
            parts: 1,
            hops: Some(2),
            fee: Some(Msat(sat)),
            price_usd: None,
            resource_usd: None,
            settlement: Settlement::default(),
        }
    }

    /// From 10 s to 20 s.
    pub(in crate::metrics) fn window() -> Window {
        Window { from: SimTime(10 * SECOND), to: SimTime(20 * SECOND) }
    }

    /// A run in which every metric has a value, and all that can have an interval do.
    pub(in crate::metrics) fn rich() -> SummaryResult {
        let mut summary = Summary::new(window(), Prices::default());
        fill(&mut summary);
        summary.all()
    }

    /// What happens in the window of that run.
    pub(in crate::metrics) fn fill(summary: &mut Summary) {
        let mut numbers = Numbers::new(4);
        for i in 0..4_000 {
            let at = SimTime(10 * SECOND + numbers.bits() % (10 * SECOND));
            let known = Some(at + SimDuration(1_000_000 + numbers.bits() % SECOND));
            let mut row = settled(i, 10 + numbers.bits() % 90, 0, 0);
            (row.submitted, row.settled, row.payer_known, row.final_at) = (at, known, known, known);
            row.settlement = Settlement { included: known, withdrawable: known, ..row.settlement };
            (row.price_usd, row.resource_usd) = (Some(numbers.uniform()), Some(numbers.uniform()));
            (row.attempts, row.searches) = (1 + u32::from(numbers.uniform() < 0.3), 2);
            if numbers.uniform() < 0.2 {
                (row.outcome, row.failure) = (Outcome::Failed, Some(Failure::NoRoute));
            }
            summary.offered(row.submitted);
            summary.payment(&row);
            let channels = ChannelSample {
                depleted_share: numbers.uniform(),
                imbalance_mean: numbers.uniform(),
                in_flight: Msat(numbers.bits() % 1_000),
                capacity: Sat(1),
                ..ChannelSample::default()
            };
            summary.sample(&Sample { at, channels: Some(channels), ..Sample::default() });
        }
        let slots = ResourceRow { resource: "slots", utilisation: 0.5 };
        summary.record(Row::Resource(&slots));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::estimate::Estimate;
    use crate::metrics::summary::testing::{self, settled, window};
    use crate::rows::ChannelSample;

    fn failed(id: u64, sat: u64, at_s: u64) -> PaymentRow {
        PaymentRow {
            outcome: Outcome::Failed,
            failure: Some(Failure::NoRouteAfterAttempts),
            last_error: Some(OnionError::TemporaryChannelFailure),
            settled: None,
            payer_known: None,
            final_at: None,
            attempts: 3,
            searches: 4,
            hops: None,
            fee: None,
            ..settled(id, sat, at_s, 1)
        }
    }

    fn of(rows: &[PaymentRow]) -> SummaryResult {
        let mut summary = Summary::new(window(), Prices::default());
        for row in rows {
            summary.offered(row.submitted);
            summary.payment(row);
        }
        summary.result()
    }

    #[test]
    fn what_channels_remember_has_no_interval_and_what_is_offered_has() {
        let mut summary = Summary::new(window(), Prices::default());
        testing::fill(&mut summary);
        let result = summary.result();
        let why = |estimate: &Estimate| estimate.no_interval;
        assert_eq!(why(&result.success.success_ratio), Some(NoInterval::Remembers));
        assert_eq!(why(&result.latency.finality.p95_s), Some(NoInterval::Remembers));
        assert_eq!(result.success.success_ratio.value, testing::rich().success.success_ratio.value);
        assert_eq!(
            why(&result.throughput.offered_per_s),
            why(&testing::rich().throughput.offered_per_s)
        );
    }

    /// A longer warm-up, with payments that are over before it ends, and a longer drain.
    #[test]
    fn what_lies_outside_the_window_moves_no_metric_of_it() {
        let mut plain = Summary::new(window(), Prices::default());
        testing::fill(&mut plain);
        let mut longer = Summary::new(window(), Prices::default());
        let sample =
            |at| Sample { at, channels: Some(ChannelSample::default()), ..Sample::default() };
        for i in 0..500 {
            let warm_up = PaymentRow { measured: false, ..settled(i, 7, i % 9, 1) };
            longer.offered(warm_up.submitted);
            longer.payment(&warm_up);
            longer.sample(&sample(warm_up.submitted));
        }
        testing::fill(&mut longer);
        for seconds in 20..4_000 {
            longer.sample(&sample(SimTime(seconds * 1_000_000_000)));
        }
        let of_the_window = |summary: &Summary| {
            let figures = crate::metrics::by_name::figures(&summary.result());
            let whole_run = ["totals.", "warmup.", "final_state."];
            let is_of_it = |name: &str| whole_run.iter().all(|start| !name.starts_with(start));
            figures.into_iter().filter(|figure| is_of_it(&figure.name)).collect::<Vec<_>>()
        };
        assert_eq!(of_the_window(&longer), of_the_window(&plain));
    }

    #[test]
    fn four_payments_give_the_figures_computed_by_hand() {
        let warm_up = PaymentRow { measured: false, ..settled(0, 5, 1, 10) };
        let rows = [warm_up, settled(1, 5, 10, 1), settled(2, 50, 11, 3), failed(3, 45, 12)];
        let result = of(&rows);
        assert_eq!(result.totals, Counts { offered: 4, settled: 3, failed: 1, pending: 0 });
        assert_eq!(result.measured, Counts { offered: 3, settled: 2, failed: 1, pending: 0 });
        assert_eq!(result.success.success_ratio.value, Some(2.0 / 3.0));
        assert_eq!(result.success.success_volume_ratio.value, Some(0.55));
        assert_eq!(result.effort.attempts_per_payment.value, Some(5.0 / 3.0));
        assert_eq!(result.effort.searches_per_payment.value, Some(2.0));
        assert_eq!(result.effort.hops_per_settled_payment.value, Some(2.0));
        assert_eq!(result.fees.fee_mean_msat.value, Some(27.5));
        assert_eq!(result.fees.fee_share_of_amount.value, Some(0.001));
        assert_eq!(result.failures["no_route_after_attempts"], 1);
        assert_eq!(result.last_errors["temporary_channel_failure"], 1);
        // Settled in the window at 11 s (twice: one of them from the warm-up) and at 14 s.
        assert_eq!(result.throughput.settled_per_s.value, Some(0.3));
        assert_eq!(result.throughput.offered_per_s.value, Some(0.3));
        let p50 = result.latency.payer_known.p50_s.value.expect("two settled");
        assert!((p50 - 1.0).abs() < 0.01, "{p50}");
    }

    #[test]
    fn amounts_fall_into_decades_with_their_lower_end() {
        let result = of(&[settled(0, 1, 10, 1), settled(1, 9, 10, 1), failed(2, 10, 10)]);
        let decades: Vec<_> = result
            .success
            .by_amount
            .iter()
            .map(|d| (d.from_sat, d.below_sat, d.success_ratio.value))
            .collect();
        assert_eq!(decades, [(1, 10, Some(1.0)), (10, 100, Some(0.0))]);
        assert_eq!(decade(Msat(999)), 0);
        assert_eq!(decade(crate::units::SUPPLY.to_msat()), DECADES - 1);
    }

    #[test]
    fn pending_counts_as_not_settled() {
        let pending = PaymentRow { outcome: Outcome::Pending, failure: None, ..failed(1, 5, 12) };
        let result = of(&[settled(0, 5, 10, 1), pending]);
        assert_eq!(result.success.success_ratio.value, Some(0.5));
        assert_eq!(result.totals.pending, 1);
    }

    #[test]
    fn an_empty_run_gives_nulls_in_json() {
        let json = serde_json::to_value(Summary::new(window(), Prices::default()).result())
            .expect("plain data");
        assert!(json["success"]["success_ratio"]["value"].is_null());
        assert!(json["latency"]["payer_known"]["p99_s"]["low"].is_null());
        assert_eq!(json["fees"]["fee_mean_msat"]["no_interval"], "no observations");
        assert_eq!(json["totals"]["offered"], 0);
    }

    #[test]
    fn saving_and_loading_in_between_changes_nothing() {
        let rows: Vec<_> = (0..3_000)
            .map(|i| if i % 7 == 0 { failed(i, 10 + i, 12) } else { settled(i, 10 + i, 12, i % 5) })
            .collect();
        let mut once = Summary::new(window(), Prices::default());
        let mut twice = Summary::new(window(), Prices::default());
        for (i, row) in rows.iter().enumerate() {
            once.payment(row);
            twice.payment(row);
            if i == 1_234 {
                let bytes = postcard::to_allocvec(&twice).expect("plain data");
                twice = postcard::from_bytes(&bytes).expect("what was written");
            }
        }
        assert_eq!(once.result(), twice.result());
    }
}
