//! One estimated figure: its value, its 95 % interval or why there is none.

use serde::{Serialize, Serializer};

use crate::math;
use crate::metrics::stationarity::{Verdict, are_alike};
use crate::metrics::student::t_975;

/// What sums of the same figures in another order may differ by, relative to the figure: no more is known from that.
pub(super) const ROUNDING: f64 = 1e-12;

/// A figure as it stands in `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure; `None` when nothing was observed.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Observations behind it.
    pub n: u64,
    /// How the interval was made.
    pub method: Method,
    /// Batches the interval rests on.
    pub batches: Option<u32>,
    /// Why there is no interval.
    pub no_interval: Option<NoInterval>,
    /// Whether it kept its level over the run; `None` where too little was observed to tell.
    pub verdict: Option<Verdict>,
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wilson's score interval (1927), observations taken as independent: too few to check.
    Wilson,
    /// Wilson's score interval with the number of observations divided by the design effect, that is
    /// by how much more batches differ than independent observations would let them (Korn and
    /// Graubard, 1998), and with Student's t.
    WilsonEffectiveN,
    /// Batch means with Student's t; for a ratio of sums by the delta method.
    BatchMeans,
    /// The share below the quantile by batch means, turned back into values (Woodruff, 1952).
    BatchQuantile,
    /// No interval.
    None,
}

/// Why an estimate has no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInterval {
    /// Nothing was observed.
    NoObservations,
    /// Fewer observations than the method needs.
    TooFew,
    /// Neighbouring batches are alike: the run is too short for its memory, or still drifting.
    Correlated,
    /// The window for statistics has no length.
    NoWindow,
    /// What is to be measured was not over by the end of the run for too many.
    NotOver,
    /// It rose or fell over the run.
    Drifting,
    /// All observations were the same: nothing is known of how much they vary.
    Constant,
    /// What a payment leaves behind (balances, a queue for block space) decides over later ones, for longer than any
    /// run, or what is rare comes at a few moments: how far one run lies from others with the same start cannot be
    /// told from it.
    Remembers,
}

impl NoInterval {
    /// The text in `summary.json`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoObservations => "no observations",
            Self::TooFew => "too few observations",
            Self::Correlated => "batches correlated",
            Self::NoWindow => "empty window",
            Self::NotOver => "not over by the end",
            Self::Drifting => "drifts over the run",
            Self::Constant => "does not vary",
            Self::Remembers => "one run cannot tell",
        }
    }
}

impl Serialize for NoInterval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl Estimate {
    /// A value with an interval; one of no width, or of one that rounding may have given it, is none.
    pub(super) fn with_interval(
        value: f64,
        [low, high]: [f64; 2],
        n: u64,
        method: Method,
        batches: Option<u32>,
    ) -> Self {
        if high - low <= value.abs() * ROUNDING {
            return Self::without_interval(Some(value), n, NoInterval::Constant);
        }
        let (low, high) = (Some(low), Some(high));
        Self { value: Some(value), low, high, n, method, batches, no_interval: None, verdict: None }
    }

    /// A value without an interval; no value at all when there is nothing to divide by.
    pub(super) fn without_interval(value: Option<f64>, n: u64, why: NoInterval) -> Self {
        let value = value.filter(|v| v.is_finite());
        Self {
            value,
            low: None,
            high: None,
            n,
            method: Method::None,
            batches: None,
            no_interval: Some(why),
            verdict: None,
        }
    }

    /// With the verdict on the batches behind it, in their order of time. What drifts has no interval.
    pub(super) fn judged(self, batches: &[f64]) -> Self {
        let verdict = Verdict::of(batches);
        let has_interval = self.low.is_some();
        let judged = Self { verdict, ..self };
        if has_interval && verdict == Some(Verdict::Drifting) {
            judged.withheld(NoInterval::Drifting)
        } else {
            judged
        }
    }

