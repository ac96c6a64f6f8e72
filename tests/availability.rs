//! Nodes that go down and come back, and fees that are due whatever becomes of an HTLC.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]

mod common;

use common::{
    Recorder, halves, join, line_of, nodes, offline_nodes, params, pay, plain, policy, run, span,
    system,
};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::{Header, Seeds, load, save};
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::outcome::{CloseKind, Failure, OnionError, Outcome};
use leyden::payment::Hold;
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::Window;
use leyden::system::{PaymentSystem, Running, drive};
use leyden::units::{Msat, Ppm, Sat, SimDuration, SimTime};
use leyden::workload::{AvailabilityParams, Demand, Outage, Uptime};

const MILLION: Sat = Sat(1_000_000);

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

fn with(mut params: LightningParams, outages: Vec<Outage>) -> LightningParams {
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.availability = Some(AvailabilityParams {
        routing: Uptime::Always,
        leaves: Uptime::Always,
        outages,
        disable_after: SimDuration::from_secs(1_200),
        enable_after: SimDuration::from_secs(1_140),
        gossip_delay: SimDuration::from_secs(90),
    });
    params
}

/// An outage that hits node 2 of a line of three and no other.
fn of_node_2(start: u64, duration: u64) -> Outage {
    let outage = |name: String| Outage {
        name,
        start: at(start),
        duration: SimDuration::from_secs(duration),
        share: 0.5,
    };
    let hits = |outage: &Outage| {
        let network = line_of(3, MILLION, policy(0, 0, 40));
        let balances = halves(&network);
        let params = with(params(10), vec![outage.clone()]);
        offline_nodes(system(network, &params, balances))
    };
    let names = (0..1_000).map(|i| outage(format!("provider-{i}")));
    names.into_iter().find(|outage| hits(outage) == [false, false, true]).unwrap()
}

#[test]
fn an_htlc_with_a_node_that_is_down_is_stuck_and_goes_on_when_it_is_back() {
    for base in [params(10), plain(10)] {
        let mut params = with(base, vec![of_node_2(50, 100)]);
        params.payee.hold = Hold::Constant(SimDuration::from_secs(60));
        let network = line_of(3, MILLION, policy(0, 0, 40));
        let balances = halves(&network);
        // The first one is held when its payee goes down at 50 s; the others come while it is down.
        let demands = vec![
            pay(0, 0, 2, Msat(1_000_000), 0),
            pay(1, 0, 2, Msat(1_000_000), 60_000),
            pay(2, 2, 0, Msat(1_000_000), 70_000),
            pay(3, 0, 2, Msat(1_000_000), 160_000),
        ];
        let rows = run(system(network, &params, balances), demands);
        let row = |id: u64| *rows.payments.iter().find(|row| row.id == id).unwrap();
        assert_eq!(row(0).outcome, Outcome::Settled);
        assert_eq!(row(0).settled, Some(at(150)), "answered at the moment of its return");
        assert!(row(0).payer_known > Some(at(150)) && row(0).payer_known < Some(at(151)));
        assert_eq!(row(1).failure, Some(Failure::PayeeOffline));
        assert_eq!(row(1).last_error, Some(OnionError::UnknownNextPeer));
        assert_eq!((row(2).failure, row(2).attempts), (Some(Failure::PayerOffline), 0));
        assert_eq!(row(3).outcome, Outcome::Settled);
    }
}

/// Whoever wants to close while its peer is away waits for it; with a share of zero it goes alone.
#[test]
fn a_channel_is_closed_by_agreement_when_the_peer_is_back_and_alone_at_once() {
    for (share, kind) in [(1.0, CloseKind::Cooperative), (0.0, CloseKind::Unilateral)] {
        let mut params = with(params(10), vec![of_node_2(10, 7_190)]);
        params.onchain.closes_per_year = 52_560.0;
        params.onchain.cooperative_share = share;
        let network = line_of(3, MILLION, policy(0, 0, 40));
        let balances = halves(&network);
        let chain = BitcoinParams { background: Background::NONE, ..BitcoinParams::default() };
        let system = system(network, &params, balances).with_chain(chain, Seeds::new(1, 0));
        let rows = run(system, vec![pay(0, 1, 0, Msat(1_000), 86_000_000)]);
        let closed = rows.channels[1].closed.unwrap();
        let back = at(7_200);
        if kind == CloseKind::Cooperative {
            let row = rows.closures.iter().find(|row| row.channel.0 == 1).unwrap();
            assert!(row.decided < back && closed >= back, "{} {closed}", row.decided);
            assert_eq!((row.kind, row.by.0), (kind, 1), "n2 was not there to ask");
        } else {
            assert!(closed < back);
        }
    }
}

