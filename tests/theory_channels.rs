//! Channels against closed forms: blocking of slots, jamming, depletion, the star.
//!
//! A statistical check passes when the mean of 30 independent replications lies within t(0.9995; 29) =
//! 3.659 standard errors of the theory (not wrong), and the half-width of its 95 % interval is at most 1 %
//! of it (precise enough). Seeds are fixed.
//!
//! Settings common to all: one hop per message and no delay, so that nothing overlaps; no fees; one
//! attempt per payment; no background. Each test names the rest.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

mod common;

use common::{join, nodes, pay, plain, policy};
use leyden::adversary::{AttackParams, AttackPlan, JammingParams, Resource, Targets, recruit};
use leyden::engine::{Seeds, Source};
use leyden::ids::Side;
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::math;
use leyden::network::{Network, Stated, StatedLimits};
use leyden::outcome::{OnionError, Outcome, Shortage};
use leyden::payment::Hold;
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::{ChannelMeans, PaymentRow, Row, Rows, Window};
use leyden::system::{Control, Observer, Progress, Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

const REPLICATIONS: u32 = 30;

/// Checks the mean of 30 replications against `theory`, by the rule above.
fn check(name: &str, theory: f64, replicate: impl Fn(u32) -> f64) {
    let values: Vec<f64> = (0..REPLICATIONS).map(replicate).collect();
    let n = f64::from(REPLICATIONS);
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    eprintln!(
        "{name}: theory {theory:.6}, simulated {mean:.6} ({:+.2} %, t = {:+.2}), half-width {:.2} %",
        100.0 * (mean - theory) / theory,
        (mean - theory) / error,
        100.0 * 2.045 * error / theory
    );
    assert!((mean - theory).abs() <= 3.659 * error, "{name}: {mean} is not {theory}");
    assert!(2.045 * error <= 0.01 * theory, "{name}: {error} is too wide");
}

/// Counts payments submitted from `from` on: all, and those that `hit` names.
struct Count {
    from: SimTime,
    hit: fn(&PaymentRow) -> bool,
    all: u64,
    hits: u64,
}

impl Count {
    fn new(from: SimTime, hit: fn(&PaymentRow) -> bool) -> Self {
        Self { from, hit, all: 0, hits: 0 }
    }
    fn share(&self) -> f64 {
        self.hits as f64 / self.all as f64
    }
}

impl Rows for Count {
    fn record(&mut self, row: Row<'_>) {
        let Row::Payment(row) = row else { return };
        if row.submitted >= self.from {
            self.all += 1;
            self.hits += u64::from((self.hit)(row));
        }
    }
}

impl Observer for Count {
    fn watch(&mut self, _progress: Progress) -> Control {
        Control::Continue
    }
}

fn settings() -> LightningParams {
    let mut params = plain(0);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.send.max_attempts = Some(1);
    params
}

fn go(system: Lightning, demands: impl Iterator<Item = Demand>, count: &mut Count) {
    let span = Span {
        sample_every: SimDuration::from_secs(1 << 30),
        window: Window::default(),
        end: SimTime::NEVER,
        check_each: false,
        threads: 1,
    };
    let mut demands = demands;
    drive(&mut Running::new(system, span), &mut demands, span, u64::MAX, count).unwrap();
}

fn system(
    network: Network,
    params: &LightningParams,
    balances: Vec<[Msat; 2]>,
    seeds: Seeds,
) -> Lightning {
    let world = World::new(network, params);
    Lightning::new(params.clone(), world, balances, SimTime::ZERO, 100_000.0, seeds)
}

/// Poisson arrivals, one per second in the mean, from node `payer` to node `payee`.
fn poisson(payer: u32, payee: u32, amount: Msat, payments: u64, seeds: Seeds) -> Vec<Demand> {
    let mut stream = seeds.stream("test.arrivals");
    let mut at = 0.0;
    (0..payments)
        .map(|id| {
            at += stream.exponential();
            let time = SimTime::ZERO + SimDuration::from_secs_f64(at);
            Demand { at: time, ..pay(id, payer, payee, amount, 0) }
        })
        .collect()
}

/// Erlang's B by its recursion.
fn erlang_b(slots: u32, load: f64) -> f64 {
    (1..=slots).fold(1.0, |b, n| load * b / (f64::from(n) + load * b))
}

#[test]
fn erlang_b_has_the_values_of_the_tables() {
    for (slots, load, value) in [
        (30, 20.0, 0.008_457_498),
        (30, 30.0, 0.132_459_790),
        (30, 45.0, 0.367_358_993),
        (483, 483.0, 0.035_441_174),
    ] {
        assert!((erlang_b(slots, load) - value).abs() < 5e-10);
    }
}

/// A channel of 100 million sat whose second side accepts so many HTLCs at once.
fn with_slots(network: &mut Network, one: u32, two: u32, slots: u16) {
    join(network, one, two, Sat(100_000_000), policy(0, 0, 40));
    let channel = network.channel_ids().last().unwrap();
    let limits = StatedLimits { max_accepted_htlcs: slots, max_htlc_value_in_flight: Msat::MAX };
    let stated = Stated { limits: [Some(limits); 2], ..Stated::default() };
    network.channel_mut(channel).stated = Some(Box::new(stated));
}

/// Slots are on; the payee holds each payment and then refuses it, so that balances come back.
fn held_then_failed(hold: Hold) -> LightningParams {
    let mut params = settings();
    params.protocol.limits = true;
    params.payee.hold = hold;
    params.payee.fail_share = 1.0;
    params
}

/// Refused for lack of a slot, not by the payee.
fn is_blocked(row: &PaymentRow) -> bool {
    row.last_error != Some(OnionError::IncorrectOrUnknownPaymentDetails)
}

/// A3. 30 slots, load 45; the law of the holding time does not matter.
#[test]
fn slots_block_as_erlang_b_says_whatever_the_law_of_the_holding_time() {
    let constant = Hold::Constant(SimDuration::from_secs(45));
    let exponential = Hold::Exponential(SimDuration::from_secs(45));
    for (name, hold) in [("constant hold", constant), ("exponential hold", exponential)] {
        check(&format!("A3, {name}, load 45"), erlang_b(30, 45.0), |replication| {
            let seeds = Seeds::new(3, replication);
            let mut network = nodes(2);
            with_slots(&mut network, 0, 1, 30);
            let balances = common::halves(&network);
            let demands = poisson(0, 1, Msat(1_000_000), 9_000, seeds);
            // Ten holding times to forget the empty start.
            let from = SimTime::ZERO + SimDuration::from_secs(450);
            let mut count = Count::new(from, is_blocked);
            let system = system(network, &held_then_failed(hold), balances, seeds);
            go(system, demands.into_iter(), &mut count);
            count.share()
        });
    }
}

/// A4. An attacker that never lets go takes 45 of 75 slots: 30 are left. The attacker's HTLCs come over
/// its own channels and go on to itself; honest ones enter and leave the jammed channel at its ends.
#[test]
fn a_jammed_channel_blocks_as_the_slots_that_are_left() {
    let forever = SimDuration::from_secs(300 * 365 * 86_400);
    let jam = AttackParams {
        name: "jam".into(),
        start: SimTime::ZERO,
        end: None,
        plan: AttackPlan::SlowJamming(JammingParams {
            targets: Targets::Named(vec!["c0".into()]),
            budget: Sat(100_000_000),
            resource: Resource::Slots(Msat(546_000)),
            hold: forever,
            retry: forever,
            most: 45,
            final_cltv: 144,
        }),
    };
    check("A4, 75 slots, 45 jammed, load 45", erlang_b(30, 45.0), |replication| {
        let seeds = Seeds::new(4, replication);
        let mut network = nodes(2);
        for node in network.node_ids() {
            network.node_mut(node).software = Some(leyden::network::Software::Lnd);
        }
        with_slots(&mut network, 0, 1, 75);
        let mut balances = common::halves(&network);
        let params = held_then_failed(Hold::Constant(SimDuration::from_secs(45)));
        let feerate = params.protocol.commitment_feerate;
        let campaigns =
            recruit(std::slice::from_ref(&jam), &mut network, &mut balances, feerate, seeds)
                .unwrap();
        let demands = poisson(0, 1, Msat(1_000_000), 9_000, seeds);
        let from = SimTime::ZERO + SimDuration::from_secs(450);
        let end = demands.last().unwrap().at;
        let mut count = Count::new(from, is_blocked);
        let system = system(network, &params, balances, seeds).with_attacks(campaigns);
        let span = Span {
            sample_every: SimDuration::from_secs(1 << 30),
            window: Window::default(),
            end: end + SimDuration::from_secs(60),
            check_each: false,
            threads: 1,
        };
        let mut running = Running::new(system, span);
        drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut count).unwrap();
        count.share()
    });
}

