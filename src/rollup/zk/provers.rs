//! The pool of provers: proofs as work and time.
//!
//! First come, first served. A prover may die over a job; that is noticed by its missing heartbeat, and the
//! job begins again behind the others.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Schedule, Seeds, Slab};
use crate::rollup::events::ZkEvent;
use crate::rollup::params::ZkParams;
use crate::rollup::prover::Prover;
use crate::system;
use crate::units::{SimDuration, SimTime};

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Work {
    /// The proof of one batch with so many operations.
    Batch { number: u64, operations: u64 },
    /// One proof out of those of consecutive batches.
    Join { first: u64, last: u64 },
}

/// A job at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    pub(super) work: Work,
    /// Time that it takes a prover.
    pub(super) time: SimDuration,
    /// When it is over.
    until: SimTime,
}

/// The pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Provers {
    size: u32,
    prover: Prover,
    arity: u32,
    join: SimDuration,
    failures: f64,
    timeout: SimDuration,
    draws: Draws,
    waiting: VecDeque<Work>,
    running: Slab<Running>,
    started: u64,
    /// Time that provers have worked, lost work included, and will work on what is begun.
    worked: u128,
    /// Time that they have been asked for.
    asked: u128,
}

impl Provers {
    pub(super) fn new(params: &ZkParams, seeds: Seeds) -> Self {
        Self {
            size: params.provers,
            prover: params.prover,
            arity: params.arity,
            join: params.aggregation,
            failures: params.prover_failures,
            timeout: params.prover_timeout,
            draws: seeds.draws("rollup.provers"),
            waiting: VecDeque::new(),
            running: Slab::default(),
            started: 0,
            worked: 0,
            asked: 0,
        }
    }

    pub(super) const fn busy(&self) -> u64 {
        self.running.len() as u64
    }

    pub(super) const fn size(&self) -> u64 {
        self.size as u64
    }

    /// Their work up to now.
    pub(super) fn work(&self, now: SimTime) -> system::Work {
        let jobs = self.running.keys().map(|job| self.running.get(job).until.since(now));
        let ahead: u128 = jobs.map(|span| u128::from(span.get())).sum();
        system::Work { done: self.worked - ahead, asked: self.asked }
    }

    /// Adds a job and begins what can begin.
    pub(super) fn add(&mut self, work: Work, schedule: &mut impl Schedule<ZkEvent>) {
        self.asked += u128::from(self.time(work).0);
        self.waiting.push_back(work);
        self.begin(schedule);
    }

    /// A prover is done.
    pub(super) fn done(&mut self, job: u32, schedule: &mut impl Schedule<ZkEvent>) -> Running {
        let done = self.running.remove(job);
        self.begin(schedule);
        done
    }

    /// A prover was found dead. Returns its job and queues it again.
    pub(super) fn lost(&mut self, job: u32, schedule: &mut impl Schedule<ZkEvent>) -> Running {
        let lost = self.running.remove(job);
        self.add(lost.work, schedule);
        lost
    }

    /// What so much time of a prover costs, in US dollars.
    pub(super) fn usd(&self, time: SimDuration) -> f64 {
        self.prover.usd(time)
    }

    fn begin(&mut self, schedule: &mut impl Schedule<ZkEvent>) {
        while self.running.len() < self.size as usize {
            let Some(work) = self.waiting.pop_front() else { return };
            let mut draws = self.draws.at(0, self.started);
            self.started += 1;
            let time = self.time(work);
            let dies = draws.chance(self.failures);
            let died = SimDuration::from_secs_f64(time.as_secs_f64() * draws.unit());
            let spent = if dies { died + self.timeout } else { time };
            self.worked += u128::from(spent.0);
            let job =
                self.running.insert(Running { work, time: spent, until: schedule.now() + spent });
            let event = if dies { ZkEvent::Lost(job) } else { ZkEvent::Proved(job) };
            schedule.after(spent, event);
        }
    }

    /// A join of `k` proofs is a tree whose levels are worked off one after the other.
    fn time(&self, work: Work) -> SimDuration {
        match work {
            Work::Batch { operations, .. } => self.prover.time(operations),
            Work::Join { first, last } => {
                let (mut left, mut levels) = (last - first + 1, 0);
                while left > 1 {
                    left = left.div_ceil(u64::from(self.arity));
                    levels += 1;
                }
                self.join * levels
            }
        }
    }
}
