//! From a closed batch to money that can be had on the chain: commit, witness, proof, prove, execute.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Calldata, Receipt};
use crate::engine::{Draws, Schedule, Seeds};
use crate::rollup::batch_data::{post, posted};
use crate::rollup::bridge::{BridgeRefusal, Proof};
use crate::rollup::core::Core;
use crate::rollup::events::Tag;
use crate::rollup::events::ZkEvent;
use crate::rollup::expected::HEADER;
use crate::rollup::l1_sender::OPERATOR_SENDER;
use crate::rollup::params::ZkParams;
use crate::rollup::pricing::Stage;
use crate::rollup::transactions::PROOF;
use crate::rollup::zk::provers::{Provers, Work};
use crate::rows::{ResourceRow, Rows};
use crate::system::{self, WorkBefore};
use crate::units::{Gas, SimDuration, SimTime};

/// Batches on their way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pipeline {
    pub(super) params: ZkParams,
    to_commit: VecDeque<u64>,
    /// When each witness worker is free.
    workers: Vec<SimTime>,
    /// Time that they have worked, or will on what is begun.
    worked: u128,
    pub(super) provers: Provers,
    /// What witness workers and provers had done when the window for statistics began.
    before: [WorkBefore; 2],
    /// Batches proven and not yet in a joined proof.
    proven: BTreeSet<u64>,
    /// The next batch that a joined proof begins with.
    next_join: u64,
    /// Proofs that the chain has not seen: first batch and last.
    pub(super) proofs: BTreeMap<u64, u64>,
    /// The next batch that a prove transaction begins with.
    pub(super) next_prove: u64,
    to_execute: VecDeque<u64>,
    wrong_roots: Draws,
    /// Proofs that the chain has refused.
    pub(super) refused: u64,
    /// Refused proofs by first batch whose block is not final yet.
    refused_unfinal: BTreeMap<u64, u32>,
}

impl Pipeline {
    pub(super) fn new(params: ZkParams, provers: Provers, seeds: Seeds) -> Self {
        Self {
            wrong_roots: seeds.draws("rollup.wrong_roots"),
            refused: 0,
            refused_unfinal: BTreeMap::new(),
            to_commit: VecDeque::new(),
            workers: vec![SimTime::ZERO; params.witness_workers as usize],
            worked: 0,
            provers,
            before: [WorkBefore::default(); 2],
            proven: BTreeSet::new(),
            next_join: 0,
            proofs: BTreeMap::new(),
            next_prove: 0,
            to_execute: VecDeque::new(),
            params,
        }
    }

    /// A batch was closed: its data waits to be committed, its witness is generated.
    pub(super) fn sealed(
        &mut self,
        number: u64,
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        let now = schedule.now();
        if !self.params.one_transaction {
            self.to_commit.push_back(number);
            schedule.after(self.params.commit_within, ZkEvent::CommitDue(number));
        }
        let operations = core.batches.get(&number).map_or(0, |batch| batch.operations);
        let work = SimDuration(self.params.witness_per_payment.0.saturating_mul(operations));
        self.worked += u128::from(work.0);
        let free = self.workers.iter_mut().min().expect("there is a witness worker");
        *free = (*free).max(now) + work;
        schedule.at(*free, ZkEvent::Witnessed(number));
        while self.to_commit.len() >= self.params.commit_batches as usize && !core.operator.halted {
            self.commit(core, now);
        }
    }

    /// The window for statistics begins.
    pub(super) fn window_begins(&mut self, now: SimTime) {
        self.before =
            [self.witnesses(now), self.provers.work(now)].map(|work| WorkBefore::new(work, now));
    }

    /// How much of the witness workers and of the provers was used since then.
    pub(super) fn resources(&self, now: SimTime) -> [ResourceRow; 2] {
        let [witnesses, provers] = self.before;
        let workers = self.workers.len() as u64;
        [
            witnesses.row("witness workers", self.witnesses(now), workers, now),
            provers.row("provers", self.provers.work(now), self.provers.size(), now),
        ]
    }

    /// The work of the witness workers up to now.
    fn witnesses(&self, now: SimTime) -> system::Work {
        // A worker that is booked beyond now works without a break until then.
        let ahead: u128 = self.workers.iter().map(|free| u128::from(free.since(now).get())).sum();
        system::Work { done: self.worked - ahead, asked: self.worked }
    }

    /// A batch is committed now, with those before it.
    pub(super) fn commit_due(&mut self, number: u64, core: &mut Core, now: SimTime) {
        while self.to_commit.front().is_some_and(|first| *first <= number) && !core.operator.halted
        {
            self.commit(core, now);
        }
    }

    /// Commits as many batches as fit one transaction.
    fn commit(&mut self, core: &mut Core, now: SimTime) {
        post(core, &mut self.to_commit, self.params.commit_batches, now);
    }

