//! The network of February 2026, measured, and the generator that imitates it, held against it.
//!
//! Needs the decoded snapshot `lightning-2026-02-03.csv` in the folder that `LEYDEN_DATA` names.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stderr,
    reason = "tells which tests were skipped, and all compared figures"
)]
#![expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden::math;
use leyden::network::stats::{GraphStats, NetworkStats};
use leyden::network::{Channel, Generator, Network, Node, Policy, core, generate, stats};
use leyden::units::{Msat, Ppm, Sat};

/// The real network and what is said about it, once for all tests.
static REAL: LazyLock<Option<(Network, NetworkStats)>> = LazyLock::new(|| {
    let folder = std::env::var_os("LEYDEN_DATA")?;
    let network = snapshot(&Path::new(&folder).join("lightning-2026-02-03.csv"));
    let described = stats(&network);
    Some((network, described))
});

/// The real network, or a line on stderr that says that `test` was skipped.
fn real(test: &str) -> Option<&'static (Network, NetworkStats)> {
    let real = REAL.as_ref();
    if real.is_none() {
        eprintln!("skipped: {test}: LEYDEN_DATA is not set");
    }
    real
}

/// Reads
/// `chan,node1,node2,capacity_sat,dir,disabled,htlc_min_msat,htlc_max_msat,base_msat,ppm,cltv`, two
/// rows per channel; a disabled half has no known policy.
fn snapshot(path: &Path) -> Network {
    let text = fs::read_to_string(path).expect("the snapshot can be read");
    let rows: Vec<Vec<u64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let nodes = rows.iter().map(|row| row[1].max(row[2]) + 1).max().unwrap();
    let mut network = Network::default();
    for node in 0..nodes {
        network.add_node(Node { name: node.to_string().into(), software: None });
    }
    for halves in rows.chunks(2) {
        let name = halves[0][0].to_string().into();
        let policies = [half(&halves[0]), half(&halves[1])];
        let [one, two] = [1, 2].map(|column| NodeId(u32::try_from(halves[0][column]).unwrap()));
        let capacity = Sat(halves[0][3]);
        network.add_channel(one, two, Channel { name, capacity, policies, stated: None });
    }
    network
}

fn half(row: &[u64]) -> Option<Policy> {
    (row[5] == 0).then(|| Policy {
        htlc_minimum: Msat(row[6]),
        htlc_maximum: Msat(row[7]),
        fee_base_msat: u32::try_from(row[8]).unwrap(),
        proportional_millionths: Ppm(u32::try_from(row[9]).unwrap()),
        cltv_expiry_delta: u16::try_from(row[10]).unwrap(),
        disabled: false,
    })
}

/// Asserts that a figure is the one printed in the table, to within half of its last digit.
#[track_caller]
fn printed(value: impl Into<Option<f64>>, expected: f64, digits: i32) {
    let value = value.into().expect("there is a value");
    // A tenth more: a few were rounded twice.
    let rounding = 0.55 * math::pow(10.0, -f64::from(digits));
    assert!((value - expected).abs() <= rounding, "{value} instead of {expected}");
}

#[track_caller]
fn printed_all(values: &[f64], expected: &[f64], digits: i32) {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).for_each(|(&value, &expected)| printed(value, expected, digits));
}

