//! Ethereum as a payment system: one transfer per payment.
//!
//! The life of a payment: the wallet offers a multiple of the base fee and a tip, and waits for a
//! block; transfers of one payer go in the order of their nonces. The payee relies on it once its
//! block is seen; two epochs after that of the block it is final.
//!
//! Simplifications, named because results depend on them: amounts are carried in the currency of the
//! other systems, at a fixed price; gas is paid from money kept beside the accounts; a payment that the
//! full pool lets go is not sent again; payees need not be online.

mod params;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use params::EthereumPayments;

use crate::baselines::common::{BaselineWorld, blank, failed};
use crate::chain::ethereum::{
    Ethereum, EthereumEvent, EthereumParams, Notice, OwnGas, Receipt, Transaction, TxId, raised,
};
use crate::engine::Slab;
use crate::ids::SystemName;
use crate::outcome::{Failure, Outcome};
use crate::prices::Prices;
use crate::rows::{
    AcknowledgedRow, EthereumBlockRow, EthereumSample, PaymentRow, ResourceRow, Row, Sample,
    Settlement, SystemRow,
};
use crate::system::{Broken, CapitalLevels, Cx, PaymentSystem};
use crate::units::{GasPrice, SimTime, Wei};
use crate::workload::{Accounts, Demand};

/// How much higher a new bid is, in per cent: what nodes ask for (geth's `--txpool.pricebump`).
const BUMP_PERCENT: u64 = 10;

/// What happens: all of it on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// An event of the chain.
    Chain(EthereumEvent),
}

/// A payment that is sent and not final.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    demand: Demand,
    tx: TxId,
    max_fee: GasPrice,
    max_tip: GasPrice,
    bid_at: SimTime,
    bids: u32,
    /// When everybody had seen its block, and what it paid.
    paid: Option<(SimTime, Wei)>,
}

/// Payments on Ethereum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EthereumSystem {
    params: EthereumPayments,
    warmup: SimTime,
    prices: Prices,
    chain: Ethereum<u32>,
    accounts: Accounts,
    /// All money at the start; `None`: without limit.
    funded: Option<u128>,
    sent: Slab<Sent>,
    /// Keys of `sent` that wait for a block, in order of sending.
    waiting: BTreeMap<TxId, u32>,
    /// Taken from payers and not yet the payees'.
    held: u128,
    /// Sum over blocks of the window for statistics of gas used over its limit, and their number.
    fullness: (f64, u64),
    own_gas: OwnGas,
    capital: CapitalLevels,
    submitted: u64,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, Event>;

impl EthereumSystem {
    /// A system before its first slot.
    pub fn new(
        params: EthereumPayments,
        chain: EthereumParams,
        baseline_world: BaselineWorld,
    ) -> Self {
        let BaselineWorld { accounts, warmup, prices, seeds } = baseline_world;
        Self {
            params,
            warmup,
            prices,
            chain: Ethereum::new(chain, seeds),
            funded: accounts.total(),
            accounts,
            sent: Slab::default(),
            waiting: BTreeMap::new(),
            held: 0,
            fullness: (0.0, 0),
            own_gas: OwnGas::default(),
            capital: CapitalLevels::default(),
            submitted: 0,
        }
    }

    /// What a wallet is ready to pay per gas now, with this tip.
    fn offer(&self, tip: GasPrice) -> GasPrice {
        let base = self.chain.market().base_fee.0;
        let most = base.saturating_mul(u64::from(self.params.base_fee_multiple));
        GasPrice(most).saturating_add(tip)
    }

