//! Bitcoin: blocks of limited weight at random times, and a mempool that is ordered by feerate.
//!
//! An owner submits [`Transaction`]s with tags of its own ([`Bitcoin::submit`]) and learns from
//! [`Notice`]s what became of them. Background transactions compete for the same blocks. Block gaps are
//! exponential; a block takes the best that waits ([`Template`] says what it can know).
//!
//! Tracked: outputs that the owner creates and spends, so that a second spend, a spend that is locked or
//! money from nowhere stops the run. Ordinary wallets are accounts outside of this module. Not modelled:
//! signatures and scripts (only their weight), propagation (all nodes share one mempool at once),
//! difficulty, strategic miners.
//!
//! Units: satoshis, weight units, satoshis per 1,000 weight units. Sources: BIPs 68, 125, 141, 431,
//! Bitcoin Core's policy (named where used).
//!
//! *Validation*: the queue for block space and two classes of fees against closed forms, the block
//! clock against Erlang's and Poisson's laws (`tests/block_space.rs`).

mod background;
mod block_undo;
mod check;
mod estimate;
mod levels;
mod packing;
mod params;
mod policy;
mod pool;
mod rate;
mod reorg;
mod rolling_minimum;
#[cfg(test)]
mod tests;
mod trace;
mod transaction;
mod utxos;
pub mod weights;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use params::{Background, BitcoinParams, Phase, Relay, Reorgs, Template};
pub use rate::{Rate, fee_for, per_kvb};
pub use trace::{TraceFault, parse_demand};
pub use transaction::{Fate, Input, Notice, OutPoint, Refused, Transaction, TxId};
pub use utxos::{Sums, Utxo};

use crate::chain::bitcoin::background::BackgroundDemand;
use crate::chain::bitcoin::block_undo::BlockUndo;
use crate::chain::bitcoin::estimate::History;
use crate::chain::bitcoin::packing::Content;
use crate::chain::bitcoin::policy::{EvictionCandidate, MempoolPolicy};
use crate::chain::bitcoin::pool::Pool;
use crate::chain::bitcoin::rolling_minimum::RollingMinimum;
use crate::chain::bitcoin::utxos::UtxoSet;
use crate::engine::{Draws, Schedule, Seeds, Source};
use crate::rows::BlockRow;
use crate::units::{BlockHeight, FeeRate, Sat, SimDuration, SimTime, Weight};

/// The height at which every run starts: that of June 2025.
pub const FIRST_HEIGHT: BlockHeight = BlockHeight(900_000);

/// What happens on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BitcoinEvent {
    /// A miner finds a block.
    Block,
}

/// What the chain reports after an event or a submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Outbox<T> {
    /// What became of own transactions, in order.
    pub notices: Vec<Notice<T>>,
    /// Blocks found.
    pub blocks: Vec<BlockRow>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { notices: Vec::new(), blocks: Vec::new() }
    }
}

/// The chain, with the mempool that all its nodes share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bitcoin<T> {
    params: BitcoinParams,
    /// Height of the last block.
    height: BlockHeight,
    /// When it was found.
    found: SimTime,
    gaps: Source,
    branches: Draws,
    background: BackgroundDemand,
    pool: Pool<T>,
    utxos: UtxoSet,
    rolling_minimum: RollingMinimum,
    history: History,
    /// The next transaction's number; it also orders what comes at the same rate.
    next_id: u64,
    /// The last blocks, the latest at the end; kept only where they can be undone.
    recent: VecDeque<BlockUndo<T>>,
    /// Notices that the owner has not been told.
    unheard: Vec<Notice<T>>,
}

impl<T: Copy> Bitcoin<T> {
    /// A chain before its first block.
    pub fn new(params: BitcoinParams, seeds: Seeds) -> Self {
        let background = BackgroundDemand::new(
            params.background.clone(),
            params.block_weight,
            params.block_interval,
            seeds,
        );
        let mut chain = Self {
            params,
            height: FIRST_HEIGHT,
            found: SimTime::ZERO,
            gaps: seeds.stream("bitcoin.gaps"),
            branches: seeds.draws("bitcoin.branches"),
            background,
            pool: Pool::default(),
            utxos: UtxoSet::default(),
            rolling_minimum: RollingMinimum::default(),
            history: History::default(),
            next_id: 0,
            recent: VecDeque::new(),
            unheard: Vec::new(),
        };
        for arrival in chain.background.backlog(seeds) {
            let id = chain.new_id();
            chain.pool.admit(id, arrival);
        }
        chain.trim(&mut Outbox::default());
        chain
    }

