//! When the banks of payees are paid: business days, a cut-off, weekends.

use serde::{Deserialize, Serialize};

use crate::declare::amount::DELAY;
use crate::declare::number::Whole;
use crate::declare::text_kinds::{List, Word};
use crate::declare::{Key, Section, params, words};
use crate::units::{SimDuration, SimTime};

/// Nanoseconds in a day. Days of the run have no leap seconds and no daylight saving.
const DAY: u64 = 86_400 * 1_000_000_000;

words! {
    /// A day of the week.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Weekday {
        /// A business day.
        Monday = "monday",
        /// A business day.
        Tuesday = "tuesday",
        /// A business day.
        Wednesday = "wednesday",
        /// A business day.
        Thursday = "thursday",
        /// A business day.
        Friday = "friday",
        /// Banks are closed.
        Saturday = "saturday",
        /// Banks are closed.
        Sunday = "sunday",
    }
}

/// Settlement later than a month is a mistake.
const MOST_SETTLEMENT_DAYS: u32 = 31;
/// Days in 500 years.
const MOST_DAYS: u32 = 182_500;

params! {
    /// The banks' calendar. Day 0 begins with the run, at midnight.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Calendar: Default {
        /// The weekday on which the run begins, at midnight.
        starts_on: Weekday = or(Weekday::Monday, Word::ANY),
        /// Further days on which banks are closed, by number; the run begins with day 0.
        holidays: Vec<u32> = with(Vec::new(), holidays),
        /// Time of day after which a payment counts for the next day. Source: an assumption.
        cut_off: SimDuration = or(SimDuration::from_secs(20 * 3_600), DELAY),
        /// Business days from the day for which a payment counts to the one on which it is paid.
        /// Source: T+1 to T+3 is usual (cashlesstechnology.com).
        settlement_days: u32 = or(2, Whole(1..=MOST_SETTLEMENT_DAYS)),
        /// Time of day at which banks are paid. Source: an assumption.
        settlement_time: SimDuration = or(SimDuration::from_secs(9 * 3_600), DELAY),
    }
    check check_times;
}

fn holidays(s: &mut Section<'_, '_>, key: Key) -> Vec<u32> {
    let mut holidays = s.or(key, &List(Whole(0..=MOST_DAYS)), Vec::new());
    holidays.sort_unstable();
    holidays
}

fn check_times(read: &Calendar, s: &mut Section<'_, '_>) {
    for (key, time) in [("cut_off", read.cut_off), ("settlement_time", read.settlement_time)] {
        s.rule(&[key], time <= SimDuration(DAY), || "a time of day is at most 24 h".to_owned());
    }
}

impl Calendar {
    /// When the payee's bank is paid for a payment authorised at `at`.
    pub fn settlement(&self, at: SimTime) -> SimTime {
        let nanos = at.nanos();
        let late = u64::from(nanos % DAY >= self.cut_off.get());
        let mut day = self.business_day_from(nanos / DAY + late);
        for _ in 0..self.settlement_days {
            day = self.business_day_from(day + 1);
        }
        SimTime(day.saturating_mul(DAY)) + self.settlement_time
    }

    /// The first business day that is not before `day`.
    fn business_day_from(&self, mut day: u64) -> u64 {
        while !self.is_business_day(day) {
            day += 1;
        }
        day
    }

    fn is_business_day(&self, day: u64) -> bool {
        /// Monday to Friday.
        const WORKING: u64 = 5;
        let weekday = (day + self.starts_on as u64) % 7;
        let holiday = u32::try_from(day).is_ok_and(|day| self.holidays.binary_search(&day).is_ok());
        weekday < WORKING && !holiday
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day and hour in the run.
    fn at(day: u64, hour: u64) -> SimTime {
        SimTime(day * DAY + hour * 3_600_000_000_000)
    }

    #[test]
    fn monday_is_paid_on_wednesday_and_after_the_cut_off_on_thursday() {
        let calendar = Calendar::default();
        assert_eq!(calendar.settlement(at(0, 12)), at(2, 9));
        assert_eq!(calendar.settlement(SimTime(at(0, 20).nanos() - 1)), at(2, 9));
        assert_eq!(calendar.settlement(at(0, 20)), at(3, 9));
    }

    #[test]
    fn weekends_and_holidays_are_skipped() {
        let calendar = Calendar::default();
        // Friday counts for Friday, paid on Tuesday; Friday night and Saturday count for Monday.
        assert_eq!(calendar.settlement(at(4, 12)), at(8, 9));
        assert_eq!(calendar.settlement(at(4, 21)), at(9, 9));
        assert_eq!(calendar.settlement(at(5, 3)), at(9, 9));
        // Monday is a holiday.
        let holiday = Calendar { holidays: vec![7], ..Calendar::default() };
        assert_eq!(holiday.settlement(at(4, 12)), at(9, 9));
        assert_eq!(holiday.settlement(at(6, 12)), at(10, 9));
    }

    #[test]
    fn the_weekday_of_the_start_counts() {
        let calendar =
            Calendar { starts_on: Weekday::Saturday, settlement_days: 1, ..Calendar::default() };
        // Counts for Monday (day 2), paid on Tuesday (day 3).
        assert_eq!(calendar.settlement(at(0, 12)), at(3, 9));
    }
}
