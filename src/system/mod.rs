//! What a payment system is to the kernel, and the loop that drives it.
//!
//! [`drive`] merges four ordered sources: demands (arrivals), events of the system, sampling times, and both ends of the
//! window for statistics. At equal times these come first, then an arrival, then events by (time, sequence), then the
//! sample. A run does not end before its window has.

#[cfg(test)]
mod check_tests;
mod level;
#[cfg(test)]
pub(crate) mod testing;

pub use level::{CapitalLevels, Level, PartialLevel, Work, WorkBefore};

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::{EventQueue, Fingerprint, Within};
use crate::ids::SystemName;
use crate::rows::{OfferedRow, Row, Rows, Sample, Window};
use crate::units::{SimDuration, SimTime};
use crate::workload::Demand;

/// Events handled without virtual time moving on before a run is stopped.
pub const MAX_EVENTS_AT_ONE_TIME: u64 = 10_000_000;

/// A simulated payment system.
pub trait PaymentSystem: Serialize + DeserializeOwned {
    /// Its name in scenarios and output folders.
    const NAME: SystemName;
    /// Its events: small, ids instead of content.
    type Event: Copy + Serialize + DeserializeOwned + fmt::Debug;

    /// Schedules what happens without any payment.
    fn start(&mut self, cx: &mut Cx<'_, Self::Event>);
    /// Takes a demand that is due now.
    fn submit(&mut self, demand: &Demand, cx: &mut Cx<'_, Self::Event>);
    /// Offers the next demands, so that the system may plan ahead on up to `threads` threads, its own included.
    /// Must not change any output.
    fn prepare(&mut self, upcoming: &[Demand], threads: usize);
    /// Handles an event that is due now.
    fn handle(&mut self, event: Self::Event, cx: &mut Cx<'_, Self::Event>);
    /// Describes the state, for the time series.
    fn sample(&mut self, out: &mut Sample);
    /// Checks the invariants over the whole world.
    fn check(&self) -> Result<(), Broken>;
    /// How many things a check looks at: the larger this is, the more steps lie between two checks.
    fn check_size(&self) -> usize;
    /// How many plans were requested ahead of time so far, and how many were used. Not saved.
    fn look_ahead(&self) -> (u64, u64) {
        (0, 0)
    }
    /// Whether the system is idle: only periodic events are pending, and no payment waits for them.
    fn is_quiet(&self) -> bool {
        false
    }
    /// Called once, when the window for statistics begins, before all else of that moment: integrals over time
    /// begin here.
    fn window_begins(&mut self, cx: &mut Cx<'_, Self::Event>);
    /// Called once, when it ends, before all else of that moment: reports the use of what limits the system
    /// ([`Row::Resource`]) and [`Row::System`], as means over the window.
    fn window_ends(&mut self, cx: &mut Cx<'_, Self::Event>);
    /// Rebuilds derived state after a checkpoint was loaded.
    fn rebuild(&mut self);
    /// Reports pending payments and the final state.
    fn finish(&mut self, cx: &mut Cx<'_, Self::Event>);
}

/// The context of a call into a system: current time, event queue, and where rows go.
pub struct Cx<'a, E> {
    /// The current time.
    pub now: SimTime,
    /// Pending events.
    pub queue: &'a mut EventQueue<E>,
    /// Where rows go.
    pub rows: &'a mut dyn Rows,
    /// The run's fingerprint, to be updated with every event.
    pub fingerprint: &'a mut Fingerprint,
}

impl<E: Copy> Cx<'_, E> {
    /// A schedule for a sub-model whose events `wrap` turns into this system's.
    pub const fn within<W>(&mut self, wrap: W) -> Within<'_, E, W> {
        Within::new(self.now, self.queue, wrap)
    }
}

/// A violated invariant: a bug in this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Name of the invariant, as in docs/invariants.md.
    pub invariant: &'static str,
    /// Both sides, the difference, the entity.
    pub detail: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invariant {} is broken: {}", self.invariant, self.detail)
    }
}

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// An invariant does not hold.
    Broken {
        /// What is broken.
        broken: Broken,
        /// When it was noticed.
        at: SimTime,
    },
    /// Too many events at one virtual time.
    NoProgress {
        /// The virtual time at which the run is stuck.
        at: SimTime,
        /// The last event, printed.
        event: String,
    },
    /// The user interrupted it.
    Interrupted {
        /// Virtual time reached.
        at: SimTime,
    },
}