    /// Schedules the first block.
    pub fn start(&mut self, schedule: &mut impl Schedule<BitcoinEvent>) {
        let gap = self.params.block_interval.as_secs_f64() * self.gaps.exponential();
        schedule.after(SimDuration::from_secs_f64(gap), BitcoinEvent::Block);
    }

    /// A block is found, and the next one is scheduled.
    pub fn handle(
        &mut self,
        event: BitcoinEvent,
        schedule: &mut impl Schedule<BitcoinEvent>,
        out: &mut Outbox<T>,
    ) {
        let BitcoinEvent::Block = event;
        let now = schedule.now();
        self.catch_up(now, out);
        let lost = self.lost_branch();
        for _ in 0..lost {
            self.undo(out);
        }
        if lost > 0 {
            self.drop_unfinal(out);
        }
        for _ in 0..=lost {
            self.find_block(now, out);
        }
        self.start(schedule);
    }

    /// Height of the last block.
    pub const fn height(&self) -> BlockHeight {
        self.height
    }

    /// Parameters.
    pub const fn params(&self) -> &BitcoinParams {
        &self.params
    }

    /// Where the owner's satoshis are.
    pub const fn sums(&self) -> &Sums {
        self.utxos.sums()
    }

    /// An unspent output that is confirmed.
    pub fn utxo(&self, output: OutPoint) -> Option<Utxo> {
        self.utxos.get(output)
    }

    /// Whether an own transaction waits.
    pub fn is_waiting(&self, tx: TxId) -> bool {
        self.pool.entries.contains_key(&tx)
    }

    /// An own transaction that waits.
    pub fn waiting(&self, tx: TxId) -> Option<&Transaction<T>> {
        self.pool.entries.get(&tx).map(|entry| &entry.tx)
    }

    /// Own transactions that wait.
    pub fn own_waiting(&self) -> usize {
        self.pool.entries.len()
    }

    /// An output that exists before the run, such as that of a channel's funding.
    pub fn introduce(&mut self, value: Sat) -> OutPoint {
        let output = OutPoint { tx: self.new_id(), index: 0 };
        self.utxos.introduce(output, Utxo { value, height: FIRST_HEIGHT });
        output
    }

    /// Sends a transaction to the mempool.
    ///
    /// # Errors
    /// When the network does not relay it. Notices about what it replaced or evicted go to `out`.
    pub fn submit(
        &mut self,
        tx: Transaction<T>,
        now: SimTime,
        out: &mut Outbox<T>,
    ) -> Result<TxId, Refused> {
        self.catch_up(now, out);
        let replaced = self.policy(now).accept(&tx, None, None)?;
        self.admit(tx, &replaced, now, out)
    }

    /// Sends a transaction that takes the place of `old`, whatever it spends (BIP 125).
    ///
    /// # Errors
    /// When it does not pay enough more, or is not relayed for another reason.
    pub fn replace(
        &mut self,
        old: TxId,
        tx: Transaction<T>,
        now: SimTime,
        out: &mut Outbox<T>,
    ) -> Result<TxId, Refused> {
        self.catch_up(now, out);
        let instead = self.is_waiting(old).then_some(old);
        let replaced = self.policy(now).accept(&tx, None, instead)?;
        self.admit(tx, &replaced, now, out)
    }

