//! Times of one thread, and what sums them up.

use rustix::time::{ClockId, clock_gettime};

/// CPU time of this thread in nanoseconds. Other processes do not count, the call itself does
/// (some 0.2 to 0.5 µs).
pub fn thread_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let [secs, nanos] = [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or(0));
    secs * 1_000_000_000 + nanos
}

/// The time that `work` takes, and its answer.
pub fn timed<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let start = thread_nanos();
    let answer = work();
    (thread_nanos() - start, answer)
}

/// Summary of times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// The middle one.
    pub median: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// 99 in 100 are not above it.
    pub p99: f64,
}

impl Times {
    /// Sums up nanoseconds; `None` of none.
    pub fn of(nanos: &[u64]) -> Option<Self> {
        let micros: Vec<f64> = nanos.iter().map(|&nanos| float(nanos) / 1e3).collect();
        let mean = micros.iter().sum::<f64>() / float(u64::try_from(micros.len()).ok()?);
        Some(Self { median: quantile(&micros, 50)?, mean, p99: quantile(&micros, 99)? })
    }
}

/// The smallest value that `percent` in 100 are not above; `None` of none.
pub fn quantile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(place - 1).copied()
}

/// An integer as a float.
#[expect(clippy::cast_precision_loss, reason = "times below 2^53 ns, a hundred days")]
pub const fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(quantile(&values, 50), Some(100.0));
        assert_eq!(quantile(&values, 99), Some(198.0));
        assert_eq!(quantile(&values[..1], 99), Some(200.0));
        assert_eq!(quantile(&[], 50), None);
    }

    #[test]
    fn times_are_in_microseconds() {
        let times = Times { median: 2.0, mean: 3.0, p99: 6.0 };
        assert_eq!(Times::of(&[6_000, 1_000, 2_000]), Some(times));
    }
}
