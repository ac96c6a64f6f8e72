//! A log-linear histogram: every value counted, within 0.4 % of its size.
//!
//! Values below 512 have a bucket each. Above, every power of two is cut into 256 buckets of equal
//! width, so that a bucket is at most 1/256 as wide as the values in it. Fixed size (at most 14,592
//! buckets for all of `u64`), exact counts, mergeable.

use serde::{Deserialize, Serialize};

/// Buckets per power of two, as a power of two.
const BITS: u32 = 8;

/// The width of a bucket over the values in it, at most.
pub(super) const RESOLUTION: f64 = 1.0 / (1 << BITS) as f64;

/// Counts of values by size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Of the buckets from the least value seen to the largest.
    counts: Vec<u64>,
    /// The place of the first of them.
    first: usize,
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
        *self.count_mut(Bucket::of(value)) += 1;
        self.total += 1;
        self.stretch([value; 2]);
    }

    /// Values counted.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The count of a bucket, with room made for it.
    fn count_mut(&mut self, Bucket(place): Bucket) -> &mut u64 {
        if place < self.first || place - self.first >= self.counts.len() {
            self.make_room([place; 2]);
        }
        &mut self.counts[place - self.first]
    }

    /// Makes room for the buckets from one place to another, and all in between.
    fn make_room(&mut self, [low, high]: [usize; 2]) {
        if self.counts.is_empty() {
            self.first = low;
        }
        let first = self.first.min(low);
        let len = (self.first + self.counts.len()).max(high + 1) - first;
        if first < self.first {
            let mut counts = Vec::with_capacity(len);
            counts.resize(self.first - first, 0);
            counts.extend_from_slice(&self.counts);
            (self.counts, self.first) = (counts, first);
        }
        self.counts.resize(len, 0);
    }

    /// The smallest value that at least the share `p` of all values does not exceed: exactly where all are
    /// equal, else to within its bucket, in which values count as evenly spread. `None` when nothing was
    /// counted.
    pub fn quantile(&self, p: f64) -> Option<u64> {
        let bucket = self.bucket_at(p)?;
        let (lowest, width) = (bucket.lowest(), bucket.highest() - bucket.lowest() + 1);
        let count = self.count_of(bucket);
        let rank = self.rank(p) - (self.count_up_to(bucket) - count);
        // The values lie in the middles of `count` equal parts of the bucket.
        let into = u128::from(width) * u128::from(2 * rank - 1) / u128::from(2 * count);
        let into = u64::try_from(into).expect("less than the width");
        Some(self.seen(lowest + into))
    }

    /// The value next to `value` in the range of what was counted.
    fn seen(&self, value: u64) -> u64 {
        self.range.map_or(value, |[least, most]| value.clamp(least, most))
    }

    /// Whether all values are the same.
    pub(super) fn is_constant(&self) -> bool {
        self.range.is_some_and(|[least, most]| least == most)
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
            Some((self.seen(Bucket(self.first + place).highest()), *below))
        })
    }

    /// Forgets everything, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.counts.clear();
        self.total = 0;
        self.range = None;
    }

    /// Adds what another one counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let Some(range) = other.range else { return };
        if self.total == 0 {
            return self.clone_from(other);
        }
        self.make_room(range.map(|end| Bucket::of(end).0));
        let from = other.first - self.first;
        for (mine, theirs) in self.counts[from..].iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.stretch(range);
    }

    /// The place of the quantile `p` among all values in order, from 1.
    fn rank(&self, p: f64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is a count; the cast saturates"
        )]
        let rank = (p * self.total as f64).ceil() as u64;
        rank.clamp(1, self.total.max(1))
    }

    /// The bucket of the quantile `p`.
    pub(super) fn bucket_at(&self, p: f64) -> Option<Bucket> {
        let rank = self.rank(p);
        let mut below = 0;
        let place = self.counts.iter().position(|count| {
            below += count;
            below >= rank
        });
        place.map(|place| Bucket(self.first + place))
    }

    fn count_of(&self, Bucket(place): Bucket) -> u64 {
        place.checked_sub(self.first).and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// How many values lie in this bucket or below.
    pub(super) fn count_up_to(&self, Bucket(place): Bucket) -> u64 {
        (place + 1).checked_sub(self.first).map_or(0, |up_to| self.counts.iter().take(up_to).sum())
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

    /// How many whole numbers lie in it.
    pub(super) const fn width(self) -> f64 {
        (1_u64 << self.parts().1) as f64
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
        for place in 0..14_592 {
            assert_eq!(Bucket(place).lowest(), next, "bucket {place}");
            assert_eq!(Bucket::of(next), Bucket(place));
            assert_eq!(Bucket::of(Bucket(place).highest()), Bucket(place));
            next = Bucket(place).highest().wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bucket ends with the largest value");
    }

    #[test]
    fn no_bucket_is_wider_than_its_resolution() {
        let mut numbers = Numbers::new(5);
        for _ in 0..100_000 {
            let value = numbers.bits() >> (numbers.bits() % 64);
            let bucket = Bucket::of(value);
            let width = (bucket.highest() - bucket.lowest()) as f64;
            assert!(width <= RESOLUTION * value as f64, "{value} {width}");
        }
    }

    /// Four values in the bucket from 1,024 to 1,027, of which only the number is kept.
    #[test]
    fn quantiles_are_linear_within_a_bucket() {
        let mut histogram = Histogram::default();
        for value in [1_024, 1_025, 1_026, 1_027, 5_000] {
            histogram.add(value);
        }
        let found = [0.2, 0.4, 0.6, 0.8].map(|p| histogram.quantile(p));
        assert_eq!(found, [1_024, 1_025, 1_026, 1_027].map(Some));
    }

    #[test]
    fn quantiles_are_within_half_a_percent_of_the_sorted_values() {
        let mut numbers = Numbers::new(6);
        let mut histogram = Histogram::default();
        let mut values: Vec<u64> = (0..10_000).map(|_| numbers.bits() % 5_000_000_000).collect();
        for value in &values {
            histogram.add(*value);
        }
        values.sort_unstable();
        for (p, rank) in [(0.5, 5_000), (0.95, 9_500), (0.99, 9_900), (0.0, 1), (1.0, 10_000)] {
            let (exact, found) = (values[rank - 1], histogram.quantile(p).expect("values"));
            assert!(found.abs_diff(exact) as f64 <= 0.004 * exact as f64, "{p}: {found} {exact}");
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
