//! Ethereum: slots, blocks, gas and blob markets, finality.
//!
//! A system hands in a [`Transaction`] with a tag of its own and gets the tag back in a [`Notice`]: when
//! its block has been seen, when that block is final, or when the pool evicted it. Prices follow EIP-1559,
//! EIP-4844, EIP-7918 and EIP-7623 in their integers (`fees`, `calldata`, both on `alloy-eips`);
//! all other demand is the fluid of `background`.
//!
//! Finality: an epoch has 32 slots, and everything in epoch `e` is final when epoch `e + 3` begins, two
//! epochs after its own has ended (12.8 to 19.2 minutes, 16 in the mean).
//!
//! Not simulated: competing heads (none were seen in 30 days of early 2026, reldo.dev), loss of finality
//! (once, in May 2023), the builder market. Gas used equals the gas asked for.

mod background;
mod calldata;
mod fees;
mod fork;
mod own_gas;
mod params;
mod pool;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use calldata::{
    Calldata, POINT_EVALUATION_GAS, TRANSACTION_GAS, USABLE_BYTES_PER_BLOB, blobs_for,
};
pub use fees::{Market, blob_cost};
pub use fork::{Fork, ForkSchedule};
pub use own_gas::OwnGas;
pub use params::{Background, EthereumParams};
pub use transaction::{Notice, Receipt, SubmitError, Transaction, TxId, raised};

use crate::chain::ethereum::background::BackgroundDemand;
use crate::chain::ethereum::pool::{Candidate, PendingTx, Pool};
use crate::engine::{Draws, Schedule, Seeds};
use crate::rows::EthereumBlockRow;
use crate::units::{Gas, GasPrice, SimTime};

/// Slots of an epoch (consensus specification).
pub const SLOTS_PER_EPOCH: u64 = 32;

/// Epochs between the beginning of a block's own epoch and its finality.
const FINAL_AFTER_EPOCHS: u64 = 3;

/// Blob transactions of one account that a node keeps waiting (geth's `maxTxsPerAccount` of the blob pool).
const MOST_BLOB_TRANSACTIONS: usize = 16;

/// What happens on the chain by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EthereumEvent {
    /// A slot begins.
    Slot,
    /// Everybody has seen the block of this slot.
    Seen,
}

/// Ethereum, as one simulated system sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Serialize + DeserializeOwned")]
pub struct Ethereum<T> {
    params: EthereumParams,
    slot: u64,
    blocks: u64,
    next_id: u64,
    /// Market of the next block, as long as no slot is missed.
    market: Market,
    /// The last block, from which the next one's market follows.
    parent: Option<Parent>,
    background: BackgroundDemand,
    missed: Draws,
    pool: Pool<T>,
    /// The block under way to everybody.
    unseen: Vec<Receipt<T>>,
    /// Tags of blocks that are not final, with the epoch of each block.
    unfinal: VecDeque<(u64, Vec<T>)>,
}

/// What the next block's market depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Parent {
    market: Market,
    gas: Gas,
    blobs: u64,
}

/// What one block took.
struct BlockContent<T> {
    gas: Gas,
    blobs: u64,
    receipts: Vec<Receipt<T>>,
}

impl<T: Copy> Ethereum<T> {
    /// The chain before its first slot.
    pub fn new(params: EthereumParams, seeds: Seeds) -> Self {
        let fork = params.fork.at(SimTime::ZERO);
        Self {
            slot: 0,
            blocks: 0,
            next_id: 0,
            market: Market::first(fork, params.gas_limit, params.base_fee),
            parent: None,
            background: BackgroundDemand::new(params.background, params.slot, seeds),
            missed: seeds.draws("chain.ethereum.missed"),
            pool: Pool::default(),
            unseen: Vec::new(),
            unfinal: VecDeque::new(),
            params,
        }
    }

    /// Schedules the first slot.
    pub fn start(&self, schedule: &mut impl Schedule<EthereumEvent>) {
        schedule.after(self.params.slot, EthereumEvent::Slot);
    }

