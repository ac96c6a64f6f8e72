//! Look-ahead: first attempts are planned on other threads before their payments are due.
//!
//! For the next few hundred demands all that a plan depends on is copied, but for the public network, which is
//! shared; threads work through that while the run goes on ([`crate::lightning::planners`]). When a payment is
//! due, its plan is used only if the payer's own channels, what it has learnt and the public network are still
//! what the plan was made with; else, or if no thread has come to it, the search is made then. A plan is a pure
//! function of those, so bytes never depend on threads; only the share of plans used goes to `timing.json`.

use std::collections::VecDeque;

use crate::lightning::Lightning;
use crate::lightning::planners::{Answer, Planners, Question};
use crate::lightning::planning::{Planner, Request, final_cltv, look};
use crate::payment::{Desk, PayerAction};
use crate::routing::LocalChannel;
use crate::workload::Demand;

/// The threads, and how many of their plans were of use.
#[derive(Default)]
pub(super) struct Ahead {
    planners: Planners,
    /// Plans asked for.
    pub(super) made: u64,
    /// Plans used.
    pub(super) used: u64,
}

impl Ahead {
    /// Drops all plans. To be called before the public network changes, as the threads share it.
    pub(super) fn forget(&mut self) {
        self.planners.forget();
    }

    /// The plan for payment `number`; plans for earlier ones are dropped.
    pub(super) fn take(&mut self, number: u64) -> Option<Answer> {
        self.planners.answer(number)
    }
}

impl Answer {
    /// Whether planning now would give the same.
    pub(super) fn holds(&self, own: &[LocalChannel], lessons: u32, version: u64) -> bool {
        self.lessons == lessons && self.version == version && self.own == own
    }

    /// Puts the plan on a desk, as if it had been made there.
    pub(super) fn put_on(self, desk: &mut Desk) -> PayerAction {
        desk.plan = self.plan;
        desk.searches = self.searches;
        self.step
    }
}

impl Lightning {
    /// Has the first attempts of `upcoming`, which are the next demands, planned beside the run, which counts as
    /// one of `threads` threads.
    pub(super) fn plan_ahead(&mut self, upcoming: &[Demand], threads: usize) {
        let mut planner = std::mem::take(&mut self.buffers.planner);
        let mut questions = VecDeque::with_capacity(upcoming.len());
        for (number, demand) in (self.submitted..).zip(upcoming) {
            // A hint says what its payee has when it writes the invoice: not yet.
            if !self.needs_hints(demand.payee) {
                questions.push_back(self.question(number, demand, &mut planner));
            }
        }
        self.buffers.planner = planner;
        self.buffers.ahead.made += questions.len() as u64;
        self.buffers.ahead.planners.ask(questions, threads.saturating_sub(1));
    }

    fn question(&mut self, number: u64, demand: &Demand, planner: &mut Planner) -> Question {
        let request = Request::first(demand);
        let up = self.availability.as_ref();
        look(&mut self.channels, &self.world, up, planner, &request);
        self.recall(planner, &request);
        let software = self.world.network.node(demand.payee).software;
        Question {
            number,
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            final_cltv: final_cltv(&self.params.router, software),
            now: demand.at,
            own: planner.own.clone(),
            initial: planner.initial.clone(),
            beliefs: self.beliefs[demand.payer.index()].clone(),
            lessons: self.lessons[demand.payer.index()],
            limits: self.params.send,
            view: self.world.shared_view(),
            sender: self.world.shared_sender(),
        }
    }

    /// Plans asked for ahead and plans used.
    pub(super) const fn plans(&self) -> (u64, u64) {
        (self.buffers.ahead.made, self.buffers.ahead.used)
    }
}
