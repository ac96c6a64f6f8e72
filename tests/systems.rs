//! Several systems carry the same payments in one run.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

#[path = "common/files.rs"]
mod files;

use files::contents;

/// Two systems, a small network, outages and chargebacks.
const MORE: [&str; 14] = [
    "--set",
    "systems=[\"card\", \"lightning\"]",
    "--set",
    "network.generate.lightning_2026.nodes=200",
    "--set",
    "payments=300",
    "--set",
    "warmup=0 s",
    "--set",
    "card.outages=[[\"5 s\", \"2 s\"]]",
    "--set",
    "drain=10 day",
    "--set",
    "sample_every=1 h",
];

fn run_into(dir: &Path, more: &[&str]) -> Output {
    let out = dir.to_str().unwrap();
    let mut arguments = vec!["run", "scenarios/quickstart.toml", "--out", out, "--quiet"];
    arguments.extend_from_slice(&["--replications", "1"]);
    arguments.extend_from_slice(&MORE);
    arguments.extend_from_slice(more);
    Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_same_payments_reach_every_system_and_bytes_do_not_depend_on_threads() {
    let temp = tempfile::tempdir().unwrap();
    let mut runs = ["1", "2", "7"].iter().map(|threads| {
        let dir = temp.path().join(threads);
        let output = run_into(&dir, &["--threads", threads, "--check"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        contents(&dir)
    });
    let first = runs.next().unwrap();
    assert!(runs.all(|other| other == first));
    let file = |name: &str| {
        let found = first.iter().find(|(path, _)| path == Path::new(name));
        text(&found.unwrap_or_else(|| panic!("{name} is not written")).1)
    };
    let hash = |system: &str| -> String {
        let summary: serde_json::Value =
            serde_json::from_str(&file(&format!("{system}/summary.json"))).unwrap();
        assert_eq!(summary["totals"]["offered"], 300);
        summary["demands_blake3"].as_str().unwrap().to_owned()
    };
    assert_eq!(hash("card"), hash("lightning"));
    assert_eq!(hash("card").len(), 64);
    // What was demanded, as the rows tell it.
    let demanded = |system: &str| {
        let rows = file(&format!("{system}/payments.csv"));
        let mut demands: Vec<_> = rows
            .lines()
            .skip(1)
            .map(|line| line.split(',').take(5).map(str::to_owned).collect::<Vec<_>>())
            .collect();
        demands.sort();
        demands
    };
    assert_eq!(demanded("card"), demanded("lightning"));
    assert!(file("card/payments.csv").contains(",failed,outage,"));
    let comparison = file("comparison.csv");
    let systems: Vec<_> = comparison.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(systems, ["system", "card", "lightning"], "in the order of the scenario");
    let manifest: serde_json::Value = serde_json::from_str(&file("manifest.json")).unwrap();
    let fingerprints = manifest["fingerprints"].as_object().unwrap();
    assert_eq!(fingerprints.len(), 2);
    assert_ne!(fingerprints["card"], fingerprints["lightning"]);
    assert!(!first.iter().any(|(path, _)| path == Path::new("card/channels.csv")));
    assert!(first.iter().any(|(path, _)| path == Path::new("plots/card_latency.png")));
}

/// The ids of payments that failed because their payer was away, and of all payments.
fn away(dir: &Path, system: &str) -> (Vec<String>, usize) {
    let table = fs::read_to_string(dir.join(system).join("payments.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let away = rows.iter().filter(|row| row[7] == "payer_offline");
    let mut ids: Vec<_> = away.map(|row| row[0].to_owned()).collect();
    ids.sort();
    (ids, rows.len())
}

#[test]
fn who_is_away_is_away_on_every_system() {
    let temp = tempfile::tempdir().unwrap();
    let output = run_into(
        temp.path(),
        &[
            "--set",
            "systems=[\"card\", \"lightning\", \"ethereum\", \"bitcoin\", \"zk_rollup\", \
             \"optimistic_rollup\"]",
            "--set",
            "card.outages=[]",
            "--set",
            "zk_rollup.accounts=1000",
            "--set",
            "optimistic_rollup.accounts=1000",
            "--set",
            "drain=1 h",
            "--set",
            "lightning.availability.routing.exponential={ up = \"4 s\", down = \"2 s\" }",
            "--set",
            "lightning.availability.outage=[{ name = \"all\", start = \"8 s\", \
             duration = \"1 s\", share = 0.5 }]",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (lightning, all) = away(temp.path(), "lightning");
    // A third of the routing nodes are away; the core that pays has leaves in it, which are not.
    assert!(lightning.len() > 30 && lightning.len() < 200, "{}", lightning.len());
    for system in ["card", "ethereum", "bitcoin", "zk_rollup", "optimistic_rollup"] {
        assert_eq!(away(temp.path(), system), (lightning.clone(), all), "{system}");
    }
    let comparison = fs::read_to_string(temp.path().join("comparison.csv")).unwrap();
    let column = comparison.lines().next().unwrap();
    let place = column.split(',').position(|name| name == "offline_failures").unwrap();
    let card = comparison.lines().find(|row| row.starts_with("card")).unwrap();
    assert_eq!(card.split(',').nth(place).unwrap(), lightning.len().to_string());
}

#[test]
fn another_system_beside_it_changes_nothing_in_a_system() {
    let temp = tempfile::tempdir().unwrap();
    let (both, alone) = (temp.path().join("both"), temp.path().join("alone"));
    run_into(&both, &[]);
    let output = run_into(&alone, &["--set", "systems=[\"lightning\"]"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let of = |dir: &Path| contents(&dir.join("lightning"));
    assert!(of(&both) == of(&alone));
}

#[test]
fn summaries_and_fingerprints_are_told_per_system() {
    let temp = tempfile::tempdir().unwrap();
    let output = run_into(&temp.path().join("text"), &[]);
    let said = text(&output.stdout);
    let headings: Vec<_> =
        said.lines().filter(|line| ["card", "lightning"].contains(line)).collect();
    assert_eq!(headings, ["card", "lightning"]);
    let fingerprint =
        said.lines().find_map(|line| line.strip_prefix("fingerprint")).unwrap().trim();

    let card = format!("card={fingerprint}");
    let again = run_into(&temp.path().join("json"), &["--json", "--fingerprint", &card]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let summaries: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summaries["lightning"]["totals"]["offered"], 300);
    assert_eq!(summaries["card"]["failures"]["no_route"], 0);

    let other = format!("lightning={fingerprint}");
    let other = run_into(&temp.path().join("other"), &["--fingerprint", &other]);
    assert_eq!(other.status.code(), Some(3));
    let which = run_into(&temp.path().join("which"), &["--fingerprint", fingerprint]);
    assert_eq!(which.status.code(), Some(2));
    assert!(text(&which.stderr).contains("write SYSTEM="), "{}", text(&which.stderr));
}

/// A card network whose switch passes 50 payments a second.
fn saturate(dir: &Path, more: &[&str]) -> Output {
    let out = dir.to_str().unwrap();
    let sets = [
        "systems=[\"card\"]",
        "network.generate.lightning_2026.nodes=100",
        "duration=3 min",
        "warmup=20 s",
        "drain=1 min",
        "card.messages_per_second=100 /s",
        "funding.unlimited=true",
        "workload.arrivals.poisson.rate=20 /s",
    ];
    let mut arguments = vec!["saturate", "scenarios/quickstart.toml", "--out", out, "--quiet"];
    arguments.extend(sets.iter().flat_map(|set| ["--set", *set]));
    arguments.extend_from_slice(&["--replications", "2"]);
    arguments.extend_from_slice(more);
    Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap()
}

#[test]
fn the_highest_sustained_load_of_a_card_network_is_what_its_switch_passes() {
    let temp = tempfile::tempdir().unwrap();
    let mut runs = ["1", "3"].iter().map(|threads| {
        let dir = temp.path().join(threads);
        let output = saturate(&dir, &["--threads", threads]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        contents(&dir)
    });
    let first = runs.next().unwrap();
    assert!(runs.all(|other| other == first), "tables do not depend on threads");
    let sustained = fs::read_to_string(temp.path().join("1/sustained.csv")).unwrap();
    let row: Vec<_> = sustained.lines().nth(1).unwrap().splitn(5, ',').collect();
    let found: f64 = row[1].parse().unwrap();
    assert!((found - 50.0).abs() < 5.0, "{sustained}");
    assert!(row[4].contains("switch"), "{sustained}");
    assert!(temp.path().join("1/plots/saturation.png").exists());
}
