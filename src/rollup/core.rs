//! What both rollups share below their settlement: operator, chain, bridge, users.
//!
//! [`Core::handle`] does what a core event asks for and reports to the settlement by
//! [`CoreOutput`]s: a batch was closed, a transaction is included or final, the rollup was frozen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Ethereum, EthereumEvent, EthereumParams, Notice, Receipt};
use crate::engine::{Schedule, Seeds, TimerId};
use crate::ids::NodeId;
use crate::prices::Prices;
use crate::rollup::batch::Batch;
use crate::rollup::bridge::{Bridge, Request, RequestKind};
use crate::rollup::events::{CoreEvent, Tag};
use crate::rollup::l1_sender::{L1Sender, TxRequest};
use crate::rollup::operation::Operation;
use crate::rollup::operator::Operator;
use crate::rollup::over_window::{BlobUse, OverWindow};
use crate::rollup::params::{DataLocation, FeeRule, OperatorParams};
use crate::rollup::pricing::{OpenFees, Pricing, Prior, Share, Stage};
use crate::rollup::users::Users;
use crate::rows::{Row, Rows};
use crate::units::{Gas, Msat, SUPPLY, SimDuration, SimTime};
use crate::workload::{Accounts, Demand};

/// How often bids of waiting transactions are reviewed.
const BIDS_EVERY: SimDuration = SimDuration::from_secs(60);

/// Senders of users' own transactions are numbered from here.
pub(super) const FIRST_USER_SENDER: u64 = 1 << 32;

/// What the settlement must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CoreOutput {
    /// A batch was closed.
    Sealed(u64),
    /// A transaction of the operator or a watcher stands in a block.
    Included(Receipt<Tag>),
    /// Its block is final.
    Final(Tag),
    /// The operator is back.
    Resumed,
    /// A request was not served in time: everybody may leave.
    Overdue,
}

/// Operator, chain, bridge, users.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Core {
    pub(super) operator: Operator,
    pub(super) chain: Ethereum<Tag>,
    pub(super) bridge: Bridge,
    pub(super) l1_sender: L1Sender,
    users: Users,
    pub(super) batches: BTreeMap<u64, Batch>,
    pub(super) prices: Prices,
    /// Nodes with an account.
    pub(super) nodes: u32,
    pub(super) pricing: Pricing,
    /// Whether accounts hold what they are given, and not without limit.
    pub(super) is_limited: bool,
    /// What accounts hold that are nobody's in the workload.
    pub(super) idle: u128,
    pub(super) over_window: OverWindow,
    pub(super) blobs: BlobUse,
    pub(super) submitted: u64,
}

/// The world that a rollup is built in.
#[derive(Clone, Debug)]
pub struct RollupWorld {
    /// Money of the nodes.
    pub accounts: Accounts,
    /// Nodes.
    pub nodes: u32,
    /// The chain below.
    pub ethereum: EthereumParams,
    /// Payments submitted before this time are left out of statistics.
    pub warmup: SimTime,
    /// For costs.
    pub prices: Prices,
    /// Payments per second that the operator is built for.
    pub expected_rate: f64,
    /// Seeds of all draws.
    pub seeds: Seeds,
}

impl Core {
    pub(super) fn new(params: OperatorParams, world: RollupWorld, prior: &Prior) -> Self {
        let RollupWorld { accounts, nodes, ethereum, warmup, prices, seeds, .. } = world;
        // Without limit: all bitcoin that there can be, in equal shares.
        let most = SUPPLY.to_msat().0 / u64::from(nodes.max(1));
        let balance = |node| accounts.balance(NodeId(node)).unwrap_or(Msat(most));
        let balances: Vec<_> = (0..nodes).map(balance).collect();
        let l1_sender = L1Sender::new(params.tip, params.resend_after);
        let users = Users::new(params.users, nodes, seeds);
        let margin = if let FeeRule::CostPlus { margin } = params.fee { margin } else { 0.0 };
        let pricing = Pricing::new(margin, params.tip, prior);
        let of_nodes: u128 = balances.iter().map(|balance| u128::from(balance.0)).sum();
        let operator = Operator::new(params, &balances, warmup, seeds);
        Self {
            idle: operator.ledger.total() - of_nodes,
            bridge: Bridge::new(operator.ledger.total(), operator.root),
            chain: Ethereum::new(ethereum, seeds),
            operator,
            l1_sender,
            users,
            batches: BTreeMap::new(),
            prices,
            nodes,
            pricing,
            is_limited: accounts.total().is_some(),
            over_window: OverWindow::default(),
            blobs: BlobUse::default(),
            submitted: 0,
        }
    }

