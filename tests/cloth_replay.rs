//! CLoTH's reference runs, payment by payment, with CLoTH's sender.
//!
//! Settings: `cloth` with halving, no limits, no dance, hop delay normal(99.5 ms, 1 ms) (CLoTH takes
//! `floor(100 + N(0, 1))` ms). Its own random numbers are not ours; arrivals are about a second apart, so
//! the noise decides next to nothing.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use std::path::Path;

use common::{Recorder, real_data};
use leyden::channel::{Add, Batching, Channels, Rules, Terms};
use leyden::engine::{EventQueue, Seeds, Within};
use leyden::ids::{DirectedChannel, Side};
use leyden::lightning::{Latency, Lightning, LightningParams, World};
use leyden::network::{self, BalanceModel, Network, ReadOptions};
use leyden::outcome::Outcome;
use leyden::payment::RouterChoice;
use leyden::payment::SendParams;
use leyden::routing::ClothParams;
use leyden::rows::Window;
use leyden::system::{Running, Span, drive};
use leyden::units::{BlockHeight, FeeRate, Msat, Ppm, Sat, SimDuration, SimTime};
use leyden::workload::{self, Demands, Source, Stop};
use sha2::{Digest, Sha256};

/// What CLoTH answered for one payment.
#[derive(Clone, Debug)]
struct Answer {
    settled: bool,
    split: bool,
    hops: usize,
    fee: u64,
    amount: u64,
    route: Vec<u32>,
}

fn answers(path: &Path) -> Vec<Answer> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let route: Vec<u32> = match &row[12] {
                "-1" => Vec::new(),
                route => route.split('-').map(|edge| edge.parse().unwrap()).collect(),
            };
            Answer {
                settled: &row[7] == "1",
                split: &row[6] == "1",
                hops: route.len(),
                fee: row[13].parse().unwrap_or(0),
                amount: row[3].parse().unwrap(),
                route,
            }
        })
        .collect()
}

fn cloth_params() -> LightningParams {
    let mut params = common::plain(100);
    params.router = RouterChoice::Cloth(ClothParams::default());
    // As scenarios with this sender have it.
    params.protocol.non_strict_forwarding = false;
    params.send = SendParams {
        fee_limit: Ppm(u32::MAX),
        fee_limit_exempt: Msat::MAX,
        cltv_limit: 2_056,
        max_hops: 27,
        max_parts: 1,
        ..SendParams::default()
    };
    params.latency =
        Latency::Normal { mean: SimDuration(99_500_000), sd: SimDuration::from_millis(1) };
    params
}

fn snapshot(data: &Path) -> Network {
    network::read(&data.join("cloth-2020"), ReadOptions::default()).unwrap().network
}

