//! Payments on the chain: cases computed by hand, the block clock, conservation of money.

use super::*;
use crate::baselines::testing::{baseline_world, pay, run};
use crate::chain::bitcoin::{Background, Relay, Reorgs};
use crate::ids::NodeId;
use crate::rows::{BlockRow, Window};
use crate::system::Span;
use crate::system::testing::{self, Recorder};
use crate::units::{Msat, SimDuration};

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;

fn empty_chain() -> BitcoinParams {
    BitcoinParams { background: Background::NONE, ..BitcoinParams::default() }
}

fn system(chain: BitcoinParams, balances: Option<Vec<Msat>>) -> BitcoinSystem {
    BitcoinSystem::new(BitcoinPayments::default(), chain, baseline_world(balances))
}

#[test]
fn a_payment_pays_the_lowest_feerate_on_an_empty_chain_and_is_final_after_six_blocks() {
    let demands = [pay(7, 0, 1, 50_000_400, SECOND)];
    let (system, rows) =
        run(system(empty_chain(), Some(vec![Msat(60_000_000), Msat(0)])), &demands, 2, true);
    let Recorder { payments, blocks, acknowledged, .. } = rows;
    let row = payments[0];
    // A block came before the payment did.
    assert!(blocks[0].at < SimTime(SECOND));
    let (first, sixth) = (blocks[1].at, blocks[6].at);
    assert_eq!(
        (row.outcome, row.settled, row.settlement.included),
        (Outcome::Settled, Some(first), Some(first))
    );
    assert_eq!((row.final_at, row.ended), (Some(sixth), Some(sixth)));
    assert_eq!((acknowledged.len(), acknowledged[0].at), (1, first));
    // 100 sat/kvB for 141 vB are 14.1 sat, rounded up.
    let fee = fee_for(Relay::default().minimum_feerate, weights::wallet_transaction(1, 2));
    assert_eq!(fee, Sat(15));
    assert!((row.price_usd.unwrap() - 0.015).abs() < 1e-9);
    assert!((row.settlement.l1_weight - 561.0).abs() < 3.0);
    assert_eq!(system.accounts.balance(NodeId(1)), Some(Msat(50_001_000)));
    assert_eq!(system.fees, 15_000);
}

#[test]
fn dust_poverty_and_dear_fees_are_refused_each_by_its_name() {
    let params = BitcoinPayments { fee_limit_share: Some(0.01), ..BitcoinPayments::default() };
    let balances = Some(vec![Msat(100_000_000), Msat(0)]);
    let system = BitcoinSystem::new(params, empty_chain(), baseline_world(balances));
    let demands = [
        pay(0, 0, 1, 293_000, SECOND),
        pay(1, 0, 1, 300_000, SECOND),
        pay(2, 0, 1, 200_000_000, SECOND),
        pay(3, 0, 1, 2_000_000, SECOND),
    ];
    let (_, rows) = run(system, &demands, 2, true);
    let failure = |id| rows.payments.iter().find(|row| row.id == id).unwrap().failure;
    let expected = [
        Some(Failure::AmountOutOfRange),
        Some(Failure::UnaffordableFee),
        Some(Failure::InsufficientFunds),
        None,
    ];
    assert_eq!([0, 1, 2, 3].map(failure), expected);
}

#[test]
fn six_confirmations_of_what_the_next_block_takes_follow_erlangs_law() {
    // 6 · 600 s in the mean, sd 600 · sqrt(6) = 1,469.7 s; 95 % within 105.1 min.
    let demands: Vec<_> = (0..4_000).map(|id| pay(id, 0, 1, 10_000_000, id * 10 * HOUR)).collect();
    let (_, rows) = run(system(empty_chain(), None), &demands, 1_700, false);
    let mut times: Vec<_> = rows
        .payments
        .iter()
        .map(|row| row.final_at.unwrap().since(row.submitted).as_secs_f64())
        .collect();
    assert_eq!(times.len(), 4_000);
    let mean = times.iter().sum::<f64>() / 4_000.0;
    // 3.3 standard errors.
    assert!((mean - 3_600.0).abs() < 3.3 * 1_469.7 / 4_000_f64.sqrt(), "{mean}");
    times.sort_by(f64::total_cmp);
    let p95 = times[3_800] / 60.0;
    assert!((p95 - 105.1).abs() < 3.0, "{p95} min");
}

#[test]
fn when_blocks_are_full_payments_bid_against_each_other_and_money_is_kept() {
    // Blocks of 712 transactions every 10 minutes; 2 payments a second are nearly twice as many.
    let chain = BitcoinParams {
        block_weight: Weight(400_000),
        coinbase_weight: Weight(0),
        reorgs: Reorgs { probability: 0.1, deepest: 2 },
        ..empty_chain()
    };
    // Two of each wallet: one with many would wait in a chain.
    let demands: Vec<_> = (0..14_400)
        .map(|id| {
            pay(id, u32::try_from(id % 7_200).unwrap(), 7_200, 5_000_000 + id, id * SECOND / 2)
        })
        .collect();
    let balances = Some(vec![Msat(10_u64.pow(11)); 7_201]);
    let (system, rows) = run(system(chain, balances), &demands, 1, false);
    assert!(system.check().is_ok());
    assert_eq!(rows.payments.len(), 14_400);
    assert!(rows.payments.iter().any(|row| row.attempts > 1), "some bid again");
    let dearest = rows.payments.iter().filter_map(|row| row.price_usd).fold(0.0, f64::max);
    assert!(dearest > 0.05, "{dearest}, where an empty chain asks for 0.015");
    assert_eq!(rows.resources[0].resource, "block weight");
    assert!(rows.blocks.iter().all(|block| block.weight <= Weight(400_000)));
    let long = SimDuration::from_secs(3_600);
    assert!(rows.payments.iter().any(|r| r.settled.is_some_and(|at| at.since(r.submitted) > long)));
}

