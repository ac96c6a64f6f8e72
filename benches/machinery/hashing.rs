//! What is hashed: every event, every lock, every file.

use divan::{Bencher, black_box};
use leyden::engine::{Fingerprint, Seeds};
use sha2::{Digest, Sha256};

#[divan::bench(sample_size = 1_000)]
fn fingerprint_of_an_event(bencher: Bencher) {
    let mut print = Fingerprint::default();
    bencher.bench_local(|| print.absorb(black_box(12), 3, black_box(45), 678));
}

#[divan::bench(sample_size = 1_000)]
fn lock_of_a_preimage(bencher: Bencher) {
    let mut source = Seeds::new(1, 0).stream("preimages");
    bencher.with_inputs(|| source.bytes()).bench_local_values(Sha256::digest);
}
