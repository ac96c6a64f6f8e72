//! Asks for plans of first attempts before their payments are due; see [`crate::lightning::plan_ahead`].

use std::collections::VecDeque;

use crate::lightning::lent::Lent;
use crate::lightning::payments::Payments;
use crate::lightning::payments::planning::{Knowledge, Planner, Request, look};
use crate::lightning::plan_ahead::PlanRequest;
use crate::workload::Demand;

impl Payments {
    /// Has the first attempts of `upcoming`, which are the next demands, planned beside the run, which counts as
    /// one of `threads` threads.
    pub(in crate::lightning) fn plan_ahead(
        &mut self,
        upcoming: &[Demand],
        threads: usize,
        lent: &mut Lent<'_>,
    ) {
        let mut planner = std::mem::take(&mut self.buffers.planner);
        let mut requests = VecDeque::with_capacity(upcoming.len());
        for (number, demand) in (self.submitted..).zip(upcoming) {
            requests.extend(plan_request(number, demand, &mut planner, lent));
        }
        self.buffers.planner = planner;
        lent.core.world.speculation.ask(requests, threads);
    }
}

/// `None`: what the plan depends on is not yet: a hint says what its payee has when it writes the invoice, and the
/// oracle looks at balances when it plans.
fn plan_request(
    number: u64,
    demand: &Demand,
    planner: &mut Planner,
    lent: &mut Lent<'_>,
) -> Option<PlanRequest> {
    let request = Request::first(demand, &lent.core.params.send);
    let (core, initial) = (&*lent.core, &lent.core.initial[..]);
    let knowledge = Knowledge { core, senders: lent.senders, topology: lent.topology, initial };
    if knowledge.needs_hints(demand.payee) || core.world.sender().knows_liquidity() {
        return None;
    }
    knowledge.recall(planner, &request);
    look(lent.core, &lent.topology.availability, planner, &request);
    let core = &*lent.core;
    Some(PlanRequest {
        number,
        payer: demand.payer,
        payee: demand.payee,
        amount: demand.amount,
        final_cltv: core.world.final_cltv(demand.payee),
        now: demand.at,
        own: planner.own.clone(),
        initial: planner.initial.clone(),
        beliefs: lent.senders.beliefs(demand.payer).clone(),
        belief_version: lent.senders.version(demand.payer),
        limits: core.params.send,
        view: core.world.shared_view(),
        sender: core.world.shared_sender(),
    })
}
