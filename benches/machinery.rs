//! Time of what a run does beside searching.
//!
//!     cargo bench --bench machinery
//!
//! Times are of the wall clock. What a bench works on comes from a run of the scenario
//! `scenarios/quickstart.toml` or from a generated network; nothing is made up but the events that wait
//! in a queue.

#![allow(clippy::unwrap_used, reason = "a bench is run by hand")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use leyden::channel::{Add, Batching, Channels, DanceEvent, HtlcId, Link, Rules, Terms};
use leyden::engine::{EventQueue, Fingerprint, Seeds, Within};
use leyden::ids::{ChannelId, DirectedChannel, NodeId, PartId, Side, SystemName};
use leyden::lightning::{Event, HtlcEvent, Lightning, World};
use leyden::metrics::{Summary, Window};
use leyden::network::{self, Generator, Network};
use leyden::report::{self, RunWriter, WriterOptions};
use leyden::routing::{Beliefs, LndParams, View};
use leyden::rows::{AttemptRow, ChannelRow, NodeRow, PaymentRow, Rows, Sample};
use leyden::scenario::{self, Scenario};
use leyden::simulation::{self, Counts, Output, Setup};
use leyden::system::{Control, Observer, Progress, Running, drive};
use leyden::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime};
use sha2::{Digest, Sha256};

fn main() {
    divan::main();
}

/// The quickstart with so many payments, all of which count.
fn quickstart(payments: u64) -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/quickstart.toml");
    let sets = [("payments", payments.to_string()), ("warmup", "0 s".to_owned())];
    let sets = sets.map(|(key, value)| (key.to_owned(), value));
    scenario::load(path.as_ref(), &sets).unwrap().scenario
}

fn prepared(payments: u64) -> Setup {
    simulation::prepare(&quickstart(payments), 0, false, 1).unwrap()
}

mod queue {
    //! One event comes out and one goes in, while so many wait.

    use super::*;

    const WAITING: [usize; 3] = [100, 10_000, 1_000_000];

    fn event(number: u64) -> Event {
        Event::Htlc(HtlcEvent::Answered { part: PartId(u32::try_from(number >> 32).unwrap()) })
    }

    #[divan::bench(args = WAITING)]
    fn messages(bencher: Bencher, waiting: usize) {
        hold(bencher, waiting, |queue, at, event| queue.push(at, event));
    }

    #[divan::bench(args = WAITING)]
    fn timers(bencher: Bencher, waiting: usize) {
        hold(bencher, waiting, |queue, at, event| drop(queue.push_timer(at, event)));
    }

    fn hold(
        bencher: Bencher,
        waiting: usize,
        push: impl Fn(&mut EventQueue<Event>, SimTime, Event),
    ) {
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
}

mod draws {
    //! Random numbers.

    use super::*;

    /// The first draw of an entity at a step.
    #[divan::bench]
    fn keyed(bencher: Bencher) {
        let draws = Seeds::new(1, 0).draws("latency");
        let mut entity = 0;
        bencher.bench_local(|| {
            entity += 1;
            draws.at(black_box(entity), 3).bits()
        });
    }

    /// The next draw of a stored stream.
    #[divan::bench]
    fn stored(bencher: Bencher) {
        let mut source = Seeds::new(1, 0).stream("arrivals");
        bencher.bench_local(|| source.bits());
    }

    #[divan::bench]
    fn exponential(bencher: Bencher) {
        let mut source = Seeds::new(1, 0).stream("arrivals");
        bencher.bench_local(|| source.exponential());
    }

    #[divan::bench]
    fn normal(bencher: Bencher) {
        let mut source = Seeds::new(1, 0).stream("latency");
        bencher.bench_local(|| source.normal());
    }
}

mod hashing {
    //! What is hashed: every event, every lock, every file.

    use super::*;

    #[divan::bench]
    fn fingerprint_of_an_event(bencher: Bencher) {
        let mut print = Fingerprint::default();
        bencher.bench_local(|| print.absorb(black_box(12), 3, black_box(45), 678));
    }

    #[divan::bench]
    fn lock_of_a_preimage(bencher: Bencher) {
        let mut source = Seeds::new(1, 0).stream("preimages");
        bencher.with_inputs(|| source.bytes()).bench_local_values(Sha256::digest);
    }
}

mod channel {
    //! One HTLC over one channel, from its offer until its removal is locked in.

    use super::*;

    struct Constant;

