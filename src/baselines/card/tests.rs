//! The card network as a whole: cases computed by hand, closed forms, conservation of money.

use super::*;
use crate::baselines::testing::{DAY, baseline_world, pay, run};
use crate::engine::{Draws, Seeds};
use crate::rows::Window;
use crate::system::testing::Recorder;
use crate::system::{Running, Span, drive};

const SECOND: u64 = 1_000_000_000;

/// Always 2 s, nothing at random.
fn plain() -> CardParams {
    CardParams {
        latency_median: SimDuration::from_secs(2),
        latency_sigma: 0.0,
        chargeback_share: 0.0,
        ..CardParams::default()
    }
}

fn card(params: CardParams, balances: Option<Vec<Msat>>) -> Card {
    Card::new(params, baseline_world(balances))
}

#[test]
fn a_payment_is_known_after_the_latency_settled_on_the_second_business_day_and_final_after_120() {
    let (card, rows) = run(card(plain(), None), &[pay(7, 0, 1, 50_000_000, SECOND)], 200, true);
    let row = rows.payments[0];
    // Two messages at 24,000 per second, then 2 s.
    let known = SimTime(SECOND + 83_333 + 2 * SECOND);
    assert_eq!(
        (row.outcome, row.settled, row.payer_known),
        (Outcome::Settled, Some(known), Some(known))
    );
    assert_eq!(row.settlement.withdrawable, Some(SimTime(2 * DAY + 9 * 3_600 * SECOND)));
    assert_eq!(row.final_at, Some(known + SimDuration(120 * DAY)));
    // 50,000 sat at $100,000 are $50.
    assert!((row.price_usd.unwrap() - 1.12).abs() < 1e-9);
    assert_eq!(row.resource_usd, Some(0.155));
    assert_eq!(card.float, Msat::ZERO);
}

#[test]
fn what_is_received_can_be_spent_only_after_the_settlement() {
    let balances = Some(vec![Msat(100), Msat(0)]);
    let demands = [
        pay(0, 0, 1, 60, SECOND),
        pay(1, 0, 1, 60, 10 * SECOND),
        pay(2, 1, 0, 60, 20 * SECOND),
        pay(3, 1, 0, 60, 3 * DAY),
    ];
    let (card, rows) = run(card(plain(), balances), &demands, 30, true);
    let outcomes: Vec<_> = rows.payments.iter().map(|row| row.failure).collect();
    let short = Some(Failure::InsufficientFunds);
    assert_eq!(outcomes, [None, short, short, None]);
    assert_eq!(card.accounts.balance(NodeId(0)), Some(Msat(100)));
    // 60 msat are owed from Monday to Wednesday, and from Thursday to the Monday after, always to
    // 9:00: the mean over a window of thirty days.
    let owed = 60 * (2 * DAY + 9 * 3_600 * SECOND - 3 * SECOND - 83_333)
        + 60 * (4 * DAY + 9 * 3_600 * SECOND - 2 * SECOND - 83_333);
    assert_eq!(rows.system.unwrap().capital.locked, Msat(owed / (30 * DAY)));
}

#[test]
fn a_chargeback_takes_the_money_back_and_the_acquirer_pays_where_the_payee_cannot() {
    let params = CardParams { chargeback_share: 1.0, ..plain() };
    let spent = [pay(0, 0, 1, 60, SECOND), pay(1, 1, 2, 60, 4 * DAY)];
    let (card, rows) = run(card(params, Some(vec![Msat(60), Msat(0), Msat(0)])), &spent, 200, true);
    assert!(rows.payments.iter().all(|row| row.final_at.is_none()), "all are undone");
    assert!(rows.payments.iter().all(|row| row.outcome == Outcome::Settled));
    assert!(card.disputes.is_empty());
    let balances = [0, 1, 2].map(|node| card.accounts.balance(NodeId(node)).unwrap().get());
    let total: u64 = balances.iter().sum();
    assert_eq!(u128::from(total), 60 + card.acquirer_loss);
}

