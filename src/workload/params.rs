//! Parameters of the workload.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::units::{Msat, SimDuration, SimTime};

/// The whole workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demands {
    /// Generated, or replayed.
    pub source: Source,
    /// When arrivals end.
    pub stop: Stop,
}

/// Where demands come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// Three independent models.
    Generated {
        /// When.
        arrivals: Arrivals,
        /// How much.
        amount: Amount,
        /// Who.
        endpoints: Endpoints,
        /// Among whom.
        among: Among,
    },
    /// A payments CSV with Leyden's or CLoTH's columns.
    Trace {
        /// The file.
        path: PathBuf,
    },
}

/// Arrivals end at whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// No arrival at or after this time.
    pub time: Option<SimTime>,
    /// At most so many payments.
    pub payments: Option<u64>,
}

/// When payments arrive. Rates are in payments per second; gaps are unit-exponential draws divided
/// by the rate, so a higher load is the same payments, denser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrivals {
    /// Poisson process.
    Poisson {
        /// Payments per second.
        rate: f64,
    },
    /// Equal gaps.
    Constant {
        /// Payments per second.
        rate: f64,
    },
    /// Poisson process whose rate rises evenly from nothing, and then stays.
    Ramp {
        /// Payments per second at the top.
        rate: f64,
        /// How long it rises.
        over: SimDuration,
    },
    /// Poisson process whose rate follows a day: rate · (1 + amplitude · sin(2π(t − peak)/24 h + π/2)).
    Diurnal {
        /// Mean payments per second over a day.
        rate: f64,
        /// Relative height of the peak over the mean, 0 to 1.
        amplitude: f64,
        /// Time of day of the peak.
        peak: SimDuration,
    },
    /// Poisson process that switches between two rates (Markov-modulated), with exponential stays.
    Bursty {
        /// Payments per second in quiet times.
        quiet_rate: f64,
        /// Payments per second in bursts.
        burst_rate: f64,
        /// Mean length of a quiet time.
        quiet_mean: SimDuration,
        /// Mean length of a burst.
        burst_mean: SimDuration,
    },
}

impl Arrivals {
    /// Payments per second in the long run.
    pub(crate) fn mean_rate(&self) -> f64 {
        match *self {
            Self::Poisson { rate }
            | Self::Constant { rate }
            | Self::Ramp { rate, .. }
            | Self::Diurnal { rate, .. } => rate,
            Self::Bursty { quiet_rate, burst_rate, quiet_mean, burst_mean } => {
                let [quiet, burst] = [quiet_mean, burst_mean].map(SimDuration::as_secs_f64);
                (quiet_rate * quiet + burst_rate * burst) / (quiet + burst)
            }
        }
    }

    /// The same process, so many times as dense.
    pub(crate) fn scaled(self, by: f64) -> Self {
        match self {
            Self::Poisson { rate } => Self::Poisson { rate: rate * by },
            Self::Constant { rate } => Self::Constant { rate: rate * by },
            Self::Ramp { rate, over } => Self::Ramp { rate: rate * by, over },
            Self::Diurnal { rate, amplitude, peak } => {
                Self::Diurnal { rate: rate * by, amplitude, peak }
            }
            Self::Bursty { quiet_rate, burst_rate, quiet_mean, burst_mean } => Self::Bursty {
                quiet_rate: quiet_rate * by,
                burst_rate: burst_rate * by,
                quiet_mean,
                burst_mean,
            },
        }
    }
}

/// How much is paid, in whole millisatoshis, at least 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// Always the same.
    Fixed {
        /// The amount.
        value: Msat,
    },
    /// Uniform over min ..= max.
    Uniform {
        /// Smallest.
        min: Msat,
        /// Largest.
        max: Msat,
    },
    /// Log-uniform over min ..= max.
    LogUniform {
        /// Smallest.
        min: Msat,
        /// Largest.
        max: Msat,
    },
    /// Exponential, cut to at most `max`.
    Exponential {
        /// Mean before cutting.
        mean: Msat,
        /// Larger draws become this.
        max: Option<Msat>,
    },
    /// Lognormal, cut to at most `max`.
    Lognormal {
        /// exp(µ).
        median: Msat,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Larger draws become this.
        max: Option<Msat>,
    },
    /// Pareto with density ∝ x^(−alpha−1) from `min` on, cut to at most `max`.
    Pareto {
        /// Smallest.
        min: Msat,
        /// Tail exponent, positive.
        alpha: f64,
        /// Larger draws become this; required where alpha ≤ 1 (infinite mean).
        max: Option<Msat>,
    },
    /// Drawn with replacement from a CSV with a column `amount_msat` or `amount_sat`, and optionally `weight`.
    Empirical {
        /// The file.
        path: PathBuf,
    },
}

/// Who pays whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Endpoints {
    /// Payer and payee uniform.
    Uniform,
    /// Payer and payee in proportion to the capacity of their channels.
    ByCapacity,
    /// Payees are a fixed set of merchants with probability `share`, else uniform; payers uniform.
    /// The merchants are the nodes listed, or `count` nodes drawn in proportion to their degree.
    Merchants {
        /// Probability that the payee is a merchant.
        share: f64,
        /// Number of merchants drawn, where none are listed.
        count: u32,
        /// Their names, where given.
        names: Vec<String>,
    },
    /// The two ends of a channel: any channel, in either direction.
    Partners,
    /// A fixed list of (payer, payee, weight).
    Pairs {
        /// Names and weight of each pair.
        pairs: Vec<(String, String, f64)>,
    },
    /// A mix of circulation (every node's expected income equals its spending) and of a one-way part
    /// (payers are not payees), as in Spider (Sivaraman et al., NSDI 2020).
    Circulation {
        /// Share of the demand that circulates, 0 to 1.
        share: f64,
        /// Pairs drawn for each of the two parts.
        pairs: u32,
    },
}

/// Which nodes take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Among {
    /// The largest strongly connected part over enabled half-channels.
    Core,
    /// All nodes.
    All,
}
