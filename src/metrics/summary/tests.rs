//! The figures of small runs, computed by hand.

use super::*;
use crate::metrics::estimate::Estimate;
use crate::metrics::summary::testing::{self, settled, window};
use crate::rows::ChannelSample;

fn failed(id: u64, sat: u64, at_s: u64) -> PaymentRow {
    PaymentRow {
        outcome: Outcome::Failed,
        failure: Some(Failure::NoLiquidity),
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
    let sample = |at| Sample { at, channels: Some(ChannelSample::default()), ..Sample::default() };
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
    assert_eq!(result.failures["no_liquidity"], 1);
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
