//! Route hijacking against numbers computed by hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Recorder, halves, line_of, pay, plain, policy, span};
use leyden::adversary::{AttackParams, AttackPlan, HijackingParams, recruit};
use leyden::engine::Seeds;
use leyden::lightning::{Lightning, World};
use leyden::outcome::{AttackOutcome, Outcome};
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::system::{Running, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};

/// n0 — n1 — n2 — n3, 5,000 msat per forward; the attacker joins n1 and n2, which have most channels, for nothing.
/// A payment from n0 to n3 every second, the attack from 10 s to 20 s.
fn hijacked() -> Recorder {
    let mut params = plain(1);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    let mut network = line_of(4, Sat(10_000_000), policy(5_000, 0, 40));
    let mut balances = halves(&network);
    let seeds = Seeds::new(1, 0);
    let at = |seconds| SimTime::ZERO + SimDuration::from_secs(seconds);
    let attack = AttackParams {
        name: "hijacker".into(),
        start: at(10),
        end: Some(at(20)),
        plan: AttackPlan::RouteHijacking(HijackingParams {
            budget: Sat(20_000_000),
            channels: 2,
            fee_base_msat: 0,
            cltv_expiry_delta: 18,
        }),
    };
    let feerate = params.protocol.commitment_feerate;
    let attacks = [attack];
    let campaigns = recruit(&attacks, &mut network, &mut balances, feerate, seeds).unwrap();
    let world = World::new(network, &params);
    let system =
        Lightning::new(params, world, balances, SimTime::ZERO, 1e5, seeds).with_attacks(campaigns);
    let demands = (0..30).map(|i| pay(i, 0, 3, Msat(1_000_000), i * 1_000 + 500));
    let span = span();
    let mut recorder = Recorder::default();
    let mut running = Running::new(system, span);
    drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

#[test]
fn whoever_plans_over_the_attacker_loses_one_attempt_while_the_attack_lasts() {
    let recorder = hijacked();
    let mut rows = recorder.payments.clone();
    rows.sort_by_key(|row| row.id);
    assert!(rows.iter().all(|row| row.outcome == Outcome::Settled));
    for row in &rows {
        let during = (10..20).contains(&row.id);
        assert_eq!(row.attempts, if during { 2 } else { 1 }, "payment {}", row.id);
        // Over the attacker: 1,001 msat for n1's side of its channel, nothing for it, 5,000 for n2. Else twice 5,000.
        let fee = if during { 10_000 } else { 6_001 };
        assert_eq!(row.fee, Some(Msat(fee)), "payment {}", row.id);
    }
    let attacks: Vec<_> = recorder.attacks.iter().map(|row| (row.outcome, row.htlcs)).collect();
    assert_eq!(attacks, [(AttackOutcome::Succeeded, Some(10))]);
}
