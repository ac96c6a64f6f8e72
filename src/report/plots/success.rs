//! Share of payments settled by amount.

use std::collections::BTreeMap;

use crate::math;
use crate::metrics::wilson_95;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, GREY, Marks, Picture, Series, grouped};
use crate::report::plots::payments::{Payment, PaymentsPlot};
use crate::report::plots::run::SystemRun;

/// Classes of amounts per power of ten.
const PER_DECADE: f64 = 3.0;

/// The plot, before the first payment.
pub(super) fn begin() -> Box<dyn PaymentsPlot> {
    Box::new(Fold::default())
}

impl PaymentsPlot for Fold {
    fn add(&mut self, payment: &Payment) {
        Self::add(self, payment);
    }

    fn picture(&self, run: &SystemRun) -> Option<Picture> {
        Some(Picture::One(self.chart(&run.title)))
    }
}

/// Payments by class of amount.
#[derive(Debug, Default)]
struct Fold {
    classes: BTreeMap<i32, Class>,
}

/// The payments of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Class {
    all: u64,
    settled: u64,
    /// Sum of the decimal logarithms of their amounts: a point stands where its payments are, which
    /// need not be the middle of the class (all of one amount, or cut off at a largest one).
    sum_of_logs: f64,
}

impl Fold {
    /// Counts a payment. Amounts below a millisatoshi do not exist.
    fn add(&mut self, payment: &Payment) {
        let log = math::log10(payment.amount_sat.max(1e-3));
        #[expect(clippy::cast_possible_truncation, reason = "classes of u64 amounts are few")]
        let class = (log * PER_DECADE + 1e-9).floor() as i32;
        let class = self.classes.entry(class).or_default();
        class.all += 1;
        class.settled += u64::from(payment.settled);
        class.sum_of_logs += log;
    }

    /// The chart.
    fn chart(&self, system: &str) -> Chart {
        let low = self.classes.keys().next().map_or(0, |class| *class);
        let high = self.classes.keys().next_back().map_or(9, |class| class + 1);
        let x = Axis::logarithmic("Amount (sat)", start(low), start(high.max(low + 3)));
        let y = Axis::share("Share of payments", 1.0);
        let total: u64 = self.classes.values().map(|class| class.all).sum();
        let settled: u64 = self.classes.values().map(|class| class.settled).sum();

        let bars = self.classes.iter().map(|(number, class)| {
            let ends = [*number, number + 1].map(|number| x.place(start(number)));
            (ends[0], ends[1], y.place(class.all as f64 / total as f64))
        });
        let points = self.classes.values().filter_map(|class| {
            let Class { all, settled, sum_of_logs } = *class;
            let [low, high] = wilson_95(settled, all)?.map(|share| y.place(share));
            Some((sum_of_logs / all as f64, y.place(settled as f64 / all as f64), low, high))
        });
        let series = vec![
            series("share of all payments", GREY, Marks::Bars(bars.collect())),
            series("settled, with 95 % Wilson interval", BLUE, Marks::Intervals(points.collect())),
        ];
        let subtitle =
            format!("n = {} measured payments, {} settled", grouped(total), grouped(settled));
        Chart { title: format!("{system}: success by amount"), subtitle, x, y, series }
    }
}

fn series(label: &str, colour: crate::report::plots::chart::Colour, marks: Marks) -> Series {
    Series { label: label.to_owned(), colour, marks }
}

/// The smallest amount of a class, in satoshis.
fn start(class: i32) -> f64 {
    math::pow(10.0, f64::from(class) / PER_DECADE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_fall_into_thirds_of_decades() {
        let mut fold = Fold::default();
        for (amount_sat, settled) in [(1.0, true), (2.0, true), (2.2, false), (1_000.0, false)] {
            let latency_s = settled.then_some(1.0);
            fold.add(&Payment { amount_sat, settled, latency_s, ..Payment::default() });
        }
        let classes: Vec<_> = fold
            .classes
            .iter()
            .map(|(number, class)| (*number, class.all, class.settled))
            .collect();
        assert_eq!(classes, [(0, 2, 2), (1, 1, 0), (9, 1, 0)]);
        // The two payments of 1 and 2 sat stand in their geometric middle.
        let chart = fold.chart("Lightning");
        let Marks::Intervals(points) = &chart.series[1].marks else { panic!("the points") };
        assert!((points[0].0 - math::log10(2.0) / 2.0).abs() < 1e-12);
        assert!((points[2].0 - 3.0).abs() < 1e-12);
    }

    #[test]
    fn no_payments_still_make_a_chart() {
        let chart = Fold::default().chart("Lightning");
        assert!(chart.x.low < chart.x.high && chart.subtitle.starts_with("n = 0"));
    }
}
