//! Tests of samples against a law, at p = 0.001. For tests only.

use crate::math;

/// Asserts that `counts` fit `expected` by Pearson's test with `freedom` degrees of freedom.
///
/// The critical value is Wilson and Hilferty's (1931): within 1 % from 3 degrees of freedom on.
pub(crate) fn chi_squared(counts: &[u32], expected: &[f64], freedom: u32) {
    assert_eq!(counts.len(), expected.len());
    let statistic: f64 = counts
        .iter()
        .zip(expected)
        .map(|(&count, expected)| {
            (f64::from(count) - expected) * (f64::from(count) - expected) / expected
        })
        .sum();
    let spread = 2.0 / (9.0 * f64::from(freedom));
    let root = 1.0 - spread + math::inverse_normal(0.999) * spread.sqrt();
    let critical = f64::from(freedom) * root * root * root;
    assert!(statistic < critical, "chi-squared {statistic} over {critical}: {counts:?}");
}

/// Asserts that `sample` follows the continuous law with this distribution function.
pub(crate) fn kolmogorov_smirnov(mut sample: Vec<f64>, law: impl Fn(f64) -> f64) {
    sample.sort_unstable_by(f64::total_cmp);
    let n = f64::from(u32::try_from(sample.len()).unwrap());
    let distance = sample
        .iter()
        .zip(0_u32..)
        .map(|(&value, rank)| {
            let p = law(value);
            (p - f64::from(rank) / n).max(f64::from(rank + 1) / n - p)
        })
        .fold(0.0, f64::max);
    // 1.9495 is the 0.999 quantile of Kolmogorov's distribution.
    assert!(distance * n.sqrt() < 1.949_5, "Kolmogorov-Smirnov distance {distance} at n = {n}");
}

#[test]
#[should_panic(expected = "chi-squared")]
fn a_loaded_die_is_noticed() {
    chi_squared(&[100, 100, 100, 100, 100, 160], &[110.0; 6], 5);
}

#[test]
#[should_panic(expected = "Kolmogorov-Smirnov")]
fn a_wrong_law_is_noticed() {
    let sample = (0..1_000_u32).map(|i| f64::from(i) / 1_000.0).collect();
    kolmogorov_smirnov(sample, |x| x * x);
}