#[test]
fn messages_under_way_at_a_disconnection_are_sent_again() {
    // The dance of the second channel takes from 30 ms to 60 ms; its end goes down in the middle of it.
    let mut outage = of_node_2(1, 9);
    outage.start = SimTime::ZERO + SimDuration::from_millis(45);
    let params = with(params(10), vec![outage]);
    let network = line_of(3, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let rows = run(system(network, &params, balances), vec![pay(0, 0, 2, Msat(1_000_000), 0)]);
    let row = rows.payments[0];
    assert_eq!(row.outcome, Outcome::Settled);
    let back = SimTime::ZERO + SimDuration::from_millis(9_045);
    assert!(row.settled > Some(back) && row.ended < Some(back + SimDuration::from_millis(200)));
}

#[test]
fn gossip_tells_after_20_minutes_and_again_19_minutes_after_the_return() {
    let params = with(params(10), vec![of_node_2(100, 7_200)]);
    let network = line_of(3, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let minutes = [5, 30, 125, 145];
    let demands = (0..).zip(minutes).map(|(id, m)| pay(id, 0, 2, Msat(1_000_000), m * 60_000));
    let rows = run(system(network, &params, balances), demands.collect());
    let ends: Vec<_> = rows.payments.iter().map(|row| (row.failure, row.attempts)).collect();
    assert_eq!(
        ends,
        [
            // Nobody knows yet: an attempt is made.
            (Some(Failure::PayeeOffline), 1),
            // Its channel is known to be disabled.
            (Some(Failure::PayeeOffline), 0),
            // It is back, and nobody knows yet: the route is there, and the payer does not see it.
            (Some(Failure::MissedRoute), 0),
            (None, 1),
        ]
    );
}

fn restless() -> LightningParams {
    let mut params = with(params(40), Vec::new());
    let exponential = |up, down| Uptime::Exponential {
        up: SimDuration::from_secs(up),
        down: SimDuration::from_secs(down),
    };
    let nodes = params.availability.as_mut().unwrap();
    nodes.routing = exponential(900, 100);
    nodes.leaves = Uptime::Weibull {
        up: SimDuration::from_secs(300),
        up_shape: 0.7,
        down: SimDuration::from_secs(100),
        down_shape: 1.0,
    };
    params.payee.hold = Hold::Exponential(SimDuration::from_secs(5));
    params.router = RouterChoice::Lnd(leyden::routing::LndParams::default());
    params
}

/// A ring of eight routing nodes, each with a leaf.
fn ring() -> leyden::network::Network {
    let mut network = nodes(16);
    for node in 0..8 {
        join(&mut network, node, (node + 1) % 8, MILLION, policy(1_000, 10, 40));
        join(&mut network, node, node + 8, MILLION, policy(1_000, 10, 40));
    }
    network
}

fn demands() -> Vec<Demand> {
    (0..1_500_u32)
        .map(|i| {
            let (payer, payee) = (i * 7 % 16, (i * 7 + 1 + i * 3 % 15) % 16);
            pay(u64::from(i), payer, payee, Msat(5_000_000), u64::from(i) * 2_000)
        })
        .collect()
}

fn pieces(steps: u64) -> Recorder {
    let (params, network) = (restless(), ring());
    let world = || World::new(network.clone(), &params);
    let seeds = Seeds::new(5, 0);
    let lightning =
        Lightning::new(params.clone(), world(), halves(&network), SimTime::ZERO, 100_000.0, seeds);
    let window = Window { from: SimTime::ZERO, to: at(7_200) };
    let check_each = steps < 1_000;
    let span = leyden::system::Span { end: at(7_200), check_each, window, ..span() };
    let mut running = Running::new(lightning, span);
    let mut recorder = Recorder::default();
    let header = Header { version: "t".into(), scenario: "t".into(), seed: 5 };
    loop {
        let position = usize::try_from(running.demands).unwrap();
        let mut rest = demands().into_iter().skip(position);
        if drive(&mut running, &mut rest, span, steps, &mut recorder).unwrap() {
            break;
        }
        running = load(&save(&header, &running), &header).unwrap();
        running.system.attach(world());
        running.system.rebuild();
    }
    running.finish(&mut recorder).unwrap();
    recorder
}

#[test]
fn a_restless_network_keeps_every_invariant_and_can_be_saved_at_any_step() {
    let whole = pieces(u64::MAX);
    let failures = |f| whole.payments.iter().filter(|row| row.failure == Some(f)).count();
    assert!(failures(Failure::PayerOffline) > 100, "{}", failures(Failure::PayerOffline));
    assert!(failures(Failure::PayeeOffline) > 20, "{}", failures(Failure::PayeeOffline));
    let settled = whole.payments.iter().filter(|row| row.outcome == Outcome::Settled).count();
    assert!(settled > 300, "{settled}");
    // 0.9 for routing nodes; leaves 380 s of 480 s: 300 Γ(1 + 1/0.7) = 379.7.
    let share = |from: usize, to: usize| {
        let shares = whole.nodes[from..to].iter().map(|node| node.online_share.unwrap());
        shares.sum::<f64>() / (to - from) as f64
    };
    assert!((share(0, 8) - 0.9).abs() < 0.06, "{}", share(0, 8));
    assert!((share(8, 16) - 0.79).abs() < 0.08, "{}", share(8, 16));
    assert!(pieces(997) == whole);
}

/// Fees for 1,000,000 msat: n2 takes 2,000 and n1 1,000 on top. A tenth of both is due upfront.
#[test]
fn an_upfront_fee_is_paid_once_per_htlc_whatever_becomes_of_it() {
    for (fail_share, base) in [(0.0, params(10)), (1.0, params(10)), (1.0, plain(10))] {
        let mut network = nodes(4);
        for (one, two, base) in [(0, 1, 0), (1, 2, 1_000), (2, 3, 2_000)] {
            join(&mut network, one, two, MILLION, policy(base, 0, 40));
        }
        let mut params = base;
        params.payee.fail_share = fail_share;
        params.mitigation.upfront_fee = Some(Ppm(100_000));
        let balances = halves(&network);
        let rows = run(system(network, &params, balances), vec![pay(0, 0, 3, Msat(1_000_000), 0)]);
        let change = |node: usize| {
            let [before, after] = rows.nodes[node].wealth.map(|m| i128::from(m.get()));
            after - before
        };
        // n0 pays 300 upfront to n1, which passes 200 on to n2; n3 gets nothing of it.
        let success = if fail_share > 0.5 { [0; 4] } else { [-1_003_000, 1_000, 2_000, 1_000_000] };
        let expected = [-300 + success[0], 100 + success[1], 200 + success[2], success[3]];
        assert_eq!([0, 1, 2, 3].map(change), expected);
    }
}

/// n1 cannot forward: it keeps all that it was paid upfront, also what was for n2.
#[test]
fn who_fails_an_htlc_keeps_the_upfront_fee_of_those_behind() {
    let mut network = nodes(4);
    for (one, two, base) in [(0, 1, 0), (1, 2, 1_000), (2, 3, 2_000)] {
        join(&mut network, one, two, MILLION, policy(base, 0, 40));
    }
    let mut params = params(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.mitigation.upfront_fee = Some(Ppm(100_000));
    let mut balances = halves(&network);
    balances[1] = [Msat::ZERO, MILLION.to_msat()];
    let rows = run(system(network, &params, balances), vec![pay(0, 0, 3, Msat(1_000_000), 0)]);
    assert_eq!(rows.payments[0].outcome, Outcome::Failed);
    let after: Vec<_> = rows.nodes.iter().map(|node| node.wealth[1].get()).collect();
    let before: Vec<_> = rows.nodes.iter().map(|node| node.wealth[0].get()).collect();
    assert_eq!(after[0], before[0] - 300);
    assert_eq!(after[1], before[1] + 300);
    assert_eq!(after[2..], before[2..]);
}
