//! What all systems of a run share: the budget of threads, where output goes, who watches.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::ids::SystemName;
use crate::outcome::Outcome;
use crate::prices::Prices;
use crate::report::{Names, WriterOptions};
use crate::rows::PaymentRow;
use crate::system::{Control, Progress, Span};
use crate::workload::Workload;

/// Where the files of a run go.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// The folder of the run.
    pub dir: &'a Path,
    /// What to write.
    pub options: WriterOptions,
    /// The event log, outside the folder; with several systems their names are added.
    pub trace: Option<&'a Path>,
}

/// Watches the systems, from their threads, and may stop the run.
pub type Watch<'a> = dyn Fn(SystemName, Progress, Counts) -> Control + Sync + 'a;

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

impl Counts {
    pub(super) fn payment(&mut self, row: &PaymentRow) {
        self.ended += 1;
        self.searches += u64::from(row.searches);
        self.settled += u64::from(row.outcome == Outcome::Settled);
    }
}

/// What all systems of a run share.
pub(super) struct Shared<'a> {
    pub(super) watch: &'a Watch<'a>,
    pub(super) workload: &'a Workload,
    pub(super) names: &'a Arc<Names>,
    /// What a reader of the figures should know.
    pub(super) notes: &'a [String],
    pub(super) span: Span,
    pub(super) prices: Prices,
    pub(super) output: Option<Output<'a>>,
    /// Whether more than one system is run.
    pub(super) several: bool,
    /// Systems at work.
    pub(super) running: AtomicUsize,
    pub(super) failed: AtomicBool,
}

impl Shared<'_> {
    /// Whether a system has failed, so that the others need not go on.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// What is left of the threads for one system beside those that other systems run on.
    pub(super) fn free_threads(&self, of: usize) -> usize {
        let others = self.running.load(Ordering::Relaxed).saturating_sub(1);
        of.saturating_sub(others).max(1)
    }
}
