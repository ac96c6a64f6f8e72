//! Whole runs of the quickstart with so many payments, made ready beforehand.

use divan::Bencher;
use divan::counter::ItemsCount;
use leyden::ids::SystemName;
use leyden::report::WriterOptions;
use leyden::simulation::{self, Counts, Output};
use leyden::system::{Control, Progress};

use crate::prepared;

const PAYMENTS: [u64; 2] = [1_000, 4_000];

fn go_on(_: SystemName, _: Progress, _: Counts) -> Control {
    Control::Continue
}

#[divan::bench(args = PAYMENTS, sample_count = 10, sample_size = 1)]
fn without_files(bencher: Bencher, payments: u64) {
    bencher
        .counter(ItemsCount::new(payments))
        .with_inputs(|| prepared(payments))
        .bench_local_values(|setup| simulation::run(setup, None, &go_on).unwrap());
}

#[divan::bench(args = PAYMENTS, sample_count = 10, sample_size = 1)]
fn with_files(bencher: Bencher, payments: u64) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("run");
    let options = WriterOptions { attempts: false, force: true };
    bencher
        .counter(ItemsCount::new(payments))
        .with_inputs(|| prepared(payments))
        .bench_local_values(|setup| {
            let output = Output { dir: &dir, options, trace: None };
            simulation::run(setup, Some(output), &go_on).unwrap()
        });
}
