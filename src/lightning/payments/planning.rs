//! Asks the payer's algorithm: gathers what the payer may know, and nothing else.
//!
//! A plan is a pure function of a [`Request`], the payer's own channels (with their balances at the start where
//! its algorithm asks for them), what it has learnt, the public network and parameters. So it can also be made
//! ahead of time (`speculation`).

use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::core::Core;
use crate::lightning::senders::Senders;
use crate::lightning::topology::Topology;
use crate::lightning::topology::availability::Availability;
use crate::outcome::Failure;
use crate::payment::{PayerAction, PlanBuffer, RouteRequest, SendParams};
use crate::routing::{Liquidity, LocalChannel};
use crate::units::{Msat, SimTime};
use crate::workload::Demand;

/// What is to be planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) payer: NodeId,
    pub(super) payee: NodeId,
    pub(super) amount: Msat,
    /// The largest fee that the payer accepts for it.
    pub(super) fee_limit: Msat,
    /// Other parts of the payment that are under way.
    pub(super) parts_under_way: u32,
    /// Whether this is one of several parts of its payment.
    pub(super) is_part: bool,
    /// Attempts of this part so far.
    pub(super) attempts: u32,
    /// Directions that failed this payment, ascending.
    pub(super) avoid: &'a [DirectedChannel],
    /// Directions whose new policy came with an error.
    pub(super) learnt: &'a [DirectedChannel],
    pub(super) now: SimTime,
}

impl Request<'_> {
    /// The first attempt of a payment of one part, when it is due.
    pub(super) fn first(demand: &Demand, limits: &SendParams) -> Self {
        Self {
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            fee_limit: limits.fee_limit_of(demand.amount),
            parts_under_way: 0,
            is_part: false,
            attempts: 0,
            avoid: &[],
            learnt: &[],
            now: demand.at,
        }
    }
}

/// A place to plan: buffers that are used again and again, one per thread.
#[derive(Default)]
pub(super) struct Planner {
    pub(super) buffer: PlanBuffer,
    /// The payer's own channels, as the last plan saw them.
    pub(super) own: Vec<LocalChannel>,
    /// All its public channels with what it had at their start, where the payer's algorithm asks for that.
    pub(super) initial: Vec<LocalChannel>,
}

/// What a payer may know.
#[derive(Clone, Copy)]
pub(super) struct Knowledge<'a> {
    pub(super) core: &'a Core,
    pub(super) senders: &'a Senders,
    pub(super) topology: &'a Topology,
    /// What each side had at the start of each channel.
    pub(super) initial: &'a [[Msat; 2]],
}

impl Knowledge<'_> {
    /// Plans all of the request, or a part of it.
    pub(super) fn find(&self, planner: &mut Planner, request: &Request<'_>) -> PayerAction {
        let whole = self.find_whole(planner, request);
        self.or_a_part(whole, planner, request)
    }

    /// Where no route was found for `whole`, half of it is tried, then half of that, as lnd does (`routing/payment_session.go`,
    /// `RequestRoute`): down to the smallest part, and not beyond the number of parts. The plan is for the first amount
    /// that has a route; what it leaves is planned when that part is under way.
    pub(super) fn or_a_part(
        &self,
        whole: PayerAction,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let SendParams { max_parts, min_part, .. } = self.core.params.send;
        let mut amount = request.amount;
        let mut searches = planner.buffer.searches;
        let mut step = whole;
        let may_cut = !self.core.world.sender().cuts_itself();
        while may_cut
            && matches!(step, PayerAction::GiveUp(Failure::NoRoute | Failure::FeeLimit))
            && request.parts_under_way + 1 < max_parts
            && amount.get() / 2 >= min_part.get()
        {
            amount = Msat(amount.get() / 2);
            step = self.find_whole(planner, &Request { amount, ..*request });
            searches += planner.buffer.searches;
        }
        planner.buffer.searches = searches;
        if step == PayerAction::Send { step } else { whole }
    }

    /// Plans with what [`look`] saw, hints included; what the payer knows better is put right.
    fn find_whole(&self, planner: &mut Planner, request: &Request<'_>) -> PayerAction {
        let mut step = self.search(planner, request);
        if matches!(step, PayerAction::GiveUp(_)) && self.needs_hints(request.payee) {
            step = self.search_by_hints(planner, request);
        }
        if step == PayerAction::Send { self.reprice(planner, request) } else { step }
    }

    /// Plans with what [`look`] saw and the public network alone.
    pub(super) fn search(&self, planner: &mut Planner, request: &Request<'_>) -> PayerAction {
        let final_cltv = self.core.world.final_cltv(request.payee);
        self.search_to(planner, request, request.payee, (request.amount, final_cltv))
    }

    /// Plans to bring an amount to a node, with so many blocks left there.
    pub(super) fn search_to(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
        payee: NodeId,
        (amount, final_cltv): (Msat, u32),
    ) -> PayerAction {
        self.recall(planner, request);
        let Planner { buffer, own, initial } = planner;
        let sender = self.core.world.sender();
        let balances = Balances { core: self.core, availability: &self.topology.availability };
        let ask = RouteRequest {
            payer: request.payer,
            payee,
            amount,
            is_part: request.is_part,
            attempts: request.attempts,
            avoid: request.avoid,
            fee_limit: request.fee_limit,
            parts_left: self.core.params.send.max_parts.saturating_sub(request.parts_under_way),
            limits: &self.core.params.send,
            final_cltv,
            now: request.now,
            view: &self.core.world.view,
            local_channels: own,
            initial,
            beliefs: self.senders.beliefs(request.payer),
            liquidity: sender.knows_liquidity().then_some(&balances),
        };
        sender.next(&ask, buffer)
    }

    /// Recalls the payer's own channels at the start of the run, if its algorithm asks for them.
    pub(super) fn recall(&self, planner: &mut Planner, request: &Request<'_>) {
        planner.initial.clear();
        if self.core.world.sender().wants_initial_balances(request.attempts, request.is_part) {
            let all = self.core.world.own(request.payer).iter();
            let public = all.filter(|d| !self.core.world.network.is_attackers(d.channel()));
            planner.initial.extend(public.map(|&direction| LocalChannel {
                direction,
                spendable: self.initial[direction.channel().index()][direction.from_side().index()],
            }));
        }
    }
}

/// What channels hold now, for the oracle: the one way from balances to a plan.
struct Balances<'a> {
    core: &'a Core,
    availability: &'a Availability,
}

impl Liquidity for Balances<'_> {
    fn spendable(&self, direction: DirectedChannel) -> Msat {
        if self.availability.is_connected(self.core, direction.channel()) {
            self.core.channels.spendable(direction)
        } else {
            Msat::ZERO
        }
    }
}

impl std::fmt::Debug for Balances<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Balances").finish_non_exhaustive()
    }
}

/// Looks at the payer's own channels: those that are usable, and what they can send.
pub(super) fn look(
    core: &mut Core,
    availability: &Availability,
    planner: &mut Planner,
    request: &Request<'_>,
) {
    let Core { world, channels, .. } = core;
    let network = &world.network;
    let nodes = availability.nodes.as_ref();
    let usable = |d: &&DirectedChannel| {
        request.avoid.binary_search(d).is_err()
            && !network.is_attackers(d.channel())
            && nodes.is_none_or(|nodes| nodes.connects(network.ends(d.channel())))
    };
    planner.own.clear();
    planner.own.extend(world.own(request.payer).iter().filter(usable).map(|&direction| {
        LocalChannel { direction, spendable: channels.cached_spendable(direction) }
    }));
}
