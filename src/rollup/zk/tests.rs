#![expect(clippy::cast_precision_loss, reason = "means and ratios")]

use super::*;
use crate::chain::ethereum::EthereumParams;
use crate::engine::Seeds;
use crate::outcome::{Failure, Outcome, SealedBy};
use crate::rollup::layout::{Layout, Witness};
use crate::rollup::operation::Operation;
use crate::rollup::operation::account_of;
use crate::rollup::params::{DataLocation, Faults, FeeRule, OperatorParams, Seal, Service, Users};
use crate::rollup::prover::Prover;
use crate::rollup::testing::{count, pay, poisson, secs, small, span, world};
use crate::rows::{BatchRow, PaymentRow};
use crate::system::testing::{Recorder, run};
use crate::system::{Running, drive};
use crate::units::{Msat, SimDuration, SimTime};

fn params(operator: OperatorParams) -> ZkParams {
    ZkParams { operator, ..ZkParams::default() }
}

fn zk(operator: OperatorParams, nodes: u32) -> ZkRollup {
    ZkRollup::new(params(operator), world(nodes))
}

fn at(time: Option<SimTime>) -> f64 {
    time.expect("it happens").as_secs_f64()
}

#[test]
fn one_payment_goes_its_way_at_the_times_reckoned_by_hand() {
    let (system, rows, _) = run(zk(small(), 3), [pay(9, 0, 1, 50, 0)], span(2_000, true));
    let [row] = rows.payments[..] else { panic!("one payment") };
    assert_eq!((row.id, row.outcome, row.attempts), (9, Outcome::Settled, 1));
    // Sent at 0, executed at 75.05 ms, soft-confirmed at the end of the soft block and 75 ms later.
    assert!((at(row.settled) - 1.075).abs() < 1e-9, "{row:?}");
    // Closed at 60.075 s, committed 12 s later, too late for the slot of 72 s.
    let [batch] = rows.batches[..] else { panic!("one batch") };
    assert_eq!((batch.sealed_by, batch.payments, batch.bytes), (SealedBy::Age, 1, 15));
    assert!((batch.sealed.as_secs_f64() - 60.075_05).abs() < 1e-9);
    assert!((at(row.settlement.included) - 85.9).abs() < 1e-9);
    // The proof of one payment takes 180 ms and waits for the commit; then a slot for the proof, one for
    // the payout after 10 s.
    assert!((at(batch.proven) - 97.9).abs() < 1e-9);
    assert!((at(row.settlement.withdrawable) - 109.9).abs() < 1e-9);
    // The proof's block lies in epoch 0, which is final when epoch 3 begins.
    assert!((at(row.final_at) - 1_152.0).abs() < 1e-9);
    assert_eq!(row.final_at, row.ended);
    let fee = row.fee.unwrap();
    assert!(fee > Msat::ZERO);
    let sent = Msat(50_000) + fee;
    assert_eq!(system.core.balance_of(0), Msat(1_000_000_000) - sent);
    assert_eq!(system.core.balance_of(1), Msat(1_000_050_000));
    assert_eq!(rows.acknowledged.len(), 1);
}