#[test]
fn the_snapshot_has_the_counts_and_sizes_that_were_published() {
    let Some((_, real)) = real("the_snapshot_has_the_counts_and_sizes_that_were_published") else {
        return;
    };
    assert_eq!((real.nodes, real.core_nodes), (17_324, 6_270));
    let counts = |graph: &GraphStats| (graph.channels, graph.pairs, graph.nodes);
    assert_eq!(counts(&real.all), (50_808, 47_868, 17_324));
    assert_eq!(counts(&real.active), (31_917, 29_823, 6_250));
    let [all, active] = [&real.all.capacity, &real.active.capacity];
    printed(all.mean_sat.map(|sat| sat / 1e6), 10.55, 2);
    printed(active.mean_sat.map(|sat| sat / 1e6), 15.59, 2);
    printed(all.deviation_sat.map(|sat| sat / 1e6), 43.3, 1);
    printed(active.deviation_sat.map(|sat| sat / 1e6), 53.2, 1);
    assert_eq!(
        [all.total_sat, active.total_sat].map(|sat| (sat + 5_000_000) / 10_000_000),
        [53_617, 49_763]
    );
    printed_all(&all.quantiles_sat[..4], &[1_500.0, 20_000.0, 20_000.0, 200_000.0], 0);
    printed_all(&active.quantiles_sat[..4], &[20_000.0, 50_000.0, 200_000.0, 1e6], 0);
    let millions = |values: &[f64]| values.iter().map(|sat| sat / 1e6).collect::<Vec<_>>();
    printed_all(
        &millions(&all.quantiles_sat[4..]),
        &[1.283, 5.0, 15.65, 40.0, 200.0, 500.0, 1_000.0],
        2,
    );
    printed_all(
        &millions(&active.quantiles_sat[4..]),
        &[3.005, 10.0, 21.0, 50.0, 300.0, 500.0, 720.0],
        2,
    );
    for (capacity, mean, deviation, gini) in
        [(all, 13.806, 2.477, 0.850), (active, 14.837, 1.950, 0.807)]
    {
        printed(capacity.ln_mean, mean, 3);
        printed(capacity.ln_deviation, deviation, 3);
        printed(capacity.gini, gini, 3);
    }
    assert_eq!(active.common[0].0, 1_000_000);
    printed(active.common[0].1, 0.105, 3);
}

#[test]
fn the_snapshot_has_the_degrees_that_were_published() {
    let Some((_, real)) = real("the_snapshot_has_the_degrees_that_were_published") else { return };
    let [all, active] = [&real.all.degree, &real.active.degree];
    printed(all.mean, 5.87, 2);
    printed(active.mean, 10.2, 1);
    printed_all(&all.quantiles, &[1.0, 3.0, 8.0, 17.0, 74.0, 432.0, 1_989.0], 0);
    printed_all(&active.quantiles, &[2.0, 6.0, 19.0, 40.0, 134.0, 507.0, 1_813.0], 0);
    assert_eq!([all.hundred_or_more, active.hundred_or_more], [124, 102]);
    printed(all.share_one, 0.542, 3);
    printed(active.share_one, 0.436, 3);
    printed(all.share_two, 0.165, 3);
    printed(active.share_two, 0.135, 3);
    let ccdf = [0.458, 0.173, 0.087, 0.045, 0.0175, 0.0072, 0.0025, 0.0009, 0.0003];
    let expected = [0.564, 0.294, 0.173, 0.097, 0.040, 0.0163, 0.0056, 0.0014, 0.0003];
    for at in 0..9 {
        let digits = if at < 4 { 3 } else { 4 };
        printed(all.at_least[at], ccdf[at], digits);
        printed(active.at_least[at], expected[at], if at == 4 { 3 } else { digits });
    }
    printed(all.gini, 0.743, 3);
    printed(active.gini, 0.779, 3);
    printed(all.strength_gini, 0.978, 3);
    printed(active.strength_gini, 0.961, 3);
    for (graph, top) in [(all, [0.81, 0.98]), (active, [0.71, 0.95])] {
        printed(graph.strength_of_top[0], top[0], 2);
        printed(graph.strength_of_top[1], top[1], 2);
    }
    let law = all.power_law.unwrap();
    assert_eq!(law.xmin, 2);
    printed(law.alpha, 1.93, 2);
    printed(law.distance, 0.009, 3);
    printed(all.power_law_from[1], 2.00, 2);
    printed(active.power_law_from[0], 1.65, 2);
    printed(active.power_law_from[1], 1.93, 2);
}

