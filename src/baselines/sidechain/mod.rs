//! A federated sidechain of Bitcoin in the manner of Liquid: a fixed set of functionaries signs a block a
//! minute, and holds the bitcoin that the coins on the sidechain stand for.
//!
//! The life of a payment: the wallet sends it at the fixed feerate; in each round one functionary, in turn,
//! proposes a block of what waits, first come first served; if it is online and enough others sign, the
//! payment stands in a block and the payee relies on it; after two blocks it is final.
//!
//! Simplifications, named because results depend on them: payments pay the same feerate, so that the mempool is
//! a queue; amounts are rounded up to whole satoshis; users hold their coins at the start (pegging in takes
//! 102 Bitcoin confirmations, about 17 h, and is not simulated); the federation is honest; payees need not be
//! online.
//!
//! Units: satoshis, weight units. Sources: at each default.

mod params;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use params::SidechainParams;

use crate::baselines::common::{BaselineWorld, blank, failed};
use crate::engine::Draws;
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

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A functionary may propose a block.
    Round,
    /// Wallets have the last block.
    Seen,
}

/// A payment on its way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    demand: Demand,
    amount: Sat,
    paid: Option<SimTime>,
}

/// Payments on a sidechain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sidechain {
    params: SidechainParams,
    warmup: SimTime,
    prices: Prices,
    accounts: Accounts,
    /// All money at the start; `None`: without limit.
    funded: Option<u128>,
    fee: Sat,
    online: Draws,
    round: u64,
    height: u32,
    waiting: VecDeque<Sent>,
    /// Payments of each block that is not deep enough, the oldest first; the last may be on its way.
    shallow: VecDeque<Vec<Sent>>,
    /// Taken from payers and not yet the payees'.
    held: u128,
    /// Fees that the federation got.
    fees: u128,
    /// Sum of fullness over rounds of the window for statistics, and their number.
    fullness: (f64, u64),
    /// Payments that were sent in the window.
    asked: u64,
    capital: CapitalLevels,
    submitted: u64,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, Event>;

impl Sidechain {
    /// A sidechain before its first block.
    pub fn new(params: SidechainParams, world: BaselineWorld) -> Self {
        let BaselineWorld { accounts, warmup, prices, seeds } = world;
        Self {
            fee: fee(&params),
            params,
            warmup,
            prices,
            funded: accounts.total(),
            accounts,
            online: seeds.draws("sidechain.online"),
            round: 0,
            height: 0,
            waiting: VecDeque::new(),
            shallow: VecDeque::new(),
            held: 0,
            fees: 0,
            fullness: (0.0, 0),
            asked: 0,
            capital: CapitalLevels::default(),
            submitted: 0,
        }
    }

    fn send(&mut self, demand: &Demand) -> Result<(), Failure> {
        let amount = Sat(demand.amount.get().div_ceil(1_000));
        if self.waiting.len() >= self.params.mempool as usize {
            return Err(Failure::Capacity);
        }
        let cost = (amount + self.fee).to_msat();
        if !self.accounts.take(demand.payer, cost) {
            return Err(Failure::InsufficientFunds);
        }
        self.held += u128::from(cost.get());
        self.asked += 1;
        self.waiting.push_back(Sent { demand: *demand, amount, paid: None });
        Ok(())
    }

    /// Whether the functionary whose turn it is proposes a block and enough others sign it.
    fn is_signed(&self) -> bool {
        let SidechainParams { functionaries, threshold, offline, .. } = self.params;
        let is_online =
            |functionary: u32| !self.online.at(u64::from(functionary), self.round).chance(offline);
        let proposer = u32::try_from(self.round % u64::from(functionaries)).expect("below a u32");
        let signers = (0..functionaries).filter(|&each| is_online(each)).count();
        is_online(proposer) && signers >= threshold as usize
    }

    fn propose(&mut self, cx: &mut Context<'_>) {
        self.round += 1;
        self.fullness.1 += 1;
        cx.queue.push(cx.now + self.params.block_interval, Event::Round);
        if !self.is_signed() {
            return;
        }
        let most = self.params.block_weight.0 / self.params.payment_weight.0;
        let count = self.waiting.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let block: Vec<_> = self.waiting.drain(..count).collect();
        self.height += 1;
        let row = self.block_row(cx.now, count as u64);
        self.fullness.0 += row.fullness;
        cx.rows.record(Row::Block(&row));
        self.shallow.push_back(block);
        cx.queue.push(cx.now + self.params.block_arrival, Event::Seen);
    }

    /// Wallets have the last block: its payees are paid, and older payments are final.
    fn seen(&mut self, cx: &mut Context<'_>) {
        let block = self.shallow.back_mut().expect("a block was proposed");
        let fee = self.fee;
        for sent in block {
            sent.paid = Some(cx.now);
            let Demand { payee, at: submitted, amount, .. } = sent.demand;
            self.held -= u128::from((sent.amount + fee).to_msat().get());
            self.fees += u128::from(fee.to_msat().get());
            self.accounts.put(payee, sent.amount.to_msat());
            let row = AcknowledgedRow { submitted, at: cx.now, amount };
            cx.rows.record(Row::Acknowledged(&row));
        }
        while self.shallow.len() >= self.params.confirmations as usize {
            for sent in self.shallow.pop_front().unwrap_or_default() {
                let row = self.row(&sent, Some(cx.now));
                cx.rows.record(Row::Payment(&row));
            }
        }
    }

