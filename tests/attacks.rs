//! Attacks over real channels, with results computed by hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, halves, line_of, params, pay, policy, span};
use leyden::adversary::{AttackParams, JammingParams, Plan, Resource, Targets, recruit};
use leyden::engine::Seeds;
use leyden::ids::{ChannelId, NodeId};
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::network::{Network, Software};
use leyden::outcome::{AttackOutcome, Outcome};
use leyden::routing::RouterChoice;
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

const TEN_MILLION: Sat = Sat(10_000_000);

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

/// A jam of the second channel of a line, from 100 s to 1,000 s.
fn jam(resource: Resource) -> AttackParams {
    AttackParams {
        name: "jam".into(),
        start: at(100),
        end: Some(at(1_000)),
        plan: Plan::SlowJamming(JammingParams {
            targets: Targets::Named(vec!["c1".into()]),
            budget: Sat(40_000_000),
            resource,
            hold: SimDuration::from_secs(10_000),
            retry: SimDuration::from_secs(1),
            most: 483,
            final_cltv: 144,
        }),
    }
}

const SLOTS: Resource = Resource::Slots(Msat(546_000));

fn attacked(
    mut network: Network,
    params: &LightningParams,
    attacks: &[AttackParams],
    demands: Vec<Demand>,
    span: Span,
) -> Recorder {
    let mut balances = halves(&network);
    let feerate = params.protocol.commitment_feerate;
    let campaigns = recruit(attacks, &mut network, &mut balances, feerate).unwrap();
    let world = World::new(network, params);
    let seeds = Seeds::new(1, 0);
    let system = Lightning::new(params.clone(), world, balances, SimTime::ZERO, 100_000.0, seeds);
    let mut running = Running::new(system.with_attacks(campaigns), span);
    let mut recorder = Recorder::default();
    drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

/// One payment from n0 to n3 every 10 s, from 5 s on, for 2,000 s.
fn stream() -> Vec<Demand> {
    (0..200).map(|i| pay(i, 0, 3, Msat(1_000_000), 5_000 + i * 10_000)).collect()
}

/// 10 ms one way, and payers who do not remember what failed.
fn forgetful() -> LightningParams {
    LightningParams { router: RouterChoice::Cheapest, ..params(10) }
}

#[test]
fn a_slow_jam_takes_all_slots_and_lets_go_at_its_end() {
    let mut network = line_of(4, TEN_MILLION, policy(0, 0, 40));
    network.node_mut(NodeId(1)).software = Some(Software::Lnd);
    let rows = attacked(network, &forgetful(), &[jam(SLOTS)], stream(), span());
    let settled = |row: &leyden::rows::PaymentRow| row.outcome == Outcome::Settled;
    for row in &rows.payments {
        let jammed = row.submitted >= at(100) && row.submitted < at(1_000);
        assert_eq!(settled(row), !jammed, "{row:?}");
    }
    assert_eq!(rows.attacks.len(), 2, "both directions of the channel");
    let [there, back] = [&rows.attacks[0], &rows.attacks[1]];
    // n2 runs LDK and takes 50 at once; n1 runs lnd and takes 483, but the attacker's own channel to n2
    // is full before that.
    assert_eq!((there.outcome, back.outcome), (AttackOutcome::Stolen, AttackOutcome::Partly));
    assert_eq!((there.victim, back.victim), (Some(NodeId(1)), Some(NodeId(2))));
    assert_eq!(there.channel, Some(ChannelId(1)));
    // 50 are held for 900 s in the target and in the exit channel; the entry channel is the attacker's own.
    // The exit carries the amount, the target the fee of 1,000 msat for the exit channel as well.
    let held = 50 * (546_000 + 547_000) * 900;
    let locked = there.locked_msat_s.unwrap();
    assert!(locked.abs_diff(held) < held / 1_000, "{locked} is about {held}");
    assert!(there.htlcs.unwrap() > 900, "one of them tries again every second");
    let attacker = rows.nodes[4];
    assert_eq!(attacker.wealth[0], attacker.wealth[1], "jamming costs nothing");
}

#[test]
fn a_jam_of_liquidity_takes_all_money_of_a_direction() {
    let mut network = line_of(4, TEN_MILLION, policy(0, 0, 40));
    for node in 0..4 {
        // LDK accepts a quarter of the capacity in flight; lnd all of it.
        network.node_mut(NodeId(node)).software = Some(Software::Lnd);
    }
    let liquidity = Resource::Liquidity(Msat(1_000_000));
    let rows = attacked(network, &forgetful(), &[jam(liquidity)], stream(), span());
    let failed: Vec<_> = rows
        .payments
        .iter()
        .filter(|row| row.outcome == Outcome::Failed)
        .map(|row| row.submitted)
        .collect();
    assert!(failed.iter().all(|&at_| at_ >= at(100) && at_ < at(1_000)));
    assert!(failed.len() >= 88, "{} of 90 payments fail", failed.len());
    // Half of 10,000,000 sat less the reserve of 1 % is in HTLCs, but for the commitment fee.
    let sent = rows.attacks[0].locked_msat_s.unwrap() / 2 / 900;
    assert!((4_700_000_000..4_900_001_000).contains(&sent), "{sent}");
    assert_eq!(rows.attacks[0].outcome, AttackOutcome::Stolen);
}

#[test]
fn an_attack_moves_nothing_before_its_start() {
    let network = line_of(6, TEN_MILLION, policy(100, 10, 40));
    let mut params = params(50);
    params.latency =
        leyden::lightning::Latency::Lognormal { median: SimDuration::from_millis(200), sigma: 1.0 };
    params.payee.fail_share = 0.2;
    let demands: Vec<_> = (0..400_u32)
        .map(|i| pay(u64::from(i), i % 5, 5, Msat(20_000_000 + u64::from(i)), u64::from(i) * 500))
        .collect();
    let peace = attacked(network.clone(), &params, &[], demands.clone(), span());
    let war = attacked(network, &params, &[jam(SLOTS)], demands, span());
    let before = |rows: &Recorder| -> Vec<_> {
        rows.payments.iter().filter(|row| row.ended < Some(at(100))).copied().collect()
    };
    let (peace_before, war_before) = (before(&peace), before(&war));
    assert!(peace_before.len() > 150);
    assert!(peace_before == war_before);
    assert!(peace.payments != war.payments, "and then it moves something");
}

#[test]
fn an_attack_that_does_not_fit_the_network_is_refused() {
    let network = line_of(4, TEN_MILLION, policy(0, 0, 40));
    let mut unknown = jam(SLOTS);
    let Plan::SlowJamming(plan) = &mut unknown.plan else { panic!("as made above") };
    plan.targets = Targets::Named(vec!["nowhere".into()]);
    let mut poor = jam(SLOTS);
    let Plan::SlowJamming(plan) = &mut poor.plan else { panic!("as made above") };
    plan.budget = Sat(79_999);
    for (attack, words) in [(unknown, "no channel `nowhere`"), (poor, "20000 sat")] {
        let (mut network, mut balances) = (network.clone(), halves(&network));
        let feerate = params(0).protocol.commitment_feerate;
        let error = recruit(&[attack], &mut network, &mut balances, feerate).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
