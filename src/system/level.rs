//! Levels over time: their means over the window for statistics, exact, in integers.

use serde::{Deserialize, Serialize};

use crate::rows::{Capital, ResourceRow};
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
        let time = u128::from(now.since(self.from).get());
        self.integral(now).checked_div(time).unwrap_or(self.value)
    }

    fn integral(&self, now: SimTime) -> u128 {
        self.area + self.value * u128::from(now.since(self.since).get())
    }
}

/// Something that has a level at some moments and none at others, such as a mean over what may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialLevel {
    /// 0 where there is none.
    value: Level,
    /// 1 where there is one, else 0.
    is_there: Level,
}

impl PartialLevel {
    /// From now on it is `value`; `None`: there is none.
    pub fn set(&mut self, value: Option<u128>, now: SimTime) {
        self.value.set(value.unwrap_or(0), now);
        self.is_there.set(u128::from(value.is_some()), now);
    }

    /// The mean is from now on.
    pub fn restart(&mut self, now: SimTime) {
        self.value.restart(now);
        self.is_there.restart(now);
    }

    /// The mean over the time with a level, rounded down; the level itself where no time has passed. `None`:
    /// there was none in all that time.
    pub fn mean(&self, now: SimTime) -> Option<u128> {
        if now == self.value.from {
            return Some(self.value.value).filter(|_| self.is_there.value > 0);
        }
        self.value.integral(now).checked_div(self.is_there.integral(now))
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

/// Work of servers up to a moment, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Done.
    pub done: u128,
    /// Asked for, done or not.
    pub asked: u128,
}

/// Work up to a moment, from which on shares of time are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkBefore {
    at: SimTime,
    work: Work,
}

impl WorkBefore {
    /// The work up to now.
    pub const fn new(work: Work, now: SimTime) -> Self {
        Self { at: now, work }
    }

    /// The use of so many servers since then, with their work up to now.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
    pub fn row(
        self,
        resource: &'static str,
        work: Work,
        servers: u64,
        now: SimTime,
    ) -> ResourceRow {
        let all = u128::from(now.since(self.at).get()) * u128::from(servers);
        let share = |now: u128, before: u128| {
            if all == 0 { 0.0 } else { now.saturating_sub(before) as f64 / all as f64 }
        };
        ResourceRow {
            resource,
            utilisation: share(work.done, self.work.done),
            demanded: Some(share(work.asked, self.work.asked)),
        }
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
    fn where_there_is_no_level_its_mean_takes_no_time() {
        let mut level = PartialLevel::default();
        level.restart(SimTime(10));
        level.set(Some(6), SimTime(20));
        level.set(None, SimTime(30));
        level.set(Some(12), SimTime(50));
        // None for 10, 6 for 10, none for 20, 12 for 5.
        assert_eq!(level.mean(SimTime(55)), Some((60 + 60) / 15));
        level.set(None, SimTime(60));
        level.restart(SimTime(60));
        assert_eq!([60, 70].map(|now| level.mean(SimTime(now))), [None; 2]);
        level.set(Some(7), SimTime(70));
        level.restart(SimTime(70));
        assert_eq!(level.mean(SimTime(70)), Some(7), "no time has passed");
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
    fn a_share_of_time_counts_the_work_of_its_window_done_and_asked_for() {
        let before = WorkBefore::new(Work { done: 70, asked: 90 }, SimTime(100));
        let of = |work, now| before.row("servers", work, 2, SimTime(now));
        let found = of(Work { done: 110, asked: 190 }, 140);
        assert!((found.utilisation - 0.5).abs() < 1e-12, "40 of 80");
        assert!((found.demanded.unwrap() - 1.25).abs() < 1e-12, "100 of 80");
        assert!(of(Work { done: 70, asked: 90 }, 100).utilisation.abs() < 1e-12, "no time");
    }
}
