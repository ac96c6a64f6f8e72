//! Look-ahead: first attempts are planned on several threads before their payments are due.
//!
//! For the next few hundred demands the world is borrowed shared and each first attempt is planned in
//! a scoped thread. On arrival a plan is used only if the payer's own channels, what it has learnt and
//! the public network are just what the plan was made with; else the search is made again. A plan is a
//! pure function of those, so bytes never depend on threads; only the share of plans used goes to `timing.json`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::lightning::Lightning;
use crate::lightning::planning::{Planner, Request};
use crate::payment::{Desk, Planned, Step};
use crate::routing::OwnChannel;
use crate::workload::Demand;

/// Demands that a thread takes at once.
const SHARE: usize = 8;

/// The plans made ahead, and how many of them were of use.
#[derive(Default)]
pub(super) struct Ahead {
    /// In the order of their payments.
    ready: VecDeque<Ready>,
    workers: Vec<Planner>,
    /// Plans made.
    pub(super) made: u64,
    /// Plans used.
    pub(super) used: u64,
}

/// A plan made ahead, and what it was made with.
pub(super) struct Ready {
    /// The payment's place in the stream of demands.
    number: u64,
    own: Vec<OwnChannel>,
    /// How much the payer had learnt.
    lessons: u32,
    /// How often the public network had changed.
    version: u64,
    step: Step,
    plan: Vec<Planned>,
    searches: u32,
}

impl Ahead {
    /// Drops all plans.
    pub(super) fn forget(&mut self) {
        self.ready.clear();
    }

    /// The plan for payment `number`; plans for earlier ones are dropped.
    pub(super) fn take(&mut self, number: u64) -> Option<Ready> {
        while self.ready.front()?.number < number {
            self.ready.pop_front();
        }
        if self.ready.front()?.number == number { self.ready.pop_front() } else { None }
    }
}

impl Ready {
    /// Whether planning now would give the same.
    pub(super) fn holds(&self, own: &[OwnChannel], lessons: u32, version: u64) -> bool {
        self.lessons == lessons && self.version == version && self.own == own
    }

    /// Puts the plan on a desk, as if it had been made there.
    pub(super) fn put_on(self, desk: &mut Desk) -> Step {
        desk.plan = self.plan;
        desk.searches = self.searches;
        self.step
    }
}

impl Lightning {
    /// Plans the first attempts of `upcoming`, which are the next demands, on `threads` threads.
    pub(super) fn plan_ahead(&mut self, upcoming: &[Demand], threads: usize) {
        let mut ahead = std::mem::take(&mut self.buffers.ahead);
        ahead.workers.resize_with(threads, Planner::default);
        let next = AtomicUsize::new(0);
        let this = &*self;
        let mut ready: Vec<Ready> = thread::scope(|scope| {
            let handles: Vec<_> = ahead
                .workers
                .iter_mut()
                .map(|planner| scope.spawn(|| this.plan_some(upcoming, &next, planner)))
                .collect();
            let plans = handles.into_iter().map(|h| h.join().expect("planning does not panic"));
            plans.flatten().collect()
        });
        ready.sort_unstable_by_key(|plan| plan.number);
        ahead.made += ready.len() as u64;
        ahead.ready = ready.into();
        self.buffers.ahead = ahead;
    }

    /// Takes shares of the demands until none are left.
    fn plan_some(
        &self,
        upcoming: &[Demand],
        next: &AtomicUsize,
        planner: &mut Planner,
    ) -> Vec<Ready> {
        let mut plans = Vec::new();
        loop {
            let from = next.fetch_add(SHARE, Ordering::Relaxed);
            let share = upcoming.iter().enumerate().skip(from).take(SHARE);
            if share.len() == 0 {
                return plans;
            }
            // A hint says what its payee has when it writes the invoice: not yet.
            let public = share.filter(|(_, demand)| !self.needs_hints(demand.payee));
            plans.extend(
                public.map(|(i, demand)| self.plan_one(self.submitted + i as u64, demand, planner)),
            );
        }
    }

    fn plan_one(&self, number: u64, demand: &Demand, planner: &mut Planner) -> Ready {
        let request = Request {
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            is_part: false,
            attempts: 0,
            avoid: &[],
            learnt: &[],
            now: demand.at,
        };
        self.look(planner, &request);
        let step = self.find(planner, &request);
        Ready {
            number,
            own: planner.own.clone(),
            lessons: self.lessons[demand.payer.index()],
            version: self.world.view.version(),
            step,
            plan: std::mem::take(&mut planner.desk.plan),
            searches: planner.desk.searches,
        }
    }

    /// Plans made ahead and plans used.
    pub(super) const fn plans(&self) -> (u64, u64) {
        (self.buffers.ahead.made, self.buffers.ahead.used)
    }
}
