//! What a payer knows of a route beyond the search: policies that came with errors, and inbound fees.
//!
//! Searches plan with what gossip tells. Where an error has brought a newer policy of a direction on the
//! route, the payer computes amounts and expiries anew with it and sends along the same route: lnd would search
//! again with the policy in its graph, and mostly find the same. Inbound fees (lnd 0.18) are discounts on what
//! comes in over a channel: lnd's payers count them, others pay without them, which forwarders accept.
//! A simplification: they do not guide the search itself.

use crate::ids::DirectedChannel;
use crate::lightning::payments::planning::{Knowledge, Planner, Request};
use crate::network::InboundFee;
use crate::outcome::Failure;
use crate::payment::PayerAction;
use crate::routing::{Charge, Route, fill_hops};

impl Knowledge<'_> {
    /// Corrects what is on the buffer; gives up where that makes it dearer than the payer accepts.
    pub(in crate::lightning) fn reprice(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let counts_inbound = self.core.params.router.counts_inbound_fees()
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
        let searched = std::mem::take(&mut route.hops);
        let Some(last) = searched.last() else { return true };
        let path = searched.iter().map(|hop| hop.channel);
        fill_hops(&mut route.hops, path, (last.amount, last.cltv), |place, outgoing| {
            let (direction, incoming) = (outgoing.channel, &searched[place - 1]);
            let policy = match self.topology.gossip.stale(direction) {
                Some(stale) if !learnt.contains(&direction) => stale,
                _ => network.policy(direction)?,
            };
            let fee_in = if inbound {
                network.inbound_fee(incoming.channel.reverse())
            } else {
                InboundFee::default()
            };
            let Charge { fee, delta } = Charge::of(policy, fee_in, outgoing.amount)?;
            // An expiry that the search has made longer stays.
            let delta = delta.max(incoming.cltv.saturating_sub(outgoing.cltv));
            Some(Charge { fee, delta })
        })
    }
}
