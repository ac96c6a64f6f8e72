//! The commitment dance of one channel (BOLT 2) without an event per message.
//!
//! An update passes five states: sent, on the receiver's commitment, the receiver's old commitment
//! revoked, on the sender's commitment, the sender's old commitment revoked. Each side may have one
//! signature outstanding for which the peer has not revoked, and everything waiting then moves
//! together. So the updates of a side stand in one line, cut into four stages ([`End`]); a signature,
//! its arrival and the revocation for it move whole stages, each one event ([`DanceEvent`]).
//!
//! On an idle channel with a delay d each way and no batching, an update is locked in after 3 d.
//!
//! The stages also say at any moment which HTLCs stand on which commitment: those `queued` on none,
//! those `sent` and `owed` on the peer's, those `locking` on both.
//!
//! A simplification: update messages travel together with the signature that covers them.

use serde::{Deserialize, Serialize};

use crate::channel::htlc::HtlcId;
use crate::channel::terms::Batching;
use crate::ids::{DirectedChannel, Side};
use crate::units::{SimDuration, SimTime};

/// A moment in the dance of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DanceEvent {
    /// The sender of this direction signs the peer's next commitment. Ignored when it has done so
    /// meanwhile.
    Sign(DirectedChannel),
    /// That signature is at the peer, or has been checked there: the peer revokes.
    Arrive(DirectedChannel),
    /// The revocation is back at the signer: what it had countersigned is locked in.
    LockIn(DirectedChannel),
}

const _: () = assert!(size_of::<DanceEvent>() <= 8);

/// How long messages and signatures take. It is asked in the order of time: `at` is the present.
pub trait Link {
    /// One-way delay of a message that leaves at `at` in direction `dir`: the same for all that leave then.
    fn delay(&mut self, dir: DirectedChannel, at: SimTime) -> SimDuration;
    /// When the sender in `dir` has made so many signatures, if it starts at `at`.
    fn sign(&mut self, dir: DirectedChannel, signatures: u32, at: SimTime) -> SimTime;
    /// When the receiver in `dir` has checked so many signatures, if they arrive at `at`.
    fn verify(&mut self, dir: DirectedChannel, signatures: u32, at: SimTime) -> SimTime;
}

/// Where the latest signature of a side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Signature {
    /// The peer has revoked for it: the side may sign again.
    Settled,
    /// Under way to the peer.
    Sent,
    /// With the peer, who checks it.
    Checking,
    /// On the peer's commitment; the revocation is under way back.
    Revoking,
}

/// One side of the dance: its updates, its signature, its commitment.
///
/// The updates stand in a line through [`super::Htlc`]s, the oldest first, in four stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// When it wants to sign what is queued and owed; read only if something is.
    sign_at: SimTime,
    /// When its last message reaches the peer; messages keep their order.
    last_arrival: SimTime,
    /// The oldest and the youngest update in the line.
    line: Option<(HtlcId, HtlcId)>,
    /// Updates not yet signed.
    queued: u16,
    /// Updates signed, and under way to the peer.
    sent: u16,
    /// Updates on the peer's commitment, which the peer must still sign back.
    owed: u16,
    /// Updates on the commitment of this side too, or signed for it; the peer waits for the
    /// revocation.
    locking: u16,
    /// Untrimmed outputs on this side's commitment, as last signed by the peer.
    outputs: u16,
    /// What the queued updates will change in the outputs of the peer's commitment.
    queued_for_peer: i16,
    /// What queued, sent and owed updates will change in the outputs of this side's commitment.
    queued_for_self: i16,
    sent_for_self: i16,
    owed_for_self: i16,
    pub(super) signature: Signature,
}

const _: () = assert!(size_of::<End>() <= 56);

/// The dance of one channel; exists only while something is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dance {
    pub(super) ends: [End; 2],
}

impl End {
    const fn new(outputs: u16) -> Self {
        Self {
            sign_at: SimTime::ZERO,
            last_arrival: SimTime::ZERO,
            line: None,
            queued: 0,
            sent: 0,
            owed: 0,
            locking: 0,
            outputs,
            queued_for_peer: 0,
            queued_for_self: 0,
            sent_for_self: 0,
            owed_for_self: 0,
            signature: Signature::Settled,
        }
    }

    /// The oldest update in the line.
    pub(super) fn oldest(&self) -> Option<HtlcId> {
        self.line.map(|(oldest, _)| oldest)
    }

    /// Puts an update at the end of the line; returns the one before it.
    pub(super) fn join(&mut self, htlc: HtlcId) -> Option<HtlcId> {
        let before = self.line.map(|(_, youngest)| youngest);
        self.line = Some((self.oldest().unwrap_or(htlc), htlc));
        before
    }

    /// Takes the oldest update out of the line; `next` is the one after it.
    pub(super) fn leave(&mut self, next: HtlcId) {
        let (oldest, youngest) = self.line.expect("stages count the updates in the line");
        self.line = (oldest != youngest).then_some((next, youngest));
    }

