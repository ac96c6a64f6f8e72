//! How often invariants are checked, and what a message says of it.

use serde::{Deserialize, Serialize};

use crate::ids::SystemName;
use crate::rows::{Sample, Window};
use crate::system::testing::Recorder;
use crate::system::{Broken, Cx, PaymentSystem, Running, Span, Stopped, drive};
use crate::units::{SimDuration, SimTime};
use crate::workload::Demand;

const SECOND: SimDuration = SimDuration::from_secs(1);

/// An event a second; from the sixth on an invariant is broken.
#[derive(Serialize, Deserialize)]
struct Clock {
    size: usize,
    events: u64,
}

impl PaymentSystem for Clock {
    const NAME: SystemName = SystemName::Lightning;
    type Event = ();

    fn start(&mut self, cx: &mut Cx<'_, ()>) {
        cx.queue.push(cx.now + SECOND, ());
    }

    fn submit(&mut self, _demand: &Demand, _cx: &mut Cx<'_, ()>) {}

    fn prepare(&mut self, _upcoming: &[Demand], _threads: usize) {}

    fn handle(&mut self, (): (), cx: &mut Cx<'_, ()>) {
        self.events += 1;
        cx.queue.push(cx.now + SECOND, ());
    }

    fn sample(&mut self, _out: &mut Sample) {}

    fn check(&self) -> Result<(), Broken> {
        if self.events < 6 {
            return Ok(());
        }
        Err(Broken { invariant: "clock", detail: "six".to_owned() })
    }

    fn check_size(&self) -> usize {
        self.size
    }

    fn window_begins(&mut self, _cx: &mut Cx<'_, ()>) {}

    fn window_ends(&mut self, _cx: &mut Cx<'_, ()>) {}

    fn rebuild(&mut self) {}

    fn finish(&mut self, _cx: &mut Cx<'_, ()>) {}
}

/// When a world of so many things is seen to be broken, and what is said.
fn noticed(size: usize, check_each: bool) -> Option<(u64, String)> {
    let end = SimTime::ZERO + SimDuration::from_secs(20);
    let window = Window { from: SimTime::ZERO, to: end };
    let span =
        Span { sample_every: SimDuration::from_secs(1 << 30), window, end, check_each, threads: 1 };
    let mut running = Running::new(Clock { size, events: 0 }, span);
    let none = &mut std::iter::empty();
    match drive(&mut running, none, span, u64::MAX, &mut Recorder::default()) {
        Err(Stopped::Broken { broken, at }) => Some((at.nanos() / SECOND.get(), broken.detail)),
        _ => None,
    }
}

#[test]
fn a_small_world_is_checked_after_every_step_and_a_large_one_less_often() {
    for size in [0, 1, 512] {
        assert_eq!(noticed(size, true), Some((6, "six".to_owned())), "{size}");
    }
    // Every fourth event: after the fourth all held.
    let late = "six; 4 steps before all invariants held".to_owned();
    assert_eq!(noticed(4 * 512, true), Some((8, late)));
    assert_eq!(noticed(1, false), None);
}

#[test]
fn what_no_check_saw_on_the_way_is_seen_at_the_end() {
    let end = SimTime::ZERO + SimDuration::from_secs(20);
    let window = Window { from: SimTime::ZERO, to: end };
    let span = Span { sample_every: SECOND, window, end, check_each: true, threads: 1 };
    let mut running = Running::new(Clock { size: 1 << 20, events: 0 }, span);
    let mut rows = Recorder::default();
    assert_eq!(drive(&mut running, &mut std::iter::empty(), span, u64::MAX, &mut rows), Ok(true));
    assert!(matches!(running.finish(&mut rows), Err(Stopped::Broken { .. })));
}
