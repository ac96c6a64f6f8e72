//! Small cases whose times and amounts are computed by hand.

use leyden::channel::{Batching, Channels, LockedKind, Refused, Rules, Terms, WrongPreimage};
use leyden::engine::Within;
use leyden::ids::{ChannelId, Side};
use leyden::units::{Msat, Sat, SimDuration, SimTime};

use crate::world::{Fast, Machine, Network, from, preimage, terms};

/// The one-way delay.
const D: SimDuration = SimDuration::from_millis(100);
const ZERO: SimTime = SimTime::ZERO;
const TEN_SAT: Msat = Msat(10_000);

const fn ms(millis: u64) -> SimTime {
    SimTime(millis * 1_000_000)
}

/// A channel with the dance and without limits, 50,000 sat on each side, 100 ms each way.
fn idle() -> Fast {
    Fast::new(terms(), Network::constant(D))
}

fn batched(delay_ms: u64, cap: u16) -> Fast {
    let batching = Batching { delay: SimDuration::from_millis(delay_ms), cap };
    Fast::new(Terms { batching: [batching, Batching::default()], ..terms() }, Network::constant(D))
}

/// The whole state as it is saved.
fn bytes(channel: &Fast) -> Vec<u8> {
    postcard::to_allocvec(&(&channel.channels, &channel.queue)).expect("the state can be saved")
}

/// When what was locked in.
fn added(at: SimTime, tags: impl IntoIterator<Item = u64>) -> Vec<(SimTime, u64, LockedKind)> {
    tags.into_iter().map(|tag| (at, tag, LockedKind::Added)).collect()
}

#[test]
fn an_idle_channel_locks_an_htlc_in_after_three_delays() {
    let mut channel = idle();
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    assert_eq!(channel.drain(), added(ms(300), [0]));
    assert_eq!(channel.numbers(), [1, 1]);
    assert_eq!(channel.network().signed.len(), 2, "one signature each way");
}

#[test]
fn a_removal_is_locked_in_one_and_a_half_round_trips_after_it_was_sent() {
    for (fulfil, kind, balances) in [
        (true, LockedKind::Fulfilled, [Msat(49_990_000), Msat(50_010_000)]),
        (false, LockedKind::Failed, [Msat(50_000_000); 2]),
    ] {
        let mut channel = idle();
        channel.offer(ZERO, Side::One, 0, TEN_SAT);
        channel.drain();
        channel.remove(ms(1_000), 0, fulfil);
        let before = [Msat(49_990_000), Msat(50_000_000)];
        while channel.next_time() < Some(ms(1_300)) {
            assert_eq!(channel.step(), []);
            assert_eq!(channel.balances(), before, "neither side has the money yet");
            assert_eq!(channel.channels.htlcs(from(Side::One)), 1, "the slot is taken");
        }
        assert_eq!(channel.drain(), [(ms(1_300), 0, kind)]);
        assert_eq!(channel.balances(), balances);
        assert_eq!(channel.channels.htlcs(from(Side::One)), 0);
        assert_eq!(channel.channels.in_flight(from(Side::One)), Msat::ZERO);
    }
}

#[test]
fn updates_of_one_moment_share_a_signature() {
    let mut channel = idle();
    for tag in 0..3 {
        channel.offer(ZERO, Side::One, tag, TEN_SAT);
    }
    assert_eq!(channel.drain(), added(ms(300), 0..3));
    assert_eq!(channel.numbers(), [1, 1]);
}

#[test]
fn an_update_that_finds_a_signature_outstanding_waits_for_its_revocation() {
    let mut channel = idle();
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    channel.step();
    // Signed at 0, revoked at 100, free at 200: the second signature leaves then.
    channel.offer(ms(1), Side::One, 1, TEN_SAT);
    assert_eq!(channel.drain(), [added(ms(300), [0]), added(ms(500), [1])].concat());
    assert_eq!(channel.numbers(), [2, 2]);
}

