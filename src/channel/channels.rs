//! All channels of a system and the operations on them.

use serde::{Deserialize, Serialize};

use crate::channel::calendar::Calendar;
use crate::channel::dance::{Dance, DanceEvent};
use crate::channel::htlc::{Add, Htlc, HtlcId, Status, WrongPreimage};
use crate::channel::limits::{Limits, MOST_SLOTS, Refused, trimmed};
use crate::channel::revoked::{Records, RevokedState};
use crate::channel::spendable_cache::SpendableCache;
use crate::channel::state::State;
use crate::channel::terms::Terms;
use crate::engine::{Draws, Schedule, Slab};
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::units::Msat;

/// HTLCs per direction that can be counted. Only without limits can an offer meet this bound.
const MOST_HTLCS: u16 = i16::MAX.unsigned_abs();

/// How much of the protocol is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Slots, in-flight limits, reserve, dust and commitment fees. Without them only the balance counts.
    pub limits: bool,
    /// The commitment dance. Without it every update takes effect at once.
    pub dance: bool,
}

/// All channels, in the order of their ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channels {
    pub(super) rules: Rules,
    pub(super) states: Vec<State>,
    pub(super) terms: Vec<Terms>,
    pub(super) numbers: Vec<Numbers>,
    pub(super) htlcs: Slab<Htlc>,
    pub(super) dances: Slab<Dance>,
    pub(super) tally: Tally,
    /// The HTLCs by expiry.
    pub(super) calendar: Calendar,
    /// Whether each channel still carries anything.
    pub(super) phases: Vec<Phase>,
    /// Revoked states that dishonest nodes keep; only where somebody asks for it.
    pub(super) records: Option<Records>,
    #[serde(skip)]
    spendable_cache: SpendableCache,
    /// Channels that changed since somebody asked ([`Channels::take_changed`]).
    #[serde(skip)]
    changed: Vec<ChannelId>,
}

/// Commitment numbers of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbers {
    /// Number of each side's latest commitment; 0 is the one of the opening.
    pub(super) current: [u32; 2],
    /// How many commitments of each side its peer holds the revocation of: 0 up to this, less one.
    pub(super) revoked: [u32; 2],
}

/// Where a channel is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// It takes HTLCs.
    Open,
    /// Its sides have sent `shutdown`: it takes no new HTLC, and those in it end.
    ShuttingDown,
    /// Closed, by agreement or by force.
    Closed,
}

/// HTLCs so far, over all channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) offered: u64,
    pub(super) fulfilled: u64,
    pub(super) failed: u64,
    /// HTLCs that went to the chain with their channel.
    pub(super) force_closed: u64,
}

