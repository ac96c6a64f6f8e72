//! Did a figure keep its level over the run?

use serde::Serialize;

use crate::math;

/// What batches of consecutive observations say about a figure's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No trend, and neighbouring batches are not alike: a mean over the run is one over a steady state.
    Stationary,
    /// A trend at the 5 % level: the mean is about this horizon only. Channels deplete; so this is the
    /// usual case for Lightning.
    Drifting,
    /// No trend, but neighbouring batches are alike: the run is too short for the figure's memory.
    TooShort,
}

/// Fewest batches for a verdict.
const BATCHES_MIN: usize = 10;

impl Verdict {
    /// Judges batch means in their order of time; `None` where there are too few.
    ///
    /// Trend: Mann (*Econometrica* 13, 1945) and Kendall, two-sided at 5 %, with the correction for
    /// ties.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        if values.len() < BATCHES_MIN {
            return None;
        }
        if has_trend(values) {
            return Some(Self::Drifting);
        }
        Some(if are_alike(values) { Self::TooShort } else { Self::Stationary })
    }
}

/// Whether neighbours have more in common than values further apart.
///
/// Lag-1 autocorrelation, one-sided at 5 %: it must stay below 1.645/√k. Negative correlation only widens an
/// interval. Source of the rule: Law, *Simulation Modeling and Analysis*, 9.5.3.
pub(super) fn are_alike(values: &[f64]) -> bool {
    let k = values.len() as f64;
    let mean = values.iter().sum::<f64>() / k;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let products: f64 = values.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum();
    products > squares * math::inverse_normal(0.95) / k.sqrt()
}

/// Whether later values are mostly above, or mostly below, earlier ones.
fn has_trend(values: &[f64]) -> bool {
    let mut s = 0.0;
    for (at, early) in values.iter().enumerate() {
        for late in &values[at + 1..] {
            s += f64::from(i8::from(late > early) - i8::from(late < early));
        }
    }
    let part = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 =
        sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|tied| part(tied.len() as f64)).sum();
    let variance = (part(values.len() as f64) - ties) / 18.0;
    variance > 0.0 && (s.abs() - 1.0) / variance.sqrt() > math::inverse_normal(0.975)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn noise_is_stationary_and_a_slope_drifts() {
        let mut verdicts = [0_u32; 2];
        for seed in 0..1_000 {
            let mut numbers = Numbers::new(seed);
            let noise: Vec<f64> = (0..25).map(|_| numbers.uniform()).collect();
            verdicts[0] += u32::from(Verdict::of(&noise) == Some(Verdict::Drifting));
            let sloped: Vec<f64> =
                noise.iter().enumerate().map(|(at, v)| v + at as f64 * 0.04).collect();
            verdicts[1] += u32::from(Verdict::of(&sloped) == Some(Verdict::Drifting));
        }
        assert!(verdicts[0] <= 70, "{} of 1,000 false alarms at 5 %", verdicts[0]);
        assert!(verdicts[1] > 930, "{} of 1,000 slopes found", verdicts[1]);
    }

    #[test]
    fn constants_are_stationary_slow_waves_are_too_short_and_few_values_are_not_judged() {
        assert_eq!(Verdict::of(&[0.5; 20]), Some(Verdict::Stationary));
        let wave: Vec<f64> = (0..28).map(|at| math::sin(f64::from(at) / 28.0 * 12.6)).collect();
        assert_eq!(Verdict::of(&wave), Some(Verdict::TooShort));
        assert_eq!(Verdict::of(&[1.0, 2.0, 3.0]), None);
    }
}