    pub(super) fn start(&mut self, schedule: &mut impl Schedule<CoreEvent>) {
        let mut chain = ChainSchedule { schedule };
        self.chain.start(&mut chain);
        schedule.after(BIDS_EVERY, CoreEvent::Bids);
        let faults = self.operator.params.faults;
        if let Some(halt) = faults.halt {
            schedule.at(SimTime::ZERO + halt, CoreEvent::Halt);
        }
        if let Some(resume) = faults.resume {
            schedule.at(SimTime::ZERO + resume, CoreEvent::Resume);
        }
        if self.operator.params.seal.from_open {
            self.operator.age_from(SimTime::ZERO, schedule);
        }
        self.users.start(schedule);
    }

    pub(super) fn submit(
        &mut self,
        demand: &Demand,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
    ) {
        self.submitted += 1;
        self.quote(schedule.now());
        self.operator.submit(demand, schedule, rows);
    }

    pub(super) fn handle(
        &mut self,
        event: CoreEvent,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
        outputs: &mut Vec<CoreOutput>,
    ) {
        match event {
            CoreEvent::Executed => {
                let sealed = self.operator.execute(schedule);
                self.sealed(sealed, schedule, outputs);
            }
            CoreEvent::Responses => self.operator.deliver_responses(schedule, rows),
            CoreEvent::Age(batch) => {
                let sealed = self.operator.age(batch, schedule);
                self.sealed(sealed.into_iter().collect(), schedule, outputs);
            }
            CoreEvent::Chain(event) => self.on_chain(event, schedule, rows, outputs),
            CoreEvent::Deposit => self.deposit(schedule),
            CoreEvent::Withdraw => self.withdraw(schedule),
            CoreEvent::Deadline => {
                if self.bridge.frozen.is_none() && self.bridge.is_overdue(schedule.now()) {
                    outputs.push(CoreOutput::Overdue);
                }
            }
            CoreEvent::Bids => {
                schedule.after(BIDS_EVERY, CoreEvent::Bids);
                self.l1_sender.bid_again(&mut self.chain, schedule.now());
            }
            CoreEvent::Halt => self.operator.halt(schedule.now(), rows),
            CoreEvent::Resume => self.resume(schedule, outputs),
        }
    }

    /// Sends a transaction of `sender`.
    pub(super) fn send(&mut self, tag: Tag, sender: u64, gas: Gas, blobs: u64, now: SimTime) {
        let blobs = u32::try_from(blobs).expect("a transaction carries few blobs");
        let request = TxRequest { tag, sender, gas, blobs };
        self.over_window.gas.asked(gas);
        self.l1_sender.send(&mut self.chain, request, now);
    }

    /// Batches were closed.
    fn sealed(
        &mut self,
        sealed: Vec<Batch>,
        schedule: &mut impl Schedule<CoreEvent>,
        outputs: &mut Vec<CoreOutput>,
    ) {
        let any = !sealed.is_empty();
        for mut batch in sealed {
            let [_, proven, _] = self.bridge.progress();
            batch.waiting_batches = batch.number - proven;
            self.bridge.sealed(&batch);
            if self.operator.params.data_location == DataLocation::Blobs {
                self.blobs.sealed(batch.data.bytes());
            }
            self.pricing.sealed(batch.operations, batch.fees, batch.period);
            outputs.push(CoreOutput::Sealed(batch.number));
            self.batches.insert(batch.number, batch);
        }
        if any && self.operator.params.seal.from_open {
            self.operator.age_from(schedule.now(), schedule);
        }
    }