    fn send(&mut self, demand: &Demand, cx: &mut Context<'_>) -> Result<(), Failure> {
        if !self.accounts.take(demand.payer, demand.amount) {
            return Err(Failure::InsufficientFunds);
        }
        let (max_tip, bid_at) = (self.params.tip, cx.now);
        let max_fee = self.offer(max_tip);
        let tx = TxId(0);
        let sent = Sent { demand: *demand, tx, max_fee, max_tip, bid_at, bids: 1, paid: None };
        let key = self.sent.insert(sent);
        let transaction = Transaction {
            tag: key,
            sender: u64::from(demand.payer.0),
            gas: self.params.gas,
            max_fee,
            max_tip,
            blobs: 0,
            max_blob_fee: GasPrice(0),
        };
        self.own_gas.asked(self.params.gas);
        let mut notices = Vec::new();
        let Ok(tx) = self.chain.submit(transaction, cx.now, &mut notices) else {
            self.sent.remove(key);
            self.accounts.put(demand.payer, demand.amount);
            return Err(Failure::Evicted);
        };
        self.sent.get_mut(key).tx = tx;
        self.waiting.insert(tx, key);
        self.held += u128::from(demand.amount.get());
        self.take_in(notices, cx);
        Ok(())
    }

    fn take_in(&mut self, notices: Vec<Notice<u32>>, cx: &mut Context<'_>) {
        for notice in notices {
            match notice {
                Notice::Included(receipt) => self.included(&receipt, cx),
                Notice::Final(key) => {
                    let sent = self.sent.remove(key);
                    let row = self.row(&sent, Some(cx.now));
                    cx.rows.record(Row::Payment(&row));
                }
                Notice::Evicted { tag, .. } => self.evicted(tag, cx),
            }
        }
    }

    /// Everybody has seen its block: the payee has it.
    fn included(&mut self, receipt: &Receipt<u32>, cx: &mut Context<'_>) {
        let sent = self.sent.get_mut(receipt.tag);
        sent.paid = Some((receipt.seen, receipt.gas_paid));
        let demand = sent.demand;
        self.waiting.remove(&sent.tx);
        self.held -= u128::from(demand.amount.get());
        self.accounts.put(demand.payee, demand.amount);
        cx.rows.record(Row::Acknowledged(&AcknowledgedRow {
            submitted: demand.at,
            at: receipt.seen,
            amount: demand.amount,
        }));
    }

    fn evicted(&mut self, key: u32, cx: &mut Context<'_>) {
        let sent = self.sent.remove(key);
        self.waiting.remove(&sent.tx);
        self.held -= u128::from(sent.demand.amount.get());
        self.accounts.put(sent.demand.payer, sent.demand.amount);
        cx.rows.record(Row::Payment(&failed(
            &sent.demand,
            self.warmup,
            Failure::Evicted,
            sent.bids,
            cx.now,
        )));
    }

    /// Wallets that have waited too long bid again: cap and tip rise together, as nodes ask of a
    /// replacement, so that a transfer outbid by tips moves up.
    fn bump(&mut self, now: SimTime) {
        for &key in self.waiting.values() {
            let sent = *self.sent.get(key);
            if now.since(sent.bid_at) < self.params.bump_after {
                continue;
            }
            let [least_fee, max_tip] =
                [sent.max_fee, sent.max_tip].map(|price| raised(price, BUMP_PERCENT));
            let max_fee = self.offer(max_tip).max(least_fee);
            let sender = u64::from(sent.demand.payer.0);
            if self.chain.reprice(sender, sent.tx, max_fee, max_tip, GasPrice(0)) {
                let bids = sent.bids + 1;
                *self.sent.get_mut(key) = Sent { max_fee, max_tip, bid_at: now, bids, ..sent };
            }
        }
    }

    /// What is in accounts, and what waits for a block.
    fn note_capital(&mut self, now: SimTime) {
        let spendable = self.funded.map(|funded| funded - self.held);
        self.capital.set(spendable, self.held, 0, now);
    }