    /// With another value, known exactly.
    pub(super) fn at(self, value: Option<f64>) -> Self {
        let value = value.filter(|v| v.is_finite());
        // An interval that leaves the value out was around another one.
        let holds = value
            .zip(self.low)
            .zip(self.high)
            .is_some_and(|((v, low), high)| low <= v && v <= high);
        let moved = Self { value, ..self };
        if moved.low.is_some() && !holds { moved.withheld(NoInterval::Remembers) } else { moved }
    }

    /// Without its interval; where there is no value either, why is kept.
    pub(super) fn withheld(self, why: NoInterval) -> Self {
        let no_interval = Some(self.no_interval.filter(|_| self.value.is_none()).unwrap_or(why));
        Self { low: None, high: None, method: Method::None, batches: None, no_interval, ..self }
    }
}

/// Wilson's score interval for `hits` of `n`, both possibly fractional, at `z` standard errors.
pub(super) fn wilson(hits: f64, n: f64, z: f64) -> [f64; 2] {
    let share = hits / n;
    let z_squared = z * z;
    let centre = share + z_squared / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z_squared / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z_squared / n;
    // The ends are exact at 0 and n hits; rounding must not push them past.
    let low = if hits <= 0.0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if hits >= n { 1.0 } else { ((centre + half) / scale).min(1.0) };
    [low, high]
}

/// Wilson's 95 % score interval for `hits` of `n` independent trials; `None` without trials.
///
/// It is modified where nearly all or nearly none are hits (Brown, Cai and `DasGupta`, *Statistical Science* 16, 2001,
/// 4.1.1): with one to three of them there its nearer end stands too far from the edge. One failure in 15 trials gives
/// an upper end of 0.988 without that, and of 15 trials at 0.994 one interval in twelve misses.
pub fn wilson_95(hits: u64, n: u64) -> Option<[f64; 2]> {
    /// Means of Poisson variables that exceed 0, 1 and 2 with probability 0.05: half the lower 5 % points of
    /// chi-squared with 2, 4 and 6 degrees of freedom.
    const LEAST: [f64; 3] = [0.051_293, 0.355_362, 0.817_691];
    if n == 0 {
        return None;
    }
    let [low, high] = plain_95(hits, n);
    let least = |rare: u64| {
        let place = usize::try_from(rare).ok()?.checked_sub(1)?;
        // Three of few are not rare.
        LEAST.get(place).filter(|_| rare < 3 || n > 50).map(|mean| mean / n as f64)
    };
    let low = least(hits).map_or(low, |least| low.min(least));
    let high = least(n - hits).map_or(high, |least| high.max(1.0 - least));
    Some([low, high])
}

/// Wilson's own.
fn plain_95(hits: u64, n: u64) -> [f64; 2] {
    wilson(hits as f64, n as f64, math::inverse_normal(0.975))
}

/// The mean of values in their order of time, its standard error, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// Standard error of the mean.
    pub(super) error: f64,
    /// Number of values.
    pub(super) batches: u32,
}

impl Spread {
    /// The standard error of the mean of batch values; refused when neighbours are alike.
    ///
    /// The error comes from larger batches, each the mean of three neighbours: the longer a batch, the less of
    /// what payments have to do with each other reaches from one into the next. Schmeiser (*Operations
    /// Research* 30, 1982): 10 to 30 batches are best where they are independent; fewer widen the interval by
    /// little.
    pub(super) fn of(values: &[f64]) -> Result<Self, NoInterval> {
        const JOINED: usize = 3;
        if values.len() < 2 * JOINED {
            return Err(NoInterval::TooFew);
        }
        if are_alike(values) {
            return Err(NoInterval::Correlated);
        }
        let means = values.chunks_exact(JOINED).map(|few| few.iter().sum::<f64>() / JOINED as f64);
        let means: Vec<f64> = means.collect();
        let k = means.len() as f64;
        let mean = means.iter().sum::<f64>() / k;
        let squares: f64 = means.iter().map(|v| (v - mean) * (v - mean)).sum();
        let batches = u32::try_from(means.len()).expect("there are at most 10 batches");
        Ok(Self { error: (squares / (k - 1.0) / k).sqrt(), batches })
    }