/// Payments of one unit over one channel: forward with probability `p`.
fn steps(stream: &mut Source, p: f64) -> impl Iterator<Item = Demand> {
    (0..).map(move |id| {
        let [payer, payee] = if stream.chance(p) { [0, 1] } else { [1, 0] };
        pay(id, payer, payee, UNIT, id)
    })
}

const UNIT: Msat = Msat(1_000_000);

fn one_channel(units: u64, first: u64) -> (Network, Vec<[Msat; 2]>) {
    let mut network = nodes(2);
    join(&mut network, 0, 1, Sat(1_000 * units), policy(0, 0, 40));
    (network, vec![[UNIT * first, UNIT * (units - first)]])
}

/// Expected number of steps of a walk from `k` until it leaves 1..=n-1; up with probability `p`.
fn ruin(k: f64, n: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if (p - q).abs() < 1e-12 {
        return k * (n - k);
    }
    let odds = q / p;
    k / (q - p) - n / (q - p) * (1.0 - math::pow(odds, k)) / (1.0 - math::pow(odds, n))
}

/// A7. The first payment that fails is the step that would leave the channel: the walk of k + 1 in N + 2.
/// Limits off, so no reserve.
#[test]
fn the_first_payment_fails_when_the_gamblers_ruin_says() {
    assert!((ruin(50.0, 100.0, 0.55) - 499.956_099).abs() < 1e-6);
    assert!((ruin(51.0, 102.0, 0.55) - 509.963_363).abs() < 1e-6);
    let walks = 2_400;
    for (units, first, p) in [(10, 5, 0.5), (10, 3, 0.6)] {
        // The paying side goes down with probability p.
        let theory = ruin((first + 1) as f64, (units + 2) as f64, 1.0 - p);
        check(&format!("A7, {units} units, {first} on the paying side, p = {p}"), theory, |seed| {
            let mut stream = Seeds::new(7, seed).stream("test.walk");
            let (network, balances) = one_channel(units, first);
            let mut total = 0;
            for _ in 0..walks {
                let system =
                    system(network.clone(), &settings(), balances.clone(), Seeds::new(7, seed));
                total += steps_until_failure(system, &mut stream, p);
            }
            total as f64 / f64::from(walks)
        });
    }
}