#[test]
fn cost_and_gas_of_a_batch_are_those_of_its_three_transactions() {
    for data_location in [DataLocation::Blobs, DataLocation::Calldata] {
        let operator = OperatorParams { data_location, ..small() };
        let (_, rows, _) = run(zk(operator, 3), [pay(0, 0, 1, 50, 0)], span(2_000, true));
        let [batch] = rows.batches[..] else { panic!("one batch") };
        // Header 128 others and 32 zeros: 544 tokens. Payment data: 15 bytes in calldata mode.
        let commit = match data_location {
            DataLocation::Blobs => 21_000 + 4 * 544 + 51_000 + 50_000,
            DataLocation::Calldata => {
                let tokens = 544 + rows.batches[0].bytes * 4;
                let most = 21_000 + 4 * tokens + 51_000;
                assert!(batch.gas.0 < most + 21_000 + 4 * 1_152 + 220_000 + 33_176);
                batch.gas.0 - (21_000 + 4 * 1_152 + 220_000) - (21_000 + 4 * 544 + 10_000)
            }
        };
        let prove = 21_000 + 4 * 1_152 + 220_000;
        let execute = 21_000 + 4 * 544 + 10_000;
        assert_eq!(batch.gas.0, commit + prove + execute, "{data_location:?}");
        let expected_blobs = if data_location == DataLocation::Blobs { 1.0 } else { 0.0 };
        assert!((batch.blobs - expected_blobs).abs() < 1e-12);
        let paid: f64 = rows.ethereum_blocks.iter().map(|block| block.paid.as_eth_f64()).sum();
        let proving = 0.18 / 3_600.0 * 2.0;
        assert!((batch.cost_usd - (paid * 3_000.0 + proving)).abs() < 1e-9);
        let row = rows.payments[0];
        assert!((row.resource_usd.unwrap() - batch.cost_usd).abs() < 1e-12, "it paid alone");
    }
}

#[test]
fn money_is_conserved_with_deposits_withdrawals_and_forced_exits() {
    let users = Users {
        deposits: 0.02,
        withdrawals: 0.02,
        forced_share: 0.2,
        deposit_amount: Msat(50_000_000),
        ..Users::default()
    };
    let seal = Seal { operations: 20, age: secs(30), ..Seal::default() };
    for layout in [Layout::Seed, Layout::Loopring, Layout::ZksyncLite, Layout::Hermez] {
        let operator = OperatorParams { layout, seal, users, ..small() };
        let demands = poisson(3, 6, 0.5, 1_500, 400_000);
        let (system, rows, _) = run(zk(operator, 6), demands, span(4_000, true));
        let settled = count(&rows, Outcome::Settled);
        assert!(settled > 150, "{layout:?}: {settled}");
        assert!(count(&rows, Outcome::Failed) > 0, "some run out of funds");
        let [posted, proven, executed] = system.core.bridge.progress();
        assert!(posted > 30 && proven > 30 && executed > 30);
        assert!(rows.system.unwrap().capital.locked > Msat::ZERO);
        system.check().unwrap();
    }
}

#[test]
fn the_wallets_of_payers_who_run_out_sign_again_and_nothing_is_lost() {
    // Three payments at once, of which the second cannot be paid.
    let demands = [pay(0, 0, 1, 600_000, 0), pay(1, 0, 1, 600_000, 1), pay(2, 0, 1, 300_000, 2)];
    let (_, rows, _) = run(zk(small(), 2), demands, span(2_000, true));
    let outcome = |id| rows.payments.iter().find(|row| row.id == id).unwrap();
    assert_eq!(outcome(0).outcome, Outcome::Settled);
    assert_eq!(outcome(1).failure, Some(Failure::InsufficientFunds));
    assert_eq!((outcome(2).outcome, outcome(2).attempts), (Outcome::Settled, 2));
}

#[test]
fn a_forged_payment_is_refused_by_the_operator() {
    let mut system = zk(small(), 2);
    let demand = pay(0, 0, 1, 10, 0);
    let mut recorder = Recorder::default();
    let span = span(2_000, true);
    // Nobody signed this: the witness is empty.
    let operation = Operation::Payment {
        from: account_of(0),
        to: account_of(1),
        amount: Msat(10_000),
        fee: Msat::ZERO,
    };
    let mut queue = crate::engine::EventQueue::default();
    let mut schedule = Within::new(SimTime::ZERO, &mut queue, ZkEvent::Core);
    let witness = Witness::default();
    system.core.operator.send_signed(operation, witness, Some(demand), 0, &mut schedule);
    let mut running = Running::new(system, span);
    running.queue = queue;
    drive(&mut running, &mut std::iter::empty(), span, u64::MAX, &mut recorder).unwrap();
    assert_eq!(recorder.payments[0].failure, Some(Failure::Rejected));
    assert_eq!(running.system.core.operator.forged, 1);
    assert_eq!(running.system.core.balance_of(1), Msat(1_000_000_000));
}

