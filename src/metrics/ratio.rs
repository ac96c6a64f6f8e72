//! A share of successes.

use serde::{Deserialize, Serialize};

use crate::math;
use crate::metrics::batches::{Batches, OBSERVATIONS_MIN};
use crate::metrics::estimate::{Estimate, Method, NoInterval, Spread, wilson, wilson_95};
use crate::rows::Window;
use crate::units::SimTime;

/// Successes among trials that may depend on each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ratio {
    hits: u64,
    batches: Batches,
}

impl Ratio {
    /// Trials that belong to moments of a window.
    pub(super) fn over(window: Window) -> Self {
        Self { hits: 0, batches: Batches::over(window) }
    }

    /// Takes in one trial that belongs to a moment.
    pub(super) fn add_at(&mut self, at: SimTime, hit: bool) {
        self.hits += u64::from(hit);
        self.batches.add_pair_at(at, f64::from(u8::from(hit)), 1.0);
    }

    /// Takes in one trial.
    pub(super) fn add(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.batches.add(f64::from(u8::from(hit)));
    }

    /// The share with Wilson's interval.
    ///
    /// From [`OBSERVATIONS_MIN`] trials on it rests on the number of *independent* trials that would
    /// differ between batches as much as these do.
    pub(super) fn estimate(&self) -> Estimate {
        let n = self.batches.n();
        let Some(ends) = wilson_95(self.hits, n) else {
            return Estimate::without_interval(None, n, NoInterval::NoObservations);
        };
        let share = self.hits as f64 / n as f64;
        if n < OBSERVATIONS_MIN {
            return Estimate::with_interval(share, ends, n, Method::Wilson, None);
        }
        let estimate = match self.batches.spread() {
            Ok(spread) => {
                let ends = widened(share, n as f64, spread);
                let batches = Some(spread.batches);
                Estimate::with_interval(share, ends, n, Method::WilsonEffectiveN, batches)
            }
            Err(why) => Estimate::without_interval(Some(share), n, why),
        };
        estimate.judged(&self.batches.residuals())
    }
}

/// Wilson's interval with `n` divided by the design effect, which is taken as at least 1: batches
/// that happen to agree are no evidence of more information than independent trials carry.
fn widened(share: f64, n: f64, spread: Spread) -> [f64; 2] {
    let independent = share * (1.0 - share) / n;
    let effect = if independent > 0.0 { spread.error * spread.error / independent } else { 1.0 };
    if effect <= 1.0 {
        return wilson(share * n, n, math::inverse_normal(0.975));
    }
    wilson(share * n / effect, n / effect, spread.t())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn few_trials_get_the_plain_interval() {
        let mut ratio = Ratio::default();
        (0..20).for_each(|_| ratio.add(false));
        let estimate = ratio.estimate();
        assert_eq!((estimate.value, estimate.low), (Some(0.0), Some(0.0)));
        assert!((estimate.high.expect("trials") - 0.1611).abs() < 5e-5);
    }

    #[test]
    fn no_trials_give_null() {
        let estimate = Ratio::default().estimate();
        assert_eq!((estimate.value, estimate.low, estimate.high), (None, None, None));
    }

    #[test]
    fn certain_success_keeps_an_interval_that_ends_at_one() {
        let mut ratio = Ratio::default();
        (0..1_000).for_each(|_| ratio.add(true));
        let estimate = ratio.estimate();
        assert_eq!((estimate.value, estimate.high), (Some(1.0), Some(1.0)));
        assert!((0.99..1.0).contains(&estimate.low.expect("trials")));
    }

    fn coverage(trials: u32, truth: f64, block: u32) -> (f64, u32) {
        let (mut covered, mut given) = (0, 0);
        for seed in 0..1_000 {
            let mut numbers = Numbers::new(seed);
            let mut ratio = Ratio::default();
            for _ in 0..trials / block {
                let hit = numbers.uniform() < truth;
                (0..block).for_each(|_| ratio.add(hit));
            }
            let estimate = ratio.estimate();
            if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                given += 1;
                covered += u32::from(low <= truth && truth <= high);
            }
        }
        (f64::from(covered) / f64::from(given), given)
    }

    #[test]
    fn intervals_of_independent_trials_cover_the_truth() {
        for (trials, truth) in [(100, 0.5), (1_000, 0.9), (2_000, 0.02)] {
            let (share, given) = coverage(trials, truth, 1);
            assert!(given > 850, "{given} of 1,000 intervals");
            assert!((0.93..=0.985).contains(&share), "{trials} trials at {truth}: {share}");
        }
    }

    #[test]
    fn intervals_also_cover_the_truth_when_eight_trials_always_go_together() {
        // Plain Wilson would cover it in about half of the cases.
        let (share, given) = coverage(4_000, 0.7, 8);
        assert!(given > 850, "{given} of 1,000 intervals");
        assert!((0.92..=0.98).contains(&share), "coverage {share}");
    }
}
