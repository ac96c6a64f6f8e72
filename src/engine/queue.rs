//! The event queue: one order, two lanes.
//!
//! Messages that are never cancelled wait in a binary heap; timers that can be cancelled wait in a
//! `priority-queue`, which finds them again by id. One sequence counter serves both, and the smaller
//! (time, sequence) of the two heads comes first, so the order is the same whichever lane holds an
//! event.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use priority_queue::PriorityQueue;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::SimTime;

/// Names a timer, to cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimerId(u64);

#[derive(Clone, Copy, Debug)]
struct Message<E> {
    at: SimTime,
    sequence: u64,
    event: E,
}

impl<E> Message<E> {
    const fn key(&self) -> (SimTime, u64) {
        (self.at, self.sequence)
    }
}
impl<E> PartialEq for Message<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<E> Eq for Message<E> {}
impl<E> PartialOrd for Message<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Message<E> {
    /// Reversed, because the standard heap gives out its largest element first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// A timer's item in the priority queue: equal and hashed by its sequence number alone.
#[derive(Clone, Copy, Debug)]
struct Timer<E> {
    sequence: u64,
    event: E,
}

impl<E> PartialEq for Timer<E> {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}
impl<E> Eq for Timer<E> {}
impl<E> std::hash::Hash for Timer<E> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.sequence.hash(state);
    }
}
impl<E> std::borrow::Borrow<u64> for Timer<E> {
    fn borrow(&self) -> &u64 {
        &self.sequence
    }
}

/// The pending events of one simulation, ordered by (time, sequence).
#[derive(Clone)]
pub struct EventQueue<E> {
    messages: BinaryHeap<Message<E>>,
    timers: PriorityQueue<Timer<E>, Reverse<(SimTime, u64)>, FxBuildHasher>,
    next_sequence: u64,
    last_popped: SimTime,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            messages: BinaryHeap::new(),
            timers: PriorityQueue::with_default_hasher(),
            next_sequence: 0,
            last_popped: SimTime::ZERO,
        }
    }
}

impl<E: Copy> EventQueue<E> {
    /// Schedules an event that is never cancelled.
    ///
    /// # Panics
    /// When `at` lies before an event already handled: virtual time never goes back.
    pub fn push(&mut self, at: SimTime, event: E) {
        let sequence = self.sequence(at);
        self.messages.push(Message { at, sequence, event });
    }

    /// Schedules an event that can be cancelled.
    pub fn push_timer(&mut self, at: SimTime, event: E) -> TimerId {
        let sequence = self.sequence(at);
        self.timers.push(Timer { sequence, event }, Reverse((at, sequence)));
        TimerId(sequence)
    }

    /// Takes a timer back; false when it has fired or was cancelled before.
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        self.timers.remove(&timer.0).is_some()
    }

    /// The time of the next event.
    pub fn next_time(&self) -> Option<SimTime> {
        match (self.messages.peek(), self.timers.peek()) {
            (Some(message), Some((_, Reverse((at, _))))) => Some(message.at.min(*at)),
            (Some(message), None) => Some(message.at),
            (None, Some((_, Reverse((at, _))))) => Some(*at),
            (None, None) => None,
        }
    }

    /// Takes out the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let message = self.messages.peek().map(Message::key);
        let timer = self.timers.peek().map(|(_, Reverse(key))| *key);
        let from_timers = match (message, timer) {
            (Some(message), Some(timer)) => timer < message,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let (at, event) = if from_timers {
            let (timer, Reverse((at, _))) = self.timers.pop()?;
            (at, timer.event)
        } else {
            let message = self.messages.pop()?;
            (message.at, message.event)
        };
        assert!(at >= self.last_popped, "virtual time went back from {} to {at}", self.last_popped);
        self.last_popped = at;
        Some((at, event))
    }

    /// Pending events in both lanes.
    pub fn len(&self) -> usize {
        self.messages.len() + self.timers.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn sequence(&mut self, at: SimTime) -> u64 {
        assert!(
            at >= self.last_popped,
            "an event at {at} was scheduled in the past of {}",
            self.last_popped
        );
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        sequence
    }
}

/// The saved form: pending events as a vector sorted by (time, sequence).
#[derive(Serialize, Deserialize)]
struct Saved<E> {
    next_sequence: u64,
    last_popped: SimTime,
    /// Time, sequence, event, and whether it is a timer.
    events: Vec<(SimTime, u64, E, bool)>,
}

impl<E: Copy + Serialize> Serialize for EventQueue<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let messages = self.messages.iter().map(|m| (m.at, m.sequence, m.event, false));
        let timers =
            self.timers.iter().map(|(t, Reverse((at, _)))| (*at, t.sequence, t.event, true));
        let mut events: Vec<_> = messages.chain(timers).collect();
        events.sort_unstable_by_key(|&(at, sequence, _, _)| (at, sequence));
        Saved { next_sequence: self.next_sequence, last_popped: self.last_popped, events }
            .serialize(serializer)
    }
}

impl<'de, E: Copy + Deserialize<'de>> Deserialize<'de> for EventQueue<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<E>::deserialize(deserializer)?;
        let mut queue = Self {
            next_sequence: saved.next_sequence,
            last_popped: saved.last_popped,
            ..Self::default()
        };
        for (at, sequence, event, cancellable) in saved.events {
            if cancellable {
                queue.timers.push(Timer { sequence, event }, Reverse((at, sequence)));
            } else {
                queue.messages.push(Message { at, sequence, event });
            }
        }
        Ok(queue)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_times_come_out_in_the_order_of_scheduling_across_lanes() {
        let mut queue = EventQueue::default();
        queue.push(SimTime(5), 'a');
        queue.push_timer(SimTime(5), 'b');
        queue.push(SimTime(5), 'c');
        queue.push_timer(SimTime(4), 'd');
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, e)| e)).collect();
        assert_eq!(order, "dabc");
    }

    #[test]
    fn a_cancelled_timer_never_fires_and_cancels_once() {
        let mut queue = EventQueue::default();
        let timer = queue.push_timer(SimTime(1), 'x');
        queue.push(SimTime(2), 'y');
        assert!(queue.cancel(timer));
        assert!(!queue.cancel(timer));
        assert_eq!(queue.pop(), Some((SimTime(2), 'y')));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn an_event_in_the_past_is_refused() {
        let mut queue = EventQueue::default();
        queue.push(SimTime(5), ());
        queue.pop();
        queue.push(SimTime(4), ());
    }

    proptest! {
        #[test]
        fn lanes_never_change_the_order(script in prop::collection::vec((0_u64..20, any::<bool>(), any::<bool>()), 0..200)) {
            let mut mixed = EventQueue::default();
            let mut plain = EventQueue::default();
            let mut now = 0;
            for (i, (after, cancellable, pop)) in script.into_iter().enumerate() {
                let at = SimTime(now + after);
                if cancellable { mixed.push_timer(at, i); } else { mixed.push(at, i); }
                plain.push(at, i);
                if pop {
                    let (a, b) = (mixed.pop(), plain.pop());
                    prop_assert_eq!(a, b);
                    now = a.map_or(now, |(t, _)| t.0);
                    let bytes = postcard::to_allocvec(&mixed).unwrap();
                    mixed = postcard::from_bytes(&bytes).unwrap();
                }
            }
            while let Some(event) = plain.pop() {
                prop_assert_eq!(mixed.pop(), Some(event));
            }
            prop_assert!(mixed.is_empty());
        }
    }
}
