//! Attacks over real channels, with results computed by hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "sums are far below 2^53")]

mod common;

use common::{Recorder, halves, join, line_of, nodes, params, pay, policy, span};
use leyden::adversary::{
    AttackParams, AttackPlan, GriefingParams, JammingParams, ProbingParams, Resource, Targets,
    WormholeParams, recruit,
};
use leyden::engine::{Header, Seeds, load, save};
use leyden::ids::{ChannelId, NodeId};
use leyden::lightning::{Lightning, LightningParams, ReputationParams, World};
use leyden::network::{Network, Software};
use leyden::outcome::{AttackOutcome, Outcome};
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::system::{PaymentSystem, Running, Span, drive};
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
        plan: AttackPlan::SlowJamming(JammingParams {
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
    network: Network,
    params: &LightningParams,
    attacks: &[AttackParams],
    demands: Vec<Demand>,
    span: Span,
) -> Recorder {
    let balances = halves(&network);
    attacked_from(network, balances, params, attacks, demands, span)
}

fn attacked_from(
    mut network: Network,
    mut balances: Vec<[Msat; 2]>,
    params: &LightningParams,
    attacks: &[AttackParams],
    demands: Vec<Demand>,
    span: Span,
) -> Recorder {
    let feerate = params.protocol.commitment_feerate;
    let campaigns =
        recruit(attacks, &mut network, &mut balances, feerate, Seeds::new(1, 0)).unwrap();
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
    LightningParams { router: RouterChoice::Cheapest(CheapestParams::default()), ..params(10) }
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
    assert_eq!((there.outcome, back.outcome), (AttackOutcome::Succeeded, AttackOutcome::Partly));
    assert_eq!((there.victim, back.victim), (Some(NodeId(1)), Some(NodeId(2))));
    assert_eq!(there.channel, Some(ChannelId(1)));
    // 50 are held for 900 s in the target and in the exit channel; the entry channel is the attacker's own.
    // The exit carries the amount, the target the fee of 1,000 msat for the exit channel as well.
    let held = 50 * (546_000 + 547_000) * 900;
    let locked = there.locked_msat_s.unwrap();
    assert!(locked.abs_diff(held) < held / 1_000, "{locked} is about {held}");
    let slots = there.slot_s.unwrap();
    assert!(slots.abs_diff(2 * 50 * 900) < 90, "{slots}: 50 in the target and in the exit channel");
    assert!(there.htlcs.unwrap() > 900, "one of them tries again every second");
    let attacker = rows.nodes[4];
    assert_eq!(attacker.wealth[0], attacker.wealth[1], "jamming costs nothing");
}

/// Each HTLC lasts 7 s plus six delays of 10 ms, and is sent again at once: for 900 s that is 128 rounds. The target
/// takes 50 at once (LDK).
#[test]
fn a_fast_jam_keeps_the_slots_full_by_sending_again_at_once() {
    let mut network = line_of(4, TEN_MILLION, policy(0, 0, 40));
    network.node_mut(NodeId(1)).software = Some(Software::Lnd);
    let AttackPlan::SlowJamming(slow) = jam(SLOTS).plan else { panic!("as made above") };
    let plan = AttackPlan::FastJamming(JammingParams {
        hold: SimDuration::from_secs(7),
        final_cltv: 18,
        ..slow
    });
    let fast = AttackParams { name: "fast".into(), plan, ..jam(SLOTS) };
    let rows = attacked(network, &forgetful(), &[fast], stream(), span());
    let there = &rows.attacks[0];
    assert_eq!(there.outcome, AttackOutcome::Succeeded);
    // 50 a round, and some more that come before a slot is free again and are refused.
    let htlcs = there.htlcs.unwrap();
    assert!((50 * 120..50 * 128 * 3 / 2).contains(&htlcs), "{htlcs}");
    // The slots are empty for some hundredths of a second in each round: little is missing to a slow jam.
    let held = 50 * (546_000 + 547_000) * 900;
    let locked = there.locked_msat_s.unwrap();
    assert!(locked > held / 100 * 90 && locked <= held, "{locked} of {held}");
    let failed = rows.payments.iter().filter(|row| row.outcome == Outcome::Failed);
    assert!(failed.count() >= 80, "nine in ten of 90 payments find it full");
    let attacker = rows.nodes[4];
    assert_eq!(attacker.wealth[0], attacker.wealth[1], "it costs nothing");
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
    assert_eq!(rows.attacks[0].outcome, AttackOutcome::Succeeded);
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
    let AttackPlan::SlowJamming(plan) = &mut unknown.plan else { panic!("as made above") };
    plan.targets = Targets::Named(vec!["nowhere".into()]);
    let mut poor = jam(SLOTS);
    let AttackPlan::SlowJamming(plan) = &mut poor.plan else { panic!("as made above") };
    plan.budget = Sat(79_999);
    for (attack, words) in [(unknown, "no channel `nowhere`"), (poor, "20000 sat")] {
        let (mut network, mut balances) = (network.clone(), halves(&network));
        let feerate = params(0).protocol.commitment_feerate;
        let error =
            recruit(&[attack], &mut network, &mut balances, feerate, Seeds::new(1, 0)).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// n0 has half of 10,000,000 sat, less its reserve of 1 % (LDK) and the commitment fee if it opened.
#[test]
fn a_binary_search_finds_what_a_direction_can_send() {
    let network = line_of(2, TEN_MILLION, policy(1_000, 10, 40));
    let probe = AttackParams {
        name: "probe".into(),
        start: at(10),
        end: None,
        plan: AttackPlan::Probing(ProbingParams {
            targets: Targets::Named(vec!["c0".into()]),
            budget: Sat(40_000_000),
            precision: Msat(10_000_000),
            pause: SimDuration::from_secs(1),
            final_cltv: 18,
        }),
    };
    let mut params = params(10);
    params.protocol.commitment_feerate = leyden::units::FeeRate(0);
    let probes = |balances: [Msat; 2]| {
        let rows = attacked_from(
            network.clone(),
            vec![balances],
            &params,
            std::slice::from_ref(&probe),
            Vec::new(),
            span(),
        );
        for row in &rows.attacks {
            assert_eq!(row.outcome, AttackOutcome::Succeeded);
            // ceil(log2(10,000,000 / 10,000)) = 10 halvings: a bit each.
            assert_eq!(row.htlcs, Some(10));
            assert!((row.bits.unwrap() - 10.0).abs() < 1e-4, "{row:?}");
            let left = Msat(10_000_000_001) - row.gain.unwrap();
            assert!(left <= Msat(10_000_000));
        }
        assert_eq!(rows.attacks.len(), 2);
        assert_eq!(rows.nodes[2].wealth[0], rows.nodes[2].wealth[1], "probing costs nothing");
        rows
    };
    probes([Msat(5_000_000_000); 2]);
    probes([Msat(1_234_567_890), Msat(8_765_432_110)]);
}

/// The attacker's money ends far below what the direction can send, and the search ends there.
#[test]
fn probes_cannot_see_beyond_the_limits_of_the_channel() {
    let network = line_of(2, TEN_MILLION, policy(0, 0, 40));
    let probe = AttackParams {
        name: "probe".into(),
        start: at(10),
        end: None,
        plan: AttackPlan::Probing(ProbingParams {
            targets: Targets::Named(vec!["c0".into()]),
            // The attacker's channels hold 1,000,000 sat each, of which LDK takes a quarter at once.
            budget: Sat(2_000_000),
            precision: Msat(1_000),
            pause: SimDuration::ZERO,
            final_cltv: 18,
        }),
    };
    let rows = attacked(network, &params(10), &[probe], Vec::new(), span());
    for row in &rows.attacks {
        assert_eq!(row.outcome, AttackOutcome::Partly, "{row:?}");
        // All that is learnt: it can send at least what the attacker can, of 10,000,000 sat.
        let bits = row.bits.unwrap();
        assert!(
            (bits - leyden::math::ln(10.0 / 9.75) / leyden::math::ln(2.0)).abs() < 1e-4,
            "{bits}"
        );
    }
}

#[test]
fn griefing_locks_the_amount_in_every_channel_on_the_way() {
    let network = line_of(5, TEN_MILLION, policy(0, 0, 40));
    let grief = AttackParams {
        name: "grief".into(),
        start: at(100),
        end: Some(at(1_100)),
        plan: AttackPlan::Griefing(GriefingParams {
            routes: 3,
            amount: Msat(100_000_000),
            hops: 5,
            budget: Sat(12_000_000),
            hold: SimDuration::from_secs(5_000),
            retry: SimDuration::from_secs(60),
            final_cltv: 144,
        }),
    };
    let rows = attacked(network, &params(10), &[grief], Vec::new(), span());
    assert_eq!(rows.attacks.len(), 3);
    for row in &rows.attacks {
        assert_eq!((row.outcome, row.start), (AttackOutcome::Succeeded, at(100)));
        let locked = row.locked_msat_s.unwrap();
        // One to three channels of a line of five, and the exit channel: 1,000 s each.
        let channels = locked as f64 / (100_000_000.0 * 1_000.0);
        let whole = channels.round();
        assert!((2.0..=4.0).contains(&whole) && (channels - whole).abs() < 0.01, "{channels}");
    }
    let attacker = rows.nodes[5];
    assert_eq!(attacker.wealth[0], attacker.wealth[1], "griefing costs nothing");
}

/// n1 and n3 are the attacker's. Fees, from the payee on, for 1,000,000 msat: n3 takes 1,000, n2 2,000 and n1
/// 3,000 of base fee. The wormhole takes n2's 2,000.
#[test]
fn a_wormhole_takes_the_fee_of_the_node_in_between() {
    let mut network = nodes(7);
    for (one, two, base) in
        [(0, 1, 0), (1, 2, 3_000), (2, 3, 2_000), (3, 4, 1_000), (1, 5, 0), (3, 6, 0)]
    {
        join(&mut network, one, two, TEN_MILLION, policy(base, 0, 40));
    }
    let wormhole = AttackParams {
        name: "worm".into(),
        start: at(0),
        end: None,
        plan: AttackPlan::Wormhole(WormholeParams { fraction_of_nodes: 0.1, by_degree: true }),
    };
    for params in [params(10), common::plain(10)] {
        let demands = vec![pay(0, 0, 4, Msat(1_000_000), 1_000)];
        let peace = attacked(network.clone(), &params, &[], demands.clone(), span());
        let worm =
            attacked(network.clone(), &params, std::slice::from_ref(&wormhole), demands, span());
        for rows in [&peace, &worm] {
            assert_eq!(rows.payments[0].outcome, Outcome::Settled);
            assert_eq!(rows.payments[0].fee, Some(Msat(6_000)));
            assert!(rows.payments[0].ended.is_some());
        }
        let change = |rows: &Recorder, node: usize| {
            let [before, after] = rows.nodes[node].wealth.map(|m| i128::from(m.get()));
            after - before
        };
        assert_eq!([1, 2, 3].map(|node| change(&peace, node)), [3_000, 2_000, 1_000]);
        // n1 got 1,006,000 for nothing, n3 paid 1,000,000 for nothing.
        assert_eq!([1, 2, 3].map(|node| change(&worm, node)), [1_006_000, 0, -1_000_000]);
        let row = &worm.attacks[0];
        assert_eq!((row.victim, row.gain), (Some(NodeId(2)), Some(Msat(2_000))));
        assert_eq!(worm.attacks.len(), 1);
        assert_eq!(worm.channels[1].failed, [1, 0], "for n2 it is a payment that failed");
    }
}

#[test]
fn a_run_under_attack_saved_and_loaded_ends_the_same() {
    let network = line_of(4, TEN_MILLION, policy(0, 0, 40));
    let params = params(10);
    let mut grown = network.clone();
    let mut balances = halves(&network);
    let feerate = params.protocol.commitment_feerate;
    let seeds = Seeds::new(1, 0);
    let attacks = [jam(SLOTS)];
    let campaigns = recruit(&attacks, &mut grown, &mut balances, feerate, seeds).unwrap();
    let whole = attacked(network, &params, &attacks, stream(), span());
    let world = || World::new(grown.clone(), &params);
    let system = Lightning::new(params.clone(), world(), balances, SimTime::ZERO, 100_000.0, seeds);
    let mut running = Running::new(system.with_attacks(campaigns), span());
    let mut recorder = Recorder::default();
    let header = Header { version: "t".into(), scenario: "t".into(), seed: 1 };
    loop {
        let position = usize::try_from(running.demands).unwrap();
        let mut rest = stream().into_iter().skip(position);
        if drive(&mut running, &mut rest, span(), 1_001, &mut recorder).unwrap() {
            break;
        }
        running = load(&save(&header, &running), &header).unwrap();
        running.system.attach(world());
        running.system.rebuild();
    }
    running.finish(&mut recorder).unwrap();
    assert!(recorder == whole);
}

/// The jam of the first test, with reputation: one incoming channel gets no more than the few slots of peers without
/// reputation, and payments go on.
#[test]
fn reputation_keeps_slots_free_for_payments_during_a_jam() {
    let mut network = line_of(4, TEN_MILLION, policy(1_000, 0, 40));
    network.node_mut(NodeId(1)).software = Some(Software::Lnd);
    let mut params = forgetful();
    let settled = |params: &LightningParams| {
        let rows = attacked(network.clone(), params, &[jam(SLOTS)], stream(), span());
        let during = rows.payments.iter().filter(|row| {
            row.submitted >= at(100) && row.submitted < at(1_000) && row.outcome == Outcome::Settled
        });
        (during.count(), rows.attacks[0].locked_msat_s.unwrap())
    };
    let (open, locked) = settled(&params);
    assert_eq!(open, 0, "without: the channel is full");
    params.mitigation.reputation = Some(ReputationParams {
        resolution_period: SimDuration::from_secs(90),
        revenue_window: SimDuration::from_secs(14 * 86_400),
        reputation_multiplier: 12,
        learn_for: SimDuration::ZERO,
    });
    let (guarded, locked_then) = settled(&params);
    assert_eq!(guarded, 90, "with it: all go through");
    assert!(locked_then * 2 < locked, "{locked_then} is less than half of {locked}");
}

/// Every try of the jam costs the attacker an upfront fee: of n1's 1,000 msat for the target and of n2's
/// 1,000 for the exit channel, a tenth each.
#[test]
fn an_upfront_fee_makes_jamming_cost_something() {
    let mut network = line_of(4, TEN_MILLION, policy(1_000, 0, 40));
    network.node_mut(NodeId(1)).software = Some(Software::Lnd);
    let mut params = forgetful();
    params.mitigation.upfront_fee = Some(leyden::units::Ppm(100_000));
    let rows = attacked(network, &params, &[jam(SLOTS)], Vec::new(), span());
    let mut paid = 0;
    for row in &rows.attacks {
        assert_eq!(row.fees, Some(Msat(200) * row.htlcs.unwrap()));
        assert_eq!(row.attacker_net, Some(-i64::try_from(row.fees.unwrap().get()).unwrap()));
        paid += row.fees.unwrap().get();
    }
    let attacker = rows.nodes[4];
    assert_eq!(attacker.wealth[0].get() - attacker.wealth[1].get(), paid);
}