#[test]
fn both_sides_may_offer_at_once_and_each_signs_twice() {
    let mut channel = idle();
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    channel.offer(ZERO, Side::Two, 1, TEN_SAT);
    // Both sign at 0 and revoke at 100; both are free at 200 and sign what they owe; locked at 400.
    assert_eq!(channel.drain(), [added(ms(400), [1]), added(ms(400), [0])].concat());
    assert_eq!(channel.numbers(), [2, 2]);
}

#[test]
fn a_batch_waits_its_delay_and_takes_in_what_comes_meanwhile() {
    let mut channel = batched(50, 0);
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    channel.offer(ms(50), Side::One, 1, TEN_SAT);
    assert_eq!(channel.drain(), added(ms(350), 0..2));
}

#[test]
fn a_full_batch_is_signed_at_once() {
    let mut channel = batched(50, 2);
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    channel.offer(ms(20), Side::One, 1, TEN_SAT);
    assert_eq!(channel.drain(), added(ms(320), 0..2));
}

#[test]
fn a_waiting_batch_leaves_with_the_signature_that_its_side_owes() {
    let mut channel = batched(50, 0);
    channel.offer(ZERO, Side::Two, 0, TEN_SAT);
    channel.step();
    // The peer's signature arrives at 100, before the batch of 80 is due at 130.
    channel.offer(ms(80), Side::One, 1, TEN_SAT);
    assert_eq!(channel.drain(), [added(ms(300), [0]), added(ms(400), [1])].concat());
    assert_eq!(channel.numbers(), [2, 1]);
}

#[test]
fn making_and_checking_signatures_takes_its_time() {
    let per_signature = SimDuration::from_millis(1);
    let mut channel = Fast::new(terms(), Network { per_signature, ..Network::constant(D) });
    channel.offer(ZERO, Side::One, 0, Msat(1_000_000));
    // Two signatures each way: 2 to make, 100, 2 to check; the same back; the revocation, 100.
    assert_eq!(channel.drain(), added(ms(308), [0]));
}

#[test]
fn trimmed_htlcs_need_no_signature() {
    // 400 sat is dust to side two (1,000 sat) and not to side one (354 sat).
    let mut channel = idle();
    channel.offer(ZERO, Side::One, 0, Msat(400_000));
    channel.drain();
    let signatures: Vec<u32> = channel.network().signed.iter().map(|signed| signed.1).collect();
    assert_eq!(signatures, [1, 2], "the first is for side two's commitment");
}

#[test]
fn a_wrong_preimage_is_refused_and_changes_nothing() {
    let mut channel = idle();
    let id = channel.try_offer(ZERO, Side::One, 0, TEN_SAT).unwrap();
    channel.drain();
    let before = bytes(&channel);
    let schedule = &mut Within::new(ms(400), &mut channel.queue, |event| event);
    assert_eq!(channel.channels.fulfill(id, &preimage(1), schedule), Err(WrongPreimage));
    assert_eq!(bytes(&channel), before);
    assert!(channel.queue.is_empty());
    assert_eq!(channel.channels.htlc(id).tag, 0);
}

#[test]
#[should_panic(expected = "was to be removed while Offered (H1)")]
fn an_htlc_that_is_not_locked_in_cannot_be_fulfilled() {
    let mut channel = idle();
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    channel.remove(ZERO, 0, true);
}

#[test]
fn without_the_dance_updates_take_effect_at_once() {
    let rules = Rules { limits: false, dance: false };
    let mut channel = Fast::with(rules, terms(), Network::constant(D));
    channel.offer(ZERO, Side::One, 0, TEN_SAT);
    assert_eq!(channel.balances(), [Msat(49_990_000), Msat(50_000_000)]);
    channel.remove(ms(1), 0, true);
    assert_eq!(channel.balances(), [Msat(49_990_000), Msat(50_010_000)]);
    channel.offer(ms(2), Side::One, 1, TEN_SAT);
    channel.remove(ms(3), 1, false);
    assert_eq!(channel.balances(), [Msat(49_990_000), Msat(50_010_000)]);
    assert!(channel.queue.is_empty());
    assert_eq!(channel.numbers(), [0, 0]);
    assert_eq!(channel.channels.check(), Ok(()));
}

