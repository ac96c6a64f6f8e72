//! Attacks that need full blocks: flood and loot, mass exit. On a real chain under real channels.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use std::collections::BTreeMap;

use common::{join, line_of, nodes, params, policy};
use leyden::adversary::{
    AttackParams, AttackPlan, Coalition, FloodParams, MassExitParams, Method, Towers, recruit,
};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden::lightning::{Lightning, LightningParams, World};
use leyden::network::{Network, Software};
use leyden::outcome::{AttackOutcome, CloseCause, CloseKind, LossKind};
use leyden::rows::{BlockRow, ClosureRow, LossRow, NodeRow, PaymentRow, Row, Rows, Window};
use leyden::system::{Control, Observer, Progress, Running, Span, drive};
use leyden::units::{FeeRate, Msat, Sat, SimDuration, SimTime, Weight};
use leyden::workload::Demand;

/// What a run on the chain tells.
#[derive(Default)]
struct Recorder {
    payments: Vec<PaymentRow>,
    closures: Vec<ClosureRow>,
    losses: Vec<LossRow>,
    attacks: Vec<Attempt>,
    nodes: Vec<NodeRow>,
    blocks: Vec<BlockRow>,
}

struct Attempt {
    victim: Option<NodeId>,
    outcome: AttackOutcome,
    gain: Option<Msat>,
    net: [Option<i64>; 2],
    htlcs: Option<u64>,
    locked: Option<u64>,
}

impl Rows for Recorder {
    fn record(&mut self, row: Row<'_>) {
        match row {
            Row::Payment(row) => self.payments.push(*row),
            Row::Node(row) => self.nodes.push(*row),
            Row::Block(row) => self.blocks.push(*row),
            Row::Closure(row) => self.closures.push(*row),
            Row::Loss(row) => self.losses.push(*row),
            Row::Attack(row) => self.attacks.push(Attempt {
                victim: row.victim,
                outcome: row.outcome,
                gain: row.gain,
                net: [row.attacker_net, row.victim_net],
                htlcs: row.htlcs,
                locked: row.locked_msat_s,
            }),
            _ => {}
        }
    }
}

impl Observer for Recorder {
    fn watch(&mut self, _progress: Progress) -> Control {
        Control::Continue
    }
}

struct Setting {
    network: Network,
    params: LightningParams,
    bitcoin: BitcoinParams,
    hours: u64,
    check_each: bool,
}

impl Setting {
    /// Half of each channel on each side.
    fn run(self, plan: AttackPlan, demands: Vec<Demand>) -> Recorder {
        let Self { mut network, params, bitcoin, hours, check_each } = self;
        let start = SimTime::ZERO + SimDuration::from_secs(600);
        let attack = AttackParams { name: "attack".into(), start, end: None, plan };
        let seeds = Seeds::new(1, 0);
        let mut balances = common::halves(&network);
        let feerate = params.protocol.commitment_feerate;
        let campaigns = recruit(&[attack], &mut network, &mut balances, feerate, seeds).unwrap();
        let world = World::new(network, &params);
        let system = Lightning::new(params, world, balances, SimTime::ZERO, 100_000.0, seeds)
            .with_attacks(campaigns)
            .with_chain(bitcoin, seeds);
        let hour = SimDuration::from_secs(3_600);
        let end = SimTime::ZERO + hour * hours;
        let span =
            Span { sample_every: hour, window: Window::default(), end, check_each, threads: 1 };
        let mut running = Running::new(system, span);
        let mut told = Recorder::default();
        drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut told).unwrap();
        running.finish(&mut told).unwrap();
        told
    }
}

fn alone() -> BitcoinParams {
    BitcoinParams { background: Background::NONE, ..BitcoinParams::default() }
}

/// A line of victims that run lnd.
fn victims(count: u32) -> Network {
    let mut network = line_of(count, Sat(100_000), policy(1_000, 1, 80));
    for victim in 0..count {
        network.node_mut(NodeId(victim)).software = Some(Software::Lnd);
    }
    network
}

/// Flood and loot of `count` victims, with `htlcs` in each channel; each goes to the chain `claim_before`
/// blocks before the expiry, in blocks of `block_weight`.
fn flood(count: u32, htlcs: u32, claim_before: u16, block_weight: u64) -> Recorder {
    flood_for(count, htlcs, claim_before, block_weight, 300)
}

fn flood_for(count: u32, htlcs: u32, claim_before: u16, block_weight: u64, hours: u64) -> Recorder {
    let mut params = params(10);
    params.protocol.anchors_share = 0.0;
    params.onchain.claim_before = Some(claim_before);
    let bitcoin =
        BitcoinParams { block_weight: Weight(block_weight), coinbase_weight: Weight(0), ..alone() };
    let (network, check_each) = (victims(count), false);
    let setting = Setting { network, params, bitcoin, hours, check_each };
    setting.run(
        AttackPlan::FloodAndLoot(FloodParams {
            victims: count,
            budget: Sat(12_000_000) * u64::from(count),
            amount: Sat(11_000).to_msat(),
            most: htlcs,
            hold: SimDuration::from_secs(600),
            final_cltv: 18,
        }),
        Vec::new(),
    )
}

