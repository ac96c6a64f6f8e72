//! Time of one path search: each router on generated networks, without and with a memory.
//!
//!     cargo bench --bench searches
//!
//! Networks are `lightning_2026` of so many nodes. Each time is that of a query that the search has not
//! seen: 64 payers of the core pay others of it (see `common::question`). With a memory each payer
//! has made 100 payments, one every 30 s, half of which failed at a channel drawn; the queries are the same.
//! `cheapest` has none here, as by default. Times are of the wall clock.

#![allow(clippy::unwrap_used, reason = "a bench is run by hand")]

mod common;

use std::collections::BTreeMap;

use divan::Bencher;
use leyden::engine::{Seeds, Source};
use leyden::ids::NodeId;
use leyden::network::{self, Generator, Network};
use leyden::routing::{
    Beliefs, Cheapest, Cloth, ClothParams, Lnd, LndFast, LndParams, Query, Route, Router, View,
};
use leyden::units::{SimDuration, SimTime};

use crate::common::{Asker, question};

/// Nodes of the networks; the last as many as the public network had on 3 February 2026.
const SIZES: [u32; 3] = [2_000, 8_000, 17_324];
const PAYERS: usize = 64;
/// Payments that each payer remembers.
const PAYMENTS: u64 = 100;
/// From one of them to the next.
const PAUSE: SimDuration = SimDuration::from_secs(30);

fn main() {
    divan::main();
}

/// A router with the settings of a run that says nothing of them.
trait Choice {
    fn router() -> impl Router;
    /// The memory of a payer who has learnt nothing.
    fn blank() -> Beliefs;
}

impl Choice for Cheapest {
    fn router() -> impl Router {
        Self
    }
    fn blank() -> Beliefs {
        Beliefs::none()
    }
}

impl Choice for Lnd {
    fn router() -> impl Router {
        Self { params: LndParams::default() }
    }
    fn blank() -> Beliefs {
        Beliefs::lnd(&LndParams::default())
    }
}

impl Choice for LndFast {
    fn router() -> impl Router {
        Self { params: LndParams::default() }
    }
    fn blank() -> Beliefs {
        Beliefs::lnd(&LndParams::default())
    }
}

impl Choice for Cloth {
    fn router() -> impl Router {
        Self
    }
    fn blank() -> Beliefs {
        Beliefs::cloth(&ClothParams::default())
    }
}

#[divan::bench(types = [Cheapest, LndFast, Lnd, Cloth], args = SIZES, sample_count = 50, sample_size = 20)]
fn without_memory<R: Choice>(bencher: Bencher, nodes: u32) {
    measure::<R>(bencher, nodes, |_, payers| {
        payers.iter().map(|&payer| (payer, R::blank())).collect()
    });
}

#[divan::bench(types = [LndFast, Lnd, Cloth], args = SIZES, sample_count = 50, sample_size = 20)]
fn with_memory<R: Choice>(bencher: Bencher, nodes: u32) {
    measure::<R>(bencher, nodes, remember::<R>);
}

/// Times fresh queries of payers, each with what `know` says that they know.
fn measure<R: Choice>(
    bencher: Bencher,
    nodes: u32,
    know: impl Fn(&Network, &[NodeId]) -> BTreeMap<NodeId, Beliefs>,
) {
    let network = network::generate(&Generator::Lightning2026 { nodes }, Seeds::new(42, 0));
    let core = network::core(&network);
    let payers: Vec<NodeId> = core.iter().step_by(core.len() / PAYERS).copied().collect();
    let beliefs = know(&network, &payers);
    let mut asker = Asker::new(&network, R::router());
    let mut source = Seeds::new(99, 0).stream("questions");
    let now = SimTime::ZERO + PAUSE * PAYMENTS;
    bencher
        .with_inputs(|| Query { now, ..between(&payers, &core, &mut source) })
        .bench_local_values(|query| asker.ask(divan::black_box(&query), &beliefs[&query.payer]));
}

/// A question of one of the payers.
fn between(payers: &[NodeId], core: &[NodeId], source: &mut Source) -> Query {
    loop {
        let query = question(core, source);
        let payer = payers[usize::try_from(source.below(payers.len() as u64)).unwrap()];
        if payer != query.payee {
            return Query { payer, ..query };
        }
    }
}

/// What the payers learn from payments over routes of `lnd_fast`.
fn remember<R: Choice>(network: &Network, payers: &[NodeId]) -> BTreeMap<NodeId, Beliefs> {
    let (core, view) = (network::core(network), View::compile(network));
    let mut asker = Asker::new(network, LndFast::router());
    let mut source = Seeds::new(7, 0).stream("payments");
    let learnt = payers.iter().map(|&payer| {
        let (mut lnds, mut own) = (LndFast::blank(), R::blank());
        for number in 0..PAYMENTS {
            let now = SimTime::ZERO + PAUSE * number;
            let query = Query { now, ..between(&[payer], &core, &mut source) };
            if asker.ask(&query, &lnds) {
                let route = &asker.route;
                // Payers know their own channels: the first that can fail is the second.
                let others = (route.hops.len() as u64 - 1).max(1);
                let failed = 1 + usize::try_from(source.below(2 * others)).unwrap();
                for beliefs in [&mut lnds, &mut own] {
                    learn(beliefs, &view, route, failed, now);
                }
            }
        }
        (payer, own)
    });
    learnt.collect()
}

/// Learns that the channels of a route before `failed` could carry it and that one could not.
fn learn(beliefs: &mut Beliefs, view: &View, route: &Route, failed: usize, now: SimTime) {
    for (place, hop) in route.hops.iter().enumerate().take(failed + 1) {
        let (from, to) = (view.source(hop.channel), view.target(hop.channel));
        if place < failed {
            beliefs.success(from, to, hop.amount, now);
        } else {
            beliefs.failure(from, to, hop.amount, now);
        }
    }
}