#[test]
fn without_limits_the_whole_balance_can_be_offered() {
    let mut channel = idle();
    let all = Sat(50_000).to_msat();
    assert_eq!(channel.channels.spendable(from(Side::One)), all);
    let more = channel.try_offer(ZERO, Side::One, 0, Msat(all.0 + 1));
    assert_eq!(more, Err(Refused::InsufficientBalance));
    assert_eq!(channel.try_offer(ZERO, Side::One, 0, Msat::ZERO), Err(Refused::Zero));
    channel.try_offer(ZERO, Side::One, 0, all).unwrap();
    assert_eq!(channel.balances(), [Msat::ZERO, all]);
}

#[test]
fn the_484th_htlc_is_refused_until_a_removal_is_locked_in() {
    let rules = Rules { limits: true, dance: true };
    let wide = Terms { capacity: Sat(20_000_000), ..terms() };
    let mut channel = Fast::with(rules, wide, Network::constant(D));
    for tag in 0..483 {
        channel.try_offer(ZERO, Side::Two, tag, TEN_SAT).unwrap();
    }
    assert_eq!(channel.try_offer(ZERO, Side::Two, 483, TEN_SAT), Err(Refused::Slots));
    assert_eq!(channel.channels.spendable(from(Side::Two)), Msat::ZERO);
    assert_eq!(channel.drain().len(), 483);
    channel.try_offer(ms(400), Side::One, 483, TEN_SAT).unwrap();
    channel.remove(ms(400), 7, false);
    assert_eq!(channel.try_offer(ms(400), Side::Two, 484, TEN_SAT), Err(Refused::Slots));
    channel.drain();
    channel.try_offer(ms(1_000), Side::Two, 484, TEN_SAT).unwrap();
    assert_eq!(channel.id(484), channel.id(7), "the id is used again");
}

#[test]
fn a_dance_saved_at_any_event_goes_on_the_same() {
    let start = || {
        let mut channel = batched(20, 0);
        for tag in 0..4 {
            let side = if tag == 2 { Side::Two } else { Side::One };
            channel.offer(ms(0), side, tag, Msat(1_000_000 * (1 + tag)));
        }
        channel
    };
    let whole = start().drain();
    for stop in 0..8 {
        let mut channel = start();
        let mut log = Vec::new();
        for _ in 0..stop {
            let at = channel.next_time().expect("the dance has more events");
            log.extend(channel.step().into_iter().map(|(tag, kind)| (at, tag, kind)));
        }
        let saved = bytes(&channel);
        (channel.channels, channel.queue) = postcard::from_bytes(&saved).unwrap();
        assert_eq!(bytes(&channel), saved);
        log.extend(channel.drain());
        assert_eq!(log, whole);
    }
}

#[test]
fn channels_keep_apart_and_their_sums_add_up() {
    let mut channels = Channels::new(Rules { limits: true, dance: true });
    assert!(channels.is_empty());
    let ids = [10, 20].map(|thousand| {
        let capacity = Sat(thousand * 1_000);
        channels.open(Terms { capacity, ..terms() }, [capacity.to_msat(), Msat::ZERO])
    });
    assert_eq!(ids, [ChannelId(0), ChannelId(1)]);
    assert_eq!(channels.len(), 2);
    assert_eq!(channels.terms(ids[1]).capacity, Sat(20_000));
    assert_eq!(channels.balance(ids[0], Side::One), Msat(10_000_000));
    // 10,000 less the reserve of 1,000, and 8,000 for the fee-spike buffer: 1,000 sat are not dust.
    assert_eq!(channels.spendable(from(Side::One)), Msat(1_000_000));
    assert_eq!(channels.spendable(from(Side::Two)), Msat::ZERO);
    assert_eq!(channels.check(), Ok(()));
}
