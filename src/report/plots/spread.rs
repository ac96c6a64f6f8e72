//! Distributions over payments, all systems in one picture: times until known and final, price by
//! amount.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::math;
use crate::metrics::Histogram;
use crate::outcome::Outcome;
use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, Marks, Picture, Series, colour_of};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;
use crate::report::plots::side_by_side::logarithmic;

/// Classes of amounts per power of ten.
const PER_DECADE: f64 = 3.0;

/// Shortest time drawn, in seconds: what takes less is drawn there.
const SHORTEST_S: f64 = 1e-3;

/// A row of `payments.csv`.
#[derive(Debug, Deserialize)]
struct Payment {
    #[serde(deserialize_with = "read::finite")]
    amount_msat: f64,
    #[serde(deserialize_with = "read::finite")]
    submitted_s: f64,
    measured: bool,
    outcome: Outcome,
    #[serde(deserialize_with = "read::finite_or")]
    final_s: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    price_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    latency_s: Option<f64>,
}

/// What charts need of all payments of one system.
#[derive(Debug)]
pub(super) struct Fold {
    system: String,
    latency: Histogram,
    finality: Histogram,
    /// Sum of prices and number of payments by class of amount.
    prices: BTreeMap<i32, (f64, u64)>,
}

impl Fold {
    /// All measured payments of a system.
    pub(super) fn of(run: &SystemRun) -> Result<Self, OutputError> {
        let mut fold = Self::new(run.title.clone());
        read::rows(&run.table("payments.csv"), |payment| fold.add(&payment))?;
        Ok(fold)
    }

    fn new(system: String) -> Self {
        let (latency, finality) = (Histogram::default(), Histogram::default());
        Self { system, latency, finality, prices: BTreeMap::new() }
    }

    fn add(&mut self, payment: &Payment) {
        if !payment.measured {
            return;
        }
        let finality = payment.final_s.map(|at| (at - payment.submitted_s).max(0.0));
        for (time, histogram) in
            [(payment.latency_s, &mut self.latency), (finality, &mut self.finality)]
        {
            if let Some(seconds) = time.filter(|_| payment.outcome == Outcome::Settled) {
                histogram.add(micros(seconds));
            }
        }
        if let Some(price) = payment.price_usd {
            #[expect(clippy::cast_possible_truncation, reason = "classes of u64 amounts are few")]
            let class = (math::log10((payment.amount_msat / 1_000.0).max(1e-3)) * PER_DECADE + 1e-9)
                .floor() as i32;
            let (sum, n) = self.prices.entry(class).or_default();
            *sum += price;
            *n += 1;
        }
    }
}

/// Times are counted in microseconds: they reach from a millisecond to months.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are not negative, and the cast saturates"
)]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

/// Times of a system that has no others beside it. Lightning has its latency, and is final with it.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    if !run.is_alone || run.name == "lightning" {
        return Ok(None);
    }
    Ok(Some(Picture::One(times(&[Fold::of(run)?]))))
}

/// Share of settled payments known (solid) and final (dashed) within a time.
pub(super) fn times(folds: &[Fold]) -> Chart {
    let seconds = |micros: u64| (micros as f64 / 1e6).max(SHORTEST_S);
    let longest = folds.iter().flat_map(|fold| [&fold.latency, &fold.finality]);
    let longest =
        longest.filter_map(|histogram| histogram.quantile(1.0)).max().map_or(1.0, seconds);
    let shortest = folds.iter().filter_map(|fold| fold.latency.quantile(0.0)).min();
    let low = shortest.map_or(SHORTEST_S, seconds) / 2.0;
    let x = Axis::logarithmic("Time from submission (s)", low, longest.max(low * 10.0) * 2.0);
    let y = Axis::share("Share of settled payments", 1.0);
    // Of all settled payments: what is not final by the end of the run stays below.
    let line = |histogram: &Histogram, total: u64| {
        let total = total as f64;
        let mut points = Vec::new();
        let mut last = 0.0;
        for (up_to, count) in histogram.cumulative() {
            let (at, share) = (x.place(seconds(up_to)), y.place(count as f64 / total));
            points.push((at, last));
            points.push((at, share));
            last = share;
        }
        points
    };
    let mut series = Vec::new();
    for (place, fold) in folds.iter().enumerate().filter(|(_, fold)| fold.latency.total() > 0) {
        let colour = colour_of(place);
        let marks = Marks::Line(line(&fold.latency, fold.latency.total()));
        series.push(Series { label: fold.system.clone(), colour, marks });
        if fold.finality.total() > 0 {
            let marks = Marks::Dashed(line(&fold.finality, fold.latency.total()));
            series.push(Series { label: String::new(), colour, marks });
        }
    }
    Chart {
        title: "Time until the payer knows, and until final".to_owned(),
        subtitle: "solid: the payer knows; dashed: it can no longer be undone".to_owned(),
        x,
        y,
        series,
    }
}