/// The run may end while claims are under way: an attempt that is told as decided then ends no other way in a
/// run that goes on, and one that is not told so is not left out of it.
#[test]
fn a_theft_is_decided_when_its_outcome_can_no_longer_change() {
    let outcomes = |told: &Recorder| -> BTreeMap<_, _> {
        told.attacks.iter().map(|row| (row.victim, row.outcome)).collect()
    };
    let last = outcomes(&flood(2, 60, 6, 12_000));
    assert!(last.values().all(|outcome| *outcome != AttackOutcome::Pending));
    let mut decided = Vec::new();
    for hours in (12..=44).step_by(4) {
        let now = outcomes(&flood_for(2, 60, 6, 12_000, hours));
        assert_eq!(now.len(), last.len());
        let over = now.iter().filter(|(_, outcome)| **outcome != AttackOutcome::Pending);
        assert!(
            over.clone().all(|(victim, outcome)| last[victim] == *outcome),
            "{hours} h: {now:?}"
        );
        decided.push(over.count());
    }
    assert!(decided.is_sorted() && decided[0] == 0 && decided.last() == Some(&2), "{decided:?}");
}

fn looted(told: &Recorder) -> usize {
    told.losses.iter().filter(|loss| loss.kind == LossKind::HtlcTimedOut).count()
}

/// One victim, three HTLCs of 11,000 sat that cost it 11,001,011 msat each (1,000 msat and 1 ppm, rounded down).
#[test]
fn a_single_victim_of_a_flood_claims_everything_in_time() {
    let told = flood(1, 3, 10, 4_000_000);
    assert_eq!((looted(&told), told.attacks.len(), told.closures.len()), (0, 1, 1));
    let (row, closure) = (&told.attacks[0], &told.closures[0]);
    assert_eq!((row.outcome, row.gain), (AttackOutcome::Aborted, Some(Msat(0))));
    assert_eq!((row.victim, row.htlcs), (Some(NodeId(0)), Some(3)));
    assert_eq!((closure.kind, closure.cause), (CloseKind::Unilateral, CloseCause::HtlcDeadline));
    assert_eq!((closure.htlcs, closure.claimed, closure.timed_out), (3, 3, 0));
    // The victim gets 11 msat and 1,000 of routing fee for each, but whole satoshis only, and pays the claims.
    let [attacker, victim] = row.net.map(Option::unwrap);
    let fees: i64 = closure.fees.iter().map(|fee| i64::try_from(fee.get()).unwrap()).sum();
    let lost = fees + i64::try_from(closure.rounding.get()).unwrap();
    assert_eq!(attacker + victim, -lost, "nothing else is gone");
}

/// 2 * (724 + 60 * 172 + 60 * 703) = 106,448 WU for six blocks of 12,000.
#[test]
fn what_blocks_do_not_hold_the_source_takes_back() {
    let told = flood(2, 60, 6, 12_000);
    // 34,448 WU are left over: 49 claims; more, as claims and commitments do not fill blocks exactly.
    let stolen = looted(&told);
    assert!((49..80).contains(&stolen), "{stolen}");
    for row in &told.attacks {
        let loot = row.gain.unwrap().get() / 11_001_011;
        let [attacker, victim] = row.net.map(Option::unwrap);
        assert!(victim < 0 || loot == 0, "{victim}");
        assert!(attacker <= i64::try_from(row.gain.unwrap().get()).unwrap());
    }
    let gains: u64 = told.attacks.iter().map(|row| row.gain.unwrap().get()).sum();
    let losses: u64 = told.losses.iter().map(|loss| loss.amount.get()).sum();
    assert_eq!(gains, losses, "what is looted is what is lost (H4)");
    assert_eq!(losses, 11_001_011 * stolen as u64);
}

/// 83,800 WU for a commitment and 483 * 703 for its HTLCs: 423,349 WU a channel; ten blocks hold 94.5.
#[test]
fn flood_and_loot_begins_between_80_and_95_full_channels_at_ten_empty_blocks() {
    // The expiry is 98 blocks ahead; 30 hours see it, and what was taken back is buried.
    let at_80 = flood_for(80, 483, 10, 4_000_000, 30);
    assert_eq!(at_80.attacks.len(), 80);
    assert_eq!(looted(&at_80), 0);
    assert!(at_80.attacks.iter().all(|row| row.htlcs == Some(483)), "all channels are full");
    let at_95 = flood_for(95, 483, 10, 4_000_000, 30);
    println!("{} of {} HTLCs are stolen at 95 channels", looted(&at_95), 95 * 483);
    assert!(looted(&at_95) > 0);
}