    /// Student's t for these batches: the interval is this many standard errors to each side.
    pub(super) fn t(self) -> f64 {
        t_975(self.batches - 1)
    }

    /// Half the width of the 95 % interval.
    pub(super) fn half_width(self) -> f64 {
        self.error * self.t()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: [f64; 2], expected: [f64; 2]) {
        for (a, e) in actual.into_iter().zip(expected) {
            assert!((a - e).abs() < 5e-5, "{actual:?} is not {expected:?}");
        }
    }

    /// Newcombe, *Statistics in Medicine* 17 (1998), table I, method 3.
    #[test]
    fn wilson_gives_the_published_examples() {
        near(plain_95(81, 263), [0.2553, 0.3662]);
        near(plain_95(15, 148), [0.0624, 0.1605]);
        near(plain_95(0, 20), [0.0, 0.1611]);
        near(plain_95(1, 29), [0.0061, 0.1718]);
    }

    /// By the binomial distribution: how often the interval of `n` trials holds the truth.
    fn coverage(n: u64, truth: f64, of: impl Fn(u64, u64) -> [f64; 2]) -> f64 {
        let mut chance = math::pow(1.0 - truth, n as f64);
        let mut held = 0.0;
        for hits in 0..=n {
            let [low, high] = of(hits, n);
            if low <= truth && truth <= high {
                held += chance;
            }
            chance *= (n - hits) as f64 / (hits + 1) as f64 * truth / (1.0 - truth);
        }
        held
    }

    #[test]
    fn intervals_of_few_trials_hold_shares_near_the_edges_and_in_the_middle() {
        let modified = |hits, n| wilson_95(hits, n).expect("trials");
        for n in [5, 15, 40, 100, 199] {
            for truth in [0.003, 0.006, 0.01, 0.03, 0.1, 0.3, 0.5] {
                let share = coverage(n, truth, modified);
                assert!(share > 0.91, "{n} trials at {truth}: {share}");
            }
            for hits in 0..=n {
                let ([low, high], [other_low, other_high]) =
                    (modified(hits, n), modified(n - hits, n));
                let sums = [low + other_high, high + other_low];
                assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-9), "{hits} of {n}: {sums:?}");
            }
        }
        assert!(coverage(15, 0.006, plain_95) < 0.92, "Wilson's own misses one in twelve");
    }

    #[test]
    fn wilson_without_trials_is_nothing_and_full_success_ends_at_one() {
        assert_eq!(wilson_95(0, 0), None);
        let [low, high] = wilson_95(20, 20).expect("trials");
        assert!((low - 0.8389).abs() < 5e-5 && high.to_bits() == 1.0_f64.to_bits());
    }

    #[test]
    fn the_standard_error_is_that_computed_by_hand() {
        // Means of three: 1, 3, 1, 3. Mean 2, squares 2 + 2, k = 4: sqrt(4 / 3 / 4).
        let values = [0.0, 3.0, 0.0, 5.0, -1.0, 5.0, 0.0, 3.0, 0.0, 5.0, -1.0, 5.0];
        let spread = Spread::of(&values).expect("alternating is not alike");
        assert!((spread.error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((spread.half_width() - 3.182_446 * spread.error).abs() < 1e-6);
    }

    #[test]
    fn a_drifting_series_is_refused_and_a_constant_one_is_not() {
        let drift: Vec<f64> = (0..30).map(f64::from).collect();
        assert_eq!(Spread::of(&drift), Err(NoInterval::Correlated));
        assert_eq!(Spread::of(&[7.0; 25]), Ok(Spread { error: 0.0, batches: 8 }));
        assert_eq!(Spread::of(&[7.0]), Err(NoInterval::TooFew));
    }
}
