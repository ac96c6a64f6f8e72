//! What unit tests of systems share: an observer that keeps what a system reports, and a run to the end.

use crate::rows::{
    Acknowledgement, AttemptRow, BatchRow, BlockRow, ChannelRow, EthereumBlockRow, NodeRow,
    PaymentRow, ResourceRow, Rows, Sample, SystemRow,
};
use crate::system::{Control, Observer, PaymentSystem, Progress, Running, Span, drive};
use crate::units::{Msat, SimTime};
use crate::workload::Demand;

/// Keeps what a system reports.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) acknowledged: Vec<Acknowledgement>,
    pub(crate) blocks: Vec<BlockRow>,
    pub(crate) ethereum_blocks: Vec<EthereumBlockRow>,
    pub(crate) batches: Vec<BatchRow>,
    pub(crate) resources: Vec<ResourceRow>,
    pub(crate) system: Option<SystemRow>,
}

impl Rows for Recorder {
    fn offered(&mut self, _at: SimTime, _amount: Msat) {}
    fn acknowledged(&mut self, row: &Acknowledgement) {
        self.acknowledged.push(*row);
    }
    fn payment(&mut self, row: &PaymentRow) {
        self.payments.push(*row);
    }
    fn attempt(&mut self, _row: &AttemptRow<'_>) {}
    fn sample(&mut self, _state: &Sample) {}
    fn channel(&mut self, _row: &ChannelRow) {}
    fn node(&mut self, _row: &NodeRow) {}
    fn block(&mut self, row: &BlockRow) {
        self.blocks.push(*row);
    }
    fn ethereum_block(&mut self, row: &EthereumBlockRow) {
        self.ethereum_blocks.push(*row);
    }
    fn batch(&mut self, row: &BatchRow) {
        self.batches.push(*row);
    }
    fn resource(&mut self, row: &ResourceRow) {
        self.resources.push(*row);
    }
    fn system(&mut self, row: &SystemRow) {
        self.system = Some(*row);
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
