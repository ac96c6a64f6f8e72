//! The cheapest route, one part; a direction that failed is left out for the rest of the payment.
//!
//! The seed's router made correct: it has no memory between payments.

use crate::payment::interpret::{self, Verdict};
use crate::payment::sender::{Ask, Desk, Report, Sender, Step};
use crate::payment::senders::{failure, knowledge, query};
use crate::routing::{Beliefs, Cheapest, Router};

/// Always the least fee.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheapestSender;

impl Sender for CheapestSender {
    fn next(&self, ask: &Ask<'_>, desk: &mut Desk) -> Step {
        let (scratch, plan) = desk.start(1);
        plan[0].amount = ask.amount;
        let found = Cheapest.route(&knowledge(ask), &query(ask), scratch, &mut plan[0].route);
        desk.searches = 1;
        match found {
            Ok(()) => Step::Send,
            Err(nothing) => Step::GiveUp(failure(nothing, ask.attempts)),
        }
    }

    fn learn(&self, _beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        interpret::learn_nothing(report.hops, report.result)
    }

    fn blank(&self) -> Beliefs {
        Beliefs::none()
    }
}
