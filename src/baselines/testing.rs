//! What tests of baselines share: a recorder of rows, demands, a run.

use crate::baselines::Surroundings;
use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::rows::{
    AttemptRow, BlockRow, ChannelRow, NodeRow, PaymentRow, ResourceRow, Rows, Sample, SystemRow,
    Told,
};
use crate::system::{Control, Observer, PaymentSystem, Progress, Running, Span, drive};
use crate::units::{Msat, Prices, SimDuration, SimTime};
use crate::workload::{Accounts, Demand};

/// Nanoseconds in a day.
pub(super) const DAY: u64 = 86_400 * 1_000_000_000;

/// Keeps rows.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) payments: Vec<PaymentRow>,
    pub(super) told: Vec<Told>,
    pub(super) blocks: Vec<BlockRow>,
    pub(super) resources: Vec<(&'static str, f64)>,
    pub(super) system: Option<SystemRow>,
}

impl Rows for Recorder {
    fn offered(&mut self, _at: SimTime, _amount: Msat) {}
    fn told(&mut self, told: &Told) {
        self.told.push(*told);
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
    fn resource(&mut self, row: &ResourceRow) {
        self.resources.push((row.resource, row.utilisation));
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

/// Accounts with these balances, no warm-up, default prices.
pub(super) fn surroundings(balances: Option<Vec<Msat>>) -> Surroundings {
    Surroundings {
        accounts: Accounts::new(balances),
        warmup: SimTime::ZERO,
        prices: Prices::default(),
        seeds: Seeds::new(3, 0),
    }
}

/// A demand; times in nanoseconds, amounts in millisatoshis.
pub(super) fn pay(id: u64, payer: u32, payee: u32, amount: u64, at: u64) -> Demand {
    Demand { id, payer: NodeId(payer), payee: NodeId(payee), amount: Msat(amount), at: SimTime(at) }
}

/// Runs for at most so many days, all invariants checked after every step if `checked`.
pub(super) fn run<S: PaymentSystem>(
    system: S,
    demands: &[Demand],
    days: u64,
    checked: bool,
) -> (S, Recorder) {
    let span = Span {
        sample_every: SimDuration(DAY),
        end: SimTime(days * DAY),
        check_each: checked,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(system, span);
    let mut demands = demands.iter().copied();
    drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    (running.system, recorder)
}
