//! What happens to HTLCs whose channel goes to the chain.
//!
//! A preimage that is read there is as good as one from a message, and an HTLC that timed out is failed upstream
//! only when that is buried (H3).

use crate::ids::{ChannelId, NodeId, PartId, Side};
use crate::lightning::chain::Decision;
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::owed::Obligation;
use crate::lightning::payments::Payments;
use crate::lightning::payments::sending::{hop_number, tag, untag};
use crate::outcome::{CloseCause, CloseKind, LossKind, OnionError};
use crate::rows::{LossRow, Row};
use crate::units::SimTime;

impl Payments {
    /// One side publishes its latest commitment, if the channel is still open.
    pub(in crate::lightning) fn force_close(
        &mut self,
        channel: ChannelId,
        by: Side,
        cause: CloseCause,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        if lent.core.channels.is_closed(channel) {
            return;
        }
        let snapshot = lent.core.channels.force_close(channel, by);
        for tag in snapshot
            .htlcs
            .iter()
            .map(|h| h.tag)
            .chain(snapshot.off_commitment.iter().map(|h| h.tag))
        {
            let (id, hop) = untag(tag);
            let leg = &mut self.parts.get_mut(id.0).legs[hop];
            (leg.htlc, leg.on_chain) = (None, true);
        }
        let decision = Decision::new(lent.core, channel, CloseKind::Unilateral, cause, cx.now);
        if lent.chain.force_close(&decision, lent.core, snapshot) {
            lent.topology.shutdowns.gone(channel, cause, lent.core, lent.chain, cx);
        }
    }

    /// The receiver took the HTLC: its preimage stands on the chain for its offerer.
    pub(in crate::lightning) fn claimed_on_chain(
        &mut self,
        tag: u64,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let (id, hop) = untag(tag);
        let leg = &mut self.parts.get_mut(id.0).legs[hop];
        leg.on_chain = false;
        if leg.known {
            return self.removed(id, hop, lent, cx);
        }
        if let Some(timer) = leg.preimage.take() {
            cx.queue.cancel(timer);
        }
        self.preimage_arrived(id, hop, lent, cx);
        lent.owed.add(Obligation::Removed { part: id, hop });
    }

    /// The offerer has the HTLC back, or it became fee: it fails the payment upstream.
    pub(in crate::lightning) fn returned_on_chain(
        &mut self,
        tag: u64,
        lost: bool,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let (id, hop) = untag(tag);
        let part = self.parts.get_mut(id.0);
        let leg = &mut part.legs[hop];
        leg.on_chain = false;
        let (known, sent) = (leg.known, leg.hop);
        let network = &lent.core.world.network;
        let [offerer, receiver] = [network.source(sent.channel), network.target(sent.channel)];
        if let Some(timer) = leg.preimage.take() {
            cx.queue.cancel(timer);
        }
        if let Some(timer) = part.answer.take_if(|_| hop + 1 == part.legs.len()) {
            cx.queue.cancel(timer);
            lent.topology.availability.forget_answer(receiver, id);
            self.leaves_set(id);
        }
        if lost {
            self.lose(id, hop, receiver, LossKind::HtlcTimedOut, lent, cx);
            if known {
                lent.books.ledger.node_mut(offerer).won += sent.amount;
            }
        }
        if known {
            return self.removed(id, hop, lent, cx);
        }
        let node = u32::from(hop_number(hop));
        let error = (OnionError::PermanentChannelFailure, node);
        self.parts.get_mut(id.0).error.get_or_insert(error);
        self.failure_passed(id, hop, lent, cx);
    }

    /// The receiver of `hop` has the preimage, but its channel is on the chain or has gone.
    pub(in crate::lightning) fn fulfill_on_chain(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let leg = self.parts.get(id.0).legs[hop];
        let channel = leg.hop.channel;
        if leg.on_chain
            && let Some(onchain) = &mut lent.chain.onchain
        {
            return onchain.learn(channel.channel(), tag(id, hop), cx.now);
        }
        let receiver = lent.core.world.network.target(channel);
        self.lose(id, hop, receiver, LossKind::PreimageTooLate, lent, cx);
    }

    /// A node loses the money of an HTLC.
    fn lose(
        &self,
        id: PartId,
        hop: usize,
        node: NodeId,
        kind: LossKind,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let sent = part.legs[hop].hop;
        lent.books.ledger.node_mut(node).lost += sent.amount;
        let channel = sent.channel.channel();
        cx.rows.record(Row::Loss(&LossRow {
            at: cx.now,
            height: lent.chain.height(),
            node,
            channel,
            payment: Some(self.payments.get(part.payment.0).demand.id),
            part: Some(part.number),
            kind,
            amount: sent.amount,
            cause: lent.chain.cause(channel),
        }));
    }

    /// Whether an HTLC is with a payee who has not answered and still can.
    pub(in crate::lightning) fn waits_at_payee(&self, tag: u64) -> bool {
        let (id, hop) = untag(tag);
        let part = self.parts.get(id.0);
        hop + 1 == part.legs.len() && part.answer.is_some()
    }

    /// A payee gives up before the HTLC expires.
    pub(in crate::lightning) fn cancel_at_payee(
        &mut self,
        tag: u64,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let (id, hop) = untag(tag);
        if let Some(timer) = self.parts.get_mut(id.0).answer.take() {
            cx.queue.cancel(timer);
            self.leaves_set(id);
        }
        self.raise(id, hop, OnionError::IncorrectOrUnknownPaymentDetails, lent, cx);
    }

    /// What waited for a disconnected channel goes on at `at`.
    pub(in crate::lightning) fn resume(&mut self, event: Event, at: SimTime, cx: &mut Context<'_>) {
        if let Event::Htlc(HtlcEvent::Preimage { part, hop }) = event {
            let timer = cx.queue.push_timer(at, event);
            self.parts.get_mut(part.0).legs[usize::from(hop)].preimage = Some(timer);
        } else {
            cx.queue.push(at, event);
        }
    }
}
