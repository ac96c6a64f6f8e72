//! Route hints: how a payee that gossip does not know is paid.
//!
//! A payee whose open channels are all unannounced writes some of them into its invoice, each with its
//! peer and the policy of the direction towards it (BOLT 11, field `r`). The payer finds a way to the peer
//! for amount and fee of the last hop, and adds that hop. As lnd does, the payee names channels over which it
//! can receive the amount, the widest first.
//!
//! Simplifications: the payer tries the hints in their order and takes the first that has a route; its limit
//! on fees is checked on the whole route once that is found. Plans of several parts cannot be
//! extended: the fee of the last hop would have to be shared. So the sender `cloth` pays no such payee, as the
//! original cannot either.

use std::cmp::Reverse;

use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::payments::planning::{Knowledge, Planner, Request};
use crate::network::{InboundFee, Policy};
use crate::outcome::Failure;
use crate::payment::PayerAction;
use crate::routing::{Charge, Hop};
use crate::units::Msat;

/// Hints in an invoice at most (lnd `maxHopHints`: 20; few payers try more than the first).
const MOST_HINTS: usize = 20;

/// A last hop that gossip does not know.
#[derive(Clone, Copy, Debug)]
struct Hint {
    /// The node before the payee.
    peer: NodeId,
    direction: DirectedChannel,
    policy: Policy,
}

impl Knowledge<'_> {
    /// Whether a node has channels and gossip knows none of them.
    pub(in crate::lightning) fn needs_hints(&self, payee: NodeId) -> bool {
        let network = &self.core.world.network;
        if !network.has_unannounced() {
            return false;
        }
        let own = self.core.world.own(payee);
        !own.is_empty() && !own.iter().any(|d| network.is_announced(d.channel()))
    }

    /// What the payee writes into its invoice for this amount.
    fn hints(&self, payee: NodeId, amount: Msat) -> Vec<Hint> {
        let network = &self.core.world.network;
        let own = self.core.world.own(payee).iter().map(|direction| direction.reverse());
        let usable = own.filter(|d| {
            !network.is_attackers(d.channel())
                && self.topology.availability.is_connected(self.core, d.channel())
                && self.core.channels.spendable(*d) >= amount
        });
        let mut directions: Vec<_> = usable.collect();
        directions.sort_by_key(|&d| (Reverse(self.core.channels.spendable(d)), d));
        directions.truncate(MOST_HINTS);
        let hint = |&direction: &DirectedChannel| {
            let policy = *network.policy(direction)?;
            Some(Hint { peer: network.source(direction), direction, policy })
        };
        directions.iter().filter_map(hint).collect()
    }

    /// Plans a way to the peer of a hint, and the last hop.
    pub(in crate::lightning) fn search_by_hints(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let final_cltv = self.core.world.final_cltv(request.payee);
        let mut searches = planner.buffer.searches;
        let mut ended = PayerAction::GiveUp(Failure::NoRoute);
        for hint in self.hints(request.payee, request.amount) {
            let is_tried = request.avoid.binary_search(&hint.direction).is_ok();
            let charge = Charge::of(&hint.policy, InboundFee::default(), request.amount);
            let Some(Charge { fee, delta }) = charge else { continue };
            let Some(amount) = request.amount.checked_add(fee) else { continue };
            if is_tried || hint.peer == request.payer || request.amount < hint.policy.htlc_minimum {
                continue;
            }
            let cltv = final_cltv + delta;
            let step = self.search_to(planner, request, hint.peer, (amount, cltv));
            searches += planner.buffer.searches;
            planner.buffer.searches = searches;
            ended = match step {
                PayerAction::Send => self.extend(planner, request, &hint, final_cltv),
                PayerAction::GiveUp(_) => step,
            };
            if ended == PayerAction::Send {
                return ended;
            }
        }
        planner.buffer.searches = searches;
        ended
    }

    /// Adds the last hop to the route on the buffer, if the whole keeps the payer's limits.
    fn extend(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
        hint: &Hint,
        final_cltv: u32,
    ) -> PayerAction {
        let limits = &self.core.params.send;
        let [planned] = &mut planner.buffer.plan[..] else {
            return PayerAction::GiveUp(Failure::NoRoute);
        };
        let (channel, amount) = (hint.direction, request.amount);
        planned.route.hops.push(Hop { channel, amount, cltv: final_cltv });
        planned.amount = amount;
        if self.core.world.network.has_inbound_fees() {
            // What the peer charges depends on the channel before its own, too.
            let learnt = [request.learnt, &[channel]].concat();
            if !self.reprice_route(&mut planned.route, &learnt) {
                return PayerAction::GiveUp(Failure::FeeLimit);
            }
        }
        if planned.route.fee() > request.fee_limit {
            PayerAction::GiveUp(Failure::FeeLimit)
        } else if planned.route.hops.len() > usize::from(limits.max_hops)
            || planned.route.cltv() > limits.cltv_limit
        {
            PayerAction::GiveUp(Failure::NoRoute)
        } else {
            PayerAction::Send
        }
    }
}
