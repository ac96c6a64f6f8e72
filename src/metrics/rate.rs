//! Events per second inside the window for statistics.

use serde::{Deserialize, Serialize};

use crate::metrics::batches::{BATCHES_MAX, OBSERVATIONS_MIN};
use crate::metrics::estimate::{Estimate, Method, NoInterval, Spread};
use crate::rows::Window;
use crate::units::SimTime;

/// Counts in equal slices of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rate {
    window: Window,
    slices: Vec<u64>,
}

impl Rate {
    pub(super) fn new(window: Window) -> Self {
        Self { window, slices: vec![0; BATCHES_MAX] }
    }

    /// Counts an event if it lies in the window.
    pub(super) fn add(&mut self, at: SimTime) {
        if let Some(place) = self.window.part(at, BATCHES_MAX) {
            self.slices[place] += 1;
        }
    }

    /// Events per second.
    pub(super) fn estimate(&self) -> Estimate {
        let (n, length_s) = (self.slices.iter().sum::<u64>(), self.window.length().as_secs_f64());
        if length_s <= 0.0 {
            return Estimate::without_interval(None, n, NoInterval::NoWindow);
        }
        let value = n as f64 / length_s;
        if n < OBSERVATIONS_MIN {
            return Estimate::without_interval(Some(value), n, NoInterval::TooFew);
        }
        let per_slice = length_s / BATCHES_MAX as f64;
        let rates: Vec<f64> = self.slices.iter().map(|count| *count as f64 / per_slice).collect();
        let estimate = match Spread::of(&rates) {
            Ok(spread) => {
                let (half, batches) = (spread.half_width(), Some(spread.batches));
                let ends = [(value - half).max(0.0), value + half];
                Estimate::with_interval(value, ends, n, Method::BatchMeans, batches)
            }
            Err(why) => Estimate::without_interval(Some(value), n, why),
        };
        estimate.judged(&rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    const WINDOW: Window = Window { from: SimTime(10_000_000_000), to: SimTime(40_000_000_000) };

    #[test]
    fn only_the_window_counts_and_its_end_is_outside() {
        let mut rate = Rate::new(WINDOW);
        for at in [9_999_999_999, 10_000_000_000, 39_999_999_999, 40_000_000_000] {
            rate.add(SimTime(at));
        }
        let estimate = rate.estimate();
        assert_eq!(estimate.n, 2);
        assert!((estimate.value.expect("a window") - 2.0 / 30.0).abs() < 1e-15);
    }

    #[test]
    fn a_steady_stream_gets_an_interval_around_its_rate() {
        let (mut rate, mut numbers) = (Rate::new(WINDOW), Numbers::new(8));
        (0..4_000).for_each(|_| rate.add(SimTime(numbers.bits() % 40_000_000_000)));
        let estimate = rate.estimate();
        let (low, high) = (estimate.low.expect("steady"), estimate.high.expect("steady"));
        assert!(low < 100.0 && 100.0 < high && high - low < 12.0, "{low} to {high}");
    }

    #[test]
    fn an_empty_window_has_no_rate() {
        let rate = Rate::new(Window { from: SimTime(5), to: SimTime(5) });
        assert_eq!(rate.estimate().no_interval, Some(NoInterval::NoWindow));
    }
}
