//! Common random numbers: turning an attack on changes no draw of anything else.
//!
//! For every kind of attack the same run is made without it and with it, and their files are compared:
//! what was over before the attack's start is byte for byte the same, and so are, over the whole run, the
//! demands and the times of blocks. Then all attacks run at once, with every invariant checked at every
//! block.

#![allow(clippy::unwrap_used, reason = "this is test code")]

#[path = "common/running.rs"]
mod running;

use std::collections::BTreeMap;
use std::fs;

use running::run_into;

/// When every attack starts, in seconds.
const START: f64 = 3_600.0;

/// Payments that fail and stick, latencies that are drawn, channels that are closed, background transactions on the
/// chain: whatever draws, draws here.
const PEACE: &str = r#"
seed = 7
duration = "2 h"
drain = "30 h"
sample_every = "10 min"
[network.generate.lightning_2026]
nodes = 120
[workload.arrivals.poisson]
rate = "0.3 /s"
[workload.amount.lognormal]
median = "30_000 sat"
sigma = 1.5
max = "1_000_000 sat"
[lightning.latency.lognormal]
median = "200 ms"
sigma = 1.0
[lightning.payee]
fail_share = 0.05
[lightning.payee.hold.exponential]
mean = "2 s"
[lightning.faults]
stuck_at_forwarder = 0.002
[lightning.onchain]
closes_per_year = 500
wallet = "10_000_000 sat"
[lightning.openings]
per_node_and_year = 300
replace_share = 0.5
[lightning.availability.routing.exponential]
up = "10 h"
down = "10 min"
"#;

/// A table for every kind of attack: its name in `AttackKind`, and its text.
const WAR: [(&str, &str); 8] = [
    (
        "slow_jamming",
        r#"[attack.slow_jamming]
budget = "1 btc"
retry = "1 min"
[attack.slow_jamming.targets.degree]
channels = 5"#,
    ),
    (
        "fast_jamming",
        r#"[attack.fast_jamming]
budget = "1 btc"
hold = "60 s"
htlcs = 30
[attack.fast_jamming.targets.capacity]
channels = 2"#,
    ),
    (
        "griefing",
        r#"[attack.griefing]
amount = "100_000 sat"
budget = "1 btc"
routes = 10
hops = 6"#,
    ),
    (
        "probing",
        r#"[attack.probing]
budget = "10 btc"
[attack.probing.targets.capacity]
channels = 10"#,
    ),
    (
        "wormhole",
        r"[attack.wormhole]
fraction_of_nodes = 0.2
by_degree = true",
    ),
    (
        "revoked_broadcast",
        r"[attack.revoked_broadcast]
fraction_of_nodes = 0.5
[attack.revoked_broadcast.when.random]
per_day = 20
[attack.revoked_broadcast.victims]
offline_share = 0.3
[attack.revoked_broadcast.towers]
coverage = 0.5
known_states = 0.7
down_share = 0.2",
    ),
    (
        "flood_and_loot",
        r#"[attack.flood_and_loot]
victims = 5
budget = "0.6 btc""#,
    ),
    (
        "mass_exit",
        r#"[attack.mass_exit.coalition.max_cut]
nodes = 3
[attack.mass_exit.method.double_spend]
least_gain = "1 sat""#,
    ),
];

/// Every file of the run, by name.
fn files(scenario: &str) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_into(&out, "crn.toml", scenario.to_owned(), &[]);
    let lightning = fs::read_dir(out.join("lightning")).unwrap();
    lightning
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "csv"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn attack(name: &str, table: &str) -> String {
    format!("[[attack]]\nname = \"{name}\"\nstart = \"1 h\"\n{table}\n")
}

/// The lines of a file in whose `column` a time before the attacks stands.
fn before<'a>(files: &'a BTreeMap<String, String>, file: &str, column: &str) -> Vec<&'a str> {
    let mut lines = files[file].lines();
    let place = lines.next().unwrap().split(',').position(|name| name == column).unwrap();
    let is_before = |line: &&str| {
        line.split(',').nth(place).unwrap().parse::<f64>().is_ok_and(|time| time < START)
    };
    lines.filter(is_before).collect()
}

