//! Transactions on the chain: what they bid, and when they bid again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Ethereum, Market, Notice, Transaction, TxId, raised};
use crate::rollup::events::Tag;
use crate::units::{Gas, GasPrice, SimDuration, SimTime};

/// The account that posts blobs. A node takes either blob or ordinary transactions of one account, so the
/// operator has two.
pub(super) const BLOB_SENDER: u64 = 0;

/// The account of the operator's ordinary transactions. Users and watchers have numbers of their own.
pub(super) const OPERATOR_SENDER: u64 = 2;

/// Base fees may double before a transaction no longer pays: six full blocks (EIP-1559). Wallets bid so.
const HEADROOM: u64 = 2;

/// What the pool refuses twice is submitted again after a slot, and each time after twice as long, up to
/// `resend_after`: as clients of JSON-RPC do that are told to come back later. An assumption.
const FIRST_RETRY: SimDuration = SimDuration::from_secs(12);

/// A transaction to be sent.
#[derive(Clone, Copy)]
pub(super) struct TxRequest {
    pub(super) tag: Tag,
    pub(super) sender: u64,
    pub(super) gas: Gas,
    pub(super) blobs: u32,
}

/// A transaction on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PendingTx {
    transaction: Transaction<Tag>,
    /// When it was bid for last.
    bid: SimTime,
}

/// All transactions on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct L1Sender {
    tip: GasPrice,
    resend_after: SimDuration,
    sent: BTreeMap<TxId, PendingTx>,
    /// Refused or evicted by the pool, by sender.
    unsent: BTreeMap<u64, Unsent>,
    /// The same senders by the time of their next try.
    due: BTreeSet<(SimTime, u64)>,
    /// Transactions of all of them: levels are sampled often, and there may be a million.
    unsent_count: u64,
}

/// What the pool did not take of a sender, in the order of nonces: later transactions wait behind it, for no nonce
/// can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unsent {
    transactions: VecDeque<Transaction<Tag>>,
    /// When it is submitted again.
    due: SimTime,
    /// Times in a row that the pool refused the first.
    refusals: u32,
}

impl L1Sender {
    pub(super) const fn new(tip: GasPrice, resend_after: SimDuration) -> Self {
        Self {
            tip,
            resend_after,
            sent: BTreeMap::new(),
            unsent: BTreeMap::new(),
            due: BTreeSet::new(),
            unsent_count: 0,
        }
    }