#[test]
fn the_snapshot_has_the_shape_and_distances_that_were_published() {
    let Some((_, real)) = real("the_snapshot_has_the_shape_and_distances_that_were_published")
    else {
        return;
    };
    let [all, active] = [&real.all.shape, &real.active.shape];
    assert_eq!((all.components, all.largest_component, all.max_core), (721, 15_542, 37));
    assert_eq!((active.components, active.largest_component, active.max_core), (29, 6_191, 36));
    for (shape, clustering, transitivity, mixing) in
        [(all, 0.088, 0.041, -0.19), (active, 0.166, 0.070, -0.20)]
    {
        printed(shape.clustering, clustering, 3);
        printed(shape.transitivity, transitivity, 3);
        printed(shape.assortativity, mixing, 2);
    }
    // The published distances are from 1,500 other sources: hence one digit less.
    let [all, active] = [&real.all.paths, &real.active.paths];
    assert_eq!((all.sources, active.sources), (1_500, 1_500));
    printed(all.mean_hops, 4.15, 1);
    printed(active.mean_hops, 3.38, 1);
    assert!((12..=14).contains(&all.largest_eccentricity), "{}", all.largest_eccentricity);
    assert!((8..=9).contains(&active.largest_eccentricity), "{}", active.largest_eccentricity);
    let expected = [
        (all, [0.0003, 0.056, 0.204, 0.413, 0.213, 0.089]),
        (active, [0.001, 0.151, 0.384, 0.400, 0.060, 0.003]),
    ];
    for (paths, shares) in expected {
        for (share, expected) in paths.hop_shares.iter().zip(shares) {
            assert!((share.unwrap() - expected).abs() < 0.02, "{share:?} instead of {expected}");
        }
    }
}

#[test]
fn the_snapshot_has_the_policies_that_were_published() {
    let Some((_, real)) = real("the_snapshot_has_the_policies_that_were_published") else { return };
    printed(real.halves.disabled, 0.352, 3);
    printed(real.halves.both, 0.628, 3);
    printed(real.halves.one, 0.039, 3);
    printed(real.halves.none, 0.333, 3);
    let policies = &real.policies;
    assert_eq!(policies.halves, 65_810);
    let starts = |common: &[(u64, f64)], expected: &[(u64, f64)]| {
        for (found, expected) in common.iter().zip(expected) {
            assert_eq!(found.0, expected.0);
            printed(found.1, expected.1, 3);
        }
    };
    starts(&policies.base.common, &[(0, 0.453), (1_000, 0.408), (1, 0.034), (500, 0.016)]);
    starts(
        &policies.ppm.common,
        &[(1, 0.222), (0, 0.069), (500, 0.052), (100, 0.045), (10, 0.044)],
    );
    starts(
        &policies.cltv.common,
        &[(80, 0.382), (144, 0.177), (40, 0.170), (100, 0.112), (34, 0.065)],
    );
    starts(&policies.htlc_minimum.common, &[(1_000, 0.786), (1, 0.102), (100_000, 0.028)]);
    printed(policies.base.mean, 13_327.0, 0);
    printed(policies.base.quantiles[3], 33.0, 0);
    printed(policies.ppm.mean, 915.0, 0);
    printed_all(
        &policies.ppm.quantiles[1..],
        &[1.0, 1.0, 100.0, 569.0, 2_000.0, 3_000.0, 10_000.0, 50_000.0],
        0,
    );
    printed(policies.ppm_thousand_or_more, 0.187, 3);
    printed(policies.ln_ppm[0], 4.27, 2);
    printed(policies.ln_ppm[1], 2.90, 2);
    printed(policies.cltv.mean, 84.3, 1);
    assert_eq!(policies.common_fees[0].0, (1_000, 1));
    printed(policies.common_fees[0].1, 0.168, 3);
    let maximum = &policies.htlc_maximum;
    printed(maximum.reserve_kept, 0.74, 2);
    printed(maximum.whole, 0.073, 3);
    printed(maximum.at_45_percent, 0.037, 3);
    printed(maximum.below_tenth, 0.036, 3);
    let prices = [[150.0, 1_001.0, 1_390.0], [21.0, 120.0, 600.0], [2.0, 101.0, 579.0]];
    for (found, expected) in policies.hop_price_ppm.iter().zip(prices) {
        printed_all(found, &expected, 0);
    }
    printed(policies.one_policy[0], 0.136, 3);
    printed(policies.one_policy[1], 0.005, 3);
}

