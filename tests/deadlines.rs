//! Heights at which HTLCs go to the chain and balances come free, counted by hand.
//!
//! The first height is 900,000 (no block has been found); a payment sent then to a payee with
//! `min_final_cltv_expiry_delta` d has an HTLC that expires at 900,000 + d + 3, the three blocks being lnd's padding.

#![allow(clippy::unwrap_used, reason = "this is test code")]

mod common;

use common::{
    Recorder, halves, join, line_of, nodes, offline_nodes, params, pay, policy, run, system,
};
use leyden::chain::bitcoin::{Background, BitcoinParams};
use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden::lightning::{Latency, LightningParams};
use leyden::network::{Network, Software};
use leyden::outcome::{CloseCause, CloseKind, OnionError, Outcome};
use leyden::payment::Hold;
use leyden::payment::RouterChoice;
use leyden::routing::CheapestParams;
use leyden::rows::{BlockRow, ClosureRow, Window};
use leyden::system::{Running, Span, drive};
use leyden::units::{Msat, Sat, SimDuration, SimTime};
use leyden::workload::{AvailabilityParams, Demand, Outage, Uptime};

const MILLION: Sat = Sat(1_000_000);
const DAY: u64 = 86_400;

fn cheapest() -> LightningParams {
    LightningParams { router: RouterChoice::Cheapest(CheapestParams::default()), ..params(10) }
}

/// Two nodes, of these implementations, with so many channels between them.
fn pair(software: [Software; 2], channels: u32) -> Network {
    let mut network = nodes(2);
    for _ in 0..channels {
        join(&mut network, 0, 1, MILLION, policy(0, 0, 40));
    }
    for (node, software) in [NodeId(0), NodeId(1)].into_iter().zip(software) {
        network.node_mut(node).software = Some(software);
    }
    network
}

/// Twenty days over blocks with nobody else in them.
fn twenty_days(network: Network, params: &LightningParams, demands: Vec<Demand>) -> Recorder {
    let bitcoin = BitcoinParams { background: Background::NONE, ..BitcoinParams::default() };
    let balances = halves(&network);
    let lightning = system(network, params, balances).with_chain(bitcoin, Seeds::new(1, 0));
    let span = Span {
        sample_every: SimDuration::from_secs(DAY),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs(20 * DAY),
        check_each: true,
        threads: 1,
    };
    let mut recorder = Recorder::default();
    let mut running = Running::new(lightning, span);
    drive(&mut running, &mut demands.into_iter(), span, u64::MAX, &mut recorder).unwrap();
    running.finish(&mut recorder).unwrap();
    recorder
}

/// The height at which a closing was decided.
fn decided(closure: &ClosureRow, blocks: &[BlockRow]) -> u32 {
    blocks.iter().find(|block| block.at == closure.decided).unwrap().height.0
}

/// n1 runs lnd (80 blocks) and never reacts; n0 runs LDK, which waits for three more blocks than the expiry.
#[test]
fn an_offerer_goes_to_the_chain_at_the_expiry_and_its_grace_and_not_a_block_later() {
    let mut params = cheapest();
    params.faults.stuck_at_payee = 1.0;
    let network = pair([Software::Ldk, Software::Lnd], 1);
    let rows = twenty_days(network, &params, vec![pay(0, 0, 1, Msat(1_000_000), 0)]);
    let [closure] = rows.closures[..] else { panic!("{:?}", rows.closures) };
    let how = (closure.kind, closure.cause, closure.by);
    assert_eq!(how, (CloseKind::Unilateral, CloseCause::HtlcDeadline, NodeId(0)));
    assert_eq!(decided(&closure, &rows.blocks), 900_000 + 80 + 3 + 3);
    assert_eq!((closure.htlcs, closure.timed_out, closure.claimed), (1, 1, 0));
    assert_eq!(rows.payments[0].outcome, Outcome::Failed);
}

/// n1 runs lnd (80 blocks), n0 leaves it 83. Of two hours on the way four blocks or more are left out of what n1 may
/// still have.
#[test]
fn a_payee_refuses_an_htlc_that_arrives_with_fewer_blocks_than_it_asks_for() {
    let after = |message: SimDuration| {
        let latency = Latency::Constant { value: message };
        let params = LightningParams { latency, ..cheapest() };
        let network = pair([Software::Ldk, Software::Lnd], 1);
        twenty_days(network, &params, vec![pay(0, 0, 1, Msat(1_000_000), 0)])
    };
    let quick = after(SimDuration::from_secs(1));
    assert_eq!(quick.payments[0].outcome, Outcome::Settled);
    let slow = after(SimDuration::from_secs(2 * 3_600));
    let arrived = slow
        .blocks
        .iter()
        .filter(|block| block.at <= slow.attempts[0].sent + SimDuration::from_secs(7_200));
    assert!(arrived.count() > 3, "more blocks than the padding");
    let error = Some((OnionError::IncorrectOrUnknownPaymentDetails, 1));
    assert_eq!((slow.payments[0].outcome, slow.attempts[0].error), (Outcome::Failed, error));
    assert!(slow.closures.is_empty());
}