#[test]
fn a_wallet_spends_unconfirmed_change_up_to_the_limit_of_a_package_for_each_output() {
    // All at once, before the first block that can hold them.
    let demands: Vec<_> = (0..130).map(|id| pay(id, 0, 1, 1_000_000, SECOND + id)).collect();
    let refused = |outputs, package_count| {
        let relay = Relay { package_count, ..Relay::default() };
        let params = BitcoinPayments { outputs, ..BitcoinPayments::default() };
        let chain = BitcoinParams { relay, ..empty_chain() };
        let system = BitcoinSystem::new(params, chain, baseline_world(None));
        let (_, rows) = run(system, &demands, 2, true);
        let failed = rows.payments.iter().filter_map(|row| row.failure);
        let failed: Vec<_> = failed.collect();
        assert!(failed.iter().all(|failure| *failure == Failure::Capacity), "{failed:?}");
        failed.len()
    };
    assert_eq!(refused(1, 25), 105, "25 in a row are relayed");
    assert_eq!(refused(1, 40), 90);
    assert_eq!(refused(5, 25), 5);
    assert_eq!(refused(6, 25), 0);
}

/// 200 payments of three payers on a chain with more demand than room and with reorganisations, money limited.
fn congested(outputs: u16) -> Recorder {
    let chain = BitcoinParams {
        background: Background::steady(1.2, FeeRate(2_000), 0.9, 5.0),
        reorgs: Reorgs { probability: 0.1, deepest: 2 },
        ..BitcoinParams::default()
    };
    let demands: Vec<_> = (0..200)
        .map(|id| pay(id, u32::try_from(id % 3).unwrap(), 3, 1_000_000, id * 200 * SECOND))
        .collect();
    let params = BitcoinPayments { outputs, ..BitcoinPayments::default() };
    let balances = Some(vec![Msat(10_u64.pow(11)); 4]);
    let (system, rows) =
        run(BitcoinSystem::new(params, chain, baseline_world(balances)), &demands, 4, true);
    assert!(system.check().is_ok());
    assert!(rows.payments.iter().any(|row| row.attempts > 1), "some bid again");
    rows
}

/// When the payments of a payer were settled, in the order in which they were made.
fn settled_of(rows: &Recorder, payer: u32) -> Vec<SimTime> {
    let mut of: Vec<_> = rows.payments.iter().filter(|row| row.payer.0 == payer).collect();
    of.sort_unstable_by_key(|row| row.id);
    of.iter().filter_map(|row| row.settled).collect()
}

#[test]
fn payments_on_one_output_are_mined_in_order_and_the_last_one_bids_for_all() {
    let rows = congested(1);
    for payer in 0..3 {
        let settled = settled_of(&rows, payer);
        assert!(settled.is_sorted() && settled.len() > 40, "payer {payer}: {}", settled.len());
    }
}

#[test]
fn payments_on_several_outputs_may_overtake_each_other() {
    let rows = congested(4);
    let all = (0..3).map(|payer| settled_of(&rows, payer));
    let (out_of_order, count) = all.fold((0, 0), |(out_of_order, count), settled| {
        let overtakes = settled.windows(2).filter(|pair| pair[1] < pair[0]).count();
        (out_of_order + overtakes, count + settled.len())
    });
    assert!(out_of_order > 0 && count > 180, "{out_of_order} of {count}");
}

#[test]
fn what_waits_is_sampled_as_it_is_then_not_as_it_was_at_the_last_event() {
    // One payment; between blocks nothing but others' transactions arrives, 100,000 WU in 30 s.
    let chain = BitcoinParams {
        background: Background::steady(0.5, FeeRate(2_000), 0.9, 0.0),
        ..BitcoinParams::default()
    };
    let span = Span {
        sample_every: SimDuration::from_secs(30),
        window: Window { from: SimTime::ZERO, to: SimTime(12 * HOUR) },
        end: SimTime(12 * HOUR),
        check_each: false,
        threads: 1,
    };
    let demands = [pay(0, 0, 1, 1_000_000, SECOND)];
    let (_, rows, _) = testing::run(system(chain, None), demands, span);
    let levels: Vec<_> =
        rows.samples.iter().filter_map(|row| Some((row.at, row.bitcoin?.mempool.0))).collect();
    let between_blocks = levels.windows(2).filter(|pair| {
        let is_between = |block: &BlockRow| block.at > pair[0].0 && block.at <= pair[1].0;
        !rows.blocks.iter().any(is_between)
    });
    let growth: Vec<u64> = between_blocks.map(|pair| pair[1].1 - pair[0].1).collect();
    assert!(growth.len() > 1_200, "{}", growth.len());
    let mean = growth.iter().sum::<u64>() / growth.len() as u64;
    assert!(mean.abs_diff(100_000) < 3_000, "{mean}");
    assert!(growth.iter().filter(|grown| **grown == 0).count() < growth.len() / 100);
}
