//! When payments arrive: the integrated rate, inverted.
//!
//! Payment `n` arrives when the integral of the rate reaches the sum of `n + 1` unit-exponential
//! draws (time rescaling; for `Constant`, when it reaches `n`). So each payment takes one draw
//! whatever the model, and a rate twice as high gives the same payments at half the times.

use crate::engine::{Seeds, Source};
use crate::math;
use crate::units::{SimDuration, SimTime};
use crate::workload::error::WorkloadError;
use crate::workload::params::Arrivals;

const DAY_SECS: f64 = 86_400.0;
/// Radians per second of a wave with the period of a day.
const DAILY: f64 = std::f64::consts::TAU / DAY_SECS;

/// The times of all arrivals, ascending; ends where no arrival comes before `until`.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalTimes {
    rate: Rate,
    gaps: Source,
    /// Integral of the rate up to the last arrival, in payments.
    integral: f64,
    last: SimTime,
    until: SimTime,
}

/// The rate over time.
#[derive(Clone, Debug)]
enum Rate {
    /// No payments at all.
    Zero,
    /// Payments per second, in equal gaps.
    Even(f64),
    /// Payments per second, at random.
    Flat(f64),
    Daily(Wave),
    Rising(Ramp),
    Switching(Box<Bursts>),
}

impl ArrivalTimes {
    /// The arrivals before `until`.
    ///
    /// # Errors
    /// When bursts are so short or so weak that hardly any of them brings a payment.
    pub(crate) fn new(
        params: Arrivals,
        until: SimTime,
        seeds: Seeds,
    ) -> Result<Self, WorkloadError> {
        let rate = match params {
            Arrivals::Poisson { rate }
            | Arrivals::Constant { rate }
            | Arrivals::Diurnal { rate, .. }
            | Arrivals::Ramp { rate, .. }
                if rate <= 0.0 =>
            {
                Rate::Zero
            }
            Arrivals::Poisson { rate } => Rate::Flat(rate),
            Arrivals::Constant { rate } => Rate::Even(rate),
            Arrivals::Diurnal { rate, amplitude, peak } => {
                Rate::Daily(Wave { rate, amplitude, peak: peak.as_secs_f64() })
            }
            Arrivals::Ramp { rate, over } => Rate::Rising(Ramp { rate, over: over.as_secs_f64() }),
            Arrivals::Bursty { quiet_rate, burst_rate, quiet_mean, burst_mean } => {
                let rates = [quiet_rate, burst_rate];
                let means = [quiet_mean, burst_mean].map(SimDuration::as_secs_f64);
                Bursts::rate(rates, means, seeds.stream("workload.bursts"))?
            }
        };
        let gaps = seeds.stream("workload.arrivals");
        Ok(Self { rate, gaps, integral: 0.0, last: SimTime::ZERO, until })
    }

    /// The next value that the integral must reach.
    fn next_integral(&mut self) -> f64 {
        let gap = if matches!(self.rate, Rate::Even(_)) { 1.0 } else { self.gaps.exponential() };
        let before = self.integral;
        self.integral += gap;
        // Payment 0 of even gaps arrives at 0, so that a second at rate r has r payments.
        if matches!(self.rate, Rate::Even(_)) { before } else { self.integral }
    }
}

impl Iterator for ArrivalTimes {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let integral = self.next_integral();
        let at = match &mut self.rate {
            Rate::Zero => return None,
            Rate::Even(rate) | Rate::Flat(rate) => after(SimTime::ZERO, integral / *rate),
            Rate::Daily(wave) => after(SimTime::ZERO, wave.time_of(integral)),
            Rate::Rising(ramp) => after(SimTime::ZERO, ramp.time_of(integral)),
            Rate::Switching(bursts) => bursts.time_of(integral, self.until),
        };
        // Rounding may put an inverted time a nanosecond before its predecessor's.
        self.last = self.last.max(at);
        (self.last < self.until).then_some(self.last)
    }
}

/// The moment `secs` after `start`; beyond the clock: never.
fn after(start: SimTime, secs: f64) -> SimTime {
    SimTime(start.0.saturating_add(SimDuration::from_secs_f64(secs).0))
}

