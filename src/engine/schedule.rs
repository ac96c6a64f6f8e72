//! How models put events on the clock without knowing the queue or their parent's event type.

use crate::engine::queue::{EventQueue, TimerId};
use crate::units::{SimDuration, SimTime};

/// The present, and a way to schedule events of type `E`.
pub trait Schedule<E> {
    /// The present on the virtual clock.
    fn now(&self) -> SimTime;
    /// Schedules an event that is never cancelled.
    fn at(&mut self, at: SimTime, event: E);
    /// Schedules an event that can be cancelled.
    fn timer(&mut self, at: SimTime, event: E) -> TimerId;
    /// Takes a timer back; false when it has fired or was cancelled before.
    fn cancel(&mut self, timer: TimerId) -> bool;

    /// Schedules an event `span` from now.
    fn after(&mut self, span: SimDuration, event: E) {
        self.at(self.now() + span, event);
    }
}

/// A schedule on which a sub-model's events are wrapped into its parent's event type.
pub struct Within<'a, E, W> {
    now: SimTime,
    queue: &'a mut EventQueue<E>,
    wrap: W,
}

impl<'a, E, W> Within<'a, E, W> {
    /// Lends `queue` at the time `now` to a sub-model whose events `wrap` turns into the parent's.
    pub const fn new(now: SimTime, queue: &'a mut EventQueue<E>, wrap: W) -> Self {
        Self { now, queue, wrap }
    }
}

impl<E: Copy, S, W: Fn(S) -> E> Schedule<S> for Within<'_, E, W> {
    fn now(&self) -> SimTime {
        self.now
    }
    fn at(&mut self, at: SimTime, event: S) {
        self.queue.push(at, (self.wrap)(event));
    }
    fn timer(&mut self, at: SimTime, event: S) -> TimerId {
        self.queue.push_timer(at, (self.wrap)(event))
    }
    fn cancel(&mut self, timer: TimerId) -> bool {
        self.queue.cancel(timer)
    }
}