#[test]
fn the_snapshot_has_the_correlations_that_were_published() {
    let Some((_, real)) = real("the_snapshot_has_the_correlations_that_were_published") else {
        return;
    };
    let active = &real.active.correlations;
    printed(real.all.correlations.capacity_min_degree, 0.67, 2);
    printed(active.capacity_min_degree, 0.59, 2);
    printed(active.capacity_max_degree, 0.21, 2);
    printed(active.capacity_degree_product, 0.58, 2);
    printed(active.ln_capacity_ln_product, 0.56, 2);
    printed(active.degree_mean_capacity, 0.63, 2);
    let medians: Vec<f64> =
        active.mean_capacity_by_degree.iter().map(|sat| sat.unwrap() / 1e6).collect();
    printed_all(&medians, &[0.06, 1.0, 1.37, 2.16, 3.5, 5.9, 9.8], 1);
    let policies = &real.correlations;
    printed(policies.ppm_capacity, 0.245, 2);
    printed(policies.base_capacity, -0.20, 2);
    printed(policies.ppm_degree, 0.10, 2);
    printed(policies.base_degree, -0.11, 2);
    printed(policies.cltv_degree, 0.08, 2);
    printed(policies.base_ppm, -0.13, 2);
    printed(policies.ppm_both_ways, -0.07, 2);
}

/// The largest difference between the distributions of two samples.
fn distance(mut one: Vec<u64>, mut two: Vec<u64>) -> f64 {
    one.sort_unstable();
    two.sort_unstable();
    let up_to = |values: &[u64], most: u64| {
        values.partition_point(|&value| value <= most) as f64 / values.len() as f64
    };
    let all = one.iter().chain(&two);
    all.map(|&value| (up_to(&one, value) - up_to(&two, value)).abs()).fold(0.0, f64::max)
}

fn degrees(network: &Network) -> Vec<u64> {
    network.node_ids().map(|node| network.outgoing(node).len() as u64).collect()
}

fn capacities(network: &Network) -> Vec<u64> {
    network.channel_ids().map(|channel| network.channel(channel).capacity.0).collect()
}

fn of_policies(network: &Network, field: Field) -> Vec<u64> {
    let channels = network.channel_ids().map(|id| network.channel(id));
    channels.flat_map(|channel| channel.policies.iter().flatten().map(field)).collect()
}

#[test]
fn a_generated_network_is_close_to_the_real_one() {
    let Some((network, real)) = real("a_generated_network_is_close_to_the_real_one") else {
        return;
    };
    let mut wrong = Vec::new();
    for seed in 1..=3 {
        let made = generate(&Generator::Lightning2026 { nodes: 17_324 }, Seeds::new(seed, 0));
        compare_distributions(&made, network, &mut wrong);
        compare_figures(&stats(&made), real, &mut wrong);
    }
    assert_eq!(wrong, [] as [String; 0]);
}

/// A field of a policy.
type Field = fn(&Policy) -> u64;

fn compare_distributions(made: &Network, real: &Network, wrong: &mut Vec<String>) {
    let mut distances = vec![
        ("degree", distance(degrees(made), degrees(real))),
        ("capacity", distance(capacities(made), capacities(real))),
    ];
    let fields: [(&str, Field); 4] = [
        ("base fee", |policy| u64::from(policy.fee_base_msat)),
        ("ppm", |policy| u64::from(policy.proportional_millionths.0)),
        ("cltv delta", |policy| u64::from(policy.cltv_expiry_delta)),
        ("htlc minimum", |policy| policy.htlc_minimum.0),
    ];
    for (name, field) in fields {
        distances.push((name, distance(of_policies(made, field), of_policies(real, field))));
    }
    for (name, distance) in distances {
        check(&format!("distance of {name}"), distance, 0.0, 0.05, wrong);
    }
}

