//! CLoTH's payer (commit `e0e4043`, `htlc.c`, `routing.c`, `payments.c`).
//!
//! Quirks kept: the first route of a payment is searched on the balances of the start of the run and
//! without anything learnt; when that first search finds nothing, the payment is cut once into two
//! halves, which go on independently and are not atomic. Undefined behaviour is left out.

use crate::outcome::Failure;
use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{Ask, PlanBuffer, Report, Sender, Step};
use crate::payment::senders::{failure, knowledge, query};
use crate::routing::{Beliefs, Cloth, ClothParams, Knowledge, Router};
use crate::units::{Msat, SimTime};

/// CLoTH's payment loop over [`Cloth`].
#[derive(Clone, Debug)]
pub struct ClothSender {
    params: ClothParams,
    /// What a sender knows before the run.
    nothing: Beliefs,
}

impl ClothSender {
    /// A sender with these parameters.
    pub const fn new(params: ClothParams) -> Self {
        Self { params, nothing: Beliefs::cloth(&params) }
    }

    /// CLoTH halves a payment whose first search fails: `floor(amount / 2)` and the rest, each
    /// searched on today's balances, neither knowing of the other.
    fn halve(ask: &Ask<'_>, buffer: &mut PlanBuffer) -> Step {
        let half = Msat(ask.amount.get() / 2);
        if half == Msat::ZERO {
            return Step::GiveUp(Failure::NoRoute);
        }
        let (scratch, plan) = buffer.start(2);
        for (part, amount) in plan.iter_mut().zip([half, ask.amount - half]) {
            part.amount = amount;
            let query = query(&Ask { amount, ..*ask });
            let found = Cloth.route(&knowledge(ask), &query, scratch, &mut part.route);
            if let Err(nothing) = found {
                buffer.searches = 3;
                return Step::GiveUp(failure(nothing, 0));
            }
        }
        buffer.searches = 3;
        Step::Send
    }
}

impl Sender for ClothSender {
    fn next(&self, ask: &Ask<'_>, buffer: &mut PlanBuffer) -> Step {
        let first = self.wants_initial_balances(ask.attempts, ask.is_part);
        let (scratch, plan) = buffer.start(1);
        plan[0].amount = ask.amount;
        let found = if first {
            let stale = Knowledge { own: ask.initial, beliefs: &self.nothing, ..knowledge(ask) };
            let query = query(&Ask { now: SimTime::ZERO, ..*ask });
            Cloth.route(&stale, &query, scratch, &mut plan[0].route)
        } else {
            Cloth.route(&knowledge(ask), &query(ask), scratch, &mut plan[0].route)
        };
        buffer.searches = 1;
        match found {
            Ok(()) => Step::Send,
            Err(_) if first && self.params.halving => Self::halve(ask, buffer),
            Err(nothing) => Step::GiveUp(failure(nothing, ask.attempts)),
        }
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_cloth(beliefs, report.view, report.hops, report.result, report.now)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::cloth(&self.params)
    }

    fn wants_initial_balances(&self, attempts: u32, is_part: bool) -> bool {
        attempts == 0 && !is_part
    }
}
