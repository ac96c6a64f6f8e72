//! A card network: authorisation now, money between the banks days later, and months in which it can
//! be taken back.
//!
//! The life of a payment: the terminal's message waits for the network's [`switch`], the issuer looks
//! at the cardholder's account and holds the amount, and its answer ends the payer's waiting. Clearing
//! files go out at the cut-off and the payee's bank is paid some business days later ([`calendar`]).
//! Until the right to a chargeback ends the payment is not final.
//!
//! Simplifications, named because results depend on them: one switch for the whole network, all of
//! whose messages take equally long; clearing does not load it (files go in a batch at night); fees
//! ([`fees`]) are reckoned beside the accounts and not taken out of them; terminals and payees are
//! always online; what is declined is not tried again.
//!
//! Units: money in millisatoshis like every system's, so that the same payments are carried; fees in
//! US dollars. Sources are named at each default, in `params`.

mod calendar;
mod fees;
mod params;
mod switch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use calendar::{Calendar, Weekday};
pub use fees::Fees;
pub use params::CardParams;

use crate::baselines::card::switch::{Admission, Switch};
use crate::baselines::common::BaselineWorld;
use crate::engine::{Draws, Slab};
use crate::ids::{NodeId, SystemName};
use crate::math;
use crate::outcome::{Failure, Outcome};
use crate::prices::Prices;
use crate::rows::{CardSample, PaymentRow, Row, Sample, Settlement, SystemRow};
use crate::system::{Broken, CapitalLevels, Cx, PaymentSystem, WorkBefore};
use crate::units::{Msat, SimDuration, SimTime};
use crate::workload::{Accounts, Demand};

/// What happens, in the order of a payment's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The issuer decides.
    Decide {
        /// The authorisation.
        authorisation: u32,
    },
    /// The terminal has its answer, or stops waiting for one.
    Answer {
        /// The authorisation.
        authorisation: u32,
    },
    /// The banks of this moment's payees are paid.
    Settle,
    /// A cardholder gets a payment back.
    Chargeback {
        /// The dispute.
        dispute: u32,
    },
}

const _: () = assert!(size_of::<Event>() <= 16, "events are copied through the queue all the time");

/// A payment on its way to the issuer and back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Authorisation {
    demand: Demand,
    /// Its number within the run: draws are keyed by it.
    number: u64,
    /// Why the answer will be no; `None`: yes, and the amount is held.
    failure: Option<Failure>,
}

/// A settled payment that will be taken back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Dispute {
    payer: NodeId,
    payee: NodeId,
    amount: Msat,
}

/// What is drawn for one payment.
struct Fate {
    latency: SimDuration,
    declined: bool,
    /// How long after the authorisation it is charged back.
    charged_back: Option<SimDuration>,
}

/// The card network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Card {
    params: CardParams,
    warmup: SimTime,
    prices: Prices,
    draws: Draws,
    switch: Switch,
    accounts: Accounts,
    /// All money at the start; `None`: without limit.
    funded: Option<u128>,
    authorisations: Slab<Authorisation>,
    disputes: Slab<Dispute>,
    /// Held for authorisations that the terminal does not know of yet.
    held: u128,
    /// What is owed to each payee at each settlement.
    unsettled: BTreeMap<SimTime, BTreeMap<NodeId, Msat>>,
    /// The sum of `unsettled`.
    float: Msat,
    /// What the switch had done when the window for statistics began.
    before: WorkBefore,
    capital: CapitalLevels,
    /// Charged back and not to be had from the payee: the acquirer's loss.
    acquirer_loss: u128,
    submitted: u64,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, Event>;

impl Card {
    /// A network before its first payment.
    pub fn new(params: CardParams, baseline_world: BaselineWorld) -> Self {
        let BaselineWorld { accounts, warmup, prices, seeds } = baseline_world;
        Self {
            switch: Switch::new(&params),
            draws: seeds.draws("card"),
            funded: accounts.total(),
            params,
            warmup,
            prices,
            accounts,
            authorisations: Slab::default(),
            disputes: Slab::default(),
            held: 0,
            unsettled: BTreeMap::new(),
            float: Msat::ZERO,
            before: WorkBefore::default(),
            capital: CapitalLevels::default(),
            acquirer_loss: 0,
            submitted: 0,
        }
    }

