//! The commitment dance against a literal machine of BOLT 2 with one event per message, and
//! against small cases computed by hand.

mod by_hand;
mod literal;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use leyden::channel::{Batching, LockedKind, Refused, Rules, Terms};
use leyden::engine::{Seeds, Source};
use leyden::ids::Side;
use leyden::units::{FeeRate, Msat, Sat, SimDuration, SimTime};

use crate::literal::Literal;
use crate::world::{Delays, Fast, Machine, Network, from, terms};

/// An HTLC that will be offered, and how it is resolved once it is locked in.
#[derive(Clone, Copy, Debug)]
struct Offer {
    at: SimTime,
    from: Side,
    amount: Msat,
    hold: SimDuration,
    fulfil: bool,
}

/// One thing that became irrevocable: when, the offer's place in the script, what, the balances then.
type Entry = (SimTime, u64, LockedKind, [Msat; 2]);

/// Runs a script to quiet. Events of the machine come before what the outside does at equal times.
fn run(machine: &mut impl Machine, script: &[Offer]) -> Vec<Entry> {
    let mut log = Vec::new();
    let mut due: BTreeMap<(SimTime, u64), bool> = BTreeMap::new();
    let mut offers = (0..).zip(script).peekable();
    loop {
        let next = machine.next_time().unwrap_or(SimTime::NEVER);
        let offer = offers.peek().map_or(SimTime::NEVER, |(_, offer)| offer.at);
        let removal = due.keys().next().map_or(SimTime::NEVER, |&(at, _)| at);
        if next == SimTime::NEVER && offer == SimTime::NEVER && removal == SimTime::NEVER {
            return log;
        }
        if next <= offer.min(removal) {
            for (tag, kind) in machine.step() {
                log.push((next, tag, kind, machine.balances()));
                if kind == LockedKind::Added {
                    let offer =
                        script[usize::try_from(tag).expect("tags are places in the script")];
                    due.insert((next + offer.hold, tag), offer.fulfil);
                }
            }
        } else if removal <= offer {
            let ((at, tag), fulfil) = due.pop_first().expect("its time was read above");
            machine.remove(at, tag, fulfil);
        } else {
            let (tag, offer) = offers.next().expect("its time was read above");
            machine.offer(offer.at, offer.from, tag, offer.amount);
        }
    }
}

/// A random script. On a grid, times are multiples of 5 ms and many things happen at once.
fn script(draws: &mut Source, grid: bool) -> Vec<Offer> {
    let count = 1 + draws.below(14);
    let mut offers: Vec<Offer> = (0..count).map(|_| offer(draws, grid)).collect();
    offers.sort_by_key(|offer| offer.at);
    offers
}

/// A random offer: a third dust to one side or both, now and then more than there is.
fn offer(draws: &mut Source, grid: bool) -> Offer {
    let step = if grid { 5_000_000 } else { 1 };
    let at = SimTime(draws.below(500_000_000) / step * step);
    let hold = SimDuration(draws.below(100_000_000) / step * step);
    let most = if draws.chance(0.3) { 1_500_000 } else { 30_000_000 };
    Offer {
        at,
        from: if draws.chance(0.6) { Side::One } else { Side::Two },
        amount: Msat(1 + draws.below(most)),
        hold: if draws.chance(0.2) { SimDuration::ZERO } else { hold },
        fulfil: draws.chance(0.5),
    }
}

fn batching(draws: &mut Source) -> Batching {
    match draws.below(4) {
        0 => Batching { delay: SimDuration::from_millis(10), cap: 0 },
        1 => Batching { delay: SimDuration::from_millis(50), cap: 3 },
        _ => Batching::default(),
    }
}

fn network(seeds: Seeds, draws: &mut Source, grid: bool) -> Network {
    let delays = if grid {
        Delays::Constant(SimDuration::from_millis(10 * (1 + draws.below(4))))
    } else {
        Delays::Below(SimDuration(1 + draws.below(150_000_000)), seeds.draws("delay"))
    };
    let busy = !grid && draws.chance(0.3);
    let per_signature = SimDuration(if busy { 1 + draws.below(2_000_000) } else { 0 });
    Network { delays, per_signature, signed: Vec::new() }
}

