//! Share of payments settled by amount.

use std::collections::BTreeMap;

use crate::math;
use crate::metrics::wilson_95;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, GREY, Marks, Series, grouped};
use crate::report::plots::table::Payment;

/// Classes of amounts per power of ten.
const PER_DECADE: f64 = 3.0;

/// Payments by class of amount: number, and number settled.
#[derive(Debug, Default)]
pub(super) struct Fold {
    classes: BTreeMap<i32, [u64; 2]>,
}

impl Fold {
    /// Counts a payment. Amounts below a millisatoshi do not exist.
    pub(super) fn add(&mut self, payment: &Payment) {
        #[expect(clippy::cast_possible_truncation, reason = "classes of u64 amounts are few")]
        let class = (math::log10(payment.amount_sat.max(1e-3)) * PER_DECADE + 1e-9).floor() as i32;
        let [all, settled] = self.classes.entry(class).or_default();
        *all += 1;
        *settled += u64::from(payment.settled);
    }

    /// The chart.
    pub(super) fn chart(&self, system: &str) -> Chart {
        let low = self.classes.keys().next().map_or(0, |class| *class);
        let high = self.classes.keys().next_back().map_or(9, |class| class + 1);
        let x = Axis::logarithmic("Amount (sat)", start(low), start(high.max(low + 3)));
        let y = Axis::share("Share of payments", 1.0);
        let total: u64 = self.classes.values().map(|[all, _]| all).sum();
        let settled: u64 = self.classes.values().map(|[_, settled]| settled).sum();

        let bars = self.classes.iter().map(|(class, [all, _])| {
            let ends = [*class, class + 1].map(|class| x.place(start(class)));
            (ends[0], ends[1], y.place(*all as f64 / total as f64))
        });
        let points = self.classes.iter().filter_map(|(class, [all, settled])| {
            let [low, high] = wilson_95(*settled, *all)?.map(|share| y.place(share));
            let middle = f64::midpoint(x.place(start(*class)), x.place(start(class + 1)));
            Some((middle, y.place(*settled as f64 / *all as f64), low, high))
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
            fold.add(&Payment { amount_sat, measured: true, settled, latency_s });
        }
        let classes: Vec<_> = fold.classes.into_iter().collect();
        assert_eq!(classes, [(0, [2, 2]), (1, [1, 0]), (9, [1, 0])]);
    }

    #[test]
    fn no_payments_still_make_a_chart() {
        let chart = Fold::default().chart("Lightning");
        assert!(chart.x.low < chart.x.high && chart.subtitle.starts_with("n = 0"));
    }
}
