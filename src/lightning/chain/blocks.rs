//! What blocks do to channels and payments: heights pass, HTLCs expire, channels close.
//!
//! At each block, the HTLCs that expire within the longest notice are looked at: an offerer goes to the
//! chain when its HTLC has expired, a receiver that knows the preimage before it expires, each at the
//! deadline of the implementation that it runs; a payee that has not answered by then fails the HTLC. What
//! the chain decides comes back as effects: a preimage that is read there is as good as one from a message,
//! and an HTLC that timed out is failed upstream only when that is buried (H3).

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::{BitcoinEvent, BitcoinParams, FIRST_HEIGHT};
use crate::engine::Seeds;
use crate::ids::{ChannelId, DirectedChannel, NodeId, PartId, Side};
use crate::lightning::chain::{Deadlines, Decision, Effect, Ended, OnChain, delay_asked};
use crate::lightning::payments::sending::{hop_number, untag};
use crate::lightning::{Context, Event, Lightning};
use crate::network::Software;
use crate::outcome::{CloseCause, CloseKind, LossKind, OnionError};
use crate::rows::{LossRow, Row};
use crate::units::{BlockHeight, Msat, Sat, SimTime};

/// What happens on the chain and around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainEvent {
    /// A block is found.
    Block(BitcoinEvent),
    /// In the closing of this channel somebody can act who could not before.
    Act(ChannelId),
    /// All senders know by now that this channel is open.
    Announced(ChannelId),
    /// All senders know by now what this direction asks.
    Policy(DirectedChannel),
    /// All senders know by now that this channel carries nothing more.
    Gossip(ChannelId),
}

impl ChainEvent {
    /// Kind and entity, for the fingerprint.
    pub(in crate::lightning) fn ingredients(self) -> (u16, u64) {
        match self {
            Self::Block(BitcoinEvent::Block) => (30, 0),
            Self::Act(channel) => (31, u64::from(channel.0)),
            Self::Gossip(channel) => (32, u64::from(channel.0)),
            Self::Announced(channel) => (36, u64::from(channel.0)),
            Self::Policy(direction) => (37, u64::from(direction.0)),
        }
    }
}

/// Nobody acts more blocks before an expiry; with `claim_before`, that comes on top. A bound: LDK's 39 are
/// the most (`HTLC_FAIL_BACK_BUFFER`, see [`Deadlines::of`]).
const LONGEST_NOTICE: u32 = 40;

impl Lightning {
    /// The same system on a chain of its own.
    #[must_use]
    pub fn with_chain(mut self, bitcoin: BitcoinParams, seeds: Seeds) -> Self {
        let params = self.params.onchain;
        if params.enabled {
            let network = &self.world.network;
            let in_channels: Sat =
                network.channel_ids().map(|c| self.channels.terms(c).capacity).sum();
            let nodes = network.node_count();
            self.onchain = Some(OnChain::new(params, bitcoin, nodes, in_channels, seeds));
        }
        self
    }

    /// Height of the last block; the first where blocks are off.
    pub(in crate::lightning) fn height(&self) -> BlockHeight {
        self.onchain.as_ref().map_or(FIRST_HEIGHT, OnChain::height)
    }

    /// Schedules the first block.
    pub(in crate::lightning) fn schedule_blocks(&mut self, cx: &mut Context<'_>) {
        if let Some(onchain) = &mut self.onchain {
            onchain.start(&mut cx.within(|event| Event::Chain(ChainEvent::Block(event))));
        }
    }

    /// Something happens on the chain.
    pub(in crate::lightning) fn chain_event(&mut self, event: ChainEvent, cx: &mut Context<'_>) {
        match event {
            ChainEvent::Block(event) => self.block(event, cx),
            ChainEvent::Act(channel) => {
                if let Some(onchain) = &mut self.onchain {
                    onchain.wake(channel, cx.now);
                }
            }
            ChainEvent::Announced(channel) => self.heard_of(channel),
            ChainEvent::Policy(direction) => self.policy_heard(direction),
            ChainEvent::Gossip(channel) => {
                self.heard.push(channel);
                self.buffers.speculation.forget();
                self.world.change_view(|view, _| view.close(channel));
            }
        }
    }

    fn block(&mut self, event: BitcoinEvent, cx: &mut Context<'_>) {
        let Some(onchain) = &mut self.onchain else { return };
        let mut effects = Vec::new();
        let wrap = |event| Event::Chain(ChainEvent::Block(event));
        for row in onchain.block(event, &mut cx.within(wrap), &mut effects) {
            cx.rows.record(Row::Block(&row));
        }
        self.usage.block(onchain.market().0);
        for effect in effects {
            self.take_effect(effect, cx);
        }
        self.watch_deadlines(cx);
        self.close_what_rests(cx);
        self.close_by_choice(cx);
        self.leave_the_silent(cx);
        self.open_by_choice(cx);
        self.change_policies(cx);
        self.seize_opportunities(cx);
        if let Some(onchain) = &self.onchain
            && let Err(broken) = onchain.check_world()
        {
            panic!("{broken} (M4)");
        }
    }

