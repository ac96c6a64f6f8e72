//! Closings on small chains, each a story with its numbers; then the races against theory.

use crate::chain::bitcoin::{Background, BitcoinEvent, BitcoinParams, fee_for};
use crate::channel::{Batching, CommitmentHtlc, CommitmentSnapshot, Terms};
use crate::engine::{EventQueue, Seeds, Within};
use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::closing::{Decision, Tower};
use crate::lightning::chain::onchain::{Effect, OnChain};
use crate::lightning::chain::params::{OnChainParams, weight};
use crate::outcome::{CloseCause, CloseKind};
use crate::rows::ClosureRow;
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimDuration, SimTime, Weight};

const NOW: SimTime = SimTime::ZERO;

pub(super) struct Bench {
    pub(super) chain: OnChain,
    queue: EventQueue<BitcoinEvent>,
    pub(super) now: SimTime,
    pub(super) effects: Vec<Effect>,
    channels: u32,
}

pub(super) fn terms(anchors: bool) -> Terms {
    Terms {
        capacity: Sat(1_000_000),
        reserve: [Sat(10_000); 2],
        dust_limit: [Sat(354); 2],
        max_accepted_htlcs: [483; 2],
        max_htlc_value_in_flight: [Msat::MAX; 2],
        htlc_minimum: [Msat(1); 2],
        max_dust_exposure: [Msat::MAX; 2],
        opener: Side::One,
        anchors,
        feerate: FeeRate(2_500),
        batching: [Batching::default(); 2],
    }
}

impl Bench {
    /// Blocks with nobody else in them, for up to 200 channels of a million satoshis.
    pub(super) fn new(change: impl FnOnce(&mut BitcoinParams, &mut OnChainParams)) -> Self {
        Self::with(200, Seeds::new(1, 0), change)
    }

    /// The same for so many channels.
    pub(super) fn with(
        channels: u32,
        seeds: Seeds,
        change: impl FnOnce(&mut BitcoinParams, &mut OnChainParams),
    ) -> Self {
        let mut bitcoin =
            BitcoinParams { background: Background::NONE, ..BitcoinParams::default() };
        let mut params = OnChainParams::default();
        change(&mut bitcoin, &mut params);
        let in_channels = Sat(1_000_000) * u64::from(channels);
        let nodes = 2 * channels as usize;
        let chain = OnChain::new(params, bitcoin, nodes, in_channels, seeds);
        let (queue, effects) = (EventQueue::default(), Vec::new());
        let mut bench = Self { chain, queue, now: NOW, effects, channels: 0 };
        bench.chain.start(&mut Within::new(NOW, &mut bench.queue, |event| event));
        bench
    }

    /// When the next block comes.
    pub(super) fn next_block(&self) -> SimTime {
        self.queue.next_time().expect("there is always a next block")
    }

    /// Mines `blocks` blocks; every invariant holds after each.
    pub(super) fn mine(&mut self, blocks: u32) {
        for _ in 0..blocks {
            let (now, event) = self.queue.pop().unwrap();
            self.now = now;
            let schedule = &mut Within::new(now, &mut self.queue, |event| event);
            self.chain.block(event, schedule, &mut self.effects);
            assert_eq!(self.chain.check_world(), Ok(()));
        }
    }

    fn decision(&mut self, kind: CloseKind) -> Decision {
        let channel = ChannelId(self.channels);
        let ends = [NodeId(2 * self.channels), NodeId(2 * self.channels + 1)];
        self.channels += 1;
        let (delay, cause, now) = ([144; 2], CloseCause::HtlcDeadline, self.now);
        Decision { channel, ends, delay, kind, cause, decided: now, now }
    }

    /// Side one publishes its latest commitment.
    pub(super) fn close(
        &mut self,
        terms: &Terms,
        balance: [u64; 2],
        htlcs: Vec<CommitmentHtlc>,
    ) -> ChannelId {
        self.close_by(Side::One, terms, balance, htlcs)
    }

    /// `owner` publishes its latest commitment.
    pub(super) fn close_by(
        &mut self,
        owner: Side,
        terms: &Terms,
        balance: [u64; 2],
        htlcs: Vec<CommitmentHtlc>,
    ) -> ChannelId {
        let decision = self.decision(CloseKind::Unilateral);
        let balance = balance.map(Msat);
        let snapshot =
            CommitmentSnapshot { owner, number: 7, balance, htlcs, off_commitment: Vec::new() };
        self.chain.close(&decision, terms, snapshot);
        decision.channel
    }

