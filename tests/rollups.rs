//! Both rollups through the command line: files that agree with each other, and bytes that repeat.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SMALL: [&str; 8] = [
    "--set",
    "network.generate.lightning_2026.nodes=120",
    "--set",
    "zk_rollup.accounts=1_000",
    "--set",
    "optimistic_rollup.accounts=1_000",
    "--set",
    "payments=2_000",
];

fn run(scenario: &str, dir: &Path, more: &[&str]) {
    let out = dir.to_str().unwrap();
    let mut arguments = vec!["run", scenario, "--out", out, "--quiet"];
    arguments.extend_from_slice(&SMALL);
    arguments.extend_from_slice(more);
    let output = Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{errors}");
}

/// The rows of a CSV file, each by column.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let cells = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| cells(record.unwrap())).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: `{}`", row[column]))
}

#[test]
fn payments_batches_and_blocks_of_the_zk_rollup_agree() {
    let dir = tempfile::tempdir().unwrap();
    let more = ["--check", "--set", "warmup=0 s", "--set", "duration=70 s"];
    run("scenarios/zk-rollup.toml", dir.path(), &more);
    let table = |name: &str| rows(&dir.path().join("zk_rollup").join(name));
    let (payments, batches, blocks) =
        (table("payments.csv"), table("batches.csv"), table("blocks.csv"));
    let settled = payments.iter().filter(|row| row["outcome"] == "settled").count();
    let in_batches: f64 = batches.iter().map(|row| number(row, "payments")).sum();
    assert!((in_batches - f64::from(u32::try_from(settled).unwrap())).abs() < 0.5);
    assert!(settled > 1_500, "{settled}");
    // What the operator pays is what its batches cost.
    let paid: f64 = blocks.iter().map(|row| number(row, "paid_eth")).sum();
    let cost: f64 =
        batches.iter().map(|row| number(row, "cost_usd") - number(row, "proving_usd")).sum();
    assert!(cost <= paid * 3_000.0 + 1e-6, "{cost} {paid}");
    for row in payments.iter().filter(|row| row["outcome"] == "settled") {
        let times = ["submitted_s", "settled_s", "included_s", "final_s"].map(|c| number(row, c));
        assert!(times.is_sorted(), "{row:?}");
        assert!(number(row, "final_s") - number(row, "included_s") < 1_200.0 + 600.0);
    }
    let times: Vec<f64> = batches.iter().map(|row| number(row, "proven_s")).collect();
    assert!(times.is_sorted(), "proofs are accepted in order");
    for row in &blocks {
        assert!(number(row, "gas_used") <= number(row, "gas_limit"));
        assert!(number(row, "blobs") <= number(row, "max_blobs"));
    }
}

#[test]
fn both_rollups_give_the_same_bytes_on_any_number_of_threads() {
    let temp = tempfile::tempdir().unwrap();
    let mut runs = ["1", "3"].iter().map(|threads| {
        let dir = temp.path().join(threads);
        let more = [
            "--threads",
            threads,
            "--set",
            "systems=[\"zk_rollup\", \"optimistic_rollup\"]",
            "--set",
            "duration=2 min",
            "--set",
            "warmup=0 s",
            "--set",
            "optimistic_rollup.false_roots=0.5",
        ];
        run("scenarios/zk-rollup.toml", &dir, &more);
        ["zk_rollup", "optimistic_rollup"].map(|system| {
            ["payments.csv", "batches.csv", "blocks.csv", "timeseries.csv", "summary.json"]
                .map(|file| fs::read(dir.join(system).join(file)).unwrap())
        })
    });
    let (first, second) = (runs.next().unwrap(), runs.next().unwrap());
    assert!(first == second);
}
