//! The operator of either rollup: takes operations, executes them in order, closes batches.
//!
//! Life of a payment here: [`Operator::submit`] (the wallet signs and sends) → [`Operator::execute`]
//! (signature, nonce and balance are checked; into the open batch) → [`Operator::deliver_responses`] (the payee learns
//! of it) → [`Operator::seal`] (bytes, root, second implementation). The settlement decides what happens to
//! the batch on the chain.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::Calldata;
use crate::engine::{Draws, Schedule, Seeds};
use crate::outcome::{Failure, Outcome, SealedBy};
use crate::rollup::auth::Keys;
use crate::rollup::batch::{Batch, ExecutedPayment};
use crate::rollup::events::CoreEvent;
use crate::rollup::layout::Witness;
use crate::rollup::ledger::{Account, Ledger, LedgerError, PriorAccount};
use crate::rollup::open_batch::OpenBatch;
use crate::rollup::operation::{Operation, account_of};
use crate::rollup::params::OperatorParams;
use crate::rollup::replay::Replayer;
use crate::rollup::sequencer::{ExecutionResult, Job, Response, Sequencer};
use crate::rollup::tree::{Hash, Tree, leaf};
use crate::rollup::wallets::Wallets;
use crate::rows::{AcknowledgedRow, PaymentRow, Row, Rows};
use crate::units::{Gas, Msat, SimDuration, SimTime, Wei};
use crate::workload::Demand;

/// Times that a wallet signs an operation again whose nonce was stale.
const MOST_ATTEMPTS: u32 = 5;

/// The operator.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Operator {
    pub(super) params: OperatorParams,
    pub(super) ledger: Ledger,
    pub(super) sequencer: Sequencer,
    pub(super) open: OpenBatch,
    /// Batches closed.
    pub(super) sealed: u64,
    /// When the last one was closed.
    last_sealed: SimTime,
    pub(super) root: Hash,
    /// What a payment costs now.
    pub(super) fee: Msat,
    pub(super) halted: bool,
    /// When the open batch has reached its age.
    aged: SimTime,
    /// Whether batches are replayed later, by watchers, and not when they are closed.
    pub(super) replays_later: bool,
    /// Operations refused because of their signature.
    pub(super) forged: u64,
    keys: Keys,
    wallets: Wallets,
    censored: Draws,
    warmup: SimTime,
    /// Operations sent so far.
    numbers: u64,
    #[serde(skip)]
    tree: Tree,
    #[serde(skip)]
    pub(super) replayer: Option<Box<Replayer>>,
}

impl Operator {
    /// An operator whose state holds these balances of the nodes.
    pub(super) fn new(
        params: OperatorParams,
        nodes: &[Msat],
        warmup: SimTime,
        seeds: Seeds,
    ) -> Self {
        let used = u32::try_from(nodes.len()).expect("nodes have u32 ids") + 1;
        let idle = params.accounts.saturating_sub(used) as usize;
        let balances = std::iter::once(Msat::ZERO)
            .chain(nodes.iter().copied())
            .chain(std::iter::repeat_n(params.idle_balance, idle));
        let mut operator = Self {
            ledger: Ledger::new(balances),
            sequencer: Sequencer::new(&params, seeds),
            open: OpenBatch::default(),
            sealed: 0,
            last_sealed: SimTime::ZERO,
            root: [0; 32],
            fee: Msat::ZERO,
            halted: false,
            aged: SimTime::ZERO,
            replays_later: false,
            forged: 0,
            keys: Keys::new(params.authentication, seeds),
            wallets: Wallets::new(used),
            censored: seeds.draws("rollup.censored"),
            warmup,
            numbers: 0,
            tree: Tree::default(),
            replayer: None,
            params,
        };
        operator.rebuild(std::iter::empty());
        operator.root = operator.tree.root();
        operator
    }

