//! The two-sided fee search against a plain Dijkstra: the same least fee, except where the one label
//! that the plain one has for a node is too small for some `htlc_minimum_msat`.
//!
//! Such differences are one-sided (the plain search finds nothing, or something dearer), and each is
//! confirmed twice: the route is followed to the hop whose minimum the plain label is below, and a slow
//! search with several labels per node answers the same or less.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

#[path = "../common/mod.rs"]
mod common;
mod plain;
mod slow;

use leyden::engine::{Seeds, Source};
use leyden::ids::{DirectedChannel, NodeId};
use leyden::math;
use leyden::network::{self, Generator, Network, ReadOptions};
use leyden::routing::{
    Beliefs, Cheapest, Hop, Knowledge, LocalChannel, Query, Route, Router, Scratch, View,
};
use leyden::units::{Msat, SimTime};
use plain::Plain;

/// Questions per network, between nodes of its core: others mostly have no route.
const QUESTIONS: usize = 20_000;

/// What a payer can spend: the capacity of its enabled channels.
fn own(network: &Network, view: &View, payer: NodeId) -> Vec<LocalChannel> {
    let enabled = |d: &&DirectedChannel| network.policy(**d).is_some_and(|policy| !policy.disabled);
    let spendable = |d: DirectedChannel| network.channel(d.channel()).capacity.to_msat();
    let all = view.local_channels(payer).iter().filter(enabled);
    all.map(|&direction| LocalChannel { direction, spendable: spendable(direction) }).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
fn question(among: &[NodeId], source: &mut Source) -> Query {
    let mut pick = |bound: usize| usize::try_from(source.below(bound as u64)).unwrap();
    let payer = pick(among.len());
    let payee = (payer + 1 + pick(among.len() - 1)) % among.len();
    let amount = math::exp(math::ln(1e3) + source.unit() * math::ln(1e6));
    Query {
        payer: among[payer],
        payee: among[payee],
        amount: Msat(amount as u64),
        fee_limit: Msat::MAX,
        cltv_limit: u32::MAX,
        final_cltv: 18,
        max_hops: u8::MAX,
        now: SimTime::ZERO,
    }
}

/// Checks a route hop by hop, in the order of travel.
fn check(network: &Network, query: &Query, route: &Route) {
    let hops = &route.hops;
    assert_eq!(network.source(hops[0].channel), query.payer);
    assert_eq!(network.target(hops[hops.len() - 1].channel), query.payee);
    assert_eq!(route.amount(), query.amount);
    let mut visited: Vec<NodeId> = hops.iter().map(|hop| network.source(hop.channel)).collect();
    visited.sort_unstable();
    visited.dedup();
    assert_eq!(visited.len(), hops.len(), "no node twice");
    for hop in hops {
        let policy = network.policy(hop.channel).unwrap();
        let capacity = network.channel(hop.channel.channel()).capacity.to_msat();
        assert!(
            hop.amount >= policy.htlc_minimum && hop.amount <= policy.htlc_maximum.min(capacity)
        );
    }
    for pair in hops.windows(2) {
        let policy = network.policy(pair[1].channel).unwrap();
        assert!(!policy.disabled);
        assert_eq!(network.target(pair[0].channel), network.source(pair[1].channel));
        assert_eq!(pair[0].amount, pair[1].amount + policy.fee(pair[1].amount).unwrap());
    }
}

/// What came of all questions to one network.
#[derive(Debug, Default)]
struct Counts {
    found: usize,
    /// The plain search found nothing.
    only_ours: usize,
    /// The plain search found something dearer.
    cheaper: usize,
}

/// Going back from the payee, the first label of the plain search above what the route asks for: the
/// label before it must be too small for that hop's minimum.
fn blame_a_minimum(network: &Network, route: &Route, labels: &plain::Labels) {
    let missed = route.hops.iter().rposition(|hop| {
        let amount = hop.amount + fee_of_source(network, route, hop);
        labels.amount(network.source(hop.channel)).is_none_or(|label| label > amount.get())
    });
    let hop = &route.hops[missed.expect("the payer's label is missing or larger")];
    let label =
        labels.amount(network.target(hop.channel)).expect("the hop before it is not missed");
    let minimum = network.policy(hop.channel).unwrap().htlc_minimum;
    assert!(label < minimum.get(), "{label} would have passed {hop:?}");
}

/// What the source of `hop` charges: nothing if it is the payer.
fn fee_of_source(network: &Network, route: &Route, hop: &Hop) -> Msat {
    if hop.channel == route.hops[0].channel {
        return Msat(0);
    }
    network.policy(hop.channel).unwrap().fee(hop.amount).unwrap()
}

fn compare(network: &Network, name: &str) -> Counts {
    let (view, plain) = (View::compile(network), Plain::new(network));
    let among = network::core(network);
    let owns: Vec<_> = network.node_ids().map(|node| own(network, &view, node)).collect();
    let (beliefs, mut scratch, mut route) = (Beliefs::none(), Scratch::default(), Route::default());
    let mut source = Seeds::new(4242, 0).stream("questions");
    let (mut counts, mut labels) = (Counts::default(), plain::Labels::default());
    for _ in 0..QUESTIONS {
        let query = question(&among, &mut source);
        let own = &owns[query.payer.index()];
        let knowledge =
            Knowledge { view: &view, local_channels: own, beliefs: &beliefs, avoid: &[] };
        let found = Cheapest.route(&knowledge, &query, &mut scratch, &mut route).is_ok();
        let ours = found.then(|| route.hops[0].amount.get());
        let theirs = plain.least(&query, &mut labels);
        if let Some(ours) = ours {
            counts.found += 1;
            check(network, &query, &route);
            if theirs != Some(ours) {
                assert!(theirs.is_none_or(|theirs| theirs > ours), "dearer: {query:?}");
                blame_a_minimum(network, &route, &labels);
                let slow = slow::least(network, &query, ours);
                assert!(slow.is_some_and(|slow| slow <= ours), "{slow:?} for {query:?}");
                counts.only_ours += usize::from(theirs.is_none());
                counts.cheaper += usize::from(theirs.is_some());
            }
        } else {
            assert_eq!(theirs, None, "lost: {query:?}");
        }
    }
    eprintln!("{name}: {QUESTIONS} questions, {counts:?}");
    counts
}

/// The network with every `htlc_minimum_msat` 0.
fn without_minima(network: &Network) -> Network {
    let mut network = network.clone();
    for channel in network.channel_ids() {
        for policy in network.channel_mut(channel).policies.iter_mut().flatten() {
            policy.htlc_minimum = Msat(0);
        }
    }
    network
}

#[test]
fn on_a_generated_network_the_fee_is_that_of_a_plain_dijkstra() {
    let generator = Generator::Lightning2026 { nodes: 2_000 };
    let network = network::generate(&generator, Seeds::new(42, 0));
    let counts = compare(&network, "2,000 generated nodes");
    assert!(counts.found > 15_000 && counts.only_ours + counts.cheaper < 20, "{counts:?}");
    let counts = compare(&without_minima(&network), "the same without minima");
    assert_eq!((counts.only_ours, counts.cheaper), (0, 0), "{counts:?}");
}

#[test]
fn on_the_snapshot_of_2020_the_fee_is_that_of_a_plain_dijkstra() {
    let test = "on_the_snapshot_of_2020_the_fee_is_that_of_a_plain_dijkstra";
    let Some(data) = common::real_data(test) else { return };
    let network = network::read(&data.join("cloth-2020"), ReadOptions::default()).unwrap().network;
    let counts = compare(&network, "2020");
    assert!(counts.found > 15_000 && counts.only_ours + counts.cheaper < 40, "{counts:?}");
}

#[test]
fn on_the_network_of_2026_the_fee_is_that_of_a_plain_dijkstra() {
    let test = "on_the_network_of_2026_the_fee_is_that_of_a_plain_dijkstra";
    let Some(data) = common::real_data(test) else { return };
    let file = data.join("lightning-2026-02-03.csv");
    let network = network::read(&file, ReadOptions::default()).unwrap().network;
    let counts = compare(&network, "2026");
    assert!(counts.found > 15_000 && counts.only_ours + counts.cheaper < 40, "{counts:?}");
}
