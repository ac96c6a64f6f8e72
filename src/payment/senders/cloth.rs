//! CLoTH's payer (commit `e0e4043`, `htlc.c`, `routing.c`, `payments.c`).
//!
//! Quirks kept: the first route of a payment is searched on the balances of the start of the run and
//! without anything learnt; when that first search finds nothing, the payment is cut once into two
//! halves, which go on independently and are not atomic. Undefined behaviour is left out.

use crate::outcome::Failure;
use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{PayerAction, PlanBuffer, Report, RouteRequest, Sender};
use crate::payment::senders::requests::{failure, knowledge, query};
use crate::routing::{Beliefs, Cloth, ClothParams, Knowledge, find_route};
use crate::units::{Msat, SimTime};

/// Blocks that CLoTH asks for at the payee (`routing.c`, `FINALTIMELOCK`).
const FINAL_CLTV: u32 = 40;

/// CLoTH's payment loop over [`Cloth`].
#[derive(Clone, Debug)]
pub(super) struct ClothSender {
    params: ClothParams,
    /// What a sender knows before the run.
    nothing: Beliefs,
}

impl ClothSender {
    /// A sender with these parameters.
    pub(super) const fn new(params: ClothParams) -> Self {
        Self { params, nothing: Beliefs::cloth(&params) }
    }

    /// CLoTH halves a payment whose first search fails: `floor(amount / 2)` and the rest, each
    /// searched on today's balances, neither knowing of the other.
    fn halve(request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let half = Msat(request.amount.get() / 2);
        if half == Msat::ZERO {
            return PayerAction::GiveUp(Failure::NoRoute);
        }
        let (scratch, plan) = buffer.start(2);
        for (part, amount) in plan.iter_mut().zip([half, request.amount - half]) {
            part.amount = amount;
            let query = query(&RouteRequest { amount, ..*request });
            let found = find_route(&Cloth, &knowledge(request), &query, scratch, &mut part.route);
            if let Err(nothing) = found {
                buffer.searches = 3;
                return PayerAction::GiveUp(failure(nothing));
            }
        }
        buffer.searches = 3;
        PayerAction::Send
    }
}

impl Sender for ClothSender {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let first = self.wants_initial_balances(request.attempts, request.is_part);
        let (scratch, plan) = buffer.start(1);
        plan[0].amount = request.amount;
        let found = if first {
            let stale = Knowledge {
                local_channels: request.initial,
                beliefs: &self.nothing,
                ..knowledge(request)
            };
            let query = query(&RouteRequest { now: SimTime::ZERO, ..*request });
            find_route(&Cloth, &stale, &query, scratch, &mut plan[0].route)
        } else {
            find_route(&Cloth, &knowledge(request), &query(request), scratch, &mut plan[0].route)
        };
        buffer.searches = 1;
        match found {
            Ok(()) => PayerAction::Send,
            Err(_) if first && self.params.halving => Self::halve(request, buffer),
            Err(nothing) => PayerAction::GiveUp(failure(nothing)),
        }
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_cloth(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::cloth(&self.params)
    }

    fn final_cltv(&self, _min_final_cltv_expiry_delta: u32) -> u32 {
        FINAL_CLTV
    }

    /// CLoTH's payees take every HTLC.
    fn accepted_cltv(&self, _min_final_cltv_expiry_delta: u32) -> u32 {
        0
    }

    /// Each half is claimed when it arrives.
    fn is_atomic(&self) -> bool {
        false
    }

    fn wants_initial_balances(&self, attempts: u32, is_part: bool) -> bool {
        attempts == 0 && !is_part
    }
}
