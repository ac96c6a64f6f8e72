//! LDK's logarithm: `log10(x) · 2048` by the highest bit of `x` and the six bits below it, rounded.
//!
//! Facts: `lightning/src/routing/log_approx.rs`. Its table is written out; here it is computed once.

use std::sync::LazyLock;

use crate::math;

/// Bits below the highest one that count.
const LOWER_BITS: u32 = 6;
/// Entries per highest bit; also the X of 1/X below which LDK does not take logarithms of failure probabilities.
pub(super) const LOWER_BITS_BOUND: u64 = 1 << LOWER_BITS;

static TABLE: LazyLock<Vec<u16>> = LazyLock::new(|| (0..64 << LOWER_BITS).map(entry).collect());

fn entry(index: u64) -> u16 {
    let (highest, lower) = (index >> LOWER_BITS, index & (LOWER_BITS_BOUND - 1));
    rounded((((LOWER_BITS_BOUND + lower) << (63 - LOWER_BITS)) >> (63 - highest)).max(1))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seven bits of x count, and log10(2^64) * 2048 is below 2^16"
)]
fn rounded(x: u64) -> u16 {
    (math::log10(x as f64) * 2_048.0).round() as u16
}

/// `-log10(numerator / denominator) · 2048`; both above zero, the numerator not above the denominator.
pub(super) fn negative_log10_times_2048(numerator: u64, denominator: u64) -> u64 {
    u64::from(log10_times_2048(denominator).saturating_sub(log10_times_2048(numerator)))
}

fn log10_times_2048(x: u64) -> u16 {
    let highest = x.max(1).ilog2();
    let lower = (x >> highest.saturating_sub(LOWER_BITS)) & (LOWER_BITS_BOUND - 1);
    TABLE[usize::try_from(u64::from(highest) << LOWER_BITS | lower).expect("4,096 entries")]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From LDK's table: rows 3, 6 and 63.
    #[test]
    fn entries_are_those_of_ldks_table() {
        let at = |highest: u64, lower: u64| TABLE[usize::try_from(highest * 64 + lower).unwrap()];
        assert_eq!(
            [0, 7, 8, 16, 63].map(|lower| at(3, lower)),
            [1_850, 1_850, 1_954, 2_048, 2_409]
        );
        assert_eq!([0, 1, 2, 63].map(|lower| at(6, lower)), [3_699, 3_713, 3_726, 4_309]);
        assert_eq!([0, 1, 63].map(|lower| at(63, lower)), [38_840, 38_854, 39_450]);
    }

    #[test]
    fn halves_and_tenths() {
        // 6,165 - 5,549: log10(2) * 2048 = 616.5.
        assert_eq!(negative_log10_times_2048(512, 1_024), 616);
        assert_eq!(negative_log10_times_2048(1 << 30, 1 << 30), 0);
        // 100 and 1,000 stand exactly for themselves: 4,096 and 6,144.
        assert_eq!(negative_log10_times_2048(100, 1_000), 2_048);
        // Quirk kept: below 64 the six bits hold the highest one too, so that 10 stands for 9.
        assert_eq!(negative_log10_times_2048(10, 100), 4_096 - 1_954);
    }
}
