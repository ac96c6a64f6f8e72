//! Levels over time: their means over the window for statistics, exact, in integers.

use serde::{Deserialize, Serialize};

use crate::rows::Capital;
use crate::units::{Msat, SimTime};

/// Something that has a level at every moment, such as money locked, and its integral over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    value: u128,
    since: SimTime,
    /// Where the integral begins.
    from: SimTime,
    /// Up to `since`, in units of the level times nanoseconds: 2^51 sat for a hundred years fit.
    area: u128,
}

impl Level {
    /// From now on it is `value`.
    pub fn set(&mut self, value: u128, now: SimTime) {
        self.area += self.value * u128::from(now.since(self.since).get());
        (self.value, self.since) = (value, now);
    }

    /// The integral begins now.
    pub fn restart(&mut self, now: SimTime) {
        (self.since, self.from, self.area) = (now, now, 0);
    }

    /// The mean since the integral began, rounded down; the level itself where no time has passed.
    pub fn mean(&self, now: SimTime) -> u128 {
        let area = self.area + self.value * u128::from(now.since(self.since).get());
        area.checked_div(u128::from(now.since(self.from).get())).unwrap_or(self.value)
    }
}

/// The money in a system over time, in millisatoshis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapitalLevels {
    /// See [`Capital`]; `None`: without limit.
    spendable: Option<Level>,
    locked: Level,
    liquidity: Level,
}

impl CapitalLevels {
    /// From now on these are spendable (`None`: without limit), locked, and others' liquidity.
    pub fn set(&mut self, spendable: Option<u128>, locked: u128, liquidity: u128, now: SimTime) {
        match spendable {
            Some(money) => self.spendable.get_or_insert_default().set(money, now),
            None => self.spendable = None,
        }
        self.locked.set(locked, now);
        self.liquidity.set(liquidity, now);
    }

    /// Means are from now on.
    pub fn restart(&mut self, now: SimTime) {
        let Self { spendable, locked, liquidity } = self;
        spendable.iter_mut().chain([locked, liquidity]).for_each(|level| level.restart(now));
    }

    /// The means up to now.
    pub fn means(&self, now: SimTime) -> Capital {
        let mean = |level: &Level| Msat(u64::try_from(level.mean(now)).unwrap_or(u64::MAX));
        Capital {
            spendable: self.spendable.as_ref().map(mean),
            locked: mean(&self.locked),
            liquidity: mean(&self.liquidity),
        }
    }
}

/// Work done by a moment, from which on a share of time is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkedBefore {
    /// The moment.
    at: SimTime,
    /// Nanoseconds worked until then.
    work: u128,
}

impl WorkedBefore {
    /// So much was done by now.
    pub const fn new(work: u128, now: SimTime) -> Self {
        Self { at: now, work }
    }

    /// The share of the time since then in which `servers` were at work, `work` having been done by now.
    #[expect(clippy::cast_precision_loss, reason = "a share for the report, not state")]
    pub fn share(self, work: u128, servers: u64, now: SimTime) -> f64 {
        let all = u128::from(now.since(self.at).get()) * u128::from(servers);
        if all == 0 { 0.0 } else { work.saturating_sub(self.work) as f64 / all as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_the_integral_over_its_window_and_knows_nothing_of_before() {
        let mut level = Level::default();
        level.set(100, SimTime(5));
        level.restart(SimTime(20));
        level.set(40, SimTime(30));
        level.set(10, SimTime(35));
        // 100 for 10, 40 for 5, 10 for 25.
        assert_eq!(level.mean(SimTime(60)), (1_000 + 200 + 250) / 40);
        assert_eq!(level.mean(SimTime(20)), 10, "no time has passed");
    }

    #[test]
    fn accounts_without_limit_have_no_mean() {
        let mut capital = CapitalLevels::default();
        capital.set(Some(8), 2, 0, SimTime(0));
        capital.restart(SimTime(10));
        capital.set(Some(4), 6, 0, SimTime(15));
        let found = capital.means(SimTime(20));
        assert_eq!((found.spendable, found.locked), (Some(Msat(6)), Msat(4)));
        capital.set(None, 6, 3, SimTime(20));
        assert_eq!(capital.means(SimTime(20)).spendable, None);
    }

    #[test]
    fn a_share_of_time_counts_the_work_of_its_window() {
        let before = WorkedBefore::new(70, SimTime(100));
        assert!((before.share(110, 2, SimTime(140)) - 0.5).abs() < 1e-12);
        assert!(before.share(70, 2, SimTime(100)).abs() < 1e-12);
    }
}
