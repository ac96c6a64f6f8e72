//! Depletion as a change since the start: which channels payments have emptied, and which payments fail for it.

#![allow(clippy::unwrap_used, reason = "this is test code")]

mod common;

use common::{Recorder, line_of, pay, plain, policy, span, system};
use leyden::lightning::LightningParams;
use leyden::outcome::{Failure, Shortage};
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::{ChannelSample, Window};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

const MILLION: Sat = Sat(1_000_000);

fn sat(amount: u64) -> Msat {
    Sat(amount).to_msat()
}

const fn seconds(count: u64) -> SimTime {
    SimTime(count * 1_000_000_000)
}

/// One message per hop and no delay, no limits and so no reserve, no fees.
fn bare() -> LightningParams {
    let mut params = plain(0);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params
}

/// A line over which these are paid, one a second from 1 s on, up to 10 s; sampled at every second and a half.
fn paid(balances: &[[u64; 2]], demands: &[(u32, u32, u64)]) -> Recorder {
    let network = line_of(u32::try_from(balances.len()).unwrap() + 1, MILLION, policy(0, 0, 40));
    let balances = balances.iter().map(|pair| pair.map(sat)).collect();
    let demands = (0..).zip(demands);
    let mut demands = demands
        .map(|(id, (payer, payee, amount))| pay(id, *payer, *payee, sat(*amount), 1_000 * (id + 1)))
        .collect::<Vec<Demand>>()
        .into_iter();
    let span = Span {
        sample_every: SimDuration::from_millis(1_500),
        window: Window { from: SimTime::ZERO, to: seconds(10) },
        end: seconds(10),
        ..span()
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(system(network, &bare(), balances), span);
    assert!(drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap());
    running.finish(&mut recorder).unwrap();
    recorder
}

/// Depleted, depleted since the start, replenished since the start, in thirds of the channels.
fn in_thirds(sample: &ChannelSample) -> [f64; 3] {
    let ChannelSample { depleted_share, newly_depleted_share, replenished_share, .. } = *sample;
    [depleted_share, newly_depleted_share, replenished_share].map(|share| share.unwrap() * 3.0)
}

fn are_close<const N: usize>(found: [f64; N], expected: [f64; N]) -> bool {
    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6)
}

/// Channel 0 is even, channel 1 has 200,000 sat to give, and channel 2 nothing to take back. What is paid at
/// 1 s replenishes channel 2; what is paid at 2 s empties channel 1; what comes at 4 s fills it again.
#[test]
fn a_channel_is_depleted_against_what_it_was_at_its_start() {
    let lines = [[500_000, 500_000], [200_000, 800_000], [1_000_000, 0]];
    let found = paid(&lines, &[(0, 3, 100_000), (0, 3, 100_000), (2, 3, 100_000), (3, 0, 100_000)]);
    let shares: Vec<_> =
        found.samples.iter().map(|sample| in_thirds(&sample.channels.unwrap())).collect();
    // At 1.5 s, 3 s, 4.5 s.
    for (at, expected) in
        [[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]].into_iter().enumerate()
    {
        assert!(are_close(shares[at], expected), "{at}: {:?}", shares[at]);
    }
    // Over 10 s: depleted are channel 2 for 1 s and channel 1 for 2 s; channel 2 is replenished for 9 s.
    let means = found.systems[0].channels.unwrap();
    let means = [means.depleted_share, means.newly_depleted_share, means.replenished_share];
    let means = means.map(|share| share.unwrap() * 3.0 * 10.0);
    assert!(are_close(means, [1.0 + 2.0, 2.0, 9.0]), "{means:?}");
}

/// What is depleted now is what was at the start, and what became so, less what is so no more.
#[test]
fn changes_and_start_add_up_to_what_is_depleted() {
    let lines = [[0, 1_000_000], [200_000, 800_000], [5_000, 995_000]];
    let demands =
        [(1, 0, 300_000), (1, 3, 5_000), (1, 2, 195_000), (0, 1, 300_000), (2, 1, 100_000)];
    let found = paid(&lines, &demands);
    assert!(found.payments.iter().all(|row| row.failure.is_none()));
    let mut seen = Vec::new();
    for sample in &found.samples {
        let [depleted, newly, replenished] = in_thirds(&sample.channels.unwrap());
        assert!((depleted - (2.0 + newly - replenished)).abs() < 1e-9, "{sample:?}");
        seen.push([newly, replenished].map(f64::round));
    }
    assert!(seen.contains(&[1.0, 0.0]) && seen.contains(&[0.0, 1.0]), "{seen:?}");
}

/// How each payment fails, if it does.
fn failures(
    balances: &[[u64; 2]],
    demands: &[(u32, u32, u64)],
) -> Vec<Option<(Failure, Option<Shortage>)>> {
    let rows = paid(balances, demands).payments;
    rows.iter().map(|row| row.failure.map(|failure| (failure, row.shortage))).collect()
}

#[test]
fn what_fails_and_would_have_passed_at_the_start_fails_by_depletion() {
    let [even, poor] = [[500_000, 500_000], [300_000, 700_000]];
    let depleted = |failure| Some((failure, Some(Shortage::Depleted)));
    let drawn = |failure| Some((failure, Some(Shortage::Drawn)));
    let on_the_way = [
        (0, 3, 300_000),
        // Channel 1 is empty now; it had 300,000 sat.
        (0, 3, 200_000),
        // The payer has 200,000 sat now; it had 500,000.
        (0, 1, 300_000),
        // It had them, but the payee could not have been brought them.
        (0, 2, 400_000),
        // Node 1 has 800,000 sat, and had less.
        (1, 0, 900_000),
    ];
    let expected = [
        None,
        depleted(Failure::NoLiquidity),
        depleted(Failure::InsufficientFunds),
        drawn(Failure::InsufficientFunds),
        drawn(Failure::InsufficientFunds),
    ];
    assert_eq!(failures(&[even, poor, even], &on_the_way), expected);
    let at_the_payee = [(0, 2, 300_000), (0, 2, 100_000)];
    assert_eq!(
        failures(&[even, poor], &at_the_payee),
        [None, depleted(Failure::PayeeCannotReceive)]
    );
    assert_eq!(failures(&[even, poor], &[(0, 2, 400_000)]), [drawn(Failure::PayeeCannotReceive)]);
}

/// A fee of 10,000 sat that the payer does not accept: no balance has to do with it.
#[test]
fn what_fails_for_another_reason_is_no_shortage() {
    let network = line_of(3, MILLION, policy(10_000_000, 0, 40));
    let balances = vec![[sat(500_000); 2]; 2];
    let demands = vec![pay(0, 0, 2, sat(100_000), 0)];
    let row = common::run(system(network, &bare(), balances), demands).payments[0];
    assert_eq!((row.failure, row.shortage), (Some(Failure::FeeLimit), None));
}