/// Runs both machines on the same random sequence; returns how much was locked in, and the number of
/// signatures.
fn compare(seed: u32) -> (usize, usize) {
    let seeds = Seeds::new(2, seed);
    let mut draws = seeds.stream("script");
    let grid = draws.chance(0.25);
    let script = script(&mut draws, grid);
    let mut terms = terms();
    terms.batching = [batching(&mut draws), batching(&mut draws)];
    let network = network(seeds, &mut draws, grid);
    let mut fast = Fast::new(terms, network.clone());
    let mut literal = Literal::new(terms, network);
    let (ours, theirs) = (run(&mut fast, &script), run(&mut literal, &script));
    assert_eq!(ours, theirs, "sequence {seed}: {script:#?}");
    assert_eq!(fast.network().signed, literal.network().signed, "sequence {seed}");
    assert_eq!(fast.numbers(), literal.numbers(), "sequence {seed}");
    assert_eq!(fast.balances(), literal.balances(), "sequence {seed}");
    assert!(fast.refused.iter().all(|&cause| cause == Refused::InsufficientBalance));
    (ours.len(), fast.network().signed.len())
}

#[test]
fn ten_thousand_random_sequences_lock_in_as_with_one_event_per_message() {
    let (mut locked, mut signatures) = (0, 0);
    for seed in 0..10_000 {
        let (more_locked, more_signatures) = compare(seed);
        locked += more_locked;
        signatures += more_signatures;
    }
    assert!(locked > 100_000, "the sequences are not empty: {locked}");
    assert!(signatures < 4 * locked, "updates share signatures: {signatures}");
}

/// Limits so narrow that random sequences meet each of them.
fn narrow(draws: &mut Source) -> Terms {
    Terms {
        reserve: [Sat(draws.below(40_000)), Sat(draws.below(10_000))],
        feerate: FeeRate(if draws.chance(0.2) { 10_000 } else { 500 }),
        dust_limit: [Sat(354 + draws.below(1_000)), Sat(354 + draws.below(1_000))],
        max_accepted_htlcs: [1 + u16::from(draws.chance(0.5)), 4],
        max_htlc_value_in_flight: [Msat(20_000_000), Msat(40_000_000)],
        htlc_minimum: [Msat(1), Msat(100_000)],
        max_dust_exposure: [Msat(1_500_000), Msat(2_000_000)],
        opener: if draws.chance(0.5) { Side::One } else { Side::Two },
        anchors: draws.chance(0.5),
        batching: [batching(draws), batching(draws)],
        ..terms()
    }
}

#[test]
fn narrow_channels_keep_every_limit_and_come_to_rest() {
    let mut refused = BTreeSet::new();
    for seed in 0..2_000 {
        let seeds = Seeds::new(3, seed);
        let mut draws = seeds.stream("narrow");
        let terms = narrow(&mut draws);
        let network = network(seeds, &mut draws, false);
        let mut channel = Fast::with(Rules { limits: true, dance: true }, terms, network);
        let log = run(&mut channel, &script(&mut draws, false));
        let removed = log.iter().filter(|entry| entry.2 != LockedKind::Added).count();
        assert_eq!(log.len(), 2 * removed, "sequence {seed}: each HTLC is locked in and removed");
        for dir in Side::BOTH.map(from) {
            assert_eq!((channel.channels.htlcs(dir), channel.channels.in_flight(dir).0), (0, 0));
        }
        let [one, two] = channel.balances();
        assert_eq!(one + two, terms.capacity.to_msat(), "sequence {seed}");
        refused.extend(channel.refused);
    }
    let met: Vec<Refused> = refused.into_iter().collect();
    assert_eq!(
        met,
        [
            Refused::BelowMinimum,
            Refused::InsufficientBalance,
            Refused::Reserve,
            Refused::Slots,
            Refused::InFlight,
            Refused::OpenerFee,
            Refused::PeerOpenerFee,
            Refused::DustExposure,
        ]
    );
}
