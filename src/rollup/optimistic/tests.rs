#![expect(clippy::cast_precision_loss, reason = "gas and costs")]

use super::*;
use crate::chain::ethereum::{Background, EthereumParams};
use crate::engine::Seeds;
use crate::outcome::{Failure, Outcome};
use crate::rollup::params::{Faults, OperatorParams, Seal, Users};
use crate::rollup::testing::{pay, poisson, secs, small, span, world};
use crate::system::testing::{Recorder, run};
use crate::system::{Running, drive};

const WINDOW: u64 = 20_000;

fn params(operator: &OperatorParams) -> OptimisticParams {
    let d = OptimisticParams::default();
    let seal = Seal { operations: 20, age: secs(60), ..Seal::default() };
    let operator = OperatorParams {
        layout: d.operator.layout,
        soft_block: d.operator.soft_block,
        inbox: d.operator.inbox,
        seal,
        ..operator.clone()
    };
    OptimisticParams {
        operator,
        window: secs(WINDOW),
        assert_every: secs(1_000),
        answer: secs(100),
        react: secs(500),
        ..d
    }
}

fn rollup(params: OptimisticParams, nodes: u32) -> OptimisticRollup {
    OptimisticRollup::new(params, world(nodes))
}

#[test]
fn a_payment_is_final_with_the_block_of_its_data_and_withdrawable_after_the_window() {
    let system = rollup(params(&small()), 3);
    let (_, rows, _) = run(system, [pay(0, 0, 1, 50, 0)], span(30_000, true));
    let row = rows.payments[0];
    // Executed at 75.05 ms, soft-confirmed at the end of the soft block of 2 s and 75 ms later.
    assert_eq!(row.settled, Some(SimTime(2_075_000_000)));
    // Closed at 60 s, posted 5 min later; asserted at 1,000 s, in the slot of 1,008 s.
    assert_eq!(row.settlement.included, Some(SimTime(373_900_000_000)));
    let asserted = SimTime(1_009_900_000_000);
    assert_eq!(rows.batches[0].proven, Some(asserted));
    // The data stands in slot 31, the last of epoch 0, which is final when epoch 3 begins.
    assert_eq!(row.final_at, Some(SimTime(1_152_000_000_000)));
    assert_eq!(row.settlement.withdrawable, Some(asserted + secs(WINDOW)));
    assert_eq!(rows.batches[0].bytes, 3 + 110);
}

#[test]
fn withdrawals_after_the_end_of_the_run_are_foreseen_by_the_rule() {
    let system = rollup(params(&small()), 3);
    let (_, rows, _) = run(system, [pay(0, 0, 1, 50, 0)], span(2_000, true));
    let expected = SimTime(1_009_900_000_000) + secs(WINDOW);
    assert_eq!(rows.payments[0].settlement.withdrawable, Some(expected));
    assert_eq!(rows.payments[0].outcome, Outcome::Settled);
}

#[test]
fn a_wrong_root_is_reverted_when_one_watcher_is_online() {
    let false_roots =
        OptimisticParams { false_roots: 1.0, watchers: 2, watcher_online: 1.0, ..params(&small()) };
    let demands = || poisson(1, 4, 0.1, 800, 100);
    let (system, rows, _) = run(rollup(false_roots, 4), demands(), span(60_000, true));
    assert_eq!(system.stolen, Msat::ZERO);
    assert!(system.bonds.slashed > Wei::ZERO);
    assert_eq!(system.bonds.slashed, system.bonds.rewarded, "all of it goes to the winner");
    assert!(rows.batches.iter().all(|batch| batch.final_at.is_some()));
    assert!(rows.batches.iter().any(|batch| batch.faults > 0));
    let (_, honest, _) = run(rollup(params(&small()), 4), demands(), span(60_000, true));
    let first = |rows: &Recorder| rows.batches[0].executed.unwrap();
    assert!(first(&rows) > first(&honest) + secs(500), "the right root begins its window later");
}

#[test]
fn a_wrong_root_stands_when_nobody_watches_and_takes_money_of_others() {
    let theft = Msat(123_000);
    let false_roots =
        OptimisticParams { false_roots: 1.0, watcher_online: 0.0, theft, ..params(&small()) };
    let demands = poisson(1, 4, 0.1, 800, 100);
    let (system, _, _) = run(rollup(false_roots, 4), demands, span(60_000, true));
    assert!(system.stolen >= theft);
    assert_eq!(system.bonds.slashed, Wei::ZERO);
    system.check().unwrap();
}

