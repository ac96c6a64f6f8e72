//! Asks the payer's algorithm: gathers what the payer may know, and nothing else.
//!
//! A plan is a pure function of a [`Request`], the payer's own channels (with their balances at the start where
//! its algorithm asks for them), what it has learnt, the public network and parameters. So it can also be made
//! ahead of time ([`crate::lightning::payments::speculation`]).

use crate::channel::Channels;
use crate::ids::{DirectedChannel, NodeId, PartId};
use crate::lightning::Lightning;
use crate::lightning::build::World;
use crate::lightning::topology::availability::Availability;
use crate::payment::{PayerAction, PlanBuffer, RouteRequest};
use crate::routing::LocalChannel;
use crate::units::{Msat, SimTime};
use crate::workload::Demand;

/// What is to be planned.
#[derive(Clone, Copy, Debug)]
pub(in crate::lightning) struct Request<'a> {
    pub(in crate::lightning) payer: NodeId,
    pub(in crate::lightning) payee: NodeId,
    pub(in crate::lightning) amount: Msat,
    /// Whether this is one of several parts of its payment.
    pub(in crate::lightning) is_part: bool,
    /// Attempts of this part so far.
    pub(in crate::lightning) attempts: u32,
    /// Directions that failed this payment, ascending.
    pub(in crate::lightning) avoid: &'a [DirectedChannel],
    /// Directions whose new policy came with an error.
    pub(in crate::lightning) learnt: &'a [DirectedChannel],
    pub(in crate::lightning) now: SimTime,
}

impl Request<'_> {
    /// The first attempt of a payment of one part, when it is due.
    pub(in crate::lightning) const fn first(demand: &Demand) -> Self {
        Self {
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
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
pub(in crate::lightning) struct Planner {
    pub(in crate::lightning) buffer: PlanBuffer,
    /// The payer's own channels, as the last plan saw them.
    pub(in crate::lightning) own: Vec<LocalChannel>,
    /// All its public channels with what it had at their start, where the payer's algorithm asks for that.
    pub(in crate::lightning) initial: Vec<LocalChannel>,
}

impl Lightning {
    /// Asks the payer's algorithm what to do with a part; what to send is then on the buffer.
    pub(in crate::lightning) fn plan(&mut self, id: PartId, now: SimTime) -> PayerAction {
        let mut planner = std::mem::take(&mut self.buffers.planner);
        let part = self.parts.get(id.0);
        let payment = self.payments.get(part.payment.0);
        let (payer, number) = (payment.demand.payer, payment.number);
        let request = Request {
            payer,
            payee: payment.demand.payee,
            amount: part.amount,
            is_part: payment.parts > 1,
            attempts: part.attempts,
            avoid: &payment.avoid,
            learnt: &payment.learnt,
            now,
        };
        let up = self.availability.as_ref();
        look(&mut self.channels, &self.world, up, &mut planner, &request);
        let ready =
            if payment.searches == 0 { self.buffers.speculation.take(number) } else { None };
        let belief_version = self.belief_version[payer.index()];
        let step = match ready {
            Some(ready) if ready.holds(&planner.own, belief_version, self.world.view.version()) => {
                self.buffers.speculation.note_use();
                match ready.put_into(&mut planner.buffer) {
                    PayerAction::Send => self.reprice(&mut planner, &request),
                    give_up @ PayerAction::GiveUp(_) => give_up,
                }
            }
            _ => self.find(&mut planner, &request),
        };
        let searches = planner.buffer.searches;
        let payment = part.payment;
        self.payments.get_mut(payment.0).searches += searches;
        self.ledger.node_mut(payer).searches += u64::from(searches);
        self.buffers.planner = planner;
        step
    }

    /// Plans with what [`look`] saw, hints included; what the payer knows better is put right.
    pub(in crate::lightning) fn find(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let mut step = self.search(planner, request);
        if matches!(step, PayerAction::GiveUp(_)) && self.needs_hints(request.payee) {
            step = self.search_by_hints(planner, request);
        }
        if step == PayerAction::Send { self.reprice(planner, request) } else { step }
    }

    /// Plans with what [`look`] saw and the public network alone.
    pub(in crate::lightning) fn search(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
    ) -> PayerAction {
        let final_cltv = self.world.final_cltv(request.payee);
        self.search_to(planner, request, request.payee, (request.amount, final_cltv))
    }

    /// Plans to bring an amount to a node, with so many blocks left there.
    pub(in crate::lightning) fn search_to(
        &self,
        planner: &mut Planner,
        request: &Request<'_>,
        payee: NodeId,
        (amount, final_cltv): (Msat, u32),
    ) -> PayerAction {
        self.recall(planner, request);
        let Planner { buffer, own, initial } = planner;
        let ask = RouteRequest {
            payer: request.payer,
            payee,
            amount,
            is_part: request.is_part,
            attempts: request.attempts,
            avoid: request.avoid,
            limits: &self.params.send,
            final_cltv,
            now: request.now,
            view: &self.world.view,
            local_channels: own,
            initial,
            beliefs: &self.beliefs[request.payer.index()],
        };
        self.world.sender().next(&ask, buffer)
    }

    /// Recalls the payer's own channels at the start of the run, if its algorithm asks for them.
    pub(in crate::lightning) fn recall(&self, planner: &mut Planner, request: &Request<'_>) {
        planner.initial.clear();
        if self.world.sender().wants_initial_balances(request.attempts, request.is_part) {
            let all = self.world.own(request.payer).iter();
            let public = all.filter(|d| !self.world.network.is_private(d.channel()));
            planner.initial.extend(public.map(|&direction| LocalChannel {
                direction,
                spendable: self.initial[direction.channel().index()][direction.from_side().index()],
            }));
        }
    }
}

/// Looks at the payer's own channels: those that are usable, and what they can send.
pub(in crate::lightning) fn look(
    channels: &mut Channels,
    world: &World,
    availability: Option<&Availability>,
    planner: &mut Planner,
    request: &Request<'_>,
) {
    let network = &world.network;
    let usable = |d: &&DirectedChannel| {
        request.avoid.binary_search(d).is_err()
            && !network.is_private(d.channel())
            && availability.is_none_or(|nodes| nodes.nodes.connects(network.ends(d.channel())))
    };
    planner.own.clear();
    planner.own.extend(world.own(request.payer).iter().filter(usable).map(|&direction| {
        LocalChannel { direction, spendable: channels.cached_spendable(direction) }
    }));
}
