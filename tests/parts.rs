//! Payments in parts (BOLT 4, `basic_mpp`), by hand: how lnd cuts them, how payees hold them, what ends them.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Attempt, Recorder, at_ms, join, nodes, pay_across, plain, policy, sat};
use leyden::lightning::LightningParams;
use leyden::network::{Network, Policy};
use leyden::outcome::{Failure, OnionError, Outcome};
use leyden::payment::{Hold, SendParams};
use leyden::units::{Msat, Ppm, Sat, SimDuration};

const MILLION: Sat = Sat(1_000_000);
const FREE: fn() -> Policy = || policy(0, 0, 40);

/// lnd with its parts; one message of 10 ms per hop, no limits.
fn in_parts() -> LightningParams {
    let mut params = plain(10);
    params.send = SendParams::default();
    params
}

/// Node 0 pays node 3 by node 1 or node 2: two disjoint routes of two channels.
fn diamond(both: Policy) -> Network {
    let mut network = nodes(4);
    for (one, two) in [(0, 1), (1, 3), (0, 2), (2, 3)] {
        join(&mut network, one, two, MILLION, both);
    }
    network
}

/// Amounts of the attempts in sat, by part.
fn amounts(attempts: &[Attempt], outcome: Outcome) -> Vec<(u32, u64)> {
    let ended = attempts.iter().filter(|attempt| attempt.outcome == outcome);
    let mut amounts: Vec<_> = ended.map(|a| (a.part, a.amount.get() / 1_000)).collect();
    amounts.sort_unstable();
    amounts
}

/// What a node has more than at the start.
fn gained(rows: &Recorder, node: usize) -> Msat {
    let [before, after] = rows.nodes[node].wealth;
    after - before
}

const FULL: [u64; 2] = [1_000_000, 0];
const TENTH: [u64; 2] = [100_000, 900_000];

#[test]
fn a_payment_too_large_for_one_channel_settles_in_halves_over_two() {
    let rows = pay_across(&diamond(FREE()), &in_parts(), &[TENTH, FULL, TENTH, FULL], 150_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.parts, row.attempts), (Outcome::Settled, 2, 2));
    // No channel of the payer can send 150,000; each can send half of it.
    assert_eq!(row.searches, 3, "the whole, its half, and what the half leaves");
    assert_eq!(amounts(&rows.attempts, Outcome::Settled), [(0, 75_000), (1, 75_000)]);
    assert_eq!([row.settled, row.payer_known], [at_ms(20), at_ms(40)]);
    assert_eq!(gained(&rows, 3), sat(150_000));
}

#[test]
fn what_a_half_leaves_is_halved_again_as_long_as_parts_are_allowed() {
    // 90,000 of 180,000 fit the first channel; the rest goes in 45,000 over each of two others.
    let mut network = nodes(5);
    for middle in [1, 2, 3] {
        join(&mut network, 0, middle, MILLION, FREE());
        join(&mut network, middle, 4, MILLION, FREE());
    }
    let balances = [[95_000, 905_000], FULL, [60_000, 940_000], FULL, [60_000, 940_000], FULL];
    let rows = pay_across(&network, &in_parts(), &balances, 180_000);
    assert_eq!(rows.payments[0].outcome, Outcome::Settled);
    let expected = [(0, 90_000), (1, 45_000), (2, 45_000)];
    assert_eq!(amounts(&rows.attempts, Outcome::Settled), expected);
    let mut two = in_parts();
    two.send.max_parts = 2;
    let rows = pay_across(&network, &two, &balances, 180_000);
    assert_eq!(rows.payments[0].outcome, Outcome::Failed);
    assert_eq!(rows.payments[0].parts, 1, "the second part would have to be cut");
}

#[test]
fn one_part_only_or_parts_too_small_leave_the_payment_as_it_was() {
    let network = diamond(FREE());
    let ends = |max_parts, min_part| {
        let mut params = in_parts();
        (params.send.max_parts, params.send.min_part) = (max_parts, sat(min_part));
        let rows = pay_across(&network, &params, &[TENTH, FULL, TENTH, FULL], 150_000);
        (rows.payments[0].failure, rows.payments[0].attempts)
    };
    assert_eq!(ends(1, 10_000), (Some(Failure::NoChannelLargeEnough), 0));
    assert_eq!(ends(16, 75_000), (None, 2));
    // The payer could, but not in parts of that size: no route, although the money is there.
    assert_eq!(ends(16, 75_001), (Some(Failure::NoLiquidity), 0));
}

#[test]
fn parts_reserve_what_the_payer_has() {
    // One channel of the payer with 100,000, two routes behind it: 150,000 cannot be sent, however it is cut.
    let mut network = nodes(5);
    for (one, two) in [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)] {
        join(&mut network, one, two, MILLION, FREE());
    }
    let rows = pay_across(&network, &in_parts(), &[TENTH, FULL, FULL, FULL, FULL], 150_000);
    let row = rows.payments[0];
    assert_eq!((row.failure, row.attempts), (Some(Failure::InsufficientFunds), 0));
}

