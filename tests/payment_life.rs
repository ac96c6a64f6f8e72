//! One payment at a time, computed by hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{
    Recorder, at_ms, halves, join, line_of, nodes, params, pay, plain, policy, run, span, system,
};
use leyden::ids::DirectedChannel;
use leyden::outcome::{Failure, OnionError, Outcome};
use leyden::payment::RouterChoice;
use leyden::payment::{Hold, PayeeParams};
use leyden::routing::{CheapestParams, ClothParams};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration};

const MILLION: Sat = Sat(1_000_000);

/// n1's fee for 100,000 sat: 1,000 + 100,000,000 · 500 / 10^6 = 51,000 msat.
#[test]
fn a_line_of_three_nodes_moves_exactly_amount_and_fee() {
    let network = line_of(3, MILLION, policy(1_000, 500, 40));
    let balances = halves(&network);
    let rows =
        run(system(network, &plain(100), balances), vec![pay(7, 0, 2, Msat(100_000_000), 0)]);
    let row = rows.payments[0];
    assert_eq!((row.id, row.outcome, row.attempts, row.searches), (7, Outcome::Settled, 1, 1));
    assert_eq!((row.fee, row.hops, row.parts), (Some(Msat(51_000)), Some(2), 1));
    assert_eq!(rows.channels[0].balance, [Msat(399_949_000), Msat(600_051_000)]);
    assert_eq!(rows.channels[1].balance, [Msat(400_000_000), Msat(600_000_000)]);
    let middle = rows.nodes[1];
    assert_eq!((middle.fees_earned, middle.forwarded), (Msat(51_000), 1));
    assert_eq!(middle.wealth, [Msat(1_000_000_000), Msat(1_000_051_000)]);
}

#[test]
fn without_the_dance_every_message_takes_one_hop_delay() {
    let network = line_of(3, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let rows = run(system(network, &plain(100), balances), vec![pay(0, 0, 2, Msat(1_000), 1_000)]);
    let row = rows.payments[0];
    assert_eq!(row.settled, at_ms(1_200));
    assert_eq!(row.final_at, at_ms(1_200));
    assert_eq!(row.payer_known, at_ms(1_400));
    assert_eq!(row.ended, at_ms(1_400));
}

/// Adding takes 3 one-way delays per hop, the preimage 1 per hop back, a removal 3 (BOLT 2).
#[test]
fn with_the_dance_three_hops_at_50_ms_take_600_ms_and_a_refusal_900() {
    let network = line_of(4, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let demands = vec![pay(0, 0, 3, Msat(1_000_000), 0)];
    let row =
        run(system(network.clone(), &params(50), balances.clone()), demands.clone()).payments[0];
    assert_eq!(row.settled, at_ms(450), "3 hops of 150 ms");
    assert_eq!(row.payer_known, at_ms(600), "and 3 of 50 ms back");
    assert_eq!(row.final_at, at_ms(600), "450 ms and a removal of 150 ms");
    assert_eq!(row.ended, at_ms(700), "the first hop is fulfilled at 550 ms, removed 150 ms later");

    let mut refusing = params(50);
    refusing.payee.fail_share = 1.0;
    let rows = run(system(network, &refusing, balances), demands);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.failure), (Outcome::Failed, Some(Failure::Rejected)));
    assert_eq!(row.last_error, Some(OnionError::IncorrectOrUnknownPaymentDetails));
    assert_eq!(row.ended, at_ms(900));
    assert_eq!(rows.attempts[0].error, Some((OnionError::IncorrectOrUnknownPaymentDetails, 3)));
}

/// A diamond: n0 to n3 over the cheap n1, whose channel is empty, or the dear n2.
#[test]
fn a_payer_learns_from_a_failure_and_takes_another_way() {
    for router in [params(0).router, RouterChoice::Cheapest(CheapestParams::default())] {
        let mut network = nodes(4);
        for (one, two, ppm) in [(0, 1, 1), (1, 3, 1), (0, 2, 900), (2, 3, 900)] {
            join(&mut network, one, two, MILLION, policy(0, ppm, 40));
        }
        let mut balances = halves(&network);
        balances[1] = [Msat(0), MILLION.to_msat()];
        let mut params = params(10);
        params.router = router;
        let rows = run(system(network, &params, balances), vec![pay(0, 0, 3, Msat(50_000_000), 0)]);
        let row = rows.payments[0];
        assert_eq!(
            (row.outcome, row.attempts, row.searches),
            (Outcome::Settled, 2, 2),
            "{router:?}"
        );
        assert_eq!(row.last_error, Some(OnionError::TemporaryChannelFailure));
        assert_eq!(rows.attempts[0].error, Some((OnionError::TemporaryChannelFailure, 1)));
        assert_eq!(rows.attempts[1].route, [DirectedChannel(4), DirectedChannel(6)]);
        assert_eq!(row.fee, Some(Msat(45_000)));
        assert_eq!(rows.channels[1].failed, [1, 0]);
    }
}

