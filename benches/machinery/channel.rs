//! One HTLC over one channel, from its offer until its removal is locked in.

use divan::Bencher;
use leyden::channel::{Add, Batching, Channels, DanceEvent, Link, Rules, Terms};
use leyden::engine::{EventQueue, Within};
use leyden::ids::{ChannelId, DirectedChannel, Side};
use leyden::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime};
use sha2::{Digest, Sha256};

struct Constant;

impl Link for Constant {
    fn delay(&mut self, _: DirectedChannel, _: SimTime) -> SimDuration {
        SimDuration::from_millis(50)
    }
    fn sign(&mut self, _: DirectedChannel, _: u32, at: SimTime) -> SimTime {
        at
    }
    fn verify(&mut self, _: DirectedChannel, _: u32, at: SimTime) -> SimTime {
        at
    }
}

/// 1,000,000 sat with anchors, and the limits that lnd sets.
fn terms() -> Terms {
    Terms {
        capacity: Sat(1_000_000),
        reserve: [Sat(10_000); 2],
        dust_limit: [Sat(354); 2],
        max_accepted_htlcs: [483; 2],
        max_htlc_value_in_flight: [Msat(1_000_000_000); 2],
        htlc_minimum: [Msat(1); 2],
        max_dust_exposure: [Msat(500_000_000); 2],
        opener: Side::One,
        anchors: true,
        feerate: FeeRate(2_500),
        batching: [Batching::default(); 2],
    }
}

fn drain(channels: &mut Channels, queue: &mut EventQueue<DanceEvent>, now: &mut SimTime) {
    let mut locked = Vec::new();
    while let Some((at, event)) = queue.pop() {
        *now = at;
        let schedule = &mut Within::new(at, queue, |event| event);
        channels.handle(event, &mut Constant, schedule, &mut locked);
    }
}

#[divan::bench(sample_size = 1_000)]
fn at_once(bencher: Bencher) {
    htlc(bencher, false);
}

#[divan::bench(sample_size = 1_000)]
fn with_the_dance(bencher: Bencher) {
    htlc(bencher, true);
}

fn htlc(bencher: Bencher, dance: bool) {
    let mut channels = Channels::new(Rules { limits: true, dance });
    channels.open(terms(), [Msat(500_000_000); 2]);
    let (mut queue, mut now) = (EventQueue::default(), SimTime::ZERO);
    let preimage = [7; 32];
    let lock = Sha256::digest(preimage).into();
    let mut sender = Side::One;
    bencher.bench_local(|| {
        // There and back, so that the balances last.
        sender = sender.other();
        let add = Add { amount: Msat(10_000_000), lock, cltv_expiry: BlockHeight(800_000), tag: 0 };
        let direction = DirectedChannel::new(ChannelId(0), sender);
        let schedule = &mut Within::new(now, &mut queue, |event| event);
        let id = channels.offer(direction, add, schedule).unwrap();
        drain(&mut channels, &mut queue, &mut now);
        let schedule = &mut Within::new(now, &mut queue, |event| event);
        channels.fulfill(id, &preimage, schedule).unwrap();
        drain(&mut channels, &mut queue, &mut now);
    });
}
