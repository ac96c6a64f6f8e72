//! Quantiles of observations that may depend on each other.

use serde::{Deserialize, Serialize};

use crate::math;
use crate::metrics::batches::{BATCHES_MAX, OBSERVATIONS_MIN};
use crate::metrics::estimate::{Estimate, Method, NoInterval, Spread};
use crate::metrics::histogram::{Bucket, Histogram};

/// Small batches kept at most; then neighbours are joined. From 45 to 90 of them, two or three at a
/// time make 20 to 30 large ones.
const SMALL_BATCHES: usize = 90;

/// Observations beyond the quantile that each batch should have on average.
const BEYOND_MIN: f64 = 2.0;

/// A histogram per batch of consecutive observations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Quantiles {
    small: Vec<Histogram>,
    small_size: u64,
    open: Histogram,
}

impl Default for Quantiles {
    fn default() -> Self {
        Self { small: Vec::new(), small_size: 1, open: Histogram::default() }
    }
}

impl Quantiles {
    /// Takes in one observation.
    pub(super) fn add(&mut self, value: u64) {
        self.open.add(value);
        if self.open.total() == self.small_size {
            self.small.push(std::mem::take(&mut self.open));
        }
        if self.small.len() == SMALL_BATCHES {
            self.small = joined(&self.small, 2);
            self.small_size *= 2;
        }
    }

    /// The quantiles `ps` with their intervals, in units of `1 / per_unit`.
    pub(super) fn estimates<const N: usize>(&self, ps: [f64; N], per_unit: f64) -> [Estimate; N] {
        self.estimates_below(ps, per_unit, 0)
    }

    /// The same with `beyond` observations more, larger than all others: waits that were not over when the
    /// run ended. Left out, they would make a queue that never empties look short.
    pub(super) fn estimates_below<const N: usize>(
        &self,
        ps: [f64; N],
        per_unit: f64,
        beyond: u64,
    ) -> [Estimate; N] {
        let mut all = self.open.clone();
        self.small.iter().for_each(|batch| all.merge(batch));
        let large = joined(&self.small, self.small.len().div_ceil(BATCHES_MAX).max(1));
        let more = (all.total() + beyond) as f64 / all.total().max(1) as f64;
        ps.map(|p| {
            let p = p * more;
            if p > 1.0 && all.total() > 0 {
                return Estimate::without_interval(None, all.total(), NoInterval::NotOver);
            }
            let (Some(value), Some(bucket)) = (all.quantile(p), all.bucket_at(p)) else {
                return Estimate::without_interval(None, 0, NoInterval::NoObservations);
            };
            let n = all.total();
            let width = if all.is_constant() { 1.0 } else { bucket.width() };
            let value = rounded(value as f64 / per_unit, width / per_unit);
            let estimate = match interval(&all, &large, p) {
                Ok((ends, batches)) => {
                    let batches = Some(batches);
                    let ends = ends.map(|end| end / per_unit);
                    Estimate::with_interval(value, ends, n, Method::BatchQuantile, batches)
                }
                Err(why) => Estimate::without_interval(Some(value), n, why),
            };
            // Shares of each batch beyond the quantile of all would hardly show that an upper one grows: most
            // batches have none.
            let is_enough = n >= OBSERVATIONS_MIN;
            let of_batch = |batch: &Histogram| batch.quantile(p.min(1.0)).map(|value| value as f64);
            let quantiles: Vec<f64> =
                large.iter().filter(|_| is_enough).filter_map(of_batch).collect();
            estimate.judged(&quantiles)
        })
    }
}

/// A figure with the digits that a bucket of this width leaves it.
fn rounded(value: f64, width: f64) -> f64 {
    let digits = -math::log10(width).floor();
    let scale = math::pow(10.0, digits.abs());
    if digits >= 0.0 { (value * scale).round() / scale } else { (value / scale).round() * scale }
}

/// The 95 % interval of quantile `p`, from the lower edge of one bucket to the upper edge of another, so
/// that it is never narrower than a bucket; and the batches behind it.
///
/// Woodruff (*Journal of the American Statistical Association* 47, 1952): the share of values up to
/// the quantile is a mean, has an interval, and this is turned back into values.
fn interval(all: &Histogram, large: &[Histogram], p: f64) -> Result<([f64; 2], u32), NoInterval> {
    let beyond = all.total() as f64 * p.min(1.0 - p);
    if all.total() < OBSERVATIONS_MIN || beyond < BEYOND_MIN * large.len() as f64 {
        return Err(NoInterval::TooFew);
    }
    let bucket = all.bucket_at(p).ok_or(NoInterval::NoObservations)?;
    let spread = Spread::of(&shares_up_to(large, bucket))?;
    let half = spread.half_width();
    if p - half <= 0.0 || p + half >= 1.0 {
        return Err(NoInterval::TooFew);
    }
    let low = all.bucket_at(p - half).ok_or(NoInterval::NoObservations)?;
    let high = all.bucket_at(p + half).ok_or(NoInterval::NoObservations)?;
    Ok(([low.lowest() as f64, high.highest() as f64 + 1.0], spread.batches))
}

