//! The preimage or the failure travels back to the payer.
//!
//! With the commitment dance, a preimage is passed on when it arrives, while the removal runs behind; a failure is
//! passed on only when the removal is locked in (BOLT 2).

use crate::adversary::Feedback;
use crate::ids::PartId;
use crate::lightning::attack::hooks::{Hooks, Resolution};
use crate::lightning::event::{Context, Event, HtlcEvent};
use crate::lightning::lent::Lent;
use crate::lightning::owed::Obligation;
use crate::lightning::payments::Payments;
use crate::lightning::payments::sending::hop_number;
use crate::lightning::transport::latency::Way;
use crate::outcome::{OnionError, Outcome};
use crate::units::{SimDuration, SimTime};

impl Payments {
    /// The receiver of `hop` fails the HTLC with `error`.
    pub(in crate::lightning) fn raise(
        &mut self,
        id: PartId,
        hop: usize,
        error: OnionError,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let node = u32::from(hop_number(hop)) + 1;
        self.parts.get_mut(id.0).error = Some((error, node));
        self.fail_back(id, hop, lent, cx);
    }

    /// The receiver of `hop` fulfils the HTLC; the preimage sets out for the offerer.
    pub(in crate::lightning) fn fulfill(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let knows = part.legs.get(hop + 1).is_none_or(|below| below.known);
        let was_given = part.tunnel.is_some_and(|tunnel| usize::from(tunnel.to) == hop + 1);
        assert!(knows || was_given, "hop {hop} of {part:?} is fulfilled without the preimage (H2)");
        let Some(htlc) = part.legs[hop].htlc else {
            return self.fulfill_on_chain(id, hop, lent, cx);
        };
        let preimage = self.preimage_of(self.payments.get(part.payment.0).number);
        lent.core
            .channels
            .fulfill(htlc, &preimage, &mut cx.within(Event::Dance))
            .expect("every HTLC of a payment is locked to its own hash");
        let delay = self.hop_delay(id, hop, Way::Back, cx.now, lent);
        let arrival = HtlcEvent::Preimage { part: id, hop: hop_number(hop) };
        let timer = cx.queue.push_timer(cx.now + delay, Event::Htlc(arrival));
        self.parts.get_mut(id.0).legs[hop].preimage = Some(timer);
        if !lent.core.params.protocol.commitment_dance {
            self.removed(id, hop, lent, cx);
        }
    }

    /// The preimage reached the offerer of `hop`. An attacker on the route may take it elsewhere.
    pub(in crate::lightning) fn preimage_arrived(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        part.legs[hop].preimage = None;
        part.legs[hop].known = true;
        let htlc = self.view(id, hop, cx.now);
        let Some(taken) = lent.acting.resolved(&htlc, Resolution::Fulfilled, lent.core) else {
            return self.pass_preimage(id, hop, lent, cx);
        };
        let feedback = Feedback::Preimage { part: id, hop: hop_number(hop), first: taken.first };
        lent.owed.add(Obligation::Tell { attack: taken.attack, feedback });
        lent.owed.add(Obligation::PassPreimage { part: id, hop });
    }

    /// The offerer of `hop` passes the preimage on, unless that has gone another way.
    pub(in crate::lightning) fn pass_preimage(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        if part.tunnel.is_some_and(|tunnel| usize::from(tunnel.from) == hop) {
            return;
        }
        let sent = part.legs[hop].hop;
        let earned = hop.checked_sub(1).map(|before| part.legs[before].hop.amount - sent.amount);
        let from = lent.core.world.network.source(sent.channel);
        lent.books.ledger.settled(sent.channel, from, sent.amount, earned);
        if hop == 0 {
            self.back_at_payer(id, Outcome::Settled, lent, cx);
        } else {
            self.fulfill(id, hop - 1, lent, cx);
        }
    }

    /// A dance came to its end with a fulfilled HTLC. The peer cannot have signed the removal without
    /// having had the preimage, so where a long delay was drawn for that, it has arrived by now.
    pub(in crate::lightning) fn fulfilled(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let timer = self.parts.get(id.0).legs[hop].preimage;
        if timer.is_some_and(|timer| cx.queue.cancel(timer)) {
            self.preimage_arrived(id, hop, lent, cx);
            lent.owed.add(Obligation::Removed { part: id, hop });
        } else {
            self.removed(id, hop, lent, cx);
        }
    }