    /// Hands a transaction to the nodes.
    ///
    /// # Errors
    /// When no node takes it.
    pub fn submit(
        &mut self,
        transaction: Transaction<T>,
        now: SimTime,
        notices: &mut Vec<Notice<T>>,
    ) -> Result<TxId, SubmitError> {
        let fork = self.market.fork;
        let cap = fork.transaction_gas_cap().unwrap_or(u64::MAX).min(self.market.gas_limit.0);
        if transaction.gas.0 > cap {
            return Err(SubmitError::TooMuchGas);
        }
        if u64::from(transaction.blobs) > fork.blobs().max_blobs_per_tx {
            return Err(SubmitError::TooManyBlobs);
        }
        if transaction.blobs > 0 && self.pool.count_of(transaction.sender) >= MOST_BLOB_TRANSACTIONS
        {
            return Err(SubmitError::AccountLimit);
        }
        if self.pool.len() >= self.params.pool as usize {
            let gone = self.pool.make_room(&transaction).ok_or(SubmitError::Underpriced)?;
            notices.push(Notice::Evicted { id: gone.id, tag: gone.transaction.tag });
        }
        let id = TxId(self.next_id);
        self.next_id += 1;
        self.pool.push(PendingTx { id, since: now, transaction });
        Ok(id)
    }

    /// Replaces a waiting transaction by the same one with higher fees. False when it does not wait, or when
    /// cap and tip are not each higher by 10 % (geth's `--txpool.pricebump`), for blobs by 100 %
    /// (`--blobpool.pricebump`), the blob fee included: then it stays as it is.
    pub fn reprice(
        &mut self,
        sender: u64,
        id: TxId,
        max_fee: GasPrice,
        max_tip: GasPrice,
        max_blob_fee: GasPrice,
    ) -> bool {
        self.pool.reprice(sender, id, [max_fee, max_tip, max_blob_fee])
    }

    /// Market of the next block.
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The number of the last block.
    pub const fn height(&self) -> u64 {
        self.blocks
    }

    /// Transactions of the simulated system that wait.
    pub fn waiting(&self) -> u64 {
        self.pool.len() as u64
    }

    /// Handles an event that is due now. A block's row goes to `row`.
    pub fn handle(
        &mut self,
        event: EthereumEvent,
        schedule: &mut impl Schedule<EthereumEvent>,
        notices: &mut Vec<Notice<T>>,
        row: &mut dyn FnMut(&EthereumBlockRow),
    ) {
        match event {
            EthereumEvent::Slot => {
                schedule.after(self.params.slot, EthereumEvent::Slot);
                self.begin_slot(schedule, notices, row);
            }
            EthereumEvent::Seen => {
                notices.extend(self.unseen.drain(..).map(Notice::Included));
            }
        }
    }

    fn begin_slot(
        &mut self,
        schedule: &mut impl Schedule<EthereumEvent>,
        notices: &mut Vec<Notice<T>>,
        row: &mut dyn FnMut(&EthereumBlockRow),
    ) {
        self.slot += 1;
        let epoch = self.slot / SLOTS_PER_EPOCH;
        while self.unfinal.front().is_some_and(|(of, _)| of + FINAL_AFTER_EPOCHS <= epoch) {
            let (_, tags) = self.unfinal.pop_front().unwrap_or_default();
            notices.extend(tags.into_iter().map(Notice::Final));
        }
        // After missed slots the block may be the first of a fork: its own time decides.
        self.price(schedule.now());
        self.background.arrive(self.slot, self.market.gas_limit, self.market.fork);
        if self.missed.at(0, self.slot).chance(self.params.missed_slots) {
            return;
        }
        self.make_block(schedule, epoch, row);
    }

    fn make_block(
        &mut self,
        schedule: &mut impl Schedule<EthereumEvent>,
        epoch: u64,
        row: &mut dyn FnMut(&EthereumBlockRow),
    ) {
        let now = schedule.now();
        self.blocks += 1;
        let seen = now + self.params.block_arrival;
        let taken = self.fill(seen);
        debug_assert!(taken.gas <= self.market.gas_limit, "R9: a block keeps its gas limit");
        debug_assert!(taken.blobs <= self.market.max_blobs(), "R9: a block keeps its blob limit");
        row(&self.describe(now, &taken));
        if !taken.receipts.is_empty() {
            let tags = taken.receipts.iter().map(|receipt| receipt.tag).collect();
            self.unfinal.push_back((epoch, tags));
            self.unseen.extend(taken.receipts);
            schedule.at(seen, EthereumEvent::Seen);
        }
        self.parent = Some(Parent { market: self.market, gas: taken.gas, blobs: taken.blobs });
        self.price(now + self.params.slot);
    }

