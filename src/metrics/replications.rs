//! Statistics over replications: whole runs with draws of their own, hence independent.
//!
//! One value per replication goes in. What comes out is about the mean over replications, that is over
//! the stated horizon from the stated start.

use serde::Serialize;

use crate::math;
use crate::metrics::estimate::{ROUNDING, wilson};
use crate::metrics::student::t_975;

/// The mean over replications, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Replicated {
    /// Replications with a value.
    pub n: u32,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; `None` for a single one.
    pub sd: Option<f64>,
    /// The ends of the interval; `None` for a single one, and where nothing varies.
    pub ends: Option<[f64; 2]>,
    /// How the interval was made.
    pub method: ReplicationMethod,
}

/// How an interval over replications was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicationMethod {
    /// Student's t.
    StudentT,
    /// Wilson's interval, trials divided by the design effect between replications, with Student's t
    /// (Korn and Graubard, *Survey Methodology* 24, 1998).
    Wilson,
    /// Student's t, or where that reaches further Student's t corrected for skewness (Hall, *Journal of the Royal
    /// Statistical Society* B 54, 1992).
    Hall,
    /// One replication, or nothing varies: no interval.
    None,
}

impl ReplicationMethod {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StudentT => "student_t",
            Self::Wilson => "wilson",
            Self::Hall => "hall",
            Self::None => "none",
        }
    }
}

impl Replicated {
    /// Without its interval.
    pub(super) fn without_ends(self) -> Self {
        Self { ends: None, method: ReplicationMethod::None, ..self }
    }

    /// Without its interval where more than half of the values are the same: of what nearly always is the same a few
    /// replications do not tell how far it goes where it is not.
    pub(super) fn unless_most_agree(self, values: &[f64]) -> Self {
        if 2 * most_alike(values) > values.len() { self.without_ends() } else { self }
    }

    /// Without its interval where two values are the same, which those of a quantity that varies freely never are: it has
    /// a value that it often takes, and a few replications do not tell how far it goes where it does not.
    pub(super) fn unless_two_agree(self, values: &[f64]) -> Self {
        if most_alike(values) > 1 { self.without_ends() } else { self }
    }

    /// Half the width of the interval.
    pub fn half_width(&self) -> Option<f64> {
        self.ends.map(|[low, high]| (high - low) / 2.0)
    }
}

/// How many values are the same as one of them, at most.
fn most_alike(values: &[f64]) -> usize {
    let is_same = |one: f64, other: f64| (one - other).abs() <= one.abs() * ROUNDING;
    let alike = values.iter().map(|one| values.iter().filter(|of| is_same(*one, **of)).count());
    alike.max().unwrap_or(0)
}

/// Mean and standard deviation, the latter with `n − 1`.
fn moments(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some((mean, (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt())))
}

fn count(values: &[f64]) -> u32 {
    u32::try_from(values.len()).expect("replications are few")
}

/// The mean with Student's t; `None` without values. Where all values are the same, nothing is known of how
/// much they vary: then there is no interval.
pub fn replicated(values: &[f64]) -> Option<Replicated> {
    let (mean, sd) = moments(values)?;
    let n = count(values);
    let ends = sd.filter(|sd| *sd > mean.abs() * ROUNDING).map(|sd| {
        let half = t_975(n - 1) * sd / f64::from(n).sqrt();
        [mean - half, mean + half]
    });
    let method = if ends.is_some() { ReplicationMethod::StudentT } else { ReplicationMethod::None };
    Some(Replicated { n, mean, sd, ends, method })
}

/// The mean of shares of successes, each with its number of trials, with Wilson's interval.
///
/// The interval rests on the number of independent trials that would spread as the replications do.
/// Where every replication found the same share, nothing is known of their spread: then trials count as
/// independent, so that the interval keeps a width.
pub(super) fn replicated_ratio(shares: &[f64], trials: &[u64]) -> Option<Replicated> {
    let plain = replicated(shares)?;
    let (Some(sd), true) = (plain.sd, trials.len() == shares.len()) else { return Some(plain) };
    let all = trials.iter().sum::<u64>() as f64;
    if all <= 0.0 || !(0.0..=1.0).contains(&plain.mean) {
        return Some(plain);
    }
    let independent = plain.mean * (1.0 - plain.mean) / all;
    let variance = sd * sd / f64::from(plain.n);
    let ends = Some(if variance > 0.0 && independent > 0.0 {
        let n = all * independent / variance;
        wilson(plain.mean * n, n, t_975(plain.n - 1))
    } else {
        wilson(plain.mean * all, all, math::inverse_normal(0.975))
    });
    Some(Replicated { ends, method: ReplicationMethod::Wilson, ..plain })
}

