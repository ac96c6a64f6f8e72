//! Transactions of the simulated system that wait for a block.
//!
//! The transactions of one sender go in the order of their nonces, so only the first of each can be taken;
//! among senders the highest tip wins, and then the earlier (geth's `TransactionsByPriceAndNonce`).
//! A full pool evicts the last transaction of the cheapest sender.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fees::Market;
use crate::chain::ethereum::transaction::{Transaction, TxId, raised};
use crate::units::{Gas, GasPrice, SimTime};

/// A transaction that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingTx<T> {
    pub(super) id: TxId,
    pub(super) since: SimTime,
    pub(super) transaction: Transaction<T>,
}

/// All that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "T: Serialize + DeserializeOwned")]
pub(super) struct Pool<T> {
    by_sender: BTreeMap<u64, VecDeque<PendingTx<T>>>,
    /// What each would pay at most, cheapest first and youngest first among equals; with its sender.
    by_price: BTreeSet<(GasPrice, Reverse<TxId>, u64)>,
    gas: Gas,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { by_sender: BTreeMap::new(), by_price: BTreeSet::new(), gas: Gas::ZERO }
    }
}

impl<T: Copy> Pool<T> {
    /// Transactions that wait.
    pub(super) fn len(&self) -> usize {
        self.by_price.len()
    }

    /// Transactions of one sender that wait.
    pub(super) fn count_of(&self, sender: u64) -> usize {
        self.by_sender.get(&sender).map_or(0, VecDeque::len)
    }

    /// Gas that they ask for.
    pub(super) const fn gas(&self) -> Gas {
        self.gas
    }

    /// Adds a transaction behind the others of its sender.
    pub(super) fn push(&mut self, waiting: PendingTx<T>) {
        let Transaction { sender, max_fee, gas, .. } = waiting.transaction;
        self.by_price.insert((max_fee, Reverse(waiting.id), sender));
        self.by_sender.entry(sender).or_default().push_back(waiting);
        self.gas += gas;
    }

    /// Makes room for a transaction: evicts the last one of the sender whose transaction is cheapest. The
    /// transaction's own sender is left out, whose nonces would have a gap otherwise. `None`: the others pay
    /// at least as much.
    pub(super) fn make_room(&mut self, newcomer: &Transaction<T>) -> Option<PendingTx<T>> {
        let others = self.by_price.iter().filter(|(_, _, sender)| *sender != newcomer.sender);
        let (price, _, sender) = *others.into_iter().next()?;
        if newcomer.max_fee <= price {
            return None;
        }
        let gone = self.by_sender.get_mut(&sender)?.pop_back()?;
        self.forget(&gone);
        Some(gone)
    }

    /// Takes the first transaction of a sender out.
    pub(super) fn take(&mut self, sender: u64) -> PendingTx<T> {
        let queue = self.by_sender.get_mut(&sender).expect("the sender has a transaction");
        let taken = queue.pop_front().expect("empty queues are removed");
        self.forget(&taken);
        taken
    }

    /// Raises the fees of a transaction that waits; false when it does not, or when they rise too little.
    pub(super) fn reprice(&mut self, sender: u64, id: TxId, fees: [GasPrice; 3]) -> bool {
        let Some(queue) = self.by_sender.get_mut(&sender) else { return false };
        let Some(found) = queue.iter_mut().find(|waiting| waiting.id == id) else { return false };
        let [max_fee, max_tip, max_blob_fee] = fees;
        let before = found.transaction;
        let percent = before.least_bump_percent();
        let rises = |from: GasPrice, to: GasPrice| to >= raised(from, percent);
        if !rises(before.max_fee, max_fee)
            || !rises(before.max_tip, max_tip)
            || (before.blobs > 0 && !rises(before.max_blob_fee, max_blob_fee))
        {
            return false;
        }
        self.by_price.remove(&(before.max_fee, Reverse(id), sender));
        found.transaction = Transaction { max_fee, max_tip, max_blob_fee, ..found.transaction };
        self.by_price.insert((max_fee, Reverse(id), sender));
        true
    }

    /// The first transaction of a sender.
    pub(super) fn head(&self, sender: u64) -> Option<&PendingTx<T>> {
        self.by_sender.get(&sender)?.front()
    }

    /// Every sender's first transaction that can pay the prices of a block, best first.
    pub(super) fn candidates(&self, prices: &Market) -> BinaryHeap<Candidate> {
        let heads = self.by_sender.iter().filter_map(|(sender, queue)| {
            let head = queue.front()?;
            Candidate::of(*sender, head, prices)
        });
        heads.collect()
    }

    fn forget(&mut self, gone: &PendingTx<T>) {
        let Transaction { sender, max_fee, gas, .. } = gone.transaction;
        self.by_price.remove(&(max_fee, Reverse(gone.id), sender));
        self.gas -= gas;
        if self.by_sender.get(&sender).is_some_and(VecDeque::is_empty) {
            self.by_sender.remove(&sender);
        }
    }
}

/// A sender's first transaction in the competition for a block: by tip, then by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) tip: GasPrice,
    age: Reverse<TxId>,
    pub(super) sender: u64,
}

impl Candidate {
    /// `None` when it cannot pay the base fee or the blob fee.
    pub(super) fn of<T: Copy>(sender: u64, head: &PendingTx<T>, prices: &Market) -> Option<Self> {
        let Transaction { max_fee, max_tip, blobs, max_blob_fee, .. } = head.transaction;
        let can_pay =
            max_fee >= prices.base_fee && (blobs == 0 || max_blob_fee >= prices.blob_fee());
        let tip = max_tip.min(max_fee.saturating_sub(prices.base_fee));
        can_pay.then_some(Self { tip, age: Reverse(head.id), sender })
    }
}
