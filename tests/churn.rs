//! Channels that open and close while payments run.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{Attempt, Recorder, halves, join, line_of, nodes, params, pay, policy, run, system};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::{Header, Seeds, load, save};
use leyden::ids::{ChannelId, DirectedChannel, NodeId};
use leyden::lightning::{Attachment, Lightning, LightningParams, World};
use leyden::network::{Network, Node, Software};
use leyden::outcome::{CloseCause, CloseKind, Failure, OnionError, Outcome};
use leyden::payment::Hold;
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::{ChannelRow, Window};
use leyden::system::{PaymentSystem, Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

const MILLION: Sat = Sat(1_000_000);
const DAY: u64 = 86_400;

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

fn quiet() -> BitcoinParams {
    BitcoinParams { background: Background::NONE, ..BitcoinParams::default() }
}

/// n0 — n1, and n2 alone. At the first block n0 and n1 both open to n2, and nobody has another peer to
/// open to. The second block confirms both. All run LDK, which wants six confirmations: blocks 2 to 7.
#[test]
fn two_nodes_open_to_a_third_and_pay_it_when_the_sixth_block_is_there() {
    let mut network = line_of(2, MILLION, policy(1_000, 0, 40));
    network.add_node(Node { name: "n2".into(), software: Some(Software::Ldk) });
    let mut params = params(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.openings.per_node_and_year = 52_560.0;
    params.openings.capacity = Some(Sat(500_000));
    params.openings.attachment = Attachment::Uniform;
    let balances = halves(&network);
    let lightning =
        || system(network.clone(), &params, balances.clone()).with_chain(quiet(), Seeds::new(1, 0));
    // A run goes on while payments are to come.
    let late = vec![pay(0, 0, 1, Msat(1_000), 80_000_000)];
    let blocks = run(lightning(), late).blocks;
    let sixth = blocks[6].at;
    let ms = sixth.nanos() / 1_000_000;
    // The channels are open 1 ms after the sixth block, and not 1 ms before it.
    let demands = [ms - 1, ms + 1].map(|ms| pay(ms, 0, 2, Msat(10_000_000), ms));
    let rows = run(lightning(), demands.to_vec());
    let ends: Vec<_> =
        rows.payments.iter().map(|row| (row.outcome, row.failure, row.hops)).collect();
    assert_eq!(
        ends,
        [
            (Outcome::Failed, Some(Failure::PayeeCannotReceive), None),
            (Outcome::Settled, None, Some(1))
        ]
    );
    assert_eq!(rows.channels.len(), 3);
    for channel in &rows.channels[1..] {
        assert_eq!((channel.opened, channel.closed), (Some(sixth), None));
        assert_eq!(
            (channel.capacity, channel.initial),
            (Sat(500_000), [Msat(500_000_000), Msat(0)])
        );
    }
    // 610 WU at the minimum of 25 sat/kw: 16 sat; wealth is in channel and wallet.
    let cost = |node: usize| {
        let [before, after] = rows.nodes[node].wealth.map(|m| i128::from(m.get()));
        after - before
    };
    assert_eq!([0, 1, 2].map(cost), [-16_000 - 10_000_000, -16_000, 10_000_000]);
    assert_eq!(rows.nodes[0].onchain_fees, Some(Msat(16_000)));
    assert_eq!([0, 1, 2].map(|block: usize| rows.blocks[block].own), [0, 2, 0]);
}

/// n0 — n1 — n2 with one payment that n2 holds for an hour. At the first block, within that hour, both channels
/// are to be closed by agreement.
fn closing_at_the_first_block(stuck: bool) -> Recorder {
    let mut params = params(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.onchain.closes_per_year = 52_560.0;
    params.onchain.cooperative_share = 1.0;
    params.payee.hold = Hold::Constant(SimDuration::from_secs(3_600));
    params.faults.stuck_at_payee = f64::from(u8::from(stuck));
    let mut network = line_of(3, MILLION, policy(0, 0, 40));
    // An LDK payee would give up three blocks after it got the HTLC.
    network.node_mut(NodeId(2)).software = Some(Software::Lnd);
    let balances = halves(&network);
    let lightning = system(network, &params, balances).with_chain(quiet(), Seeds::new(1, 0));
    // The second payment comes when the channels are shutting down, or closed where nothing holds them open.
    let demands = vec![
        pay(0, 0, 2, Msat(1_000_000), 0),
        pay(1, 0, 2, Msat(1_000_000), 3_590_000),
        pay(2, 1, 0, Msat(1_000_000), 5 * DAY * 1_000),
    ];
    let end = at(5 * DAY + 1);
    let span = Span {
        sample_every: SimDuration::from_secs(DAY),
        window: Window::default(),
        end,
        check_each: true,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(lightning, span);
    drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

#[test]
fn a_channel_closed_by_agreement_takes_no_new_htlc_and_waits_for_the_one_in_it() {
    let rows = closing_at_the_first_block(false);
    let payment = |id: u64| *rows.payments.iter().find(|row| row.id == id).unwrap();
    assert_eq!(payment(0).outcome, Outcome::Settled);
    assert_eq!((payment(1).outcome, payment(1).attempts), (Outcome::Failed, 0));
    let first = rows.blocks[0].at;
    assert!(first < at(3_590), "the seed has an early block");
    assert_eq!(rows.closures.len(), 2);
    let gone = payment(0).ended.unwrap();
    for closure in &rows.closures {
        let kind = (closure.kind, closure.cause, closure.decided);
        assert_eq!(kind, (CloseKind::Cooperative, CloseCause::Scheduled, first));
        // The payment is in the balances that are paid out.
        assert_eq!(closure.start, [Msat(499_000_000), Msat(501_000_000)]);
        assert_eq!((closure.htlcs, closure.loss), (0, Msat(0)));
        // It is published when the HTLC has gone, and in the next block.
        let block = |height| rows.blocks.iter().find(|block| block.height == height).unwrap();
        let confirmed = block(closure.confirmed.unwrap());
        let before = block(closure.broadcast.unwrap());
        assert!(before.at < gone && gone < confirmed.at, "{} {gone} {}", before.at, confirmed.at);
    }
    let closed = rows.channels.iter().map(|row| row.closed.unwrap());
    let late = closed.map(|at| gone.since(at)).max().unwrap();
    assert!(late < SimDuration::from_millis(500), "both close when their own dance is over");
}

#[test]
fn an_htlc_that_is_never_answered_takes_a_channel_that_is_shutting_down_to_the_chain() {
    let rows = closing_at_the_first_block(true);
    let closure = |id: u32| rows.closures.iter().find(|row| row.channel == ChannelId(id)).unwrap();
    let first = rows.blocks[0].at;
    // n1 goes to the chain with n2, and when its HTLC is buried there, it fails the one of n0: then the first
    // channel is at rest.
    let [front, back] = [closure(0), closure(1)];
    assert_eq!((back.kind, back.cause), (CloseKind::Unilateral, CloseCause::HtlcDeadline));
    assert_eq!((back.timed_out, back.loss), (1, Msat(0)));
    assert_eq!((front.kind, front.decided), (CloseKind::Cooperative, first));
    assert!(front.broadcast > back.confirmed);
    assert_eq!(front.start, [Msat(500_000_000); 2]);
    let stuck = rows.payments.iter().find(|row| row.id == 0).unwrap();
    assert_eq!(stuck.outcome, Outcome::Failed);
}

/// Twelve nodes in a ring with three chords.
fn ring() -> Network {
    let mut network = nodes(12);
    for i in 0..12 {
        join(&mut network, i, (i + 1) % 12, MILLION, policy(1_000, 100, 40));
    }
    for (one, two) in [(0, 6), (2, 9), (4, 11)] {
        join(&mut network, one, two, MILLION, policy(1_000, 100, 40));
    }
    network
}

/// A node opens 1.4 channels a day; a channel lives 14 hours; news takes two hours; payees hold payments for
/// ten minutes.
fn restless() -> LightningParams {
    let mut params = params(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.onchain.wallet = Sat(10_000_000);
    params.payee.hold = Hold::Exponential(SimDuration::from_secs(600));
    params.onchain.closes_per_year = 600.0;
    params.gossip.delay = SimDuration::from_secs(7_200);
    params.openings.per_node_and_year = 500.0;
    params.openings.capacity = Some(MILLION);
    params.openings.replace_share = 0.5;
    // Routes say which channel was used: let it be the one that the payer chose.
    params.protocol.non_strict_forwarding = false;
    params
}

fn demands() -> Vec<Demand> {
    (0..2_000_u32)
        .map(|i| {
            let (payer, payee) = (i * 7 % 12, (i * 5 + 1 + i / 12) % 12);
            let payee = if payer == payee { (payee + 1) % 12 } else { payee };
            pay(u64::from(i), payer, payee, Msat(5_000_000), u64::from(i) * 130_000)
        })
        .collect()
}

/// The run in pieces of so many steps, saved and loaded in between.
fn pieces(steps: u64) -> Recorder {
    pieces_with(&restless(), steps)
}

fn pieces_with(params: &LightningParams, steps: u64) -> Recorder {
    let network = ring();
    let world = || World::new(network.clone(), params);
    let seeds = Seeds::new(5, 0);
    let lightning =
        Lightning::new(params.clone(), world(), halves(&network), SimTime::ZERO, 100_000.0, seeds)
            .with_chain(quiet(), seeds);
    let sample_every = SimDuration::from_secs(DAY);
    let span = Span {
        sample_every,
        window: Window::default(),
        end: at(4 * DAY),
        check_each: false,
        threads: 1,
    };
    let mut running = Running::new(lightning, span);
    let mut recorder = Recorder::default();
    let header = Header { version: "t".into(), scenario: "t".into(), seed: 5 };
    loop {
        let position = usize::try_from(running.demands).unwrap();
        let mut rest = demands().into_iter().skip(position);
        if drive(&mut running, &mut rest, span, steps, &mut recorder).unwrap() {
            break;
        }
        running.system.check().unwrap();
        running = load(&save(&header, &running), &header).unwrap();
        running.system.attach(world());
        running.system.rebuild();
    }
    running.finish(&mut recorder).unwrap();
    recorder
}

/// Attempts over a channel, with its place on their routes, counted from the nearer end.
fn uses(rows: &Recorder, channel: ChannelId) -> impl Iterator<Item = (usize, SimTime)> + '_ {
    rows.attempts.iter().filter_map(move |attempt| {
        let is_it = move |d: &DirectedChannel| d.channel() == channel;
        let place = attempt.route.iter().position(is_it);
        place.map(|place| (place.min(attempt.route.len() - 1 - place), attempt.sent))
    })
}

#[test]
fn a_network_in_motion_keeps_its_money_and_can_be_saved_at_any_step() {
    let whole = pieces(u64::MAX);
    let opened: Vec<&ChannelRow> = whole.channels.iter().filter(|c| c.opened.is_some()).collect();
    let closed = whole.channels.iter().filter(|c| c.closed.is_some()).count();
    assert!(opened.len() > 40 && closed > 40, "{} opened, {closed} closed", opened.len());
    assert!(opened.iter().any(|c| c.closed.is_some()), "some open and close in the run");
    let kinds = [CloseKind::Cooperative, CloseKind::Unilateral];
    let count = |kind| whole.closures.iter().filter(|row| row.kind == kind).count();
    assert!(kinds.map(count).iter().all(|&count| count > 5), "{:?}", kinds.map(count));
    let settled = whole.payments.iter().filter(|row| row.outcome == Outcome::Settled).count();
    assert!(settled > 1_000, "{settled}");
    assert!(pieces(1_499) == whole);
}

#[test]
fn others_use_a_channel_after_its_announcement_has_gone_round_and_its_ends_at_once() {
    let rows = pieces(u64::MAX);
    let delay = restless().gossip.delay;
    let (mut by_others, mut early) = (0, 0);
    for row in rows.channels.iter().filter(|row| row.opened.is_some()) {
        let opened = row.opened.unwrap();
        for (place, sent) in uses(&rows, row.channel) {
            assert!(sent >= opened);
            // LDK's six confirmations are also those of the announcement. A payee may tell of its last hop.
            by_others += usize::from(place > 0);
            assert!(place == 0 || sent >= opened + delay, "known before it was announced");
            early += usize::from(sent < opened + delay);
        }
    }
    assert!(by_others > 100 && early > 5, "{by_others} {early}");
}

#[test]
fn a_closed_channel_is_tried_until_its_end_has_gone_round_and_never_after() {
    let rows = pieces(u64::MAX);
    let delay = restless().gossip.delay;
    let mut late = 0;
    for row in rows.channels.iter().filter(|row| row.closed.is_some()) {
        let closed = row.closed.unwrap();
        for (_, sent) in uses(&rows, row.channel) {
            assert!(sent < closed + delay, "tried after everybody knew");
            late += usize::from(sent > closed);
        }
        let by_its_owner = |a: &&Attempt| a.route[0].channel() == row.channel;
        let own = rows.attempts.iter().filter(by_its_owner);
        assert!(own.clone().all(|a| a.sent <= closed), "its ends know at once");
    }
    assert!(late > 20, "{late}");
    for gone in [OnionError::PermanentChannelFailure, OnionError::ChannelDisabled] {
        let failed = rows.attempts.iter().filter(|a| a.error.is_some_and(|(e, _)| e == gone));
        assert!(failed.count() > 0, "{gone}");
    }
    // C8: what was decided binds the ends at once; the chain follows when nothing is left.
    let mut waited = 0;
    for row in &rows.closures {
        let own = rows.attempts.iter().filter(|a| a.route[0].channel() == row.channel);
        assert!(own.clone().all(|a| a.sent <= row.decided), "no HTLC after `shutdown`");
        let closed = rows.channels[row.channel.index()].closed.unwrap();
        waited += usize::from(closed > row.decided);
    }
    assert!(waited > 5, "{waited} closings waited for HTLCs");
}

/// Channels close and nobody opens another one but in their place. Who replaces is drawn by channel: whoever does
/// at a share of one half does at one.
#[test]
fn openers_replace_the_share_of_closed_channels_that_the_scenario_says() {
    let opened = |share: f64| {
        let mut params = restless();
        params.openings.per_node_and_year = 0.0;
        params.openings.replace_share = share;
        let rows = pieces_with(&params, u64::MAX);
        let sizes = rows.channels.iter().filter(|row| row.opened.is_some());
        assert!(sizes.clone().all(|row| row.capacity == MILLION), "as large as what it replaces");
        let first_15 = rows.closures.iter().filter(|row| row.channel.0 < 15).count();
        (sizes.count(), first_15)
    };
    let [none, half, all] = [0.0, 0.5, 1.0].map(opened);
    assert_eq!(none.0, 0);
    assert_eq!([none, half, all].map(|(_, closed)| closed), [15; 3], "all of the first ones close");
    // With a half, of 15 and those in their place 15 to be expected, standard deviation 5; with all, every
    // closed one has its successor, which closes in turn.
    assert!((4..=26).contains(&half.0) && all.0 > 30, "{} {}", half.0, all.0);
}

#[test]
fn a_private_channel_is_used_by_its_ends_alone_and_never_announced() {
    let uses_of_opened = |share: f64| {
        let mut params = restless();
        params.openings.private_share = share;
        let rows = pieces_with(&params, u64::MAX);
        let opened = rows.channels.iter().filter(|row| row.opened.is_some());
        let places: Vec<_> =
            opened.flat_map(|row| uses(&rows, row.channel)).map(|(place, _)| place).collect();
        let by_others = places.iter().filter(|place| **place > 0).count();
        (by_others, places.len() - by_others)
    };
    let [public, private] = [0.0, 1.0].map(uses_of_opened);
    assert!(public.0 > 100, "{public:?}");
    assert_eq!(private.0, 0, "{private:?}");
    assert!(private.1 > 100, "{private:?}");
}
