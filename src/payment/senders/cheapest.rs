//! The cheapest route, one part; a direction that failed is left out for the rest of the payment.
//!
//! The seed's router made correct. It has no memory between payments unless `memory` gives it one: then it
//! learns from failures as lnd does, and leaves out what failed, for the failed amount and more.

use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{PayerAction, PlanBuffer, Report, RouteRequest, Sender};
use crate::payment::senders::{failure, knowledge, query};
use crate::routing::{Beliefs, Cheapest, CheapestParams, Router};

/// Always the least fee.
#[derive(Clone, Copy, Debug)]
pub struct CheapestSender {
    params: CheapestParams,
}

impl CheapestSender {
    /// With these parameters.
    pub const fn new(params: CheapestParams) -> Self {
        Self { params }
    }
}

impl Sender for CheapestSender {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let (scratch, plan) = buffer.start(1);
        plan[0].amount = request.amount;
        let found =
            Cheapest.route(&knowledge(request), &query(request), scratch, &mut plan[0].route);
        buffer.searches = 1;
        match found {
            Ok(()) => PayerAction::Send,
            Err(nothing) => PayerAction::GiveUp(failure(nothing, request.attempts)),
        }
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        if self.params.memory.is_none() {
            return interpret::learn_nothing(report.hops, report.result);
        }
        interpret::learn_lnd(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::cheapest(&self.params)
    }
}