/// The number of the payment that fails first, from 1.
fn steps_until_failure(system: Lightning, stream: &mut Source, p: f64) -> u64 {
    struct First(u64, bool);
    impl Rows for First {
        fn record(&mut self, row: Row<'_>) {
            let Row::Payment(row) = row else { return };
            if !self.1 {
                self.0 += 1;
                self.1 = row.outcome == Outcome::Failed;
            }
        }
    }
    impl Observer for First {
        fn watch(&mut self, _progress: Progress) -> Control {
            Control::Continue
        }
    }
    let span = Span {
        sample_every: SimDuration::from_secs(1 << 30),
        window: Window::default(),
        end: SimTime::NEVER,
        check_each: false,
        threads: 1,
    };
    let mut running = Running::new(system, span);
    let mut first = First(0, false);
    let mut demands = steps(stream, p);
    while !first.1 {
        drive(&mut running, &mut demands.by_ref().take(1), span, 16, &mut first).unwrap();
    }
    first.0
}

/// A8. In the long run a payment fails when the walk stands at the wrong end: its law is geometric.
#[test]
fn in_the_long_run_payments_fail_as_a_blocked_walk() {
    for (units, p) in [(4, 0.5), (6, 0.6)] {
        let r: f64 = p / (1.0 - p);
        let weights: Vec<f64> = (0..=units).map(|i| math::pow(r, f64::from(i))).collect();
        let total: f64 = weights.iter().sum();
        // Node 1 gains with probability p: at its full end those fail, at its empty end the others.
        let theory = (p * weights[weights.len() - 1] + (1.0 - p) * weights[0]) / total;
        let units = u64::try_from(units).unwrap();
        check(&format!("A8, {units} units, p = {p}"), theory, |seed| {
            let mut stream = Seeds::new(8, seed).stream("test.walk");
            let (network, balances) = one_channel(units, units / 2);
            let from = SimTime::ZERO + SimDuration::from_millis(200);
            let mut count = Count::new(from, |row| row.outcome == Outcome::Failed);
            let system = system(network, &settings(), balances, Seeds::new(8, seed));
            let mut demands = steps(&mut stream, p).take(26_000);
            go(system, &mut demands, &mut count);
            count.share()
        });
    }
}