    fn fate(&self, number: u64) -> Fate {
        let mut draws = self.draws.at(number, 0);
        let spread = math::exp(self.params.latency_sigma * draws.normal());
        let median = self.params.latency_median.as_secs_f64();
        let latency = SimDuration::from_secs_f64(median * spread);
        let declined = draws.chance(self.params.decline_share);
        let charged_back = draws.chance(self.params.chargeback_share);
        let window = self.params.chargeback_window.as_secs_f64();
        let after = SimDuration::from_secs_f64(window * draws.unit());
        Fate { latency, declined, charged_back: charged_back.then_some(after) }
    }

    /// The issuer holds the amount, or says why not. Its answer travels back.
    fn decide(&mut self, id: u32, cx: &mut Context<'_>) {
        let Authorisation { demand, number, .. } = *self.authorisations.get(id);
        let fate = self.fate(number);
        let failure = if fate.declined {
            Some(Failure::Declined)
        } else if self.accounts.take(demand.payer, demand.amount) {
            self.held += u128::from(demand.amount.get());
            None
        } else {
            Some(Failure::InsufficientFunds)
        };
        self.authorisations.get_mut(id).failure = failure;
        let back = half(fate.latency);
        cx.queue.push(cx.now + back, Event::Answer { authorisation: id });
    }

    /// The payer's waiting ends: with a yes, with a no, or because it took too long.
    fn answer(&mut self, id: u32, cx: &mut Context<'_>) {
        let Authorisation { demand, number, mut failure } = self.authorisations.remove(id);
        if failure.is_none() {
            self.held -= u128::from(demand.amount.get());
            if cx.now.since(demand.at) > self.params.timeout {
                // The terminal has given up and reverses what it does not know to be authorised.
                self.accounts.put(demand.payer, demand.amount);
                failure = Some(Failure::Timeout);
            }
        }
        let settles = failure.is_none().then(|| self.owe(&demand, number, cx));
        let row = self.row(&demand, number, Some(cx.now), failure, settles);
        cx.rows.record(Row::Payment(&row));
    }

    /// From now on the payee's bank is owed the amount. Returns when it is paid.
    fn owe(&mut self, demand: &Demand, number: u64, cx: &mut Context<'_>) -> SimTime {
        let at = self.params.calendar.settlement(cx.now);
        if !self.unsettled.contains_key(&at) {
            cx.queue.push(at, Event::Settle);
        }
        let owed = self.unsettled.entry(at).or_default().entry(demand.payee).or_default();
        *owed += demand.amount;
        self.float += demand.amount;
        if let Some(after) = self.fate(number).charged_back {
            // Before it is settled there is nothing to charge back; banks wait for the settlement.
            let at = (cx.now + after).max(at);
            let Demand { payer, payee, amount, .. } = *demand;
            let dispute = self.disputes.insert(Dispute { payer, payee, amount });
            cx.queue.push(at, Event::Chargeback { dispute });
        }
        at
    }

    fn settle(&mut self, now: SimTime) {
        for (payee, owed) in self.unsettled.remove(&now).unwrap_or_default() {
            self.accounts.put(payee, owed);
            self.float -= owed;
        }
    }

    fn charge_back(&mut self, id: u32) {
        let Dispute { payer, payee, amount } = self.disputes.remove(id);
        if !self.accounts.take(payee, amount) {
            self.acquirer_loss += u128::from(amount.get());
        }
        self.accounts.put(payer, amount);
    }

    /// What is in accounts; what is held for authorisations, and what payees wait for.
    fn note_capital(&mut self, now: SimTime) {
        let locked = self.held + u128::from(self.float.get());
        let spendable = self.funded.map(|funded| funded + self.acquirer_loss - locked);
        self.capital.set(spendable, locked, 0, now);
    }

    fn row(
        &self,
        demand: &Demand,
        number: u64,
        ended: Option<SimTime>,
        failure: Option<Failure>,
        settles: Option<SimTime>,
    ) -> PaymentRow {
        let settled = ended.filter(|_| settles.is_some());
        let undone = self.fate(number).charged_back.is_some();
        let value_usd = self.prices.msat_in_usd(demand.amount);
        let operator_usd = if settled.is_some() { self.params.fees.network_cost_usd } else { 0.0 };
        PaymentRow {
            id: demand.id,
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            submitted: demand.at,
            measured: self.warmup <= demand.at,
            outcome: match (ended, failure) {
                (None, _) => Outcome::Pending,
                (_, Some(_)) => Outcome::Failed,
                _ => Outcome::Settled,
            },
            failure: failure.filter(|_| ended.is_some()),
            last_error: None,
            settled,
            payer_known: settled,
            final_at: settled.filter(|_| !undone).map(|at| at + self.params.chargeback_window),
            ended,
            attempts: 1,
            searches: 0,
            parts: 1,
            hops: None,
            fee: None,
            price_usd: settled.map(|_| self.params.fees.price_usd(value_usd)),
            resource_usd: settled.map(|_| operator_usd),
            settlement: Settlement { withdrawable: settles, operator_usd, ..Settlement::default() },
            feasible: None,
            shortage: None,
        }
    }
}