#[test]
fn when_the_operator_halts_everybody_leaves_with_the_last_executed_state() {
    let users = Users {
        withdrawals: 0.02,
        forced_share: 0.5,
        deposits: 0.005,
        deadline: secs(4_000),
        ..Users::default()
    };
    let faults = Faults { halt: Some(secs(2_000)), ..Faults::default() };
    let seal = Seal { operations: 20, age: secs(30), ..Seal::default() };
    let operator = OperatorParams { seal, users, faults, ..small() };
    let demands = poisson(5, 6, 0.5, 2_500, 1_000);
    let (system, rows, _) = run(zk(operator, 6), demands, span(9_000, true));
    assert!(system.core.bridge.frozen.is_some(), "nobody serves the requests");
    for node in 0..6 {
        assert_eq!(system.core.balance_of(node), Msat::ZERO, "node {node} has left");
    }
    let halted = |row: &&PaymentRow| row.failure == Some(Failure::OperatorHalted);
    assert!(rows.payments.iter().filter(halted).count() > 150);
    let undone = rows
        .payments
        .iter()
        .filter(halted)
        .filter(|row| row.submitted < SimTime(2_000_000_000_000));
    assert!(undone.count() > 5, "what was soft-confirmed but not executed on the chain is undone");
    assert_eq!(rows.payments.len(), poisson(5, 6, 0.5, 2_500, 1_000).count(), "one row each");
    system.check().unwrap();
}

#[test]
fn an_operator_that_comes_back_goes_on() {
    let faults = Faults { halt: Some(secs(300)), resume: Some(secs(900)), ..Faults::default() };
    let seal = Seal { operations: 20, age: secs(30), ..Seal::default() };
    let operator = OperatorParams { seal, faults, ..small() };
    let demands = poisson(6, 4, 0.5, 1_500, 1_000);
    let (system, rows, _) = run(zk(operator, 4), demands, span(5_000, true));
    let failed = count(&rows, Outcome::Failed);
    assert!((200..400).contains(&failed), "10 of 25 minutes are lost: {failed}");
    assert!(
        rows.payments.iter().all(|row| row.outcome == Outcome::Failed || row.final_at.is_some())
    );
    assert_eq!(system.core.operator.sealed, system.core.bridge.progress()[2]);
}

#[test]
fn a_censored_payer_is_refused_and_can_still_leave_by_force() {
    let faults = Faults { censored_share: 1.0, ..Faults::default() };
    let users = Users { withdrawals: 0.01, forced_share: 1.0, ..Users::default() };
    let operator = OperatorParams { users, faults, ..small() };
    let demands = [pay(0, 0, 1, 10, 0)];
    let (system, rows, _) = run(zk(operator, 2), demands, span(3_000, true));
    assert_eq!(rows.payments[0].failure, Some(Failure::Censored));
    assert_eq!(system.core.balance_of(0), Msat::ZERO, "forced exits are served");
    assert!(system.core.bridge.frozen.is_none());
}

