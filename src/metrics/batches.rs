//! Batches of consecutive observations, in fixed memory however long the run gets.

use serde::{Deserialize, Serialize};

use crate::metrics::estimate::{Estimate, Method, NoInterval, Spread};
use crate::rows::Window;
use crate::units::SimTime;

/// Most batches that tests of a figure's level rest on.
pub(super) const BATCHES_MAX: usize = 30;

/// Fewest observations for an interval: about ten in each of 20 batches.
pub(super) const OBSERVATIONS_MIN: u64 = 200;

/// Small batches kept at most; then neighbours are joined. With 240 to 480 of them, 20 to 30 large
/// ones leave at most one sixteenth of the observations out of the interval (never out of the value).
const SMALL_BATCHES: usize = 480;

/// Slices of a window, to be joined into 30 batches.
const SLICES: usize = 480;

/// The ratio of two sums, Σx/Σy, with batches of consecutive observations behind it.
///
/// With y = 1 it is the mean of x. The value uses every observation. Consecutive is what is added one after the other,
/// or, over a window, what belongs to the same part of it: where payments that fail are told at once and others
/// when they are final, the first batches in the order of telling would hold all failures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Batches {
    small: Vec<[f64; 2]>,
    small_size: u64,
    open: [f64; 2],
    open_size: u64,
    sums: [f64; 2],
    n: u64,
    window: Option<Window>,
}

impl Default for Batches {
    fn default() -> Self {
        Self {
            small: Vec::new(),
            small_size: 1,
            open: [0.0; 2],
            open_size: 0,
            sums: [0.0; 2],
            n: 0,
            window: None,
        }
    }
}

impl Batches {
    /// Batches that are slices of a window.
    pub(super) fn over(window: Window) -> Self {
        Self { small: vec![[0.0; 2]; SLICES], window: Some(window), ..Self::default() }
    }

    /// Takes in one observation of both that belongs to a moment of the window; of one outside it in the value only.
    pub(super) fn add_pair_at(&mut self, at: SimTime, x: f64, y: f64) {
        self.n += 1;
        self.sums = plus(self.sums, [x, y]);
        if let Some(place) = self.window.and_then(|window| window.part(at, SLICES)) {
            self.small[place] = plus(self.small[place], [x, y]);
        }
    }

    /// Takes in one observation of x, with y = 1.
    pub(super) fn add(&mut self, x: f64) {
        self.add_pair(x, 1.0);
    }

    /// Takes in one observation of both.
    pub(super) fn add_pair(&mut self, x: f64, y: f64) {
        self.n += 1;
        self.sums = plus(self.sums, [x, y]);
        self.open = plus(self.open, [x, y]);
        self.open_size += 1;
        if self.open_size == self.small_size {
            self.small.push(std::mem::take(&mut self.open));
            self.open_size = 0;
        }
        if self.small.len() == SMALL_BATCHES {
            self.small = joined(&self.small, 2);
            self.small_size *= 2;
        }
    }

    /// Observations so far.
    pub(super) const fn n(&self) -> u64 {
        self.n
    }

    /// Σx/Σy; `None` when there is nothing to divide by.
    pub(super) fn value(&self) -> Option<f64> {
        Some(self.sums[0] / self.sums[1]).filter(|v| v.is_finite())
    }

    /// How far the batches spread around the value.
    ///
    /// Delta method: the residuals x − value·y of the batches over the mean of y.
    pub(super) fn spread(&self) -> Result<Spread, NoInterval> {
        if self.n < OBSERVATIONS_MIN {
            return Err(if self.n == 0 { NoInterval::NoObservations } else { NoInterval::TooFew });
        }
        self.value().ok_or(NoInterval::NoObservations)?;
        Spread::of(&self.residuals())
    }

    /// How far each of 20 to 30 batches lies from the value, in their order; few observations have none.
    pub(super) fn residuals(&self) -> Vec<f64> {
        let Some(value) = self.value().filter(|_| self.n >= OBSERVATIONS_MIN) else {
            return Vec::new();
        };
        let large = joined(&self.small, self.small.len().div_ceil(BATCHES_MAX));
        let mean_y = large.iter().map(|[_, y]| y).sum::<f64>() / large.len() as f64;
        large.iter().map(|[x, y]| (x - value * y) / mean_y).collect()
    }

    /// At most `most` means of consecutive batches, and the observations in each.
    pub(super) fn course(&self, most: usize) -> (u64, Vec<f64>) {
        let group = self.small.len().div_ceil(most).max(1).next_power_of_two();
        let means = joined(&self.small, group).iter().map(|[x, y]| x / y).collect();
        (self.small_size * group as u64, means)
    }

    /// The ratio of figures that are never negative, with its interval.
    pub(super) fn estimate(&self) -> Estimate {
        self.within(f64::INFINITY)
    }

    /// The same for a share, which is never above 1 either.
    pub(super) fn share(&self) -> Estimate {
        self.within(1.0)
    }

    /// The ratio with the part of its interval that lies between 0 and `most`.
    fn within(&self, most: f64) -> Estimate {
        let Some(value) = self.value() else {
            return Estimate::without_interval(None, self.n, NoInterval::NoObservations);
        };
        let estimate = match self.spread() {
            Ok(spread) => {
                let half = spread.half_width();
                let ends = [(value - half).max(0.0), (value + half).min(most)];
                let batches = Some(spread.batches);
                Estimate::with_interval(value, ends, self.n, Method::BatchMeans, batches)
            }
            Err(why) => Estimate::without_interval(Some(value), self.n, why),
        };
        estimate.judged(&self.residuals())
    }
}

