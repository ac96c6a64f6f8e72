//! Hop by hop: the HTLC travels to the payee, the preimage or the failure travels back.
//!
//! With the commitment dance, an HTLC moves on when the channel reports it locked in; a preimage is
//! passed on when it arrives, while the removal runs behind; a failure is passed on only when the
//! removal is locked in (BOLT 2). Without the dance, every message takes one hop delay.

use crate::channel::{DanceEvent, Locked, LockedKind, Refused};
use crate::ids::{ChannelId, DirectedChannel, PartId};
use crate::lightning::payments::sending::{hop_number, untag};
use crate::lightning::transport::latency::Way;
use crate::lightning::transport::wire::Wire;
use crate::lightning::{Context, Event, HtlcEvent, Lightning};
use crate::outcome::OnionError;
use crate::payment::forward;
use crate::units::{SimDuration, SimTime};

impl Lightning {
    /// Hands a dance event to its channel and takes what is locked in now.
    pub(in crate::lightning) fn dance(&mut self, event: DanceEvent, cx: &mut Context<'_>) {
        let mut locked = std::mem::take(&mut self.buffers.locked);
        locked.clear();
        let mut wire =
            Wire { network: &self.world.network, delays: &self.delays, servers: &mut self.servers };
        self.channels.handle(event, &mut wire, &mut cx.within(Event::Dance), &mut locked);
        for Locked { tag, kind, .. } in locked.drain(..) {
            let (part, hop) = untag(tag);
            match kind {
                LockedKind::Added => self.received(part, hop, cx),
                LockedKind::Fulfilled => self.fulfilled(part, hop, cx),
                LockedKind::Failed => self.failure_passed(part, hop, cx),
            }
        }
        self.buffers.locked = locked;
        let (DanceEvent::Sign(of) | DanceEvent::Arrive(of) | DanceEvent::LockIn(of)) = event;
        self.close_if_at_rest(of.channel(), cx);
    }

    /// The HTLC reached the receiver of `hop` (without the dance).
    pub(in crate::lightning) fn arrived(&mut self, part: PartId, hop: u8, cx: &mut Context<'_>) {
        self.received(part, usize::from(hop), cx);
    }

    /// The receiver of `hop` may forward or answer now.
    fn received(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) {
        let part = self.parts.get(id.0);
        let is_payee = hop + 1 == part.legs.len();
        let number = self.payments.get(part.payment.0).number;
        let place = u32::from(hop_number(hop));
        if self.faults.sticks(number, part.attempt, place, is_payee) {
            return;
        }
        if is_payee {
            return self.payee_got(id, cx);
        }
        if let Err(error) = self.forward(id, hop, cx) {
            self.raise(id, hop, error, cx);
        }
    }

    /// The receiver of `hop` offers the HTLC onward: over the channel that it is asked for, or another one to
    /// the same peer (BOLT 4, non-strict forwarding), the one with most to send first. (lnd draws among those
    /// that can.)
    fn forward(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) -> Result<(), OnionError> {
        let asked = self.parts.get(id.0).legs[hop + 1].hop.channel;
        let Err(error) = self.forward_over(id, hop, cx) else { return Ok(()) };
        if self.params.protocol.non_strict_forwarding && depends_on_the_channel(error) {
            for other in self.parallel(asked) {
                self.parts.get_mut(id.0).legs[hop + 1].hop.channel = other;
                if self.forward_over(id, hop, cx).is_ok() {
                    return Ok(());
                }
            }
            self.parts.get_mut(id.0).legs[hop + 1].hop.channel = asked;
        }
        Err(error)
    }

    /// Other open channels of the same two nodes, in the same direction, by what they can send. An attacker's
    /// are left to its own orders.
    fn parallel(&self, asked: DirectedChannel) -> Vec<DirectedChannel> {
        let network = &self.world.network;
        if network.is_private(asked.channel()) {
            return Vec::new();
        }
        let (source, target) = (network.source(asked), network.target(asked));
        let is_other = |d: &&DirectedChannel| {
            **d != asked && network.target(**d) == target && !network.is_private(d.channel())
        };
        let mut others: Vec<_> = self.world.own(source).iter().filter(is_other).copied().collect();
        others.sort_by_key(|&d| (std::cmp::Reverse(self.channels.spendable(d)), d));
        others
    }

    /// Offers the HTLC over the channel of its next leg.
    fn forward_over(
        &mut self,
        id: PartId,
        hop: usize,
        cx: &mut Context<'_>,
    ) -> Result<(), OnionError> {
        let part = self.parts.get(id.0);
        let (incoming, outgoing) = (part.legs[hop].hop, part.legs[hop + 1].hop);
        let payment = self.payments.get(part.payment.0);
        let to_payee = hop + 2 == part.legs.len() && payment.attack_payment.is_none();
        self.check_policy(&incoming, &outgoing, cx.now)?;
        let expiry = part.height.0 + outgoing.cltv;
        if expiry <= self.height().0 + forward::SAFE_EXPIRY {
            return Err(OnionError::ExpiryTooSoon);
        }
        if to_payee && self.payees.answer(payment.number).offline {
            return Err(OnionError::UnknownNextPeer);
        }
        if !self.is_connected(outgoing.channel.channel()) {
            return Err(OnionError::UnknownNextPeer);
        }
        if !self.reputation_admits(id, hop + 1, cx.now) {
            return Err(OnionError::TemporaryChannelFailure);
        }
        self.offer(id, hop + 1, cx).map_err(|refused| {
            self.reputation_withdraws(id, hop + 1);
            match refused {
                Refused::Closed => OnionError::PermanentChannelFailure,
                Refused::ShuttingDown => OnionError::ChannelDisabled,
                _ => OnionError::TemporaryChannelFailure,
            }
        })
    }

