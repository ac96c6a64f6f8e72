//! Transactions on the chain: what they bid, and when they bid again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Ethereum, Market, Notice, Transaction, TxId};
use crate::rollup::events::Tag;
use crate::units::{Gas, GasPrice, SimDuration, SimTime};

/// The sender of the operator's transactions. Users and watchers have numbers of their own.
pub(super) const OPERATOR_SENDER: u64 = 0;

/// Base fees may double before a transaction no longer pays: six full blocks (EIP-1559). Wallets bid so.
const HEADROOM: u64 = 2;

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
struct Sent {
    transaction: Transaction<Tag>,
    /// When it was bid for last.
    bid: SimTime,
}

/// All transactions on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct L1Sender {
    tip: GasPrice,
    resend_after: SimDuration,
    sent: BTreeMap<TxId, Sent>,
    /// Refused by the pool; submitted again with the next bids.
    refused: Vec<Transaction<Tag>>,
}

impl L1Sender {
    pub(super) const fn new(tip: GasPrice, resend_after: SimDuration) -> Self {
        Self { tip, resend_after, sent: BTreeMap::new(), refused: Vec::new() }
    }

    /// Sends a transaction.
    pub(super) fn send(
        &mut self,
        chain: &mut Ethereum<Tag>,
        order: TxRequest,
        now: SimTime,
        notices: &mut Vec<Notice<Tag>>,
    ) {
        let TxRequest { tag, sender, gas, blobs } = order;
        let bid = Bid::new(self.tip, chain.market());
        let Bid { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = bid;
        let transaction = Transaction { tag, sender, gas, max_fee, max_tip, blobs, max_blob_fee };
        self.hand_in(chain, transaction, now, notices);
    }

    fn hand_in(
        &mut self,
        chain: &mut Ethereum<Tag>,
        transaction: Transaction<Tag>,
        now: SimTime,
        notices: &mut Vec<Notice<Tag>>,
    ) {
        match chain.submit(transaction, now, notices) {
            Ok(id) => drop(self.sent.insert(id, Sent { transaction, bid: now })),
            Err(_) => self.refused.push(transaction),
        }
    }

    /// A transaction stands in a block.
    pub(super) fn included(&mut self, id: TxId) {
        self.sent.remove(&id);
    }

    /// The transaction of this tag was evicted: it is sent again.
    pub(super) fn evicted(&mut self, tag: Tag) {
        let found = self.sent.iter().find(|(_, sent)| sent.transaction.tag == tag);
        let Some(id) = found.map(|(id, _)| *id) else { return };
        if let Some(sent) = self.sent.remove(&id) {
            self.refused.push(sent.transaction);
        }
    }

    /// Bids again for what waits too long, and sends again what no node took.
    pub(super) fn bid_again(
        &mut self,
        chain: &mut Ethereum<Tag>,
        now: SimTime,
        notices: &mut Vec<Notice<Tag>>,
    ) {
        for transaction in std::mem::take(&mut self.refused) {
            let fresh = Bid::new(self.tip, chain.market()).at_least(&transaction);
            self.hand_in(chain, fresh.on(transaction), now, notices);
        }
        for (id, sent) in &mut self.sent {
            if now.since(sent.bid) < self.resend_after {
                continue;
            }
            let bid = Bid::new(self.tip, chain.market()).at_least(&sent.transaction);
            sent.transaction = bid.on(sent.transaction);
            sent.bid = now;
            let Bid { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = bid;
            chain.reprice(sent.transaction.sender, *id, max_fee, max_tip, max_blob_fee);
        }
    }

    /// Transactions on their way.
    pub(super) fn waiting(&self) -> u64 {
        (self.sent.len() + self.refused.len()) as u64
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

    /// Nodes take a replacement that offers an eighth more (geth's `--txpool.pricebump` of 10 %, rounded up),
    /// and twice as much for blobs (`--blobpool.pricebump`).
    fn at_least(self, before: &Transaction<Tag>) -> Self {
        let eighth = |price: GasPrice| GasPrice(price.0.saturating_add(price.0.div_ceil(8)));
        Self {
            fee: self.fee.max(eighth(before.max_fee)),
            tip: self.tip.max(eighth(before.max_tip)),
            blob_fee: self.blob_fee.max(GasPrice(before.max_blob_fee.0.saturating_mul(2))),
        }
    }

    const fn on(&self, transaction: Transaction<Tag>) -> Transaction<Tag> {
        let Self { fee: max_fee, tip: max_tip, blob_fee: max_blob_fee } = *self;
        Transaction { max_fee, max_tip, max_blob_fee, ..transaction }
    }
}