    fn on_chain(
        &mut self,
        event: EthereumEvent,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
        outputs: &mut Vec<CoreOutput>,
    ) {
        let mut notices = Vec::new();
        let mut chain_schedule = ChainSchedule { schedule };
        let Self { chain, over_window, pricing, .. } = self;
        chain.handle(event, &mut chain_schedule, &mut notices, &mut |row| {
            over_window.block(row);
            pricing.block(row.base_fee);
            rows.record(Row::EthereumBlock(row));
        });
        for notice in notices {
            match notice {
                Notice::Included(receipt) => {
                    self.l1_sender.included(receipt.id);
                    self.blobs.included(receipt.blobs);
                    self.included(receipt, schedule, outputs);
                }
                Notice::Final(Tag::Deposit(number)) => {
                    self.bridge.request_final(number);
                    self.serve(schedule, outputs);
                }
                Notice::Final(tag) => outputs.push(CoreOutput::Final(tag)),
                Notice::Evicted { id, .. } => self.l1_sender.evicted(id),
            }
        }
    }

    fn included(
        &mut self,
        receipt: Receipt<Tag>,
        schedule: &mut impl Schedule<CoreEvent>,
        outputs: &mut Vec<CoreOutput>,
    ) {
        let number = match receipt.tag {
            Tag::Deposit(number) | Tag::Exit(number) => number,
            Tag::Escape(account) => return self.escaped(account),
            _ => return outputs.push(CoreOutput::Included(receipt)),
        };
        if self.bridge.frozen.is_some() {
            return; // The contract takes no more requests: the money stays with its sender.
        }
        let (account, kind) = self.users.request(number);
        let deadline = schedule.now() + self.operator.params.users.deadline;
        let is_final = kind == RequestKind::Exit;
        self.bridge.request(Request { number, account, kind, deadline, is_final });
        schedule.at(deadline, CoreEvent::Deadline);
        self.serve(schedule, outputs);
    }

    /// Puts requests from the chain into the open batch, in order: deposits when their block is final,
    /// exits at once.
    fn serve(&mut self, schedule: &mut impl Schedule<CoreEvent>, outputs: &mut Vec<CoreOutput>) {
        self.include_requests(SimTime::ZERO, schedule, outputs);
    }

    /// The same; what is due by `forced` is included even where the operator ignores it.
    pub(super) fn include_requests(
        &mut self,
        forced: SimTime,
        schedule: &mut impl Schedule<CoreEvent>,
        outputs: &mut Vec<CoreOutput>,
    ) {
        let mut sealed = Vec::new();
        while let Some(request) = self.bridge.next_request().copied() {
            let ignored = self.operator.params.faults.ignores_requests
                && self.operator.is_censored(request.account)
                && request.deadline > forced;
            if self.operator.halted || !request.is_final || ignored {
                break;
            }
            self.bridge.served();
            let operation = match request.kind {
                RequestKind::Deposit(amount) => Operation::Deposit { to: request.account, amount },
                RequestKind::Exit => {
                    let held = self.operator.ledger.account(request.account);
                    let amount = held.map_or(Msat::ZERO, |account| account.balance);
                    Operation::Exit { from: request.account, amount }
                }
            };
            sealed.extend(self.operator.include_request(operation, request.number, schedule));
        }
        self.sealed(sealed, schedule, outputs);
    }

    fn deposit(&mut self, schedule: &mut impl Schedule<CoreEvent>) {
        let number = self.users.deposit(schedule);
        let gas = self.operator.params.gas.user_deposit;
        let sender = FIRST_USER_SENDER + number;
        self.send(Tag::Deposit(number), sender, gas, 0, schedule.now());
    }

    /// A user withdraws a share of its balance, on the rollup or by force on the chain.
    fn withdraw(&mut self, schedule: &mut impl Schedule<CoreEvent>) {
        let wanted = self.users.withdrawal(schedule);
        if let Some(number) = wanted.forced {
            let gas = self.operator.params.gas.user_exit;
            let sender = FIRST_USER_SENDER + number;
            self.send(Tag::Exit(number), sender, gas, 0, schedule.now());
            return;
        }
        let fee = self.operator.params.layout.fee(self.operator.fee).unwrap_or_default();
        let held = self.operator.ledger.account(wanted.account).copied().unwrap_or_default();
        let free = held.balance.saturating_sub(fee);
        let amount = Msat(
            u64::try_from((u128::from(free.0) * u128::from(wanted.share)) >> 32)
                .expect("less than the balance"),
        );
        if self.operator.halted || amount == Msat::ZERO || self.operator.sequencer.is_full() {
            return;
        }
        let operation = Operation::Withdrawal { from: wanted.account, amount, fee };
        self.operator.send(operation, None, 0, schedule);
    }