fn plus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// Sums of `group` neighbours each; an incomplete last group is left out.
fn joined(batches: &[[f64; 2]], group: usize) -> Vec<[f64; 2]> {
    batches.chunks_exact(group).map(|few| few.iter().copied().fold([0.0; 2], plus)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn nothing_observed_gives_null_and_not_nan() {
        let nothing = Batches::default().estimate();
        assert_eq!(nothing.value, None);
        assert_eq!(nothing.no_interval, Some(NoInterval::NoObservations));
        let mut zeros = Batches::default();
        zeros.add_pair(0.0, 0.0);
        assert_eq!(zeros.estimate().value, None);
    }

    #[test]
    fn an_interval_holds_no_impossible_figures() {
        let mut batches = Batches::default();
        for i in 0..1_000 {
            // One observation weighs as much as all others together.
            let rare = i == 500;
            batches.add_pair(if rare { 0.0 } else { 1.0 }, if rare { 1_000.0 } else { 1.0 });
        }
        let (free, share) = (batches.estimate(), batches.share());
        assert!(free.high > Some(1.0), "{free:?}");
        assert_eq!((share.low, share.high), (free.low, Some(1.0)));
        assert_eq!(share.low, Some(0.0));
    }

    /// Of 5,000 payments one in five fails, told at once; those that settle are told after all others.
    #[test]
    fn batches_over_a_window_do_not_depend_on_the_order_of_telling() {
        let window = Window { from: SimTime(1_000), to: SimTime(6_000) };
        let (mut told, mut submitted) = (Batches::default(), Batches::over(window));
        let mut in_order = Batches::over(window);
        let mut numbers = Numbers::new(4);
        let payments: Vec<_> = (1_000..6_000)
            .map(|at| (SimTime(at), f64::from(u8::from(numbers.uniform() > 0.2))))
            .collect();
        for (at, settled) in &payments {
            in_order.add_pair_at(*at, *settled, 1.0);
        }
        let mut by_telling = payments;
        by_telling.sort_by(|one, other| one.1.total_cmp(&other.1));
        for (at, settled) in by_telling {
            told.add(settled);
            submitted.add_pair_at(at, settled, 1.0);
        }
        assert_eq!(told.estimate().no_interval, Some(NoInterval::Correlated));
        assert_eq!(submitted.estimate(), in_order.estimate());
        let (low, high) = (submitted.share().low.expect("steady"), submitted.share().high);
        assert!(low < 0.8 && high > Some(0.8) && low > 0.77, "{low} {high:?}");
        submitted.add_pair_at(SimTime(6_000), 0.0, 1_000.0);
        assert_eq!(submitted.n(), 5_001);
        assert!(submitted.value().expect("some") < 0.7, "what lies outside counts in the value");
    }

    #[test]
    fn few_observations_give_the_mean_alone() {
        let mut few = Batches::default();
        for x in [1.0, 2.0, 6.0] {
            few.add(x);
        }
        let estimate = few.estimate();
        assert_eq!((estimate.value, estimate.n), (Some(3.0), 3));
        assert_eq!(estimate.no_interval, Some(NoInterval::TooFew));
    }

    #[test]
    fn memory_stays_bounded_and_batches_stay_between_20_and_30() {
        let mut numbers = Numbers::new(1);
        let mut batches = Batches::default();
        for n in 1..50_000_u64 {
            batches.add(numbers.uniform());
            assert!(batches.small.len() < SMALL_BATCHES);
            if n >= OBSERVATIONS_MIN && n % 97 == 0 {
                let large = joined(&batches.small, batches.small.len().div_ceil(BATCHES_MAX));
                assert!((20..=BATCHES_MAX).contains(&large.len()), "{} at {n}", large.len());
            }
        }
        let mean = batches.value().expect("observations");
        assert!((mean - 0.5).abs() < 0.01);
    }

    #[test]
    fn intervals_of_independent_means_cover_the_truth_19_times_in_20() {
        let (mut covered, mut given) = (0, 0);
        for seed in 0..1_000 {
            let mut numbers = Numbers::new(seed);
            let mut batches = Batches::default();
            for _ in 0..1_000 {
                let y = 1.0 + numbers.uniform();
                batches.add_pair(y * 2.0 * numbers.uniform(), y);
            }
            let estimate = batches.estimate();
            if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                given += 1;
                covered += i32::from(low <= 1.0 && 1.0 <= high);
            }
        }
        assert!(given > 850, "only {given} intervals");
        let coverage = f64::from(covered) / f64::from(given);
        assert!((0.93..=0.97).contains(&coverage), "coverage {coverage}");
    }

    #[test]
    fn slowly_wandering_observations_are_refused() {
        let mut numbers = Numbers::new(3);
        let (mut batches, mut level) = (Batches::default(), 0.0);
        for _ in 0..5_000 {
            level = 0.9995 * level + numbers.uniform() - 0.5;
            batches.add(level);
        }
        assert_eq!(batches.estimate().no_interval, Some(NoInterval::Correlated));
    }
}