fn replay(network: Network, payments: &Path) -> Recorder {
    let seeds = Seeds::new(1992, 0);
    let source = Source::Trace { path: payments.to_path_buf() };
    let demands = Demands { source, stop: Stop { time: None, payments: None } };
    let prepared = workload::prepare(&demands, &network, &[], None, seeds).unwrap();
    let balances = network::initial_balances(&network, &BalanceModel::File, seeds);
    let params = cloth_params();
    let world = World::new(network, &params);
    let system = Lightning::new(params, world, balances, SimTime::ZERO, 100_000.0, seeds);
    let span = Span {
        sample_every: SimDuration::from_secs(600),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs(86_400),
        check_each: false,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(system, span);
    let mut demands = prepared.demands.iter();
    drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

/// How two runs agree.
#[derive(Debug)]
struct Agreement {
    outcomes: usize,
    both_settled: usize,
    fees: usize,
    hops: [f64; 2],
    median_fee: [u64; 2],
    mean_fee: [f64; 2],
}

#[expect(clippy::cast_precision_loss, reason = "means for a test")]
fn compare(theirs: &[Answer], ours: &Recorder) -> Agreement {
    let mut rows = ours.payments.clone();
    rows.sort_by_key(|row| row.id);
    assert_eq!(rows.len(), theirs.len());
    let settled = |row: &leyden::rows::PaymentRow| row.outcome == Outcome::Settled;
    let both: Vec<_> = theirs.iter().zip(&rows).filter(|(t, o)| t.settled && settled(o)).collect();
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = values.collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let median = |mut values: Vec<u64>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    let our_fee = |o: &leyden::rows::PaymentRow| o.fee.unwrap().get();
    Agreement {
        outcomes: theirs.iter().zip(&rows).filter(|(t, o)| t.settled == settled(o)).count(),
        both_settled: both.len(),
        fees: both.iter().filter(|(t, o)| t.fee == our_fee(o)).count(),
        hops: [
            mean(&mut both.iter().map(|(t, _)| t.hops as f64)),
            mean(&mut both.iter().map(|(_, o)| f64::from(o.hops.unwrap()))),
        ],
        median_fee: [
            median(both.iter().map(|(t, _)| t.fee).collect()),
            median(both.iter().map(|(_, o)| our_fee(o)).collect()),
        ],
        mean_fee: [
            mean(&mut both.iter().map(|(t, _)| t.fee as f64)),
            mean(&mut both.iter().map(|(_, o)| our_fee(o) as f64)),
        ],
    }
}

fn agreement(data: &Path, mean_sat: u32) -> Agreement {
    let reference = data.join("cloth-reference");
    let theirs = answers(&reference.join(format!("mean-{mean_sat}-sat-output.csv")));
    let ours = replay(snapshot(data), &reference.join(format!("mean-{mean_sat}-sat-payments.csv")));
    let agreement = compare(&theirs, &ours);
    let [theirs, ours] = agreement.mean_fee;
    eprintln!(
        "{mean_sat} sat: mean fee {theirs:.0} msat there, {ours:.0} msat here; {agreement:?}"
    );
    agreement
}

#[test]
fn payments_of_1_000_sat_end_as_in_cloth() {
    let Some(data) = real_data("payments_of_1_000_sat_end_as_in_cloth") else { return };
    let agreement = agreement(&data, 1_000);
    assert!(agreement.outcomes >= 999, "{agreement:?}");
    assert!(agreement.fees * 100 >= agreement.both_settled * 99, "{agreement:?}");
}

#[test]
fn payments_of_100_000_sat_end_as_in_cloth() {
    let Some(data) = real_data("payments_of_100_000_sat_end_as_in_cloth") else { return };
    let agreement = agreement(&data, 100_000);
    assert!(agreement.outcomes >= 995, "{agreement:?}");
    assert!(agreement.fees * 100 >= agreement.both_settled * 94, "{agreement:?}");
    let [theirs, ours] = agreement.hops;
    assert!((ours / theirs - 1.0).abs() <= 0.01, "{agreement:?}");
    let [theirs, ours] = agreement.median_fee;
    assert!(theirs.abs_diff(ours) <= 2, "{agreement:?}");
}

/// The routes of payments that CLoTH settled in one piece, applied in the order of their ends.
///
/// CLoTH's folder of reference runs holds no final balances, so the comparison is between two accounts
/// of our own: sums written down here, and our channels. What CLoTH's output does state, the fee of each
/// route, is compared with both. Payments that CLoTH split print one of two routes and are left out.
#[test]
fn cloths_own_routes_have_its_fees_and_leave_the_same_balances_on_all_60_914_edges() {
    let test = "cloths_own_routes_have_its_fees_and_leave_the_same_balances_on_all_60_914_edges";
    let Some(data) = real_data(test) else { return };
    let network = snapshot(&data);
    for mean_sat in [1_000, 100_000] {
        let output = data.join(format!("cloth-reference/mean-{mean_sat}-sat-output.csv"));
        let whole: Vec<Answer> =
            answers(&output).into_iter().filter(|a| a.settled && !a.split).collect();
        assert!(whole.len() > 100);
        let balances = network::initial_balances(&network, &BalanceModel::File, Seeds::new(1, 0));
        let mut by_hand: Vec<i128> =
            balances.iter().flatten().map(|balance| i128::from(balance.get())).collect();
        let mut channels = open_all(&network, &balances);
        for answer in &whole {
            let hops = amounts(&network, answer);
            assert_eq!(hops[0].1 - answer.amount, answer.fee, "fee of {answer:?}");
            for (edge, amount) in hops {
                by_hand[edge.index()] -= i128::from(amount);
                by_hand[edge.reverse().index()] += i128::from(amount);
                move_over(&mut channels, edge, Msat(amount));
            }
        }
        assert_eq!(by_hand.len(), 60_914);
        for (edge, balance) in (0_u32..).zip(&by_hand) {
            let direction = DirectedChannel(edge);
            let ours = channels.balance(direction.channel(), direction.from_side());
            assert_eq!(i128::from(ours.get()), *balance, "edge {edge}");
        }
        channels.check().unwrap();
    }
}

/// Amount on each edge of the route, computed from the payee back.
fn amounts(network: &Network, answer: &Answer) -> Vec<(DirectedChannel, u64)> {
    let mut amount = Msat(answer.amount);
    let mut hops = Vec::new();
    for (i, &edge) in answer.route.iter().enumerate().rev() {
        let edge = DirectedChannel(edge);
        hops.push((edge, amount.get()));
        if i > 0 {
            amount += network.policy(edge).unwrap().fee(amount).unwrap();
        }
    }
    hops.reverse();
    hops
}

fn open_all(network: &Network, balances: &[[Msat; 2]]) -> Channels {
    let mut channels = Channels::new(Rules { limits: false, dance: false });
    for (id, pair) in network.channel_ids().zip(balances) {
        let terms = Terms {
            capacity: network.channel(id).capacity,
            reserve: [Sat::ZERO; 2],
            dust_limit: [Sat(354); 2],
            max_accepted_htlcs: [483; 2],
            max_htlc_value_in_flight: [Msat::MAX; 2],
            htlc_minimum: [Msat(1); 2],
            max_dust_exposure: [Msat::MAX; 2],
            opener: Side::One,
            anchors: true,
            feerate: FeeRate(253),
            batching: [Batching::default(); 2],
        };
        channels.open(terms, *pair);
    }
    channels
}

/// Offers and fulfils one HTLC.
fn move_over(channels: &mut Channels, edge: DirectedChannel, amount: Msat) {
    let preimage = [7; 32];
    let lock = Sha256::digest(preimage).into();
    let add = Add { amount, lock, cltv_expiry: BlockHeight(1), tag: 0 };
    let mut queue = EventQueue::default();
    let mut schedule = Within::new(SimTime::ZERO, &mut queue, |event| event);
    let htlc = channels.offer(edge, add, &mut schedule).unwrap();
    channels.fulfill(htlc, &preimage, &mut schedule).unwrap();
}