impl Channels {
    /// No channels yet.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            states: Vec::new(),
            terms: Vec::new(),
            numbers: Vec::new(),
            htlcs: Slab::default(),
            dances: Slab::default(),
            tally: Tally::default(),
            calendar: Calendar::default(),
            phases: Vec::new(),
            records: None,
            spendable_cache: SpendableCache::default(),
            changed: Vec::new(),
        }
    }

    /// Opens a channel; the balances must add up to the capacity.
    pub fn open(&mut self, terms: Terms, balances: [Msat; 2]) -> ChannelId {
        let id = ChannelId::from_index(self.states.len());
        assert!(
            !self.rules.limits
                || terms.max_accepted_htlcs.iter().all(|most| (1..=MOST_SLOTS).contains(most)),
            "channel {}: slots {:?} are not within 1 to {MOST_SLOTS} (C3)",
            id.0,
            terms.max_accepted_htlcs
        );
        let state = State::new(balances);
        state.assert_conserved(id, terms.capacity);
        self.states.push(state);
        self.terms.push(terms);
        self.numbers.push(Numbers::default());
        self.phases.push(Phase::Open);
        if let Some(records) = &mut self.records {
            records.open(balances);
        }
        self.note_change(id);
        id
    }

    /// Moves the channels into `into` that have opened, closed or changed what they hold since the last call;
    /// one may come several times.
    pub fn take_changed(&mut self, into: &mut Vec<ChannelId>) {
        into.append(&mut self.changed);
    }

    /// Number of channels.
    pub const fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// HTLCs under way over all channels.
    pub const fn under_way(&self) -> u64 {
        self.htlcs.len() as u64
    }

    /// What both sides agreed on.
    pub fn terms(&self, channel: ChannelId) -> &Terms {
        &self.terms[channel.index()]
    }

    /// What a side has, without what it has offered in HTLCs.
    pub fn balance(&self, channel: ChannelId, side: Side) -> Msat {
        self.states[channel.index()].balance[side.index()]
    }

    /// Sum of the HTLCs offered in this direction.
    pub fn in_flight(&self, dir: DirectedChannel) -> Msat {
        self.states[dir.channel().index()].in_flight[dir.from_side().index()]
    }

    /// Number of the HTLCs offered in this direction.
    pub fn htlcs(&self, dir: DirectedChannel) -> u16 {
        self.states[dir.channel().index()].offered[dir.from_side().index()]
    }

    /// Number of a side's latest commitment, 0 being that of the opening.
    pub fn commitment_number(&self, channel: ChannelId, side: Side) -> u64 {
        u64::from(self.numbers[channel.index()].current[side.index()])
    }

    /// The largest HTLC that the sender of `dir` can offer now: what an honest node knows about its own
    /// channel. Zero when it can offer none; the balance when limits are off.
    pub fn spendable(&self, dir: DirectedChannel) -> Msat {
        let side = dir.from_side();
        let state = &self.states[dir.channel().index()];
        if self.phases[dir.channel().index()] != Phase::Open {
            Msat::ZERO
        } else if self.rules.limits {
            Limits::new(self.terms(dir.channel()), state, side).largest()
        } else if state.offered[side.index()] == MOST_HTLCS {
            Msat::ZERO
        } else {
            state.balance[side.index()]
        }
    }

    /// The largest HTLC that the sender of `dir` could offer if none were under way in its channel: what its
    /// balance allows, were all slots free and nothing in flight.
    pub fn affordable(&self, dir: DirectedChannel) -> Msat {
        let side = dir.from_side();
        let idle = State::new(self.states[dir.channel().index()].balance);
        if self.phases[dir.channel().index()] != Phase::Open {
            Msat::ZERO
        } else if self.rules.limits {
            Limits::new(self.terms(dir.channel()), &idle, side).largest()
        } else {
            idle.balance[side.index()]
        }
    }

    /// The same as [`Self::spendable`], cached until the channel changes.
    pub fn cached_spendable(&mut self, dir: DirectedChannel) -> Msat {
        let mut cache = std::mem::take(&mut self.spendable_cache);
        let amount = cache.get(dir, || self.spendable(dir));
        self.spendable_cache = cache;
        debug_assert_eq!(amount, self.spendable(dir), "changes are noted");
        amount
    }

    /// The state of `channel`, to be changed; drops what is cached of it.
    pub(super) fn change(&mut self, channel: ChannelId) -> &mut State {
        self.note_change(channel);
        &mut self.states[channel.index()]
    }

    /// Drops what is cached of `channel`, whose spendable amounts change.
    pub(super) fn note_change(&mut self, channel: ChannelId) {
        self.spendable_cache.forget(channel);
        if self.changed.last() != Some(&channel) {
            self.changed.push(channel);
        }
    }

    /// An HTLC under way.
    pub fn htlc(&self, htlc: HtlcId) -> &Htlc {
        self.htlcs.get(htlc.0)
    }

    /// Offers an HTLC: debits the sender of `dir` and takes a slot.
    pub fn offer(
        &mut self,
        dir: DirectedChannel,
        add: Add,
        schedule: &mut impl Schedule<DanceEvent>,
    ) -> Result<HtlcId, Refused> {
        if let Some(refused) = self.refusal(dir, add.amount) {
            return Err(refused);
        }
        let trimmed = trimmed(self.terms(dir.channel()), dir.from_side(), add.amount);
        let status = if self.rules.dance { Status::Offered } else { Status::Committed };
        let id = HtlcId(self.htlcs.insert(Htlc::new(dir, &add, status, trimmed)));
        if self.rules.dance {
            self.queue(dir, id, schedule);
        }
        self.calendar.enter(id, &self.htlcs);
        let htlc = *self.htlcs.get(id.0);
        self.change(dir.channel()).add(&htlc);
        self.tally.offered += 1;
        self.assert_conserved(dir.channel());
        Ok(id)
    }

    /// The sender of `dir` gives `amount` to its peer, outside of any HTLC, at once.
    ///
    /// # Panics
    /// When it has less than that: the caller has looked.
    pub fn give(&mut self, dir: DirectedChannel, amount: Msat) {
        let side = dir.from_side();
        let state = self.change(dir.channel());
        state.balance[side.index()] -= amount;
        state.balance[side.other().index()] += amount;
        self.assert_conserved(dir.channel());
    }

    /// The receiver of an HTLC that is locked in fulfils it. The preimage itself travels outside of
    /// here: a forwarder may use it as soon as the message reaches it.
    pub fn fulfill(
        &mut self,
        htlc: HtlcId,
        preimage: &[u8; 32],
        schedule: &mut impl Schedule<DanceEvent>,
    ) -> Result<(), WrongPreimage> {
        self.htlcs.get(htlc.0).unlock(preimage)?;
        self.resolve(htlc, Status::Fulfilling, schedule);
        Ok(())
    }

    /// The receiver of an HTLC that is locked in fails it.
    pub fn fail(&mut self, htlc: HtlcId, schedule: &mut impl Schedule<DanceEvent>) {
        self.resolve(htlc, Status::Failing, schedule);
    }

    /// Starts the removal of an HTLC; without the dance that is all.
    fn resolve(&mut self, id: HtlcId, status: Status, schedule: &mut impl Schedule<DanceEvent>) {
        let htlc = self.htlcs.get_mut(id.0);
        assert!(
            htlc.status == Status::Committed,
            "HTLC {} was to be removed while {:?} (H1)",
            id.0,
            htlc.status
        );
        htlc.status = status;
        if self.rules.dance {
            let removed_by = htlc.direction.reverse();
            self.queue(removed_by, id, schedule);
        } else {
            self.finish(id);
        }
    }

    /// Ends an HTLC whose removal has taken effect: gives its money to whom it belongs now.
    pub(super) fn finish(&mut self, id: HtlcId) -> Htlc {
        let htlc = self.htlcs.remove(id.0);
        let offerer = htlc.direction.from_side();
        let to = match htlc.status {
            Status::Fulfilling => {
                self.tally.fulfilled += 1;
                offerer.other()
            }
            Status::Failing => {
                self.tally.failed += 1;
                offerer
            }
            Status::Offered | Status::Committed => {
                panic!("HTLC {} ended while {:?} (H1)", id.0, htlc.status)
            }
        };
        let channel = htlc.direction.channel();
        self.change(channel).remove(&htlc, to);
        self.assert_conserved(channel);
        htlc
    }

    fn refusal(&self, dir: DirectedChannel, amount: Msat) -> Option<Refused> {
        let state = &self.states[dir.channel().index()];
        match self.phases[dir.channel().index()] {
            Phase::Closed => return Some(Refused::Closed),
            Phase::ShuttingDown => return Some(Refused::ShuttingDown),
            Phase::Open => {}
        }
        if self.rules.limits {
            Limits::new(self.terms(dir.channel()), state, dir.from_side()).refusal(amount)
        } else if amount == Msat::ZERO {
            Some(Refused::Zero)
        } else if amount > state.balance[dir.from_side().index()] {
            Some(Refused::InsufficientBalance)
        } else if state.offered[dir.from_side().index()] == MOST_HTLCS {
            Some(Refused::Slots)
        } else {
            None
        }
    }

    /// Starts to record, per side, the revoked states that would pay it best, and how many of them towers know.
    pub fn keep_revoked(&mut self, draws: Draws, known_share: f64) {
        let balances = self.states.iter().map(|state| state.balance);
        self.records = Some(Records::new(draws, known_share, balances));
    }

    /// The revoked states that a side keeps.
    pub fn revoked(&self, channel: ChannelId, side: Side) -> impl Iterator<Item = RevokedState> {
        self.records.iter().flat_map(move |records| records.of(channel, side))
    }

    /// Revoked states of a side that a watchtower of its peer knows, those with HTLCs included.
    pub fn covered_states(&self, channel: ChannelId, side: Side) -> u64 {
        let Some(records) = &self.records else { return 0 };
        let current = self.numbers[channel.index()].current[side.index()];
        let known = (0..current).filter(|&number| records.covers(channel, side, number));
        known.count() as u64
    }

    /// The channel may have come to rest: what it was before is revoked.
    pub(super) fn record_rest(&mut self, channel: ChannelId) {
        let state = &self.states[channel.index()];
        if let Some(records) = &mut self.records
            && state.offered == [0; 2]
        {
            records.rest(channel, self.numbers[channel.index()].current, state.balance);
        }
    }

    fn assert_conserved(&self, channel: ChannelId) {
        self.states[channel.index()].assert_conserved(channel, self.terms(channel).capacity);
    }
}
