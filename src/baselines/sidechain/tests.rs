//! Payments on a sidechain: cases computed by hand, missed rounds, saturation, conservation of money.

use crate::baselines::sidechain::{Sidechain, SidechainParams};
use crate::baselines::testing::{DAY, baseline_world, pay, run};
use crate::ids::NodeId;
use crate::outcome::{Failure, Outcome};
use crate::system::testing::Recorder;
use crate::units::{Msat, SimTime, Weight};

const SECOND: u64 = 1_000_000_000;

fn sidechain(params: SidechainParams, balances: &[u64]) -> Sidechain {
    let balances = balances.iter().map(|sat| Msat(sat * 1_000)).collect();
    Sidechain::new(params, baseline_world(Some(balances)))
}

#[test]
fn a_payment_is_paid_in_the_next_block_and_final_in_the_one_after() {
    let system = sidechain(SidechainParams::default(), &[1_000, 0]);
    let (system, rows) = run(system, &[pay(0, 0, 1, 500_000, 5 * SECOND)], 1, true);
    let row = rows.payments[0];
    assert_eq!(row.settled, Some(SimTime(62 * SECOND)));
    assert_eq!(row.final_at, Some(SimTime(122 * SECOND)));
    assert_eq!(row.settlement.withdrawable, Some(SimTime((122 + 35 * 60) * SECOND)));
    // 0.1 sat/vB on 260 vB.
    let left = [0, 1].map(|node| system.accounts.balance(NodeId(node)));
    assert_eq!(left, [Some(Msat(474_000)), Some(Msat(500_000))]);
}

#[test]
fn who_cannot_pay_amount_and_fee_fails_at_once() {
    let system = sidechain(SidechainParams::default(), &[500, 0]);
    let (_, rows) = run(system, &[pay(0, 0, 1, 500_000, 0)], 1, true);
    assert_eq!(rows.payments[0].failure, Some(Failure::InsufficientFunds));
}

#[test]
fn a_block_holds_what_its_weight_allows_first_come_first_served() {
    let params = SidechainParams { block_weight: Weight(8_250 * 3), ..SidechainParams::default() };
    let demands: Vec<_> = (0..7).map(|id| pay(id, 0, 1, 1_000, id * SECOND)).collect();
    let (_, rows) = run(sidechain(params, &[10_000, 0]), &demands, 1, true);
    let minutes: Vec<u64> =
        rows.payments.iter().map(|row| row.settled.unwrap().nanos() / (60 * SECOND)).collect();
    assert_eq!(minutes, [1, 1, 1, 2, 2, 2, 3]);
    let ids: Vec<_> = rows.payments.iter().map(|row| row.id).collect();
    assert_eq!(ids, (0..7).collect::<Vec<_>>());
}

fn blocks(rows: &Recorder) -> f64 {
    f64::from(u32::try_from(rows.blocks.len()).unwrap())
}

#[test]
fn a_round_is_missed_when_its_proposer_is_offline_or_too_few_sign() {
    let count = |offline, threshold| {
        let params = SidechainParams { threshold, offline, ..SidechainParams::default() };
        let (_, rows) = run(sidechain(params, &[0, 0]), &[pay(0, 0, 1, 1, 0)], 10, false);
        blocks(&rows) / (10.0 * 1_440.0)
    };
    assert!((count(0.0, 11) - 1.0).abs() < 1e-3);
    // The proposer alone: 0.9; a standard deviation is 0.0025.
    assert!((count(0.1, 1) - 0.9).abs() < 0.01);
    // The proposer and at least 10 of the 14 others at 0.8: 0.8 * 0.8702 = 0.696.
    assert!((count(0.2, 11) - 0.696).abs() < 0.016);
    assert!(count(0.01, 15) < 0.9, "all 15 sign in 86 % of the rounds");
}

#[test]
fn money_is_conserved_and_pending_payments_are_reported() {
    let params = SidechainParams { offline: 0.3, ..SidechainParams::default() };
    let demands: Vec<_> = (0..2_000)
        .map(|id| {
            let (payer, payee) =
                (u32::try_from(id % 5).unwrap(), u32::try_from((id + 1) % 5).unwrap());
            pay(id, payer, payee, 1_000 * (id % 90 + 1), id * DAY / 2_000)
        })
        .collect();
    let (_, rows) = run(sidechain(params, &[5_000; 5]), &demands, 1, true);
    assert_eq!(rows.payments.len(), 2_000);
    assert!(rows.payments.iter().any(|row| row.outcome == Outcome::Settled));
}