    /// What was decided on the chain.
    fn take_effect(&mut self, effect: Effect, cx: &mut Context<'_>) {
        match effect {
            Effect::Opened { number } => self.channel_ready(number, cx),
            Effect::Announced { channel } => self.announced(channel, cx),
            Effect::Abandoned { opener, fee } => self.abandoned(opener, fee),
            Effect::Claimed { tag } => self.claimed_on_chain(tag, cx),
            Effect::Returned { tag, lost } => self.returned_on_chain(tag, lost, cx),
            Effect::Wake { channel, at } => {
                cx.queue.push(at, Event::Chain(ChainEvent::Act(channel)));
            }
            Effect::Closed(end) => self.closed_on_chain(&end, cx),
        }
    }

    /// The receiver took the HTLC: its preimage stands on the chain for its offerer.
    fn claimed_on_chain(&mut self, tag: u64, cx: &mut Context<'_>) {
        let (id, hop) = untag(tag);
        let leg = &mut self.parts.get_mut(id.0).legs[hop];
        leg.on_chain = false;
        if !leg.known {
            if let Some(timer) = leg.preimage.take() {
                cx.queue.cancel(timer);
            }
            self.preimage_arrived(id, hop_number(hop), cx);
        }
        self.removed(id, hop, cx);
    }

    /// The offerer has the HTLC back, or it became fee: it fails the payment upstream.
    fn returned_on_chain(&mut self, tag: u64, lost: bool, cx: &mut Context<'_>) {
        let (id, hop) = untag(tag);
        let part = self.parts.get_mut(id.0);
        let leg = &mut part.legs[hop];
        leg.on_chain = false;
        let (known, sent) = (leg.known, leg.hop);
        if let Some(timer) = leg.preimage.take() {
            cx.queue.cancel(timer);
        }
        if let Some(timer) = part.answer.take_if(|_| hop + 1 == part.legs.len()) {
            cx.queue.cancel(timer);
            let payee = self.world.network.target(sent.channel);
            self.forget_answer(payee, id);
        }
        if lost {
            let receiver = self.world.network.target(sent.channel);
            self.lose(id, hop, receiver, LossKind::HtlcTimedOut, cx);
            if known {
                let offerer = self.world.network.source(sent.channel);
                self.ledger.node_mut(offerer).won += sent.amount;
            }
        }
        if known {
            return self.removed(id, hop, cx);
        }
        let node = u32::from(hop_number(hop));
        let error = (OnionError::PermanentChannelFailure, node);
        self.parts.get_mut(id.0).error.get_or_insert(error);
        self.failure_passed(id, hop, cx);
    }

    /// A node loses the money of an HTLC.
    pub(in crate::lightning) fn lose(
        &mut self,
        id: PartId,
        hop: usize,
        node: NodeId,
        kind: LossKind,
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get(id.0);
        let sent = part.legs[hop].hop;
        self.ledger.node_mut(node).lost += sent.amount;
        let channel = sent.channel.channel();
        cx.rows.record(Row::Loss(&LossRow {
            at: cx.now,
            height: self.height(),
            node,
            channel,
            payment: Some(self.payments.get(part.payment.0).demand.id),
            part: Some(part.number),
            kind,
            amount: sent.amount,
            cause: self.causes.get(&channel).copied(),
        }));
    }

    /// A channel is closed for good.
    fn closed_on_chain(&mut self, end: &Ended, cx: &mut Context<'_>) {
        let Ended { row, ends, cost, moved } = end;
        for side in [0, 1] {
            let account = self.ledger.node_mut(ends[side]);
            account.onchain_fees += cost[side];
            let amount = Msat(moved[side].unsigned_abs());
            if moved[side] > 0 {
                account.won += amount;
            } else if moved[side] < 0 {
                account.lost += amount;
                let kind = match (row.kind, ends[side] == row.by) {
                    // Claimed in a block that was undone, and taken back in another.
                    (CloseKind::Unilateral | CloseKind::Cooperative, _) => LossKind::HtlcTimedOut,
                    (CloseKind::Revoked, true) => LossKind::Punished,
                    (CloseKind::Revoked, false) => LossKind::Stolen,
                };
                cx.rows.record(Row::Loss(&LossRow {
                    at: cx.now,
                    height: self.height(),
                    node: ends[side],
                    channel: row.channel,
                    payment: None,
                    part: None,
                    kind,
                    amount,
                    cause: Some(row.cause),
                }));
            }
        }
        if !self.breach_ended(row, *moved, cx) {
            self.tell_closed(end, cx);
        }
        cx.rows.record(Row::Closure(row));
        self.replace(end, cx);
    }

