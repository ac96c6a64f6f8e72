//! The payer's side: take a demand, plan, offer the first HTLC, plan again.

use sha2::{Digest, Sha256};

use crate::channel::{Add, Refused};
use crate::ids::{PartId, PaymentId};
use crate::lightning::attack::hooks::Hooks;
use crate::lightning::books::Books;
use crate::lightning::core::Core;
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::payments::Payments;
use crate::lightning::payments::feasibility::is_feasible;
use crate::lightning::payments::planning::{Knowledge, Request, look};
use crate::lightning::transport::faults::UNANSWERED_FOR;
use crate::lightning::transport::latency::Way;
use crate::outcome::{Failure, OnionError};
use crate::payment::{Leg, Part, PayerAction, Payment};
use crate::units::{BlockHeight, Msat, SimTime};
use crate::workload::Demand;

impl Payments {
    /// Takes a demand and makes the first attempt.
    pub(in crate::lightning) fn pay(
        &mut self,
        demand: &Demand,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let number = self.submitted;
        self.submitted += 1;
        let preimage = self.preimage_of(number);
        let lock = Sha256::digest(preimage).into();
        let mut payment = Payment::new(*demand, number, lock);
        if lent.core.params.feasibility {
            let flow = &mut self.buffers.flow;
            let availability = &lent.topology.availability;
            payment.feasible = Some(is_feasible(flow, lent.core, availability, demand));
        }
        let payment = PaymentId(self.payments.insert(payment));
        let part = self.add_part(payment, demand.amount);
        if lent.topology.availability.is_down(demand.payer) {
            return self.give_up(part, Failure::PayerOffline, lent, cx);
        }
        self.advance(part, lent, cx);
    }

    /// The preimage of payment `number`: derived, never stored.
    pub(super) fn preimage_of(&self, number: u64) -> [u8; 32] {
        self.preimages.at(number, 0).bytes()
    }

    pub(super) fn add_part(&mut self, payment: PaymentId, amount: Msat) -> PartId {
        let parent = self.payments.get_mut(payment.0);
        let number = parent.parts;
        parent.parts += 1;
        parent.parts_open += 1;
        parent.parts_alive += 1;
        let part = Part {
            payment,
            number,
            amount,
            attempts: 0,
            attempt: 0,
            sent: SimTime::ZERO,
            height: BlockHeight(0),
            answer: None,
            legs: Vec::new(),
            htlcs: 0,
            open: true,
            tunnel: None,
            error: None,
        };
        PartId(self.parts.insert(part))
    }

    /// Plans and sends until an HTLC is under way or the payer gives up.
    pub(in crate::lightning) fn advance(
        &mut self,
        part: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let mut waiting = std::mem::take(&mut self.buffers.waiting);
        waiting.push(part);
        while let Some(part) = waiting.pop() {
            if let Some(failure) = self.out_of_bounds(part, lent.core, cx.now) {
                self.give_up(part, failure, lent, cx);
                continue;
            }
            match self.plan(part, lent, cx.now) {
                PayerAction::GiveUp(failure) => self.give_up(part, failure, lent, cx),
                PayerAction::Send => {
                    let first_unsent = waiting.len();
                    self.send_plan(part, &mut waiting, lent, cx);
                    // Parts that were refused plan again in the order in which they were sent.
                    waiting[first_unsent..].reverse();
                }
            }
        }
        self.buffers.waiting = waiting;
    }

    /// Whether the payer's own rules forbid another attempt.
    fn out_of_bounds(&self, part: PartId, core: &Core, now: SimTime) -> Option<Failure> {
        let part = self.parts.get(part.0);
        let payment = self.payments.get(part.payment.0);
        if payment.failure.is_some() && core.world.sender().is_atomic() {
            // Another part has been given up: without it the payee claims none.
            return payment.failure;
        }
        let limits = &core.params.send;
        if payment.attempts == 0 {
            return None;
        }
        if now > payment.demand.at + limits.payment_timeout {
            return Some(Failure::Timeout);
        }
        let most = limits.max_attempts?;
        (payment.attempts >= most).then_some(Failure::NoRoute)
    }

