//! Openings on small chains, each with its numbers.

use super::tests::Bench;
use crate::chain::bitcoin::{Background, BitcoinParams, Phase};
use crate::channel::Terms;
use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::closing::Decision;
use crate::lightning::chain::onchain::Effect;
use crate::lightning::chain::opening::OpenRequest;
use crate::network::Software;
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime, Weight};

/// Background transactions that ask for little at first; from the second second on there are far too many for an hour,
/// then a few more than there is room for.
fn turn(bitcoin: &mut BitcoinParams) {
    bitcoin.block_weight = Weight(400_000);
    let phase = |seconds, load, feerate| Phase {
        from: SimTime::ZERO + SimDuration::from_secs(seconds),
        load,
        median_feerate: FeeRate(feerate),
    };
    bitcoin.background = Background {
        phases: vec![phase(0, 0.0, 253), phase(1, 8.0, 20_000), phase(3_600, 1.1, 20_000)],
        sigma: 0.3,
        ..Background::NONE
    };
}

fn wish(capacity: u64, peer: Software) -> OpenRequest {
    OpenRequest {
        ends: [NodeId(398), NodeId(399)],
        software: [Software::Lnd, peer],
        capacity: Sat(capacity),
        private: false,
    }
}

fn has_reported(bench: &Bench, effect: &Effect) -> bool {
    bench.effects.contains(effect)
}

/// 610 WU at 25 sat/kw are 15.25 sat.
const FEE: Sat = Sat(16);

#[test]
fn a_channel_is_paid_for_by_its_opener_used_after_the_peers_confirmations_and_then_announced() {
    let mut bench = Bench::new(|_, _| {});
    let (opener, channel) = (NodeId(398), ChannelId(200));
    assert!(bench.chain.open(&wish(500_000, Software::Cln), bench.now));
    assert_eq!(bench.chain.wallet(opener), Sat(1_000_000), "nothing is confirmed yet");
    bench.mine(1);
    assert_eq!(bench.chain.wallet(opener), Sat(500_000) - FEE);
    let [opened, announced] = [Effect::Opened { number: 0 }, Effect::Announced { channel }];
    bench.mine(1);
    assert!(!has_reported(&bench, &opened), "Core Lightning wants three confirmations");
    bench.mine(1);
    assert!(has_reported(&bench, &opened));
    let opening = bench.chain.opened(0, channel);
    assert_eq!((opening.capacity, opening.fee), (Sat(500_000), FEE));
    bench.mine(2);
    assert!(!has_reported(&bench, &announced), "five confirmations");
    bench.mine(1);
    assert!(has_reported(&bench, &announced));
    assert_eq!(bench.chain.height(), BlockHeight(900_006));
    assert_eq!(bench.chain.check(), Ok(()));
}

#[test]
fn a_channel_opened_in_the_run_closes_like_any_other() {
    let mut bench = Bench::new(|_, _| {});
    assert!(bench.chain.open(&wish(500_000, Software::Lnd), bench.now));
    bench.mine(1);
    let channel = ChannelId(200);
    bench.chain.opened(0, channel);
    let terms = Terms { capacity: Sat(500_000), ..super::tests::terms(true) };
    let decision = Decision {
        channel,
        ends: [NodeId(398), NodeId(399)],
        delay: [144; 2],
        kind: crate::outcome::CloseKind::Cooperative,
        cause: crate::outcome::CloseCause::Scheduled,
        decided: bench.now,
        now: bench.now,
    };
    bench.chain.close_together(&decision, &terms, Side::One, [400_000_000, 100_000_000].map(Msat));
    bench.mine(6);
    let (row, _) = bench.closed(channel).expect("buried");
    // 676 WU at 25 sat/kw: 16.9 sat.
    assert_eq!(row.fees, [Msat(17_000), Msat(0)]);
    let back = Sat(1_000_000) - FEE - Sat(100_000) - Sat(17);
    assert_eq!(bench.chain.wallet(NodeId(398)), back);
    assert_eq!(bench.chain.wallet(NodeId(399)), Sat(1_100_000));
    assert_eq!(bench.chain.check(), Ok(()));
    assert!(bench.chain.is_quiet());
}

#[test]
fn a_channel_is_as_large_as_the_wallet_allows_and_not_smaller_than_both_accept() {
    let mut bench = Bench::new(|_, params| params.wallet = Sat(90_016));
    assert!(!bench.chain.open(&wish(5_000_000, Software::Eclair), bench.now), "100,000 at least");
    assert!(bench.chain.open(&wish(5_000_000, Software::Cln), bench.now));
    assert!(!bench.chain.open(&wish(20_000, Software::Cln), bench.now), "all is reserved");
    bench.mine(3);
    assert_eq!(bench.chain.opened(0, ChannelId(200)).capacity, Sat(90_000));
}

#[test]
fn a_funding_transaction_that_is_not_mined_in_2016_blocks_is_replaced_and_the_money_is_back() {
    let mut bench = Bench::new(|bitcoin, _| turn(bitcoin));
    assert!(bench.chain.open(&wish(500_000, Software::Lnd), bench.now));
    bench.mine(2_015);
    assert!(bench.chain.openings().next().is_some());
    assert_eq!(bench.chain.wallet(NodeId(398)), Sat(1_000_000));
    bench.mine(200);
    assert!(bench.chain.is_quiet(), "given up");
    let cost = bench.effects.iter().find_map(|effect| match effect {
        Effect::Abandoned { opener: NodeId(398), fee } => Some(*fee),
        _ => None,
    });
    let cost = cost.expect("the replacement is mined");
    assert!(cost > FEE && cost < Sat(100_000), "{cost}");
    assert_eq!(bench.chain.wallet(NodeId(398)), Sat(1_000_000) - cost);
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Opened { .. })));
    assert_eq!(bench.chain.check(), Ok(()));
}

#[test]
fn a_funding_transaction_that_is_pushed_out_of_the_mempool_bids_more() {
    let mut bench = Bench::new(|bitcoin, _| {
        turn(bitcoin);
        bitcoin.relay.mempool_weight = Weight(800_000);
    });
    assert!(bench.chain.open(&wish(500_000, Software::Lnd), bench.now));
    bench.mine(200);
    assert!(bench.effects.contains(&Effect::Opened { number: 0 }));
    let opening = bench.chain.opened(0, ChannelId(200));
    assert!(opening.fee > Sat(1_000), "20,000 sat/kw would be 12,200 sat: {}", opening.fee);
    assert_eq!(bench.chain.wallet(NodeId(398)), Sat(500_000) - opening.fee);
}