#[test]
fn one_prover_is_a_bottleneck_and_a_dead_one_costs_time() {
    let seal = Seal { operations: 10, ..Seal::default() };
    let operator = OperatorParams { seal, ..small() };
    let of = |provers, prover_failures| {
        let params = ZkParams {
            provers,
            prover_failures,
            prover: Prover { fixed: secs(100), per_payment: secs(0), usd_per_hour: 36.0 },
            ..params(operator.clone())
        };
        let demands = (0..100).map(|k| pay(k, 0, 1, 10, k));
        let (_, rows, _) = run(ZkRollup::new(params, world(2)), demands, span(8_000, true));
        assert_eq!(rows.batches.len(), 10);
        let last = rows.batches.iter().filter_map(|batch| batch.proven).max().unwrap();
        let proving: f64 = rows.batches.iter().map(|batch| batch.proving_usd).sum();
        (last.as_secs_f64(), proving, rows.batches.iter().map(|batch| batch.faults).sum::<u32>())
    };
    let (one, cost, _) = of(1, 0.0);
    assert!((1_000.0..1_030.0).contains(&one), "ten proofs in a row: {one}");
    assert!((cost - 10.0).abs() < 1e-9, "1,000 s at $36 an hour");
    let (ten, _, _) = of(10, 0.0);
    assert!(ten < 130.0, "{ten}");
    let (_, dear, faults) = of(1, 0.5);
    assert!(faults > 0 && dear > 10.0);
}

#[test]
fn joined_proofs_share_one_verification() {
    let seal = Seal { operations: 10, ..Seal::default() };
    let gas = |aggregate| {
        let params = ZkParams { aggregate, ..params(OperatorParams { seal, ..small() }) };
        let demands = (0..80).map(|k| pay(k, 0, 1, 10, k));
        let (_, rows, _) = run(ZkRollup::new(params, world(2)), demands, span(3_000, true));
        assert!(rows.batches.iter().all(|batch| batch.final_at.is_some()));
        rows.batches.iter().map(|batch| batch.gas.0).sum::<u64>()
    };
    let (single, joined) = (gas(1), gas(4));
    // Eight verifications become two.
    let verification = 21_000 + 4 * 1_152 + 220_000;
    assert!(single - joined >= 5 * verification, "{single} {joined}");
}

/// Sizes and intervals of the batches that Poisson payments of 10 a second make.
fn batches(seed: u64, age: u64, from_open: bool) -> (f64, f64, f64) {
    let seal = Seal { operations: 100, age: secs(age), from_open, ..Seal::default() };
    let operator = OperatorParams {
        seal,
        latency: SimDuration::ZERO,
        service: Service::Fixed(SimDuration::ZERO),
        fee: FeeRule::Fixed(Msat::ZERO),
        replay: false,
        ..small()
    };
    let end = 1_000;
    let demands = poisson(seed, 4, 10.0, end, 10);
    let (system, rows, _) = run(zk(operator, 4), demands, span(end, false));
    let sealed: Vec<_> = rows.batches.iter().filter(|batch| batch.sealed > batch.opened).collect();
    let n = sealed.len() as f64;
    let size = sealed.iter().map(|batch| batch.operations as f64).sum::<f64>() / n;
    let by_count = sealed.iter().filter(|batch| batch.sealed_by == SealedBy::Count).count() as f64;
    let last = sealed.last().unwrap().sealed.as_secs_f64();
    drop(system);
    (size, last / n, by_count / n)
}

#[test]
fn batch_sizes_follow_the_closed_forms() {
    // A batch of K payments or after T: E[size] = λ E[interval], E[interval] = K/λ P(Pois(λT) > K) + T P(Pois(λT) < K).
    // 10 payments a second and at most 100 in a batch.
    for (age, from_open, size, interval) in [
        (12, true, 99.876_845, 9.987_685),
        (10, true, 96.013_900, 9.601_390),
        (8, true, 79.948_220, 7.994_822),
        (10, false, 96.500_602, 9.650_060),
    ] {
        let samples: Vec<_> = (0..30).map(|seed| batches(seed, age, from_open)).collect();
        for (measured, expected) in [
            (samples.iter().map(|s| s.0).collect::<Vec<_>>(), size),
            (samples.iter().map(|s| s.1).collect::<Vec<_>>(), interval),
        ] {
            holds(&measured, expected);
        }
    }
    let by_count = (0..30).map(|seed| batches(seed, 10, true).2).sum::<f64>() / 30.0;
    assert!((by_count - 0.513_299).abs() < 0.03, "{by_count}");
}

