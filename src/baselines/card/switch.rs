//! The network's switch: one queue, first come first served, equal service times, so M/D/1 under
//! Poisson arrivals.

use serde::{Deserialize, Serialize};

use crate::baselines::card::params::CardParams;
use crate::system::Work;
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
        Self { free_at: SimTime::ZERO, service, passed: 0 }
    }

    /// How long a message that comes now waits.
    pub(super) const fn wait(&self, now: SimTime) -> SimDuration {
        self.free_at.since(now)
    }

    /// Its work up to now.
    pub(super) fn work(&self, now: SimTime) -> Work {
        let asked = u128::from(self.passed) * u128::from(self.service.get());
        Work { done: asked - u128::from(self.wait(now).get()), asked }
    }

    /// Takes the messages of a payment in. What would be served in an outage is lost.
    pub(super) fn admit(&mut self, now: SimTime, params: &CardParams) -> Admission {
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
