//! Drawing one of many things in proportion to weights.
//!
//! Cumulative integer sums and a binary search: one draw each, exact, and an item can be left out
//! without a second try.

use crate::engine::Source;

/// Weighted items, named by their place. At least one weight is positive.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// `cumulative[i]`: sum of the weights 0 ..= i.
    cumulative: Vec<u64>,
}

impl Weights {
    /// From whole weights; `None` when all are 0 or their sum exceeds `u64`.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut sum = 0_u64;
        let cumulative = weights
            .into_iter()
            .map(|weight| {
                sum = sum.checked_add(weight)?;
                Some(sum)
            })
            .collect::<Option<Vec<u64>>>()?;
        (sum > 0).then_some(Self { cumulative })
    }

    /// `count` items that weigh the same; `count` must not be 0.
    pub(crate) fn equal(count: usize) -> Self {
        Self { cumulative: (1..=count as u64).collect() }
    }

    /// From any shares, to within 10^-10 of the largest; a positive share keeps a positive weight.
    /// `None` when one is negative or not finite, or all are 0.
    pub(crate) fn from_shares(shares: &[f64]) -> Option<Self> {
        /// 2^36: up to 2^28 items cannot overflow.
        const SCALE: f64 = 68_719_476_736.0;
        let largest = shares.iter().copied().fold(0.0, f64::max);
        if largest <= 0.0 || shares.iter().any(|share| !share.is_finite() || *share < 0.0) {
            return None;
        }
        Self::new(shares.iter().map(|share| scaled(share / largest * SCALE)))
    }

    /// One item.
    pub(crate) fn draw(&self, draws: &mut Source) -> usize {
        self.item_at(draws.below(self.total()))
    }

    /// One item other than `left_out`; at least one other item must have a positive weight.
    pub(crate) fn draw_other(&self, left_out: usize, draws: &mut Source) -> usize {
        self.draw_from(0, Some(left_out), draws).expect("another item has a positive weight")
    }

    /// One of the items from place `first` on, without the one at `left_out` (which is not before
    /// `first`); `None`, and no draw, when none of them has a positive weight.
    pub(crate) fn draw_from(
        &self,
        first: usize,
        left_out: Option<usize>,
        draws: &mut Source,
    ) -> Option<usize> {
        let start = self.before(first);
        let (until, own) =
            left_out.map_or((self.total(), 0), |place| (self.before(place), self.weight(place)));
        let rest = self.total() - start - own;
        if rest == 0 {
            return None;
        }
        let point = start + draws.below(rest);
        Some(self.item_at(if point < until { point } else { point + own }))
    }

    /// The weight of one item.
    pub(crate) fn weight(&self, place: usize) -> u64 {
        self.cumulative[place] - self.before(place)
    }

    /// The weights of all items before this place.
    fn before(&self, place: usize) -> u64 {
        place.checked_sub(1).map_or(0, |last| self.cumulative[last])
    }

    /// Items with a positive weight.
    pub(crate) fn positive(&self) -> usize {
        let sums = &self.cumulative;
        usize::from(sums[0] > 0) + sums.windows(2).filter(|pair| pair[0] < pair[1]).count()
    }

    fn total(&self) -> u64 {
        *self.cumulative.last().expect("a positive sum has at least one item")
    }

    fn item_at(&self, point: u64) -> usize {
        self.cumulative.partition_point(|sum| *sum <= point)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value lies between 0 and 2^36"
)]
fn scaled(value: f64) -> u64 {
    if value > 0.0 { ((value + 0.5) as u64).max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;

    #[test]
    fn every_point_belongs_to_the_item_that_covers_it() {
        let weights = Weights::new([2, 0, 3]).unwrap();
        let items: Vec<usize> = (0..5).map(|point| weights.item_at(point)).collect();
        assert_eq!(items, [0, 0, 2, 2, 2]);
        assert_eq!(weights.positive(), 2);
    }

    #[test]
    fn an_item_left_out_is_never_drawn_and_the_others_keep_their_proportion() {
        let weights = Weights::new([1, 5, 3]).unwrap();
        let mut draws = Seeds::new(1, 0).stream("weights");
        let mut counts = [0_u32; 3];
        for _ in 0..40_000 {
            counts[weights.draw_other(1, &mut draws)] += 1;
        }
        assert_eq!(counts[1], 0);
        let off = f64::from(counts[0]) - 10_000.0;
        assert!(off.abs() < 3.3 * 7_500_f64.sqrt(), "{counts:?}");
    }

    #[test]
    fn draws_from_a_place_on_keep_proportions_and_leave_one_out() {
        let weights = Weights::new([7, 1, 5, 3]).unwrap();
        let mut draws = Seeds::new(1, 0).stream("weights");
        let mut counts = [0_u32; 4];
        for _ in 0..40_000 {
            counts[weights.draw_from(1, Some(2), &mut draws).unwrap()] += 1;
        }
        assert_eq!([counts[0], counts[2]], [0, 0]);
        let off = f64::from(counts[1]) - 10_000.0;
        assert!(off.abs() < 3.3 * 7_500_f64.sqrt(), "{counts:?}");
        assert_eq!(weights.draw_from(3, Some(3), &mut draws), None);
        assert_eq!(weights.draw_from(4, None, &mut draws), None);
        assert_eq!(weights.draw_from(3, None, &mut draws), Some(3));
    }

    #[test]
    fn shares_must_be_finite_and_not_all_zero() {
        for bad in [&[][..], &[0.0, 0.0], &[1.0, -0.1], &[1.0, f64::NAN], &[f64::INFINITY]] {
            assert!(Weights::from_shares(bad).is_none(), "{bad:?}");
        }
        assert_eq!(Weights::from_shares(&[1e-30, 1.0]).unwrap().positive(), 2);
    }

    #[test]
    fn a_sum_beyond_64_bits_is_refused() {
        assert!(Weights::new([u64::MAX, 1]).is_none());
    }
}