/// The kernel's state of one running system, the system included: everything that a checkpoint holds.
#[derive(Serialize, Deserialize)]
#[serde(bound = "S: Serialize + DeserializeOwned")]
pub struct Running<S: PaymentSystem> {
    /// The system.
    pub system: S,
    /// Its pending events.
    pub queue: EventQueue<S::Event>,
    /// Hash over all events so far.
    pub fingerprint: Fingerprint,
    /// The present.
    pub now: SimTime,
    /// Demands taken so far: the position in the workload.
    pub demands: u64,
    /// The next sampling time.
    pub next_sample: SimTime,
    started: bool,
    /// How much of the window for statistics has passed.
    window: Passed,
    events_at_now: u64,
    /// Steps since all invariants were checked.
    #[serde(skip)]
    unchecked: u64,
    /// The last event handled, for error reports; `None` after a demand.
    #[serde(skip)]
    last_event: Option<S::Event>,
    /// Demands fetched and not yet due; fetched again after loading.
    #[serde(skip)]
    upcoming: VecDeque<Demand>,
}

/// How much of the window for statistics has passed, as the system knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Passed {
    Nothing,
    Beginning,
    All,
}

/// When to sample, what counts, and when to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Sampling interval.
    pub sample_every: SimDuration,
    /// The window for statistics; it lies before the end.
    pub window: Window,
    /// Events after this time are not handled.
    pub end: SimTime,
    /// Check all invariants over the whole world after every step; where the world is large, as often as takes a
    /// few times as long as the steps themselves.
    pub check_each: bool,
    /// Threads that may work for this system, including the one that runs it; the others plan ahead. Does not affect
    /// results.
    pub threads: usize,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Virtual time.
    pub now: SimTime,
    /// Demands taken.
    pub demands: u64,
    /// Events handled.
    pub events: u64,
}

/// Takes rows, watches the run, and may stop it.
pub trait Observer: Rows {
    /// Called every few thousand steps with the progress of the run.
    fn watch(&mut self, progress: Progress) -> Control;
    /// How many of the `of` threads in [`Span::threads`] this system may use now, its own included.
    fn free_threads(&self, of: usize) -> usize {
        of
    }
    /// Whether [`Observer::step`] is to be called.
    fn traces(&self) -> bool {
        false
    }
    /// Called after each step: an event of the system, or a [`Submitted`].
    fn step(&mut self, _at: SimTime, _step: &dyn fmt::Debug, _fingerprint: &Fingerprint) {}
}

/// The entry of an event log for a submitted demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its number in the workload, from 0.
    pub demand: u64,
}

/// Whether to continue a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Continue.
    Continue,
    /// Stop between two events.
    Stop,
}

impl<S: PaymentSystem> Running<S> {
    /// A system before its first event.
    pub fn new(system: S, span: Span) -> Self {
        Self {
            system,
            queue: EventQueue::default(),
            fingerprint: Fingerprint::default(),
            now: SimTime::ZERO,
            demands: 0,
            next_sample: SimTime::ZERO + span.sample_every,
            started: false,
            window: Passed::Nothing,
            events_at_now: 0,
            unchecked: 0,
            last_event: None,
            upcoming: VecDeque::new(),
        }
    }

    /// Ends the run: rows of what is still under way and of the final state, and a last check.
    pub fn finish(&mut self, rows: &mut dyn Rows) -> Result<(), Stopped> {
        let Self { system, queue, fingerprint, now, .. } = self;
        system.finish(&mut Cx { now: *now, queue, rows, fingerprint });
        self.check()
    }