#[test]
fn undetected_wrong_roots_are_as_likely_as_the_watchers_are_offline() {
    // (1 - u)^V with three watchers that are online with probability one half.
    let false_roots = OptimisticParams {
        false_roots: 1.0,
        watchers: 3,
        watcher_online: 0.5,
        assert_every: secs(100),
        window: secs(15_000),
        theft: Msat(1),
        post_within: secs(0),
        ..params(&small())
    };
    let demands = (0..400).map(|k| pay(k, 0, 1, 1, k * 100_000));
    let (system, _, _) = run(rollup(false_roots, 2), demands, span(80_000, false));
    let stolen = system.stolen.0;
    // 400 trials with probability 1/8: 50, standard deviation 6.6.
    assert!((28..=72).contains(&stolen), "{stolen}");
}

#[test]
fn money_is_conserved_with_deposits_withdrawals_and_a_halted_operator() {
    let users = Users {
        deposits: 0.01,
        withdrawals: 0.02,
        forced_share: 0.2,
        deadline: secs(3_000),
        ..Users::default()
    };
    let faults = Faults { halt: Some(secs(4_000)), ..Faults::default() };
    let operator = OperatorParams { users, faults, ..small() };
    let demands = || poisson(5, 6, 0.2, 5_000, 1_000);
    let (system, rows, _) = run(rollup(params(&operator), 6), demands(), span(60_000, true));
    assert!(system.core.bridge.frozen.is_some());
    for node in 0..6 {
        assert_eq!(system.core.balance_of(node), Msat::ZERO, "node {node} has left");
    }
    assert_eq!(rows.payments.len(), demands().count());
    let halted = |row: &&crate::rows::PaymentRow| row.failure == Some(Failure::OperatorHalted);
    assert!(rows.payments.iter().filter(halted).count() > 100);
    let fixed = |row: &&crate::rows::PaymentRow| row.final_at.is_some();
    assert!(rows.payments.iter().filter(fixed).count() > 300, "what was posted becomes final");
}

#[test]
fn what_a_censoring_operator_ignores_is_included_at_the_deadline() {
    let users =
        Users { withdrawals: 0.01, forced_share: 1.0, deadline: secs(3_000), ..Users::default() };
    let faults = Faults { censored_share: 1.0, ignores_requests: true, ..Faults::default() };
    let operator = OperatorParams { users, faults, ..small() };
    let (system, rows, _) = run(rollup(params(&operator), 4), [], span(9_000, true));
    assert_eq!(system.core.bridge.frozen, None, "the rollup goes on");
    let first = rows.batches.first().expect("requests make batches").opened;
    // A request is made after some 100 s and must be served 3,000 s after its block.
    assert!((3_000.0..4_500.0).contains(&first.as_secs_f64()), "{first:?}");
    assert!((0..4).any(|node| system.core.balance_of(node) == Msat::ZERO), "somebody has left");
}

#[test]
fn posting_to_an_account_without_code_takes_the_gas_of_a_transaction() {
    let (_, rows, _) = run(rollup(params(&small()), 3), [pay(0, 0, 1, 50, 0)], span(900, true));
    assert_eq!(rows.batches[0].gas, Gas(21_000));
}

#[test]
fn a_full_pool_does_not_change_the_order_of_batches() {
    let users = Users { deposits: 1.0, ..Users::default() };
    let operator = OperatorParams { users, ..small() };
    let mut world = world(6);
    world.ethereum.pool = 8;
    let system = OptimisticRollup::new(
        OptimisticParams { post_within: secs(30), ..params(&operator) },
        world,
    );
    let (system, rows, _) = run(system, poisson(2, 6, 1.0, 2_000, 100), span(4_000, true));
    assert!(system.core.bridge.progress()[0] > 20);
    let posted: Vec<_> = rows.batches.iter().filter_map(|batch| batch.posted).collect();
    assert!(posted.is_sorted());
}

