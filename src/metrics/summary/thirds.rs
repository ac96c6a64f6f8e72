//! How long payments submitted in each third of the window took: where that grows from third to third, a system does
//! not keep up with its load.

use serde::{Deserialize, Serialize};

use crate::metrics::result::TimesByThird;
use crate::units::SimTime;

/// Times of one stage of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Thirds([Third; 3]);

/// Payments of one third.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Third {
    /// Sum of the times of those that got so far, in nanoseconds.
    time: u128,
    done: u64,
    /// Those that did not by the end of the run.
    open: u64,
}

impl Thirds {
    /// A payment of a third got so far at a time, or never in the run.
    pub(super) fn add(&mut self, third: usize, since: SimTime, until: Option<SimTime>) {
        let Third { time, done, open } = &mut self.0[third];
        match until {
            Some(until) => {
                *time += u128::from(until.since(since).get());
                *done += 1;
            }
            None => *open += 1,
        }
    }

    pub(super) fn result(&self) -> TimesByThird {
        /// Nanoseconds in a second.
        const NANOS: f64 = 1e9;
        let mean = |of: &Third| (of.done > 0).then(|| of.time as f64 / of.done as f64 / NANOS);
        let open = |of: &Third| {
            let all = of.done + of.open;
            (all > 0).then(|| of.open as f64 / all as f64)
        };
        TimesByThird {
            mean_s: self.0.each_ref().map(mean),
            unfinished_share: self.0.each_ref().map(open),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_has_the_mean_of_what_ended_and_the_share_of_what_did_not() {
        let mut thirds = Thirds::default();
        for until in [Some(3_000_000_000), Some(5_000_000_000), None, None] {
            thirds.add(1, SimTime(1_000_000_000), until.map(SimTime));
        }
        let found = thirds.result();
        assert_eq!(found.mean_s, [None, Some(3.0), None]);
        assert_eq!(found.unfinished_share, [None, Some(0.5), None]);
    }
}