    fn check(&mut self) -> Result<(), Stopped> {
        let checked = self.system.check();
        let steps = std::mem::take(&mut self.unchecked);
        checked.map_err(|mut broken| {
            if steps > 1 {
                let detail = broken.detail;
                broken.detail = format!("{detail}; {steps} steps before all invariants held");
            }
            Stopped::Broken { broken, at: self.now }
        })
    }

    /// A step is over: checks everything if that is due.
    fn check_if_due(&mut self) -> Result<(), Stopped> {
        /// Things looked at per step, on average. In a world of no more than so many, every step is checked.
        /// Looking at one takes some nanoseconds, handling an event some microseconds: so a run takes a few times
        /// as long, whatever its size.
        const PER_STEP: u64 = 512;
        self.unchecked += 1;
        if self.unchecked.saturating_mul(PER_STEP) < self.system.check_size() as u64 {
            return Ok(());
        }
        self.check()
    }

    /// Turns a panic of the system, a failed assertion, into a [`Stopped`].
    fn broken_by(&self, panic: &(dyn Any + Send)) -> Stopped {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        let during = match self.last_event {
            Some(event) => format!("event {event:?}"),
            None => format!("demand number {}", self.demands),
        };
        let broken = Broken { invariant: "assertion", detail: format!("{text}, in {during}") };
        Stopped::Broken { broken, at: self.now }
    }

    /// Handles the next event. Returns its printed form when time stands still for too long.
    fn handle_next(&mut self, rows: &mut dyn Rows) -> Result<(), Stopped> {
        let (at, event) = self.queue.pop().expect("the caller saw a next event");
        self.events_at_now = if at == self.now { self.events_at_now + 1 } else { 0 };
        self.now = at;
        self.last_event = Some(event);
        if self.events_at_now > MAX_EVENTS_AT_ONE_TIME {
            return Err(Stopped::NoProgress { at, event: format!("{event:?}") });
        }
        let Self { system, queue, fingerprint, .. } = self;
        system.handle(event, &mut Cx { now: at, queue, rows, fingerprint });
        Ok(())
    }

    /// Fetches demands when none is buffered, and lets the system plan ahead.
    fn fetch(
        &mut self,
        demands: &mut impl Iterator<Item = Demand>,
        threads: usize,
        observer: &dyn Observer,
    ) {
        /// Demands fetched at once.
        const BATCH: usize = 256;
        if !self.upcoming.is_empty() {
            return;
        }
        self.upcoming.extend(demands.by_ref().take(BATCH));
        let threads = observer.free_threads(threads);
        if threads > 1 && !self.upcoming.is_empty() {
            self.system.prepare(self.upcoming.make_contiguous(), threads);
        }
    }

    fn submit_next(&mut self, rows: &mut dyn Rows) {
        let demand = &self.upcoming.pop_front().expect("the caller saw a next demand");
        self.now = demand.at;
        self.last_event = None;
        self.events_at_now = 0;
        self.demands += 1;
        rows.record(Row::Offered(&OfferedRow { at: demand.at, amount: demand.amount }));
        let Self { system, queue, fingerprint, .. } = self;
        system.submit(demand, &mut Cx { now: demand.at, queue, rows, fingerprint });
    }

    /// Tells the observer what was done last.
    fn tell(&self, observer: &mut dyn Observer) {
        let submitted = Submitted { demand: self.demands.saturating_sub(1) };
        let step: &dyn fmt::Debug = self.last_event.as_ref().map_or(&submitted, |event| event);
        observer.step(self.now, step, &self.fingerprint);
    }

    /// The end of the window for statistics that comes next.
    fn next_edge(&self, Span { window, end, .. }: Span) -> Option<SimTime> {
        match self.window {
            // A warm-up may outlast the run.
            Passed::Nothing => Some(window.from.min(end)),
            Passed::Beginning => Some(window.to.clamp(window.from.min(end), end)),
            Passed::All => None,
        }
    }