    /// Sends every part of the plan on the buffer; the first entry is `part` itself. Parts that the
    /// payer's own channel refuses go to `unsent`, and after them what the plan leaves of the amount.
    fn send_plan(
        &mut self,
        part: PartId,
        unsent: &mut Vec<PartId>,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let plan = std::mem::take(&mut self.buffers.planner.buffer.plan);
        let Part { payment, amount: mut rest, .. } = *self.parts.get(part.0);
        let first = unsent.len();
        for (i, planned) in plan.iter().enumerate() {
            let id = if i == 0 { part } else { self.add_part(payment, planned.amount) };
            let entry = self.parts.get_mut(id.0);
            entry.amount = planned.amount;
            rest = rest.saturating_sub(planned.amount);
            entry.legs.clear();
            entry.legs.extend(planned.route.hops.iter().map(|&hop| Leg::new(hop)));
            unsent.push(id);
        }
        self.buffers.planner.buffer.plan = plan;
        let mut kept = first;
        for i in first..unsent.len() {
            let id = unsent[i];
            if !self.launch(id, lent, cx) {
                unsent[kept] = id;
                kept += 1;
            }
        }
        unsent.truncate(kept);
        if rest > Msat::ZERO {
            unsent.push(self.add_part(payment, rest));
        }
    }

    /// Offers the first HTLC of a part. False: the payer's own channel refused, and the payer has
    /// taken note.
    fn launch(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) -> bool {
        let height = lent.chain.height();
        let part = self.parts.get_mut(id.0);
        let payment = self.payments.get_mut(part.payment.0);
        payment.attempts += 1;
        payment.tried_hops = u32::try_from(part.legs.len()).ok();
        payment.parts_under_way += 1;
        payment.fee_under_way += part.fee();
        part.attempts += 1;
        part.attempt = payment.attempts;
        part.sent = cx.now;
        part.height = height;
        part.error = None;
        let (first, attempt) = (part.legs[0].hop, part.attempt);
        if payment.attack_payment.is_none()
            && lent.transport.faults.is_unanswered(payment.number, attempt, 0)
        {
            wait_for_answer(id, 0, cx);
            return true;
        }
        let Err(error) = self.offer_first(id, lent, cx) else { return true };
        if lent.core.channels.spendable(first.channel) >= first.amount {
            // What the payer believed of its own channel did not hold; it must not ask again.
            let payment = self.parts.get(id.0).payment;
            self.payments.get_mut(payment.0).shun(first.channel);
        }
        self.parts.get_mut(id.0).error = Some((error, 0));
        self.payer_learns_failure(id, lent, cx)
    }

    /// Offers the first HTLC of a part, unless it would go to a payee that is offline.
    fn offer_first(
        &mut self,
        id: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), OnionError> {
        let part = self.parts.get(id.0);
        let to_payee = part.legs.len() == 1;
        if to_payee && self.payee_response(self.payments.get(part.payment.0)).offline {
            return Err(OnionError::UnknownNextPeer);
        }
        let channel = part.legs[0].hop.channel.channel();
        if !lent.topology.availability.is_connected(lent.core, channel) {
            return Err(OnionError::UnknownNextPeer);
        }
        self.offer(id, 0, lent, cx).map_err(|_| OnionError::TemporaryChannelFailure)
    }

    /// Offers the HTLC of `hop` of a part to the next node.
    pub(in crate::lightning) fn offer(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), NotOffered> {
        let due = lent.acting.before_offer(&self.view(id, hop, cx.now), lent.core);
        let Some(upfront) = due else { return Err(NotOffered::Unwilling) };
        let result = self.offer_to_channel(id, hop, upfront, lent, cx);
        let taken = result.is_ok().then_some(upfront);
        let htlc = self.view(id, hop, cx.now);
        let direction = htlc.legs[hop].hop.channel;
        if taken.is_some() {
            lent.books.usage.slot(direction, true, cx.now);
        } else {
            lent.books.ledger.direction_mut(direction).failed += 1;
        }
        let Books { ledger, .. } = lent.books;
        lent.acting.offered(&htlc, taken, lent.core, ledger);
        if taken.is_some() {
            self.sent_onward(id, hop, upfront, lent, cx);
        }
        result.map_err(NotOffered::Refused)
    }