    /// Side one publishes a revoked commitment in which it has 900,000 sat of which 200,000 are its own.
    pub(super) fn publish_revoked(&mut self, absent: SimTime, tower: Option<Tower>) -> ChannelId {
        self.publish_revoked_with(144, absent, tower)
    }

    /// The same with another `to_self_delay`.
    pub(super) fn publish_revoked_with(
        &mut self,
        delay: u16,
        absent: SimTime,
        tower: Option<Tower>,
    ) -> ChannelId {
        let decision = Decision { delay: [delay; 2], ..self.decision(CloseKind::Revoked) };
        let balance = [900_000_000, 100_000_000].map(Msat);
        let snapshot = CommitmentSnapshot {
            owner: Side::One,
            number: 3,
            balance,
            htlcs: Vec::new(),
            off_commitment: Vec::new(),
        };
        let start = [200_000_000, 800_000_000].map(Msat);
        self.chain.close_revoked(&decision, &terms(true), snapshot, start, (absent, tower));
        decision.channel
    }

    /// The row of a channel that has been closed for good, and what moved by breach.
    pub(super) fn closed(&self, channel: ChannelId) -> Option<(ClosureRow, [i64; 2])> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Closed(end) if end.row.channel == channel => Some((end.row, end.moved)),
            _ => None,
        })
    }
}

pub(super) fn htlc(tag: u64, sat: u64, from: Side, blocks: u32, fulfilled: bool) -> CommitmentHtlc {
    CommitmentHtlc {
        tag,
        amount: Sat(sat).to_msat(),
        from,
        cltv_expiry: BlockHeight(900_000 + blocks),
        trimmed: false,
        fulfilled,
    }
}

#[test]
fn a_unilateral_close_pays_both_sides_after_their_delays_and_accounts_for_every_satoshi() {
    let mut bench = Bench::new(|_, _| {});
    let channel = bench.close(&terms(false), [600_000_123, 399_999_877], Vec::new());
    bench.mine(1);
    assert_eq!(bench.chain.closing(channel).unwrap().confirmed, Some(BlockHeight(900_001)));
    // The peer's balance needs no delay, the owner's 144 blocks, and six bury it.
    bench.mine(150);
    let (row, moved) = bench.closed(channel).expect("buried");
    assert_eq!(
        (row.resolved, row.buried),
        (Some(BlockHeight(900_145)), Some(BlockHeight(900_150)))
    );
    // 724 WU at 2,500 sat/kw are 1,810 sat, all of the opener's.
    let sweep = |weight| fee_for(FeeRate(25), weight).get() * 1_000;
    let fees = [1_810_000 + sweep(weight::DELAYED), sweep(weight::DIRECT)];
    assert_eq!(row.fees.map(Msat::get), fees);
    assert_eq!(row.rounding, Msat(123 + 877));
    assert_eq!((row.htlcs, row.loss, moved), (0, Msat(0), [0, 0]));
}

#[test]
fn an_expired_htlc_goes_back_to_its_offerer_in_two_stages_and_upstream_hears_when_it_is_buried() {
    let mut bench = Bench::new(|_, _| {});
    let offered = htlc(1, 100_000, Side::One, 10, false);
    let channel = bench.close(&terms(true), [500_000_000, 400_000_000], vec![offered]);
    // Locked until 900,010: block 900,011 can hold the timeout, six blocks bury it.
    bench.mine(15);
    assert!(bench.effects.is_empty(), "{:?}", bench.effects);
    bench.mine(1);
    assert_eq!(bench.effects, [Effect::Returned { tag: 1, lost: false }]);
    bench.mine(150);
    let (row, _) = bench.closed(channel).expect("swept 144 blocks after the second stage");
    assert_eq!((row.htlcs, row.timed_out, row.claimed), (1, 1, 0));
    assert_eq!(row.resolved, Some(BlockHeight(900_011 + 144)));
}

#[test]
fn a_receiver_with_the_preimage_takes_the_htlc_from_either_commitment() {
    let mut bench = Bench::new(|_, _| {});
    let received = htlc(1, 100_000, Side::Two, 50, true);
    let offered = htlc(2, 50_000, Side::One, 50, true);
    let channel = bench.close(&terms(true), [500_000_000, 350_000_000], vec![received, offered]);
    bench.mine(3);
    assert_eq!(bench.effects.len(), 2);
    for tag in [1, 2] {
        assert!(bench.effects.contains(&Effect::Claimed { tag }));
    }
    bench.mine(160);
    let (row, _) = bench.closed(channel).expect("resolved");
    assert_eq!((row.claimed, row.timed_out, row.loss), (2, 0, Msat(0)));
    let gained = row.end[0] + i64::try_from(row.fees[0].get()).unwrap();
    assert_eq!(gained, 500_000_000 + 100_000_000, "its balance and what it received");
}

