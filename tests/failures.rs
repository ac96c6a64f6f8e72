//! Why payments fail, each reason in a network that has it and nothing else wrong; and what was possible at all.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

mod common;

use common::{
    halves, join, line_of, nodes, params, pay, pay_across, plain, policy, run, run_in, sat, system,
};
use leyden::engine::Seeds;
use leyden::lightning::{LightningParams, liquidity_at_start};
use leyden::network::{Network, Policy};
use leyden::outcome::{Failure, Outcome};
use leyden::payment::{Hold, RouterChoice};
use leyden::routing::CheapestParams;
use leyden::rows::{PaymentRow, Window};
use leyden::units::{Msat, Ppm, Sat, SimDuration, SimTime};
use leyden::workload::{AvailabilityParams, Demand, Outage, Uptime};

const MILLION: Sat = Sat(1_000_000);

/// One message per hop, no limits, least fee, no memory: only balances and policies count.
fn cheapest() -> LightningParams {
    let mut params = plain(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.feasibility = true;
    params
}

/// 0 and 3 with two peers each, 1 and 2, and nothing else: two disjoint routes of two channels.
fn diamond(both: Policy) -> Network {
    let mut network = nodes(4);
    for (one, two) in [(0, 1), (1, 3), (0, 2), (2, 3)] {
        join(&mut network, one, two, MILLION, both);
    }
    network
}

/// How payment 0 of `amount` from the first to the last node ends.
fn ends(
    network: &Network,
    params: &LightningParams,
    balances: &[[u64; 2]],
    amount: u64,
) -> (Option<Failure>, Option<bool>) {
    let row = pay_across(network, params, balances, amount).payments[0];
    (row.failure, row.feasible)
}

const FREE: fn() -> Policy = || policy(0, 0, 40);
const EVEN: [u64; 2] = [500_000, 500_000];
const POOR: [u64; 2] = [100_000, 900_000];

#[test]
fn money_is_missing_at_the_payer_the_payee_or_on_the_way() {
    let line = line_of(4, MILLION, FREE());
    let of = |balances: [[u64; 2]; 3]| ends(&line, &cheapest(), &balances, 200_000);
    assert_eq!(of([EVEN, EVEN, EVEN]), (None, Some(true)));
    assert_eq!(of([POOR, EVEN, EVEN]), (Some(Failure::InsufficientFunds), Some(false)));
    assert_eq!(of([EVEN, EVEN, POOR]), (Some(Failure::PayeeCannotReceive), Some(false)));
    assert_eq!(of([EVEN, POOR, EVEN]), (Some(Failure::NoLiquidity), Some(false)));
    // Where several are true, the payer comes first, then the payee.
    assert_eq!(of([POOR, POOR, POOR]), (Some(Failure::InsufficientFunds), Some(false)));
    assert_eq!(of([EVEN, POOR, POOR]), (Some(Failure::PayeeCannotReceive), Some(false)));
}

#[test]
fn parts_would_help_where_no_single_channel_is_large_enough() {
    let diamond = diamond(FREE());
    let of = |balances: [[u64; 2]; 4]| ends(&diamond, &cheapest(), &balances, 150_000);
    let parts = (Some(Failure::NoChannelLargeEnough), Some(true));
    assert_eq!(of([POOR, EVEN, POOR, EVEN]), parts, "at the payer");
    assert_eq!(of([EVEN, POOR, EVEN, POOR]), parts, "at the payee");
    assert_eq!(of([POOR, EVEN, EVEN, EVEN]), (None, Some(true)), "one is large enough");
    // Each end has a channel that is large enough, but they are not on one route.
    assert_eq!(of([EVEN, POOR, POOR, EVEN]), (Some(Failure::NoLiquidity), Some(true)));
}

/// A fee of 10,000 sat in between: the payer has the amount and not the fee.
#[test]
fn the_fee_counts_as_money_that_the_payer_needs() {
    let line = line_of(3, MILLION, policy(10_000_000, 0, 40));
    let mut params = cheapest();
    params.send.fee_limit = Ppm(1_000_000);
    let of = |params: &LightningParams, own| {
        ends(&line, params, &[[own, 1_000_000 - own], EVEN], 100_000).0
    };
    assert_eq!(of(&params, 110_000), None);
    assert_eq!(of(&params, 109_999), Some(Failure::InsufficientFunds));
    params.send.fee_limit = Ppm(99_999);
    assert_eq!(of(&params, 110_000), Some(Failure::FeeLimit));
}

#[test]
fn policies_and_capacities_can_forbid_every_route() {
    let small = Policy { htlc_maximum: sat(100_000), ..FREE() };
    let line = line_of(3, MILLION, small);
    assert_eq!(ends(&line, &cheapest(), &[EVEN, EVEN], 200_000).0, Some(Failure::NoRoute));
    assert_eq!(ends(&line, &cheapest(), &[EVEN, EVEN], 100_000).0, None);
    let disabled = line_of(3, MILLION, Policy { disabled: true, ..FREE() });
    let closed = (Some(Failure::NoRoute), Some(false));
    assert_eq!(ends(&disabled, &cheapest(), &[EVEN, EVEN], 100_000), closed);
}

/// The first way tried fails, and the payer may not try the second.
#[test]
fn a_route_that_the_payer_does_not_try_is_missed() {
    let mut network = diamond(FREE());
    network.channel_mut(leyden::ids::ChannelId(3)).policies = [Some(policy(1, 0, 40)); 2];
    let mut params = cheapest();
    let balances = [EVEN, POOR, EVEN, EVEN];
    assert_eq!(ends(&network, &params, &balances, 150_000), (None, Some(true)));
    params.send.max_attempts = Some(1);
    let missed = (Some(Failure::MissedRoute), Some(true));
    assert_eq!(ends(&network, &params, &balances, 150_000), missed);
}

/// LDK's peers take 50 HTLCs at once; each is held for a while.
#[test]
fn a_full_channel_is_no_lack_of_money() {
    let mut params = params(10);
    params.router = RouterChoice::Cheapest(CheapestParams::default());
    params.payee.hold = Hold::Constant(SimDuration::from_secs(600));
    let network = line_of(2, Sat(100_000_000), FREE());
    let balances = halves(&network);
    let demands = (0..51).map(|id| pay(id, 0, 1, sat(10_000), id * 1_000)).collect();
    let rows = run(system(network, &params, balances), demands).payments;
    let failures: Vec<_> =
        rows.iter().filter_map(|row| row.failure.map(|why| (row.id, why))).collect();
    assert_eq!(failures, [(50, Failure::NoFreeSlot)]);
}

/// Two nodes with one channel, of which the payee's is hit by an outage from 50 s to 150 s.
#[test]
fn a_peer_that_is_away_is_no_lack_of_money() {
    let network = line_of(3, MILLION, FREE());
    let outage = |name: String| Outage {
        name,
        start: SimTime::ZERO + SimDuration::from_secs(50),
        duration: SimDuration::from_secs(100),
        share: 0.5,
    };
    let with = |outage| {
        let mut params = cheapest();
        params.availability = Some(AvailabilityParams {
            routing: Uptime::Always,
            leaves: Uptime::Always,
            outages: vec![outage],
            disable_after: SimDuration::from_secs(1_200),
            enable_after: SimDuration::from_secs(1_140),
            gossip_delay: SimDuration::from_secs(90),
        });
        params
    };
    let window = Window { from: SimTime::ZERO, to: SimTime::ZERO + SimDuration::from_secs(400) };
    let rows = |outage, demands: Vec<Demand>| {
        run_in(window, system(network.clone(), &with(outage), halves(&network)), demands)
    };
    let hits_node_1 = |outage: &Outage| {
        let rows = rows(outage.clone(), Vec::new());
        let shares = rows.nodes.iter().map(|node| node.online_share.unwrap());
        // Down for 100 s of 400 s.
        shares.eq([1.0, 0.75, 1.0])
    };
    let outage = (0..1_000).map(|i| outage(format!("provider-{i}"))).find(hits_node_1).unwrap();
    let times = [0, 100_000, 200_000];
    let demands = (0..).zip(times).map(|(id, at)| pay(id, 0, 2, sat(1_000), at)).collect();
    let rows = rows(outage, demands).payments;
    let failures: Vec<_> = rows.iter().map(|row| (row.failure, row.feasible)).collect();
    let away = (Some(Failure::PayerPeersOffline), Some(false));
    assert_eq!(failures, [(None, Some(true)), away, (None, Some(true))]);
}

/// Under a load that moves balances, on a network with cycles: what settles was possible, and what was not
/// possible fails, whatever the payer believes.
#[test]
fn what_settles_was_feasible_and_routing_does_not_fail_for_lack_of_money_at_the_ends() {
    let mut network = nodes(12);
    for one in 0..12_u32 {
        for step in [1, 3] {
            join(&mut network, one, (one + step) % 12, MILLION, policy(10, 100, 40));
        }
    }
    let mut params = params(10);
    params.feasibility = true;
    let balances: Vec<[Msat; 2]> = network
        .channel_ids()
        .map(|c| {
            let own = u64::from(c.0) * 37_919 % 1_000_000;
            [own, 1_000_000 - own].map(sat)
        })
        .collect();
    // One at a time: each is over before the next is asked for.
    let demands: Vec<_> = (0..400_u32)
        .map(|i| {
            let (payer, step) = (i * 7 % 12, 1 + i * 5 % 11);
            let amount = sat(20_000 + u64::from(i) * 7_001 % 700_000);
            pay(u64::from(i), payer, (payer + step) % 12, amount, u64::from(i) * 120_000)
        })
        .collect();
    let rows = run(system(network, &params, balances), demands).payments;
    let count = |which: &dyn Fn(&PaymentRow) -> bool| rows.iter().filter(|row| which(row)).count();
    assert!(count(&|row| row.outcome == Outcome::Settled) > 100);
    assert_eq!(count(&|row| row.outcome == Outcome::Settled && row.feasible != Some(true)), 0);
    assert!(count(&|row| row.feasible == Some(false)) > 20, "some are not possible");
    let lacking = [Failure::InsufficientFunds, Failure::PayeeCannotReceive];
    assert!(
        count(
            &|row| row.failure.is_some_and(|f| lacking.contains(&f)) && row.feasible == Some(true)
        ) == 0
    );
}

#[test]
fn liquidity_at_the_start_is_what_channels_let_be_sent() {
    let network = line_of(3, MILLION, FREE());
    let balances = vec![EVEN.map(sat), [900_000, 100_000].map(sat)];
    let of = |params: &LightningParams| {
        liquidity_at_start(params, &network, &balances, Seeds::new(1, 0))
    };
    let without = of(&plain(10));
    assert_eq!(without.outbound, [500_000, 1_400_000, 100_000].map(sat));
    assert_eq!(without.inbound, [500_000, 600_000, 900_000].map(sat));
    let with = of(&params(10));
    // LDK's nodes take a quarter of the capacity at once.
    assert_eq!((with.outbound[0], with.inbound[2]), (sat(250_000), sat(250_000)));
    // A reserve of 10,000 sat; and if it opened the channel, 7,340 sat for a commitment of 1,124 + 2 · 172 WU
    // at twice 2,500 sat per 1,000 WU, and 660 sat for two anchors.
    assert!([sat(90_000), sat(82_000)].contains(&with.outbound[2]), "{}", with.outbound[2]);
}
