//! Lightning's own chain: channels that open and close, and the wallets that pay for it.
//!
//! [`OnChain`] owns the chain, the wallets and a [`Closing`] for each channel on its way through it. It
//! knows nothing of payments: a channel comes in as the snapshot of a commitment, and what is decided on the chain
//! goes out as [`Effect`]s with the tags of the HTLCs. So whole attacks can be tried without a network.
//!
//! Who does what: after each block, and when somebody comes back, each side of each closing looks at every
//! output and claims what it can (`claims`), at a feerate for its deadline, raised while it waits (`acting`).
//! First the owner of the commitment acts, then its peer; of two spends the mempool keeps the first,
//! unless the other pays for its replacement. No outcome is drawn.
//!
//! Money: a transaction's part that comes from a wallet is reserved when it is sent, spent when it is
//! confirmed, and free again when it is replaced or evicted. Wallets, channels that are open, unspent
//! outputs and fees are what they were at the start, checked at every block (M4).
//!
//! Blocks that lose against a longer branch are taken back here too (`undoing`): what was decided only after
//! it was buried stays decided, because `burial` is more than the deepest reorganisation; a preimage that
//! was read stays known.
//!
//! Simplifications: one transaction per output (no batching of sweeps); both sides of a closing know
//! the mempool; the commitment that is published is the latest (or a revoked one in an attack).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::{
    Bitcoin, BitcoinEvent, BitcoinParams, Fate, Notice, OutPoint, Outbox, Refused, Transaction,
    TxId,
};
use crate::channel::{CommitmentSnapshot, Terms};
use crate::engine::{Schedule, Seeds};
use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::closing::{BreachTimeline, Closing, Decision, OutputKind, Tower};
use crate::lightning::chain::opening::{Funded, Opening};
use crate::lightning::chain::params::{self, OnChainParams};
use crate::lightning::chain::wallets::Wallets;
use crate::rows::{BlockRow, ClosureRow};
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime, Weight};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) enum Purpose {
    /// It funds a channel: the number of the opening.
    Fund(u32),
    /// It closes a channel.
    Close(ChannelId),
    /// A child that spends an anchor of a side to pay for the commitment.
    Anchor(ChannelId, Side),
    /// A side claims an output of a closing.
    Claim(ChannelId, Side, u16),
}

impl Purpose {
    /// The channel that is closing.
    pub(super) const fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Fund(_) => None,
            Self::Close(channel) | Self::Anchor(channel, _) | Self::Claim(channel, _, _) => {
                Some(channel)
            }
        }
    }
}

/// What was decided on the chain.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lightning) enum Effect {
    /// The funding of a channel is deep enough.
    Opened {
        /// Number of the opening.
        number: u32,
    },
    /// A channel is deep enough to be announced.
    Announced {
        /// Which.
        channel: ChannelId,
    },
    /// An opener has taken back the money of a channel that was not funded in time.
    Abandoned {
        /// Who.
        opener: NodeId,
        /// What it cost.
        fee: Sat,
    },
    /// The receiver took an HTLC with its preimage, which everybody can read now.
    Claimed {
        /// The HTLC's tag.
        tag: u64,
    },
    /// The offerer has the money of an HTLC back for good, or it became fee.
    Returned {
        /// The HTLC's tag.
        tag: u64,
        /// Whether its receiver had the preimage: then it lost the money.
        lost: bool,
    },
    /// A tower will act then.
    Wake {
        /// For this channel.
        channel: ChannelId,
        /// When.
        at: SimTime,
    },
    /// A channel is closed for good.
    Closed(Box<Ended>),
}

/// A channel that is closed for good. Arrays are by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::lightning) struct Ended {
    /// What is reported.
    pub(in crate::lightning) row: ClosureRow,
    pub(in crate::lightning) ends: [NodeId; 2],
    /// Fees and roundings.
    pub(in crate::lightning) cost: [Msat; 2],
    /// What each won from the other by a revoked commitment or its punishment, in msat.
    pub(in crate::lightning) moved: [i64; 2],
}

/// Where a transaction's money comes from and goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// Who pays out of the wallet, and how much.
    pub(super) from: (NodeId, Sat),
    /// Who is paid, and how much.
    pub(super) to: [(NodeId, Sat); 2],
}

