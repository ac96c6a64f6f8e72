//! What tests of baselines share: demands, a run.

use crate::baselines::common::BaselineWorld;
use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::prices::Prices;
use crate::rows::Window;
use crate::system::testing::Recorder;
use crate::system::{PaymentSystem, Span, testing};
use crate::units::{Msat, SimDuration, SimTime};
use crate::workload::{Accounts, Demand};

/// Nanoseconds in a day.
pub(super) const DAY: u64 = 86_400 * 1_000_000_000;

/// Accounts with these balances, no warm-up, default prices.
pub(super) fn baseline_world(balances: Option<Vec<Msat>>) -> BaselineWorld {
    BaselineWorld {
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
        window: Window { from: SimTime::ZERO, to: SimTime(days * DAY) },
        end: SimTime(days * DAY),
        check_each: checked,
        threads: 1,
    };
    let (system, recorder, _) = testing::run(system, demands.iter().copied(), span);
    (system, recorder)
}