    /// The receiver of `hop` fails the HTLC with `error`.
    pub(in crate::lightning) fn raise(
        &mut self,
        id: PartId,
        hop: usize,
        error: OnionError,
        cx: &mut Context<'_>,
    ) {
        let node = u32::from(hop_number(hop)) + 1;
        self.parts.get_mut(id.0).error = Some((error, node));
        self.fail_back(id, hop, cx);
    }

    /// The payee has the HTLC and answers now or after holding it.
    fn payee_got(&mut self, id: PartId, cx: &mut Context<'_>) {
        if let Some(attack_payment) = self.attack_payment(id) {
            return self.attack_payment_arrived(id, attack_payment, cx);
        }
        let part = self.parts.get(id.0);
        let payment = self.payments.get(part.payment.0);
        let (number, last) = (payment.number, part.legs.len() - 1);
        let expiry = part.height.0 + part.legs[last].hop.cltv;
        if expiry < self.height().0 + self.world.accepted_cltv(payment.demand.payee) {
            // Blocks were found while the HTLC was under way.
            return self.raise(id, last, OnionError::IncorrectOrUnknownPaymentDetails, cx);
        }
        let hold = self.payees.answer(number).hold;
        if hold == SimDuration::ZERO {
            self.answered(id, cx);
        } else {
            let answer = Event::Htlc(HtlcEvent::Answered { part: id });
            let timer = cx.queue.push_timer(cx.now + hold, answer);
            self.parts.get_mut(id.0).answer = Some(timer);
        }
    }

    /// The payee settles or refuses.
    pub(in crate::lightning) fn answered(&mut self, id: PartId, cx: &mut Context<'_>) {
        self.parts.get_mut(id.0).answer = None;
        let part = self.parts.get(id.0);
        let last = part.legs.len() - 1;
        let payment = self.payments.get_mut(part.payment.0);
        let refuses = match payment.attack_payment {
            Some(attack_payment) => !attack_payment.answer.settles(),
            None => self.payees.answer(payment.number).refuses,
        };
        if refuses {
            return self.raise(id, last, OnionError::IncorrectOrUnknownPaymentDetails, cx);
        }
        payment.parts_released += 1;
        payment.released_at = cx.now;
        let payee = payment.demand.payee;
        self.ledger.node_mut(payee).received_amount += part.amount;
        self.fulfill(id, last, cx);
    }

    /// The receiver of `hop` fulfils the HTLC; the preimage sets out for the offerer.
    pub(in crate::lightning) fn fulfill(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) {
        let part = self.parts.get(id.0);
        let knows = part.legs.get(hop + 1).is_none_or(|below| below.known);
        let told = part.tunnel.is_some_and(|tunnel| usize::from(tunnel.to) == hop + 1);
        assert!(knows || told, "hop {hop} of {part:?} is fulfilled without the preimage (H2)");
        let Some(htlc) = part.legs[hop].htlc else { return self.fulfill_on_chain(id, hop, cx) };
        let preimage = self.preimage_of(self.payments.get(part.payment.0).number);
        self.channels
            .fulfill(htlc, &preimage, &mut cx.within(Event::Dance))
            .expect("every HTLC of a payment is locked to its own hash");
        let delay = self.hop_delay(id, hop, Way::Back);
        let arrival = HtlcEvent::Preimage { part: id, hop: hop_number(hop) };
        let timer = cx.queue.push_timer(cx.now + delay, Event::Htlc(arrival));
        self.parts.get_mut(id.0).legs[hop].preimage = Some(timer);
        if !self.params.protocol.commitment_dance {
            self.removed(id, hop, cx);
        }
    }

    /// The preimage reached the offerer of `hop`.
    pub(in crate::lightning) fn preimage_arrived(
        &mut self,
        id: PartId,
        hop: u8,
        cx: &mut Context<'_>,
    ) {
        let hop = usize::from(hop);
        let part = self.parts.get_mut(id.0);
        part.legs[hop].preimage = None;
        part.legs[hop].known = true;
        self.reputation_learns(id, hop, true, cx.now);
        if self.tunnels(id, hop, cx) {
            return;
        }
        let part = self.parts.get(id.0);
        let sent = part.legs[hop].hop;
        let earned = hop.checked_sub(1).map(|before| part.legs[before].hop.amount - sent.amount);
        let from = self.world.network.source(sent.channel);
        self.ledger.settled(sent.channel, from, sent.amount, earned);
        if hop == 0 {
            self.payer_knows(id, cx);
        } else {
            self.fulfill(id, hop - 1, cx);
        }
    }

