//! One event comes out and one goes in, while so many wait.

use divan::Bencher;
use leyden::engine::{EventQueue, Seeds};
use leyden::ids::PartId;
use leyden::lightning::{Event, HtlcEvent};
use leyden::units::{SimDuration, SimTime};

const WAITING: [usize; 3] = [100, 10_000, 1_000_000];

fn event(number: u64) -> Event {
    Event::Htlc(HtlcEvent::Answered { part: PartId(u32::try_from(number >> 32).unwrap()) })
}

#[divan::bench(args = WAITING, sample_size = 1_000)]
fn messages(bencher: Bencher, waiting: usize) {
    hold(bencher, waiting, EventQueue::push);
}

#[divan::bench(args = WAITING, sample_size = 1_000)]
fn timers(bencher: Bencher, waiting: usize) {
    hold(bencher, waiting, |queue, at, event| {
        queue.push_timer(at, event);
    });
}

fn hold(bencher: Bencher, waiting: usize, push: impl Fn(&mut EventQueue<Event>, SimTime, Event)) {
    let mut draws = Seeds::new(1, 0).stream("delays");
    let mut queue = EventQueue::default();
    let mut delay = || SimDuration(draws.bits() >> 32);
    for number in 0..waiting {
        push(&mut queue, SimTime::ZERO + delay(), event(number as u64));
    }
    bencher.with_inputs(delay).bench_local_values(|delay| {
        let (now, event) = queue.pop().unwrap();
        push(&mut queue, now + delay, event);
    });
}