    /// Builds the trees from the state before the open batch; that of the second implementation from the
    /// state before those batches that it has not seen, given in their order.
    pub(super) fn rebuild<'a>(&mut self, unseen: impl DoubleEndedIterator<Item = &'a Batch>) {
        let mut state = self.ledger.accounts().to_vec();
        let undo = |state: &mut Vec<Account>, before: &[PriorAccount]| {
            for (account, held) in before {
                state[*account as usize] = *held;
            }
        };
        undo(&mut state, self.ledger.touched());
        // Deep enough for every account, whatever the scenario says.
        let depth = self.params.depth.max(depth_for(state.len()));
        self.tree = Tree::of(depth, state.iter().map(|a| leaf(a.balance.0, a.nonce)));
        for batch in unseen.rev() {
            undo(&mut state, &batch.before);
        }
        let layout = self.params.layout;
        self.replayer = self.params.replay.then(|| Box::new(Replayer::new(layout, depth, state)));
    }

    /// A payer wants to pay: its wallet signs and sends.
    pub(super) fn submit(
        &mut self,
        demand: &Demand,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
    ) {
        let now = schedule.now();
        let [from, to] = [demand.payer, demand.payee].map(|node| account_of(node.0));
        let layout = self.params.layout;
        let amounts = layout.amount(demand.amount).zip(layout.fee(self.fee));
        let refusal = if self.halted {
            Some(Failure::OperatorHalted)
        } else if amounts.is_none() {
            Some(Failure::AmountOutOfRange)
        } else if self.sequencer.is_full() {
            Some(Failure::Capacity)
        } else {
            None
        };
        let (amount, fee) = amounts.unwrap_or_default();
        let operation = Operation::Payment { from, to, amount, fee };
        if let Some(failure) = refusal {
            let ended = now + self.sequencer.round_trip();
            rows.record(Row::Payment(&self.failed(demand, 1, failure, ended)));
            return;
        }
        self.send(operation, Some(*demand), 0, schedule);
    }

    /// Signs an operation and sends it.
    pub(super) fn send(
        &mut self,
        operation: Operation,
        demand: Option<Demand>,
        attempts: u32,
        schedule: &mut impl Schedule<CoreEvent>,
    ) {
        let signer = operation.signer().expect("wallets send what they sign");
        let nonce = self.wallets.sign(signer);
        let signature = self.keys.sign(signer, &operation.message(nonce));
        let witness = Witness { nonce, signature };
        self.send_signed(operation, witness, demand, attempts, schedule);
    }

    /// Sends an operation as it is.
    pub(super) fn send_signed(
        &mut self,
        operation: Operation,
        witness: Witness,
        demand: Option<Demand>,
        attempts: u32,
        schedule: &mut impl Schedule<CoreEvent>,
    ) {
        let (number, now) = (self.numbers, schedule.now());
        self.numbers += 1;
        let (attempts, sent, arrives) = (attempts + 1, now, now);
        let job = Job { operation, witness, demand, number, attempts, sent, arrives };
        if let Some(at) = self.sequencer.push(job, now) {
            schedule.at(at, CoreEvent::Executed);
        }
    }

    /// The sequencer is done with an operation: it is executed, or refused. Returns the batches that this
    /// closes: one without room for it, and the one that it fills.
    pub(super) fn execute(&mut self, schedule: &mut impl Schedule<CoreEvent>) -> Vec<Batch> {
        let now = schedule.now();
        if self.halted {
            return Vec::new();
        }
        let (job, next) = self.sequencer.pop(now);
        if let Some(at) = next {
            schedule.at(at, CoreEvent::Executed);
        }
        let Some(job) = job else { return Vec::new() };
        let soft_confirmed_at = self.sequencer.soft_confirmation_at(now);
        let account = job.operation.signer().unwrap_or_default();
        let (answer, sealed) = match self.admit(&job) {
            Ok(()) => {
                let sealed = self.include(job.operation, job.witness, schedule);
                if let Some(demand) = job.demand {
                    self.record_payment(&demand, &job, soft_confirmed_at);
                }
                (ExecutionResult::Accepted(job.demand), sealed)
            }
            Err(failure) => (ExecutionResult::Refused(job, failure), None),
        };
        if self.sequencer.answer(Response { at: soft_confirmed_at, account, answer }) {
            schedule.at(soft_confirmed_at, CoreEvent::Responses);
        }
        sealed.into_iter().chain(self.seal_if_full(now)).collect()
    }

    /// Checks an operation and applies it to the state.
    fn admit(&mut self, job: &Job) -> Result<(), Failure> {
        let Job { operation, witness, .. } = job;
        let signer = operation.signer().ok_or(Failure::Rejected)?;
        if !self.keys.verify(signer, &operation.message(witness.nonce), &witness.signature) {
            self.forged += 1;
            return Err(Failure::Rejected);
        }
        if self.is_censored(signer) {
            return Err(Failure::Censored);
        }
        self.ledger.check_signed(operation, witness.nonce).map_err(|rejected| match rejected {
            LedgerError::Account => Failure::Rejected,
            LedgerError::Nonce => Failure::BadNonce,
            LedgerError::Funds => Failure::InsufficientFunds,
        })
    }

    /// Executes an operation that has been checked; a batch without room for it is closed first.
    fn include(
        &mut self,
        operation: Operation,
        witness: Witness,
        schedule: &mut impl Schedule<CoreEvent>,
    ) -> Option<Batch> {
        let now = schedule.now();
        let by = self.open.is_full_for(&operation, &self.params);
        let sealed = by.map(|by| self.seal(by, now));
        self.ledger
            .apply_signed(&operation, witness.nonce)
            .expect("the operation has been checked against this state");
        self.open_at(&operation, witness, schedule);
        sealed
    }

    fn open_at(
        &mut self,
        operation: &Operation,
        witness: Witness,
        schedule: &mut impl Schedule<CoreEvent>,
    ) {
        let now = schedule.now();
        if self.open.is_empty() && !self.params.seal.from_open {
            self.age_from(now, schedule);
        }
        self.open.push(*operation, witness, now, &self.params);
    }

    /// An operation that the chain asks for: nobody signs it, it takes no server time.
    pub(super) fn include_request(
        &mut self,
        operation: Operation,
        number: u64,
        schedule: &mut impl Schedule<CoreEvent>,
    ) -> Vec<Batch> {
        let sealed = self.include(operation, Witness::default(), schedule);
        if let Operation::Deposit { amount, .. } = operation {
            self.open.credited.push((number, amount));
        }
        sealed.into_iter().chain(self.seal_if_full(schedule.now())).collect()
    }

    fn seal_if_full(&mut self, now: SimTime) -> Option<Batch> {
        let full = self.open.operations.len() >= self.params.seal.operations as usize;
        full.then(|| self.seal(SealedBy::Count, now))
    }

    /// The oldest operation of a batch has reached its age.
    pub(super) fn age(
        &mut self,
        batch: u64,
        schedule: &mut impl Schedule<CoreEvent>,
    ) -> Option<Batch> {
        let now = schedule.now();
        if batch != self.sealed || self.halted || now < self.aged {
            return None;
        }
        if self.open.is_empty() {
            if self.params.seal.from_open {
                self.age_from(now, schedule);
            }
            return None;
        }
        Some(self.seal(SealedBy::Age, now))
    }

    /// The open batch is closed when so much time has passed since `from`.
    pub(super) fn age_from(&mut self, from: SimTime, schedule: &mut impl Schedule<CoreEvent>) {
        self.aged = (from + self.params.seal.age).max(schedule.now());
        schedule.at(self.aged, CoreEvent::Age(self.sealed));
    }

    /// Time until the open batch, or one that is opened now, is closed for its age.
    pub(super) fn left(&self, now: SimTime) -> SimDuration {
        let is_running = !self.open.is_empty() || self.params.seal.from_open;
        if is_running { self.aged.since(now) } else { self.params.seal.age }
    }

    /// The operator is back. A timer that ran out meanwhile was lost; one that still runs counts on.
    pub(super) fn resume(&mut self, schedule: &mut impl Schedule<CoreEvent>) {
        self.halted = false;
        let now = schedule.now();
        if self.aged > now {
            return;
        }
        if !self.open.is_empty() {
            schedule.at(now, CoreEvent::Age(self.sealed));
        } else if self.params.seal.from_open {
            self.age_from(now, schedule);
        }
    }

    /// Closes the open batch: encodes it, updates the tree, has the second implementation check it.
    pub(super) fn seal(&mut self, by: SealedBy, now: SimTime) -> Batch {
        let open = std::mem::take(&mut self.open);
        let bytes = self.params.layout.encode(&open.operations);
        assert_eq!(bytes.len() as u64, open.bytes, "R4: bytes counted are bytes posted");
        let before = self.ledger.end_batch();
        let mut changed: Vec<_> =
            before.iter().map(|(account, _)| (*account, self.leaf_of(*account))).collect();
        self.tree.update(&mut changed);
        let (before_root, root) = (self.root, self.tree.root());
        self.root = root;
        let witnesses: Vec<_> = open.operations.iter().map(|(_, witness)| *witness).collect();
        if !self.replays_later {
            self.attest(self.sealed, &bytes, &witnesses, &root);
        }
        let later = self.replays_later && self.params.replay;
        let number = self.sealed;
        self.sealed += 1;
        let period = now.since(self.last_sealed);
        self.last_sealed = now;
        #[expect(clippy::cast_precision_loss, reason = "a share for the report")]
        let fullness = open.operations.len() as f64 / f64::from(self.params.seal.operations);
        Batch {
            number,
            opened: open.opened,
            sealed: now,
            period,
            sealed_by: by,
            operations: open.operations.len() as u64,
            payments: open.payments,
            outgoing: open.outgoing,
            credited: open.credited,
            data: Calldata::of(&bytes),
            before_root,
            root,
            attested: true,
            unreplayed: later.then_some((bytes, witnesses)),
            before,
            fees: open.fees,
            fullness,
            waiting_payments: self.sequencer.waiting(),
            waiting_batches: 0,
            posted: None,
            proven: None,
            final_at: None,
            executed: None,
            gas: Gas::ZERO,
            blobs: 0.0,
            paid: Wei::ZERO,
            proving_usd: 0.0,
            faults: 0,
        }
    }

    /// Has the second implementation check a batch from its posted bytes. Where nothing is replayed the
    /// operator's own checks stand.
    pub(super) fn attest(&mut self, number: u64, bytes: &[u8], witnesses: &[Witness], root: &Hash) {
        let Some(replayer) = &mut self.replayer else { return };
        let verdict = replayer.verify(bytes, &self.keys, witnesses, root);
        assert_eq!(verdict, Ok(()), "R4: batch {number} replayed from its bytes");
    }

    fn leaf_of(&self, account: u32) -> Hash {
        let Account { balance, nonce } = self.ledger.account(account).copied().unwrap_or_default();
        leaf(balance.0, nonce)
    }

    fn record_payment(&mut self, demand: &Demand, job: &Job, soft_confirmed_at: SimTime) {
        let fee = match job.operation {
            Operation::Payment { fee, .. } => fee,
            _ => Msat::ZERO,
        };
        self.open.payments.push(ExecutedPayment {
            id: demand.id,
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            fee,
            submitted: demand.at,
            soft_confirmed_at,
            attempts: job.attempts,
            measured: demand.at >= self.warmup,
        });
    }

    /// Answers arrive.
    pub(super) fn deliver_responses(
        &mut self,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
    ) {
        let now = schedule.now();
        while let Some(Response { account, answer, .. }) = self.sequencer.read(now) {
            match answer {
                ExecutionResult::Accepted(demand) => {
                    self.wallets.accepted(account);
                    if let Some(Demand { at: submitted, amount, .. }) = demand {
                        rows.record(Row::Acknowledged(&AcknowledgedRow {
                            submitted,
                            at: now,
                            amount,
                        }));
                    }
                }
                ExecutionResult::Refused(job, failure) => {
                    self.refused(&job, failure, schedule, rows);
                }
            }
        }
        if let Some(at) = self.sequencer.next_response() {
            schedule.at(at, CoreEvent::Responses);
        }
    }

    fn refused(
        &mut self,
        job: &Job,
        failure: Failure,
        schedule: &mut impl Schedule<CoreEvent>,
        rows: &mut dyn Rows,
    ) {
        let account = job.operation.signer().unwrap_or_default();
        if failure == Failure::BadNonce && job.attempts < MOST_ATTEMPTS && !self.halted {
            self.send(job.operation, job.demand, job.attempts, schedule);
            return;
        }
        self.wallets.refused(account);
        if let Some(demand) = &job.demand {
            rows.record(Row::Payment(&self.failed(demand, job.attempts, failure, schedule.now())));
        }
    }

    /// The operator stops: what waits is refused.
    pub(super) fn halt(&mut self, now: SimTime, rows: &mut dyn Rows) {
        self.halted = true;
        let ended = now + self.sequencer.round_trip();
        for job in self.sequencer.stop(now) {
            self.wallets.refused(job.operation.signer().unwrap_or_default());
            if let Some(demand) = &job.demand {
                rows.record(Row::Payment(&self.failed(
                    demand,
                    job.attempts,
                    Failure::OperatorHalted,
                    ended,
                )));
            }
        }
    }

    /// Takes the open batch back: its operations never happened.
    pub(super) fn drop_open(&mut self) -> OpenBatch {
        let before = self.ledger.end_batch();
        self.ledger.undo(&before);
        std::mem::take(&mut self.open)
    }

    /// Takes a closed batch back; the last one first.
    pub(super) fn undo(&mut self, before: &[PriorAccount]) {
        self.ledger.undo(before);
    }

    /// Whether the operator refuses what this account signs.
    pub(super) fn is_censored(&self, account: u32) -> bool {
        let share = self.params.faults.censored_share;
        share > 0.0 && self.censored.at(u64::from(account), 0).chance(share)
    }

    fn failed(
        &self,
        demand: &Demand,
        attempts: u32,
        failure: Failure,
        ended: SimTime,
    ) -> PaymentRow {
        let held = self.executed_payment(demand, attempts);
        PaymentRow { ended: Some(ended), ..held.row(Some(failure)) }
    }

    /// The row of a payment that has no answer yet.
    pub(super) fn pending(&self, demand: &Demand, attempts: u32) -> PaymentRow {
        let row = self.executed_payment(demand, attempts).row(Some(Failure::Timeout));
        PaymentRow { outcome: Outcome::Pending, failure: None, ..row }
    }

    fn executed_payment(&self, demand: &Demand, attempts: u32) -> ExecutedPayment {
        ExecutedPayment {
            id: demand.id,
            payer: demand.payer,
            payee: demand.payee,
            amount: demand.amount,
            fee: Msat::ZERO,
            submitted: demand.at,
            soft_confirmed_at: SimTime::NEVER,
            attempts,
            measured: demand.at >= self.warmup,
        }
    }
}

/// The depth of a tree with a leaf for each of so many accounts.
fn depth_for(accounts: usize) -> u8 {
    let depth = accounts.next_power_of_two().trailing_zeros();
    u8::try_from(depth).expect("a power of two of 64 bits")
}
