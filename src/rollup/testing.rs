//! A world for tests of rollups: a quiet chain, few accounts, payments.

use crate::chain::ethereum::{Background, EthereumParams};
use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::outcome::Outcome;
use crate::prices::Prices;
use crate::rollup::core::RollupWorld;
use crate::rollup::params::OperatorParams;
use crate::rows::Window;
use crate::system::Span;
use crate::system::testing::Recorder;
use crate::units::{Msat, SimDuration, SimTime};
use crate::workload::{Accounts, Demand};

/// `nodes` accounts of a million satoshis each, over a chain without background demand.
pub(super) fn world(nodes: u32) -> RollupWorld {
    RollupWorld {
        accounts: Accounts::new(Some(vec![Msat(1_000_000_000); nodes as usize])),
        nodes,
        ethereum: EthereumParams {
            missed_slots: 0.0,
            background: Background::none(),
            ..EthereumParams::default()
        },
        warmup: SimTime::ZERO,
        prices: Prices::default(),
        expected_rate: 1.0,
        seeds: Seeds::new(7, 0),
    }
}

/// No more accounts than there are nodes.
pub(super) fn small() -> OperatorParams {
    OperatorParams { accounts: 1, depth: 20, ..OperatorParams::default() }
}

/// Payments that ended so.
pub(super) fn count(rows: &Recorder, outcome: Outcome) -> usize {
    rows.payments.iter().filter(|row| row.outcome == outcome).count()
}

pub(super) const fn secs(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

pub(super) fn span(end: u64, check_each: bool) -> Span {
    let end = SimTime::ZERO + secs(end);
    let window = Window { from: SimTime::ZERO, to: end };
    Span { sample_every: secs(3_600), window, end, check_each, threads: 1 }
}

/// A payment of so many satoshis at a time in milliseconds.
pub(super) fn pay(id: u64, payer: u32, payee: u32, sat: u64, at_ms: u64) -> Demand {
    Demand {
        id,
        payer: NodeId(payer),
        payee: NodeId(payee),
        amount: Msat(sat * 1_000),
        at: SimTime::ZERO + SimDuration::from_millis(at_ms),
    }
}

/// Poisson payments of random pairs.
pub(super) fn poisson(
    seed: u64,
    nodes: u32,
    rate: f64,
    until: u64,
    sat: u64,
) -> impl Iterator<Item = Demand> {
    let mut draws = Seeds::new(seed, 0).stream("test.payments");
    let (mut at, mut id) = (0.0, 0);
    std::iter::from_fn(move || {
        at += draws.exponential() / rate;
        let payer = u32::try_from(draws.below(u64::from(nodes))).unwrap();
        let step = u32::try_from(draws.below(u64::from(nodes - 1))).unwrap();
        let payee = (payer + 1 + step) % nodes;
        let amount = Msat(1_000 * (1 + draws.below(sat)));
        let at = SimTime::ZERO + SimDuration::from_secs_f64(at);
        id += 1;
        let demand = Demand { id: id - 1, payer: NodeId(payer), payee: NodeId(payee), amount, at };
        (at < SimTime::ZERO + secs(until)).then_some(demand)
    })
}
