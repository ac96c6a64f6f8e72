//! What both rollups share below their settlement: operator, chain, bridge, users.
//!
//! [`Core::handle`] does what a core event asks for and reports to the settlement by
//! [`CoreOutput`]s: a batch was closed, a transaction is included or final, the rollup was frozen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{
    Ethereum, EthereumEvent, EthereumParams, Notice, POINT_EVALUATION_GAS, Receipt,
    USABLE_BYTES_PER_BLOB, blob_cost,
};
use crate::engine::{Schedule, Seeds, TimerId};
use crate::ids::NodeId;
use crate::prices::Prices;
use crate::rollup::batch::Batch;
use crate::rollup::bridge::{Bridge, Request, RequestKind};
use crate::rollup::events::{CoreEvent, Tag};
use crate::rollup::l1_sender::{L1Sender, TxRequest};
use crate::rollup::operation::Operation;
use crate::rollup::operator::Operator;
use crate::rollup::over_window::OverWindow;
use crate::rollup::params::{DataLocation, FeeRule, OperatorParams};
use crate::rollup::users::Users;
use crate::rows::{Row, Rows};
use crate::units::{Gas, Msat, SUPPLY, SimDuration, SimTime, Wei};
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
    /// Operations in a batch, averaged over the last ones.
    mean_size: f64,
    /// Whether accounts hold what they are given, and not without limit.
    pub(super) is_limited: bool,
    /// What accounts hold that are nobody's in the workload.
    pub(super) idle: u128,
    pub(super) over_window: OverWindow,
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
    /// Seeds of all draws.
    pub seeds: Seeds,
}

/// What a batch is expected to need, for quoting a fee.
pub(super) struct Expected {
    /// Gas of all its transactions without data.
    pub(super) gas: Gas,
    /// Proving, in US dollars for each operation.
    pub(super) proving_usd: f64,
}

impl Core {
    pub(super) fn new(params: OperatorParams, world: RollupWorld) -> Self {
        let RollupWorld { accounts, nodes, ethereum, warmup, prices, seeds } = world;
        // Without limit: all bitcoin that there can be, in equal shares.
        let most = SUPPLY.to_msat().0 / u64::from(nodes.max(1));
        let balance = |node| accounts.balance(NodeId(node)).unwrap_or(Msat(most));
        let balances: Vec<_> = (0..nodes).map(balance).collect();
        let l1_sender = L1Sender::new(params.tip, params.resend_after);
        let users = Users::new(params.users, nodes, seeds);
        let mean_size = f64::from(params.seal.operations);
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
            mean_size,
            is_limited: accounts.total().is_some(),
            over_window: OverWindow::default(),
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
            schedule.after(self.operator.params.seal.age, CoreEvent::Age(0));
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
                let mut notices = Vec::new();
                self.l1_sender.bid_again(&mut self.chain, schedule.now(), &mut notices);
                self.evicted(&notices);
            }
            CoreEvent::Halt => self.operator.halt(schedule.now(), rows),
            CoreEvent::Resume => self.resume(schedule, outputs),
        }
    }

    /// Sends a transaction of `sender`.
    pub(super) fn send(&mut self, tag: Tag, sender: u64, gas: Gas, blobs: u64, now: SimTime) {
        let mut notices = Vec::new();
        let blobs = u32::try_from(blobs).expect("a transaction carries few blobs");
        let order = TxRequest { tag, sender, gas, blobs };
        self.l1_sender.send(&mut self.chain, order, now, &mut notices);
        self.evicted(&notices);
    }

    fn evicted(&mut self, notices: &[Notice<Tag>]) {
        for notice in notices {
            if let Notice::Evicted(tag) = notice {
                self.l1_sender.evicted(*tag);
            }
        }
    }

    /// Batches were closed.
    fn sealed(
        &mut self,
        sealed: Vec<Batch>,
        schedule: &mut impl Schedule<CoreEvent>,
        outputs: &mut Vec<CoreOutput>,
    ) {
        /// Weight of the last batch in the average.
        const LAST: f64 = 0.1;
        for mut batch in sealed {
            let [_, proven, _] = self.bridge.progress();
            batch.waiting_batches = batch.number - proven;
            self.bridge.sealed(&batch);
            #[expect(clippy::cast_precision_loss, reason = "an average for the quoted fee")]
            let size = batch.operations as f64;
            self.mean_size += LAST * (size - self.mean_size);
            if self.operator.params.seal.from_open {
                schedule.after(self.operator.params.seal.age, CoreEvent::Age(batch.number + 1));
            }
            outputs.push(CoreOutput::Sealed(batch.number));
            self.batches.insert(batch.number, batch);
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
        let over_window = &mut self.over_window;
        self.chain.handle(event, &mut chain_schedule, &mut notices, &mut |row| {
            over_window.block(row.base_fee);
            rows.record(Row::EthereumBlock(row));
        });
        for notice in notices {
            match notice {
                Notice::Included(receipt) => {
                    self.l1_sender.included(receipt.id);
                    self.included(receipt, schedule, outputs);
                }
                Notice::Final(Tag::Deposit(number)) => {
                    self.bridge.request_final(number);
                    self.serve(schedule, outputs);
                }
                Notice::Final(tag) => outputs.push(CoreOutput::Final(tag)),
                Notice::Evicted(tag) => self.l1_sender.evicted(tag),
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
        let mut sealed = Vec::new();
        while let Some(request) = self.bridge.next_request().copied() {
            let ignored = self.operator.params.faults.ignores_requests
                && self.operator.is_censored(request.account);
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
        self.operator.halted = false;
        // An open batch has waited longer than its age.
        schedule.after(SimDuration::ZERO, CoreEvent::Age(self.operator.sealed));
        self.serve(schedule, outputs);
        outputs.push(CoreOutput::Resumed);
    }

    /// Quotes the fee of the next payments.
    pub(super) fn quote(&mut self, expected: &Expected) {
        let FeeRule::CostPlus { margin } = self.operator.params.fee else {
            if let FeeRule::Fixed(fee) = self.operator.params.fee {
                self.operator.fee = fee;
            }
            return;
        };
        let usd = self.expected_usd(expected) * (1.0 + margin);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a fee is whole millisatoshis, rounded up; the cast saturates"
        )]
        let fee = (usd / self.prices.btc_usd * 1e11).ceil() as u64;
        self.operator.fee = Msat(fee);
    }

    /// What a payment is expected to cost, in US dollars, in a batch of the usual size.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn expected_usd(&self, expected: &Expected) -> f64 {
        /// Gas of a byte of calldata with the floor (EIP-7623).
        const GAS_PER_BYTE: u64 = 40;
        let params = &self.operator.params;
        let market = self.chain.market();
        let price = market.base_fee.saturating_add(params.tip);
        let bytes = params.layout.payment_bytes();
        let size = self.mean_size.max(1.0);
        let eth = |wei: Wei| wei.as_eth_f64();
        let data = match params.data_location {
            DataLocation::Calldata => eth(price.of(Gas(GAS_PER_BYTE * bytes))),
            DataLocation::Blobs => {
                // A blob that is not full is paid for all the same.
                let blobs = bytes as f64 * size / USABLE_BYTES_PER_BLOB as f64;
                let one =
                    eth(blob_cost(market.blob_fee(), 1)) + eth(price.of(POINT_EVALUATION_GAS));
                one * blobs.max(1.0) / size
            }
        };
        let fixed = eth(price.of(expected.gas)) / size;
        (fixed + data) * self.prices.eth_usd + expected.proving_usd
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
