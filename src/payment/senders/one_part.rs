//! A payer who sends each payment in one part, over the route that a search finds.
//!
//! `lnd` and `lnd_fast` learn as lnd does. `cheapest` is the original router, corrected: a direction that failed is left
//! out for the rest of the payment, and there is no memory between payments unless `memory` gives it one; then it
//! learns from failures as lnd does, and leaves out what failed, for the failed amount and more.

use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{PayerAction, PlanBuffer, Report, RouteRequest, Sender};
use crate::payment::senders::requests::plan_part;
use crate::routing::{Beliefs, CheapestParams, LndParams, Router};

/// Sends what `router` finds, and learns as `learning` says.
#[derive(Clone, Debug)]
pub(super) struct OnePart<R, L> {
    pub(super) router: R,
    pub(super) learning: L,
}

/// How a payer learns.
pub(super) trait Learning: Send + Sync {
    /// Takes in how an attempt ended.
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict;
    /// What a payer knows before its first payment.
    fn initial_beliefs(&self) -> Beliefs;
}

impl<R: Router + Send + Sync, L: Learning> Sender for OnePart<R, L> {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        plan_part(&self.router, request, buffer)
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        self.learning.learn(beliefs, report)
    }

    fn initial_beliefs(&self) -> Beliefs {
        self.learning.initial_beliefs()
    }
}

impl Learning for LndParams {
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_lnd(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::lnd(self)
    }
}

impl Learning for CheapestParams {
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        if self.memory.is_none() {
            return interpret::learn_nothing(report.hops, report.result);
        }
        interpret::learn_lnd(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::cheapest(self)
    }
}