    /// Tells the system that the window begins or ends.
    fn pass_edge(&mut self, at: SimTime, rows: &mut dyn Rows) {
        self.now = at;
        let Self { system, queue, fingerprint, window, .. } = self;
        let cx = &mut Cx { now: at, queue, rows, fingerprint };
        if *window == Passed::Nothing {
            *window = Passed::Beginning;
            system.window_begins(cx);
        } else {
            *window = Passed::All;
            system.window_ends(cx);
        }
    }

    fn sample(&mut self, span: Span, rows: &mut dyn Rows) {
        self.now = self.next_sample;
        let mut sample = Sample { at: self.now, ..Sample::default() };
        self.system.sample(&mut sample);
        rows.record(Row::Sample(&sample));
        self.next_sample = self.now + span.sample_every;
    }
}

/// Runs until `span.end`, or until nothing is left to happen, or until `steps` things have happened.
/// Returns whether the run is over.
///
/// `demands` must start at demand number [`Running::demands`] (0 for a fresh run) where `running` is new
/// or was loaded; later calls must go on with the same iterator.
///
/// # Errors
/// When an invariant breaks (an assertion that panics is one), time makes no progress, or the observer
/// asks to stop.
pub fn drive<S: PaymentSystem>(
    running: &mut Running<S>,
    demands: &mut impl Iterator<Item = Demand>,
    span: Span,
    steps: u64,
    observer: &mut dyn Observer,
) -> Result<bool, Stopped> {
    let driven = catch_unwind(AssertUnwindSafe(|| go_on(running, demands, span, steps, observer)));
    driven.unwrap_or_else(|panic| Err(running.broken_by(&*panic)))
}

fn go_on<S: PaymentSystem>(
    running: &mut Running<S>,
    demands: &mut impl Iterator<Item = Demand>,
    span: Span,
    steps: u64,
    observer: &mut dyn Observer,
) -> Result<bool, Stopped> {
    /// Steps between two calls of [`Observer::watch`].
    const WATCH_EVERY: u64 = 4_096;
    if !running.started {
        running.started = true;
        let Running { system, queue, fingerprint, now, .. } = running;
        system.start(&mut Cx { now: *now, queue, rows: observer, fingerprint });
    }
    let traces = observer.traces();
    for step in 0..steps {
        running.fetch(demands, span.threads, observer);
        let arrival = running.upcoming.front().map(|demand| demand.at);
        let event = running.queue.next_time();
        let edge = running.next_edge(span);
        let is_over = arrival.is_none() && edge.is_none() && running.system.is_quiet();
        let next = [arrival, event].into_iter().flatten().min().filter(|_| !is_over);
        let is_first =
            |edge: &SimTime| *edge <= running.next_sample && next.is_none_or(|next| *edge <= next);
        if let Some(edge) = edge.filter(is_first) {
            running.pass_edge(edge, observer);
            continue;
        }
        if edge.is_some() && next.is_none() {
            running.sample(span, observer);
            continue;
        }
        let Some(next) = next else {
            // Nothing is left to happen: the interval under way is the last.
            running.sample(span, observer);
            return Ok(true);
        };
        if next > span.end && running.next_sample > span.end {
            running.now = span.end;
            return Ok(true);
        }
        if running.next_sample < next {
            running.sample(span, observer);
        } else {
            if arrival == Some(next) {
                running.submit_next(observer);
            } else {
                running.handle_next(observer)?;
            }
            if traces {
                running.tell(observer);
            }
        }
        if span.check_each {
            running.check_if_due()?;
        }
        if step % WATCH_EVERY == 0 {
            let progress = Progress {
                now: running.now,
                demands: running.demands,
                events: running.fingerprint.events(),
            };
            if observer.watch(progress) == Control::Stop {
                return Err(Stopped::Interrupted { at: running.now });
            }
        }
    }
    Ok(false)
}