    /// Sends a parent together with a child that pays for it (one parent, one child: Bitcoin Core 28).
    /// `child` makes the child once the parent's id is known.
    ///
    /// # Errors
    /// When one of them is not relayed; then neither is.
    pub fn submit_package(
        &mut self,
        parent: Transaction<T>,
        child: impl FnOnce(TxId) -> Transaction<T>,
        now: SimTime,
        out: &mut Outbox<T>,
    ) -> Result<[TxId; 2], Refused> {
        self.catch_up(now, out);
        let parent_id = TxId(self.next_id);
        let child = child(parent_id);
        let rate = Rate::of(parent.fee + child.fee, Weight(parent.weight.0 + child.weight.0));
        let policy = self.policy(now);
        let replaced = policy.accept(&parent, Some(rate), None)?;
        self.next_id += 1;
        self.clear(&replaced, parent_id, out);
        self.pool.insert(parent_id, parent, now);
        let replaced = match self.policy(now).accept(&child, None, None) {
            Ok(replaced) => replaced,
            Err(refused) => {
                self.pool.remove(parent_id);
                return Err(refused);
            }
        };
        let child_id = self.admit(child, &replaced, now, out)?;
        Ok([parent_id, child_id])
    }

    /// What to bid to be mined within `target` blocks, at least what is relayed.
    pub fn estimate(&mut self, target: u32, now: SimTime, out: &mut Outbox<T>) -> FeeRate {
        self.catch_up(now, out);
        let target = target.max(1);
        let room = Weight(self.params.room().0.saturating_mul(u64::from(target)));
        let waiting = self.pool.levels.clearing(room);
        waiting.max(self.history.asks(target)).max(self.minimum(now))
    }

    /// The lowest feerate that is relayed now.
    pub fn minimum(&self, now: SimTime) -> FeeRate {
        self.rolling_minimum.minimum(now, self.pool.weight, &self.params.relay)
    }

    /// Brings the mempool up to `now` without telling the owner: what it evicts is reported with the next
    /// event or submission, so that looking changes nothing.
    pub fn observe(&mut self, now: SimTime) {
        let mut out = Outbox::default();
        self.catch_up(now, &mut out);
        self.unheard.append(&mut out.notices);
    }

    /// The feerate that would be mined next, and the weight that waits, as of the last look at the mempool
    /// (see [`Self::observe`]).
    pub fn market(&self) -> (FeeRate, Weight) {
        let next = self.pool.levels.clearing(self.params.room());
        (next.max(self.params.relay.minimum_feerate), self.pool.weight)
    }