/// Over 30 replications: not wrong at 0.1 % (t = 3.659), and 95 % intervals within 1 % (t = 2.045).
fn holds(samples: &[f64], expected: f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!((mean - expected).abs() <= 3.659 * error, "{mean} is not {expected}, error {error}");
    assert!(2.045 * error <= 0.01 * expected, "not precise enough: {error}");
}

#[test]
fn the_sequencer_is_the_queue_of_the_textbook() {
    let mean = SimDuration::from_millis(100);
    // Time in the system, W: 1/(mu - lambda) for M/M/1; 1/mu + rho/(2 mu (1 - rho)) for M/D/1.
    for (service, rate, end, expected) in
        [(Service::Exponential(mean), 5.0, 7_000, 0.2), (Service::Fixed(mean), 5.0, 2_500, 0.15)]
    {
        let waits: Vec<_> = (0..30)
            .map(|seed| {
                let operator = OperatorParams {
                    service,
                    latency: SimDuration::ZERO,
                    soft_block: SimDuration::ZERO,
                    fee: FeeRule::Fixed(Msat::ZERO),
                    replay: false,
                    ..small()
                };
                let demands = poisson(seed, 4, rate, end, 1);
                let (_, rows, _) = run(zk(operator, 4), demands, span(end, false));
                let warm =
                    rows.acknowledged.iter().filter(|row| row.submitted > SimTime::ZERO + secs(50));
                let waits: Vec<_> =
                    warm.map(|row| row.at.since(row.submitted).as_secs_f64()).collect();
                waits.iter().sum::<f64>() / waits.len() as f64
            })
            .collect();
        holds(&waits, expected);
    }
}

#[test]
fn a_saved_rollup_goes_on_the_same() {
    let users = Users { deposits: 0.02, withdrawals: 0.05, forced_share: 0.3, ..Users::default() };
    let seal = Seal { operations: 7, age: secs(30), ..Seal::default() };
    let build = || zk(OperatorParams { seal, users, ..small() }, 5);
    let demands = || poisson(8, 5, 1.0, 600, 300_000);
    let (_, _, whole) = run(build(), demands(), span(3_000, false));
    for cut in [1, 777, 2_000] {
        let span = span(3_000, false);
        let mut recorder = Recorder::default();
        let mut running = Running::new(build(), span);
        let mut arrivals = demands();
        drive(&mut running, &mut arrivals, span, cut, &mut recorder).unwrap();
        let saved = postcard::to_allocvec(&running).unwrap();
        let mut again: Running<ZkRollup> = postcard::from_bytes(&saved).unwrap();
        again.system.rebuild();
        let position = usize::try_from(again.demands).unwrap();
        let mut rest = demands().skip(position);
        drive(&mut again, &mut rest, span, u64::MAX, &mut recorder).unwrap();
        again.finish(&mut recorder).unwrap();
        assert_eq!(again.fingerprint.to_string(), whole, "cut after {cut} steps");
    }
}

#[test]
fn wrong_roots_are_refused_throughout_a_run_and_every_batch_becomes_final_all_the_same() {
    let params = ZkParams {
        operator: OperatorParams { seal: Seal { age: secs(20), ..Seal::default() }, ..small() },
        wrong_roots: 0.4,
        ..ZkParams::default()
    };
    // A batch every 20 s and a proof in a slot, so that proofs follow refused ones in the same block. All
    // invariants are checked after every step.
    let system = ZkRollup::new(params, world(5));
    let (system, rows, _) = run(system, poisson(11, 5, 1.0, 900, 50), span(6_000, true));
    assert!(rows.batches.len() >= 40, "{}", rows.batches.len());
    let faults: u32 = rows.batches.iter().map(|batch| batch.faults).sum();
    // 0.4 / 0.6 of a wrong root for each right one: 30 of 45, standard deviation 7.
    assert!((10..60).contains(&faults), "{faults}");
    assert!(system.pipeline.refused >= u64::from(faults), "followers are refused too");
    for batch in &rows.batches {
        assert!(batch.final_at.is_some() && batch.executed.is_some(), "{batch:?}");
        // Final two epochs after the proof that was accepted, not after one that was refused.
        let after = at(batch.final_at) - at(batch.proven);
        assert!((700.0..1_200.0).contains(&after), "{after}");
    }
    assert!(rows.payments.iter().all(|row| row.outcome == Outcome::Settled));
}

