//! Discrete power laws of degrees: P(d) ∝ d^-alpha from some smallest degree on.
//!
//! Maximum likelihood, and the smallest degree with the least Kolmogorov–Smirnov distance, after
//! Clauset, Shalizi and Newman, "Power-law distributions in empirical data" (SIAM Review 51(4),
//! 2009).
#![expect(clippy::cast_precision_loss, reason = "figures for reading; counts stay below 2^53")]

use crate::math;

/// A fitted power law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    /// Smallest degree that it covers.
    pub xmin: u64,
    /// Exponent.
    pub alpha: f64,
    /// Kolmogorov–Smirnov distance from the degrees that it covers.
    pub distance: f64,
}

/// Smallest degrees that are tried: beyond, few nodes are left in any network of today's size.
const LARGEST_XMIN: u64 = 50;

/// A fit needs at least so many nodes.
const FEWEST_NODES: usize = 50;

/// The fit with the least distance; of equal ones that with the smallest xmin.
pub(super) fn best_fit(degrees: &[u64]) -> Option<PowerLaw> {
    (1..=LARGEST_XMIN)
        .filter_map(|xmin| fit_from(degrees, xmin))
        .min_by(|one, two| one.distance.total_cmp(&two.distance))
}

/// The fit to the degrees from `xmin` on; `None` when there are too few or all are equal.
pub(super) fn fit_from(degrees: &[u64], xmin: u64) -> Option<PowerLaw> {
    let mut tail: Vec<u64> = degrees.iter().copied().filter(|&degree| degree >= xmin).collect();
    tail.sort_unstable();
    if tail.len() < FEWEST_NODES || tail.first() == tail.last() {
        return None;
    }
    let log_sum: f64 = tail.iter().map(|&degree| math::ln(degree as f64)).sum();
    let mean_log = log_sum / tail.len() as f64;
    let alpha = most_likely(|alpha| -math::ln(zeta(alpha, xmin as f64)) - alpha * mean_log);
    Some(PowerLaw { xmin, alpha, distance: distance(&tail, alpha, xmin as f64) })
}

/// The maximum of a function with a single one on 1.01..=6, by golden section.
fn most_likely(likelihood: impl Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (1.01, 6.0);
    for _ in 0..60 {
        let step = golden * (high - low);
        if likelihood(high - step) < likelihood(low + step) {
            low = high - step;
        } else {
            high = low + step;
        }
    }
    f64::midpoint(low, high)
}

/// The largest difference between the distribution of `ascending` and that of the power law.
fn distance(ascending: &[u64], alpha: f64, xmin: f64) -> f64 {
    let norm = zeta(alpha, xmin);
    let (mut seen, mut largest) = (0, 0.0_f64);
    for run in ascending.chunk_by(|one, two| one == two) {
        seen += run.len();
        let empirical = seen as f64 / ascending.len() as f64;
        let law = 1.0 - zeta(alpha, run[0] as f64 + 1.0) / norm;
        largest = largest.max((empirical - law).abs());
    }
    largest
}

/// The Hurwitz zeta function, the sum of (q + k)^-s over k = 0, 1, 2…, by Euler and Maclaurin:
/// twelve terms and a remainder below 1e-12 for the exponents looked at.
fn zeta(s: f64, q: f64) -> f64 {
    let head: f64 = (0..12).map(|k| math::pow(q + f64::from(k), -s)).sum();
    let far = q + 12.0;
    let power = math::pow(far, -s);
    head + power * far / (s - 1.0) + power / 2.0 + s * power / (12.0 * far)
        - s * (s + 1.0) * (s + 2.0) * power / (720.0 * far * far * far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeta_has_its_known_values() {
        let pi = std::f64::consts::PI;
        assert!((zeta(2.0, 1.0) - pi * pi / 6.0).abs() < 1e-9);
        assert!((zeta(2.0, 3.0) - (pi * pi / 6.0 - 1.25)).abs() < 1e-9);
    }

    #[test]
    fn a_power_law_is_found_again() {
        // Degrees at the quantiles of the law with exponent 2.2 from 3 on.
        let norm = zeta(2.2, 3.0);
        let mut degrees = vec![1; 5_000];
        let mut degree = 3_u32;
        for rank in 0..10_000 {
            let above = 1.0 - (f64::from(rank) + 0.5) / 10_000.0;
            while zeta(2.2, f64::from(degree) + 1.0) / norm > above {
                degree += 1;
            }
            degrees.push(u64::from(degree));
        }
        let law = best_fit(&degrees).unwrap();
        assert!((law.alpha - 2.2).abs() < 0.01 && law.xmin >= 3, "{law:?}");
        assert!((fit_from(&degrees, 3).unwrap().alpha - 2.2).abs() < 0.01);
    }

    #[test]
    fn equal_or_few_degrees_have_no_law() {
        assert_eq!(best_fit(&[4; 1_000]), None);
        assert_eq!(best_fit(&[1, 2, 3]), None);
    }
}
