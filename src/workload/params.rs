//! Parameters of the workload.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY_POSITIVE, MONEY_POSITIVE, RUN, Rate};
use crate::declare::number::{POSITIVE, SHARE, SIGMA};
use crate::declare::quantity::show_money;
use crate::declare::text_kinds::input_file;
use crate::declare::{Choice, Declared, Key, Section, choices};
use crate::units::{Msat, SimDuration, SimTime};
use crate::workload::parties::{Among, Endpoints, Funded};

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
        /// Who must have the funds for a payment.
        funded: Funded,
    },
    /// A payments CSV with Leyden's or CLoTH's columns.
    Trace {
        /// The file.
        path: PathBuf,
    },
}

impl Source {
    /// Whether who pays depends on what nodes can send at the start.
    pub const fn needs_liquidity(&self) -> bool {
        matches!(self, Self::Generated { funded: Funded::Payer | Funded::PayerAndPayee, .. })
    }
}

impl Declared for Source {
    fn start() -> Self {
        Self::Trace { path: PathBuf::new() }
    }

    fn read_over(s: &mut Section<'_, '_>, _: Self) -> Self {
        let is_trace = s.either("trace", &["arrivals", "amount", "endpoints"]);
        if is_trace || s.is_exploring() {
            let key = "CSV file of payments with Leyden's or CLoTH's columns, to be replayed.";
            let path = input_file(s, Key::new("trace", key));
            if is_trace {
                return Self::Trace { path };
            }
        }
        let arrivals = Key::new("arrivals", "When payments arrive.");
        let amount = Key::new("amount", "How much is paid.");
        let endpoints = Key::new("endpoints", "Who pays whom.");
        let arrivals = s.choice(arrivals, Arrivals::ALTERNATIVES, None);
        let amount = s.choice(amount, Amount::ALTERNATIVES, None);
        let (endpoints, among, funded) = s.choice(endpoints, <_>::ALTERNATIVES, Some("uniform"));
        Self::Generated { arrivals, amount, endpoints, among, funded }
    }
}

/// Arrivals end at whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// No arrival at or after this time.
    pub time: Option<SimTime>,
    /// At most so many payments.
    pub payments: Option<u64>,
}

choices! {
    /// When payments arrive. Rates are in payments per second; gaps are unit-exponential draws divided
    /// by the rate, so a higher load is the same payments, denser.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Arrivals {
        /// Poisson process.
        Poisson {
            /// Mean rate of payments.
            rate: f64 = required(Rate),
        } = "poisson",
        /// Equal gaps.
        Constant {
            /// Rate of payments.
            rate: f64 = required(Rate),
        } = "constant",
        /// Poisson process whose rate rises evenly from nothing, and then stays.
        Ramp {
            /// Rate of payments at the top.
            rate: f64 = required(Rate),
            /// How long the rate rises.
            over: SimDuration = required(DELAY_POSITIVE),
        } = "ramp",
        /// Poisson process whose rate follows a day: rate · (1 + amplitude · sin(2π(t − peak)/24 h + π/2)).
        Diurnal {
            /// Mean rate of payments over a day.
            rate: f64 = required(Rate),
            /// Relative height of the peak over the mean, 0 to 1.
            amplitude: f64 = required(SHARE),
            /// Time of day of the peak.
            peak: SimDuration = required(RUN),
        } = "diurnal" check check_peak,
        /// Poisson process that switches between two rates (Markov-modulated), with exponential stays.
        Bursty {
            /// Rate of payments in quiet times.
            quiet_rate: f64 = required(Rate),
            /// Rate of payments in bursts.
            burst_rate: f64 = required(Rate),
            /// Mean length of a quiet time.
            quiet_mean: SimDuration = required(DELAY_POSITIVE),
            /// Mean length of a burst.
            burst_mean: SimDuration = required(DELAY_POSITIVE),
        } = "bursty",
    }
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

fn check_peak(read: &Arrivals, s: &mut Section<'_, '_>) {
    let day = SimDuration::from_secs(86_400);
    let holds = !matches!(read, Arrivals::Diurnal { peak, .. } if *peak >= day);
    s.rule(&["peak"], holds, || "must be a time of day, below 24 h".to_owned());
}

choices! {
    /// How much is paid, in whole millisatoshis, at least 1.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Amount {
        /// Always the same.
        Fixed {
            /// The amount of every payment.
            value: Msat = required(MONEY_POSITIVE),
        } = "fixed",
        /// Uniform over min ..= max.
        Uniform {
            /// Smallest amount.
            min: Msat = required(MONEY_POSITIVE),
            /// Largest amount.
            max: Msat = required(MONEY_POSITIVE),
        } = "uniform" check check_bounds,
        /// Log-uniform over min ..= max.
        LogUniform {
            /// Smallest amount.
            min: Msat = required(MONEY_POSITIVE),
            /// Largest amount.
            max: Msat = required(MONEY_POSITIVE),
        } = "log_uniform" check check_bounds,
        /// Exponential.
        Exponential {
            /// Mean before cutting.
            mean: Msat = required(MONEY_POSITIVE),
            /// Larger draws become this.
            max: Option<Msat> = optional(MONEY_POSITIVE, "no limit"),
        } = "exponential",
        /// Lognormal.
        Lognormal {
            /// Median, exp(µ).
            median: Msat = required(MONEY_POSITIVE),
            /// Standard deviation of the logarithm.
            sigma: f64 = required(SIGMA),
            /// Larger draws become this.
            max: Option<Msat> = optional(MONEY_POSITIVE, "no limit"),
        } = "lognormal",
        /// Pareto with density ∝ x^(−alpha−1) from `min` on.
        Pareto {
            /// Smallest amount.
            min: Msat = required(MONEY_POSITIVE),
            /// Tail exponent, positive.
            alpha: f64 = required(POSITIVE),
            /// Larger draws become this. Needed where alpha is at most 1: the mean would be infinite.
            max: Option<Msat> = optional(MONEY_POSITIVE, "no limit"),
        } = "pareto" check check_bounds,
        /// Drawn with replacement from a file.
        Empirical {
            /// CSV file with a column `amount_msat` or `amount_sat`, and optionally `weight`.
            path: PathBuf as "file" = with(PathBuf::new(), input_file),
        } = "empirical",
    }
}

fn check_bounds(read: &Amount, s: &mut Section<'_, '_>) {
    let (min, max) = match *read {
        Amount::Uniform { min, max } | Amount::LogUniform { min, max } => (min, max),
        Amount::Pareto { min, max, .. } => (min, max.unwrap_or(Msat::MAX)),
        _ => return,
    };
    s.rule(&["min", "max"], min <= max, || {
        let [min, max] = [min, max].map(show_money);
        format!("must be at most `max`, but {min} is more than {max}")
    });
    if let Amount::Pareto { alpha, .. } = *read {
        // A `max` that was refused has been reported already.
        let has_max = s.has("max");
        s.rule(&["alpha"], alpha > 1.0 || has_max, || {
            format!("with {alpha} the mean is infinite; give a `max`, or an alpha above 1")
        });
    }
}