    /// Looks at the HTLCs that expire soon: who has to go to the chain, or give up, at this height.
    fn watch_deadlines(&mut self, cx: &mut Context<'_>) {
        let height = self.height().0;
        let notice = LONGEST_NOTICE + self.params.onchain.claim_before.map_or(0, u32::from);
        let soon = self.channels.expiring(BlockHeight(height + notice));
        let mut closes: Vec<(ChannelId, Side)> = Vec::new();
        let mut cancels: Vec<u64> = Vec::new();
        for htlc in soon {
            let htlc = self.channels.htlc(htlc);
            let (channel, from) = (htlc.direction.channel(), htlc.direction.from_side());
            let expiry = htlc.cltv_expiry.0;
            let ends = self.world.network.ends(channel);
            // Whoever is down does nothing until it is back.
            let is_up = |side: Side| !self.is_down(ends[side.index()]);
            let deadlines = |side: Side| self.deadlines(ends[side.index()]);
            if is_up(from) && height >= expiry + deadlines(from).offered {
                closes.push((channel, from));
            } else if is_up(from.other())
                && htlc.is_fulfilled()
                && height + deadlines(from.other()).received >= expiry
            {
                closes.push((channel, from.other()));
            } else if is_up(from.other())
                && htlc.is_committed()
                && height + deadlines(from.other()).cancelled >= expiry
                && self.waits_at_payee(htlc.tag)
            {
                cancels.push(htlc.tag);
            }
        }
        for tag in cancels {
            self.cancel_at_payee(tag, cx);
        }
        for (channel, by) in closes {
            if !self.channels.is_closed(channel) {
                self.force_close(channel, by, CloseCause::HtlcDeadline, cx);
            }
        }
        self.assert_none_overdue();
    }

    /// H6: no HTLC stays in a channel beyond its expiry and the grace of an offerer that is up.
    fn assert_none_overdue(&mut self) {
        let height = self.height();
        for htlc in self.channels.expiring(height) {
            let htlc = self.channels.htlc(htlc);
            let offerer = self.world.network.source(htlc.direction);
            assert!(
                self.is_down(offerer)
                    || height.0 < htlc.cltv_expiry.0 + self.deadlines(offerer).offered,
                "an HTLC stays in its channel beyond its expiry: {htlc:?} (H6)"
            );
        }
    }

    /// When a node goes to the chain for an HTLC.
    fn deadlines(&self, node: NodeId) -> Deadlines {
        let usual = Deadlines::of(self.software(node));
        match self.params.onchain.claim_before {
            None => usual,
            Some(blocks) => {
                // An invoice's HTLC is given up before that, as far ahead as the implementation does.
                let ahead = usual.cancelled - usual.received;
                let received = u32::from(blocks);
                Deadlines { received, cancelled: received + ahead, ..usual }
            }
        }
    }

    pub(in crate::lightning) fn software(&self, node: NodeId) -> Software {
        self.world.network.node(node).software.unwrap_or(Software::Lnd)
    }

    /// Whether an HTLC is with a payee who has not answered and still can.
    fn waits_at_payee(&self, tag: u64) -> bool {
        let (id, hop) = untag(tag);
        let part = self.parts.get(id.0);
        hop + 1 == part.legs.len() && part.answer.is_some()
    }

    /// A payee gives up before the HTLC expires.
    fn cancel_at_payee(&mut self, tag: u64, cx: &mut Context<'_>) {
        let (id, hop) = untag(tag);
        if let Some(timer) = self.parts.get_mut(id.0).answer.take() {
            cx.queue.cancel(timer);
        }
        self.raise(id, hop, OnionError::IncorrectOrUnknownPaymentDetails, cx);
    }

    /// One side publishes its latest commitment.
    pub(in crate::lightning) fn force_close(
        &mut self,
        channel: ChannelId,
        by: Side,
        cause: CloseCause,
        cx: &mut Context<'_>,
    ) {
        let snapshot = self.channels.force_close(channel, by);
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
        let decision = self.decision(channel, CloseKind::Unilateral, cause, cx.now);
        let terms = *self.channels.terms(channel);
        let Some(onchain) = &mut self.onchain else { return };
        onchain.close(&decision, &terms, snapshot);
        self.gone(channel, cause, cx);
    }

    /// What a closing needs to know about its channel.
    pub(in crate::lightning) fn decision(
        &self,
        channel: ChannelId,
        kind: CloseKind,
        cause: CloseCause,
        now: SimTime,
    ) -> Decision {
        let ends = self.world.network.ends(channel);
        let capacity = self.channels.terms(channel).capacity;
        // The delay of a side is what its peer asked for.
        let asked = self.params.onchain.to_self_delay;
        let delay = [1, 0].map(|peer: usize| {
            asked.unwrap_or_else(|| delay_asked(self.software(ends[peer]), capacity))
        });
        Decision { channel, ends, delay, kind, cause, decided: now, now }
    }

    /// The receiver of `hop` has the preimage, but its channel is on the chain or has gone.
    pub(in crate::lightning) fn fulfill_on_chain(
        &mut self,
        id: PartId,
        hop: usize,
        cx: &mut Context<'_>,
    ) {
        let leg = self.parts.get(id.0).legs[hop];
        let channel = leg.hop.channel;
        if leg.on_chain
            && let Some(onchain) = &mut self.onchain
        {
            let tag = crate::lightning::payments::sending::tag(id, hop);
            return onchain.learn(channel.channel(), tag, cx.now);
        }
        let receiver = self.world.network.target(channel);
        self.lose(id, hop, receiver, LossKind::PreimageTooLate, cx);
    }
}
