//! The bound on single paths: sends over the cheapest route among those that hold the money.
//!
//! Where it finds none while nothing else is under way, no sender of one part can succeed. Its first attempt
//! fails only for what balances do not show: a payee that refuses, a policy that gossip has not told yet, money
//! that another payment took meanwhile.

use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{PayerAction, PlanBuffer, Report, RouteRequest, Sender};
use crate::payment::senders::requests::plan_part;
use crate::routing::{Beliefs, Oracle};

/// A payer that knows balances.
#[derive(Clone, Copy, Debug)]
pub(super) struct OracleSender;

impl Sender for OracleSender {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let liquidity =
            request.liquidity.expect("whoever says that it knows liquidity is shown it");
        plan_part(&Oracle { liquidity }, request, buffer)
    }

    fn learn(&self, _beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_nothing(report.hops, report.result)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::none()
    }

    fn knows_liquidity(&self) -> bool {
        true
    }
}