    /// Sends a message that would reach the peer at `at`; returns when it does, after those before it.
    pub(super) fn deliver(&mut self, at: SimTime) -> SimTime {
        self.last_arrival = self.last_arrival.max(at);
        self.last_arrival
    }

    /// The peer checks this side's signature until then, and takes no later message before that.
    pub(super) fn check_until(&mut self, checked: SimTime) {
        self.signature = Signature::Checking;
        self.deliver(checked);
    }

    /// Until when the peer is checking this side's signature, if it does: the only message that can
    /// stand behind the signature, a revocation, is taken then.
    pub(super) fn checked_until(&self) -> Option<SimTime> {
        (self.signature == Signature::Checking).then_some(self.last_arrival)
    }

    /// How many updates stand on the commitments of both sides, and how many more on the peer's only.
    pub(super) const fn on_commitments(&self) -> (u16, u16) {
        (self.locking, self.owed)
    }

    /// How many updates the stages count.
    pub(super) fn updates(&self) -> u32 {
        [self.queued, self.sent, self.owed, self.locking].into_iter().map(u32::from).sum()
    }
}

impl Dance {
    /// The dance of a channel that was at rest, with these untrimmed outputs.
    pub(super) fn new(outputs: [u16; 2]) -> Self {
        Self { ends: outputs.map(End::new) }
    }

    /// Whether nothing is under way: both commitments are the same and signed (C7).
    pub(super) fn is_over(&self) -> bool {
        self.ends.iter().all(|end| end.signature == Signature::Settled && end.updates() == 0)
    }

    /// Queues an update of `side` that changes the outputs of both commitments by so many. Returns
    /// when to sign, if that has to be scheduled now.
    pub(super) fn queue(
        &mut self,
        side: Side,
        outputs: [i16; 2],
        now: SimTime,
        batching: Batching,
    ) -> Option<SimTime> {
        let opens = !self.has_to_sign(side);
        let end = &mut self.ends[side.index()];
        end.queued += 1;
        end.queued_for_self += outputs[side.index()];
        end.queued_for_peer += outputs[side.other().index()];
        if opens {
            end.sign_at = now + batching.delay;
        }
        let fills = batching.cap == end.queued && end.sign_at > now;
        if fills {
            end.sign_at = now;
        }
        if opens || fills { self.next_signature(side, now) } else { None }
    }

    /// When `side` signs next; `None` when it has nothing to sign, or must wait for a revocation.
    pub(super) fn next_signature(&self, side: Side, now: SimTime) -> Option<SimTime> {
        let end = &self.ends[side.index()];
        let may_sign = self.has_to_sign(side) && end.signature == Signature::Settled;
        may_sign.then(|| end.sign_at.max(now))
    }

    /// `side` signs the peer's next commitment: its queued updates, and those of the peer that it owes.
    pub(super) fn sign(&mut self, side: Side) {
        let (own, peer) = self.ends_of(side);
        assert!(own.signature == Signature::Settled, "a second signature before the revocation");
        let change = own.queued_for_peer + peer.owed_for_self;
        peer.outputs =
            peer.outputs.checked_add_signed(change).expect("an output is removed once (C6)");
        (own.sent, own.sent_for_self) = (own.queued, own.queued_for_self);
        (own.queued, own.queued_for_self, own.queued_for_peer) = (0, 0, 0);
        peer.locking = peer.owed;
        (peer.owed, peer.owed_for_self) = (0, 0);
        own.signature = Signature::Sent;
    }

    /// Signatures in the latest `commitment_signed` of `side`: one, and one per untrimmed HTLC.
    pub(super) fn signatures(&self, side: Side) -> u32 {
        1 + u32::from(self.ends[side.other().index()].outputs)
    }

    /// The peer of `side` takes the signature and revokes. If that brought updates, the peer now owes
    /// a signature at once.
    pub(super) fn accept(&mut self, side: Side, now: SimTime) {
        let (own, peer) = self.ends_of(side);
        own.signature = Signature::Revoking;
        if own.sent > 0 {
            peer.sign_at = now;
        }
        own.owed += own.sent;
        own.owed_for_self += own.sent_for_self;
        (own.sent, own.sent_for_self) = (0, 0);
    }

    /// The revocation is back at `side`. Returns how many updates of the peer are locked in by it, the
    /// oldest in the peer's line.
    pub(super) fn settle(&mut self, side: Side) -> u16 {
        let (own, peer) = self.ends_of(side);
        own.signature = Signature::Settled;
        std::mem::take(&mut peer.locking)
    }

    fn has_to_sign(&self, side: Side) -> bool {
        self.ends[side.index()].queued > 0 || self.ends[side.other().index()].owed > 0
    }

    /// The end of `side`, and its peer's.
    const fn ends_of(&mut self, side: Side) -> (&mut End, &mut End) {
        let [first, second] = &mut self.ends;
        match side {
            Side::One => (first, second),
            Side::Two => (second, first),
        }
    }
}
