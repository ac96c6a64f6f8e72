//! Student's t distribution, for intervals from few batches.
//!
//! Source: Abramowitz and Stegun, *Handbook of Mathematical Functions* (1964), 26.7.3 and 26.7.4:
//! the two-sided probability in closed form for whole degrees of freedom.

use crate::math;

/// The value that |t| stays below with probability 0.95: the 0.975 quantile of the distribution
/// with `freedom` degrees of freedom.
///
/// # Panics
/// When `freedom` is 0.
pub(crate) fn t_975(freedom: u32) -> f64 {
    // t(0.975; 1) = 12.7 is the largest of all.
    t_within(0.95, freedom, 16.0)
}

/// The value below `most` that |t| stays below with this probability.
///
/// # Panics
/// When `freedom` is 0.
pub(crate) fn t_within(probability: f64, freedom: u32, most: f64) -> f64 {
    /// Halvings of a bracket of width 16: the rest is below the precision of `f64`.
    const HALVINGS: u32 = 64;
    assert!(freedom > 0, "one value has no spread");
    let (mut low, mut high) = (0.0, most);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if two_sided(middle, freedom) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability that |t| stays below `t`.
fn two_sided(t: f64, freedom: u32) -> f64 {
    let nu = f64::from(freedom);
    let sin = t / (nu + t * t).sqrt();
    let cos_squared = nu / (nu + t * t);
    if freedom.is_multiple_of(2) {
        return sin * series(1, freedom - 2, cos_squared);
    }
    let angle = math::atan(t / nu.sqrt());
    let rest = if freedom == 1 {
        0.0
    } else {
        sin * cos_squared.sqrt() * series(2, freedom - 2, cos_squared)
    };
    (angle + rest) * std::f64::consts::FRAC_2_PI
}

/// `1 + a/(a+1) x + a(a+2)/((a+1)(a+3)) x² + …`, up to the denominator `last`.
fn series(first: u32, last: u32, x: f64) -> f64 {
    let (mut sum, mut term, mut numerator) = (1.0, 1.0, first);
    while numerator < last {
        term *= x * f64::from(numerator) / f64::from(numerator + 1);
        sum += term;
        numerator += 2;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [
            (1, 12.706_205),
            (2, 4.302_653),
            (3, 3.182_446),
            (4, 2.776_445),
            (5, 2.570_582),
            (10, 2.228_139),
            (19, 2.093_024),
            (20, 2.085_963),
            (29, 2.045_230),
            (120, 1.979_930),
        ] {
            let t = t_975(freedom);
            assert!((t - expected).abs() < 1e-6, "{freedom} degrees of freedom: {t}");
        }
    }

    #[test]
    fn other_probabilities_have_their_quantiles() {
        // Tables: t(0.995; 2) = 9.925, t(0.99; 5) = 3.365.
        assert!((t_within(0.99, 2, 64.0) - 9.924_843).abs() < 1e-6);
        assert!((t_within(0.98, 5, 64.0) - 3.364_930).abs() < 1e-6);
    }

    /// A known mistake of a published simulator: 0.025 taken as the upper tail's complement.
    #[test]
    fn the_quantile_for_29_is_not_0_063() {
        assert!(t_975(29) > 2.0);
    }
}
