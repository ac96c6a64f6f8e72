//! What a payer knows of a route beyond the search: policies that came with errors, and inbound fees.
//!
//! Searches plan with what gossip tells. Where an error has brought a newer policy of a direction on the
//! route, the payer computes amounts and expiries anew with it and sends along the same route: lnd would search
//! again with the policy in its graph, and mostly find the same. Inbound fees (lnd 0.18) are discounts on what
//! comes in over a channel: lnd's payers count them, others pay without them, which forwarders accept.
//! A simplification: they do not guide the search itself.

use crate::ids::DirectedChannel;
use crate::lightning::payments::planning::{Knowledge, Planner, Request};
use crate::outcome::Failure;
use crate::payment::{PayerAction, forward};
use crate::routing::{Route, RouterChoice};

impl Knowledge<'_> {
    /// Corrects what is on the buffer; gives up where that makes it dearer than the payer accepts.
    pub(in crate::lightning) fn reprice(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let counts_inbound =
            matches!(self.core.params.router, RouterChoice::Lnd(_) | RouterChoice::LndFast(_))
                && self.core.world.network.has_inbound_fees();
        if request.learnt.is_empty() && !counts_inbound {
            return PayerAction::Send;
        }
        let limits = &self.core.params.send;
        for planned in &mut planner.buffer.plan {
            let route = &mut planned.route;
            if !self.reprice_route(route, request.learnt, counts_inbound) {
                return PayerAction::GiveUp(Failure::FeeLimit);
            }
            if route.fee() > limits.fee_limit_of(planned.amount) || route.cltv() > limits.cltv_limit
            {
                return PayerAction::GiveUp(Failure::FeeLimit);
            }
        }
        PayerAction::Send
    }

    /// Amounts and expiries from the payee on; false on overflow.
    fn reprice_route(&self, route: &mut Route, learnt: &[DirectedChannel], inbound: bool) -> bool {
        let network = &self.core.world.network;
        for place in (1..route.hops.len()).rev() {
            let (outgoing, incoming) = (route.hops[place], route.hops[place - 1]);
            let direction = outgoing.channel;
            let policy = match self.topology.gossip.stale(direction) {
                Some(stale) if !learnt.contains(&direction) => Some(stale),
                _ => network.policy(direction),
            };
            let Some(policy) = policy else { return false };
            let fee = if inbound {
                let inbound = network.inbound_fee(incoming.channel.reverse());
                forward::fee(policy, inbound, outgoing.amount)
            } else {
                policy.fee(outgoing.amount)
            };
            let amount = fee.and_then(|fee| outgoing.amount.checked_add(fee));
            let Some(amount) = amount else { return false };
            let delta = u32::from(policy.cltv_expiry_delta);
            let incoming = &mut route.hops[place - 1];
            incoming.amount = amount;
            incoming.cltv = incoming.cltv.max(outgoing.cltv.saturating_add(delta));
        }
        true
    }
}