    /// What is in accounts, and what waits for a block.
    fn note_capital(&mut self, now: SimTime) {
        let spendable = self.funded.map(|funded| funded - self.held - self.fees);
        self.capital.set(spendable, self.held, 0, now);
    }

    fn row(&self, sent: &Sent, ended: Option<SimTime>) -> PaymentRow {
        let Sent { paid, .. } = *sent;
        let fee_usd = self.prices.msat_in_usd(self.fee.to_msat());
        let final_at = ended.filter(|_| paid.is_some());
        PaymentRow {
            outcome: if paid.is_some() { Outcome::Settled } else { Outcome::Pending },
            settled: paid,
            payer_known: paid,
            final_at,
            ended,
            attempts: 1,
            price_usd: paid.map(|_| fee_usd),
            resource_usd: paid.map(|_| fee_usd),
            settlement: Settlement {
                withdrawable: final_at.map(|at| at + self.params.peg_out),
                acknowledged: paid.is_some(),
                operator_usd: paid.map_or(0.0, |_| fee_usd),
                ..Settlement::default()
            },
            ..blank(&sent.demand, self.warmup)
        }
    }

    fn block_row(&self, at: SimTime, count: u64) -> BlockRow {
        let SidechainParams { payment_weight, block_weight, .. } = self.params;
        let weight = Weight(payment_weight.0 * count);
        let fees = Sat(self.fee.get() * count);
        let feerate = self.feerate();
        BlockRow {
            height: BlockHeight(self.height),
            at,
            weight,
            fullness: as_float(weight.0) / as_float(block_weight.0),
            transactions: count,
            fees,
            lowest: Some(feerate).filter(|_| count > 0),
            median: Some(feerate).filter(|_| count > 0),
            waiting: self.waiting_weight(),
            waiting_count: self.waiting.len() as u64,
            minimum: feerate,
            own: count,
            own_weight: weight,
            own_fees: fees,
        }
    }

    fn waiting_weight(&self) -> Weight {
        Weight(self.params.payment_weight.0 * self.waiting.len() as u64)
    }

    /// The fixed feerate, in satoshis per 1,000 weight units.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for the report; the cast saturates"
    )]
    fn feerate(&self) -> FeeRate {
        FeeRate((self.params.feerate_sat_vb * 250.0 + 0.5) as u32)
    }
}

/// The fee of a payment, rounded up to whole satoshis.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole satoshis, rounded up; the cast saturates"
)]
fn fee(params: &SidechainParams) -> Sat {
    Sat((params.feerate_sat_vb * f64::from(params.charged_vb)).ceil() as u64)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
const fn as_float(count: u64) -> f64 {
    count as f64
}

impl PaymentSystem for Sidechain {
    const NAME: SystemName = SystemName::Sidechain;
    type Event = Event;

    fn start(&mut self, cx: &mut Context<'_>) {
        cx.queue.push(cx.now + self.params.block_interval, Event::Round);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.submitted, demand.amount.get());
        self.submitted += 1;
        if let Err(failure) = self.send(demand) {
            cx.rows.record(Row::Payment(&failed(demand, self.warmup, failure, 0, cx.now)));
        }
        self.note_capital(cx.now);
    }

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, event: Event, cx: &mut Context<'_>) {
        let kind = if event == Event::Round { 1 } else { 2 };
        let waiting = self.waiting.len() as u64;
        cx.fingerprint.absorb(cx.now.nanos(), kind, u64::from(self.height), waiting);
        match event {
            Event::Round => self.propose(cx),
            Event::Seen => self.seen(cx),
        }
        self.note_capital(cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        out.bitcoin = Some(BitcoinSample {
            height: BlockHeight(self.height),
            feerate: self.feerate(),
            mempool: self.waiting_weight(),
            own_waiting: self.waiting.len() as u64,
        });
    }

    /// Money is neither made nor lost: what accounts hold, what is under way and what the federation got is
    /// what was funded.
    fn check_size(&self) -> usize {
        self.accounts.count()
    }

    fn check(&self) -> Result<(), Broken> {
        let (Some(total), Some(funded)) = (self.accounts.total(), self.funded) else {
            return Ok(());
        };
        let there = total + self.held + self.fees;
        if there == funded {
            return Ok(());
        }
        let detail = format!("{there} msat in accounts, payments and fees, funded {funded}");
        Err(Broken { invariant: "S1 sidechain money", detail })
    }

    fn rebuild(&mut self) {}

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        (self.fullness, self.asked) = ((0.0, 0), 0);
        self.note_capital(cx.now);
        self.capital.restart(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        let (sum, rounds) = self.fullness;
        if rounds > 0 {
            let SidechainParams { payment_weight, block_weight, .. } = self.params;
            let most = as_float(rounds) * as_float(block_weight.0 / payment_weight.0);
            let (resource, utilisation) = ("block weight", sum / as_float(rounds));
            let demanded = Some(as_float(self.asked) / most);
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded }));
        }
        cx.rows.record(Row::System(&SystemRow {
            capital: self.capital.means(cx.now),
            setup_usd: 0.0,
            setup_weight: 0.0,
            channels: None,
            trust: "11 of 15 functionaries, with the money and with every block",
            online_required: "payer, to send, and most functionaries",
        }));
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        for sent in self.shallow.iter().flatten().chain(&self.waiting) {
            cx.rows.record(Row::Payment(&self.row(sent, None)));
        }
    }
}