/// The chain, the wallets, and the channels that are opening and closing. More than twelve fields, as every notice of
/// a transaction may concern each of them: money moves between all of them (M4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct OnChain {
    pub(super) params: OnChainParams,
    pub(super) chain: Bitcoin<Purpose>,
    pub(super) wallets: Wallets,
    /// By channel.
    pub(super) closings: BTreeMap<ChannelId, Closing>,
    /// Channels that are being funded, by the number of the opening.
    pub(super) openings: BTreeMap<u32, Opening>,
    pub(super) next_opening: u32,
    /// Openings that are over, where the blocks of their funding could still be undone.
    pub(super) young: BTreeMap<u32, (ChannelId, Opening)>,
    /// Channels opened in the run, until they close.
    pub(super) funded: BTreeMap<ChannelId, Funded>,
    /// Of revoked commitments.
    pub(super) timelines: BTreeMap<ChannelId, BreachTimeline>,
    pub(super) sent: BTreeMap<TxId, Sent>,
    /// The same of confirmed ones whose blocks could still be undone, by height.
    pub(super) settled: BTreeMap<TxId, (BlockHeight, Sent)>,
    /// Money in channels that were open before the run and still are: their funding outputs are not
    /// followed one by one.
    pub(super) in_channels: Sat,
    /// All money at the start, in satoshis.
    pub(super) initial: i128,
    #[serde(skip)]
    pub(super) outbox: Outbox<Purpose>,
    #[serde(skip)]
    pub(super) effects: Vec<Effect>,
}

/// A revoked commitment of which it can no longer change who has its owner's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) struct BreachDecided {
    /// Whether the owner kept it.
    pub(in crate::lightning) kept: bool,
    /// How it has changed what the owner has, and its peer, in msat.
    pub(in crate::lightning) owner_net: i64,
    pub(in crate::lightning) peer_net: i64,
}

impl OnChain {
    /// A chain under `nodes` nodes with so much in their channels.
    pub(in crate::lightning) fn new(
        params: OnChainParams,
        bitcoin: BitcoinParams,
        nodes: usize,
        in_channels: Sat,
        seeds: Seeds,
    ) -> Self {
        let wallets = Wallets::new(nodes, params.wallet);
        Self {
            params,
            chain: Bitcoin::new(bitcoin, seeds),
            initial: i128::from(wallets.total()) + i128::from(in_channels.get()),
            wallets,
            closings: BTreeMap::new(),
            openings: BTreeMap::new(),
            next_opening: 0,
            young: BTreeMap::new(),
            funded: BTreeMap::new(),
            timelines: BTreeMap::new(),
            sent: BTreeMap::new(),
            settled: BTreeMap::new(),
            in_channels,
            outbox: Outbox::default(),
            effects: Vec::new(),
        }
    }

    /// Schedules the first block.
    pub(in crate::lightning) fn start(&mut self, schedule: &mut impl Schedule<BitcoinEvent>) {
        self.chain.start(schedule);
    }

    /// Height of the last block.
    pub(in crate::lightning) const fn height(&self) -> BlockHeight {
        self.chain.height()
    }

    /// Brings the mempool up to `now`; looking changes nothing.
    pub(in crate::lightning) fn observe(&mut self, now: SimTime) {
        self.chain.observe(now);
    }

    /// The feerate of the next block, and the weight that waits, as of the last look at the mempool.
    pub(in crate::lightning) fn market(&self) -> (FeeRate, Weight) {
        self.chain.market()
    }

    /// What each wallet held at the start.
    pub(in crate::lightning) const fn wallet_at_start(&self) -> Sat {
        self.params.wallet
    }

    /// A node's wallet.
    pub(in crate::lightning) fn wallet(&self, node: NodeId) -> Sat {
        self.wallets.balance(node)
    }

    /// Whether no channel is opening or closing.
    pub(in crate::lightning) fn is_quiet(&self) -> bool {
        self.closings.is_empty() && self.openings.is_empty() && self.all_funded()
    }

    /// Channels that are closing.
    pub(in crate::lightning) fn closing_count(&self) -> usize {
        self.closings.len()
    }

    /// What each side had in a channel when its closing began, while that is under way.
    pub(in crate::lightning) fn in_closing(&self, channel: ChannelId) -> Option<[Msat; 2]> {
        self.closings.get(&channel).map(|closing| closing.tally.start)
    }

    /// A closing that is under way.
    #[cfg(test)]
    pub(super) fn closing(&self, channel: ChannelId) -> Option<&Closing> {
        self.closings.get(&channel)
    }

    /// What became of a revoked commitment whose closing is not over; `None`: its owner's balance is not spent in a
    /// buried block, so that it can still be anybody's.
    pub(in crate::lightning) fn breach_decided(&self, channel: ChannelId) -> Option<BreachDecided> {
        let closing = self.closings.get(&channel)?;
        let (by, at) = closing.owners_balance_spent()?;
        let is_buried = self.height().0 + 1 >= at.0 + u32::from(self.params.burial);
        let net = closing.net();
        is_buried.then(|| BreachDecided {
            kept: by == closing.owner,
            owner_net: net[closing.owner.index()],
            peer_net: net[closing.owner.other().index()],
        })
    }