    /// Asks the channel to take the HTLC, with so much money left beside it.
    fn offer_to_channel(
        &mut self,
        id: PartId,
        hop: usize,
        upfront: Msat,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Refused> {
        let part = self.parts.get_mut(id.0);
        let leg = &mut part.legs[hop];
        let direction = leg.hop.channel;
        let needed = leg.hop.amount.saturating_add(upfront);
        if upfront > Msat::ZERO && lent.core.channels.spendable(direction) < needed {
            return Err(Refused::InsufficientBalance);
        }
        let add = Add {
            amount: leg.hop.amount,
            lock: self.payments.get(part.payment.0).lock,
            cltv_expiry: BlockHeight(part.height.0 + leg.hop.cltv),
            tag: tag(id, hop),
        };
        let htlc = lent.core.channels.offer(direction, add, &mut cx.within(Event::Dance))?;
        leg.htlc = Some(htlc);
        part.htlcs += 1;
        Ok(())
    }

    /// The channel has taken the HTLC: the payer's account, and without the dance the message.
    fn sent_onward(
        &mut self,
        id: PartId,
        hop: usize,
        upfront: Msat,
        lent: &Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        if hop == 0 {
            let payment = self.parts.get(id.0).payment;
            self.payments.get_mut(payment.0).upfront += upfront;
        }
        if !lent.core.params.protocol.commitment_dance {
            let delay = self.hop_delay(id, hop, Way::Onward, cx.now, lent);
            let hop = hop_number(hop);
            cx.queue.push(cx.now + delay, Event::Htlc(HtlcEvent::Arrived { part: id, hop }));
        }
    }

    /// Asks the payer's algorithm what to do with a part; what to send is then on the buffer.
    fn plan(&mut self, id: PartId, lent: &mut Lent<'_>, now: SimTime) -> PayerAction {
        let mut planner = std::mem::take(&mut self.buffers.planner);
        let part = self.parts.get(id.0);
        let payment = self.payments.get(part.payment.0);
        let (payer, number) = (payment.demand.payer, payment.number);
        let fee_limit = lent.core.params.send.fee_limit_of(payment.demand.amount);
        let request = Request {
            payer,
            payee: payment.demand.payee,
            amount: part.amount,
            fee_limit: fee_limit.saturating_sub(payment.fee + payment.fee_under_way),
            parts_under_way: payment.parts_under_way,
            is_part: payment.parts > 1,
            attempts: part.attempts,
            avoid: &payment.avoid,
            learnt: &payment.learnt,
            now,
        };
        look(lent.core, &lent.topology.availability, &mut planner, &request);
        let speculation = &mut lent.core.world.speculation;
        let ready = if payment.searches == 0 { speculation.take(number) } else { None };
        let belief_version = lent.senders.version(payer);
        let ready = ready.filter(|ready| {
            ready.holds(&planner.own, belief_version, lent.core.world.view.version())
        });
        if ready.is_some() {
            lent.core.world.speculation.note_use();
        }
        let knowledge = Knowledge {
            core: lent.core,
            senders: lent.senders,
            topology: lent.topology,
            initial: &lent.core.initial,
        };
        let step = match ready {
            Some(ready) => match ready.put_into(&mut planner.buffer) {
                PayerAction::Send => knowledge.reprice(&mut planner, &request),
                give_up @ PayerAction::GiveUp(_) => {
                    knowledge.or_a_part(give_up, &mut planner, &request)
                }
            },
            None => knowledge.find(&mut planner, &request),
        };
        let searches = planner.buffer.searches;
        let payment = part.payment;
        self.payments.get_mut(payment.0).searches += searches;
        lent.books.ledger.node_mut(payer).searches += u64::from(searches);
        self.buffers.planner = planner;
        step
    }
}

/// The offerer of `hop` waits for the receiver, which does not answer.
pub(super) fn wait_for_answer(id: PartId, hop: usize, cx: &mut Context<'_>) {
    let event = HtlcEvent::Unanswered { part: id, hop: hop_number(hop) };
    cx.queue.push(cx.now + UNANSWERED_FOR, Event::Htlc(event));
}

/// Why an HTLC was not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) enum NotOffered {
    /// The node does not want to.
    Unwilling,
    /// The channel refused it.
    Refused(Refused),
}

/// What a channel gives back with an HTLC: part and hop.
pub(in crate::lightning) fn tag(part: PartId, hop: usize) -> u64 {
    u64::from(part.0) << 8 | hop as u64
}

/// Part and hop of a tag.
pub(in crate::lightning) fn untag(tag: u64) -> (PartId, usize) {
    let part = u32::try_from(tag >> 8).expect("tags hold a 32-bit part");
    (PartId(part), usize::from(tag.to_le_bytes()[0]))
}

/// A hop as events carry it.
pub(in crate::lightning) fn hop_number(hop: usize) -> u8 {
    u8::try_from(hop).expect("routes stay below 256 hops")
}
