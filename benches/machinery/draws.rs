//! Random numbers.

use divan::{Bencher, black_box};
use leyden::engine::Seeds;

/// The first draw of an entity at a step.
#[divan::bench(sample_size = 1_000)]
fn keyed(bencher: Bencher) {
    let draws = Seeds::new(1, 0).draws("latency");
    let mut entity = 0;
    bencher.bench_local(|| {
        entity += 1;
        draws.at(black_box(entity), 3).bits()
    });
}

/// The next draw of a stored stream.
#[divan::bench(sample_size = 1_000)]
fn stored(bencher: Bencher) {
    let mut source = Seeds::new(1, 0).stream("arrivals");
    bencher.bench_local(|| source.bits());
}

#[divan::bench(sample_size = 1_000)]
fn exponential(bencher: Bencher) {
    let mut source = Seeds::new(1, 0).stream("arrivals");
    bencher.bench_local(|| source.exponential());
}

#[divan::bench(sample_size = 1_000)]
fn normal(bencher: Bencher) {
    let mut source = Seeds::new(1, 0).stream("latency");
    bencher.bench_local(|| source.normal());
}