    /// A commit stands in a block.
    pub(super) fn committed(&mut self, receipt: &Receipt<Tag>, range: [u64; 2], core: &mut Core) {
        posted(core, receipt, range);
        self.prove(core, receipt.seen);
    }

    /// The witness of a batch is ready: the batch waits for a prover.
    pub(super) fn witnessed(
        &mut self,
        number: u64,
        core: &Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        let Some(batch) = core.batches.get(&number) else { return };
        let operations = batch.operations;
        self.provers.add(Work::Batch { number, operations }, schedule);
    }

    /// A prover is done.
    pub(super) fn proved(
        &mut self,
        job: u32,
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        let done = self.provers.done(job, schedule);
        self.charge(done.work, done.time, false, core);
        match done.work {
            Work::Batch { number, .. } => {
                self.proven.insert(number);
                self.join(false, core, schedule);
            }
            Work::Join { first, last } => {
                self.proofs.insert(first, last);
                self.prove(core, schedule.now());
            }
        }
    }

    /// A prover has died.
    pub(super) fn lost(
        &mut self,
        job: u32,
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        let lost = self.provers.lost(job, schedule);
        self.charge(lost.work, lost.time, true, core);
    }

    fn charge(&self, work: Work, time: SimDuration, failed: bool, core: &mut Core) {
        let (first, last) = match work {
            Work::Batch { number, .. } => (number, number),
            Work::Join { first, last } => (first, last),
        };
        #[expect(clippy::cast_precision_loss, reason = "a share for the report")]
        let share = self.provers.usd(time) / (last + 1 - first) as f64;
        let mut operations = 0;
        for number in first..=last {
            if let Some(batch) = core.batches.get_mut(&number) {
                batch.proving_usd += share;
                batch.faults += u32::from(failed);
                operations += batch.operations;
            }
        }
        let proves = !failed && matches!(work, Work::Batch { .. });
        core.pricing.proved(self.provers.usd(time), if proves { operations } else { 0 });
    }

    /// Joins proofs of consecutive batches; fewer than wanted where they have waited long enough.
    fn join(&mut self, now_or_never: bool, core: &mut Core, schedule: &mut impl Schedule<ZkEvent>) {
        let wanted = u64::from(self.params.aggregate);
        loop {
            let first = self.next_join;
            let ready =
                (first..first + wanted).take_while(|n| self.proven.contains(n)).count() as u64;
            if ready == 0 {
                return;
            }
            if ready < wanted && !now_or_never {
                schedule.after(self.params.aggregate_within, ZkEvent::JoinDue(first));
                return;
            }
            let last = first + ready - 1;
            self.proven.retain(|number| *number > last);
            self.next_join = last + 1;
            if ready == 1 {
                self.proofs.insert(first, last);
                self.prove(core, schedule.now());
            } else {
                self.provers.add(Work::Join { first, last }, schedule);
            }
        }
    }

    /// Proofs are joined now, however few.
    pub(super) fn join_due(
        &mut self,
        first: u64,
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        if first == self.next_join {
            self.join(true, core, schedule);
        }
    }

    /// Sends the proofs whose batches stand on the chain.
    pub(super) fn prove(&mut self, core: &mut Core, now: SimTime) {
        if self.params.one_transaction {
            return self.settle(core, now);
        }
        while let Some((&first, &last)) = self.proofs.first_key_value() {
            let [posted, _, _] = core.bridge.progress();
            if first != self.next_prove || last >= posted || core.operator.halted {
                return;
            }
            self.proofs.pop_first();
            self.next_prove = last + 1;
            let fork = core.chain.market().fork;
            let gas = PROOF.transaction_gas(self.params.operator.gas.verify, fork);
            core.send(Tag::Prove { first, last }, OPERATOR_SENDER, gas, 0, now);
        }
    }

    /// The chain has verified a proof.
    pub(super) fn verified(
        &mut self,
        receipt: &Receipt<Tag>,
        [first, last]: [u64; 2],
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        let ends = core.batches.get(&first).zip(core.batches.get(&last));
        let Some((one, other)) = ends else { return };
        let holds = (first..=last)
            .all(|number| core.batches.get(&number).is_some_and(|batch| batch.attested));
        let mut root = other.root;
        let is_wrong = self.claims_wrong_root(first);
        if is_wrong {
            root[0] ^= 1;
        }
        let proof = Proof { first, last, before_root: one.before_root, root, holds };
        if let Err(refusal) = core.bridge.prove(&proof) {
            return self.refuse(refusal, is_wrong, receipt, [first, last], core);
        }
        assert!(!is_wrong, "R7: the contract refuses a root that is not the right one");
        for number in first..=last {
            if let Some(batch) = core.batches.get_mut(&number) {
                batch.proven = Some(receipt.seen);
            }
        }
        core.charge(receipt, [first, last], Stage::Prove, 0, false);
        schedule
            .at(receipt.seen + self.params.execution_delay, ZkEvent::Executable { first, last });
    }

