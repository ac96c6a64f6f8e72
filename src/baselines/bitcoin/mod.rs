//! Bitcoin as a payment system: one transaction per payment.
//!
//! The life of a payment: the wallet asks what the next blocks cost, bids that, and waits; background
//! transactions and other payments compete for the same block space. What has waited longer than it was meant to
//! bids again. The payee relies on it once it stands in a block; six blocks make it final.
//!
//! Simplifications, named because results depend on them: each payment is a transaction of its own
//! with one P2WPKH input and two outputs (no batching, no consolidation), and spends one of the wallet's
//! outputs or the change of an earlier payment (`wallets`); a payee can spend at once what
//! stands in a block, and keeps it when the block is undone (the transaction waits again and comes back);
//! a payment that is evicted is not sent again; payees need not be online.
//!
//! Amounts are rounded up to whole satoshis. Units: satoshis, weight units.

mod params;
#[cfg(test)]
mod tests;
mod wallets;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use params::BitcoinPayments;

use crate::baselines::bitcoin::wallets::{Place, Wallets};
use crate::baselines::common::{BaselineWorld, blank, failed};
use crate::chain::bitcoin::{
    Bitcoin, BitcoinEvent, BitcoinParams, Fate, Input, Notice, OutPoint, Outbox, Refused,
    Transaction, TxId, fee_for, weights,
};
use crate::engine::Slab;
use crate::ids::SystemName;
use crate::outcome::{Failure, Outcome};
use crate::prices::Prices;
use crate::rows::{
    AcknowledgedRow, BitcoinSample, BlockRow, PaymentRow, ResourceRow, Row, Sample, Settlement,
    SystemRow,
};
use crate::system::{Broken, CapitalLevels, Cx, PaymentSystem};
use crate::units::{BlockHeight, FeeRate, Sat, SimTime, Weight};
use crate::workload::{Accounts, Demand};

/// Below this an output costs more to spend than it is worth and is not relayed: P2WPKH at Bitcoin
/// Core's `DUST_RELAY_TX_FEE` of 3 sat/vB.
const DUST: Sat = Sat(294);

/// A new bid is at least so much higher, in per cent: one that only matches the others would be mined
/// after them.
const BUMP_PERCENT: u64 = 25;

/// What happens: everything that this system does, it does at blocks and arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// An event of the chain.
    Chain(BitcoinEvent),
}

/// A payment that is sent and not final.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    demand: Demand,
    amount: Sat,
    fee: Sat,
    feerate: FeeRate,
    tx: TxId,
    /// Which of the payer's outputs it spends, and the change there; `None`: as it was before the run.
    place: Place,
    spends: Option<OutPoint>,
    /// Height of the chain when the last bid was made.
    bid_height: BlockHeight,
    /// Bids made.
    bids: u32,
    /// Where and when it stands in a block.
    included: Option<(BlockHeight, SimTime)>,
    /// When the payee first saw it in a block, and was paid.
    paid: Option<SimTime>,
}

/// Payments on Bitcoin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BitcoinSystem {
    params: BitcoinPayments,
    warmup: SimTime,
    prices: Prices,
    chain: Bitcoin<u32>,
    weight: Weight,
    accounts: Accounts,
    wallets: Wallets,
    /// All money at the start; `None`: without limit.
    funded: Option<u128>,
    sent: Slab<Sent>,
    /// Payments in blocks that are not deep enough, by height.
    shallow: BTreeMap<u32, Vec<u32>>,
    /// Taken from payers for transactions that wait.
    waiting: u128,
    /// Fees of transactions that miners got.
    fees: u128,
    /// Sum of fullness over blocks of the window for statistics, and their number.
    fullness: (f64, u64),
    /// Weight that was sent in the window, and when it began.
    asked: (u64, SimTime),
    capital: CapitalLevels,
    submitted: u64,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, Event>;

impl BitcoinSystem {
    /// A system before its first block.
    pub fn new(
        params: BitcoinPayments,
        chain: BitcoinParams,
        baseline_world: BaselineWorld,
    ) -> Self {
        let BaselineWorld { accounts, warmup, prices, seeds } = baseline_world;
        Self {
            wallets: Wallets::new(params.outputs),
            params,
            warmup,
            prices,
            chain: Bitcoin::new(chain, seeds),
            weight: weights::wallet_transaction(1, 2),
            funded: accounts.total(),
            accounts,
            sent: Slab::default(),
            shallow: BTreeMap::new(),
            waiting: 0,
            fees: 0,
            fullness: (0.0, 0),
            asked: (0, SimTime::ZERO),
            capital: CapitalLevels::default(),
            submitted: 0,
        }
    }