#[test]
fn a_preimage_learnt_after_the_close_still_takes_the_htlc() {
    let mut bench = Bench::new(|_, _| {});
    let received = htlc(1, 100_000, Side::Two, 50, false);
    let channel = bench.close(&terms(true), [500_000_000, 400_000_000], vec![received]);
    bench.mine(5);
    assert!(bench.effects.is_empty());
    bench.chain.learn(channel, 1, bench.now);
    bench.mine(1);
    assert_eq!(bench.effects, [Effect::Claimed { tag: 1 }]);
}

#[test]
fn a_publisher_whose_victim_watches_loses_everything_but_its_fees() {
    let mut bench = Bench::new(|_, _| {});
    let channel = bench.publish_revoked(SimTime::ZERO, None);
    bench.mine(10);
    let (row, moved) = bench.closed(channel).expect("punished at once");
    assert_eq!(row.penalised, 1);
    // Of its 200,000 sat it pays 2,810 for the commitment and 660 for the anchors; the rest is taken.
    assert_eq!(moved, [-196_530_000, 196_530_000]);
    let timeline = bench.chain.timeline(channel).unwrap();
    assert_eq!(
        (timeline.confirmed, timeline.mined),
        (Some(BlockHeight(900_001)), Some(BlockHeight(900_002)))
    );
    assert!(!timeline.by_tower);
}

#[test]
fn a_publisher_whose_victim_stays_away_for_the_delay_keeps_the_old_state() {
    let mut bench = Bench::new(|_, _| {});
    let channel = bench.publish_revoked(SimTime::NEVER, None);
    bench.mine(160);
    assert!(bench.closed(channel).is_none(), "the victim has not even swept its rest");
    let owner = bench.chain.closing(channel).unwrap().tally;
    assert!(owner.receipts[0] > Sat(890_000), "{:?}", owner.receipts);
    // It comes back, too late for all but its rest.
    bench.chain.closings.get_mut(&channel).unwrap().absent = [SimTime::ZERO; 2];
    bench.chain.wake(channel, bench.now);
    bench.mine(10);
    let (row, moved) = bench.closed(channel).expect("over");
    assert_eq!((row.penalised, moved), (0, [700_000_000, -700_000_000]));
}

#[test]
fn a_tower_answers_for_a_victim_that_is_away_and_not_while_it_is_down() {
    let tower = |down_until| Tower {
        delay: SimDuration::from_secs(60),
        down_until,
        feerate: FeeRate(2_500),
        budget: 1.0,
    };
    for (down_until, punished) in [(SimTime::ZERO, true), (SimTime::NEVER, false)] {
        let mut bench = Bench::new(|_, _| {});
        let channel = bench.publish_revoked(SimTime::NEVER, Some(tower(down_until)));
        bench.mine(1);
        // What the system does with the wake of the tower: its delay has passed by the next block.
        bench.mine(150);
        let timeline = bench.chain.timeline(channel).unwrap();
        assert_eq!(timeline.mined.is_some(), punished);
        assert_eq!(timeline.by_tower, punished);
    }
}

/// 490 WU at 2,500 sat per 1,000 WU are 1,225 sat, of the 896,530 sat that the attacker has in the old state.
#[test]
fn a_tower_does_nothing_where_its_bid_is_above_its_budget() {
    for (budget, punished) in [(0.0013, false), (0.0014, true)] {
        let mut bench = Bench::new(|_, _| {});
        let tower = Tower {
            delay: SimDuration::ZERO,
            down_until: SimTime::ZERO,
            feerate: FeeRate(2_500),
            budget,
        };
        let channel = bench.publish_revoked(SimTime::NEVER, Some(tower));
        bench.mine(10);
        assert_eq!(bench.chain.timeline(channel).unwrap().mined.is_some(), punished);
    }
}

