//! A log-linear histogram: every value counted, within 0.8 % of its size.
//!
//! Values below 128 have a bucket each. Above, every power of two is cut into 64 buckets of equal
//! width, so that the middle of a bucket is at most 1/128 away from any value in it. Fixed size
//! (at most 3,776 buckets for all of `u64`), exact counts, mergeable.

use serde::{Deserialize, Serialize};

/// Buckets per power of two, as a power of two.
const BITS: u32 = 6;

/// Counts of values by size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Grown to the largest value seen.
    counts: Vec<u64>,
    total: u64,
    /// The least and the largest value.
    range: Option<[u64; 2]>,
}

/// A bucket: its place in the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bucket(usize);

impl Histogram {
    /// Counts one value.
    pub fn add(&mut self, value: u64) {
        let Bucket(place) = Bucket::of(value);
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        self.total += 1;
        self.stretch([value; 2]);
    }

    /// Values counted.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The smallest value that at least the share `p` of all values does not exceed, to within
    /// 0.8 %, and exactly where all are equal; `None` when nothing was counted.
    pub fn quantile(&self, p: f64) -> Option<u64> {
        self.bucket_at(p).map(|bucket| self.seen(bucket.middle()))
    }

    /// The value next to `value` in the range of what was counted.
    pub(super) fn seen(&self, value: u64) -> u64 {
        self.range.map_or(value, |[least, most]| value.clamp(least, most))
    }

    fn stretch(&mut self, by: [u64; 2]) {
        let [least, most] = self.range.unwrap_or(by);
        self.range = Some([least.min(by[0]), most.max(by[1])]);
    }

    /// Upper ends of the buckets that hold something, and how many values do not exceed them.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.scan(0, |below, (place, count)| {
            *below += count;
            Some((self.seen(Bucket(place).highest()), *below))
        })
    }

    /// Forgets everything, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
        self.range = None;
    }

    /// Adds what another one counted.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        other.range.into_iter().for_each(|range| self.stretch(range));
    }

    /// The bucket of the quantile `p`.
    pub(super) fn bucket_at(&self, p: f64) -> Option<Bucket> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is a count; the cast saturates"
        )]
        let rank = ((p * self.total as f64).ceil() as u64).clamp(1, self.total.max(1));
        let mut below = 0;
        let place = self.counts.iter().position(|count| {
            below += count;
            below >= rank
        });
        place.map(Bucket)
    }

    /// How many values lie in this bucket or below.
    pub(super) fn count_up_to(&self, Bucket(place): Bucket) -> u64 {
        self.counts.iter().take(place + 1).sum()
    }
}

impl Bucket {
    fn of(value: u64) -> Self {
        let shift = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
        let step = usize::try_from(value >> shift).expect("the shift leaves seven bits");
        Self(((shift as usize) << BITS) + step)
    }

    /// The smallest value in it.
    pub(super) const fn lowest(self) -> u64 {
        let (step, shift) = self.parts();
        step << shift
    }

    /// The largest value in it.
    pub(super) const fn highest(self) -> u64 {
        let (step, shift) = self.parts();
        (step << shift) + ((1 << shift) - 1)
    }

    const fn middle(self) -> u64 {
        let (lowest, highest) = (self.lowest(), self.highest());
        lowest + (highest - lowest) / 2
    }

    /// The number of its step within its power of two, and the binary logarithm of its width.
    const fn parts(self) -> (u64, usize) {
        let shift = (self.0 >> BITS).saturating_sub(1);
        ((self.0 - (shift << BITS)) as u64, shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn buckets_follow_each_other_without_gap_and_hold_their_values() {
        let mut next = 0;
        for place in 0..3_776 {
            assert_eq!(Bucket(place).lowest(), next, "bucket {place}");
            assert_eq!(Bucket::of(next), Bucket(place));
            assert_eq!(Bucket::of(Bucket(place).highest()), Bucket(place));
            next = Bucket(place).highest().wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bucket ends with the largest value");
    }

    #[test]
    fn the_middle_is_within_one_percent_of_every_value() {
        let mut numbers = Numbers::new(5);
        for _ in 0..100_000 {
            let value = numbers.bits() >> (numbers.bits() % 64);
            let middle = Bucket::of(value).middle();
            assert!(middle.abs_diff(value) as f64 <= 0.008 * value as f64, "{value} {middle}");
        }
    }

    #[test]
    fn quantiles_are_within_one_percent_of_the_sorted_values() {
        let mut numbers = Numbers::new(6);
        let mut histogram = Histogram::default();
        let mut values: Vec<u64> = (0..10_000).map(|_| numbers.bits() % 5_000_000_000).collect();
        for value in &values {
            histogram.add(*value);
        }
        values.sort_unstable();
        for (p, rank) in [(0.5, 5_000), (0.95, 9_500), (0.99, 9_900), (0.0, 1), (1.0, 10_000)] {
            let (exact, found) = (values[rank - 1], histogram.quantile(p).expect("values"));
            assert!(found.abs_diff(exact) as f64 <= 0.01 * exact as f64, "{p}: {found} {exact}");
        }
    }

    #[test]
    fn equal_values_come_out_exactly_also_when_merged() {
        let (mut one, mut two) = (Histogram::default(), Histogram::default());
        one.add(33_002);
        two.add(33_002);
        one.merge(&two);
        one.merge(&Histogram::default());
        assert_eq!([0.0, 0.5, 1.0].map(|p| one.quantile(p)), [Some(33_002); 3]);
        one.clear();
        one.add(900_000_001);
        assert_eq!(one.quantile(0.5), Some(900_000_001));
    }

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        let mut cleared = Histogram::default();
        cleared.add(9);
        cleared.clear();
        assert_eq!((cleared.quantile(0.5), cleared.total()), (None, 0));
    }

    #[test]
    fn merging_counts_both_and_the_cumulative_counts_end_at_the_total() {
        let (mut a, mut b) = (Histogram::default(), Histogram::default());
        for value in [1, 2, 2] {
            a.add(value);
        }
        for value in [2, 300] {
            b.add(value);
        }
        a.merge(&b);
        assert_eq!(a.cumulative().collect::<Vec<_>>(), [(1, 1), (2, 4), (300, 5)]);
        assert_eq!(a.count_up_to(Bucket(2)), 4);
    }
}
