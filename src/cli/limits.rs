//! What a run may take of the machine: time on the clock, and memory. Looked at between two events.

use std::sync::OnceLock;

use clap::Args;

use crate::cli::host::{self, Stopwatch};
use crate::scenario;
use crate::units::SimDuration;

/// The limits as given.
#[derive(Debug, Args)]
pub(super) struct LimitArguments {
    /// Stop after this wall-clock time, e.g. "10 min", with exit code 75.
    #[arg(long, value_name = "TIME", value_parser = scenario::parse_time)]
    max_wall: Option<SimDuration>,
    /// Stop when more memory than this is in use, e.g. "4 GB", with exit code 75.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_memory: Option<u64>,
}

/// A size in bytes, with its unit.
fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 3] = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let found = UNITS.iter().find_map(|(name, size)| Some((text.strip_suffix(name)?, size)));
    let bytes = found.and_then(|(number, size)| {
        number.trim().replace('_', "").parse::<u64>().ok()?.checked_mul(*size)
    });
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "expected a whole number and one of kB, MB, GB, as in \"4 GB\"".to_owned())
}

/// The limits of a run under way.
pub(super) struct Limits<'a> {
    asked: &'a LimitArguments,
    started: Stopwatch,
    reached: OnceLock<String>,
}

impl<'a> Limits<'a> {
    /// From now on.
    pub(super) fn from_now(limits: &'a LimitArguments) -> Self {
        Self { asked: limits, started: Stopwatch::start(), reached: OnceLock::new() }
    }

    /// Whether one is reached.
    pub(super) fn are_reached(&self) -> bool {
        let over = self
            .asked
            .max_wall
            .filter(|most| self.started.elapsed().as_nanos() > u128::from(most.get()));
        if let Some(most) = over {
            let text = || format!("it took more than {} s (--max-wall)", most.as_secs_f64());
            self.reached.get_or_init(text);
        }
        let most = self.asked.max_memory;
        let taken = most.and_then(|_| host::memory_bytes());
        if let (Some(most), Some(taken)) = (most, taken)
            && taken > most
        {
            let [most, taken] = [most, taken].map(|bytes| bytes.div_ceil(1_000_000));
            let text = || format!("it took {taken} MB, more than {most} MB (--max-memory)");
            self.reached.get_or_init(text);
        }
        self.reason().is_some()
    }

    /// The limit that was reached, in words.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reached.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("4 GB"), Ok(4_000_000_000));
        assert_eq!(parse_size("1_500kB"), Ok(1_500_000));
        for bad in ["4", "4 GiB", "0 MB", "-1 GB", "1.5 GB", "99999999999999 GB"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_that_is_reached_says_so() {
        let limits = LimitArguments { max_wall: Some(SimDuration(1)), max_memory: None };
        let limits = Limits::from_now(&limits);
        while !limits.are_reached() {}
        assert_eq!(limits.reason(), Some("it took more than 0.000000001 s (--max-wall)"));
        let none = LimitArguments { max_wall: None, max_memory: None };
        assert!(!Limits::from_now(&none).are_reached());
    }
}
