//! The money in channels over time, by whose it is: from a payment over a force close until wallets have it.

#![allow(clippy::unwrap_used, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "amounts are far below 2^53")]

mod common;

use common::{Recorder, halves, line_of, pay, plain, policy, span, system};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::Seeds;
use leyden::outcome::{CloseCause, CloseKind};
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::{Capital, Window};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};

const DAYS: u64 = 20;
const SECOND: u64 = 1_000_000_000;

/// A channel of 1,000,000 sat, even, without reserves and fees; at one hour n0 pays n1 100,000 sat, and n1 never
/// reacts: n0 goes to the chain. `users` says who pays or is paid.
fn stuck(users: [bool; 2], window: Window) -> Recorder {
    let mut params = plain(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.faults.stuck_at_payee = 1.0;
    let network = line_of(2, Sat(1_000_000), policy(0, 0, 40));
    let balances = halves(&network);
    let bitcoin = BitcoinParams { background: Background::NONE, ..BitcoinParams::default() };
    let lightning = system(network, &params, balances).with_users(&users);
    let lightning = lightning.with_chain(bitcoin, Seeds::new(1, 0));
    let end = SimTime::ZERO + SimDuration::from_secs(DAYS * 86_400);
    let span = Span { window, end, sample_every: SimDuration::from_secs(86_400), ..span() };
    let mut recorder = Recorder::default();
    let mut running = Running::new(lightning, span);
    let mut demands = [pay(0, 0, 1, Sat(100_000).to_msat(), 3_600_000)].into_iter();
    drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

/// The mean of what is spendable, locked, and others', if so much holds up to the payment, to the decision to close,
/// and until the channel is closed for good.
fn expected(found: &Recorder, window: Window, parts: [[u64; 3]; 3]) -> [f64; 3] {
    let [closure] = found.closures[..] else { panic!("{:?}", found.closures) };
    assert_eq!((closure.kind, closure.cause), (CloseKind::Unilateral, CloseCause::HtlcDeadline));
    let buried = closure.buried.unwrap();
    let over = found.blocks.iter().find(|block| block.height == buried).unwrap().at;
    let edges = [SimTime::ZERO, SimTime(3_600 * SECOND), closure.decided, over];
    let mut sums = [0.0; 3];
    for (phase, pair) in parts.iter().zip(edges.windows(2)) {
        let seconds = window.overlap(pair[0], pair[1]).as_secs_f64();
        for (sum, sat) in sums.iter_mut().zip(phase) {
            *sum += Sat(*sat).to_msat().get() as f64 * seconds;
        }
    }
    sums.map(|sum| sum / window.length().as_secs_f64())
}

/// Windows over the whole run, and one within each phase: before the payment, while the HTLC is stuck, while the
/// channel closes, and after that.
fn windows(found: &Recorder) -> Vec<Window> {
    let closure = found.closures[0];
    let buried = found.blocks.iter().find(|block| Some(block.height) == closure.buried).unwrap();
    let minute = SimDuration::from_secs(60);
    let within = |from: SimTime| Window { from, to: from + minute };
    let whole = Window { from: SimTime::ZERO, to: SimTime(DAYS * 86_400 * SECOND) };
    let phases = [SimTime(SECOND), SimTime(7_200 * SECOND), closure.decided, buried.at];
    phases.map(|from| within(from + minute)).into_iter().chain([whole]).collect()
}

fn agree(users: [bool; 2], parts: [[u64; 3]; 3]) {
    let first = stuck(users, Window::default());
    for window in windows(&first) {
        let found = stuck(users, window);
        let Capital { spendable, locked, liquidity } = found.systems[0].capital;
        let means = [spendable.unwrap(), locked, liquidity].map(|money: Msat| money.get() as f64);
        let expected = expected(&found, window, parts);
        for (mean, expected) in means.into_iter().zip(expected) {
            assert!((mean - expected).abs() < 2.0, "{window:?}: {means:?}, not {expected:?}");
        }
    }
}

#[test]
fn money_on_its_way_through_the_chain_is_locked_until_wallets_have_it() {
    agree([true; 2], [[1_000_000, 0, 0], [900_000, 100_000, 0], [0, 1_000_000, 0]]);
}

/// n1 only forwards: its half is others' liquidity from the first HTLC on, also while the channel closes.
#[test]
fn a_routers_share_of_a_used_channel_is_liquidity_until_wallets_have_it() {
    agree([true, false], [[500_000, 0, 0], [400_000, 100_000, 500_000], [0, 500_000, 500_000]]);
}
