//! How an eclair payer learns: a channel that failed for want of balance is left out for a while, whatever the amount.
//!
//! Facts (commit `5b765e026`): `payment/send/PaymentLifecycle.scala`, `router/Router.scala` (`ExcludeChannel`). What else
//! fails is left out for the rest of the payment.

use crate::outcome::OnionError;
use crate::payment::interpret::{self, AttemptResult, Verdict};
use crate::payment::sender::Report;
use crate::payment::senders::one_part::Learning;
use crate::routing::{Beliefs, EclairParams};
use crate::units::Msat;

impl Learning for EclairParams {
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        let Report { view, hops, result, now } = *report;
        if let AttemptResult::Failed { error: OnionError::TemporaryChannelFailure, hop } = result
            && (1..hops.len()).contains(&usize::from(hop))
        {
            let failed = hops[usize::from(hop)].channel;
            beliefs.failure(view.source(failed), view.target(failed), Msat::ZERO, now);
        }
        interpret::learn_nothing(hops, result)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::eclair(self)
    }
}