    fn policy(&self, now: SimTime) -> MempoolPolicy<'_, T> {
        MempoolPolicy {
            pool: &self.pool,
            utxos: &self.utxos,
            relay: &self.params.relay,
            minimum: self.minimum(now),
            room: self.params.room(),
            next: BlockHeight(self.height.0 + 1),
        }
    }

    fn admit(
        &mut self,
        tx: Transaction<T>,
        replaced: &[TxId],
        now: SimTime,
        out: &mut Outbox<T>,
    ) -> Result<TxId, Refused> {
        let id = self.new_id();
        self.clear(replaced, id, out);
        self.pool.insert(id, tx, now);
        self.trim(out);
        if self.is_waiting(id) {
            return Ok(id);
        }
        // Its owner learns of it here, not by a notice.
        out.notices.retain(|notice| notice.tx != id);
        Err(Refused::MempoolFull)
    }

    /// Removes what `by` replaces, children first.
    fn clear(&mut self, replaced: &[TxId], by: TxId, out: &mut Outbox<T>) {
        for &tx in replaced.iter().rev() {
            let entry = self.pool.remove(tx);
            out.notices.push(Notice { tx, tag: entry.tx.tag, fate: Fate::Replaced { by } });
        }
    }

    /// Adds the background transactions that have arrived by now.
    fn catch_up(&mut self, now: SimTime, out: &mut Outbox<T>) {
        out.notices.append(&mut self.unheard);
        while let Some(arrival) = self.background.arrive(now) {
            self.rolling_minimum.pass(arrival.at, self.pool.weight, &self.params.relay);
            let minimum = self.minimum(arrival.at);
            if arrival.rate() < Rate::from_feerate(minimum) {
                continue;
            }
            let id = self.new_id();
            self.pool.admit(id, arrival);
            self.trim(out);
        }
        self.rolling_minimum.pass(now, self.pool.weight, &self.params.relay);
    }

    /// Evicts the cheapest transactions from a mempool that is too full; the minimum rises above them.
    fn trim(&mut self, out: &mut Outbox<T>) {
        while self.pool.weight > self.params.relay.mempool_weight {
            let Some(eviction_candidate) = self.pool.eviction_candidate() else { return };
            let rate = self.pool.eviction_rate(&eviction_candidate);
            self.rolling_minimum.raise(rate, &self.params.relay);
            match eviction_candidate {
                EvictionCandidate::Background(_) => {
                    let background_tx =
                        *self.pool.background.last().expect("the eviction_candidate is the last");
                    self.pool.dismiss(background_tx);
                }
                EvictionCandidate::Family(id) => self.evict(id, out),
            }
        }
    }

    /// Evicts a transaction with its descendants.
    fn evict(&mut self, id: TxId, out: &mut Outbox<T>) {
        for tx in self.pool.family(id).into_iter().rev() {
            let entry = self.pool.remove(tx);
            out.notices.push(Notice { tx, tag: entry.tx.tag, fate: Fate::Evicted });
        }
    }

    /// The latest arrival that the next block can hold.
    fn cutoff(&self, now: SimTime) -> SimTime {
        match self.params.template {
            Template::Continuous => now,
            Template::AtBlock => self.found,
            Template::Periodic { every } => {
                let past = now.since(self.found);
                self.found + SimDuration(past.get() / every.get() * every.get())
            }
        }
    }

    /// The next block, on top of the last.
    fn find_block(&mut self, now: SimTime, out: &mut Outbox<T>) {
        let limit = self.params.room();
        let cutoff = self.cutoff(now);
        let content = self.pool.pack(limit, cutoff);
        debug_assert_eq!(self.pool.check_packing(&content, limit, cutoff), Ok(()));
        assert!(content.weight <= limit, "a block of {:?} (L2)", content.weight);
        self.rolling_minimum.block_found();
        let row = self.connect(&content, now, out);
        out.blocks.push(row);
    }

    /// Puts a block on the chain.
    fn connect(&mut self, content: &Content, now: SimTime, out: &mut Outbox<T>) -> BlockRow {
        assert!(now >= self.found, "time does not go back between blocks (L2)");
        let before = self.found;
        self.height.0 += 1;
        self.found = now;
        for &background_tx in &content.background {
            self.pool.dismiss(background_tx);
        }
        let mut own = Vec::with_capacity(content.own.len());
        let (mut own_weight, mut own_fees) = (Weight(0), Sat::ZERO);
        for &tx in &content.own {
            let entry = self.pool.remove(tx);
            let spent = self.utxos.apply(tx, &entry.tx, self.height);
            own_weight.0 += entry.tx.weight.0;
            own_fees += entry.tx.fee;
            let fate = Fate::Confirmed(self.height);
            out.notices.push(Notice { tx, tag: entry.tx.tag, fate });
            own.push((tx, entry.tx, entry.arrived, spent));
        }
        let lowest = content.lowest.map_or(FeeRate(0), Rate::to_feerate);
        let forgotten = self.history.push(if content.is_full { lowest } else { FeeRate(0) });
        let own_count = own.len();
        self.remember(BlockUndo {
            found_before: before,
            own,
            background: content.background.clone(),
            forgotten,
        });
        BlockRow {
            height: self.height,
            at: now,
            weight: content.weight,
            fullness: share(content.weight, self.params.room()),
            transactions: (own_count + content.background.len()) as u64,
            fees: content.fees,
            lowest: content.lowest.map(Rate::to_feerate),
            median: content.median.map(Rate::to_feerate),
            waiting: self.pool.weight,
            waiting_count: (self.pool.entries.len() + self.pool.background.len()) as u64,
            minimum: self.minimum(now),
            own: own_count as u64,
            own_weight,
            own_fees,
        }
    }

    const fn new_id(&mut self) -> TxId {
        let id = TxId(self.next_id);
        self.next_id += 1;
        id
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share for the report, not state")]
fn share(weight: Weight, of: Weight) -> f64 {
    weight.0 as f64 / of.0 as f64
}
