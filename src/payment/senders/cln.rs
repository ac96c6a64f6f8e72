//! How a Core Lightning payer learns: from channels that could not carry an amount.
//!
//! Facts (commit `090f4b0e6`): `plugins/libplugin-pay.c`, `plugins/channel_hint.c`. Whatever else fails is left out for
//! the rest of the payment.

use crate::outcome::OnionError;
use crate::payment::interpret::{self, AttemptResult, Verdict};
use crate::payment::sender::Report;
use crate::payment::senders::one_part::Learning;
use crate::routing::{Beliefs, ClnParams};

impl Learning for ClnParams {
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        let Report { view, hops, result, now } = *report;
        let pair = |hop: usize| (view.source(hops[hop].channel), view.target(hops[hop].channel));
        let carried = match result {
            AttemptResult::Settled => hops.len(),
            AttemptResult::Failed { hop, .. } => usize::from(hop),
        };
        // The payer sees its own channel.
        for (place, hop) in hops.iter().enumerate().take(carried).skip(1) {
            let (from, to) = pair(place);
            // Only what contradicts an earlier failure is kept.
            if beliefs.pair(from, to).is_some() {
                beliefs.success(from, to, hop.amount, now);
            }
        }
        if let AttemptResult::Failed { error: OnionError::TemporaryChannelFailure, hop } = result
            && (1..hops.len()).contains(&usize::from(hop))
        {
            let (from, to) = pair(usize::from(hop));
            beliefs.failure(from, to, hops[usize::from(hop)].amount, now);
        }
        interpret::learn_nothing(hops, result)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::cln(self)
    }
}
