//! What becomes of the row of a payment.

use divan::Bencher;
use leyden::ids::SystemName;
use leyden::lightning::{Lightning, World};
use leyden::metrics::Summary;
use leyden::report::{self, RunWriter, WriterOptions};
use leyden::rows::{PaymentRow, Row, Rows, Window};
use leyden::simulation::Setup;
use leyden::system::{Control, Observer, Progress, Running, drive};
use leyden::units::SimTime;

use crate::prepared;

/// Keeps the payments of a run.
#[derive(Default)]
struct Kept(Vec<PaymentRow>);

impl Rows for Kept {
    fn record(&mut self, row: Row<'_>) {
        if let Row::Payment(row) = row {
            self.0.push(*row);
        }
    }
}

impl Observer for Kept {
    fn watch(&mut self, _: Progress) -> Control {
        Control::Continue
    }
}

/// The rows of 2,000 payments, in the order in which they ended.
fn payments(setup: &Setup) -> Vec<PaymentRow> {
    let params = setup.scenario.lightning.clone();
    let world = World::new(setup.network.clone(), &params);
    let price = setup.scenario.prices.btc_usd;
    let balances = setup.balances.clone();
    let system = Lightning::new(params, world, balances, SimTime::ZERO, price, setup.seeds);
    let mut kept = Kept::default();
    let mut running = Running::new(system, setup.span);
    drive(&mut running, &mut setup.workload.iter(), setup.span, u64::MAX, &mut kept).unwrap();
    assert!(kept.0.len() > 1_900, "only {} payments ended", kept.0.len());
    kept.0
}

#[divan::bench(sample_size = 100)]
fn to_csv(bencher: Bencher) {
    let setup = prepared(2_000);
    let rows = payments(&setup);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("run");
    report::prepare_folder(&dir, false).unwrap();
    let (name, options) = (SystemName::Lightning, WriterOptions::default());
    let mut writer = RunWriter::create(&dir, name, setup.names.clone(), options).unwrap();
    let mut next = rows.iter().cycle();
    bencher
        .with_inputs(|| next.next().unwrap())
        .bench_local_values(|row| writer.record(Row::Payment(row)));
    assert!(!writer.failed() && writer.abandon().is_none());
}

#[divan::bench(sample_size = 100)]
fn to_the_summary(bencher: Bencher) {
    let setup = prepared(2_000);
    let rows = payments(&setup);
    let window = Window { from: SimTime::ZERO, ..setup.span.window };
    let mut summary = Summary::new(window, setup.scenario.prices);
    let mut next = rows.iter().cycle();
    bencher
        .with_inputs(|| next.next().unwrap())
        .bench_local_values(|row| summary.record(Row::Payment(row)));
}