    /// Sends the payment, or says why not.
    fn send(&mut self, demand: &Demand, cx: &mut Context<'_>) -> Result<(), Failure> {
        let amount = Sat(demand.amount.get().div_ceil(1_000));
        if amount < DUST {
            return Err(Failure::AmountOutOfRange);
        }
        let mut out = Outbox::default();
        let feerate = self.chain.estimate(self.params.target_blocks, cx.now, &mut out);
        // What was evicted up to now is nobody's change any more.
        self.take_in(out, cx);
        let mut out = Outbox::default();
        let fee = fee_for(feerate, self.weight);
        let place = self.wallets.choose(demand.payer);
        let last = self.wallets.last(place);
        let unconfirmed = last.map(|key| change_of(self.sent.get(key).tx));
        let sent = Sent {
            demand: *demand,
            amount,
            fee,
            feerate,
            tx: TxId(0),
            place,
            spends: unconfirmed.or_else(|| self.wallets.change(place)),
            bid_height: self.chain.height(),
            bids: 1,
            included: None,
            paid: None,
        };
        let result = self.hand_in(sent, cx.now, &mut out);
        self.take_in(out, cx);
        result
    }

    fn hand_in(&mut self, sent: Sent, now: SimTime, out: &mut Outbox<u32>) -> Result<(), Failure> {
        if !self.affordable(sent.amount, sent.fee) {
            return Err(Failure::UnaffordableFee);
        }
        let cost = (sent.amount + sent.fee).to_msat();
        if !self.accounts.take(sent.demand.payer, cost) {
            return Err(Failure::InsufficientFunds);
        }
        let key = self.sent.insert(sent);
        match self.chain.submit(self.transaction(key, &sent), now, out) {
            Ok(tx) => {
                self.sent.get_mut(key).tx = tx;
                self.wallets.sent(sent.place, key);
                self.waiting += u128::from(cost.get());
                self.asked.0 += self.weight.0;
                Ok(())
            }
            Err(refused) => {
                self.sent.remove(key);
                self.accounts.put(sent.demand.payer, cost);
                Err(match refused {
                    Refused::MempoolFull | Refused::BelowMinimum { .. } => Failure::Evicted,
                    // As many unconfirmed payments as nodes relay in a row wait on each of the wallet's outputs.
                    Refused::Package => Failure::Capacity,
                    _ => Failure::Rejected,
                })
            }
        }
    }

