//! What unit tests of systems share: an observer that keeps what a system reports, and a run to the end.

use crate::rows::{
    AcknowledgedRow, BatchRow, BlockRow, EthereumBlockRow, PaymentRow, ResourceRow, Row, Rows,
    Sample, SystemRow,
};
use crate::system::{Control, Observer, PaymentSystem, Progress, Running, Span, drive};
use crate::workload::Demand;

/// Keeps what a system reports.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) acknowledged: Vec<AcknowledgedRow>,
    pub(crate) blocks: Vec<BlockRow>,
    pub(crate) ethereum_blocks: Vec<EthereumBlockRow>,
    pub(crate) batches: Vec<BatchRow>,
    pub(crate) resources: Vec<ResourceRow>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) system: Option<SystemRow>,
}

impl Rows for Recorder {
    fn record(&mut self, row: Row<'_>) {
        match row {
            Row::Acknowledged(row) => self.acknowledged.push(*row),
            Row::Payment(row) => self.payments.push(*row),
            Row::Block(row) => self.blocks.push(*row),
            Row::EthereumBlock(row) => self.ethereum_blocks.push(*row),
            Row::Batch(row) => self.batches.push(*row),
            Row::Resource(row) => self.resources.push(*row),
            Row::Sample(row) => self.samples.push(*row),
            Row::System(row) => self.system = Some(*row),
            _ => {}
        }
    }
}

impl Observer for Recorder {
    fn watch(&mut self, _progress: Progress) -> Control {
        Control::Continue
    }
}

/// Runs demands over a system to the end: the system, what it reported, the fingerprint.
pub(crate) fn run<S: PaymentSystem>(
    system: S,
    demands: impl IntoIterator<Item = Demand>,
    span: Span,
) -> (S, Recorder, String) {
    let mut recorder = Recorder::default();
    let mut running = Running::new(system, span);
    drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    (running.system, recorder, running.fingerprint.to_string())
}
