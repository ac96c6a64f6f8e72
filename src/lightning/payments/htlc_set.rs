//! The payee's side of a payment in parts (BOLT 4, `basic_mpp`): it holds the parts that have arrived until they are
//! worth the payment, and claims all of them or none.

use crate::ids::{PartId, PaymentId};
use crate::lightning::core::Core;
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::payments::Payments;
use crate::outcome::OnionError;
use crate::units::{Msat, SimDuration};

impl Payments {
    /// Whether the payee has to wait for other parts: this one alone is not worth the payment.
    pub(super) fn is_of_set(&self, id: PartId, core: &Core) -> bool {
        let part = self.parts.get(id.0);
        let payment = self.payments.get(part.payment.0);
        part.amount < payment.demand.amount && core.world.sender().is_atomic()
    }

    /// A part has arrived. With the last one the payee holds the set as it holds any payment, then answers.
    pub(super) fn joins_set(
        &mut self,
        id: PartId,
        hold: SimDuration,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let payment = self.parts.get(id.0).payment;
        self.payments.get_mut(payment.0).held.push(id);
        if !self.is_set_complete(payment) {
            return self.answer_after(id, self.payees.mpp_timeout(), cx);
        }
        if hold == SimDuration::ZERO {
            return self.set_answered(id, lent, cx);
        }
        for part in self.payments.get(payment.0).held.clone() {
            self.forget_answer(part, lent, cx);
            self.answer_after(part, hold, cx);
        }
    }

    /// The payee's time is over: it claims the set if it is complete, else fails it. `id` is the part by whose timer, or
    /// with which, that happens.
    pub(super) fn set_answered(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        let payment = self.parts.get(id.0).payment;
        let is_complete = self.is_set_complete(payment);
        let parent = self.payments.get_mut(payment.0);
        if !parent.held.contains(&id) {
            // It was answered with another part of its set, at this very moment.
            return;
        }
        for part in std::mem::take(&mut parent.held) {
            self.forget_answer(part, lent, cx);
            if is_complete {
                self.claim(part, lent, cx);
            } else {
                let last = self.parts.get(part.0).legs.len() - 1;
                self.raise(part, last, OnionError::MppTimeout, lent, cx);
            }
        }
    }

    /// A part that the payee held is lost to it: its channel went to the chain, or it expires.
    pub(super) fn leaves_set(&mut self, id: PartId) {
        let payment = self.parts.get(id.0).payment;
        self.payments.get_mut(payment.0).held.retain(|&held| held != id);
    }

    /// Has the payee answer a part so much later.
    pub(super) fn answer_after(&mut self, id: PartId, hold: SimDuration, cx: &mut Context<'_>) {
        let answer = Event::Htlc(HtlcEvent::Answered { part: id });
        let timer = cx.queue.push_timer(cx.now + hold, answer);
        self.parts.get_mut(id.0).answer = Some(timer);
    }

    /// Takes back that the payee answers a part by the clock.
    fn forget_answer(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        let part = self.parts.get_mut(id.0);
        if let Some(timer) = part.answer.take() {
            cx.queue.cancel(timer);
            let payee = self.payments.get(part.payment.0).demand.payee;
            lent.topology.availability.forget_answer(payee, id);
        }
    }

    fn is_set_complete(&self, payment: PaymentId) -> bool {
        let payment = self.payments.get(payment.0);
        let held = payment.held.iter().map(|part| self.parts.get(part.0).amount.get());
        Msat(held.sum()) >= payment.demand.amount
    }
}