fn compare_figures(made: &NetworkStats, real: &NetworkStats, wrong: &mut Vec<String>) {
    for ((name, made), (_, real)) in correlations(made).into_iter().zip(correlations(real)) {
        check(name, made.unwrap(), real.unwrap(), 0.05, wrong);
    }
    for ((name, made, part), (_, real, _)) in figures(made).into_iter().zip(figures(real)) {
        check(name, made, real, part * real.abs(), wrong);
    }
}

/// Prints a figure and notes it when it is further off than it may be.
fn check(name: &str, made: f64, real: f64, tolerance: f64, wrong: &mut Vec<String>) {
    eprintln!("{name}: {made:.4}, really {real:.4}");
    if (made - real).abs() > tolerance {
        wrong.push(format!("{name}: {made:.4} instead of {real:.4}"));
    }
}

fn correlations(stats: &NetworkStats) -> [(&'static str, Option<f64>); 13] {
    let [all, active] = [&stats.all.correlations, &stats.active.correlations];
    let policies = &stats.correlations;
    [
        ("capacity and smaller degree, all", all.capacity_min_degree),
        ("capacity and smaller degree", active.capacity_min_degree),
        ("capacity and larger degree", active.capacity_max_degree),
        ("capacity and product of degrees", active.capacity_degree_product),
        ("logarithms of capacity and product", active.ln_capacity_ln_product),
        ("degree and mean capacity", active.degree_mean_capacity),
        ("ppm and capacity", policies.ppm_capacity),
        ("base and capacity", policies.base_capacity),
        ("ppm and degree", policies.ppm_degree),
        ("base and degree", policies.base_degree),
        ("cltv and degree", policies.cltv_degree),
        ("base and ppm", policies.base_ppm),
        ("ppm of both directions", policies.ppm_both_ways),
    ]
}

/// Figures, with the share of the real value by which they may be off.
fn figures(stats: &NetworkStats) -> [(&'static str, f64, f64); 16] {
    let parallel = |graph: &GraphStats| (graph.channels - graph.pairs) as f64;
    let core_share = stats.core_nodes as f64 / stats.nodes as f64;
    [
        ("share of nodes in the core", core_share, 0.05 / 0.362),
        ("clustering, all", stats.all.shape.clustering.unwrap(), 0.2),
        ("clustering, active", stats.active.shape.clustering.unwrap(), 0.2),
        ("transitivity, all", stats.all.shape.transitivity.unwrap(), 0.3),
        ("transitivity, active", stats.active.shape.transitivity.unwrap(), 0.3),
        ("assortativity, all", stats.all.shape.assortativity.unwrap(), 0.4),
        ("channels", stats.all.channels as f64, 0.03),
        ("active channels", stats.active.channels as f64, 0.05),
        ("active nodes", stats.active.nodes as f64, 0.05),
        ("disabled halves", stats.halves.disabled.unwrap(), 0.05),
        ("channels enabled one way", stats.halves.one.unwrap(), 0.2),
        ("parallel channels, all", parallel(&stats.all), 0.25),
        ("components, all", stats.all.shape.components as f64, 0.3),
        ("largest component, all", stats.all.shape.largest_component as f64, 0.05),
        ("mean hops, all", stats.all.paths.mean_hops.unwrap(), 0.12),
        ("mean hops, active", stats.active.paths.mean_hops.unwrap(), 0.12),
    ]
}

#[test]
fn the_core_of_the_snapshot_is_the_part_where_all_reach_all() {
    let Some((network, _)) = real("the_core_of_the_snapshot_is_the_part_where_all_reach_all")
    else {
        return;
    };
    let core = core(network);
    assert_eq!(core.len(), 6_270);
    assert!(core.is_sorted());
    // Every member has a way in and a way out.
    for &node in &core {
        let sends = network.outgoing(node);
        assert!(sends.iter().any(|&out| network.policy(out).is_some()));
        assert!(sends.iter().any(|&out| network.policy(out.reverse()).is_some()));
    }
}