/// An outage that hits node 0 of a line of two and not node 1, from 30 s on, for the rest of the run.
fn of_node_0() -> AvailabilityParams {
    let with = |outage: Outage| AvailabilityParams {
        routing: Uptime::Always,
        leaves: Uptime::Always,
        outages: vec![outage],
        disable_after: SimDuration::from_secs(1_200),
        enable_after: SimDuration::from_secs(1_140),
        gossip_delay: SimDuration::from_secs(90),
    };
    let outage = |name: String| Outage {
        name,
        start: SimTime::ZERO + SimDuration::from_secs(30),
        duration: SimDuration::from_secs(30 * DAY),
        share: 0.5,
    };
    let hits = |nodes: &AvailabilityParams| {
        let network = line_of(2, MILLION, policy(0, 0, 40));
        let balances = halves(&network);
        let params = LightningParams { availability: Some(nodes.clone()), ..cheapest() };
        offline_nodes(system(network, &params, balances))
    };
    let candidates = (0..1_000).map(|i| with(outage(format!("provider-{i}"))));
    candidates.into_iter().find(|nodes| hits(nodes) == [true, false]).unwrap()
}

/// n0 goes down at 30 s, n1 (LDK: 42 blocks) has the preimage at 60 s and cannot hand it over. LDK goes to the
/// chain 36 blocks before the expiry (`CLTV_CLAIM_BUFFER`).
#[test]
fn a_receiver_with_the_preimage_goes_to_the_chain_so_many_blocks_before_the_expiry_and_not_a_block_later()
 {
    let mut params = LightningParams { availability: Some(of_node_0()), ..cheapest() };
    params.payee.hold = Hold::Constant(SimDuration::from_secs(60));
    let network = pair([Software::Ldk, Software::Ldk], 1);
    let rows = twenty_days(network, &params, vec![pay(0, 0, 1, Msat(1_000_000), 0)]);
    let [closure] = rows.closures[..] else { panic!("{:?}", rows.closures) };
    let how = (closure.kind, closure.cause, closure.by);
    assert_eq!(how, (CloseKind::Unilateral, CloseCause::HtlcDeadline, NodeId(1)));
    assert_eq!(decided(&closure, &rows.blocks), 900_000 + 42 + 3 - 36);
    assert_eq!((closure.htlcs, closure.timed_out, closure.claimed), (1, 0, 1));
}

/// eclair asks its peer to wait 720 blocks for its own money, LDK 144; whoever publishes waits as its peer asked.
#[test]
fn who_publishes_waits_as_long_as_its_peer_asked() {
    let mut params = cheapest();
    params.onchain.closes_per_year = 52_560.0;
    params.onchain.cooperative_share = 0.0;
    let network = pair([Software::Eclair, Software::Ldk], 12);
    let late = vec![pay(0, 0, 1, Msat(1_000), 15 * DAY * 1_000)];
    let rows = twenty_days(network, &params, late);
    assert_eq!(rows.closures.len(), 12);
    let waited = |by: u32| -> Vec<_> {
        let closures = rows.closures.iter().filter(|closure| closure.by == NodeId(by));
        closures.map(|row| row.resolved.unwrap().0 - row.confirmed.unwrap().0).collect()
    };
    let [eclair, ldk] = [waited(0), waited(1)];
    assert!(!eclair.is_empty() && eclair.iter().all(|&blocks| blocks == 144), "{eclair:?}");
    assert!(!ldk.is_empty() && ldk.iter().all(|&blocks| blocks == 720), "{ldk:?}");
}

/// n0 reaches n4 over n1, n2 or n3, none of which has anything to forward with.
#[test]
fn a_payer_makes_as_many_attempts_as_it_may_and_not_one_more() {
    let attempts = |most: Option<u32>| {
        let mut params = cheapest();
        params.send.max_attempts = most;
        let mut network = nodes(5);
        for middle in 1..=3 {
            join(&mut network, 0, middle, MILLION, policy(0, 0, 40));
            join(&mut network, middle, 4, MILLION, policy(1_000, 0, 40));
        }
        let mut balances = halves(&network);
        for channel in [1, 3, 5] {
            balances[channel] = [Msat::ZERO, MILLION.to_msat()];
        }
        let rows = run(system(network, &params, balances), vec![pay(0, 0, 4, Msat(1_000_000), 0)]);
        assert_eq!(rows.payments[0].outcome, Outcome::Failed);
        rows.payments[0].attempts
    };
    assert_eq!([Some(1), Some(2), None].map(attempts), [1, 2, 3]);
}