/// Fewest replications in which skewness can be seen.
const SKEWNESS_MIN: usize = 3;

/// The mean of figures that need not be near normal: quantiles, sums of money, how often something rare happened.
///
/// Each end is that of Student's t, or of Student's t corrected for skewness where that is further out: a long tail
/// on one side pulls mean and standard deviation up together, so that means that are too low come with intervals
/// that are too short. The correction is Hall's cubic transformation with the skewness of the values. Of means of
/// exponential figures, five (thirty) replications give intervals that hold the truth in 93 (96) % of cases, those of
/// Student's t alone in 89 (93) %; of normal ones in 96 %. A studentised bootstrap, which would need no formula, holds it in
/// 92 % where ten values fall on few numbers, as quantiles from a histogram do.
pub(super) fn skewed(values: &[f64]) -> Option<Replicated> {
    let plain = replicated(values)?;
    let (Some(sd), Some([low, high])) = (plain.sd, plain.ends) else { return Some(plain) };
    if values.len() < SKEWNESS_MIN {
        return Some(plain);
    }
    let [left, right] = hall(values, plain.mean, sd);
    let ends = Some([low.min(left), high.max(right)]);
    Some(Replicated { ends, method: ReplicationMethod::Hall, ..plain })
}

/// Hall's interval for the mean: with the skewness γ, g(W) = W + γW²/3 + γ²W³/27 + γ/(6n) of W = (mean − truth)/sd
/// is less skewed than W, and monotone; so its quantiles are turned back into those of W.
fn hall(values: &[f64], mean: f64, sd: f64) -> [f64; 2] {
    let n = values.len() as f64;
    let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    let cubes = values.iter().map(|v| (v - mean) * (v - mean) * (v - mean)).sum::<f64>() / n;
    let skewness = cubes / (squares * squares.sqrt());
    let reach = t_975(count(values) - 1) / n.sqrt();
    // Symmetrical: the correction has nothing to divide by, and nothing to correct.
    if skewness.abs() < 1e-9 {
        return [mean - sd * reach, mean + sd * reach];
    }
    let inverse = |g: f64| {
        let cube = 1.0 + skewness * (g - skewness / (6.0 * n));
        3.0 / skewness * (math::cbrt(cube) - 1.0)
    };
    [mean - sd * inverse(reach), mean - sd * inverse(-reach)]
}

/// How two points differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Pairs of replications, or the smaller number of replications.
    pub n: u32,
    /// The mean of the second minus that of the first.
    pub difference: f64,
    /// The ends of its 95 % interval; `None` for a single pair.
    pub ends: Option<[f64; 2]>,
    /// Variance of the paired differences over that of independent ones: below 1 where common random
    /// numbers help, above 1 where they hurt. `None` where nothing varies, or without pairs.
    pub variance_ratio: Option<f64>,
}

/// Paired by replication: Student's t over the differences.
pub fn paired(first: &[f64], second: &[f64]) -> Option<Compared> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
    let of = replicated(&differences)?;
    let variance = |values: &[f64]| moments(values).and_then(|(_, sd)| sd).map(|sd| sd * sd);
    let pairs = differences.len();
    let independent = variance(&first[..pairs]).zip(variance(&second[..pairs])).map(|(a, b)| a + b);
    let variance_ratio = of
        .sd
        .zip(independent)
        .filter(|(_, independent)| *independent > 0.0)
        .map(|(sd, independent)| sd * sd / independent);
    Some(Compared { n: of.n, difference: of.mean, ends: of.ends, variance_ratio })
}

/// Of independent replications: Welch's t (*Biometrika* 34, 1947), degrees of freedom rounded down.
pub fn compared(first: &[f64], second: &[f64]) -> Option<Compared> {
    let (one, other) = (replicated(first)?, replicated(second)?);
    let difference = other.mean - one.mean;
    let n = one.n.min(other.n);
    let parts = one
        .sd
        .zip(other.sd)
        .map(|(a, b)| [(a * a / f64::from(one.n), one.n), (b * b / f64::from(other.n), other.n)]);
    let ends = parts.map(|parts| {
        let variance = parts[0].0 + parts[1].0;
        let below: f64 = parts.iter().map(|(part, n)| part * part / f64::from(n - 1)).sum();
        let freedom = if below > 0.0 { variance * variance / below } else { f64::from(n - 1) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the number of replications"
        )]
        let half = t_975((freedom as u32).max(1)) * variance.sqrt();
        [difference - half, difference + half]
    });
    Some(Compared { n, difference, ends, variance_ratio: None })
}
