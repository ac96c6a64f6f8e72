//! How likely LDK thinks that a balance between two bounds is enough.
//!
//! Facts: `lightning/src/routing/scoring.rs`, commit `cfee4b755`. The balance has the density `9·(x − 1/2)^8 + 1/256`
//! over the share `x` of the capacity: most of it near the ends. The uniform one is an option.

/// A lower bound of zero, where that means "no success seen", raises the denominator to 78/64.
const NO_SUCCESSES_ON_64: u64 = 78;

/// Numerator and denominator of the probability that `amount` can be sent, for a balance between `low` and `high` of
/// `capacity`, in any one unit; `low <= amount < high <= capacity`. The flags: a uniform density; whether a lower bound
/// of zero means that no success was seen.
#[expect(clippy::cast_precision_loss, reason = "LDK computes in doubles")]
pub(super) fn success_probability(
    amount: u64,
    low: u64,
    high: u64,
    capacity: u64,
    (linear, zero_is_bad): (bool, bool),
) -> (f64, f64) {
    if linear {
        let (numerator, denominator) = linear_success(amount, low, high, zero_is_bad);
        return (numerator as f64, denominator as f64);
    }
    let mass = |at: u64| {
        let x = at as f64 / capacity as f64 - 0.5;
        let x2 = x * x;
        let x4 = x2 * x2;
        x * x4 * x4 + x / 256.0
    };
    let mut denominator = mass(high) - mass(low);
    if zero_is_bad && low == 0 {
        denominator = denominator * NO_SUCCESSES_ON_64 as f64 / 64.0;
    }
    (mass(high) - mass(amount), denominator)
}

/// The same as integers, as LDK's logarithm takes them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both are between 0 and 2^30, truncated as LDK does"
)]
pub(super) fn success_ratio(
    amount: u64,
    low: u64,
    high: u64,
    capacity: u64,
    (linear, zero_is_bad): (bool, bool),
) -> (u64, u64) {
    if linear {
        return linear_success(amount, low, high, zero_is_bad);
    }
    let (numerator, denominator) =
        success_probability(amount, low, high, capacity, (linear, zero_is_bad));
    let whole = |value: f64| (value * (1024.0 * 1024.0 * 1024.0 * 64.0)) as u64 + 1;
    (whole(numerator), whole(denominator))
}

const fn linear_success(amount: u64, low: u64, high: u64, zero_is_bad: bool) -> (u64, u64) {
    let mut denominator = (high - low).saturating_add(1);
    if zero_is_bad && low == 0 && denominator < u64::MAX / NO_SUCCESSES_ON_64 {
        denominator = denominator * NO_SUCCESSES_ON_64 / 64;
    }
    (high - amount, denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_history_it_has_ldks_values() {
        for (amount, expected) in [
            (1, 0.816_44),
            (10, 0.782_31),
            (50, 0.674_34),
            (100, 0.601_89),
            (250, 0.513_22),
            (500, 0.410_26),
            (750, 0.307_29),
            (900, 0.218_62),
            (990, 0.038_21),
        ] {
            let (numerator, denominator) =
                success_probability(amount, 0, 1_000, 1_000, (false, true));
            let got = numerator / denominator;
            assert!((got - expected).abs() < 1e-5, "{amount} of 1,000: {got}");
        }
    }

    #[test]
    fn the_uniform_density_counts_whole_amounts() {
        assert_eq!(success_ratio(30, 10, 90, 100, (true, true)), (60, 81));
        assert_eq!(success_ratio(30, 0, 63, 100, (true, true)), (33, 78), "64 * 78 / 64");
        assert_eq!(success_ratio(30, 0, 63, 100, (true, false)), (33, 64));
    }
}
