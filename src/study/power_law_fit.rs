//! A power law through measured points: y = a · x^b, by least squares on a logarithmic scale.

use crate::math;
use crate::metrics::t_975;

/// A size beyond this says only that the law does not get there.
const FARTHEST: f64 = 1e15;

/// A power law, its 95 % interval, and the size that it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerLawFit {
    /// The study that it comes from.
    pub name: String,
    /// Points behind it.
    pub points: u64,
    /// The exponent b.
    pub exponent: f64,
    /// The ends of its interval; `None` with two points.
    pub ends: Option<[f64; 2]>,
    /// The factor a.
    pub factor: f64,
    /// Share of the variance of ln y that it explains.
    pub r_squared: f64,
    /// The value of y that the size is asked for, in payments per second.
    pub target: f64,
    /// The size x at which the law reaches it; `None` where it does not rise, or only beyond all sizes that
    /// can be told.
    pub size: Option<f64>,
    /// The ends of the interval of that size, by the interval of the mean of ln y; `None` with two points
    /// or where the law does not rise.
    pub size_ends: Option<[f64; 2]>,
    /// Whether the size lies beyond all points.
    pub extrapolated: bool,
}

impl PowerLawFit {
    /// The law through points (x, y), both positive; `None` with fewer than two different sizes.
    #[expect(clippy::cast_precision_loss, reason = "few points")]
    pub(super) fn through(name: &str, points: &[(f64, f64)], target: f64) -> Option<Self> {
        let n = points.len() as f64;
        let logs: Vec<_> = points.iter().map(|(x, y)| (math::ln(*x), math::ln(*y))).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
        let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| {
            logs.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>()
        };
        let (sxx, sxy, syy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
        if points.len() < 2 || sxx <= 0.0 {
            return None;
        }
        let exponent = sxy / sxx;
        let intercept = mean_y - exponent * mean_x;
        let residual = (syy - exponent * sxy).max(0.0);
        let freedom = u32::try_from(points.len() - 2).ok().filter(|freedom| *freedom > 0);
        let t = freedom.map(|freedom| (t_975(freedom), residual / f64::from(freedom)));
        let ends = t.map(|(t, variance)| {
            let half = t * (variance / sxx).sqrt();
            [exponent - half, exponent + half]
        });
        let wanted = math::ln(target);
        let log_size = (wanted - intercept) / exponent;
        // Half the width of the mean of ln y there, carried over to ln x by the slope.
        let size_ends = t.filter(|_| exponent > 0.0).map(|(t, variance)| {
            let apart = log_size - mean_x;
            let half = t * (variance * (1.0 / n + apart * apart / sxx)).sqrt() / exponent;
            [math::exp(log_size - half), math::exp(log_size + half)]
        });
        let largest = points.iter().map(|(x, _)| *x).fold(0.0, f64::max);
        let reached = math::exp(log_size);
        let size = Some(reached).filter(|size| exponent > 0.0 && *size < FARTHEST);
        Some(Self {
            name: name.to_owned(),
            points: points.len() as u64,
            exponent,
            ends,
            factor: math::exp(intercept),
            r_squared: if syy > 0.0 { 1.0 - residual / syy } else { 1.0 },
            target,
            size,
            size_ends: size_ends.filter(|_| size.is_some()),
            extrapolated: size.is_none_or(|size| size > largest * (1.0 + 1e-9)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_power_law_give_it_back() {
        let points: Vec<_> = [1.0, 2.0, 4.0, 8.0].map(|x: f64| (x, 3.0 * x * x.sqrt())).to_vec();
        let law = PowerLawFit::through("l", &points, 81.0).expect("four points");
        assert!((law.exponent - 1.5).abs() < 1e-12 && (law.factor - 3.0).abs() < 1e-12);
        // 3 · x^1.5 is 81 at x = 9.
        assert!(law.size.is_some_and(|size| (size - 9.0).abs() < 1e-9) && law.extrapolated);
        let [low, high] = law.ends.expect("two degrees of freedom");
        assert!((high - low).abs() < 1e-6 && (law.r_squared - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_interval_is_that_of_the_regression_by_hand() {
        // ln x = 0, 1, 2 and ln y = 0, 2, 1: slope 1/2, residuals -1/2, 1, -1/2, their squares 3/2.
        let e = std::f64::consts::E;
        let points = [(1.0, 1.0), (e, e * e), (e * e, e)];
        let law = PowerLawFit::through("l", &points, 1.0).expect("three points");
        assert!((law.exponent - 0.5).abs() < 1e-12);
        // One degree of freedom: t = 12.706; standard error sqrt(1.5 / 2).
        let half = 12.706_2 * 0.75_f64.sqrt();
        let [low, high] = law.ends.expect("three points");
        assert!((high - low - 2.0 * half).abs() < 1e-3, "{low} {high}");
        assert!((law.r_squared - 0.25).abs() < 1e-12 && !law.extrapolated);
    }

    #[test]
    fn a_law_that_does_not_rise_reaches_nothing() {
        let flat =
            PowerLawFit::through("l", &[(1.0, 5.0), (2.0, 5.0), (4.0, 5.0)], 81.0).expect("points");
        assert_eq!((flat.size, flat.size_ends, flat.extrapolated), (None, None, true));
    }

    #[test]
    fn one_size_gives_no_law() {
        assert_eq!(PowerLawFit::through("l", &[(2.0, 1.0), (2.0, 3.0)], 1.0), None);
        assert_eq!(PowerLawFit::through("l", &[(2.0, 1.0)], 1.0), None);
        assert_eq!(PowerLawFit::through("l", &[], 1.0), None);
    }
}