/// A tenth of all that: 10 HTLCs of a full channel weigh 724 + 10 * (172 + 703) = 9,474 WU.
#[test]
fn loot_grows_with_channels_and_with_busy_blocks_and_shrinks_with_time() {
    let stolen = |channels, blocks, weight| looted(&flood_for(channels, 10, blocks, weight, 30));
    assert_eq!(stolen(8, 10, 9_474), 0);
    let usual = stolen(15, 10, 9_474);
    assert!(usual > 0);
    assert!(stolen(20, 10, 9_474) > usual, "more channels");
    assert!(stolen(15, 7, 9_474) > usual, "less time");
    assert!(stolen(15, 10, 6_000) > usual, "fuller blocks");
    assert_eq!(stolen(15, 20, 9_474), 0, "twice the time");
}

/// Ten pairs of leaves around two hubs that are joined.
fn two_hubs() -> Network {
    let mut network = nodes(12);
    join(&mut network, 0, 1, Sat(1_000_000), policy(0, 0, 40));
    for leaf in 2..12 {
        join(&mut network, leaf % 2, leaf, Sat(1_000_000), policy(0, 0, 40));
    }
    network
}

fn exit(method: Method, bitcoin: BitcoinParams, demands: Vec<Demand>, hours: u64) -> Recorder {
    let mut params = params(10);
    params.peers.gone_after = Some(SimDuration::from_secs(86_400));
    let check_each = bitcoin.background == Background::NONE;
    let setting = Setting { network: two_hubs(), params, bitcoin, hours, check_each };
    let coalition = Coalition::Degree(2);
    setting.run(AttackPlan::MassExit(MassExitParams { coalition, method }), demands)
}

#[test]
fn whoever_has_a_channel_with_a_zombie_closes_it_after_a_day() {
    let told = exit(Method::Zombie, alone(), Vec::new(), 200);
    // The channel between the two stays: nobody is there to close it.
    assert_eq!(told.closures.len(), 10);
    for closure in &told.closures {
        assert_eq!((closure.kind, closure.cause), (CloseKind::Unilateral, CloseCause::PeerGone));
        assert!(closure.by.0 >= 2, "a leaf did");
        let after = closure.decided.since(SimTime::ZERO + SimDuration::from_secs(600));
        assert!(after.as_secs_f64() >= 86_400.0);
    }
    assert_eq!(told.attacks.len(), 10);
    for row in &told.attacks {
        assert_eq!(row.outcome, AttackOutcome::Succeeded);
        assert!(row.net[1].unwrap() < 0, "leaving costs fees");
        // Half of a channel, for a day and 144 blocks.
        assert!(row.locked.unwrap() > 500_000_000 * 86_400);
    }
}

#[test]
fn hubs_that_leave_at_once_publish_their_latest_commitments() {
    let told = exit(Method::Close, alone(), Vec::new(), 200);
    assert_eq!(told.closures.len(), 10);
    for closure in &told.closures {
        assert_eq!((closure.kind, closure.cause), (CloseKind::Unilateral, CloseCause::Attack));
        assert!(closure.by.0 < 2, "a hub did");
        assert_eq!(closure.confirmed.unwrap().0, closure.broadcast.unwrap().0 + 1);
    }
}

/// Each leaf of n0 pays one of n1, so that every hub has an old state that paid it more.
fn payments() -> Vec<Demand> {
    (0..5)
        .map(|i| common::pay(u64::from(i), 2 + 2 * i, 3 + 2 * i, Msat(50_000_000), 1_000))
        .collect()
}

fn double_spend(coverage: f64) -> Method {
    Method::DoubleSpend {
        least_gain: Sat(1),
        offline: (1.0, SimDuration::from_secs(3_600)),
        towers: Towers {
            coverage,
            known: 1.0,
            delay: SimDuration::ZERO,
            down: (0.0, SimDuration::from_secs(3_600)),
            feerate: FeeRate(2_500),
            fee_budget: 1.0,
            state_bytes: 356,
        },
    }
}

#[test]
fn a_mass_double_spend_fails_against_towers_and_room_and_wins_where_blocks_are_full() {
    let outcomes =
        |told: &Recorder, wanted| told.attacks.iter().filter(|row| row.outcome == wanted).count();
    let room = exit(double_spend(1.0), alone(), payments(), 40);
    assert_eq!(outcomes(&room, AttackOutcome::Punished), 5, "n1's leaves were paid by n1");
    let open = exit(double_spend(0.0), alone(), payments(), 40);
    assert_eq!(outcomes(&open, AttackOutcome::Punished), 0);
    // Decided once the attacker's balance is spent and buried, though victims that never come back sweep nothing.
    assert_eq!(outcomes(&open, AttackOutcome::Stolen), 5);
    // Others bid 40 sat/vB for more than there is; a tower's 10 sat/vB wait.
    let full = BitcoinParams {
        block_weight: Weight(400_000),
        coinbase_weight: Weight(0),
        background: Background::steady(1.5, FeeRate(10_000), 0.3, 20.0),
        ..BitcoinParams::default()
    };
    let full = exit(double_spend(1.0), full, payments(), 40);
    assert_eq!(outcomes(&full, AttackOutcome::Punished), 0);
    assert!(!full.blocks.is_empty() && !full.nodes.is_empty() && full.payments.len() == 5);
}
