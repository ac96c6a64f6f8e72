//! Hop by hop: the HTLC travels to the payee.
//!
//! With the commitment dance, an HTLC moves on when the channel reports it locked in. Without the dance, every
//! message takes one hop delay.

use crate::channel::Refused;
use crate::ids::{DirectedChannel, PartId};
use crate::lightning::attack::hooks::Hooks;
use crate::lightning::core::Core;
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::payments::Payments;
use crate::lightning::payments::sending::{NotOffered, hop_number, wait_for_answer};
use crate::outcome::OnionError;
use crate::payment::payee::PayeeResponse;
use crate::payment::{Payment, forward};
use crate::units::SimDuration;

impl Payments {
    /// The receiver of `hop` may forward or answer now.
    pub(in crate::lightning) fn received(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let is_payee = hop + 1 == part.legs.len();
        let (number, attempt) = (self.payments.get(part.payment.0).number, part.attempt);
        let place = u32::from(hop_number(hop));
        if lent.transport.faults.sticks(number, attempt, place, is_payee) {
            return;
        }
        if is_payee {
            return self.payee_got(id, lent, cx);
        }
        let is_honest = self.attack_payment(id).is_none();
        let to_payee = hop + 2 == self.parts.get(id.0).legs.len();
        if is_honest && !to_payee && lent.transport.faults.is_unanswered(number, attempt, place + 1)
        {
            return wait_for_answer(id, hop + 1, cx);
        }
        if let Err(error) = self.forward(id, hop, lent, cx) {
            self.raise(id, hop, error, lent, cx);
        }
    }

    /// The offerer of `hop` gives up its receiver: the payer tries again, a forwarder fails the HTLC back.
    pub(in crate::lightning) fn unanswered(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let error = OnionError::UnknownNextPeer;
        if hop > 0 {
            return self.raise(id, hop - 1, error, lent, cx);
        }
        self.parts.get_mut(id.0).error = Some((error, 0));
        if !self.payer_learns_failure(id, lent, cx) {
            self.advance(id, lent, cx);
        }
    }

    /// The receiver of `hop` offers the HTLC onward: over the channel that it is asked for, or another one to
    /// the same peer (BOLT 4, non-strict forwarding), the one with most to send first. (lnd draws among those
    /// that can.)
    fn forward(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), OnionError> {
        let asked = self.parts.get(id.0).legs[hop + 1].hop.channel;
        let Err(error) = self.forward_over(id, hop, lent, cx) else { return Ok(()) };
        if lent.core.params.protocol.non_strict_forwarding && depends_on_the_channel(error) {
            for other in parallel(lent.core, asked) {
                self.parts.get_mut(id.0).legs[hop + 1].hop.channel = other;
                if self.forward_over(id, hop, lent, cx).is_ok() {
                    return Ok(());
                }
            }
            self.parts.get_mut(id.0).legs[hop + 1].hop.channel = asked;
        }
        Err(error)
    }

    /// Offers the HTLC over the channel of its next leg.
    fn forward_over(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), OnionError> {
        let part = self.parts.get(id.0);
        let (incoming, outgoing) = (part.legs[hop].hop, part.legs[hop + 1].hop);
        let payment = self.payments.get(part.payment.0);
        let to_payee = hop + 2 == part.legs.len();
        lent.topology.gossip.check_policy(lent.core, &incoming, &outgoing, cx.now)?;
        let expiry = part.height.0 + outgoing.cltv;
        if expiry <= lent.chain.height().0 + forward::SAFE_EXPIRY {
            return Err(OnionError::ExpiryTooSoon);
        }
        if to_payee && self.payee_response(payment).offline {
            return Err(OnionError::UnknownNextPeer);
        }
        if !lent.topology.availability.is_connected(lent.core, outgoing.channel.channel()) {
            return Err(OnionError::UnknownNextPeer);
        }
        self.offer(id, hop + 1, lent, cx).map_err(|not_offered| match not_offered {
            NotOffered::Refused(Refused::Closed) => OnionError::PermanentChannelFailure,
            NotOffered::Refused(Refused::ShuttingDown) => OnionError::ChannelDisabled,
            NotOffered::Refused(_) | NotOffered::Unwilling => OnionError::TemporaryChannelFailure,
        })
    }