    fn resume(&mut self, schedule: &mut impl Schedule<CoreEvent>, outputs: &mut Vec<CoreOutput>) {
        if self.bridge.frozen.is_some() {
            return;
        }
        self.operator.resume(schedule);
        self.serve(schedule, outputs);
        outputs.push(CoreOutput::Resumed);
    }

    /// Quotes the fee of the next payment.
    pub(super) fn quote(&mut self, now: SimTime) {
        self.operator.fee = match self.operator.params.fee {
            FeeRule::Fixed(fee) => fee,
            FeeRule::CostPlus { .. } => {
                let open = OpenFees {
                    operations: self.operator.open.operations.len() as u64,
                    fees: self.operator.open.fees,
                    left_s: self.operator.left(now).as_secs_f64(),
                    answer_s: self.operator.sequencer.round_trip().as_secs_f64(),
                };
                self.pricing.quote(self.chain.market(), &self.prices, open, now)
            }
        };
    }

    /// Shares the cost of a transaction among its batches. `failed`: the contract refused it.
    pub(super) fn charge(
        &mut self,
        receipt: &Receipt<Tag>,
        [first, last]: [u64; 2],
        stage: Stage,
        blobs: u64,
        failed: bool,
    ) {
        #[expect(clippy::cast_precision_loss, reason = "a share for the report")]
        let total = Share { gas: receipt.gas.0 as f64, blobs: blobs as f64 };
        let (of, paid) = (last + 1 - first, receipt.gas_paid + receipt.blobs_paid);
        for number in first..=last {
            if let Some(batch) = self.batches.get_mut(&number) {
                batch.charge(receipt.gas, total.blobs, paid, of);
            }
        }
        self.pricing.paid(stage, of, total, self.prices.wei_in_usd(paid), failed);
    }

    /// Shares the cost of a transaction that is due once a period among its batches, by the part of the period
    /// that each stands for. What is left of the period had no payments, which bear none of it.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report")]
    pub(super) fn charge_by_time(
        &mut self,
        receipt: &Receipt<Tag>,
        [first, last]: [u64; 2],
        every: SimDuration,
    ) {
        let periods = self.batches.range(first..=last).map(|(_, batch)| batch.period);
        let served_s: f64 = periods.map(SimDuration::as_secs_f64).sum();
        let part = |batch: &Batch| (batch.period.as_secs_f64() / every.as_secs_f64()).min(1.0);
        let all: f64 = self.batches.range(first..=last).map(|(_, batch)| part(batch)).sum();
        let scale = 1.0 / all.max(1.0);
        for (_, batch) in self.batches.range_mut(first..=last) {
            batch.charge_part(receipt.gas, receipt.gas_paid, part(batch) * scale);
        }
        let borne = all.min(1.0);
        let usd = self.prices.wei_in_usd(receipt.gas_paid) * borne;
        if all > 0.0 {
            let gas_per_s = receipt.gas.0 as f64 * scale / every.as_secs_f64();
            self.pricing.paid_by_time(served_s, gas_per_s, usd);
        }
    }
}

/// The chain's events among those of the core.
struct ChainSchedule<'a, S> {
    schedule: &'a mut S,
}

impl<S: Schedule<CoreEvent>> Schedule<EthereumEvent> for ChainSchedule<'_, S> {
    fn now(&self) -> SimTime {
        self.schedule.now()
    }
    fn at(&mut self, at: SimTime, event: EthereumEvent) {
        self.schedule.at(at, CoreEvent::Chain(event));
    }
    fn timer(&mut self, at: SimTime, event: EthereumEvent) -> TimerId {
        self.schedule.timer(at, CoreEvent::Chain(event))
    }
    fn cancel(&mut self, timer: TimerId) -> bool {
        self.schedule.cancel(timer)
    }
}
