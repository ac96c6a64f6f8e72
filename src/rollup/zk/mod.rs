//! The ZK-rollup: a batch counts when the chain has verified its proof.
//!
//! Follow a payment: [`operator`](super::operator) executes it and tells the payee → its batch is closed →
//! `pipeline` commits the data and generates the witness → `provers` prove → the chain verifies → the
//! batch is paid out and its verification becomes final, which is when the payment's row is written.
//!
//! A proof stands for work and time; what it attests has really been checked, by the second implementation
//! ([`Replayer::verify`](super::Replayer::verify)), when the batch was closed.
//!
//! When the operator ignores a request on the chain for too long, the contract freezes, everything
//! that was not executed is taken back, and every account leaves with one transaction.
//!
//! Not simulated: upgrades of the contract, several operators, users whose data is not on the chain.

mod joint;
mod pipeline;
mod provers;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{EthereumEvent, Receipt};
use crate::engine::Within;
use crate::ids::SystemName;
use crate::rollup::core::{Core, CoreOutput, RollupWorld};
use crate::rollup::events::{CoreEvent, Tag, ZkEvent};
use crate::rollup::expected::{ExpectedBatches, HEADER};
use crate::rollup::params::ZkParams;
use crate::rollup::pricing::{Prior, Share};
use crate::rollup::transactions::PROOF;
use crate::rollup::zk::pipeline::Pipeline;
use crate::rollup::zk::provers::Provers;
use crate::rows::{RollupSample, Row, Sample};
use crate::system::{Broken, Cx, PaymentSystem};
use crate::units::SimTime;
use crate::workload::Demand;

/// The ZK-rollup.
#[derive(Debug, Serialize, Deserialize)]
pub struct ZkRollup {
    core: Core,
    pipeline: Pipeline,
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, ZkEvent>;

impl ZkRollup {
    /// A rollup before its first payment.
    pub fn new(params: ZkParams, world: RollupWorld) -> Self {
        let provers = Provers::new(&params, world.seeds);
        let (seeds, prior) = (world.seeds, prior(&params, &world));
        let core = Core::new(params.operator.clone(), world, &prior);
        let pipeline = Pipeline::new(params, provers, seeds);
        Self { core, pipeline }
    }

    fn core_event(&mut self, event: CoreEvent, cx: &mut Context<'_>) {
        let mut outputs = Vec::new();
        let mut schedule = Within::new(cx.now, cx.queue, ZkEvent::Core);
        self.core.handle(event, &mut schedule, cx.rows, &mut outputs);
        if event == CoreEvent::Chain(EthereumEvent::Slot) {
            self.core.quote(cx.now);
        }
        for output in outputs {
            self.on_output(output, cx);
        }
    }

    fn on_output(&mut self, output: CoreOutput, cx: &mut Context<'_>) {
        let Self { core, pipeline, .. } = self;
        let mut schedule = Within::new(cx.now, cx.queue, |event| event);
        match output {
            CoreOutput::Sealed(number) => pipeline.sealed(number, core, &mut schedule),
            CoreOutput::Included(receipt) => self.included(&receipt, cx),
            CoreOutput::Final(Tag::Prove { first, last } | Tag::Settle { first, last }) => {
                if !pipeline.is_final(first) {
                    return;
                }
                for number in first..=last {
                    if let Some(batch) = core.batches.get_mut(&number) {
                        batch.final_at = Some(cx.now);
                        core.finish_batch(number, cx.rows);
                    }
                }
            }
            CoreOutput::Final(_) => {}
            CoreOutput::Resumed => pipeline.resume(core, cx.now),
            CoreOutput::Overdue => {
                let [_, _, executed] = core.bridge.progress();
                core.freeze(executed, cx.now, cx.rows);
            }
        }
    }

    fn included(&mut self, receipt: &Receipt<Tag>, cx: &mut Context<'_>) {
        let Self { core, pipeline, .. } = self;
        if core.bridge.frozen.is_some() {
            return; // A frozen contract reverts them.
        }
        let mut schedule = Within::new(cx.now, cx.queue, |event| event);
        match receipt.tag {
            Tag::Commit { first, last } => pipeline.committed(receipt, [first, last], core),
            Tag::Prove { first, last } => {
                pipeline.verified(receipt, [first, last], core, &mut schedule);
            }
            Tag::Settle { first, last } => {
                pipeline.settled(receipt, [first, last], core, cx.rows);
            }
            Tag::Execute { first, last } => {
                pipeline::executed(receipt, [first, last], core, cx.rows);
            }
            Tag::Assert(_) | Tag::Move(_) | Tag::Deposit(_) | Tag::Exit(_) | Tag::Escape(_) => {}
        }
    }
}

impl PaymentSystem for ZkRollup {
    const NAME: SystemName = SystemName::ZkRollup;
    type Event = ZkEvent;