/// What a long walk says of depletion: shares of payments and of time.
#[derive(Clone, Copy)]
struct Walk {
    failed_by_depletion: f64,
    failed_by_draw: f64,
    depleted: f64,
    newly_depleted: f64,
    replenished: f64,
}

/// One walk over a channel of so many units, with so many on its first side at the start, for each replication.
fn depletion([units, first]: [u64; 2]) -> Vec<Walk> {
    struct Shares([Count; 2], Option<ChannelMeans>);
    impl Rows for Shares {
        fn record(&mut self, row: Row<'_>) {
            if let Row::System(row) = row {
                self.1 = row.channels;
            }
            self.0.iter_mut().for_each(|count| count.record(row));
        }
    }
    impl Observer for Shares {
        fn watch(&mut self, _progress: Progress) -> Control {
            Control::Continue
        }
    }
    const STEPS: u64 = 26_000;
    let [from, to] = [200, STEPS].map(|ms| SimTime::ZERO + SimDuration::from_millis(ms));
    let replicate = |seed| {
        let mut stream = Seeds::new(10, seed).stream("test.walk");
        let (network, balances) = one_channel(units, first);
        let by_depletion = Count::new(from, |row| row.shortage == Some(Shortage::Depleted));
        let by_draw = Count::new(from, |row| row.shortage == Some(Shortage::Drawn));
        let mut found = Shares([by_depletion, by_draw], None);
        let span = Span {
            sample_every: SimDuration::from_secs(1 << 30),
            window: Window { from, to },
            end: to,
            check_each: false,
            threads: 1,
        };
        let system = system(network, &settings(), balances, Seeds::new(10, seed));
        let mut demands = steps(&mut stream, 0.5).take(small(STEPS));
        drive(&mut Running::new(system, span), &mut demands, span, u64::MAX, &mut found).unwrap();
        let means = found.1.unwrap();
        Walk {
            failed_by_depletion: found.0[0].share(),
            failed_by_draw: found.0[1].share(),
            depleted: means.depleted_share.unwrap(),
            newly_depleted: means.newly_depleted_share.unwrap(),
            replenished: means.replenished_share.unwrap(),
        }
    };
    (0..REPLICATIONS).map(replicate).collect()
}

