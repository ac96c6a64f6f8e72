//! The network's switch: one queue, first come first served, equal service times, so M/D/1 under
//! Poisson arrivals.

use serde::{Deserialize, Serialize};

use crate::baselines::card::params::CardParams;
use crate::units::{SimDuration, SimTime};

/// Messages of all payments, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Switch {
    /// When it has worked off what is queued.
    free_at: SimTime,
    /// Time for the messages of one payment.
    service: SimDuration,
    /// Payments passed.
    passed: u64,
    /// When the last payment came.
    last: SimTime,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// The network does not answer.
    Down,
    /// The queue is longer than terminals wait: the message is turned away.
    Full,
    /// It leaves the switch at this time.
    Through {
        /// When.
        at: SimTime,
    },
}

impl Switch {
    /// An idle switch. Its service time is rounded to the nearest nanosecond (1 in 10^4 at 65,000
    /// messages per second).
    pub(super) fn new(params: &CardParams) -> Self {
        let seconds = f64::from(params.messages_per_payment) / params.messages_per_second;
        let service = SimDuration(SimDuration::from_secs_f64(seconds).get().max(1));
        Self { free_at: SimTime::ZERO, service, passed: 0, last: SimTime::ZERO }
    }

    /// How long a message that comes now waits.
    pub(super) const fn wait(&self, now: SimTime) -> SimDuration {
        self.free_at.since(now)
    }

    /// The share of the time up to the last payment in which it was at work.
    #[expect(clippy::cast_precision_loss, reason = "a figure for the report, not state")]
    pub(super) fn busy(&self) -> f64 {
        let work = self.passed as f64 * self.service.as_secs_f64();
        let over = self.last.max(self.free_at).as_secs_f64();
        if over > 0.0 { work / over } else { 0.0 }
    }

    /// Takes the messages of a payment in. What would be served in an outage is lost.
    pub(super) fn admit(&mut self, now: SimTime, params: &CardParams) -> Admission {
        self.last = now;
        let begin = self.free_at.max(now);
        if !params.is_up(now) || !params.is_up(begin) {
            return Admission::Down;
        }
        if begin.since(now) > params.timeout {
            return Admission::Full;
        }
        self.free_at = begin + self.service;
        self.passed += 1;
        Admission::Through { at: self.free_at }
    }
}
