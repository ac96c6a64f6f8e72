//! Every row of one system to its files and to its summary.

use std::fmt;

use crate::engine::Fingerprint;
use crate::ids::SystemName;
use crate::metrics::Summary;
use crate::outcome::Outcome;
use crate::report::{RunWriter, Trace};
use crate::rows::{
    Acknowledgement, AttackRow, AttemptRow, BatchRow, BlockRow, ChannelRow, ClosureRow,
    EthereumBlockRow, LossRow, NodeRow, OpenedRow, PaymentRow, ResourceRow, Rows, Sample,
    SystemRow, TowerRow,
};
use crate::simulation::execute::Shared;
use crate::system::{Control, Observer, Progress};
use crate::units::{Msat, SimTime};

/// Payments that have ended so far, for whoever watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Payments settled.
    pub settled: u64,
    /// Payments ended.
    pub ended: u64,
    /// Path searches of payments ended.
    pub searches: u64,
}

/// Passes every row on, and counts.
pub(super) struct Tee<'a> {
    pub(super) system: SystemName,
    /// `None`: nothing is written.
    pub(super) writer: Option<RunWriter>,
    /// The event log, if one is written.
    pub(super) trace: Option<Trace>,
    pub(super) summary: Summary,
    pub(super) counts: Counts,
    pub(super) shared: &'a Shared<'a>,
}

impl Tee<'_> {
    /// Hands a row to both.
    fn each(&mut self, hand: impl Fn(&mut dyn Rows)) {
        if let Some(writer) = &mut self.writer {
            hand(writer);
        }
        hand(&mut self.summary);
    }
}

impl Rows for Tee<'_> {
    fn offered(&mut self, at: SimTime, amount: Msat) {
        self.each(|rows| rows.offered(at, amount));
    }
    fn acknowledged(&mut self, row: &Acknowledgement) {
        self.each(|rows| rows.acknowledged(row));
    }
    fn payment(&mut self, row: &PaymentRow) {
        self.counts.ended += 1;
        self.counts.searches += u64::from(row.searches);
        self.counts.settled += u64::from(row.outcome == Outcome::Settled);
        self.each(|rows| rows.payment(row));
    }
    fn attempt(&mut self, row: &AttemptRow<'_>) {
        self.each(|rows| rows.attempt(row));
    }
    fn sample(&mut self, state: &Sample) {
        self.each(|rows| rows.sample(state));
    }
    fn channel(&mut self, row: &ChannelRow) {
        self.each(|rows| rows.channel(row));
    }
    fn node(&mut self, row: &NodeRow) {
        self.each(|rows| rows.node(row));
    }
    fn ethereum_block(&mut self, row: &EthereumBlockRow) {
        self.each(|rows| rows.ethereum_block(row));
    }
    fn batch(&mut self, row: &BatchRow) {
        self.each(|rows| rows.batch(row));
    }

    fn closure(&mut self, row: &ClosureRow) {
        self.each(|rows| rows.closure(row));
    }
    fn loss(&mut self, row: &LossRow) {
        self.each(|rows| rows.loss(row));
    }
    fn opened(&mut self, row: &OpenedRow<'_>) {
        self.each(|rows| rows.opened(row));
    }
    fn block(&mut self, row: &BlockRow) {
        self.each(|rows| rows.block(row));
    }
    fn attack(&mut self, row: &AttackRow<'_>) {
        self.each(|rows| rows.attack(row));
    }
    fn towers(&mut self, row: &TowerRow) {
        self.each(|rows| rows.towers(row));
    }
    fn resource(&mut self, row: &ResourceRow) {
        self.each(|rows| rows.resource(row));
    }
    fn system(&mut self, row: &SystemRow) {
        self.each(|rows| rows.system(row));
    }
}

impl Observer for Tee<'_> {
    /// A run whose output cannot be written stops early, and so do the others when one has failed.
    fn watch(&mut self, progress: Progress) -> Control {
        let lost = self.writer.as_ref().is_some_and(RunWriter::failed)
            || self.trace.as_ref().is_some_and(Trace::failed);
        if lost || self.shared.has_failed() {
            return Control::Stop;
        }
        (self.shared.watch)(self.system, progress, self.counts)
    }

    fn free_threads(&self, of: usize) -> usize {
        self.shared.free_threads(of)
    }

    fn traces(&self) -> bool {
        self.trace.is_some()
    }

    fn step(&mut self, at: SimTime, step: &dyn fmt::Debug, fingerprint: &Fingerprint) {
        if let Some(trace) = &mut self.trace {
            trace.step(at, step, fingerprint);
        }
    }
}
