//! Reorganisations under closings and openings.

use super::tests::{Bench, htlc, terms};
use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::closing::{Output, OutputKind};
use crate::lightning::chain::onchain::Effect;
use crate::lightning::chain::opening::OpenRequest;
use crate::network::Software;
use crate::outcome::CloseKind;
use crate::units::{Sat, SimTime};

fn bench(probability: f64, deepest: u8) -> Bench {
    Bench::new(|bitcoin, _| {
        (bitcoin.reorgs.probability, bitcoin.reorgs.deepest) = (probability, deepest);
    })
}

/// Two HTLCs of side one, the second of which is claimed, and one that it received and claims.
fn story(bench: &mut Bench) -> ChannelId {
    let htlcs = vec![
        htlc(1, 10_000, Side::One, 20, false),
        htlc(2, 20_000, Side::One, 40, true),
        htlc(3, 30_000, Side::Two, 40, true),
    ];
    bench.close(&terms(true), [540_000_000, 400_000_000], htlcs)
}

#[test]
fn with_every_block_undone_once_a_closing_ends_with_the_same_money() {
    let rows = [0.0, 1.0].map(|probability| {
        let mut bench = bench(probability, 1);
        let channel = story(&mut bench);
        bench.mine(200);
        assert_eq!(bench.chain.check(), Ok(()));
        assert!(bench.chain.is_quiet());
        (bench.closed(channel).expect("buried").0, bench.effects)
    });
    let [(calm, calm_effects), (stormy, stormy_effects)] = &rows;
    assert_eq!((calm.timed_out, calm.claimed), (1, 2));
    assert_eq!((stormy.timed_out, stormy.claimed), (1, 2));
    assert_eq!((stormy.end, stormy.fees, stormy.rounding), (calm.end, calm.fees, calm.rounding));
    assert_eq!((stormy.weight, stormy.loss), (calm.weight, calm.loss));
    // What stands in a block again when that is mined again is reported once.
    for tag in [2, 3] {
        let claimed = |effects: &[Effect]| {
            effects.iter().filter(|effect| **effect == Effect::Claimed { tag }).count()
        };
        assert_eq!([claimed(calm_effects), claimed(stormy_effects)], [1, 1]);
    }
}

/// Blocks 1 to 6 hold nothing but the commitment; when HTLC 1 has expired, its offerer takes it back. The
/// failure goes upstream with the sixth confirmation on the branch that wins, never earlier.
#[test]
fn upstream_hears_of_a_timeout_when_it_is_buried_whatever_was_undone_before() {
    let mut bench = bench(0.7, 3);
    let channel = story(&mut bench);
    let returned = Effect::Returned { tag: 1, lost: false };
    let mut confirmed = None;
    while !bench.effects.contains(&returned) {
        bench.mine(1);
        let closing = bench.chain.closing(channel).expect("it is not over");
        let spent = |output: &Output| output.kind == OutputKind::Htlc(0) && output.spent.is_some();
        let output = closing.outputs.iter().find(|output| spent(output));
        confirmed = output.and_then(|output| output.spent).map(|(_, height)| height);
    }
    let confirmed = confirmed.expect("in a block").0;
    assert!(confirmed > 900_020, "it is locked until block 900,020");
    assert!(bench.chain.height().0 + 1 >= confirmed + 6);
}

/// Mines a block and takes the channels into use that it makes deep enough.
fn mine_and_open(bench: &mut Bench) {
    bench.mine(1);
    let (opened, rest): (Vec<Effect>, _) = std::mem::take(&mut bench.effects)
        .into_iter()
        .partition(|effect| matches!(effect, Effect::Opened { .. }));
    bench.effects = rest;
    for effect in opened {
        let Effect::Opened { number } = effect else { continue };
        bench.chain.opened(number, ChannelId(1_000 + number));
    }
    assert_eq!(bench.chain.check(), Ok(()));
}

#[test]
fn money_is_conserved_through_many_openings_closings_and_breaches_under_deep_reorganisations() {
    let mut bench = bench(0.5, 3);
    let mut channels = Vec::new();
    for round in 0..30_u32 {
        let wish = OpenRequest {
            ends: [NodeId(300 + round), NodeId(340 + round)],
            software: [Software::Lnd; 2],
            capacity: Sat(500_000),
            private: round % 2 == 0,
        };
        assert!(bench.chain.open(&wish, bench.now));
        channels.push(story(&mut bench));
        channels.push(bench.close(&terms(false), [600_000_123, 399_999_877], Vec::new()));
        channels.push(bench.publish_revoked(SimTime::ZERO, None));
        for _ in 0..=round % 3 {
            mine_and_open(&mut bench);
        }
    }
    for _ in 0..300 {
        mine_and_open(&mut bench);
    }
    assert!(bench.chain.is_quiet());
    for channel in channels {
        let (row, moved) = bench.closed(channel).expect("buried");
        if row.kind == CloseKind::Revoked {
            assert!(row.penalised > 0 && moved[0] < 0, "the victim watches: {row:?}");
        }
    }
}
