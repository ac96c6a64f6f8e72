//! Where the bounds on a channel's balance have been: LDK's historical buckets.
//!
//! Facts: `lightning/src/routing/scoring.rs`, `bucketed_history`, commit `cfee4b755`. Positions are in 2^14ths of the
//! capacity; the 32 buckets are narrow at both ends. Each result adds 32 (one point, with five bits behind the point)
//! to the bucket in which a bound is, after all have lost one part in 2,048.

use serde::{Deserialize, Serialize};

use crate::routing::ldk::probability::success_probability;

/// Where each bucket begins, and the end of the last one.
const STARTS: [u16; 33] = [
    0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_072, 4_096, 6_144, 8_192, 10_240,
    12_288, 13_312, 14_336, 15_360, 15_872, 16_128, 16_256, 16_320, 16_352, 16_368, 16_376, 16_380,
    16_382, 16_383, 16_384,
];
/// Positions in a channel.
const TICKS: u64 = 1 << 14;
/// One point.
const ONE: u16 = 32;
/// With less weight than this in all, there is no history.
const LEAST_WEIGHT: f64 = 1_048_576.0;

/// Points of one bound by its distance from the end at which nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Buckets([u16; 32]);

impl Buckets {
    /// The bound is at this distance now.
    pub(super) fn track(&mut self, offset_msat: u64, capacity_msat: u64) {
        let position = position(offset_msat, capacity_msat);
        if position >= TICKS {
            return;
        }
        for bucket in &mut self.0 {
            *bucket = scaled(*bucket, 2_047, 2_048);
        }
        let place = STARTS.partition_point(|&start| u64::from(start) <= position) - 1;
        self.0[place] = self.0[place].saturating_add(ONE);
    }

    /// What is left after so many parts in 1,024.
    pub(super) fn decay(&mut self, factor: u32) {
        for bucket in &mut self.0 {
            *bucket = scaled(*bucket, factor, 1_024);
        }
    }
}

fn scaled(bucket: u16, factor: u32, whole: u32) -> u16 {
    u16::try_from(u32::from(bucket) * factor / whole).unwrap_or(u16::MAX)
}

/// 2^14ths of the capacity.
fn position(amount_msat: u64, capacity_msat: u64) -> u64 {
    let wide = u128::from(amount_msat) * u128::from(TICKS) / (u128::from(capacity_msat) + 1);
    u64::try_from(wide).unwrap_or(TICKS).min(TICKS)
}

/// Probability that a channel with these histories of its lower and upper bound can send `amount`, in 2^30ths;
/// `None`: too little is known.
pub(super) fn success_times_billion(
    lower: &Buckets,
    upper: &Buckets,
    amount_msat: u64,
    capacity_msat: u64,
    linear: bool,
) -> Option<u64> {
    let paid = position(amount_msat, capacity_msat);
    let total = total_weight(lower, upper);
    if paid >= TICKS || total < LEAST_WEIGHT {
        return None;
    }
    let chance = |low: u64, high: u64| {
        let (numerator, denominator) =
            success_probability(paid, low, high, TICKS - 1, (linear, true));
        numerator / denominator
    };
    let mut sum = 0.0;
    // A lower bound of zero mostly means that a payment failed: of all upper bounds only the one farthest from the
    // capacity counts, for the weight of all.
    if lower.0[0] != 0 {
        let weight: u128 = upper.0.iter().map(|&upper| u128::from(weight(lower.0[0], upper))).sum();
        let full = upper.0.iter().rposition(|&bucket| bucket >= ONE);
        let any = upper.0.iter().rposition(|&bucket| bucket != 0);
        let high = u64::from(STARTS[32 - full.or(any).unwrap_or(0)] - 1);
        if paid < high {
            sum += float(weight) / total * chance(0, high);
        }
    }
    for (place, &low) in lower.0.iter().enumerate().skip(1).filter(|(_, low)| **low != 0) {
        let start = u64::from(STARTS[place]);
        for (other, &up) in upper.0.iter().enumerate().take(32 - place) {
            let high = u64::from(STARTS[32 - other] - 1);
            if paid >= high {
                break;
            }
            let share = float(u128::from(weight(low, up))) / total;
            sum += if paid < start { share } else { share * chance(start, high) };
        }
    }
    Some(billionths(sum))
}

/// LDK raises what buckets hold to the fourth power.
const fn weight(lower: u16, upper: u16) -> u64 {
    let product = lower as u64 * upper as u64;
    product * product
}

/// Of all pairs in which the lower bound is not above the upper one.
fn total_weight(lower: &Buckets, upper: &Buckets) -> f64 {
    let mut sum = 0_u128;
    for (place, &low) in lower.0.iter().enumerate().filter(|(_, low)| **low != 0) {
        sum += upper.0.iter().take(32 - place).map(|&up| u128::from(weight(low, up))).sum::<u128>();
    }
    float(sum)
}

#[expect(clippy::cast_precision_loss, reason = "LDK divides weights as doubles")]
const fn float(weight: u128) -> f64 {
    weight as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability of at most 1, truncated as LDK does"
)]
fn billionths(probability: f64) -> u64 {
    (probability * 1_073_741_824.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_at_both_ends_and_widths_double() {
        let bucket = |position: u64| {
            let mut buckets = Buckets::default();
            buckets.track(position, TICKS - 1);
            buckets.0.iter().position(|&points| points == ONE)
        };
        for (position, expected) in
            [(0, 0), (1, 1), (3, 2), (4, 3), (8_191, 15), (8_192, 16), (16_382, 30), (16_383, 31)]
        {
            assert_eq!(bucket(position), Some(expected), "{position}");
        }
        assert_eq!(bucket(16_384), None, "beyond the capacity");
    }

    #[test]
    fn points_fade_with_each_result_and_never_overflow() {
        let mut buckets = Buckets::default();
        buckets.track(0, 1_000);
        buckets.track(999, 1_000);
        assert_eq!(
            (buckets.0[0], buckets.0.iter().sum::<u16>()),
            (31, 63),
            "32 * 2047 / 2048 = 31.98"
        );
        for _ in 0..100_000 {
            buckets.track(0, 1_000);
        }
        assert_eq!(buckets.0[0], 63_489, "where 32 more and one 2,048th less cancel");
        buckets.decay(512);
        assert_eq!(buckets.0[0], 31_744);
    }

    /// One point each: the lower bound at bucket 12 (from 2,048), the upper one 4,096 from the capacity, bucket 14, which
    /// ends at STARTS[18] - 1 = 12,287.
    #[test]
    fn one_result_each_is_the_probability_between_its_buckets() {
        let (mut lower, mut upper) = (Buckets::default(), Buckets::default());
        lower.track(2_100, TICKS - 1);
        upper.track(4_100, TICKS - 1);
        let at = |amount| success_times_billion(&lower, &upper, amount, TICKS - 1, true);
        assert_eq!(at(2_047), Some(1 << 30), "below the lower bound");
        // (12,287 - 5,000) / (12,287 - 2,048 + 1)
        let expected = billionths(7_287.0 / 10_240.0);
        assert_eq!(at(5_000), Some(expected));
        assert_eq!(at(12_287), Some(0));
        assert_eq!(success_times_billion(&lower, &Buckets::default(), 1, TICKS - 1, true), None);
    }
}
