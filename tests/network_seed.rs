//! `network.seed` holds the network, software and balances fixed while everything else is drawn anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::path::Path;

use leyden::scenario::{Overlay, parse};
use leyden::simulation::{Setup, prepare};

const SCENARIO: &str = "payments = 50\n[network.generate.lightning_2026]\nnodes = 100\n\
    [workload.arrivals.poisson]\nrate = \"1 /s\"\n[workload.amount.fixed]\nvalue = \"1_000 sat\"\n";

fn prepared(seed: u64, replication: u32, network_seed: Option<u64>) -> Setup {
    let mut sets = vec![("seed".to_owned(), seed.to_string())];
    sets.extend(network_seed.map(|seed| ("network.seed".to_owned(), seed.to_string())));
    let overlay = Overlay { sets: &sets, ..Overlay::default() };
    let loaded = parse(Path::new("case.toml"), SCENARIO.to_owned(), overlay).unwrap();
    prepare(&loaded.scenario, replication, false, 1).unwrap()
}

#[test]
fn nodes_stay_where_they_are_with_their_network() {
    let one = prepared(1, 0, Some(7));
    assert_eq!(prepared(2, 0, Some(7)).ground, one.ground);
    assert_ne!(prepared(1, 0, Some(8)).ground, one.ground);
    assert_eq!(prepared(1, 0, None).ground, prepared(1, 0, None).seeds);
}

#[test]
fn the_network_and_its_balances_stay_while_payments_are_drawn_anew() {
    let demands = |setup: &Setup| setup.workload.iter().collect::<Vec<_>>();
    let one = prepared(1, 0, Some(7));
    for (seed, replication) in [(2, 0), (1, 1)] {
        let other = prepared(seed, replication, Some(7));
        assert_eq!(one.balances, other.balances);
        assert_eq!(format!("{:?}", one.network), format!("{:?}", other.network));
        assert_ne!(demands(&one), demands(&other));
    }
    assert_ne!(one.balances, prepared(1, 0, Some(8)).balances);
    assert_ne!(prepared(1, 0, None).balances, prepared(2, 0, None).balances);
    assert_eq!(prepared(7, 0, None).balances, one.balances, "the master seed, where none is given");
}