#[test]
fn blocks_full_beyond_the_delay_let_a_breach_win_against_a_tower_that_cannot_bump() {
    // Others bid 40 sat/vB and more, and more comes than blocks can hold; the tower's 10 sat/vB wait.
    let mut bench = Bench::new(|bitcoin, _| {
        bitcoin.background = Background::steady(1.5, FeeRate(10_000), 0.3, 20.0);
        bitcoin.block_weight = Weight(400_000);
    });
    let tower = Tower {
        delay: SimDuration::ZERO,
        down_until: SimTime::ZERO,
        feerate: FeeRate(2_500),
        budget: 1.0,
    };
    let channel = bench.publish_revoked(SimTime::NEVER, Some(tower));
    bench.mine(200);
    let timeline = bench.chain.timeline(channel).unwrap();
    assert!(timeline.detected.is_some() && timeline.mined.is_none(), "{timeline:?}");
    let closing = bench.chain.closing(channel).expect("the victim's rest waits");
    assert!(closing.tally.receipts[0] > Sat(800_000), "{:?}", closing.tally);
    // A victim that is there bids for itself, and wins.
    let mut bench = Bench::new(|bitcoin, _| {
        bitcoin.background = Background::steady(1.5, FeeRate(10_000), 0.3, 20.0);
        bitcoin.block_weight = Weight(400_000);
    });
    let channel = bench.publish_revoked(SimTime::ZERO, None);
    bench.mine(60);
    assert!(bench.chain.timeline(channel).unwrap().mined.is_some());
}

#[test]
fn an_empty_wallet_cannot_bump_a_commitment_and_waits_for_the_market() {
    let congested = |bitcoin: &mut BitcoinParams| {
        bitcoin.background = Background::steady(1.5, FeeRate(10_000), 0.3, 20.0);
        bitcoin.block_weight = Weight(400_000);
    };
    let mut confirmed = Vec::new();
    for wallet in [Sat(1_000_000), Sat(0)] {
        let mut bench = Bench::new(|bitcoin, params| {
            congested(bitcoin);
            params.wallet = wallet;
        });
        let channel = bench.close(&terms(true), [600_000_000, 400_000_000], Vec::new());
        bench.mine(30);
        confirmed.push(bench.chain.closing(channel).unwrap().confirmed.is_some());
    }
    assert_eq!(confirmed, [true, false]);
}

#[test]
fn closing_together_pays_both_in_one_transaction() {
    let mut bench = Bench::new(|_, _| {});
    let decision = bench.decision(CloseKind::Cooperative);
    let balance = [600_000_500, 399_999_500].map(Msat);
    bench.chain.close_together(&decision, &terms(true), Side::Two, balance);
    bench.mine(6);
    let (row, _) = bench.closed(decision.channel).expect("buried");
    let fee = fee_for(FeeRate(25), weight::COOPERATIVE);
    assert_eq!(row.fees, [fee.to_msat(), Msat(0)], "the opener pays");
    assert_eq!(row.end, [600_000_000 - i64::try_from(fee.to_msat().get()).unwrap(), 399_999_000]);
    assert_eq!(
        (row.confirmed, row.buried),
        (Some(BlockHeight(900_001)), Some(BlockHeight(900_006)))
    );
}

/// Flood and loot (Harris and Zohar 2020): `victims` channels full of 483 HTLCs of 11,000 sat whose
/// preimages the victims hold, all closed `blocks` before the expiry; the attacker takes back what is late.
/// Returns the number of stolen HTLCs. `busy`: share of each block that others fill at any price.
fn stolen(victims: u32, blocks: u32, busy: f64) -> u64 {
    let mut bench = Bench::new(|bitcoin, _| {
        bitcoin.block_weight = share_of_a_block(1.0 - busy);
    });
    let terms = Terms { capacity: Sat(6_000_000), ..terms(false) };
    bench.chain.in_channels = Sat(6_000_000) * 200;
    bench.chain.initial =
        i128::from(bench.chain.in_channels.get()) + i128::from(bench.chain.wallets.total());
    for _ in 0..victims {
        let htlcs = (0..483).map(|tag| htlc(tag, 11_000, Side::Two, blocks, true)).collect();
        bench.close(&terms, [600_000_000, 87_000_000], htlcs);
    }
    bench.mine(blocks + 40);
    let rows = bench.chain.closings.values().map(|closing| u64::from(closing.tally.timed_out));
    let done = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Closed(end) => Some(end.row.timed_out),
        _ => None,
    });
    rows.chain(done).sum()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a block")]
fn share_of_a_block(share: f64) -> Weight {
    Weight((4_000_000.0 * share) as u64)
}

#[test]
fn flood_and_loot_begins_between_80_and_95_channels_at_ten_empty_blocks() {
    // 83,800 WU for a commitment and 483 * 703 for its HTLCs: 423,349 WU a channel; ten blocks hold 94.5.
    assert_eq!(stolen(80, 10, 0.0), 0);
    let at_95 = stolen(95, 10, 0.0);
    assert!(at_95 > 0);
    // Monotone in the number of channels, in the blocks left, and in what others leave.
    assert!(stolen(110, 10, 0.0) > at_95);
    assert!(stolen(95, 8, 0.0) > at_95);
    assert!(stolen(95, 10, 0.2) > at_95);
    assert_eq!(stolen(95, 12, 0.0), 0);
}