/// rate · min(1, t / over).
#[derive(Clone, Copy, Debug)]
struct Ramp {
    rate: f64,
    /// Seconds.
    over: f64,
}

impl Ramp {
    /// Seconds at which the integral of the rate, rate · t² / 2 over and then a straight line, reaches
    /// `integral`.
    fn time_of(self, integral: f64) -> f64 {
        let even = integral / self.rate;
        if even < self.over / 2.0 {
            (2.0 * self.over * even).sqrt()
        } else {
            even + self.over / 2.0
        }
    }
}

/// rate · (1 + amplitude · cos(ω(t − peak))): the highest at `peak`.
#[derive(Clone, Copy, Debug)]
struct Wave {
    rate: f64,
    amplitude: f64,
    /// Seconds after midnight.
    peak: f64,
}

impl Wave {
    /// Seconds at which the integral of the rate reaches `integral`.
    ///
    /// A whole day integrates to the mean rate, so days are counted off and the rest is found inside
    /// one day, by Newton's method kept inside a shrinking bracket: at most 64 rounds.
    fn time_of(&self, integral: f64) -> f64 {
        /// Seconds; a tenth of the clock's nanosecond.
        const CLOSE: f64 = 1e-10;
        let even = integral / self.rate;
        let days = (even / DAY_SECS).floor();
        let wanted = even - days * DAY_SECS;
        let (mut low, mut high, mut time) = (0.0, DAY_SECS, wanted);
        for _ in 0..64 {
            let excess = self.integral(time) - wanted;
            if excess > 0.0 {
                high = time;
            } else {
                low = time;
            }
            let newton = time - excess / self.height(time);
            let next =
                if newton > low && newton < high { newton } else { low + (high - low) / 2.0 };
            let step = (next - time).abs();
            time = next;
            if step < CLOSE {
                break;
            }
        }
        days * DAY_SECS + time
    }

    /// Integral of `height` from 0 to `time`.
    fn integral(&self, time: f64) -> f64 {
        let wave = math::sin(DAILY * (time - self.peak)) + math::sin(DAILY * self.peak);
        time + self.amplitude / DAILY * wave
    }

    /// The rate at `time` over its mean; the cosine as a sine a quarter of a turn on.
    fn height(&self, time: f64) -> f64 {
        let quarter = std::f64::consts::FRAC_PI_2;
        1.0 + self.amplitude * math::sin(DAILY * (time - self.peak) + quarter)
    }
}

/// A rate that switches between two values, with exponential stays.
#[derive(Clone, Debug)]
struct Bursts {
    /// Payments per second: quiet, burst.
    rates: [f64; 2],
    /// Mean length of a stay in seconds: quiet, burst.
    means: [f64; 2],
    lengths: Source,
    bursting: bool,
    start: SimTime,
    end: SimTime,
    /// Integral of the rate up to `start`.
    integral_at_start: f64,
}

impl Bursts {
    /// A rate of bursts. It begins in one with the share of time that bursts take, as if it had been running forever.
    fn rate(rates: [f64; 2], means: [f64; 2], lengths: Source) -> Result<Rate, WorkloadError> {
        /// Below this, finding the next payment would take millions of stays.
        const LEAST_PER_CYCLE: f64 = 1e-6;
        if rates.iter().all(|rate| *rate <= 0.0) {
            return Ok(Rate::Zero);
        }
        let per_cycle: f64 = rates.iter().zip(means).map(|(rate, mean)| rate * mean).sum();
        if per_cycle < LEAST_PER_CYCLE {
            let message = format!(
                "a quiet time and a burst together bring {per_cycle:e} payments on average; at least {LEAST_PER_CYCLE:e} are needed"
            );
            return Err(WorkloadError::scenario("workload.arrivals.bursty", message)
                .with_help("raise the rates or the mean lengths"));
        }
        let zero = SimTime::ZERO;
        let mut bursts = Self {
            rates,
            means,
            lengths,
            bursting: false,
            start: zero,
            end: zero,
            integral_at_start: 0.0,
        };
        bursts.bursting = bursts.lengths.chance(means[1] / (means[0] + means[1]));
        bursts.end = bursts.end_of_stay();
        Ok(Rate::Switching(Box::new(bursts)))
    }

