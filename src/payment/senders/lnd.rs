//! lnd's payer: apriori mission control, one part. (Splitting comes with multi-part payments.)

use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{PayerAction, PlanBuffer, Report, RouteRequest, Sender};
use crate::payment::senders::{failure, knowledge, query};
use crate::routing::{Beliefs, Lnd, LndFast, LndParams, Router};

/// lnd's payment loop over [`Lnd`] or [`LndFast`].
#[derive(Clone, Debug)]
pub struct LndSender<R = Lnd> {
    router: R,
    params: LndParams,
}

impl LndSender {
    /// A sender that searches as lnd does.
    pub const fn new(params: LndParams) -> Self {
        Self { router: Lnd { params }, params }
    }
}

impl LndSender<LndFast> {
    /// A sender that finds the best route by lnd's cost.
    pub const fn fast(params: LndParams) -> Self {
        Self { router: LndFast { params }, params }
    }
}

impl<R: Router + Send + Sync> Sender for LndSender<R> {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let (scratch, plan) = buffer.start(1);
        plan[0].amount = request.amount;
        let found =
            self.router.route(&knowledge(request), &query(request), scratch, &mut plan[0].route);
        buffer.searches = 1;
        match found {
            Ok(()) => PayerAction::Send,
            Err(nothing) => PayerAction::GiveUp(failure(nothing, request.attempts)),
        }
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_lnd(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::lnd(&self.params)
    }
}