    /// A payment that spends the wallet's change and leaves new change. What change is worth stays in the
    /// payer's account.
    fn transaction(&self, key: u32, sent: &Sent) -> Transaction<u32> {
        let inputs = sent.spends.map(|output| Input { output, relative_lock: 0 });
        Transaction {
            inputs: inputs.into_iter().collect(),
            outputs: vec![Sat::ZERO],
            ..Transaction::payment(key, sent.amount, self.weight, sent.fee)
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a wallet's limit need not be exact")]
    fn affordable(&self, amount: Sat, fee: Sat) -> bool {
        let limit = self.params.fee_limit_share;
        limit.is_none_or(|share| fee.get() as f64 <= share * amount.get() as f64)
    }

    /// Notices and blocks of the chain.
    fn take_in(&mut self, out: Outbox<u32>, cx: &mut Context<'_>) {
        for Notice { tag, tx, fate } in out.notices {
            match fate {
                Fate::Confirmed(height) => self.confirmed(tag, height, cx),
                // Only this system replaces its own transactions, and knows.
                Fate::Replaced { .. } => {}
                Fate::Evicted => self.evicted(tag, tx, cx),
                Fate::Undone => self.undone(tag),
            }
        }
        for block in &out.blocks {
            self.fullness.0 += block.fullness;
            self.fullness.1 += 1;
            cx.rows.record(Row::Block(block));
        }
    }

    /// It stands in a block: the payee has it.
    fn confirmed(&mut self, key: u32, height: BlockHeight, cx: &mut Context<'_>) {
        let sent = self.sent.get_mut(key);
        self.wallets.confirmed(sent.place, key, change_of(sent.tx));
        sent.included = Some((height, cx.now));
        self.shallow.entry(height.0).or_default().push(key);
        if sent.paid.is_some() {
            return;
        }
        sent.paid = Some(cx.now);
        let (demand, amount, fee) = (sent.demand, sent.amount, sent.fee);
        self.waiting -= u128::from((amount + fee).to_msat().get());
        self.fees += u128::from(fee.to_msat().get());
        self.accounts.put(demand.payee, amount.to_msat());
        cx.rows.record(Row::Acknowledged(&AcknowledgedRow {
            submitted: demand.at,
            at: cx.now,
            amount: demand.amount,
        }));
    }

    /// The payment was evicted from the mempool.
    fn evicted(&mut self, key: u32, tx: TxId, cx: &mut Context<'_>) {
        // A bid that was replaced is nobody's any more.
        if self.sent.get(key).tx != tx {
            return;
        }
        self.wallets.evicted(self.sent.get(key).place, key);
        if self.sent.get(key).paid.is_some() {
            return;
        }
        let sent = self.sent.remove(key);
        let cost = (sent.amount + sent.fee).to_msat();
        self.waiting -= u128::from(cost.get());
        self.accounts.put(sent.demand.payer, cost);
        cx.rows.record(Row::Payment(&failed(
            &sent.demand,
            self.warmup,
            Failure::Evicted,
            sent.bids,
            cx.now,
        )));
    }

    /// Its block lost against a longer branch: it waits again.
    fn undone(&mut self, key: u32) {
        let sent = self.sent.get_mut(key);
        let Some((height, _)) = sent.included.take() else { return };
        self.wallets.undone(sent.place, key, sent.spends);
        if let Some(keys) = self.shallow.get_mut(&height.0) {
            keys.retain(|other| *other != key);
        }
    }

    /// Rows of payments that are deep enough now.
    fn bury(&mut self, cx: &mut Context<'_>) {
        let height = self.chain.height().0;
        let deep = (height + 1).saturating_sub(self.params.confirmations);
        while let Some(entry) = self.shallow.first_entry().filter(|entry| *entry.key() <= deep) {
            for key in entry.remove() {
                let sent = self.sent.remove(key);
                let row = self.row(&sent, Some(cx.now));
                cx.rows.record(Row::Payment(&row));
            }
        }
    }

    /// Wallets that have waited longer than they meant to bid again, in order of sending.
    fn bump(&mut self, cx: &mut Context<'_>) {
        let height = self.chain.height();
        let late = |sent: &Sent| {
            sent.paid.is_none() && height.0 >= sent.bid_height.0 + self.params.target_blocks
        };
        let mut keys: Vec<_> = self.sent.keys().filter(|key| late(self.sent.get(*key))).collect();
        keys.sort_unstable_by_key(|key| self.sent.get(*key).tx);
        if keys.is_empty() {
            return;
        }
        let mut out = Outbox::default();
        let feerate = self.chain.estimate(self.params.target_blocks, cx.now, &mut out);
        for key in keys {
            self.bid_again(key, feerate, cx.now, &mut out);
        }
        self.take_in(out, cx);
    }

    fn bid_again(&mut self, key: u32, feerate: FeeRate, now: SimTime, out: &mut Outbox<u32>) {
        let height = self.chain.height();
        let sent = *self.sent.get(key);
        // Evicted meanwhile, by a bid of this very round: its notice is still to come.
        if !self.chain.is_waiting(sent.tx) {
            return;
        }
        // A replacement would take the payments with it that spend its change: the last of them bids.
        if self.wallets.last(sent.place) != Some(key) {
            self.sent.get_mut(key).bid_height = height;
            return;
        }
        let raised = (u64::from(sent.feerate.0) * (100 + BUMP_PERCENT)).div_ceil(100);
        let feerate = feerate.max(FeeRate(u32::try_from(raised).unwrap_or(u32::MAX)));
        // BIP 125, rule 4: it also pays for its own relay.
        let relay = fee_for(self.chain.params().relay.incremental_feerate, self.weight);
        let fee = fee_for(feerate, self.weight).max(sent.fee + relay);
        if !self.affordable(sent.amount, fee) {
            self.sent.get_mut(key).bid_height = height;
            return;
        }
        let more = (fee - sent.fee).to_msat();
        if !self.accounts.take(sent.demand.payer, more) {
            return;
        }
        let tx = self.transaction(key, &Sent { fee, ..sent });
        match self.chain.replace(sent.tx, tx, now, out) {
            Ok(tx) => {
                self.waiting += u128::from(more.get());
                let bids = sent.bids + 1;
                let bid = Sent { tx, fee, feerate, bids, bid_height: height, ..sent };
                *self.sent.get_mut(key) = bid;
            }
            Err(_) => self.accounts.put(sent.demand.payer, more),
        }
    }

    /// The weight sent in the window over that of the blocks that are found in such a time on average.
    fn demanded(&self, now: SimTime) -> f64 {
        let (weight, from) = self.asked;
        let chain = self.chain.params();
        let blocks = now.since(from).as_secs_f64() / chain.block_interval.as_secs_f64();
        let most = Weight(chain.block_weight.0.saturating_sub(chain.coinbase_weight.0).max(1));
        as_float(Weight(weight)) / (blocks * as_float(most))
    }

    /// What is in wallets, and what waits for a block.
    fn note_capital(&mut self, now: SimTime) {
        let spendable = self.funded.map(|funded| funded - self.waiting - self.fees);
        self.capital.set(spendable, self.waiting, 0, now);
    }

    fn row(&self, sent: &Sent, ended: Option<SimTime>) -> PaymentRow {
        let fee_usd = self.prices.msat_in_usd(sent.fee.to_msat());
        let paid = sent.paid;
        PaymentRow {
            outcome: if paid.is_some() { Outcome::Settled } else { Outcome::Pending },
            settled: paid,
            payer_known: paid,
            final_at: ended.filter(|_| paid.is_some()),
            ended,
            attempts: sent.bids,
            price_usd: paid.map(|_| fee_usd),
            resource_usd: paid.map(|_| fee_usd),
            settlement: Settlement {
                included: paid,
                withdrawable: paid,
                acknowledged: paid.is_some(),
                l1_usd: paid.map_or(0.0, |_| fee_usd),
                l1_weight: paid.map_or(0.0, |_| as_float(self.weight)),
                ..Settlement::default()
            },
            ..blank(&sent.demand, self.warmup)
        }
    }
}

/// The change output of a payment.
const fn change_of(tx: TxId) -> OutPoint {
    OutPoint { tx, index: 0 }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
const fn as_float(weight: Weight) -> f64 {
    weight.0 as f64
}

impl PaymentSystem for BitcoinSystem {
    const NAME: SystemName = SystemName::Bitcoin;
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
        let mut out = Outbox::default();
        self.chain.handle(event, &mut cx.within(Event::Chain), &mut out);
        let own: u64 = out.blocks.iter().map(|block: &BlockRow| block.own).sum();
        let height = u64::from(self.chain.height().0);
        cx.fingerprint.absorb(cx.now.nanos(), 1, height, own);
        self.take_in(out, cx);
        self.bury(cx);
        if self.params.bump {
            self.bump(cx);
        }
        self.note_capital(cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        self.chain.observe(out.at);
        let (feerate, mempool) = self.chain.market();
        let own_waiting = self.chain.own_waiting() as u64;
        let height = self.chain.height();
        out.bitcoin = Some(BitcoinSample { height, feerate, mempool, own_waiting });
    }

    /// Money is neither made nor lost: what accounts hold, what waits and what miners got is what was
    /// funded. And the chain's own invariants.
    fn check_size(&self) -> usize {
        self.accounts.count() + self.chain.check_size()
    }

    fn check(&self) -> Result<(), Broken> {
        self.chain.check().map_err(|detail| Broken { invariant: "L1 chain", detail })?;
        let (Some(total), Some(funded)) = (self.accounts.total(), self.funded) else {
            return Ok(());
        };
        let there = total + self.waiting + self.fees;
        if there == funded {
            return Ok(());
        }
        let detail = format!("{there} msat in accounts, transactions and fees, funded {funded}");
        Err(Broken { invariant: "B1 bitcoin money", detail })
    }

    fn rebuild(&mut self) {}

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        (self.fullness, self.asked) = ((0.0, 0), (0, cx.now));
        self.note_capital(cx.now);
        self.capital.restart(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        let (sum, blocks) = self.fullness;
        if blocks > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
            let utilisation = sum / blocks as f64;
            let (resource, demanded) = ("block weight", Some(self.demanded(cx.now)));
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded }));
        }
        cx.rows.record(Row::System(&SystemRow {
            capital: self.capital.means(cx.now),
            setup_usd: 0.0,
            setup_weight: 0.0,
            channels: None,
            trust: "nobody; that most miners are honest",
            online_required: "payer, to send",
        }));
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        let mut keys: Vec<_> = self.sent.keys().collect();
        keys.sort_unstable_by_key(|key| self.sent.get(*key).demand.at);
        for key in keys {
            let row = self.row(self.sent.get(key), None);
            cx.rows.record(Row::Payment(&row));
        }
    }
}
