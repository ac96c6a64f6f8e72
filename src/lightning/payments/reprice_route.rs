//! What a payer knows of a route beyond the search: policies that came with errors.
//!
//! Searches plan with what gossip tells. Where an error has brought a newer policy of a direction on the
//! route, the payer computes amounts and expiries anew with it and sends along the same route: lnd would search
//! again with the policy in its graph, and mostly find the same. A simplification: the policy does not guide
//! the search itself.

use crate::ids::DirectedChannel;
use crate::lightning::payments::planning::{Knowledge, Planner, Request};
use crate::outcome::Failure;
use crate::payment::PayerAction;
use crate::routing::{Charge, Route, fill_hops};
use crate::units::Msat;

impl Knowledge<'_> {
    /// Corrects what is on the buffer; gives up where that makes it dearer than the payer accepts.
    pub(in crate::lightning) fn reprice(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        if request.learnt.is_empty() {
            return PayerAction::Send;
        }
        let limits = &self.core.params.send;
        let mut fees = Msat::ZERO;
        for planned in &mut planner.buffer.plan {
            let route = &mut planned.route;
            if !self.reprice_route(route, request.learnt) || route.cltv() > limits.cltv_limit {
                return PayerAction::GiveUp(Failure::FeeLimit);
            }
            fees = fees.saturating_add(route.fee());
        }
        if fees > request.fee_limit {
            return PayerAction::GiveUp(Failure::FeeLimit);
        }
        PayerAction::Send
    }

    /// Amounts and expiries from the payee on; false on overflow.
    pub(super) fn reprice_route(&self, route: &mut Route, learnt: &[DirectedChannel]) -> bool {
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
            let inbound = network.inbound_fee(incoming.channel.reverse());
            let Charge { fee, delta } = Charge::of(policy, inbound, outgoing.amount)?;
            // An expiry that the search has made longer stays.
            let delta = delta.max(incoming.cltv.saturating_sub(outgoing.cltv));
            Some(Charge { fee, delta })
        })
    }
}
