//! Every row of one system to its files and to its summary.

use std::fmt;

use crate::engine::Fingerprint;
use crate::ids::SystemName;
use crate::metrics::Summary;
use crate::report::{RunWriter, Trace};
use crate::rows::{Row, Rows};
use crate::simulation::shared::{Counts, Shared};
use crate::system::{Control, Observer, Progress};
use crate::units::SimTime;

/// Passes every row on to all that take it, and counts payments.
pub(super) struct FanOut<'a> {
    pub(super) system: SystemName,
    /// `None`: nothing is written.
    pub(super) writer: Option<RunWriter>,
    /// The event log, if one is written.
    pub(super) trace: Option<Trace>,
    pub(super) summary: Summary,
    pub(super) counts: Counts,
    pub(super) shared: &'a Shared<'a>,
}

impl Rows for FanOut<'_> {
    fn record(&mut self, row: Row<'_>) {
        if let Row::Payment(row) = row {
            self.counts.payment(row);
        }
        if let Some(writer) = &mut self.writer {
            writer.record(row);
        }
        self.summary.record(row);
    }
}

impl Observer for FanOut<'_> {
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
