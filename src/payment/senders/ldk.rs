//! How an LDK payer learns.
//!
//! Facts: `lightning/src/ln/onion_utils.rs`, `lightning-background-processor`, commit `cfee4b755`. A failure on the way
//! is blamed on the channel after the node that reported it, or before it where the node itself is at fault; channels
//! before that let the payment pass. A payment that its payee refuses is one that all channels let pass.

use crate::outcome::OnionError;
use crate::payment::interpret::{self, AttemptResult, Verdict};
use crate::payment::sender::Report;
use crate::payment::senders::one_part::Learning;
use crate::routing::{Beliefs, LdkParams};

impl Learning for LdkParams {
    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        let Report { view, hops, result, now } = *report;
        let (Some(scores), Some(last)) = (beliefs.scores_mut(), hops.last()) else {
            return interpret::learn_nothing(hops, result);
        };
        let amount = last.amount.get();
        match result {
            AttemptResult::Settled => scores.succeeded(view, hops, now),
            // The payer sees its own channels.
            AttemptResult::Failed { hop: 0, .. } => {}
            AttemptResult::Failed { hop, .. } if usize::from(hop) == hops.len() => {
                scores.passed(view, hops, amount, now);
            }
            AttemptResult::Failed { error, hop } => {
                let blamed = usize::from(hop) - usize::from(is_of_the_node(error));
                scores.passed(view, &hops[..blamed], amount, now);
                if blamed > 0 {
                    scores.refused(view, hops[blamed].channel, amount, now);
                }
            }
        }
        interpret::learn_nothing(hops, result)
    }

    fn initial_beliefs(&self) -> Beliefs {
        Beliefs::ldk(self)
    }
}

/// Whether the error says that the node that reports it is at fault, not the channel that it was to use.
const fn is_of_the_node(error: OnionError) -> bool {
    matches!(error, OnionError::ExpiryTooFar | OnionError::IncorrectOrUnknownPaymentDetails)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
    use crate::network::{Channel, Network, Node, Policy};
    use crate::outcome::Failure;
    use crate::routing::{Hop, View};
    use crate::units::{Msat, Ppm, Sat, SimTime};

    const NOW: SimTime = SimTime(1_000_000_000);

    fn line() -> (View, Vec<Hop>) {
        let mut network = Network::default();
        let policy = Policy {
            fee_base_msat: 0,
            proportional_millionths: Ppm(0),
            cltv_expiry_delta: 40,
            htlc_minimum: Msat(0),
            htlc_maximum: Msat(1_000_000),
            disabled: false,
        };
        for node in 0..4 {
            network.add_node(Node { name: node.to_string().into(), software: None });
        }
        for i in 0..3 {
            let policies = [Some(policy); 2];
            let channel =
                Channel { name: "c".into(), capacity: Sat(1_000), policies, stated: None };
            network.add_channel(NodeId(i), NodeId(i + 1), channel);
        }
        let hop = |channel| Hop {
            channel: DirectedChannel::new(ChannelId(channel), Side::One),
            amount: Msat(500_000),
            cltv: 0,
        };
        (View::compile(&network), (0..3).map(hop).collect())
    }

    /// How many channels have a score after this result, and what is left to do.
    fn learnt(result: AttemptResult) -> (usize, Verdict) {
        let params = LdkParams::default();
        let mut beliefs = params.initial_beliefs();
        let (view, hops) = line();
        let report = Report { view: &view, hops: &hops, result, now: NOW };
        let verdict = params.learn(&mut beliefs, &report);
        (beliefs.scores().len(), verdict)
    }

    #[test]
    fn channels_up_to_the_blamed_one_are_scored() {
        let failed = |error, hop| learnt(AttemptResult::Failed { error, hop });
        let rejected = Verdict::Stop(Failure::Rejected);
        assert_eq!(learnt(AttemptResult::Settled), (3, Verdict::Settled));
        assert_eq!(failed(OnionError::TemporaryChannelFailure, 0), (0, Verdict::Retry));
        assert_eq!(failed(OnionError::TemporaryChannelFailure, 1), (2, Verdict::Retry));
        assert_eq!(failed(OnionError::TemporaryChannelFailure, 2), (3, Verdict::Retry));
        assert_eq!(failed(OnionError::ExpiryTooFar, 2), (2, Verdict::Retry));
        assert_eq!(failed(OnionError::ExpiryTooFar, 1), (0, Verdict::Retry), "its own channel");
        assert_eq!(failed(OnionError::IncorrectOrUnknownPaymentDetails, 3), (3, rejected));
    }
}