    /// When the integral of the rate reaches `integral`; never, where that is after `until`.
    fn time_of(&mut self, integral: f64, until: SimTime) -> SimTime {
        while self.start < until {
            let rate = self.rates[usize::from(self.bursting)];
            let at_end = self.integral_at_start + rate * self.end.since(self.start).as_secs_f64();
            if integral <= at_end && rate > 0.0 {
                return after(self.start, (integral - self.integral_at_start) / rate);
            }
            self.integral_at_start = at_end;
            self.start = self.end;
            self.bursting = !self.bursting;
            self.end = self.end_of_stay();
        }
        SimTime::NEVER
    }

    /// A new stay's end; at least a nanosecond on, so that time always moves.
    fn end_of_stay(&mut self) -> SimTime {
        let length = self.lengths.exponential() * self.means[usize::from(self.bursting)];
        after(self.start, length).max(SimTime(self.start.0.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_brings_half_of_what_the_flat_rate_would_and_then_all() {
        let ramp = Ramp { rate: 10.0, over: 4.0 };
        // 10 · t² / 8 is 5 at 2 s and 20 at 4 s; from then on 10 a second.
        for (integral, time) in [(0.0, 0.0), (5.0, 2.0), (20.0, 4.0), (50.0, 7.0)] {
            assert!((ramp.time_of(integral) - time).abs() < 1e-12, "{integral}");
        }
    }
    use crate::workload::statistics::{chi_squared, kolmogorov_smirnov};

    fn times(params: Arrivals, until_secs: u64, seed: u64) -> Vec<SimTime> {
        let until = SimTime::ZERO + SimDuration::from_secs(until_secs);
        ArrivalTimes::new(params, until, Seeds::new(seed, 0)).unwrap().collect()
    }

    #[test]
    fn constant_arrivals_start_at_zero_and_fill_the_second() {
        let at = times(Arrivals::Constant { rate: 4.0 }, 1, 1);
        assert_eq!(at, [0, 250, 500, 750].map(|ms| SimTime(ms * 1_000_000)));
    }

    #[test]
    fn gaps_of_a_poisson_process_are_exponential() {
        let at = times(Arrivals::Poisson { rate: 10.0 }, 5_000, 2);
        let gaps: Vec<f64> =
            at.windows(2).map(|pair| pair[1].since(pair[0]).as_secs_f64()).collect();
        assert!(gaps.len() > 45_000);
        kolmogorov_smirnov(gaps, |gap| 1.0 - math::exp(-10.0 * gap));
    }

    #[test]
    fn a_higher_load_is_the_same_payments_denser() {
        let slow = times(Arrivals::Poisson { rate: 1.5 }, 2_000, 3);
        let fast = times(Arrivals::Poisson { rate: 6.0 }, 500, 3);
        assert_eq!(slow.len(), fast.len());
        for (slow, fast) in slow.iter().zip(&fast) {
            assert!(slow.0.abs_diff(fast.0 * 4) <= 4, "{slow} against {fast}");
        }
    }

    #[test]
    fn diurnal_arrivals_follow_the_day() {
        let peak = SimDuration::from_secs(15 * 3_600);
        let at = times(Arrivals::Diurnal { rate: 0.5, amplitude: 0.8, peak }, 3 * 86_400, 4);
        let mut hours = [0_u32; 24];
        for time in &at {
            let hour = time.0 / 3_600_000_000_000 % 24;
            hours[usize::try_from(hour).unwrap()] += 1;
        }
        // The rate itself, summed over each minute: independent of the integral under test.
        let rate = |hour: f64| {
            1.0 + 0.8
                * math::sin(
                    std::f64::consts::TAU * (hour - 15.0) / 24.0 + 0.5 * std::f64::consts::PI,
                )
        };
        let expected: Vec<f64> = (0_u32..24)
            .map(|hour| {
                let minutes =
                    (0_u32..60).map(|m| rate(f64::from(hour) + (f64::from(m) + 0.5) / 60.0));
                minutes.sum::<f64>() * 60.0 * 0.5 * 3.0
            })
            .collect();
        chi_squared(&hours, &expected, 24);
    }

    #[test]
    fn a_day_ends_where_the_mean_rate_says() {
        let wave = Wave { rate: 2.0, amplitude: 0.9, peak: 43_200.0 };
        assert!((wave.time_of(2.0 * 86_400.0 * 5.0) - 5.0 * 86_400.0).abs() < 1e-6);
        // Where the rate falls to 0 the time is ill-defined, its integral is not.
        let wave = Wave { amplitude: 1.0, ..wave };
        for wanted in [1e-9, 0.1, 777.0, 86_400.0, 172_799.999] {
            let time = wave.time_of(wanted);
            let days = (time / DAY_SECS).floor();
            let back = 2.0 * (days * DAY_SECS + wave.integral(time - days * DAY_SECS));
            assert!((back - wanted).abs() < 1e-6, "{wanted} came back as {back}");
        }
    }

    #[test]
    fn bursts_keep_the_mean_rate_and_its_dispersion() {
        let params = Arrivals::Bursty {
            quiet_rate: 1.0,
            burst_rate: 9.0,
            quiet_mean: SimDuration::from_secs(30),
            burst_mean: SimDuration::from_secs(10),
        };
        let secs = 200_000_u32;
        let count = u32::try_from(times(params, u64::from(secs), 5).len()).unwrap();
        // Mean rate 1·3/4 + 9·1/4 = 3. Variance of the count per second of a two-state process:
        // mean + 2·(difference)²·share·share·relaxation time, with relaxation 1/(1/30 + 1/10) = 7.5.
        let variance = f64::from(secs) * (3.0 + 2.0 * 64.0 * 0.75 * 0.25 * 7.5);
        let off = f64::from(count) - 3.0 * f64::from(secs);
        assert!(off.abs() < 3.3 * variance.sqrt(), "{count} arrivals, {off} off");
    }

    #[test]
    fn bursts_bring_all_payments_where_quiet_times_bring_none() {
        let params = Arrivals::Bursty {
            quiet_rate: 0.0,
            burst_rate: 100.0,
            quiet_mean: SimDuration::from_secs(100),
            burst_mean: SimDuration::from_secs(1),
        };
        let at = times(params, 50_000, 6);
        let long_gaps = at.windows(2).filter(|p| p[1].since(p[0]) > SimDuration::from_secs(2));
        let bursts = u32::try_from(long_gaps.count()).unwrap();
        assert!(
            (400..600).contains(&bursts),
            "{bursts} quiet times in 50,000 s of cycles of 101 s"
        );
    }

    #[test]
    fn times_never_go_back_and_a_rate_of_zero_brings_nothing() {
        let peak = SimDuration::ZERO;
        let at = times(Arrivals::Diurnal { rate: 50.0, amplitude: 1.0, peak }, 86_400 / 8, 7);
        assert!(at.is_sorted());
        for params in [
            Arrivals::Poisson { rate: 0.0 },
            Arrivals::Constant { rate: 0.0 },
            Arrivals::Diurnal { rate: 0.0, amplitude: 0.0, peak },
        ] {
            assert_eq!(times(params, 10, 8), []);
        }
    }

    #[test]
    fn a_tiny_rate_ends_at_the_end_of_the_clock() {
        let params = Arrivals::Poisson { rate: 1e-300 };
        let mut at = ArrivalTimes::new(params, SimTime::NEVER, Seeds::new(9, 0)).unwrap();
        assert_eq!(at.next(), None);
    }

    #[test]
    fn bursts_that_bring_next_to_nothing_are_refused() {
        let params = Arrivals::Bursty {
            quiet_rate: 0.0,
            burst_rate: 1e-9,
            quiet_mean: SimDuration::from_secs(1),
            burst_mean: SimDuration::from_secs(1),
        };
        let refused = ArrivalTimes::new(params, SimTime::NEVER, Seeds::new(9, 0)).unwrap_err();
        assert!(refused.to_string().contains("workload.arrivals.bursty"), "{refused}");
    }
}