    /// What is known of a revoked commitment.
    pub(in crate::lightning) fn timeline(&self, channel: ChannelId) -> Option<BreachTimeline> {
        self.timelines.get(&channel).copied()
    }

    /// Mean time between blocks.
    pub(in crate::lightning) const fn block_interval(&self) -> SimDuration {
        self.chain.params().block_interval
    }

    /// A block is found: everybody looks and acts. Returns the blocks; effects are appended.
    pub(in crate::lightning) fn block(
        &mut self,
        event: BitcoinEvent,
        schedule: &mut impl Schedule<BitcoinEvent>,
        effects: &mut Vec<Effect>,
    ) -> Vec<BlockRow> {
        let now = schedule.now();
        self.chain.handle(event, schedule, &mut self.outbox);
        self.take_notices();
        self.forget_settled();
        self.follow_commitments(now);
        self.follow_openings(now);
        let channels: Vec<ChannelId> = self.closings.keys().copied().collect();
        for channel in channels {
            self.act(channel, now);
        }
        effects.append(&mut self.effects);
        std::mem::take(&mut self.outbox.blocks)
    }

    /// A channel goes to the chain by the latest commitment of one side.
    pub(in crate::lightning) fn close(
        &mut self,
        decision: &Decision,
        terms: &Terms,
        snapshot: CommitmentSnapshot,
    ) {
        let funding = self.fund(decision.channel, terms.capacity);
        let mut start = snapshot.balance;
        for htlc in &snapshot.htlcs {
            start[htlc.from.index()] += htlc.amount;
        }
        let closing = Closing::unilateral(decision, *terms, snapshot, funding, start);
        self.closings.insert(decision.channel, closing);
        self.act(decision.channel, decision.now);
    }

    /// A channel goes to the chain by a commitment that its owner has revoked. `start`: the true
    /// balances. The victim is away until then; a tower may act for it.
    pub(in crate::lightning) fn close_revoked(
        &mut self,
        decision: &Decision,
        terms: &Terms,
        snapshot: CommitmentSnapshot,
        start: [Msat; 2],
        (absent, tower): (SimTime, Option<Tower>),
    ) {
        let funding = self.fund(decision.channel, terms.capacity);
        let victim = snapshot.owner.other();
        let mut closing = Closing::unilateral(decision, *terms, snapshot, funding, start);
        closing.absent[victim.index()] = absent;
        closing.tower = tower;
        self.timelines.insert(decision.channel, BreachTimeline::default());
        self.closings.insert(decision.channel, closing);
        self.act(decision.channel, decision.now);
    }

    /// A channel is closed by agreement of both sides; `by` asked for it.
    pub(in crate::lightning) fn close_together(
        &mut self,
        decision: &Decision,
        terms: &Terms,
        by: Side,
        balance: [Msat; 2],
    ) {
        /// Blocks that a closing by agreement may take (LDK's, eclair's and lnd's defaults: 6 to 36).
        const TARGET: u32 = 12;
        let funding = self.fund(decision.channel, terms.capacity);
        let feerate = self.chain.estimate(TARGET, decision.now, &mut self.outbox);
        let fee = crate::chain::bitcoin::fee_for(feerate, params::weight::COOPERATIVE);
        // An opener that has less than the fee pays what it has.
        let fee = fee.min(balance[terms.opener.index()].to_sat_floor());
        let closing = Closing::cooperative(decision, *terms, funding, (by, balance, fee));
        self.closings.insert(decision.channel, closing);
        self.act(decision.channel, decision.now);
    }

    /// The receiver of an HTLC on the chain has learnt its preimage.
    pub(in crate::lightning) fn learn(&mut self, channel: ChannelId, tag: u64, now: SimTime) {
        let Some(closing) = self.closings.get_mut(&channel) else { return };
        let htlc = closing.htlcs.iter_mut().find(|htlc| htlc.tag == tag);
        if let Some(htlc) = htlc {
            htlc.fulfilled = true;
            self.act(channel, now);
        }
    }

    /// Somebody who was away is back, or a tower acts.
    pub(in crate::lightning) fn wake(&mut self, channel: ChannelId, now: SimTime) {
        if self.closings.contains_key(&channel) {
            self.act(channel, now);
        }
    }

    /// The funding output of a channel that is open; from now on it is followed.
    pub(super) fn fund(&mut self, channel: ChannelId, capacity: Sat) -> OutPoint {
        if let Some(funded) = self.funded.remove(&channel) {
            return funded.output;
        }
        self.in_channels -= capacity;
        self.chain.introduce(capacity)
    }