    fn row(&self, sent: &Sent, ended: Option<SimTime>) -> PaymentRow {
        let paid_at = sent.paid.map(|(at, _)| at);
        let fee_usd = sent.paid.map(|(_, wei)| self.prices.wei_in_usd(wei));
        PaymentRow {
            outcome: if paid_at.is_some() { Outcome::Settled } else { Outcome::Pending },
            settled: paid_at,
            payer_known: paid_at,
            final_at: ended.filter(|_| paid_at.is_some()),
            ended,
            attempts: sent.bids,
            price_usd: fee_usd,
            resource_usd: fee_usd,
            settlement: Settlement {
                included: paid_at,
                withdrawable: paid_at,
                acknowledged: paid_at.is_some(),
                l1_usd: fee_usd.unwrap_or(0.0),
                l1_gas: fee_usd.map_or(0.0, |_| as_float(self.params.gas.0)),
                ..Settlement::default()
            },
            ..blank(&sent.demand, self.warmup)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
const fn as_float(count: u64) -> f64 {
    count as f64
}

impl PaymentSystem for EthereumSystem {
    const NAME: SystemName = SystemName::Ethereum;
    type Event = Event;

    fn start(&mut self, cx: &mut Context<'_>) {
        self.chain.start(&mut cx.within(Event::Chain));
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.submitted, demand.amount.get());
        self.submitted += 1;
        if let Err(failure) = self.send(demand, cx) {
            cx.rows.record(Row::Payment(&failed(demand, self.warmup, failure, 0, cx.now)));
        }
        self.note_capital(cx.now);
    }

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, event: Event, cx: &mut Context<'_>) {
        let Event::Chain(event) = event;
        let mut notices = Vec::new();
        let mut block: Option<EthereumBlockRow> = None;
        let mut schedule = cx.within(Event::Chain);
        self.chain.handle(event, &mut schedule, &mut notices, &mut |row| block = Some(*row));
        let kind = if event == EthereumEvent::Slot { 1 } else { 2 };
        let own = block.as_ref().map_or(0, |row| row.transactions);
        cx.fingerprint.absorb(cx.now.nanos(), kind, self.chain.height(), own);
        if let Some(row) = block {
            self.fullness.0 += as_float(row.gas_used.0) / as_float(row.gas_limit.0);
            self.fullness.1 += 1;
            self.own_gas.block(&row);
            cx.rows.record(Row::EthereumBlock(&row));
        }
        self.take_in(notices, cx);
        if event == EthereumEvent::Slot {
            self.bump(cx.now);
        }
        self.note_capital(cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        out.ethereum = Some(EthereumSample {
            height: self.chain.height(),
            base_fee: self.chain.market().base_fee,
            blob_fee: self.chain.market().blob_fee(),
            waiting_transactions: self.chain.waiting(),
        });
    }

    /// Money is neither made nor lost: what accounts hold and what is under way is what was funded.
    fn check_size(&self) -> usize {
        self.accounts.count()
    }

    fn check(&self) -> Result<(), Broken> {
        let (Some(total), Some(funded)) = (self.accounts.total(), self.funded) else {
            return Ok(());
        };
        if total + self.held == funded {
            return Ok(());
        }
        let detail = format!("{total} msat in accounts, {} under way, funded {funded}", self.held);
        Err(Broken { invariant: "E1 ethereum money", detail })
    }

    fn rebuild(&mut self) {}

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        (self.fullness, self.own_gas) = ((0.0, 0), OwnGas::default());
        self.note_capital(cx.now);
        self.capital.restart(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        let (sum, blocks) = self.fullness;
        if blocks > 0 {
            let utilisation = sum / as_float(blocks);
            let (resource, demanded) = ("block gas", None);
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded }));
            cx.rows.record(Row::Resource(&self.own_gas.row()));
        }
        cx.rows.record(Row::System(&SystemRow {
            capital: self.capital.means(cx.now),
            setup_usd: 0.0,
            setup_weight: 0.0,
            channels: None,
            trust: "nobody; that two thirds of the stake are honest",
            online_required: "payer, to send",
        }));
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        let mut keys: Vec<_> = self.sent.keys().collect();
        keys.sort_unstable_by_key(|key| self.sent.get(*key).tx);
        for key in keys {
            let row = self.row(self.sent.get(key), None);
            cx.rows.record(Row::Payment(&row));
        }
    }
}
