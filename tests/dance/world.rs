//! What both machines are given, and how they are driven.

use std::collections::{BTreeMap, BTreeSet};

use leyden::channel::{
    Add, Channels, DanceEvent, HtlcId, Link, Locked, LockedKind, Refused, Rules, Terms,
};
use leyden::engine::{Draws, EventQueue, Within};
use leyden::ids::{ChannelId, DirectedChannel, Side};
use leyden::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime};
use sha2::{Digest, Sha256};

/// Message delays.
#[derive(Clone)]
pub(crate) enum Delays {
    Constant(SimDuration),
    /// Uniform below the span, drawn for the moment.
    Below(SimDuration, Draws),
}

/// Delays, and servers without a queue that take the same time for every signature.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) delays: Delays,
    pub(crate) per_signature: SimDuration,
    /// Who signed so many signatures, and when.
    pub(crate) signed: Vec<(DirectedChannel, u32, SimTime)>,
}

impl Network {
    pub(crate) const fn constant(delay: SimDuration) -> Self {
        let delays = Delays::Constant(delay);
        Self { delays, per_signature: SimDuration::ZERO, signed: Vec::new() }
    }
}

impl Link for Network {
    fn delay(&mut self, dir: DirectedChannel, at: SimTime) -> SimDuration {
        match &self.delays {
            Delays::Constant(delay) => *delay,
            Delays::Below(span, draws) => {
                SimDuration(draws.at(u64::from(dir.0), at.nanos()).below(span.0))
            }
        }
    }
    fn sign(&mut self, dir: DirectedChannel, signatures: u32, at: SimTime) -> SimTime {
        self.signed.push((dir, signatures, at));
        at + self.per_signature * u64::from(signatures)
    }
    fn verify(&mut self, _: DirectedChannel, signatures: u32, at: SimTime) -> SimTime {
        at + self.per_signature * u64::from(signatures)
    }
}

/// 100,000 sat, half and half, with anchors; the dust limits differ.
pub(crate) fn terms() -> Terms {
    Terms {
        capacity: Sat(100_000),
        reserve: [Sat(1_000); 2],
        dust_limit: [Sat(354), Sat(1_000)],
        max_accepted_htlcs: [483; 2],
        max_htlc_value_in_flight: [Msat::MAX; 2],
        htlc_minimum: [Msat(1); 2],
        max_dust_exposure: [Msat::MAX; 2],
        opener: Side::One,
        anchors: true,
        feerate: FeeRate(2_500),
        batching: Default::default(),
    }
}

/// A channel that can be offered HTLCs and asked what became irrevocable. HTLCs are named by tag.
pub(crate) trait Machine {
    fn next_time(&self) -> Option<SimTime>;
    /// Handles the next event.
    fn step(&mut self) -> Vec<(u64, LockedKind)>;
    /// Offers an HTLC if the offerer's balance suffices.
    fn offer(&mut self, now: SimTime, from: Side, tag: u64, amount: Msat);
    /// The receiver fulfils or fails an HTLC.
    fn remove(&mut self, now: SimTime, tag: u64, fulfil: bool);
    fn balances(&self) -> [Msat; 2];
    /// The number of each side's latest commitment.
    fn numbers(&self) -> [u64; 2];
    fn network(&self) -> &Network;
}

/// The machine under test: one channel of [`Channels`], checked after each event.
pub(crate) struct Fast {
    pub(crate) channels: Channels,
    pub(crate) queue: EventQueue<DanceEvent>,
    network: Network,
    /// Why offers were refused.
    pub(crate) refused: BTreeSet<Refused>,
    ids: BTreeMap<u64, HtlcId>,
}

/// The preimage that belongs to a tag.
pub(crate) fn preimage(tag: u64) -> [u8; 32] {
    let mut preimage = [0; 32];
    preimage[..8].copy_from_slice(&tag.to_le_bytes());
    preimage
}

/// The only channel, from this side.
pub(crate) const fn from(side: Side) -> DirectedChannel {
    DirectedChannel::new(ChannelId(0), side)
}

impl Fast {
    /// With the dance and without limits.
    pub(crate) fn new(terms: Terms, network: Network) -> Self {
        Self::with(Rules { limits: false, dance: true }, terms, network)
    }

    pub(crate) fn with(rules: Rules, terms: Terms, network: Network) -> Self {
        let mut channels = Channels::new(rules);
        let half = Msat(terms.capacity.0 * 500);
        channels.open(terms, [half; 2]);
        Self {
            channels,
            queue: EventQueue::default(),
            network,
            refused: BTreeSet::new(),
            ids: BTreeMap::new(),
        }
    }

    pub(crate) fn try_offer(
        &mut self,
        at: SimTime,
        side: Side,
        tag: u64,
        amount: Msat,
    ) -> Result<HtlcId, Refused> {
        let lock = Sha256::digest(preimage(tag)).into();
        let add = Add { amount, lock, cltv_expiry: BlockHeight(800_000), tag };
        let schedule = &mut Within::new(at, &mut self.queue, |event| event);
        let id = self.channels.offer(from(side), add, schedule)?;
        self.ids.insert(tag, id);
        Ok(id)
    }

    pub(crate) fn id(&self, tag: u64) -> HtlcId {
        self.ids[&tag]
    }

    /// Runs to quiet; returns what became irrevocable, and when.
    pub(crate) fn drain(&mut self) -> Vec<(SimTime, u64, LockedKind)> {
        let mut log = Vec::new();
        while let Some(at) = self.next_time() {
            log.extend(self.step().into_iter().map(|(tag, kind)| (at, tag, kind)));
        }
        log
    }
}

impl Machine for Fast {
    fn next_time(&self) -> Option<SimTime> {
        self.queue.next_time()
    }
    fn step(&mut self) -> Vec<(u64, LockedKind)> {
        let (now, event) = self.queue.pop().expect("an event is pending");
        let mut locked: Vec<Locked> = Vec::new();
        let schedule = &mut Within::new(now, &mut self.queue, |event| event);
        self.channels.handle(event, &mut self.network, schedule, &mut locked);
        assert_eq!(self.channels.check(), Ok(()));
        locked.into_iter().map(|locked| (locked.tag, locked.kind)).collect()
    }
    fn offer(&mut self, now: SimTime, from: Side, tag: u64, amount: Msat) {
        let refused = self.try_offer(now, from, tag, amount).err();
        self.refused.extend(refused);
    }
    fn remove(&mut self, now: SimTime, tag: u64, fulfil: bool) {
        let id = self.ids[&tag];
        let schedule = &mut Within::new(now, &mut self.queue, |event| event);
        if fulfil {
            self.channels.fulfill(id, &preimage(tag), schedule).expect("the preimage fits");
        } else {
            self.channels.fail(id, schedule);
        }
    }
    fn balances(&self) -> [Msat; 2] {
        Side::BOTH.map(|side| self.channels.balance(ChannelId(0), side))
    }
    fn numbers(&self) -> [u64; 2] {
        Side::BOTH.map(|side| self.channels.commitment_number(ChannelId(0), side))
    }
    fn network(&self) -> &Network {
        &self.network
    }
}