    /// Sends a transaction, if the wallet can pay its part.
    pub(super) fn send(
        &mut self,
        tx: Transaction<Purpose>,
        sent: Sent,
        now: SimTime,
    ) -> Result<TxId, Option<Refused>> {
        let (payer, amount) = sent.from;
        if amount > self.wallets.free(payer) {
            return Err(None);
        }
        let id = self.chain.submit(tx, now, &mut self.outbox).map_err(Some)?;
        self.sent.insert(id, sent);
        self.wallets.reserve(payer, amount);
        self.take_notices();
        Ok(id)
    }

    /// What became of transactions: money moves, closings go on.
    pub(super) fn take_notices(&mut self) {
        let notices = std::mem::take(&mut self.outbox.notices);
        for notice in notices {
            match notice.fate {
                Fate::Confirmed(height) => {
                    self.pay(notice.tx);
                    self.confirmed(notice, height);
                }
                Fate::Replaced { .. } | Fate::Evicted => {
                    if let Some(sent) = self.sent.remove(&notice.tx) {
                        self.wallets.release(sent.from.0, sent.from.1);
                    }
                    if let Purpose::Fund(number) = notice.tag {
                        self.funding_lost(number, notice.tx);
                    } else if let Some(channel) = notice.tag.channel()
                        && let Some(closing) = self.closings.get_mut(&channel)
                    {
                        closing.left_mempool(&notice);
                    }
                }
                Fate::Undone => self.undone(&notice),
            }
        }
    }

    /// Money of a confirmed transaction moves.
    pub(super) fn pay(&mut self, tx: TxId) {
        let sent = self.sent[&tx];
        self.wallets.spend(sent.from.0, sent.from.1);
        for (node, amount) in sent.to {
            self.wallets.credit(node, amount);
        }
    }

    /// Commitments that this block confirmed: their towers are woken.
    fn follow_commitments(&mut self, now: SimTime) {
        let is_new = |c: &&mut Closing| c.confirmed.is_some() && c.confirmed_at == SimTime::NEVER;
        for closing in self.closings.values_mut().filter(is_new) {
            closing.confirmed_at = now;
            if let Some((at, _)) = closing.tower_acts().filter(|(at, _)| *at > now) {
                self.effects.push(Effect::Wake { channel: closing.channel, at });
            }
            if let Some(timeline) = self.timelines.get_mut(&closing.channel) {
                timeline.confirmed = closing.confirmed;
            }
        }
    }

    /// A transaction of a closing is in a block.
    fn confirmed(&mut self, notice: Notice<Purpose>, height: BlockHeight) {
        let sent = self.sent.remove(&notice.tx).expect("what was sent is remembered");
        self.remember_confirmed(notice.tx, height, sent);
        if let Purpose::Fund(number) = notice.tag {
            return self.funding_confirmed(number, height);
        }
        let channel = notice.tag.channel();
        let Some(closing) = channel.and_then(|channel| self.closings.get_mut(&channel)) else {
            return;
        };
        match notice.tag {
            Purpose::Fund(_) => {}
            Purpose::Close(_) => closing.closing_confirmed(notice.tx, height),
            Purpose::Anchor(_, side) => closing.bumped(side, &sent, height),
            Purpose::Claim(_, side, number) => {
                closing.taken(side, number, notice.tx, &sent, height);
                let output = closing.outputs[usize::from(number)];
                if closing.is_revoked()
                    && side != closing.owner
                    && output.kind == OutputKind::Balance(closing.owner)
                    && let Some(timeline) = self.timelines.get_mut(&closing.channel)
                {
                    timeline.mined = Some(height);
                }
                if let OutputKind::Htlc(htlc) = output.kind
                    && closing.htlcs[usize::from(htlc)].from != side
                    && !closing.is_revoked()
                    && !output.reported
                {
                    let output = &mut closing.outputs[usize::from(number)];
                    (output.reported, output.read) = (true, true);
                    self.effects
                        .push(Effect::Claimed { tag: closing.htlcs[usize::from(htlc)].tag });
                }
            }
        }
    }

    /// M4 and the chain's own invariants.
    pub(in crate::lightning) fn check_size(&self) -> usize {
        self.chain.check_size()
    }

    pub(in crate::lightning) fn check(&self) -> Result<(), String> {
        self.chain.check()?;
        self.wallets.check()?;
        self.check_world()
    }

    /// M4: wallets, open channels, unspent outputs and fees are what there was at the start.
    pub(in crate::lightning) fn check_world(&self) -> Result<(), String> {
        let sums = self.chain.sums();
        let parts = [self.in_channels, sums.unspent, sums.fees];
        let wallets = self.wallets.total();
        let all: i128 =
            i128::from(wallets) + parts.iter().map(|sat| i128::from(sat.get())).sum::<i128>();
        if all == self.initial {
            return Ok(());
        }
        Err(format!(
            "{wallets} sat in wallets and {parts:?} in channels, outputs, fees are not {} sat",
            self.initial
        ))
    }
}
