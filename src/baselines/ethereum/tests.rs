//! Payments on Ethereum: cases computed by hand, finality, conservation of money.

use super::*;
use crate::baselines::testing::{baseline_world, pay, run};
use crate::chain::ethereum::Background;
use crate::ids::NodeId;
use crate::units::{Gas, Msat, SimDuration};

const SECOND: u64 = 1_000_000_000;

fn empty_chain() -> EthereumParams {
    EthereumParams {
        background: Background::none(),
        missed_slots: 0.0,
        ..EthereumParams::default()
    }
}

fn system(chain: EthereumParams, balances: Option<Vec<Msat>>) -> EthereumSystem {
    EthereumSystem::new(EthereumPayments::default(), chain, baseline_world(balances))
}

#[test]
fn a_payment_stands_in_the_next_block_and_is_final_two_epochs_after_its_own() {
    let demands = [pay(7, 0, 1, 500, SECOND)];
    let chain = system(empty_chain(), Some(vec![Msat(900), Msat(0)]));
    let (system, rows) = run(chain, &demands, 1, true);
    let row = rows.payments[0];
    // The first slot begins at 12 s and its block has been seen 1.9 s later.
    let seen = SimTime(13_900_000_000);
    assert_eq!(
        (row.outcome, row.settled, row.payer_known),
        (Outcome::Settled, Some(seen), Some(seen))
    );
    // Slot 1 is in epoch 0: final when epoch 3 begins, at slot 96.
    assert_eq!(row.final_at, Some(SimTime(96 * 12 * SECOND)));
    // 21,000 gas at the first block's 1 gwei and a tip of 0.05, $3,000 per ether.
    assert!((row.price_usd.unwrap() - 21_000.0 * 1.05e-9 * 3_000.0).abs() < 1e-9);
    assert!((row.settlement.l1_gas - 21_000.0).abs() < 1e-9);
    assert_eq!(system.accounts.balance(NodeId(1)), Some(Msat(500)));
    assert_eq!(rows.acknowledged.len(), 1);
}

#[test]
fn who_has_no_money_is_refused_and_may_pay_once_paid() {
    let demands =
        [pay(0, 1, 0, 5, SECOND), pay(1, 0, 1, 9, 2 * SECOND), pay(2, 1, 0, 5, 30 * SECOND)];
    let (_, rows) = run(system(empty_chain(), Some(vec![Msat(9), Msat(0)])), &demands, 1, true);
    let failure = |id| rows.payments.iter().find(|row| row.id == id).unwrap().failure;
    assert_eq!([0, 1, 2].map(failure), [Some(Failure::InsufficientFunds), None, None]);
}

#[test]
fn finality_takes_between_12_8_and_19_2_minutes_from_the_block_on() {
    let demands: Vec<_> = (0..2_000).map(|id| pay(id, 0, 1, 1, id * 37 * SECOND)).collect();
    let (_, rows) = run(system(empty_chain(), None), &demands, 2, false);
    let mut sum = 0.0;
    for row in &rows.payments {
        let block = SimTime(row.settled.unwrap().nanos() - 1_900_000_000);
        let minutes = row.final_at.unwrap().since(block).as_secs_f64() / 60.0;
        assert!((12.8..=19.2).contains(&minutes), "{minutes}");
        sum += minutes;
    }
    let mean = sum / 2_000.0;
    assert!((mean - 16.1).abs() < 0.2, "{mean} min");
}

#[test]
fn more_than_a_block_holds_raises_the_base_fee_and_fills_blocks_to_their_limit() {
    // 10 transfers per block of 210,000 gas; 2 payments a second are 24 per slot.
    let chain = EthereumParams {
        gas_limit: Gas(210_000),
        gas_limit_target: Some(Gas(210_000)),
        pool: 1_000,
        ..empty_chain()
    };
    let demands: Vec<_> = (0..2_000)
        .map(|id| pay(id, u32::try_from(id % 50).unwrap(), 50, 5, id * SECOND / 2))
        .collect();
    let balances = Some(vec![Msat(1_000); 51]);
    let (system, rows) = run(system(chain, balances), &demands, 1, false);
    assert!(system.check().is_ok());
    assert_eq!(rows.payments.len(), 2_000);
    let price = |row: &PaymentRow| row.price_usd.unwrap_or(0.0);
    let dearest = rows.payments.iter().map(price).fold(0.0, f64::max);
    assert!(dearest > 10.0 * price(&rows.payments[0]), "the base fee rises by an eighth a block");
    assert!(rows.payments.iter().any(|row| row.attempts > 1), "some bid again");
    let wait = |row: &PaymentRow| row.settled.map(|at| at.since(row.submitted));
    assert!(rows.payments.iter().filter_map(wait).max() > Some(SimDuration::from_secs(300)));
}

#[test]
fn whoever_is_outbid_raises_cap_and_tip_together() {
    // Others fill every block with tips of half a gwei and more.
    let background = Background {
        gas_share: 10.0,
        median_price: GasPrice(20_000_000_000),
        sigma: 0.1,
        ..Background::default()
    };
    let chain = EthereumParams { background, ..EthereumParams::default() };
    let demands: Vec<_> = (0..50).map(|id| pay(id, 0, 1, 1, id * 20 * SECOND)).collect();
    let (_, rows) = run(system(chain, None), &demands, 1, false);
    let bids: Vec<_> = rows.payments.iter().map(|row| row.attempts).collect();
    assert!(bids.iter().any(|bids| *bids > 3), "{bids:?}");
    assert!(rows.payments.iter().all(|row| row.settled.is_some()), "in the end all are in");
}