/// Mean price charged by size of the payment.
pub(super) fn price_by_amount(folds: &[Fold]) -> Chart {
    let classes = || folds.iter().flat_map(|fold| fold.prices.keys().copied());
    let (low, high) = (classes().min().unwrap_or(0), classes().max().unwrap_or(8) + 1);
    let x = Axis::logarithmic("Amount (sat)", amount(low.into()), amount(high.max(low + 3).into()));
    let mean = |(sum, n): &(f64, u64)| sum / *n as f64;
    let y = logarithmic(
        "Mean price charged (US dollars)",
        folds.iter().flat_map(|fold| fold.prices.values()).map(mean),
    );
    let series = folds.iter().enumerate().filter(|(_, fold)| !fold.prices.is_empty());
    let series = series.map(|(place, fold)| {
        let points = fold.prices.iter().map(|(class, price)| (class, mean(price)));
        let points = points.filter(|(_, price)| *price > 0.0);
        let marks = points.map(|(class, price)| {
            let middle = amount(f64::from(*class) + 0.5);
            (x.place(middle), y.place(price))
        });
        let (label, colour) = (fold.system.clone(), colour_of(place));
        Series { label, colour, marks: Marks::Line(marks.collect()) }
    });
    let series = series.collect();
    let subtitle = "settled measured payments, thirds of decades".to_owned();
    Chart { title: "Price by size of the payment".to_owned(), subtitle, x, y, series }
}

/// The amount at a (possibly broken) class, in satoshis.
fn amount(class: f64) -> f64 {
    math::pow(10.0, class / PER_DECADE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(endings: &[(f64, f64, f64)]) -> Fold {
        let mut fold = Fold::new("Card".to_owned());
        for &(amount_sat, latency, price) in endings {
            fold.add(&Payment {
                amount_msat: amount_sat * 1_000.0,
                submitted_s: 10.0,
                measured: true,
                outcome: Outcome::Settled,
                final_s: Some(10.0 + latency * 1_000.0),
                price_usd: Some(price),
                latency_s: Some(latency),
            });
        }
        fold
    }

    #[test]
    fn a_system_has_a_solid_and_a_dashed_curve_that_end_at_all() {
        let chart = times(&[fold(&[(1.0, 0.5, 0.1), (1.0, 2.0, 0.1)])]);
        assert_eq!(chart.series.len(), 2);
        let [Marks::Line(solid), Marks::Dashed(dashed)] =
            [&chart.series[0].marks, &chart.series[1].marks]
        else {
            panic!("a solid and a dashed line");
        };
        assert!(solid.iter().chain(dashed).all(|(_, share)| (0.0..=100.1).contains(share)));
        assert!((solid[solid.len() - 1].1 - 100.0).abs() < 1e-9);
        assert!(dashed[1].0 > solid[1].0, "final later than known");
    }

    #[test]
    fn prices_are_averaged_within_thirds_of_decades() {
        let chart =
            price_by_amount(&[fold(&[(1.0, 1.0, 0.1), (2.0, 1.0, 0.3), (900.0, 1.0, 5.0)])]);
        let Marks::Line(points) = &chart.series[0].marks else { panic!("a line") };
        assert_eq!(points.len(), 2);
        assert!((points[0].1 - math::log10(0.2)).abs() < 1e-9);
    }

    #[test]
    fn systems_that_settled_nothing_still_make_charts() {
        let empty = [fold(&[])];
        assert!(times(&empty).series.is_empty() && price_by_amount(&empty).series.is_empty());
    }
}