/// A8b. The blocked walk of N units is at each of its N + 1 places for the same time. From the middle, all
/// depletion is since the start, and so are all failures; from an end, all that changes is that the channel is
/// replenished for all but two of the places, and half of the failures are those of the end that was drawn.
#[test]
fn depletion_since_the_start_is_that_of_the_blocked_walk() {
    let middle = depletion([2, 1]);
    let at = |of: &[Walk], seed: u32| of[usize::try_from(seed).unwrap()];
    check("A8b, newly depleted from the middle", 2.0 / 3.0, |seed| {
        at(&middle, seed).newly_depleted
    });
    check("A8b, failed by depletion from the middle", 1.0 / 3.0, |seed| {
        at(&middle, seed).failed_by_depletion
    });
    assert!(middle.iter().all(|walk| walk.failed_by_draw == 0.0 && walk.replenished == 0.0));
    let end = depletion([2, 0]);
    check("A8b, replenished from an end", 1.0 / 3.0, |seed| at(&end, seed).replenished);
    check("A8b, failed at the end that was drawn", 1.0 / 6.0, |seed| at(&end, seed).failed_by_draw);
    check("A8b, failed at the other end", 1.0 / 6.0, |seed| at(&end, seed).failed_by_depletion);
    for walk in end {
        // But for what is rounded down to parts of 2^32.
        assert!(
            (walk.depleted + walk.replenished - 1.0).abs() < 1e-8 && walk.newly_depleted == 0.0
        );
    }
}

/// Success of A9 by counting states: spokes 1..=n with 0..=c units each, m in all.
fn star(spokes: usize, most: usize, total: usize) -> f64 {
    fn states(spokes: usize, most: usize, total: usize) -> f64 {
        let mut ways = vec![0.0; total + 1];
        ways[0] = 1.0;
        for _ in 0..spokes {
            ways = (0..=total)
                .map(|sum| (0..=most.min(sum)).map(|own| ways[sum - own]).sum())
                .collect();
        }
        ways[total]
    }
    // A payer with at least one unit, a payee with room for one.
    let good: f64 = (1..=most)
        .flat_map(|payer| (0..most).map(move |payee| payer + payee))
        .filter(|sum| *sum <= total)
        .map(|sum| states(spokes - 2, most, total - sum))
        .sum();
    good / states(spokes, most, total)
}

fn small(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

/// A9. A hub and equal spokes, unit payments between any two of them, equally likely: every state is.
#[test]
fn in_a_star_every_division_of_the_money_is_equally_likely() {
    assert!((star(3, 2, 3) - 4.0 / 7.0).abs() < 1e-12);
    assert!((star(5, 4, 10) - 88.0 / 127.0).abs() < 1e-12);
    assert!((star(10, 5, 25) - 6_735.0 / 9_392.0).abs() < 1e-12);
    for (spokes, most, total) in [(3_u32, 2_u64, 3_u64), (10, 5, 25)] {
        let theory = star(spokes as usize, small(most), small(total));
        check(&format!("A9, {spokes} spokes of {most}, {total} units"), theory, |seed| {
            let mut stream = Seeds::new(9, seed).stream("test.star");
            let mut network = nodes(spokes + 1);
            for spoke in 1..=spokes {
                join(&mut network, 0, spoke, Sat(1_000 * most), policy(0, 0, 40));
            }
            // Units are dealt to the spokes one by one, as far as each has room.
            let mut left = total;
            let balances = (1..=u64::from(spokes)).map(|spoke| {
                let own = left.div_ceil(u64::from(spokes) + 1 - spoke).min(most);
                left -= own;
                let mut pair = [Msat::ZERO; 2];
                pair[Side::One.index()] = UNIT * (most - own);
                pair[Side::Two.index()] = UNIT * own;
                pair
            });
            let balances = balances.collect();
            let demands = (0..12_000).map(|id| {
                let payer = stream.below(u64::from(spokes));
                let payee = (payer + 1 + stream.below(u64::from(spokes) - 1)) % u64::from(spokes);
                let [payer, payee] = [payer, payee].map(|s| u32::try_from(s).unwrap() + 1);
                pay(id, payer, payee, UNIT, id)
            });
            let from = SimTime::ZERO + SimDuration::from_millis(500);
            let mut count = Count::new(from, |row| row.outcome == Outcome::Settled);
            let system = system(network, &settings(), balances, Seeds::new(9, seed));
            go(system, demands, &mut count);
            count.share()
        });
    }
}