#[test]
fn one_transaction_can_carry_data_proof_and_payout() {
    let joint = ZkParams { one_transaction: true, ..params(small()) };
    let system = ZkRollup::new(joint, world(3));
    let (system, rows, _) = run(system, [pay(9, 0, 1, 50, 0)], span(2_000, true));
    let ([row], [batch]) = (&rows.payments[..], &rows.batches[..]) else { panic!("one payment") };
    // Closed at 60.075 s, proven 180 ms later: in the slot of 72 s, once and for all.
    let seen = Some(SimTime(73_900_000_000));
    assert_eq!([batch.posted, batch.proven, batch.executed], [seen; 3]);
    assert!((at(row.final_at) - 1_152.0).abs() < 1e-9);
    let calldata = 544 + 1_152;
    let gas = 21_000 + 4 * calldata + 51_000 + 50_000 + 220_000 + 10_000;
    assert_eq!((batch.gas.0, batch.blobs), (gas, 1.0));
    let paid: f64 = rows.ethereum_blocks.iter().map(|block| block.paid.as_eth_f64()).sum();
    assert!((batch.cost_usd - batch.proving_usd - paid * 3_000.0).abs() < 1e-9);
    assert_eq!(system.core.bridge.progress(), [1, 1, 1]);
}

#[test]
fn with_fast_proofs_and_one_transaction_a_payment_stands_proven_in_a_block_after_9_to_15_s() {
    let seal = Seal { age: secs(1), ..Seal::default() };
    let prover = Prover::seed(SimDuration::from_millis(1));
    let operator = OperatorParams { seal, ..small() };
    let joint = ZkParams { one_transaction: true, prover, ..params(operator) };
    let system = ZkRollup::new(joint, world(6));
    let (_, rows, _) = run(system, poisson(3, 6, 1.0, 600, 400), span(3_000, false));
    let mut proven: Vec<_> = rows
        .payments
        .iter()
        .filter_map(|row| Some(row.settlement.withdrawable?.since(row.submitted).as_secs_f64()))
        .collect();
    proven.sort_by(f64::total_cmp);
    let median = proven[proven.len() / 2];
    // A batch is open for a second, the next slot begins 6 s later in the mean and is seen 1.9 s after.
    assert!((8.0..10.0).contains(&median), "{median}");
}

#[test]
fn a_refused_joint_transaction_is_sent_again_and_those_behind_it_too() {
    let seal = Seal { operations: 20, age: secs(20), ..Seal::default() };
    let operator = OperatorParams { seal, ..small() };
    let joint = ZkParams { one_transaction: true, wrong_roots: 0.3, ..params(operator) };
    let system = ZkRollup::new(joint, world(6));
    let (system, rows, _) = run(system, poisson(3, 6, 0.5, 1_500, 400), span(4_000, true));
    let [posted, proven, executed] = system.core.bridge.progress();
    assert!(posted > 20 && posted == proven && proven == executed);
    assert!(system.pipeline.refused > 5);
    assert!(rows.payments.iter().all(|row| row.final_at.is_some() || row.failure.is_some()));
}