#[test]
fn a_payee_holds_an_incomplete_set_for_a_minute_and_then_fails_it() {
    // Behind the second route there is no money: its part fails, and nothing else can carry it.
    let rows =
        pay_across(&diamond(FREE()), &in_parts(), &[TENTH, FULL, TENTH, [0, 1_000_000]], 150_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.failure), (Outcome::Failed, Some(Failure::NoLiquidity)));
    let held = rows.attempts.iter().find(|a| a.error == Some((OnionError::MppTimeout, 2))).unwrap();
    // 20 ms there, 60 s at the payee, 20 ms back.
    assert_eq!([Some(held.sent), held.ended], [at_ms(0), at_ms(60_040)]);
    assert!(amounts(&rows.attempts, Outcome::Settled).is_empty());
    assert_eq!([0, 3].map(|node| gained(&rows, node)), [Msat::ZERO; 2]);
}

#[test]
fn a_key_says_how_long_a_payee_waits() {
    let mut params = in_parts();
    params.payee.mpp_timeout = SimDuration::from_secs(120);
    let rows =
        pay_across(&diamond(FREE()), &params, &[TENTH, FULL, TENTH, [0, 1_000_000]], 150_000);
    assert!(rows.attempts.iter().any(|attempt| attempt.ended == at_ms(120_040)));
    assert_eq!(rows.payments[0].ended, at_ms(120_040));
}

#[test]
fn a_part_that_fails_is_sent_another_way_while_the_payee_holds_the_other() {
    // Behind node 2 there is no money; a third route has it.
    let mut network = nodes(5);
    for (one, two) in [(0, 1), (1, 4), (0, 2), (2, 4), (0, 3), (3, 4)] {
        join(&mut network, one, two, MILLION, FREE());
    }
    let balances = [TENTH, FULL, TENTH, [0, 1_000_000], TENTH, FULL];
    let rows = pay_across(&network, &in_parts(), &balances, 150_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.parts), (Outcome::Settled, 2));
    let failed: Vec<_> = rows.attempts.iter().filter_map(|a| a.error).collect();
    assert!(failed.iter().all(|&error| error == (OnionError::TemporaryChannelFailure, 1)));
    assert_eq!(row.attempts as usize, 2 + failed.len());
    assert_eq!(gained(&rows, 4), sat(150_000));
}

#[test]
fn the_payee_holds_a_complete_set_as_it_holds_any_payment() {
    let mut params = in_parts();
    params.payee.hold = Hold::Constant(SimDuration::from_secs(90));
    let rows = pay_across(&diamond(FREE()), &params, &[TENTH, FULL, TENTH, FULL], 150_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.settled), (Outcome::Settled, at_ms(90_020)));
}

#[test]
fn a_payee_that_refuses_does_so_with_the_first_part() {
    let mut params = in_parts();
    params.payee.fail_share = 1.0;
    let rows = pay_across(&diamond(FREE()), &params, &[TENTH, FULL, TENTH, FULL], 150_000);
    let row = rows.payments[0];
    assert_eq!((row.failure, row.ended), (Some(Failure::Rejected), at_ms(40)));
    assert_eq!(row.attempts, 2);
}

#[test]
fn all_parts_together_keep_the_limit_on_fees() {
    // 1,000 ppm and 10 sat a forward: 75,000 cost 85 sat, both halves 170.
    let network = diamond(policy(10_000, 1_000, 40));
    let ends = |fee_limit_ppm| {
        let mut params = in_parts();
        params.send.fee_limit = Ppm(fee_limit_ppm);
        let rows = pay_across(&network, &params, &[TENTH, FULL, TENTH, FULL], 150_000);
        (rows.payments[0].failure, rows.payments[0].fee)
    };
    // 170 sat are 1,133.3 ppm of 150,000.
    assert_eq!(ends(1_134), (None, Some(sat(170))));
    assert_eq!(ends(1_133), (Some(Failure::FeeLimit), None));
}

#[test]
fn forwarders_use_the_channels_of_a_pair_one_after_the_other() {
    // 0 – 1 with 2 M, 1 – 2 with two channels of 1 M: 1.5 M in two parts.
    let mut network = nodes(3);
    join(&mut network, 0, 1, Sat(2_000_000), FREE());
    for _ in 0..2 {
        join(&mut network, 1, 2, MILLION, FREE());
    }
    let rows = pay_across(&network, &in_parts(), &[[2_000_000, 0], FULL, FULL], 1_500_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.parts), (Outcome::Settled, 2));
    assert_eq!(amounts(&rows.attempts, Outcome::Settled), [(0, 750_000), (1, 750_000)]);
}