    fn start(&mut self, cx: &mut Context<'_>) {
        self.core.start(&mut cx.within(ZkEvent::Core));
        self.core.quote(cx.now);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.core.submitted, demand.amount.get());
        let mut schedule = Within::new(cx.now, cx.queue, ZkEvent::Core);
        self.core.submit(demand, &mut schedule, cx.rows);
        self.core.note_capital(0, cx.now);
    }

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, event: ZkEvent, cx: &mut Context<'_>) {
        let (kind, entity) = event.fingerprint();
        cx.fingerprint.absorb(cx.now.nanos(), kind, entity, self.core.operator.open.fees.get());
        let Self { core, pipeline, .. } = self;
        let mut schedule = Within::new(cx.now, cx.queue, |event| event);
        match event {
            ZkEvent::Core(event) => self.core_event(event, cx),
            ZkEvent::CommitDue(number) => pipeline.commit_due(number, core, cx.now),
            ZkEvent::Witnessed(number) => pipeline.witnessed(number, core, &mut schedule),
            ZkEvent::Proved(job) => pipeline.proved(job, core, &mut schedule),
            ZkEvent::Lost(job) => pipeline.lost(job, core, &mut schedule),
            ZkEvent::JoinDue(first) => pipeline.join_due(first, core, &mut schedule),
            ZkEvent::Executable { first, last } => {
                pipeline.executable([first, last], core, &mut schedule);
            }
            ZkEvent::ExecuteDue(number) => pipeline.execute_due(number, core, cx.now),
        }
        self.core.note_capital(0, cx.now);
    }

    fn sample(&mut self, out: &mut Sample) {
        let provers_busy = Some(self.pipeline.provers.busy());
        out.rollup = Some(RollupSample { provers_busy, ..self.core.sample() });
    }

    fn check_size(&self) -> usize {
        self.core.check_size()
    }

    fn check(&self) -> Result<(), Broken> {
        self.core.check()
    }

    fn rebuild(&mut self) {
        self.core.operator.rebuild(std::iter::empty());
    }

    fn window_begins(&mut self, cx: &mut Context<'_>) {
        self.core.note_capital(0, cx.now);
        self.core.window_begins(cx.now);
        self.pipeline.window_begins(cx.now);
    }

    fn window_ends(&mut self, cx: &mut Context<'_>) {
        self.core.report_resources(cx.now, cx.rows);
        for resource in self.pipeline.resources(cx.now) {
            cx.rows.record(Row::Resource(&resource));
        }
        let trust = "nobody with the money; the operator's word until a proof is final";
        self.core.report_system((trust, "payer and operator"), cx.now, cx.rows);
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        self.core.finish(cx.now, cx.rows);
    }
}

/// What a batch is expected to need: its share of the transactions that commit, prove and execute.
fn prior(params: &ZkParams, world: &RollupWorld) -> Prior {
    let ZkParams { operator, prover, .. } = params;
    let expected = ExpectedBatches::new(operator, world.expected_rate);
    let fork = world.ethereum.fork.at(SimTime::ZERO);
    let committed = expected.together(params.commit_within, params.commit_batches);
    let executed = expected.together(params.execute_within, params.execute_batches);
    let proof = PROOF.transaction_gas(operator.gas.verify, fork);
    let execution = HEADER.transaction_gas(operator.gas.execute_batch, fork);
    let proving_usd = prover.usd(prover.time(1_000)) / 1_000.0;
    if params.one_transaction {
        let share = joint::expected_share(params, &expected, fork);
        let shares = [share, Share::default(), Share::default()];
        let ExpectedBatches { size, every_s, most } = expected;
        return Prior { size, every_s, most, shares, proving_usd };
    }
    Prior {
        size: expected.size,
        every_s: expected.every_s,
        most: expected.most,
        shares: [
            expected.commit_share(committed, operator, fork),
            ExpectedBatches::share(proof, f64::from(params.aggregate)),
            ExpectedBatches::share(execution, executed),
        ],
        proving_usd,
    }
}
