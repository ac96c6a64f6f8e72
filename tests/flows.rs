//! Pickhardt and Richter's payer by hand: parts along the cheapest flow, and rounds until all has arrived.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, join, nodes, pay_across, plain, policy, sat};
use leyden::lightning::LightningParams;
use leyden::network::{Network, Policy};
use leyden::outcome::{Failure, Outcome};
use leyden::payment::{RouterChoice, SendParams};
use leyden::routing::PickhardtParams;
use leyden::units::{Ppm, Sat};

const MILLION: Sat = Sat(1_000_000);
const FULL: [u64; 2] = [1_000_000, 0];
const EMPTY: [u64; 2] = [0, 1_000_000];

fn flows() -> LightningParams {
    let mut params = plain(10);
    params.router = RouterChoice::Pickhardt(PickhardtParams::default());
    params.send = SendParams { max_parts: 100, min_part: sat(1), ..SendParams::default() };
    params
}

/// Node 0 pays the last node by each of the others: routes of two channels with these capacities in the second.
fn routes(capacities: &[u64], both: Policy) -> Network {
    let count = u32::try_from(capacities.len()).unwrap();
    let mut network = nodes(count + 2);
    for (middle, &capacity) in (1..=count).zip(capacities) {
        join(&mut network, 0, middle, MILLION, both);
        join(&mut network, middle, count + 1, Sat(capacity), both);
    }
    network
}

/// What settled over each channel of the payer, in sat.
fn settled(rows: &Recorder) -> Vec<u64> {
    let mut parts: Vec<_> = rows
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome == Outcome::Settled)
        .map(|attempt| (attempt.route[0], attempt.amount.get() / 1_000))
        .collect();
    parts.sort_unstable();
    parts.into_iter().map(|(_, amount)| amount).collect()
}

/// Five pieces of 200,000 sat in each of two like channels, each dearer than the one before: the cheapest flow of 400,000
/// takes the first piece of both.
#[test]
fn uncertainty_divides_a_payment_evenly_over_like_channels() {
    let network = routes(&[1_000_000, 1_000_000], policy(0, 0, 40));
    let rows = pay_across(&network, &flows(), &[FULL; 4], 400_000);
    let row = rows.payments[0];
    assert_eq!((row.outcome, row.parts, row.attempts), (Outcome::Settled, 2, 2));
    assert_eq!(settled(&rows), [200_000, 200_000]);
}

/// Pieces of 200,000 sat at 15,000 (150 BTC over the capacity), 30,000, … in the one channel, of 400,000 at 7,500, 15,000, … in
/// the other, which is twice as wide: 600,000 are 400,000 of the first piece there and 200,000 at 15,000, which both have.
#[test]
fn a_wider_channel_carries_more() {
    let network = routes(&[1_000_000, 2_000_000], policy(0, 0, 40));
    let rows = pay_across(&network, &flows(), &[FULL, FULL, FULL, [2_000_000, 0]], 600_000);
    assert_eq!(settled(&rows), [200_000, 400_000]);
}

#[test]
fn what_fails_goes_another_way_in_the_next_round() {
    let network = routes(&[1_000_000, 1_000_000, 1_000_000], policy(0, 0, 40));
    let balances = [FULL, FULL, FULL, EMPTY, FULL, FULL];
    let rows = pay_across(&network, &flows(), &balances, 600_000);
    let row = rows.payments[0];
    assert_eq!(row.outcome, Outcome::Settled);
    assert_eq!(settled(&rows).iter().sum::<u64>(), 600_000);
    assert!(row.attempts > 3, "the part over the empty channel was sent twice");
    let [before, after] = rows.nodes[4].wealth;
    assert_eq!(after - before, sat(600_000));
}

/// 1 % on the way: the payer has the amount, but not the fee.
#[test]
fn a_payer_without_the_fee_gives_up() {
    let network = routes(&[1_000_000], policy(0, 10_000, 40));
    let ends = |amount| pay_across(&network, &flows(), &[FULL; 2], amount).payments[0];
    assert_eq!(ends(1_000_000).failure, Some(Failure::InsufficientFunds));
    assert_eq!(ends(990_000).outcome, Outcome::Settled, "9,900 sat of fee");
    assert_eq!(ends(990_100).outcome, Outcome::Failed, "990,100 and 9,901 are more than a million");
}

#[test]
fn a_channel_that_takes_no_small_parts_is_left_out() {
    let narrow = Policy { htlc_minimum: sat(300_000), ..policy(0, 0, 40) };
    let mut network = nodes(4);
    let free = policy(0, 0, 40);
    for (one, two, both) in [(0, 1, free), (1, 3, narrow), (0, 2, free), (2, 3, free)] {
        join(&mut network, one, two, MILLION, both);
    }
    let rows = pay_across(&network, &flows(), &[FULL; 4], 400_000);
    assert_eq!(settled(&rows), [400_000], "200,000 would be too little for the one");
}

#[test]
fn the_fees_of_all_parts_keep_the_limit() {
    let network = routes(&[1_000_000, 1_000_000], policy(0, 1_000, 40));
    let ends = |limit| {
        let mut params = flows();
        params.send.fee_limit = Ppm(limit);
        pay_across(&network, &params, &[FULL; 4], 400_000).payments[0]
    };
    assert_eq!(ends(1_000).fee, Some(sat(400)));
    assert_eq!(ends(999).failure, Some(Failure::FeeLimit));
}
