//! Payments that an attacker orders.
//!
//! An attacker's HTLC is a payment like any other, with a route of the attacker's own and an
//! [`AttackPayment`] instead of a demand of the workload: it has no row in `payments.csv`, and nobody learns
//! from it. Its random draws are keyed by numbers that no demand has, so that an attack moves no draw of
//! anything else.

use sha2::{Digest, Sha256};

use crate::adversary::Feedback;
use crate::ids::{PartId, PaymentId};
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::owed::Obligation;
use crate::lightning::payments::Payments;
use crate::lightning::payments::sending::hop_number;
use crate::lightning::transport::latency::Way;
use crate::outcome::{OnionError, Outcome};
use crate::payment::{AttackPayment, AttemptResult, Leg, Payment, Tunnel};
use crate::routing::Hop;
use crate::workload::Demand;

impl Payments {
    /// Offers the first HTLC of an attacker's route.
    pub(in crate::lightning) fn send_for_attacker(
        &mut self,
        attack_payment: AttackPayment,
        number: u64,
        hops: &[Hop],
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Feedback {
        self.ordered += 1;
        let last = hops.last().expect("an attacker's route has hops");
        let demand = Demand {
            id: number,
            payer: lent.core.world.network.source(hops[0].channel),
            payee: lent.core.world.network.target(last.channel),
            amount: last.amount,
            at: cx.now,
        };
        let lock = Sha256::digest(self.preimage_of(number)).into();
        let label = attack_payment.label;
        let payment =
            Payment { attack_payment: Some(attack_payment), ..Payment::new(demand, number, lock) };
        let payment = PaymentId(self.payments.insert(payment));
        let id = self.add_part(payment, last.amount);
        let part = self.parts.get_mut(id.0);
        part.sent = cx.now;
        part.height = lent.chain.height();
        part.attempt = 1;
        part.legs.extend(hops.iter().map(|&hop| Leg::new(hop)));
        if self.offer(id, 0, lent, cx).is_ok() {
            return Feedback::Offered { label };
        }
        self.parts.get_mut(id.0).error = Some((OnionError::TemporaryChannelFailure, 0));
        self.attack_payment_ended(id, lent, cx)
    }

    /// On whose behalf a part is sent, where the workload does not ask for it.
    pub(super) fn attack_payment(&self, id: PartId) -> Option<AttackPayment> {
        self.payments.get(self.parts.get(id.0).payment.0).attack_payment
    }

    /// The first HTLC of an attacker's payment is resolved.
    pub(super) fn back_at_attacker(
        &mut self,
        id: PartId,
        attack: u16,
        how: Outcome,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        if how == Outcome::Settled {
            self.pay_for_attack(id, lent);
        }
        let feedback = self.attack_payment_ended(id, lent, cx);
        lent.owed.add(Obligation::Tell { attack, feedback });
    }

    /// The first HTLC of an attack payment is resolved, or was refused: the part is over for its payer.
    fn attack_payment_ended(
        &mut self,
        id: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Feedback {
        let part = self.parts.get_mut(id.0);
        part.open = false;
        let hops = hop_number(part.legs.len());
        let result = part.error.map_or(AttemptResult::Settled, |(error, node)| {
            let hop = u8::try_from(node).expect("routes stay below 256 hops");
            AttemptResult::Failed { error, hop }
        });
        let payment = self.payments.get_mut(part.payment.0);
        payment.parts_open -= 1;
        let label = payment.attack_payment.expect("only called for attack payments").label;
        self.close_if_done(id, lent, cx);
        Feedback::Ended { label, result, hops }
    }

    /// An attacker paid itself.
    fn pay_for_attack(&self, id: PartId, lent: &mut Lent<'_>) {
        let part = self.parts.get(id.0);
        let payer = self.payments.get(part.payment.0).demand.payer;
        let tally = lent.books.ledger.node_mut(payer);
        tally.sent_amount += part.amount;
        tally.fees_paid += part.fee();
    }

    /// The node behind channel `from` - 1 fails what it got; the one behind channel `to` - 1 gets the preimage from
    /// it, past those in between.
    pub(in crate::lightning) fn tunnel(
        &mut self,
        id: PartId,
        [from, to]: [u8; 2],
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        self.parts.get_mut(id.0).tunnel = Some(Tunnel { from, to });
        let delay = self.hop_delay(id, usize::from(to), Way::Back, cx.now, lent);
        cx.queue.push(cx.now + delay, Event::Htlc(HtlcEvent::Tunnelled { part: id, hop: to }));
        self.fail_back(id, usize::from(from) - 1, lent, cx);
    }
}