    /// A dance came to its end with a fulfilled HTLC. The peer cannot have signed the removal without
    /// having had the preimage, so where a long delay was drawn for that, it has arrived by now.
    fn fulfilled(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) {
        let timer = self.parts.get(id.0).legs[hop].preimage;
        if timer.is_some_and(|timer| cx.queue.cancel(timer)) {
            self.preimage_arrived(id, hop_number(hop), cx);
        }
        self.removed(id, hop, cx);
    }

    /// The removal of a fulfilled HTLC is locked in: the money is the receiver's for good.
    pub(in crate::lightning) fn removed(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) {
        let part = self.parts.get_mut(id.0);
        part.legs[hop].htlc = None;
        part.htlcs -= 1;
        let channel = part.legs[hop].hop.channel.channel();
        if hop + 1 == part.legs.len() {
            self.payments.get_mut(part.payment.0).final_at = Some(cx.now);
        }
        self.meter(id, hop, false, cx.now);
        self.ended_at_once(channel, cx);
        self.close_if_done(id, cx);
    }

    /// An HTLC has gone from a channel. Without the dance, that may have brought it to rest.
    fn ended_at_once(&mut self, channel: ChannelId, cx: &mut Context<'_>) {
        if !self.params.protocol.commitment_dance {
            self.close_if_at_rest(channel, cx);
        }
    }

    /// The receiver of `hop` fails the HTLC back to its offerer.
    pub(in crate::lightning) fn fail_back(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) {
        let part = self.parts.get(id.0);
        let below = part.legs.get(hop + 1);
        let removed = below.is_none_or(|below| below.htlc.is_none() && !below.on_chain);
        // The lower end of a wormhole fails what it has been paid for.
        let tunnels = part.tunnel.is_some_and(|tunnel| usize::from(tunnel.from) == hop + 1);
        assert!(removed || tunnels, "hop {hop} of {part:?} fails before the next one has (H3)");
        if self.params.protocol.commitment_dance {
            self.remove_failed(id, hop, cx);
        } else {
            let delay = self.hop_delay(id, hop, Way::Back);
            let event = HtlcEvent::Failed { part: id, hop: hop_number(hop) };
            cx.queue.push(cx.now + delay, Event::Htlc(event));
        }
    }

    /// Tells the channel that the HTLC of `hop` is failed; false when that is on the chain.
    fn remove_failed(&mut self, id: PartId, hop: usize, cx: &mut Context<'_>) -> bool {
        let leg = self.parts.get(id.0).legs[hop];
        let Some(htlc) = leg.htlc else {
            // On the chain only the expiry helps.
            debug_assert!(leg.on_chain, "an HTLC is failed while it is somewhere");
            return false;
        };
        self.channels.fail(htlc, &mut cx.within(Event::Dance));
        true
    }

    /// The failure reached the offerer of `hop` (without the dance), who gets its money back.
    pub(in crate::lightning) fn failure_arrived(
        &mut self,
        part: PartId,
        hop: u8,
        cx: &mut Context<'_>,
    ) {
        if self.remove_failed(part, usize::from(hop), cx) {
            self.failure_passed(part, usize::from(hop), cx);
        }
    }

    /// The HTLC of `hop` is failed and removed; its offerer passes the failure on.
    pub(in crate::lightning) fn failure_passed(
        &mut self,
        id: PartId,
        hop: usize,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        let leg = &mut part.legs[hop];
        leg.htlc = None;
        part.htlcs -= 1;
        let channel = leg.hop.channel;
        self.ledger.direction_mut(channel).failed += 1;
        self.meter(id, hop, false, cx.now);
        self.ended_at_once(channel.channel(), cx);
        self.reputation_learns(id, hop, false, cx.now);
        if self.parts.get(id.0).tunnel.is_some_and(|tunnel| usize::from(tunnel.to) == hop) {
            // The upper end of a wormhole has been paid already.
            self.close_if_done(id, cx);
        } else if hop > 0 {
            self.fail_back(id, hop - 1, cx);
        } else if let Some(attack_payment) = self.attack_payment(id) {
            let ended = self.attack_payment_ended(id, cx);
            self.tell(attack_payment.attack, ended, cx);
        } else if !self.payer_learns_failure(id, cx) {
            self.advance(id, cx);
        }
    }

    /// Delay of a message of this part's attempt over `hop`.
    pub(in crate::lightning) fn hop_delay(&self, id: PartId, hop: usize, way: Way) -> SimDuration {
        let part = self.parts.get(id.0);
        let direction = part.legs[hop].hop.channel;
        let network = &self.world.network;
        let (from, to) = (network.source(direction), network.target(direction));
        let ends = if way == Way::Onward { [from, to] } else { [to, from] };
        let number = self.payments.get(part.payment.0).number;
        let hop = u32::from(hop_number(hop));
        self.delays.of_hop(ends, number, part.attempt, hop, way)
    }

    /// Whether a payment counts for statistics.
    pub(in crate::lightning) const fn measured(&self, submitted: SimTime) -> bool {
        submitted.0 >= self.warmup.0
    }
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