    /// The payee has the HTLC and answers now or after holding it.
    fn payee_got(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        let part = self.parts.get(id.0);
        let payment = self.payments.get(part.payment.0);
        let last = part.legs.len() - 1;
        let htlc = self.view(id, last, cx.now);
        if let Some(at) = lent.acting.received(&htlc, lent.core, lent.owed) {
            return cx.queue.push(at, Event::Htlc(HtlcEvent::Answered { part: id }));
        }
        let expiry = part.height.0 + part.legs[last].hop.cltv;
        let accepted = lent.core.world.accepted_cltv(payment.demand.payee);
        if expiry < lent.chain.height().0 + accepted {
            // Blocks were found while the HTLC was under way.
            let error = OnionError::IncorrectOrUnknownPaymentDetails;
            return self.raise(id, last, error, lent, cx);
        }
        let PayeeResponse { hold, refuses, .. } = self.payee_response(payment);
        if !refuses && self.is_of_set(id, lent.core) {
            self.joins_set(id, hold, lent, cx);
        } else if hold == SimDuration::ZERO {
            self.answered(id, lent, cx);
        } else {
            self.answer_after(id, hold, cx);
        }
    }

    /// How the payee of a payment responds: as drawn, or as an attacker ordered.
    pub(in crate::lightning) fn payee_response(&self, payment: &Payment) -> PayeeResponse {
        payment.attack_payment.map_or_else(
            || self.payees.response(payment.number),
            |attack_payment| attack_payment.response.of_payee(),
        )
    }

    /// The payee settles or refuses.
    pub(in crate::lightning) fn answered(
        &mut self,
        id: PartId,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        self.parts.get_mut(id.0).answer = None;
        let part = self.parts.get(id.0);
        if self.payee_response(self.payments.get(part.payment.0)).refuses {
            let last = part.legs.len() - 1;
            let error = OnionError::IncorrectOrUnknownPaymentDetails;
            return self.raise(id, last, error, lent, cx);
        }
        if self.is_of_set(id, lent.core) {
            return self.set_answered(id, lent, cx);
        }
        self.claim(id, lent, cx);
    }

    /// The payee releases the preimage for a part.
    pub(super) fn claim(&mut self, id: PartId, lent: &mut Lent<'_>, cx: &mut Context<'_>) {
        let part = self.parts.get(id.0);
        let last = part.legs.len() - 1;
        let payment = self.payments.get_mut(part.payment.0);
        payment.parts_released += 1;
        payment.released_at = cx.now;
        let payee = payment.demand.payee;
        lent.books.ledger.node_mut(payee).received_amount += part.amount;
        self.fulfill(id, last, lent, cx);
    }
}

/// Other open channels of the same two nodes, in the same direction, by what they can send. An attacker's
/// are left to its own orders.
fn parallel(core: &Core, asked: DirectedChannel) -> Vec<DirectedChannel> {
    let network = &core.world.network;
    if network.is_attackers(asked.channel()) {
        return Vec::new();
    }
    let (source, target) = (network.source(asked), network.target(asked));
    let is_other = |d: &&DirectedChannel| {
        **d != asked && network.target(**d) == target && !network.is_attackers(d.channel())
    };
    let mut others: Vec<_> = core.world.own(source).iter().filter(is_other).copied().collect();
    others.sort_by_key(|&d| (std::cmp::Reverse(core.channels.spendable(d)), d));
    others
}

/// Whether another channel to the same peer could do what one could not.
const fn depends_on_the_channel(error: OnionError) -> bool {
    matches!(
        error,
        OnionError::TemporaryChannelFailure
            | OnionError::FeeInsufficient
            | OnionError::IncorrectCltvExpiry
            | OnionError::AmountBelowMinimum
            | OnionError::ChannelDisabled
    )
}
