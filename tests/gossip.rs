//! What senders do not know, or learn late: unannounced channels, new policies, inbound fees, other channels
//! to the same peer; and blocks that are undone.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, halves, join, line_of, nodes, params, pay, policy, run, system};
use leyden::chain::bitcoin::{Background, BitcoinParams, Reorgs};
use leyden::engine::Seeds;
use leyden::ids::{ChannelId, DirectedChannel, NodeId};
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::network::{Channel, InboundFee, Network, Stated};
use leyden::outcome::{Failure, OnionError, Outcome};
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::Window;
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

const MILLION: Sat = Sat(1_000_000);

fn cheapest() -> LightningParams {
    LightningParams { router: RouterChoice::Cheapest(CheapestParams::default()), ..params(10) }
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

/// n0 — n1 = n2: two channels between the last two, the first of them empty on n1's side.
fn doubled(second_base: u32) -> (Network, Vec<[Msat; 2]>) {
    let mut network = nodes(3);
    join(&mut network, 0, 1, MILLION, policy(0, 0, 40));
    join(&mut network, 1, 2, MILLION, policy(1_000, 0, 40));
    join(&mut network, 1, 2, MILLION, policy(second_base, 0, 40));
    let mut balances = halves(&network);
    balances[1] = [Msat(0), MILLION.to_msat()];
    (network, balances)
}

#[test]
fn a_forwarder_uses_the_other_channel_to_the_same_peer_unless_forwarding_is_strict() {
    for (non_strict, attempts, route) in [(true, 1, [0, 4]), (false, 2, [0, 4])] {
        let (network, balances) = doubled(1_000);
        let mut params = cheapest();
        params.protocol.non_strict_forwarding = non_strict;
        let rows = run(system(network, &params, balances), vec![pay(0, 0, 2, Msat(1_000_000), 0)]);
        let row = rows.payments[0];
        assert_eq!((row.outcome, row.attempts), (Outcome::Settled, attempts), "{non_strict}");
        assert_eq!(rows.attempts.last().unwrap().route, route.map(DirectedChannel));
        assert_eq!(rows.channels[2].settled, [1, 0]);
    }
}

#[test]
fn the_other_channel_must_be_paid_what_it_asks() {
    let (network, balances) = doubled(5_000);
    let rows = run(system(network, &cheapest(), balances), vec![pay(0, 0, 2, Msat(1_000_000), 0)]);
    assert_eq!((rows.payments[0].attempts, rows.payments[0].fee), (2, Some(Msat(5_000))));
    let error = Some((OnionError::TemporaryChannelFailure, 1));
    assert_eq!(rows.attempts[0].error, error, "that of the channel asked for");
}

/// n0 — n1 ··· n2: gossip does not know the second channel, over which n1 asks for 2,000 msat.
fn hidden(base: u32) -> Network {
    let mut network = nodes(3);
    join(&mut network, 0, 1, MILLION, policy(0, 0, 40));
    join(&mut network, 1, 2, MILLION, policy(base, 0, 40));
    network.conceal(ChannelId(1));
    network
}

#[test]
fn a_payee_behind_an_unannounced_channel_is_paid_by_its_route_hint_and_pays_itself() {
    for params in [params(10), cheapest()] {
        let network = hidden(2_000);
        let balances = halves(&network);
        let demands = vec![
            pay(0, 0, 2, Msat(10_000_000), 0),
            pay(1, 2, 0, Msat(20_000_000), 10_000),
            pay(2, 1, 2, Msat(30_000_000), 20_000),
        ];
        let rows = run(system(network, &params, balances), demands);
        let ends: Vec<_> =
            rows.payments.iter().map(|row| (row.failure, row.hops, row.fee)).collect();
        let expected = [
            (None, Some(2), Some(Msat(2_000))),
            (None, Some(2), Some(Msat(0))),
            (None, Some(1), Some(Msat(0))),
        ];
        assert_eq!(ends, expected);
        assert_eq!(rows.attempts[0].route, [0, 2].map(DirectedChannel));
        // 10,000,000 and 30,000,000 to n2, 20,000,000 back.
        assert_eq!(rows.channels[1].balance, [480_000_000, 520_000_000].map(Msat));
    }
}

#[test]
fn no_hint_is_given_for_what_cannot_be_received_and_none_taken_that_is_too_dear() {
    for (base, balance, failure) in [
        (0, [5_000_000, 995_000_000], Failure::PayeeCannotReceive),
        (600_000, [500_000_000, 500_000_000], Failure::FeeLimit),
    ] {
        let network = hidden(base);
        let mut balances = halves(&network);
        balances[1] = balance.map(Msat);
        let demands = vec![pay(0, 0, 2, Msat(10_000_000), 0)];
        let row = run(system(network, &cheapest(), balances), demands).payments[0];
        assert_eq!((row.failure, row.attempts), (Some(failure), 0));
    }
}

/// n1 gives 300 msat and 1,000 ppm off for what comes in from n0. It asks for 1,000 msat and 10,000 ppm to n2:
/// 101,000 for 10,000,000; what comes in without the discount is 10,101,000, 1,000 ppm of which are 10,101.
#[test]
fn an_inbound_discount_is_counted_by_every_payer() {
    let discount = InboundFee { base_msat: -300, ppm: -1_000 };
    let fee = 101_000 - 300 - 10_101;
    for params in [params(10), cheapest()] {
        let mut network = nodes(3);
        let both = policy(1_000, 10_000, 40);
        let stated = Stated { inbound: [InboundFee::default(), discount], ..Stated::default() };
        let channel = Channel {
            name: "c0".into(),
            capacity: MILLION,
            policies: [Some(both); 2],
            stated: Some(Box::new(stated)),
        };
        network.add_channel(NodeId(0), NodeId(1), channel);
        join(&mut network, 1, 2, MILLION, both);
        let balances = halves(&network);
        let demands = vec![pay(0, 0, 2, Msat(10_000_000), 0)];
        let rows = run(system(network, &params, balances), demands);
        assert_eq!((rows.payments[0].outcome, rows.payments[0].attempts), (Outcome::Settled, 1));
        assert_eq!(rows.payments[0].fee, Some(Msat(fee)));
        assert_eq!(rows.nodes[1].fees_earned, Msat(fee));
    }
}

/// Runs for `days` on a quiet chain.
fn run_for(
    days: u64,
    seed: u64,
    network: &Network,
    params: &LightningParams,
    reorgs: Reorgs,
    demands: Vec<Demand>,
) -> Recorder {
    let bitcoin =
        BitcoinParams { background: Background::NONE, reorgs, ..BitcoinParams::default() };
    let seeds = Seeds::new(seed, 0);
    let world = World::new(network.clone(), params);
    let balances = halves(network);
    let lightning =
        Lightning::new(params.clone(), world, balances, SimTime::ZERO, 100_000.0, seeds)
            .with_chain(bitcoin, seeds);
    let span = Span {
        sample_every: SimDuration::from_secs(86_400),
        window: Window::default(),
        end: at(days * 86_400),
        check_each: false,
        threads: 1,
    };
    let mut running = Running::new(lightning, span);
    let mut recorder = Recorder::default();
    assert!(drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap());
    running.finish(&mut recorder).unwrap();
    recorder
}

/// n1 raises its fee at the first block. LDK honours the old one for five minutes; then the payer is told the
/// new one and pays it with the next attempt; after two hours everybody knows it.
#[test]
fn a_stale_policy_is_answered_with_the_new_one_and_the_payer_uses_it() {
    let network = line_of(3, MILLION, policy(1_000, 1_000, 40));
    let mut params = cheapest();
    params.gossip.delay = SimDuration::from_secs(7_200);
    params.gossip.policy_changes_per_year = 52_560.0;
    let late = vec![pay(0, 0, 1, Msat(1_000), 80_000_000)];
    // The fee of 1,000,000 msat is 2,000 msat; a seed under which n1 asks for more.
    let raised = (0..50).find_map(|seed| {
        let rows = run_for(1, seed, &network, &params, Reorgs::default(), late.clone());
        let first = rows.blocks[0].at;
        let ms = |seconds: u64| first.nanos() / 1_000_000 + seconds * 1_000;
        let times = [1, 250, 400, 5_000, 7_100, 7_201];
        let demands = (0..).zip(times).map(|(id, s)| pay(id, 0, 2, Msat(1_000_000), ms(s)));
        let rows = run_for(1, seed, &network, &params, Reorgs::default(), demands.collect());
        let is_raised = rows.payments[2].attempts == 2;
        is_raised.then_some(rows)
    });
    let rows = raised.expect("half of all changes are rises");
    let ends: Vec<_> = rows.payments.iter().map(|row| (row.outcome, row.attempts)).collect();
    assert_eq!(ends, [1, 1, 2, 2, 2, 1].map(|attempts| (Outcome::Settled, attempts)));
    let old = Some(Msat(2_000));
    assert_eq!([0, 1].map(|i: usize| rows.payments[i].fee), [old; 2], "still honoured");
    let new = rows.payments[2].fee;
    assert!(new > old);
    assert_eq!([3, 4, 5].map(|i: usize| rows.payments[i].fee), [new; 3]);
    assert_eq!(rows.payments[2].last_error, Some(OnionError::FeeInsufficient));
    assert_eq!(rows.attempts[2].error, Some((OnionError::FeeInsufficient, 1)));
}

/// n2 never answers. n1 goes to the chain when the HTLC has expired and fails it back to n0 when its timeout
/// transaction is buried. With every second block undone up to three deep, that is later, never too early,
/// and no money is lost.
#[test]
fn on_a_line_of_three_a_reorganisation_delays_the_failure_and_loses_nothing() {
    let network = line_of(3, MILLION, policy(1_000, 0, 40));
    let mut params = cheapest();
    params.faults.stuck_at_payee = 1.0;
    let demands = vec![pay(0, 0, 2, Msat(50_000_000), 0)];
    for reorgs in [Reorgs::default(), Reorgs { probability: 0.5, deepest: 3 }] {
        let rows = run_for(6, 3, &network, &params, reorgs, demands.clone());
        let row = rows.payments[0];
        assert_eq!(row.outcome, Outcome::Failed);
        assert_eq!(row.last_error, Some(OnionError::PermanentChannelFailure));
        assert_eq!(rows.closures.len(), 1, "n0's channel stays open");
        let closure = rows.closures[0];
        assert_eq!((closure.timed_out, closure.loss), (1, Msat(0)));
        // 900,000 + 45 and LDK's three blocks of grace.
        let confirmed = closure.confirmed.unwrap().0;
        assert!(confirmed > 900_048, "{confirmed}");
        // The first time that the chain was so high that the timeout could be six deep: two blocks after the
        // commitment at the earliest, as its outputs with anchors wait for one.
        let height = confirmed + 1 + 5;
        let earliest = rows.blocks.iter().find(|block| block.height.0 >= height).unwrap().at;
        assert!(row.ended.unwrap() >= earliest);
        let wealth: Vec<_> = rows.nodes.iter().map(|node| node.wealth).collect();
        assert_eq!(wealth[0][0], wealth[0][1], "n0 has everything back");
        let heights = rows.blocks.windows(2).filter(|pair| pair[1].height <= pair[0].height);
        assert_eq!(heights.count() > 0, reorgs.probability > 0.0);
    }
}
