//! How long the routes of settled payments are.

use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, Marks, ORANGE, Picture, Series, grouped};
use crate::report::plots::payments::{Payment, PaymentsPlot};
use crate::report::plots::run::SystemRun;

/// Settled payments by the length of their route.
#[derive(Debug, Default)]
struct Lengths(Vec<u64>);

/// The plot, before the first payment.
pub(super) fn begin() -> Box<dyn PaymentsPlot> {
    Box::new(Lengths::default())
}

impl PaymentsPlot for Lengths {
    fn add(&mut self, payment: &Payment) {
        if let Some(hops) = payment.hops.filter(|_| payment.settled) {
            self.0.resize(self.0.len().max(hops + 1), 0);
            self.0[hops] += 1;
        }
    }

    /// Nothing where payments have no routes.
    fn picture(&self, run: &SystemRun) -> Option<Picture> {
        (!self.0.is_empty()).then(|| Picture::One(chart(&self.0, &run.title)))
    }
}

/// A bar for each length, and a line at the mean.
fn chart(counts: &[u64], system: &str) -> Chart {
    let total: u64 = counts.iter().sum();
    let share = |count: u64| count as f64 / total as f64;
    let highest = counts.iter().map(|count| share(*count)).fold(0.0, f64::max);
    let lengths: Vec<String> = (0..counts.len()).map(|hops| hops.to_string()).collect();
    let x = Axis::names("Channels of the route (of several parts: of the longest)", &lengths);
    let y = Axis::share("Share of settled payments", highest);
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(hops, count)| {
        let left = hops as f64;
        (left + 0.1, left + 0.9, y.place(share(*count)))
    });
    let sum: f64 = counts.iter().enumerate().map(|(hops, count)| hops as f64 * *count as f64).sum();
    let mean = sum / total as f64;
    let bars = Marks::Bars(bars.collect());
    let series = vec![
        Series { label: "routes of this length".to_owned(), colour: BLUE, marks: bars },
        // The bar of a length has its middle half a place on.
        Series {
            label: format!("mean {mean:.2}"),
            colour: ORANGE,
            marks: Marks::Vertical(mean + 0.5),
        },
    ];
    let subtitle = format!("n = {} measured settled payments", grouped(total));
    Chart { title: format!("{system}: length of routes"), subtitle, x, y, series }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_the_share_of_its_length_and_the_line_stands_at_the_mean() {
        let chart = chart(&[0, 1, 0, 3], "Lightning");
        let Marks::Bars(bars) = &chart.series[0].marks else { panic!("bars") };
        let heights: Vec<_> = bars.iter().map(|(left, _, height)| (*left, *height)).collect();
        assert_eq!(heights, [(1.1, 25.0), (3.1, 75.0)]);
        let Marks::Vertical(at) = chart.series[1].marks else { panic!("a line") };
        assert!((at - 3.0).abs() < 1e-9, "mean 2.5 channels, half a place on");
        assert!(chart.subtitle.starts_with("n = 4"));
    }
}