#[test]
fn a_full_pool_does_not_change_the_order_of_batches() {
    // 12 deposits come in a slot; where the pool holds fewer, the operator waits in line with them.
    for (pool, least) in [(8, 0), (16, 10), (24, 30)] {
        let users = Users { deposits: 1.0, ..Users::default() };
        let seal = Seal { age: secs(20), ..Seal::default() };
        let operator = OperatorParams { seal, users, ..small() };
        let mut world = world(6);
        world.ethereum.pool = pool;
        let system = ZkRollup::new(params(operator), world);
        let (system, rows, _) = run(system, poisson(2, 6, 1.0, 2_000, 100), span(6_000, true));
        let progress = system.core.bridge.progress();
        assert!(progress[2] > least, "{pool}: {progress:?}");
        for times in [|b: &BatchRow| b.posted, |b: &BatchRow| b.proven, |b: &BatchRow| b.executed] {
            assert!(rows.batches.iter().filter_map(times).is_sorted());
        }
    }
}

#[test]
fn fees_are_costs_and_a_margin_over_an_hour_whatever_the_rate() {
    let of_rate = |rate: f64, seeds: u64| (0..seeds).map(move |seed| (rate, seed));
    let slow = [0.03, 0.1, 0.3, 1.0].into_iter().flat_map(|rate| of_rate(rate, 8));
    for (rate, seed) in slow.chain(of_rate(10.0, 3)).chain(of_rate(30.0, 1)) {
        let margin = margin_over_an_hour(rate, seed);
        assert!((margin - 0.1).abs() < 0.02, "{rate} a second, seed {seed}: {margin}");
    }
    // At one payment in 100 s an hour has 36 batches: the one that is open at either end is three in a hundred.
    for (rate, seed) in of_rate(0.01, 8) {
        let margin = margin_over_an_hour(rate, seed);
        assert!((margin - 0.1).abs() < 0.04, "{rate} a second, seed {seed}: {margin}");
    }
}

/// Fees over costs, less one, of an hour of payments from the first one on.
fn margin_over_an_hour(rate: f64, seed: u64) -> f64 {
    let mut world = world(20);
    (world.ethereum, world.expected_rate) = (EthereumParams::default(), rate);
    world.seeds = Seeds::new(seed, 0);
    let system = ZkRollup::new(params(small()), world);
    // The batch that is open after the hour is filled like the others.
    let demands = poisson(seed + 40, 20, rate, 3_760, 100);
    let (_, rows, _) = run(system, demands, span(7_200, false));
    let hour = SimTime::ZERO + secs(3_600);
    let sum = |of: fn(&PaymentRow) -> Option<f64>| {
        let paid = rows.payments.iter().filter(|row| row.price_usd.is_some());
        paid.filter(|row| row.submitted < hour).filter_map(of).sum::<f64>()
    };
    sum(|row| row.price_usd) / sum(|row| row.resource_usd) - 1.0
}

#[test]
fn after_an_outage_the_age_of_a_batch_counts_from_its_first_operation() {
    for first in [201_000, 259_000, 700_000] {
        let faults = Faults { halt: Some(secs(100)), resume: Some(secs(200)), ..Faults::default() };
        let operator = OperatorParams { faults, ..small() };
        let demands = [pay(0, 0, 1, 50, 0), pay(1, 0, 1, 50, first)];
        let (_, rows, _) = run(zk(operator, 3), demands, span(2_000, true));
        let age = rows.batches[1].sealed.since(rows.batches[1].opened);
        assert_eq!(age, secs(60), "{first} ms");
    }
}

#[test]
fn a_batch_open_when_the_operator_stops_is_closed_at_its_age_or_at_once_when_it_is_back() {
    for (resume, closed) in [(30, 60.075_05), (90, 90.0)] {
        let faults =
            Faults { halt: Some(secs(10)), resume: Some(secs(resume)), ..Faults::default() };
        let operator = OperatorParams { faults, ..small() };
        let (_, rows, _) = run(zk(operator, 3), [pay(0, 0, 1, 50, 0)], span(2_000, true));
        assert!((rows.batches[0].sealed.as_secs_f64() - closed).abs() < 1e-6, "{resume}");
    }
}