    /// The removal of a fulfilled HTLC is locked in: the money is the receiver's for good.
    pub(in crate::lightning) fn removed(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        part.legs[hop].htlc = None;
        part.htlcs -= 1;
        if hop + 1 == part.legs.len() {
            self.payments.get_mut(part.payment.0).final_at = Some(cx.now);
        }
        self.left_channel(id, hop, Resolution::Removed, lent, cx);
        self.close_if_done(id, lent, cx);
    }

    /// An HTLC has gone from a channel. Without the dance, that may have brought it to rest.
    fn left_channel(
        &self,
        id: PartId,
        hop: usize,
        how: Resolution,
        lent: &mut Lent<'_>,
        cx: &Context<'_>,
    ) {
        let htlc = self.view(id, hop, cx.now);
        let direction = htlc.legs[hop].hop.channel;
        lent.books.usage.slot(direction, false, cx.now);
        lent.acting.resolved(&htlc, how, lent.core);
        if !lent.core.params.protocol.commitment_dance {
            lent.owed.add(Obligation::CloseIfAtRest { channel: direction.channel() });
        }
    }

    /// The receiver of `hop` fails the HTLC back to its offerer.
    pub(in crate::lightning) fn fail_back(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let below = part.legs.get(hop + 1);
        let removed = below.is_none_or(|below| below.htlc.is_none() && !below.on_chain);
        // The lower end of a wormhole fails what it has been paid for.
        let tunnels = part.tunnel.is_some_and(|tunnel| usize::from(tunnel.from) == hop + 1);
        assert!(removed || tunnels, "hop {hop} of {part:?} fails before the next one has (H3)");
        if lent.core.params.protocol.commitment_dance {
            self.remove_failed(id, hop, lent, cx);
        } else {
            let delay = self.hop_delay(id, hop, Way::Back, cx.now, lent);
            let event = HtlcEvent::Failed { part: id, hop: hop_number(hop) };
            cx.queue.push(cx.now + delay, Event::Htlc(event));
        }
    }

    /// Tells the channel that the HTLC of `hop` is failed; false when that has gone to the chain.
    fn remove_failed(
        &self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) -> bool {
        let leg = self.parts.get(id.0).legs[hop];
        let Some(htlc) = leg.htlc else {
            // On the chain only the expiry helps; or that has come already, where the channel after it took longer there.
            let is_closed = lent.core.channels.is_closed(leg.hop.channel.channel());
            debug_assert!(is_closed, "an HTLC is failed while it is somewhere");
            return false;
        };
        lent.core.channels.fail(htlc, &mut cx.within(Event::Dance));
        true
    }

    /// The failure reached the offerer of `hop` (without the dance), who gets its money back.
    pub(in crate::lightning) fn failure_arrived(
        &mut self,
        part: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        if self.remove_failed(part, hop, lent, cx) {
            self.failure_passed(part, hop, lent, cx);
        }
    }

    /// The HTLC of `hop` is failed and removed; its offerer passes the failure on.
    pub(in crate::lightning) fn failure_passed(
        &mut self,
        id: PartId,
        hop: usize,
        lent: &mut Lent<'_>,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        let leg = &mut part.legs[hop];
        leg.htlc = None;
        part.htlcs -= 1;
        lent.books.ledger.direction_mut(leg.hop.channel).failed += 1;
        self.left_channel(id, hop, Resolution::Failed, lent, cx);
        if self.parts.get(id.0).tunnel.is_some_and(|tunnel| usize::from(tunnel.to) == hop) {
            // The upper end of a wormhole has been paid already.
            self.close_if_done(id, lent, cx);
        } else if hop > 0 {
            self.fail_back(id, hop - 1, lent, cx);
        } else {
            self.back_at_payer(id, Outcome::Failed, lent, cx);
        }
    }

    /// Delay of a message of a part that leaves over `hop` at `at`.
    pub(in crate::lightning) fn hop_delay(
        &self,
        id: PartId,
        hop: usize,
        way: Way,
        at: SimTime,
        lent: &Lent<'_>,
    ) -> SimDuration {
        let onward = self.parts.get(id.0).legs[hop].hop.channel;
        let direction = if way == Way::Onward { onward } else { onward.reverse() };
        lent.transport.delays.of_message(&lent.core.world.network, direction, at)
    }
}
