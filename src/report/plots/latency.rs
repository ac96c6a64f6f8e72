//! Distribution of the time that payers wait.

use crate::metrics::Histogram;
use crate::report::plots::axis::{Axis, si};
use crate::report::plots::chart::{
    BLUE, Chart, GREEN, GREY, Marks, ORANGE, Picture, Series, grouped,
};
use crate::report::plots::payments::{Payment, PaymentsPlot};
use crate::report::plots::run::SystemRun;

/// With fewer distinct latencies the curve shows its steps; with more they would be ripples made by
/// the histogram.
const STEPS_MAX: usize = 50;

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

/// Latencies of settled payments, in nanoseconds.
#[derive(Debug, Default)]
struct Fold {
    latencies: Histogram,
}

impl Fold {
    /// Counts a payment if it was settled.
    fn add(&mut self, payment: &Payment) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "latencies are not negative, and the cast saturates"
        )]
        if let Some(seconds) = payment.latency_s {
            self.latencies.add((seconds * 1e9).round() as u64);
        }
    }

    /// The chart: share settled within a time, over a logarithmic time axis.
    fn chart(&self, system: &str) -> Chart {
        let n = self.latencies.total();
        let seconds = |nanos: u64| (nanos as f64 / 1e9).max(1e-6);
        let steps: Vec<_> =
            self.latencies.cumulative().map(|(up_to, count)| (seconds(up_to), count)).collect();
        let low = steps.first().map_or(0.1, |(at, _)| *at);
        let high = steps.last().map_or(10.0, |(at, _)| *at);
        // At least one decade, so that a constant latency does not fill the width with noise.
        let (low, high) = if high < 10.0 * low { (low / 3.0, high * 3.0) } else { (low, high) };
        let x = Axis::logarithmic("Time from submission until the payer knows (s)", low, high);
        let y = Axis::share("Share of settled payments", 1.0);

        let mut line = vec![(x.low, 0.0)];
        let mut last = 0.0;
        for (at, count) in &steps {
            let (at, share) = (x.place(*at), y.place(*count as f64 / n as f64));
            if steps.len() < STEPS_MAX {
                line.push((at, last));
            }
            line.push((at, share));
            last = share;
        }
        line.push((x.high, last));
        let mut series: Vec<_> = [(0.50, "p50", GREEN), (0.95, "p95", ORANGE), (0.99, "p99", GREY)]
            .into_iter()
            .filter_map(|(p, name, colour)| {
                let at = seconds(self.latencies.quantile(p)?);
                let label = format!("{name} = {} s", si(at));
                Some(Series { label, colour, marks: Marks::Vertical(x.place(at)) })
            })
            .collect();
        let label = "settled within".to_owned();
        if n > 0 {
            series.insert(0, Series { label, colour: BLUE, marks: Marks::Line(line) });
        }
        let subtitle = format!("n = {} measured settled payments", grouped(n));
        Chart { title: format!("{system}: latency"), subtitle, x, y, series }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_starts_at_zero_and_ends_at_all() {
        let mut fold = Fold::default();
        for latency_s in [Some(0.5), Some(1.0), Some(8.0), None] {
            let settled = latency_s.is_some();
            fold.add(&Payment { amount_sat: 1.0, settled, latency_s, ..Payment::default() });
        }
        let chart = fold.chart("Lightning");
        let Marks::Line(line) = &chart.series[0].marks else { panic!("a line") };
        let (first, last) = (line[0], line[line.len() - 1]);
        assert!(first.1.abs() < 1e-9 && (last.1 - 100.0).abs() < 1e-9, "{first:?} {last:?}");
        assert!(chart.subtitle.starts_with("n = 3"));
    }

    #[test]
    fn no_settled_payment_still_makes_a_chart() {
        let chart = Fold::default().chart("Lightning");
        assert!(chart.x.low < chart.x.high && chart.series.is_empty());
    }
}