    /// Sends a transaction.
    pub(super) fn send(&mut self, chain: &mut Ethereum<Tag>, request: TxRequest, now: SimTime) {
        let TxRequest { tag, sender, gas, blobs } = request;
        let bid = Bid::new(self.tip, chain.market());
        let Bid { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = bid;
        let transaction = Transaction { tag, sender, gas, max_fee, max_tip, blobs, max_blob_fee };
        if let Some(unsent) = self.unsent.get_mut(&sender) {
            unsent.transactions.push_back(transaction);
            self.unsent_count += 1;
        } else if !self.submit(chain, transaction, now) {
            self.keep(sender, transaction);
        }
    }

    /// Keeps a transaction that the pool has not, before the sender's later ones, for the next bids.
    fn keep(&mut self, sender: u64, transaction: Transaction<Tag>) {
        let new = || Unsent { transactions: VecDeque::new(), due: SimTime::ZERO, refusals: 0 };
        let unsent = self.unsent.entry(sender).or_insert_with(new);
        unsent.transactions.push_front(transaction);
        self.unsent_count += 1;
        self.due.insert((unsent.due, sender));
    }

    /// Whether the pool takes it. What the pool evicts for it is sent again later.
    fn submit(
        &mut self,
        chain: &mut Ethereum<Tag>,
        transaction: Transaction<Tag>,
        now: SimTime,
    ) -> bool {
        let mut notices = Vec::new();
        let Ok(id) = chain.submit(transaction, now, &mut notices) else { return false };
        self.sent.insert(id, PendingTx { transaction, bid: now });
        for notice in notices {
            if let Notice::Evicted { id, .. } = notice {
                self.evicted(id);
            }
        }
        true
    }

    /// A transaction stands in a block.
    pub(super) fn included(&mut self, id: TxId) {
        self.sent.remove(&id);
    }

    /// A transaction was evicted, the last one of its sender in the pool: it is sent again before the sender's
    /// later ones.
    pub(super) fn evicted(&mut self, id: TxId) {
        if let Some(PendingTx { transaction, .. }) = self.sent.remove(&id) {
            self.keep(transaction.sender, transaction);
        }
    }

    /// Bids again for what waits too long, and submits again what the pool did not take. Only the first
    /// transaction of an account bids again: the others wait for it, and not for a better price (as zkSync
    /// Era's `eth_tx_manager`).
    pub(super) fn bid_again(&mut self, chain: &mut Ethereum<Tag>, now: SimTime) {
        let mut accounts = BTreeSet::new();
        for (id, sent) in &mut self.sent {
            let is_first = accounts.insert(sent.transaction.sender);
            if !is_first || now.since(sent.bid) < self.resend_after {
                continue;
            }
            let bid = Bid::new(self.tip, chain.market()).at_least(&sent.transaction);
            let Bid { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = bid;
            let sender = sent.transaction.sender;
            if chain.reprice(sender, *id, max_fee, max_tip, max_blob_fee) {
                *sent = PendingTx { transaction: bid.on(sent.transaction), bid: now };
            }
        }
        let later = self.due.split_off(&(now, u64::MAX));
        let mut senders: Vec<u64> = self.due.iter().map(|(_, sender)| *sender).collect();
        senders.sort_unstable();
        senders.dedup();
        self.due = later;
        for sender in senders {
            // Evicted and submitted again meanwhile, it may be due later.
            if self.unsent.get(&sender).is_some_and(|of| of.due <= now) {
                self.send_waiting(sender, chain, now);
            }
        }
    }

    /// Submits what waits of a sender, in order, until the pool refuses one. A full pool asks for a higher cap
    /// each time; the tip, which is paid, stays.
    fn send_waiting(&mut self, sender: u64, chain: &mut Ethereum<Tag>, now: SimTime) {
        while let Some(first) = self.unsent.get(&sender).and_then(|of| of.transactions.front()) {
            let fresh = Bid::new(self.tip, chain.market());
            let bid = Bid {
                fee: fresh.fee.max(raised(first.max_fee, 10)),
                tip: fresh.tip.max(first.max_tip),
                blob_fee: fresh.blob_fee.max(first.max_blob_fee),
            };
            let transaction = bid.on(*first);
            let is_taken = self.submit(chain, transaction, now);
            let Some(unsent) = self.unsent.get_mut(&sender) else { return };
            // The pool evicts no transaction of the sender for one of its own: the first is still the first.
            unsent.transactions.pop_front();
            if !is_taken {
                unsent.transactions.push_front(transaction);
                let after = FIRST_RETRY * 2_u64.pow(unsent.refusals.min(20));
                unsent.due = now + self.resend_after.min(after);
                unsent.refusals += 1;
                self.due.insert((unsent.due, sender));
                return;
            }
            unsent.refusals = 0;
            self.unsent_count -= 1;
        }
        self.unsent.remove(&sender);
    }

    /// Transactions on their way.
    pub(super) fn waiting(&self) -> u64 {
        self.sent.len() as u64 + self.unsent_count
    }
}

/// What a transaction offers.
struct Bid {
    fee: GasPrice,
    tip: GasPrice,
    blob_fee: GasPrice,
}

impl Bid {
    fn new(tip: GasPrice, market: &Market) -> Self {
        let doubled = |price: GasPrice| GasPrice(price.0.saturating_mul(HEADROOM));
        Self {
            fee: doubled(market.base_fee).saturating_add(tip),
            tip,
            blob_fee: doubled(market.blob_fee()),
        }
    }

    /// At least what a node takes as a replacement of `before`.
    fn at_least(self, before: &Transaction<Tag>) -> Self {
        let percent = before.least_bump_percent();
        Self {
            fee: self.fee.max(raised(before.max_fee, percent)),
            tip: self.tip.max(raised(before.max_tip, percent)),
            blob_fee: self.blob_fee.max(raised(before.max_blob_fee, percent)),
        }
    }

    const fn on(&self, transaction: Transaction<Tag>) -> Transaction<Tag> {
        let Self { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = *self;
        Transaction { max_fee, max_tip, max_blob_fee, ..transaction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ethereum::{Background, EthereumEvent, EthereumParams, Receipt};
    use crate::engine::{EventQueue, Seeds, Within};

    /// A chain with a pool of two, and the sender under test.
    struct Bench {
        chain: Ethereum<Tag>,
        queue: EventQueue<EthereumEvent>,
        sender: L1Sender,
        included: Vec<Receipt<Tag>>,
    }

    impl Bench {
        fn new() -> Self {
            let params = EthereumParams {
                pool: 2,
                missed_slots: 0.0,
                background: Background::none(),
                ..EthereumParams::default()
            };
            let chain = Ethereum::new(params, Seeds::new(1, 0));
            let mut queue = EventQueue::default();
            chain.start(&mut Within::new(SimTime::ZERO, &mut queue, |event| event));
            let sender = L1Sender::new(GasPrice::GWEI, SimDuration::from_secs(360));
            Self { chain, queue, sender, included: Vec::new() }
        }

        fn send(&mut self, tag: Tag, sender: u64) {
            let request = TxRequest { tag, sender, gas: Gas(21_000), blobs: 0 };
            self.sender.send(&mut self.chain, request, SimTime::ZERO);
        }

        /// A slot passes, and the next bids are made.
        fn slot(&mut self) {
            let mut notices = Vec::new();
            for _ in 0..2 {
                let Some((at, event)) = self.queue.pop() else { return };
                let mut schedule = Within::new(at, &mut self.queue, |event| event);
                self.chain.handle(event, &mut schedule, &mut notices, &mut |_| {});
                self.sender.bid_again(&mut self.chain, at);
            }
            for notice in notices {
                match notice {
                    Notice::Included(receipt) => {
                        self.sender.included(receipt.id);
                        self.included.push(receipt);
                    }
                    Notice::Evicted { id, .. } => self.sender.evicted(id),
                    Notice::Final(_) => {}
                }
            }
        }
    }

    const fn commit(number: u64) -> Tag {
        Tag::Commit { first: number, last: number }
    }

    #[test]
    fn what_the_pool_refuses_or_evicts_goes_before_what_is_sent_later() {
        let mut bench = Bench::new();
        for number in 0..5 {
            bench.send(commit(number), OPERATOR_SENDER);
        }
        // The pool holds two of five. A user who pays more evicts the second.
        assert_eq!(bench.chain.waiting(), 2);
        bench.sender.tip = GasPrice(5_000_000_000);
        bench.send(Tag::Deposit(0), 1 << 32);
        bench.sender.tip = GasPrice::GWEI;
        bench.send(commit(5), OPERATOR_SENDER);
        assert_eq!(bench.sender.waiting(), 7);
        for _ in 0..10 {
            bench.slot();
        }
        let order: Vec<_> = bench.included.iter().map(|receipt| receipt.tag).collect();
        let commits: Vec<_> = order.iter().filter(|tag| **tag != Tag::Deposit(0)).collect();
        assert_eq!(commits, [0, 1, 2, 3, 4, 5].map(commit).iter().collect::<Vec<_>>());
        assert_eq!(bench.sender.waiting(), 0);
    }

    #[test]
    fn what_is_refused_again_and_again_is_tried_less_often_and_goes_when_there_is_room() {
        let mut bench = Bench::new();
        // Two that the others do not outbid fill the pool.
        bench.sender.tip = GasPrice(50_000_000_000);
        for number in 0..2 {
            bench.send(commit(number), OPERATOR_SENDER);
        }
        bench.sender.tip = GasPrice::GWEI;
        let mut tries = Vec::new();
        for user in 0..3 {
            bench.send(Tag::Deposit(user), (1 << 32) + user);
        }
        for second in (0..120).step_by(12) {
            let now = SimTime::ZERO + SimDuration::from_secs(second);
            let before: u32 = bench.sender.unsent.values().map(|of| of.refusals).sum();
            bench.sender.bid_again(&mut bench.chain, now);
            let after: u32 = bench.sender.unsent.values().map(|of| of.refusals).sum();
            tries.push(after - before);
        }
        // At 0, 12, 36 and 84 s, all three.
        assert_eq!(tries, [3, 3, 0, 3, 0, 0, 0, 3, 0, 0]);
        assert_eq!(bench.sender.waiting(), 5);
        for _ in 0..40 {
            bench.slot();
        }
        assert_eq!((bench.sender.waiting(), bench.included.len()), (0, 5));
        assert!(bench.sender.unsent.is_empty());
    }

    #[test]
    fn only_the_first_of_an_account_bids_again_and_raises_cap_and_tip() {
        let mut bench = Bench::new();
        bench.send(commit(0), OPERATOR_SENDER);
        bench.send(commit(1), OPERATOR_SENDER);
        let before: Vec<_> = bench.sender.sent.values().map(|sent| sent.transaction).collect();
        bench.sender.bid_again(&mut bench.chain, SimTime::ZERO + SimDuration::from_secs(360));
        let after: Vec<_> = bench.sender.sent.values().map(|sent| sent.transaction).collect();
        assert_eq!(after[0].max_tip, GasPrice(1_100_000_000));
        assert_eq!(after[0].max_fee, raised(before[0].max_fee, 10));
        assert_eq!(after[1], before[1]);
    }
}