#[test]
fn in_a_steady_market_fees_are_costs_and_a_margin_also_where_an_assertion_covers_half_an_hour() {
    let half = [0.1, 1.0].map(|rate| (rate, 1_980));
    let whole = [0.1, 1.0].map(|rate| (rate, 3_600));
    for ((rate, until), seed) in
        half.into_iter().chain(whole).flat_map(|of| (0..8).map(move |seed| (of, seed)))
    {
        let margin = margin(rate, seed, until, 0.0);
        assert!((margin - 0.1).abs() < 0.02, "{rate} a second, seed {seed}, {until} s: {margin}");
    }
    let of_fast = margin(10.0, 0, 3_600, 0.0);
    assert!((of_fast - 0.1).abs() < 0.02, "10 a second: {of_fast}");
    // Where payments are rarer than batches are old, what is open at the ends of the hour is more of it.
    for seed in 0..8 {
        let margin = margin(0.03, seed, 3_600, 0.0);
        assert!((margin - 0.1).abs() < 0.04, "0.03 a second, seed {seed}: {margin}");
    }
}

/// The base fee at the moment of an hour's assertion decides over half of the hour's cost. What one hour lacks the
/// next ones pay.
#[test]
fn in_a_market_that_moves_the_margin_holds_over_two_days() {
    for seed in 0..4 {
        let margin = margin(0.1, seed, 48 * 3_600, Background::default().volatility);
        assert!((margin - 0.1).abs() < 0.02, "seed {seed}: {margin}");
    }
}

/// Fees over costs, less one, of payments from the first one on until then (s).
fn margin(rate: f64, seed: u64, until: u64, volatility: f64) -> f64 {
    let mut world = world(20);
    (world.expected_rate, world.seeds) = (rate, Seeds::new(seed, 0));
    let background = Background { volatility, ..Background::default() };
    world.ethereum = EthereumParams { background, ..EthereumParams::default() };
    let params = OptimisticParams { assert_every: secs(3_600), ..params(&small()) };
    let system = OptimisticRollup::new(params, world);
    // The transaction that posts the last batches of the time carries more, like the others.
    let demands = poisson(seed + 4, 20, rate, until + 400, 100);
    let (_, rows, _) = run(system, demands, span(until + 6_000, false));
    let end = SimTime::ZERO + secs(until);
    let of_time = || rows.payments.iter().filter(|row| row.submitted < end);
    let price: f64 = of_time().filter_map(|row| row.price_usd).sum();
    let cost: f64 = of_time().filter_map(|row| row.resource_usd).sum();
    price / cost - 1.0
}

#[test]
fn a_batch_bears_the_part_of_the_assertions_period_that_it_stands_for() {
    // One batch: opened at 0.075 s, closed at 60.075 s, asserted at 1,000 s for a period of 1,000 s.
    let (_, rows, _) = run(rollup(params(&small()), 3), [pay(0, 0, 1, 50, 0)], span(2_000, true));
    let assertion = 321_000.0 + 4.0 * 4.0 * 128.0;
    let expected = 21_000.0 + assertion * 0.060_075_05;
    assert!((rows.batches[0].gas.0 as f64 - expected).abs() < 2.0, "{:?}", rows.batches[0].gas);
}

#[test]
fn a_saved_rollup_goes_on_the_same() {
    let users = Users { deposits: 0.02, withdrawals: 0.05, forced_share: 0.3, ..Users::default() };
    let build = || {
        let params = params(&OperatorParams { users, ..small() });
        rollup(OptimisticParams { false_roots: 0.5, ..params }, 5)
    };
    let demands = || poisson(8, 5, 1.0, 3_000, 300_000);
    let (_, _, whole) = run(build(), demands(), span(30_000, false));
    for cut in [1, 5_000] {
        let span = span(30_000, false);
        let mut recorder = Recorder::default();
        let mut running = Running::new(build(), span);
        let mut arrivals = demands();
        drive(&mut running, &mut arrivals, span, cut, &mut recorder).unwrap();
        let saved = postcard::to_allocvec(&running).unwrap();
        let mut again: Running<OptimisticRollup> = postcard::from_bytes(&saved).unwrap();
        again.system.rebuild();
        let position = usize::try_from(again.demands).unwrap();
        let mut rest = demands().skip(position);
        drive(&mut again, &mut rest, span, u64::MAX, &mut recorder).unwrap();
        again.finish(&mut recorder).unwrap();
        assert_eq!(again.fingerprint.to_string(), whole, "cut after {cut} steps");
    }
}