    /// Whether the proof from `first` on claims another root than the right one.
    pub(super) fn claims_wrong_root(&self, first: u64) -> bool {
        self.wrong_roots.at(first, self.refused).chance(self.params.wrong_roots)
    }

    /// The contract refuses a proof: for its wrong root, or because one before it was refused, so that it
    /// does not continue the proven batches. Its gas is spent; it is sent again.
    pub(super) fn refuse(
        &mut self,
        refusal: BridgeRefusal,
        is_wrong: bool,
        receipt: &Receipt<Tag>,
        [first, last]: [u64; 2],
        core: &mut Core,
    ) {
        let [_, proven, _] = core.bridge.progress();
        let follows = refusal == BridgeRefusal::OutOfOrder && first > proven;
        let expected = follows || (is_wrong && refusal == BridgeRefusal::InvalidProof);
        assert!(expected, "R7: a right proof in its turn was refused: {refusal:?}");
        self.refused += 1;
        *self.refused_unfinal.entry(first).or_default() += 1;
        for number in first..=last {
            if let Some(batch) = core.batches.get_mut(&number) {
                batch.faults += u32::from(is_wrong);
            }
        }
        core.charge(receipt, [first, last], Stage::Prove, 0, true);
        self.proofs.insert(first, last);
        self.next_prove = first;
        self.prove(core, receipt.seen);
    }

    /// The block of a proof from `first` on is final. Returns whether it was accepted there.
    pub(super) fn is_final(&mut self, first: u64) -> bool {
        let Some(refused) = self.refused_unfinal.get_mut(&first) else { return true };
        *refused -= 1;
        if *refused == 0 {
            self.refused_unfinal.remove(&first);
        }
        false
    }

    /// Batches may be paid out.
    pub(super) fn executable(
        &mut self,
        [first, last]: [u64; 2],
        core: &mut Core,
        schedule: &mut impl Schedule<ZkEvent>,
    ) {
        self.to_execute.extend(first..=last);
        schedule.after(self.params.execute_within, ZkEvent::ExecuteDue(last));
        while self.to_execute.len() >= self.params.execute_batches as usize && !core.operator.halted
        {
            self.execute(core, schedule.now());
        }
    }

    /// A batch is paid out now, with those before it.
    pub(super) fn execute_due(&mut self, number: u64, core: &mut Core, now: SimTime) {
        while self.to_execute.front().is_some_and(|first| *first <= number) && !core.operator.halted
        {
            self.execute(core, now);
        }
    }

    fn execute(&mut self, core: &mut Core, now: SimTime) {
        let model = self.params.operator.gas;
        let fork = core.chain.market().fork;
        let (mut last, mut count) = (None, 0);
        let (mut work, mut gas) = (Gas::ZERO, Gas::ZERO);
        while let Some(number) = self.to_execute.front().copied() {
            let Some(batch) = core.batches.get(&number) else {
                self.to_execute.pop_front();
                continue;
            };
            let more = work + model.execution(batch.outgoing.len(), batch.credited.len());
            let of = count + 1;
            let data = Calldata { zeros: HEADER.zeros * of, others: HEADER.others * of };
            let more_gas = data.transaction_gas(more, fork);
            let is_full = more_gas > self.params.operator.seal.gas
                || of > u64::from(self.params.execute_batches);
            if count > 0 && is_full {
                break;
            }
            self.to_execute.pop_front();
            (work, gas, count, last) = (more, more_gas, of, Some(number));
        }
        let Some(last) = last else { return };
        core.send(Tag::Execute { first: last + 1 - count, last }, OPERATOR_SENDER, gas, 0, now);
    }

    /// The operator is back: everything that waited for it continues.
    pub(super) fn resume(&mut self, core: &mut Core, now: SimTime) {
        self.commit_due(u64::MAX, core, now);
        self.prove(core, now);
        self.execute_due(u64::MAX, core, now);
    }
}

/// Batches are paid out.
pub(super) fn executed(
    receipt: &Receipt<Tag>,
    [first, last]: [u64; 2],
    core: &mut Core,
    rows: &mut dyn Rows,
) {
    for number in first..=last {
        let Some(batch) = core.batches.get_mut(&number) else { continue };
        core.bridge.execute(batch).expect("R6: batches are paid out once, in order, proven");
        batch.executed = Some(receipt.seen);
    }
    core.charge(receipt, [first, last], Stage::Execute, 0, false);
    for number in first..=last {
        core.finish_batch(number, rows);
    }
}
