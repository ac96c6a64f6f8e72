//! Payments on their way: from a demand to its row.
//!
//! Owns every payment and part under way and what their payees do. Reading order: `sending` (plan, see `planning`,
//! and offer the first HTLC), `forwarding` (hop by hop to the payee), `htlc_set` (payments in parts), `resolving` (preimages and failures back),
//! `finishing` (the payer knows; rows). `on_chain`: what happens to HTLCs when their channel closes. `ordered`:
//! payments of attackers.

mod diagnosis;
mod feasibility;
pub(in crate::lightning) mod finishing;
pub(in crate::lightning) mod forwarding;
mod htlc_set;
pub(in crate::lightning) mod on_chain;
pub(in crate::lightning) mod ordered;
pub(in crate::lightning) mod planning;
pub(in crate::lightning) mod reprice_route;
pub(in crate::lightning) mod resolving;
pub(in crate::lightning) mod route_hints;
pub(in crate::lightning) mod sending;
pub(in crate::lightning) mod speculation;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::channel::DanceEvent;
use crate::engine::{Draws, Seeds, Slab};
use crate::ids::PartId;
use crate::lightning::attack::hooks::HtlcView;
use crate::lightning::core::Core;
use crate::lightning::event::{Event, HtlcEvent};
use crate::lightning::payments::planning::Planner;
use crate::lightning::topology::availability::Needs;
use crate::payment::payee::Payees;
use crate::payment::{Leg, Part, PayeeParams, Payment};
use crate::routing::{Hop, LeastAmounts, MaxFlow};
use crate::units::{Msat, SimTime};

/// Payments on their way.
#[expect(clippy::struct_field_names, reason = "payments are what the part is named after")]
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Payments {
    payments: Slab<Payment>,
    parts: Slab<Part>,
    payees: Payees,
    preimages: Draws,
    /// Payments submitted so far.
    submitted: u64,
    /// Payments whose row has been written.
    ended: u64,
    /// Payments of attackers under way.
    ordered: u64,
    /// Payments submitted before this time are left out of statistics.
    warmup: SimTime,
    #[serde(skip)]
    buffers: Buffers,
}

/// Buffers that are used again and again.
#[derive(Default)]
struct Buffers {
    planner: Planner,
    hops: Vec<Hop>,
    waiting: Vec<PartId>,
    /// Looks for what stood in the way of a payment.
    search: LeastAmounts,
    /// Looks whether a payment is possible at all.
    flow: MaxFlow,
}

impl Payments {
    /// None yet.
    pub(in crate::lightning) fn new(payees: PayeeParams, warmup: SimTime, seeds: Seeds) -> Self {
        Self {
            payments: Slab::default(),
            parts: Slab::default(),
            payees: Payees::new(payees, seeds),
            preimages: seeds.draws("preimage"),
            submitted: 0,
            ended: 0,
            ordered: 0,
            warmup,
            buffers: Buffers::default(),
        }
    }

    /// Payments submitted so far.
    pub(in crate::lightning) fn submitted(&self) -> u64 {
        self.submitted
    }

    /// Payments whose row has been written.
    pub(in crate::lightning) fn ended(&self) -> u64 {
        self.ended
    }

    /// Payments of the workload under way.
    pub(in crate::lightning) fn under_way(&self) -> u64 {
        self.payments.len() as u64 - self.ordered
    }

    /// Whether nothing is under way.
    pub(in crate::lightning) fn is_empty(&self) -> bool {
        self.payments.is_empty()
    }

    /// Parts under way.
    pub(in crate::lightning) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.keys().map(|key| self.parts.get(key))
    }

    /// The first payment of which its payee has claimed some parts and not the others.
    pub(in crate::lightning) fn claimed_in_part(&self) -> Option<&Payment> {
        let payments = self.payments.keys().map(|key| self.payments.get(key));
        payments
            .filter(|payment| payment.attack_payment.is_none())
            .find(|payment| ![0, payment.parts].contains(&payment.parts_released))
    }

    /// The route of a part.
    pub(in crate::lightning) fn legs(&self, part: PartId) -> &[Leg] {
        &self.parts.get(part.0).legs
    }

    /// Money that an event is about, for the fingerprint: the HTLC's amount, or what is in flight.
    #[inline]
    pub(in crate::lightning) fn money_of(&self, event: Event, core: &Core) -> Msat {
        match event {
            Event::Htlc(
                HtlcEvent::Arrived { part, hop }
                | HtlcEvent::Unanswered { part, hop }
                | HtlcEvent::Preimage { part, hop }
                | HtlcEvent::Tunnelled { part, hop }
                | HtlcEvent::Failed { part, hop },
            ) => self.legs(part)[usize::from(hop)].hop.amount,
            Event::Htlc(HtlcEvent::Answered { part }) => self.parts.get(part.0).amount,
            Event::Dance(
                DanceEvent::Sign(direction)
                | DanceEvent::Arrive(direction)
                | DanceEvent::LockIn(direction),
            ) => core.channels.in_flight(direction),
            Event::Attack(_) | Event::Chain(_) | Event::Node(_) => Msat::ZERO,
        }
    }

    /// What must be up for an event to happen.
    pub(in crate::lightning) fn needs(&self, event: Event, core: &Core) -> Needs {
        match event {
            Event::Htlc(
                HtlcEvent::Arrived { part, hop }
                | HtlcEvent::Preimage { part, hop }
                | HtlcEvent::Failed { part, hop },
            ) => Needs::Channel(self.legs(part)[usize::from(hop)].hop.channel.channel()),
            Event::Dance(
                DanceEvent::Sign(direction)
                | DanceEvent::Arrive(direction)
                | DanceEvent::LockIn(direction),
            ) => Needs::Channel(direction.channel()),
            Event::Htlc(HtlcEvent::Answered { part }) => {
                let last = self.legs(part).last().expect("it has arrived somewhere");
                Needs::Node(core.world.network.target(last.hop.channel))
            }
            Event::Htlc(HtlcEvent::Tunnelled { .. } | HtlcEvent::Unanswered { .. })
            | Event::Attack(_)
            | Event::Chain(_)
            | Event::Node(_) => Needs::Nothing,
        }
    }

    /// An HTLC as hooks see it.
    fn view(&self, part: PartId, hop: usize, now: SimTime) -> HtlcView<'_> {
        let entry = self.parts.get(part.0);
        let attack_payment = self.payments.get(entry.payment.0).attack_payment;
        HtlcView { part, legs: &entry.legs, hop, attack_payment, now }
    }
}