#[test]
fn outages_refuse_what_comes_in_them_and_a_slow_switch_what_waits_too_long() {
    let outages = vec![[SimDuration::from_secs(10), SimDuration::from_secs(5)]];
    let params = CardParams { outages, ..plain() };
    let demands = [9, 10, 14, 15].map(|s| pay(s, 0, 1, 1, s * SECOND));
    let (_, rows) = run(card(params, None), &demands, 1, true);
    let failure = |id| rows.payments.iter().find(|row| row.id == id).unwrap().failure;
    assert_eq!(
        [9, 10, 14, 15].map(failure),
        [None, Some(Failure::Outage), Some(Failure::Outage), None]
    );

    // One payment a second is passed; terminals wait for 3 s, of which the answer takes 2.
    let slow =
        CardParams { messages_per_second: 2.0, timeout: SimDuration::from_secs(3), ..plain() };
    let burst: Vec<_> = (0..6).map(|id| pay(id, 0, 1, 1, SECOND)).collect();
    let (_, rows) = run(card(slow, Some(vec![Msat(100), Msat(0)])), &burst, 9, true);
    let failure = |id| rows.payments.iter().find(|row| row.id == id).unwrap().failure;
    let late = Some(Failure::Timeout);
    // Answers after 3, 4, 5 and 6 s; the fifth would wait for 4 s before it is served.
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(failure),
        [None, late, late, late, Some(Failure::Capacity), Some(Failure::Capacity)]
    );
}

#[test]
fn the_wait_at_the_switch_is_that_of_m_d_1() {
    // Pollaczek and Khinchine: rho / (2 mu (1 - rho)); with mu = 1, rho = 0.8 it is 2 s.
    let params =
        CardParams { messages_per_second: 2.0, timeout: SimDuration::from_secs(3_600), ..plain() };
    let (mut waits, mut n) = (0.0, 0_u32);
    for run_number in 0..20 {
        let mut switch = Switch::new(&params);
        let mut gaps = Seeds::new(run_number, 0).stream("arrivals");
        let mut now = SimTime::ZERO;
        for arrival in 0..60_000 {
            now = now + SimDuration::from_secs_f64(gaps.exponential() / 0.8);
            let wait = switch.wait(now).as_secs_f64();
            assert!(matches!(switch.admit(now, &params), Admission::Through { .. }));
            if arrival >= 5_000 {
                waits += wait;
                n += 1;
            }
        }
    }
    let mean = waits / f64::from(n);
    assert!((mean - 2.0).abs() < 0.04, "mean wait {mean} s");
}

#[test]
fn authorisations_have_the_median_and_the_99_percent_point_of_the_facts() {
    let card = card(CardParams::default(), None);
    let mut latencies: Vec<_> = (0..20_000).map(|number| card.fate(number).latency).collect();
    latencies.sort_unstable();
    let [median, p99] = [10_000, 19_800].map(|place| latencies[place].as_secs_f64());
    assert!((median - 1.5).abs() < 0.02 && (p99 - 4.0).abs() < 0.12, "{median} {p99}");
}

#[test]
fn money_that_appears_from_nowhere_is_noticed() {
    let mut broken = card(plain(), Some(vec![Msat(5)]));
    assert!(broken.check().is_ok());
    broken.accounts.put(NodeId(0), Msat(1));
    assert_eq!(broken.check().unwrap_err().invariant, "K1 card money");
}

#[test]
fn a_card_network_saved_and_loaded_goes_on_as_before() {
    let draws: Draws = Seeds::new(1, 0).draws("x");
    let demands: Vec<_> = (0..300)
        .map(|id| pay(id, 0, 1, 1 + draws.at(id, 0).below(9), id * 3_600 * SECOND / 4))
        .collect();
    let params = CardParams { chargeback_share: 0.2, ..CardParams::default() };
    let start = || card(params.clone(), Some(vec![Msat(900), Msat(0)]));
    let (_, whole) = run(start(), &demands, 150, false);
    let span = Span {
        sample_every: SimDuration(DAY),
        window: Window { from: SimTime::ZERO, to: SimTime(150 * DAY) },
        end: SimTime(150 * DAY),
        check_each: false,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(start(), span);
    loop {
        let position = usize::try_from(running.demands).unwrap();
        let mut rest = demands[position..].iter().copied();
        if drive(&mut running, &mut rest, span, 57, &mut recorder).unwrap() {
            break;
        }
        let bytes = postcard::to_allocvec(&running).unwrap();
        running = postcard::from_bytes(&bytes).unwrap();
        running.system.rebuild();
    }
    running.finish(&mut recorder).unwrap();
    assert!(recorder.payments == whole.payments);
}