    impl Link for Constant {
        fn delay(&mut self, _: DirectedChannel, _: u64) -> SimDuration {
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

    #[divan::bench]
    fn at_once(bencher: Bencher) {
        htlc(bencher, false);
    }

    #[divan::bench]
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
            let add =
                Add { amount: Msat(10_000_000), lock, cltv_expiry: BlockHeight(800_000), tag: 0 };
            let direction = DirectedChannel::new(ChannelId(0), sender);
            let schedule = &mut Within::new(now, &mut queue, |event| event);
            let id: HtlcId = channels.offer(direction, add, schedule).unwrap();
            drain(&mut channels, &mut queue, &mut now);
            let schedule = &mut Within::new(now, &mut queue, |event| event);
            channels.fulfill(id, &preimage, schedule).unwrap();
            drain(&mut channels, &mut queue, &mut now);
        });
    }
}

mod beliefs {
    //! What one sender remembers, with so many records.

    use super::*;

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

    #[divan::bench(args = RECORDS)]
    fn look_up(bencher: Bencher, records: u32) {
        let (beliefs, pairs) = full(records);
        let mut asked = pairs.iter().cycle();
        bencher
            .with_inputs(|| *asked.next().unwrap())
            .bench_local_values(|(from, to)| beliefs.pair(from, to));
    }

    #[divan::bench(args = RECORDS)]
    fn learn_a_known_pair(bencher: Bencher, records: u32) {
        let (mut beliefs, pairs) = full(records);
        let (mut asked, mut now) = (pairs.iter().cycle(), SimTime(u64::from(records) << 32));
        bencher.with_inputs(|| *asked.next().unwrap()).bench_local_values(|(from, to)| {
            now = now + SimDuration::from_secs(61);
            beliefs.failure(from, to, Msat(500), now);
        });
    }

    /// The memory is full: the oldest record goes.
    #[divan::bench(args = RECORDS)]
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
}

mod view {
    //! The network compiled for searching, `lightning_2026` of so many nodes.

    use super::*;

    const SIZES: [u32; 2] = [2_000, 17_324];

    fn made(nodes: u32) -> Network {
        network::generate(&Generator::Lightning2026 { nodes }, Seeds::new(42, 0))
    }

    #[divan::bench(args = SIZES, sample_count = 20, sample_size = 1)]
    fn compile(bencher: Bencher, nodes: u32) {
        let network = made(nodes);
        bencher.bench_local(|| View::compile(black_box(&network)));
    }

    /// A channel changes its fee.
    #[divan::bench(args = SIZES)]
    fn update_in_place(bencher: Bencher, nodes: u32) {
        let mut network = made(nodes);
        let mut view = View::compile(&network);
        let mut source = Seeds::new(3, 0).stream("changes");
        let channels = network.channel_count() as u64;
        bencher.bench_local(|| {
            let channel = ChannelId(u32::try_from(source.below(channels)).unwrap());
            let fee = u32::try_from(source.below(2_000)).unwrap();
            for policy in network.channel_mut(channel).policies.iter_mut().flatten() {
                policy.fee_base_msat = fee;
            }
            view.update(&network, channel);
        });
    }
}

mod rows {
    //! What becomes of the row of a payment.

    use super::*;

    /// Keeps the payments of a run.
    #[derive(Default)]
    struct Kept(Vec<PaymentRow>);

    impl Rows for Kept {
        fn offered(&mut self, _: SimTime, _: Msat) {}
        fn payment(&mut self, row: &PaymentRow) {
            self.0.push(*row);
        }
        fn attempt(&mut self, _: &AttemptRow<'_>) {}
        fn sample(&mut self, _: &Sample) {}
        fn channel(&mut self, _: &ChannelRow) {}
        fn node(&mut self, _: &NodeRow) {}
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

    #[divan::bench]
    fn to_csv(bencher: Bencher) {
        let setup = prepared(2_000);
        let rows = payments(&setup);
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("run");
        report::prepare_folder(&dir, false).unwrap();
        let (name, options) = (SystemName::Lightning, WriterOptions::default());
        let mut writer = RunWriter::create(&dir, name, setup.names.clone(), options).unwrap();
        let mut next = rows.iter().cycle();
        bencher.with_inputs(|| next.next().unwrap()).bench_local_values(|row| writer.payment(row));
        assert!(!writer.failed() && writer.abandon().is_none());
    }

    #[divan::bench]
    fn to_the_summary(bencher: Bencher) {
        let setup = prepared(2_000);
        let rows = payments(&setup);
        let window = Window { from: SimTime::ZERO, to: setup.window.to };
        let mut summary = Summary::new(window, setup.scenario.prices);
        let mut next = rows.iter().cycle();
        bencher.with_inputs(|| next.next().unwrap()).bench_local_values(|row| summary.payment(row));
    }
}

mod run {
    //! Whole runs of the quickstart with so many payments, made ready beforehand.

    use super::*;

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
}