/// Half of a span, rounded down.
const fn half(span: SimDuration) -> SimDuration {
    SimDuration(span.get() / 2)
}

impl PaymentSystem for Card {
    const NAME: SystemName = SystemName::Card;
    type Event = Event;

    fn start(&mut self, _cx: &mut Context<'_>) {}

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        let number = self.submitted;
        self.submitted += 1;
        cx.fingerprint.absorb(cx.now.nanos(), 0, number, demand.amount.get());
        let timeout = self.params.timeout;
        let (failure, at) = match self.switch.admit(cx.now, &self.params) {
            Admission::Down => (Some(Failure::Outage), None),
            Admission::Full => (Some(Failure::Capacity), None),
            Admission::Through { at } => (None, Some(at + half(self.fate(number).latency))),
        };
        let authorisation =
            self.authorisations.insert(Authorisation { demand: *demand, number, failure });
        match at {
            Some(at) => cx.queue.push(at, Event::Decide { authorisation }),
            None => cx.queue.push(cx.now + timeout, Event::Answer { authorisation }),
        }
        self.note_capital(cx.now);
    }

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, event: Event, cx: &mut Context<'_>) {
        let (kind, entity) = match event {
            Event::Decide { authorisation } => (1, authorisation),
            Event::Answer { authorisation } => (2, authorisation),
            Event::Settle => (3, 0),
            Event::Chargeback { dispute } => (4, dispute),
        };
        cx.fingerprint.absorb(cx.now.nanos(), kind, u64::from(entity), self.float.get());
        match event {
            Event::Decide { authorisation } => self.decide(authorisation, cx),
            Event::Answer { authorisation } => self.answer(authorisation, cx),
            Event::Settle => self.settle(cx.now),
            Event::Chargeback { dispute } => self.charge_back(dispute),
        }
        self.note_capital(cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        out.card = Some(CardSample {
            authorising: self.authorisations.keys().count() as u64,
            wait: self.switch.wait(out.at),
            unsettled: self.float,
            up: self.params.is_up(out.at),
        });
    }

    /// Money is neither made nor lost: what the accounts hold, what is held for authorisations and what
    /// is owed to payees is what was funded and what the acquirer paid in for chargebacks.
    fn check_size(&self) -> usize {
        self.accounts.count() + self.unsettled.len()
    }

    fn check(&self) -> Result<(), Broken> {
        let owed: u128 = self.unsettled.values().flatten().map(|(_, m)| u128::from(m.get())).sum();
        let broken = |detail| Err(Broken { invariant: "K1 card money", detail });
        if owed != u128::from(self.float.get()) {
            return broken(format!("{owed} msat are owed, but the float is {}", self.float));
        }
        let (Some(total), Some(funded)) = (self.accounts.total(), self.funded) else {
            return Ok(());
        };
        let (there, due) = (total + self.held + owed, funded + self.acquirer_loss);
        if there == due { Ok(()) } else { broken(format!("{there} msat, should be {due}")) }
    }

    fn rebuild(&mut self) {}

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        self.before = WorkBefore::new(self.switch.work(cx.now), cx.now);
        self.note_capital(cx.now);
        self.capital.restart(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        let switch = self.before.row("switch", self.switch.work(cx.now), 1, cx.now);
        cx.rows.record(Row::Resource(&switch));
        cx.rows.record(Row::System(&SystemRow {
            capital: self.capital.means(cx.now),
            setup_usd: 0.0,
            setup_weight: 0.0,
            channels: None,
            trust: "issuer, acquirer and network; payments can be taken back for months",
            online_required: "payer, network and issuer",
        }));
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        for id in self.authorisations.keys() {
            let Authorisation { demand, number, .. } = *self.authorisations.get(id);
            cx.rows.record(Row::Payment(&self.row(&demand, number, None, None, None)));
        }
    }
}
