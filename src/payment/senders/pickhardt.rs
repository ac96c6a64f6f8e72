//! Pickhardt and Richter's payer: sends a payment along the cheapest flow over the uncertainty network, and what fails again
//! along another, until all has arrived (arXiv 2107.05322, "rounds").
//!
//! Bounds on balances are learnt and forgotten as LDK does it ([`crate::routing::ChannelScores`]): a failure bounds from above,
//! what passed from below. Other than in the paper bounds fade, and the amount that was to arrive stands for what each
//! channel carried. Parts under way are not counted against channels of others.

use crate::payment::interpret::Verdict;
use crate::payment::sender::{PayerAction, PlanBuffer, Planned, Report, RouteRequest, Sender};
use crate::payment::senders::one_part::Learning;
use crate::payment::senders::requests::{failure, knowledge, query};
use crate::routing::{Beliefs, Cuts, FlowCosts, LdkParams, PickhardtParams, split};

/// A payer that sends flows.
#[derive(Clone, Copy, Debug)]
pub(super) struct PickhardtSender {
    costs: FlowCosts,
    /// How bounds are kept.
    learning: LdkParams,
}

impl PickhardtSender {
    pub(super) fn new(params: PickhardtParams) -> Self {
        let costs = FlowCosts {
            pieces: params.pieces,
            mu: params.mu,
            most_base_msat: u32::try_from(params.base_fee_threshold.get()).unwrap_or(u32::MAX),
        };
        let learning = LdkParams {
            liquidity_offset_half_life: params.liquidity_half_life,
            beliefs_per_sender: params.beliefs_per_sender,
            ..LdkParams::default()
        };
        Self { costs, learning }
    }
}

impl Sender for PickhardtSender {
    fn next(&self, request: &RouteRequest<'_>, buffer: &mut PlanBuffer) -> PayerAction {
        let cuts = Cuts { most: request.parts_left as usize, least: request.limits.min_part };
        let (scratch, _) = buffer.start(0);
        let (found, searches) =
            split(&self.costs, cuts, &knowledge(request), &query(request), scratch);
        buffer.searches = searches;
        match found {
            Ok(routes) => {
                buffer.plan.extend(
                    routes.into_iter().map(|route| Planned { amount: route.amount(), route }),
                );
                PayerAction::Send
            }
            Err(nothing) => PayerAction::GiveUp(failure(nothing)),
        }
    }

    fn learn(&self, beliefs: &mut Beliefs, report: &Report<'_>) -> Verdict {
        self.learning.learn(beliefs, report)
    }

    fn initial_beliefs(&self) -> Beliefs {
        self.learning.initial_beliefs()
    }

    fn cuts_itself(&self) -> bool {
        true
    }
}