#[test]
fn a_payer_without_enough_money_or_any_way_gives_up_at_once() {
    let mut network = line_of(3, MILLION, policy(0, 0, 40));
    network.add_node(leyden::network::Node { name: "alone".into(), software: None });
    let balances = halves(&network);
    let demands = vec![
        pay(0, 0, 2, Msat(500_000_001), 0),
        pay(1, 0, 3, Msat(1_000), 0),
        pay(2, 3, 0, Msat(1_000), 0),
    ];
    let rows = run(system(network, &plain(10), balances), demands);
    let failures: Vec<_> = rows.payments.iter().map(|p| (p.failure, p.attempts, p.ended)).collect();
    assert_eq!(
        failures,
        [
            (Some(Failure::InsufficientFunds), 0, at_ms(0)),
            (Some(Failure::PayeeCannotReceive), 0, at_ms(0)),
            (Some(Failure::InsufficientFunds), 0, at_ms(0)),
        ]
    );
}

#[test]
fn an_offline_payee_is_reported_by_its_peer_and_named_in_the_row() {
    let network = line_of(3, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let mut params = params(50);
    params.payee = PayeeParams { offline_share: 1.0, ..PayeeParams::default() };
    let row =
        run(system(network, &params, balances), vec![pay(0, 0, 2, Msat(1_000), 0)]).payments[0];
    assert_eq!(row.failure, Some(Failure::PayeeOffline));
    assert_eq!(row.last_error, Some(OnionError::UnknownNextPeer));
}

#[test]
fn an_offline_payee_cannot_be_paid_by_its_neighbour_either() {
    // n0 knows n1 is gone, and tries the way around; n2 cannot reach n1.
    let mut network = line_of(2, MILLION, policy(0, 0, 40));
    network.add_node(leyden::network::Node { name: "n2".into(), software: None });
    for (one, two) in [(0, 2), (2, 1)] {
        join(&mut network, one, two, MILLION, policy(1, 0, 40));
    }
    let balances = halves(&network);
    for router in [params(0).router, RouterChoice::Cheapest(CheapestParams::default())] {
        for mut params in [params(50), plain(50)] {
            params.payee = PayeeParams { offline_share: 1.0, ..PayeeParams::default() };
            params.router = router;
            let demands = vec![pay(0, 0, 1, Msat(1_000), 0)];
            let rows = run(system(network.clone(), &params, balances.clone()), demands);
            assert_eq!(rows.payments[0].failure, Some(Failure::PayeeOffline), "{router:?}");
            let errors: Vec<_> = rows.attempts.iter().map(|a| a.error).collect();
            let gone = |node| Some((OnionError::UnknownNextPeer, node));
            assert_eq!(errors, [gone(0), gone(1)], "{router:?}");
        }
    }
}

/// The run ends after the payee has released the preimage and before the payer has it.
#[test]
fn an_attempt_under_way_at_the_end_has_its_row() {
    for (params, end_ms) in [(plain(100), 150), (params(100), 350)] {
        let network = line_of(2, MILLION, policy(0, 0, 40));
        let balances = halves(&network);
        let mut running = Running::new(system(network, &params, balances), span());
        let span = Span { end: at_ms(end_ms).unwrap(), ..span() };
        let mut recorder = Recorder::default();
        let demands = [pay(0, 0, 1, Msat(1_000_000), 0)];
        drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
        running.finish(&mut recorder).unwrap();
        let row = recorder.payments[0];
        assert_eq!((row.outcome, row.payer_known, row.fee), (Outcome::Settled, None, None));
        assert_eq!((row.attempts, row.ended), (1, None));
        let attempts: Vec<_> = recorder.attempts.iter().map(|a| (a.outcome, a.ended)).collect();
        assert_eq!(attempts, [(Outcome::Pending, None)]);
    }
}

/// The payee holds for 100 s; the failure comes back after the payer's 60 s are over.
#[test]
fn no_attempt_starts_after_the_payment_timeout() {
    let network = line_of(3, MILLION, policy(0, 0, 40));
    let mut balances = halves(&network);
    balances[1] = [Msat(0), MILLION.to_msat()];
    let mut params = plain(61_000);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    let row =
        run(system(network, &params, balances), vec![pay(0, 0, 2, Msat(1_000), 0)]).payments[0];
    assert_eq!((row.failure, row.attempts), (Some(Failure::Timeout), 1));
}

#[test]
fn a_payee_may_hold_a_payment_before_it_settles() {
    let network = line_of(2, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let mut params = plain(100);
    params.payee.hold = Hold::Constant(SimDuration::from_secs(7));
    let row =
        run(system(network, &params, balances), vec![pay(0, 0, 1, Msat(1_000), 0)]).payments[0];
    assert_eq!((row.settled, row.payer_known), (at_ms(7_100), at_ms(7_200)));
}

/// LDK accepts 50 HTLCs at once: the 51st that is under way is refused.
#[test]
fn held_payments_fill_the_slots_and_the_next_one_fails() {
    let network = line_of(2, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let mut params = params(10);
    params.payee.hold = Hold::Constant(SimDuration::from_secs(1_000));
    let demands = (0..51).map(|i| pay(i, 0, 1, Msat(1_000_000), i)).collect();
    let rows = run(system(network, &params, balances), demands);
    let settled = rows.payments.iter().filter(|p| p.outcome == Outcome::Settled).count();
    assert_eq!(settled, 50);
    assert_eq!(rows.payments[0].id, 50, "the 51st ends first, refused by the payer's own channel");
}

/// CLoTH's faults (`src/htlc.c`): the payer finds out after exactly 3 s, even where the next node is the payee;
/// forwarders always reach the payee; a failure beyond takes 3 s and the way back. Nobody else has them.
#[test]
fn a_node_that_does_not_answer_a_visit_costs_three_seconds() {
    let network = line_of(4, MILLION, policy(0, 0, 40));
    let balances = halves(&network);
    let with = |probability| {
        let mut params = plain(100);
        let cloth = ClothParams { faulty_node_probability: probability, ..ClothParams::default() };
        params.router = RouterChoice::Cloth(cloth);
        params
    };
    let always = run(
        system(network.clone(), &with(1.0), balances.clone()),
        vec![pay(0, 0, 1, Msat(1_000), 0)],
    );
    let row = &always.payments[0];
    assert_eq!(
        (row.failure, row.last_error),
        (Some(Failure::Timeout), Some(OnionError::UnknownNextPeer))
    );
    assert_eq!((row.attempts, row.ended), (21, at_ms(63_000)), "the 22nd would start after 60 s");
    let never = run(
        system(network.clone(), &with(0.0), balances.clone()),
        vec![pay(0, 0, 3, Msat(1_000), 0)],
    );
    assert_eq!(never.payments[0].payer_known, at_ms(600));

    let demands = (0..2_000).map(|id| pay(id, 0, 3, Msat(1_000), id * 40_000)).collect();
    let often = run(system(network, &with(0.1), balances), demands);
    let first: Vec<_> =
        often.attempts.iter().filter(|a| a.sent == at_ms(a.id * 40_000).unwrap()).collect();
    assert_eq!(first.len(), 2_000);
    let waited = |hop: u32, ms: u64| {
        let is_it = |a: &&&common::Attempt| a.error == Some((OnionError::UnknownNextPeer, hop));
        let failed: Vec<_> = first.iter().filter(is_it).collect();
        assert!(
            failed
                .iter()
                .all(|a| a.ended.map(|at| at.since(a.sent)) == Some(SimDuration::from_millis(ms)))
        );
        failed.len()
    };
    // 200 and 180 expected; standard deviations 13.4 and 12.8. The third hop goes to the payee.
    assert!(waited(0, 3_000).abs_diff(200) < 45);
    assert!(waited(1, 3_200).abs_diff(180) < 43);
    assert_eq!(waited(2, 3_400), 0);
}