/// Some columns of a file, sorted by line.
fn columns(files: &BTreeMap<String, String>, file: &str, names: &[&str]) -> Vec<String> {
    let mut lines = files[file].lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let places: Vec<_> =
        names.iter().map(|name| header.iter().position(|h| h == name).unwrap()).collect();
    let pick = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        places.iter().map(|&place| cells[place]).collect::<Vec<_>>().join(",")
    };
    let mut picked: Vec<_> = lines.map(pick).collect();
    picked.sort();
    picked
}

fn assert_common(peace: &BTreeMap<String, String>, war: &BTreeMap<String, String>, attack: &str) {
    for (file, column, least) in
        [("payments.csv", "ended_s", 500), ("blocks.csv", "time_s", 3), ("losses.csv", "time_s", 0)]
    {
        let [quiet, attacked] = [peace, war].map(|files| before(files, file, column));
        assert!(quiet.len() >= least, "{file}: {} rows", quiet.len());
        assert!(quiet == attacked, "{attack}: {file} differs before the attack");
    }
    let demand = ["id", "payer", "payee", "amount_msat", "submitted_s"];
    for (file, names) in [("payments.csv", &demand[..]), ("blocks.csv", &["height", "time_s"])] {
        let [quiet, attacked] = [peace, war].map(|files| columns(files, file, names));
        assert!(quiet == attacked, "{attack}: {file} differs in {names:?}");
    }
    // Channels that opened before it: their names tell their ids, of which an attacker's own take some.
    let opened = ["node1", "node2", "capacity_sat", "opened_s"];
    let [quiet, attacked]: [Vec<_>; 2] = [peace, war].map(|files| {
        let lines = columns(files, "channels.csv", &opened).into_iter();
        lines.filter(|line| is_young(line)).collect()
    });
    assert!(quiet.len() >= 3, "{} channels opened", quiet.len());
    assert!(quiet == attacked, "{attack}: other channels opened before the attack");
    assert!(peace["channels.csv"] != war["channels.csv"], "{attack}: and then it moves something");
    let rows: Vec<_> = war["attacks.csv"].lines().skip(1).collect();
    assert!(rows.iter().any(|row| row.starts_with(attack)), "{attack}: no attempt");
    let starts = columns(war, "attacks.csv", &["start_s"]);
    assert!(starts.iter().skip(1).all(|at| at.parse::<f64>().unwrap() >= START), "{attack}");
}

/// Whether a line ends in a time before the attacks.
fn is_young(line: &str) -> bool {
    line.rsplit(',').next().unwrap().parse::<f64>().is_ok_and(|time| time < START)
}

#[test]
fn every_attack_leaves_what_was_over_before_it_byte_for_byte_the_same() {
    let peace = files(PEACE);
    for (kind, table) in WAR {
        let war = files(&format!("{PEACE}\n{}", attack(kind, table)));
        assert_common(&peace, &war, kind);
    }
}

#[test]
fn the_table_names_every_kind_of_attack() {
    let mut named: Vec<_> = WAR.iter().map(|(kind, _)| *kind).collect();
    // A hijacker's channels are public from the start, as they have to be to draw routes: before its attack it
    // forwards like anybody else, and so moves what was over before.
    let all = leyden::outcome::AttackKind::ALL.iter().map(|kind| kind.name());
    let mut all: Vec<_> = all.filter(|kind| *kind != "route_hijacking").collect();
    named.sort_unstable();
    all.sort_unstable();
    assert_eq!(named, all);
}

/// M4 is asserted at every block of every run; here with all attacks on.
#[test]
fn the_world_is_conserved_at_every_block_with_all_attacks_on() {
    let peace = files(PEACE);
    let attacks: Vec<_> = WAR.iter().map(|(kind, table)| attack(kind, table)).collect();
    let war = files(&format!("{PEACE}\n{}", attacks.join("\n")));
    for (kind, _) in WAR {
        assert_common(&peace, &war, kind);
    }
    let blocks = war["blocks.csv"].lines().count();
    assert!(blocks > 100, "{blocks} blocks");
}
