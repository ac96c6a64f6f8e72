//! What one sender remembers, with so many records.

use divan::Bencher;
use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden::routing::{Beliefs, LndParams};
use leyden::units::{Msat, SimDuration, SimTime};

const RECORDS: [u32; 3] = [10, 100, 1_000];

/// Pairs over the nodes of a network of 2,000.
fn pair(number: u64) -> (NodeId, NodeId) {
    let mut draw = Seeds::new(5, 0).draws("pairs").at(number, 0);
    let mut node = || NodeId(u32::try_from(draw.below(2_000)).unwrap());
    (node(), node())
}

fn full(records: u32) -> (Beliefs, Vec<(NodeId, NodeId)>) {
    let params = LndParams { beliefs_per_sender: records, ..LndParams::default() };
    let mut beliefs = Beliefs::lnd(&params);
    let mut pairs = Vec::new();
    for number in 0_u64.. {
        if beliefs.len() == records as usize {
            break;
        }
        let (from, to) = pair(number);
        let at = SimTime::ZERO + SimDuration::from_secs(1) * number;
        beliefs.success(from, to, Msat(1_000 + number), at);
        pairs.push((from, to));
    }
    (beliefs, pairs)
}

#[divan::bench(args = RECORDS, sample_size = 1_000)]
fn look_up(bencher: Bencher, records: u32) {
    let (beliefs, pairs) = full(records);
    let mut asked = pairs.iter().cycle();
    bencher
        .with_inputs(|| *asked.next().unwrap())
        .bench_local_values(|(from, to)| beliefs.pair(from, to));
}

#[divan::bench(args = RECORDS, sample_size = 1_000)]
fn learn_a_known_pair(bencher: Bencher, records: u32) {
    let (mut beliefs, pairs) = full(records);
    let (mut asked, mut now) = (pairs.iter().cycle(), SimTime(u64::from(records) << 32));
    bencher.with_inputs(|| *asked.next().unwrap()).bench_local_values(|(from, to)| {
        now = now + SimDuration::from_secs(61);
        beliefs.failure(from, to, Msat(500), now);
    });
}

/// The memory is full: the oldest record goes.
#[divan::bench(args = RECORDS, sample_size = 1_000)]
fn learn_a_new_pair(bencher: Bencher, records: u32) {
    let (mut beliefs, pairs) = full(records);
    let (mut number, mut now) = (pairs.len() as u64, SimTime(u64::from(records) << 32));
    let next = || {
        number += 1;
        pair(number)
    };
    bencher.with_inputs(next).bench_local_values(|(from, to)| {
        now = now + SimDuration::from_secs(1);
        beliefs.success(from, to, Msat(500), now);
    });
}