    /// Sets the market of a block at `at` on top of the last one.
    fn price(&mut self, at: SimTime) {
        let fork = self.params.fork.at(at);
        let Some(Parent { market, gas, blobs }) = self.parent else {
            if fork != self.market.fork {
                let Market { gas_limit, base_fee, .. } = self.market;
                self.market = Market::first(fork, gas_limit, base_fee);
            }
            return;
        };
        let limit_target = self.params.gas_limit_target.unwrap_or(self.params.gas_limit);
        self.market = market.next(fork, gas, blobs, limit_target);
    }

    /// Fills a block in the order of tips, own transactions and background demand alike.
    fn fill(&mut self, seen: SimTime) -> BlockContent<T> {
        let prices = self.market;
        let mut taken = BlockContent { gas: Gas::ZERO, blobs: 0, receipts: Vec::new() };
        let mut own = self.pool.candidates(&prices);
        let mut level = self.background.levels();
        loop {
            let room = prices.gas_limit - taken.gas;
            let background =
                self.background.best(level, prices.base_fee).filter(|_| room > Gas::ZERO);
            let next = own.peek().copied();
            match (next, background) {
                (Some(next), background) if background.is_none_or(|(_, tip)| next.tip >= tip) => {
                    own.pop();
                    if self.include_own(next, &mut taken, seen) {
                        let head = self.pool.head(next.sender);
                        own.extend(head.and_then(|head| Candidate::of(next.sender, head, &prices)));
                    }
                }
                (_, Some((best, _))) => {
                    taken.gas += self.background.take(best, room);
                    level = best;
                }
                (_, None) => break,
            }
        }
        let room = prices.max_blobs() - taken.blobs;
        taken.blobs += self.background.take_blobs(room, prices.blob_fee());
        taken
    }

    /// Puts a sender's first transaction into the block if it fits. One that does not fit holds back the
    /// later ones of its sender until the next block.
    fn include_own(&mut self, next: Candidate, taken: &mut BlockContent<T>, seen: SimTime) -> bool {
        let prices = self.market;
        let Some(head) = self.pool.head(next.sender) else { return false };
        let Transaction { gas, blobs, .. } = head.transaction;
        let blobs = u64::from(blobs);
        // Blobs with a higher tip come first.
        let above = || self.background.blobs_above(next.tip, prices.blob_fee());
        let before = if blobs == 0 { 0 } else { taken.blobs + above() };
        if taken.gas + gas > prices.gas_limit || (blobs > 0 && before + blobs > prices.max_blobs())
        {
            return false;
        }
        let PendingTx { id, since, transaction } = self.pool.take(next.sender);
        taken.gas += gas;
        taken.blobs += blobs;
        taken.receipts.push(Receipt {
            tag: transaction.tag,
            id,
            since,
            block: self.blocks,
            seen,
            gas,
            blobs,
            gas_paid: prices.base_fee.saturating_add(next.tip).of(gas),
            blobs_paid: blob_cost(prices.blob_fee(), blobs),
        });
        true
    }

    fn describe(&self, now: SimTime, taken: &BlockContent<T>) -> EthereumBlockRow {
        let own = &taken.receipts;
        EthereumBlockRow {
            number: self.blocks,
            slot: self.slot,
            at: now,
            gas_used: taken.gas,
            gas_limit: self.market.gas_limit,
            base_fee: self.market.base_fee,
            blobs: taken.blobs,
            max_blobs: self.market.max_blobs(),
            blob_fee: self.market.blob_fee(),
            transactions: own.len() as u64,
            own_gas: own.iter().map(|receipt| receipt.gas).sum(),
            paid: own.iter().map(|receipt| receipt.gas_paid + receipt.blobs_paid).sum(),
            waiting_transactions: self.waiting(),
            waiting_gas: self.pool.gas() + self.background.willing_gas(self.market.base_fee),
            waiting_blobs: self.background.willing_blobs(self.market.blob_fee()),
        }
    }
}
