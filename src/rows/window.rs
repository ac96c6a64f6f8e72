//! The time that statistics are about.

use serde::{Deserialize, Serialize};

use crate::units::{SimDuration, SimTime};

/// The time that counts for statistics: from the end of the warm-up to the end of arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The end of the warm-up.
    pub from: SimTime,
    /// The end of arrivals, itself outside.
    pub to: SimTime,
}

impl Window {
    /// Whether a moment lies in it.
    pub fn contains(self, at: SimTime) -> bool {
        self.from <= at && at < self.to
    }

    /// Its length.
    pub const fn length(self) -> SimDuration {
        self.to.since(self.from)
    }

    /// How much of the time from one moment to another lies in it.
    pub fn overlap(self, from: SimTime, until: SimTime) -> SimDuration {
        let (from, until) = (from.max(self.from), until.min(self.to));
        if from < until { until.since(from) } else { SimDuration::ZERO }
    }

    /// The third of it in which a moment lies, from 0; `None` outside of it.
    pub fn third(self, at: SimTime) -> Option<usize> {
        self.part(at, 3)
    }

    /// Into which of so many equal parts of it a moment falls; `None` outside.
    pub fn part(self, at: SimTime, parts: usize) -> Option<usize> {
        let since = u128::from(at.0.checked_sub(self.from.0)?);
        let place = (since * parts as u128).checked_div(u128::from(self.length().get()))?;
        usize::try_from(place).ok().filter(|place| *place < parts)
    }
}
