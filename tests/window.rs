//! What happens outside of the window for statistics moves no metric of it: a longer drain changes nothing, and
//! what is summed up over time is the sum over the parts of a longer window.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeMap;

use leyden::metrics::figures;
use leyden::scenario::load;
use leyden::simulation::{prepare, run};
use leyden::system::Control;

/// Figures that are of the whole run by what they say, or of how it ended.
const OF_THE_RUN: [&str; 5] = ["totals.", "final_state.", "security.", "warmup.", "last_errors."];

/// Figures by system and name.
type Figures = BTreeMap<(String, String), Option<f64>>;

/// The figures of the window of a run of this scenario with these keys set.
fn figures_of(scenario: &str, keys: &[(&str, &str)]) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, scenario).unwrap();
    let sets: Vec<_> = keys.iter().map(|(key, to)| ((*key).to_owned(), (*to).to_owned())).collect();
    let scenario = load(&path, &sets).unwrap().scenario;
    let setup = prepare(&scenario, 0, false, 1).unwrap();
    let finished = run(setup, None, &|_, _, _| Control::Continue).unwrap();
    let mut all = Figures::new();
    for system in finished {
        assert_eq!(system.summary.measured.pending, 0, "{}: the drain is too short", system.system);
        for figure in figures(&system.summary) {
            if OF_THE_RUN.iter().all(|start| !figure.name.starts_with(start)) {
                all.insert((system.system.to_string(), figure.name), figure.value);
            }
        }
    }
    all
}

/// Every system side by side, on chains with other people's demand.
const ALL_SYSTEMS: &str = r#"
duration = "100 min"
warmup = "20 min"
drain = "10 day"
sample_every = "10 min"
systems = ["lightning", "card", "bitcoin", "ethereum", "sidechain", "zk_rollup", "optimistic_rollup"]
[network.generate.lightning_2026]
nodes = 100
[workload.arrivals.poisson]
rate = "0.05 /s"
[workload.amount.lognormal]
median = "20_000 sat"
sigma = 1.0
max = "500_000 sat"
"#;

/// An operator with a bond, false roots, and users who leave.
const BONDS: &str = r#"
duration = "6 h"
warmup = "1 h"
drain = "20 day"
sample_every = "30 min"
systems = ["optimistic_rollup", "zk_rollup"]
[network.generate.lightning_2026]
nodes = 100
[funding]
per_account = "10_000_000 sat"
[workload.arrivals.poisson]
rate = "0.1 /s"
[workload.amount.fixed]
value = "10_000 sat"
[optimistic_rollup]
false_roots = 0.2
[optimistic_rollup.users]
withdrawals = "1 /min"
[zk_rollup.users]
deposits = "1 /min"
withdrawals = "1 /min"
"#;

/// Thieves and jammers, on blocks that others fill.
const ATTACKS: &str = r#"
duration = "8 h"
warmup = "1 h"
drain = "40 day"
sample_every = "30 min"
[network.generate.lightning_2026]
nodes = 150
[workload.arrivals.poisson]
rate = "0.02 /s"
[workload.amount.fixed]
value = "50_000 sat"
[bitcoin.background.normal]
[[attack]]
name = "thieves"
start = "30 min"
end = "7 h"
[attack.revoked_broadcast]
fraction_of_nodes = 0.3
most_attempts = 50
[attack.revoked_broadcast.when.random]
per_day = 3.0
[attack.revoked_broadcast.victims]
offline_share = 0.35
offline_mean = "12 h"
[[attack]]
name = "jammer"
start = "2 h"
end = "4 h"
[attack.slow_jamming]
budget = "3 btc"
[attack.slow_jamming.targets.degree]
channels = 20
"#;

const SCENARIOS: [(&str, &str, [&str; 2]); 3] = [
    ("all systems", ALL_SYSTEMS, ["9 day", "11 day"]),
    ("bonds", BONDS, ["10 day", "12 day"]),
    ("attacks", ATTACKS, ["40 day", "50 day"]),
];

#[test]
fn a_longer_drain_moves_no_metric_of_the_window() {
    for (name, scenario, drains) in SCENARIOS {
        let [short, long] = drains.map(|drain| figures_of(scenario, &[("drain", drain)]));
        let moved: Vec<_> = short.iter().filter(|(key, value)| long[key] != **value).collect();
        assert!(moved.is_empty(), "{name}: {moved:#?}");
    }
}

/// Means over time and rates that add up: over the whole time they are those of its parts, weighted by length. What is
/// a mean over blocks, or the largest of several, does not.
const ADDS_UP: [&str; 16] = [
    "throughput.offered_per_s",
    "throughput.settled_per_s",
    "channels.imbalance_mean",
    "channels.depleted_share",
    "channels.in_flight_share_of_capacity",
    "capital.locked_usd",
    "capital.users_spendable_usd",
    "capital.users_locked_usd",
    "capital.others_liquidity_usd",
    "needs.resources_used.switch",
    "needs.resources_used.sequencer",
    "needs.resources_used.provers",
    "needs.resources_used.witness workers",
    "needs.resources_used.depleted channels",
    "needs.resources_used.HTLC slots",
    "needs.resources_used.signing servers",
];

/// How far apart the two may be, as a share. What a rollup's operator owns follows its fees, and the first of them are
/// quoted for the mean rate of all arrivals, which is another one where fewer are to come.
fn room(metric: &str) -> f64 {
    if metric == "capital.others_liquidity_usd" { 1e-4 } else { 1e-6 }
}

#[test]
fn means_over_time_are_those_of_its_parts() {
    for (name, scenario, [drain, _]) in SCENARIOS {
        // Minutes: where the window is cut in two, and its end.
        let (cut, end) = (70.0, 200.0);
        let of = |warmup: f64, duration: f64| {
            let [warmup, duration] = [warmup, duration].map(|minutes| format!("{minutes} min"));
            let keys = [("warmup", &*warmup), ("duration", &*duration), ("drain", drain)];
            figures_of(scenario, &keys)
        };
        let [first, second, whole] = [of(0.0, cut), of(cut, end), of(0.0, end)];
        let mut compared = 0;
        for (key, value) in &whole {
            if !ADDS_UP.contains(&key.1.as_str()) {
                continue;
            }
            let Some(value) = *value else { continue };
            let [first, second] = [&first, &second].map(|part| part[key].unwrap());
            let sum = (first * cut + second * (end - cut)) / end;
            let room = room(&key.1) * value.abs() + 1e-9;
            assert!(
                (sum - value).abs() <= room,
                "{name}: {key:?} is {value}, its parts give {sum}"
            );
            compared += 1;
        }
        assert!(compared >= 10, "{name}: {compared}");
    }
}