/// The share of each batch that lies up to a bucket.
fn shares_up_to(large: &[Histogram], bucket: Bucket) -> Vec<f64> {
    large.iter().map(|batch| batch.count_up_to(bucket) as f64 / batch.total() as f64).collect()
}

/// `group` neighbours merged each; an incomplete last group is left out.
fn joined(batches: &[Histogram], group: usize) -> Vec<Histogram> {
    let merged = |few: &[Histogram]| {
        let mut all = Histogram::default();
        for batch in few {
            all.merge(batch);
        }
        all
    };
    batches.chunks_exact(group).map(merged).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::stationarity::Verdict;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn what_is_not_over_lies_beyond_everything_seen() {
        let mut quantiles = Quantiles::default();
        (1..=100).for_each(|value| quantiles.add(value));
        let values = |beyond| {
            quantiles.estimates_below([0.4, 0.5, 0.99], 1.0, beyond).map(|found| found.value)
        };
        assert_eq!(values(0), quantiles.estimates([0.4, 0.5, 0.99], 1.0).map(|found| found.value));
        // Half of 200 are 100, all that were seen; 40 % of them are 80.
        assert_eq!(values(100), [Some(80.0), Some(100.0), None]);
        assert_eq!(values(1_000), [None; 3]);
        let [found] = quantiles.estimates_below([0.5], 1.0, 1_000);
        assert_eq!((found.no_interval, found.n), (Some(NoInterval::NotOver), 100));
        let [nothing] = Quantiles::default().estimates_below([0.5], 1.0, 7);
        assert_eq!(nothing.no_interval, Some(NoInterval::NoObservations));
    }

    #[test]
    fn steady_growth_is_seen_in_every_quantile() {
        let (mut quantiles, mut numbers) = (Quantiles::default(), Numbers::new(3));
        for wait in 0..5_000 {
            quantiles.add(1_000_000 + wait * 100 + numbers.bits() % 500_000);
        }
        for estimate in quantiles.estimates([0.5, 0.95, 0.99], 1.0) {
            assert_eq!((estimate.verdict, estimate.low), (Some(Verdict::Drifting), None));
        }
    }

    #[test]
    fn no_interval_is_narrower_than_a_bucket() {
        let (mut quantiles, mut numbers) = (Quantiles::default(), Numbers::new(9));
        // All in the bucket from 2^20 to 2^20 + 2^12.
        (0..4_000).for_each(|_| quantiles.add((1 << 20) + numbers.bits() % 4_096));
        let [p50] = quantiles.estimates([0.5], 1.0);
        assert_eq!((p50.low, p50.high), (Some(1_048_576.0), Some(1_052_672.0)));
        let middle = p50.value.expect("observations");
        assert!((middle - 1_050_624.0).abs() < 600.0, "{middle}");
    }

    #[test]
    fn nothing_observed_gives_null() {
        let [p50] = Quantiles::default().estimates([0.5], 1.0);
        assert_eq!((p50.value, p50.no_interval), (None, Some(NoInterval::NoObservations)));
    }

    #[test]
    fn quantiles_do_not_decrease_and_few_observations_have_no_interval() {
        let mut quantiles = Quantiles::default();
        (1..=100).for_each(|v| quantiles.add(v));
        let [p50, p95, p99] = quantiles.estimates([0.5, 0.95, 0.99], 1.0);
        assert_eq!([p50.value, p95.value, p99.value], [Some(50.0), Some(95.0), Some(99.0)]);
        assert_eq!(p50.no_interval, Some(NoInterval::TooFew));
    }

    #[test]
    fn a_tail_with_hardly_any_observations_has_no_interval() {
        let mut quantiles = Quantiles::default();
        let mut numbers = Numbers::new(2);
        (0..1_000).for_each(|_| quantiles.add(numbers.bits() % 1_000_000));
        let [p50, p99] = quantiles.estimates([0.5, 0.99], 1.0);
        assert!(p50.low.is_some());
        assert_eq!(p99.no_interval, Some(NoInterval::TooFew));
    }

    #[test]
    fn intervals_of_independent_quantiles_cover_the_truth() {
        for (p, truth) in [(0.5, 500_000.0), (0.95, 950_000.0)] {
            let (mut covered, mut given) = (0, 0);
            for seed in 0..400 {
                let mut numbers = Numbers::new(seed);
                let mut quantiles = Quantiles::default();
                (0..2_000).for_each(|_| quantiles.add(numbers.bits() % 1_000_000));
                let [estimate] = quantiles.estimates([p], 1.0);
                if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                    given += 1;
                    covered += u32::from(low <= truth && truth <= high);
                }
            }
            assert!(given > 340, "{given} of 400 intervals");
            let share = f64::from(covered) / f64::from(given);
            assert!((0.92..=0.995).contains(&share), "quantile {p}: coverage {share}");
        }
    }
}
