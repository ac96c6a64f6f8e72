//! Ten thousand payments that need parts, over small networks whose nodes go down, hold, refuse and lose HTLCs, so that
//! channels close and HTLCs end on the chain: no payee keeps a part of a payment that failed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const RUNS: u64 = 10;
const PAYMENTS: u64 = 1_000;
/// Runs in which all invariants are checked all the time (`--check`), which takes five times as long; in the others they are
/// at the end: conservation, accounts, and that a payee claims all parts or none.
const CHECKED: u64 = 2;

/// Amounts are of the size of what one side of a channel has.
const SCENARIO: &str = r#"
name = "part-lives"
duration = "10 h"
drain = "20 days"
sample_every = "1 day"

[network.generate.barabasi_albert]
nodes = 30
channels_per_node = 3
capacity = "1_000_000 sat"

[workload.arrivals.poisson]
rate = "0.1 /s"
[workload.amount.log_uniform]
min = "100_000 sat"
max = "2_000_000 sat"

[lightning.faults]
stuck_at_forwarder = 0.001
stuck_at_payee = 0.001
[lightning.payee]
fail_share = 0.02
offline_share = 0.02
[lightning.payee.hold.exponential]
mean = "10 s"
[lightning.availability.routing.exponential]
up = "2 h"
down = "2 min"
"#;

type Rows = Vec<BTreeMap<String, String>>;

fn table(path: &Path) -> Rows {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Payments of one run: all, in parts, settled in parts, failed after the payee held some.
#[derive(Debug, Default)]
struct Seen {
    payments: u64,
    in_parts: u64,
    settled: u64,
    timed_out: u64,
}

fn judge(folder: &Path, seen: &mut Seen) {
    let lightning = folder.join("lightning");
    // A forwarder that lost an HTLC has paid for a part that came back to the payer.
    let lost: BTreeSet<String> = table(&lightning.join("losses.csv"))
        .into_iter()
        .map(|row| row["payment"].clone())
        .collect();
    let mut attempts: BTreeMap<String, Rows> = BTreeMap::new();
    for row in table(&lightning.join("attempts.csv")) {
        attempts.entry(row["id"].clone()).or_default().push(row);
    }
    for row in table(&lightning.join("payments.csv")) {
        let none = Vec::new();
        let of = attempts.get(&row["id"]).unwrap_or(&none);
        let settled = of.iter().filter(|attempt| attempt["outcome"] == "settled");
        let sum: u64 = settled.map(|attempt| attempt["amount_msat"].parse::<u64>().unwrap()).sum();
        let amount: u64 = row["amount_msat"].parse().unwrap();
        let parts: BTreeSet<&String> = of.iter().map(|attempt| &attempt["part"]).collect();
        if !of.is_empty() {
            assert_eq!(row["parts"], parts.len().to_string(), "{row:?} {of:?}");
        }
        if !lost.contains(&row["id"]) {
            let expected = if row["outcome"] == "settled" { amount } else { 0 };
            // What the payer does not know yet stands as pending.
            let pending = of.iter().any(|attempt| attempt["outcome"] == "pending");
            assert!(sum == expected || (pending && sum < amount), "{row:?} {of:?}");
        }
        seen.payments += 1;
        if parts.len() > 1 {
            seen.in_parts += 1;
            seen.settled += u64::from(row["outcome"] == "settled");
            seen.timed_out += u64::from(of.iter().any(|a| a["error"] == "mpp_timeout"));
        }
    }
}

/// Halves in all runs but three, where parts follow flows.
fn sender_of(seed: u64) -> &'static str {
    if [2, 5, 8].contains(&seed) {
        "lightning.routing.pickhardt={}"
    } else {
        "lightning.routing.lnd={}"
    }
}

#[test]
fn no_payee_keeps_a_part_of_a_payment_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("lives.toml");
    fs::write(&scenario, SCENARIO).unwrap();
    let mut seen = Seen::default();
    for seed in 1..=RUNS {
        let out = folder.path().join(seed.to_string());
        let check: &[&str] = if seed <= CHECKED { &["--check"] } else { &[] };
        let run = Command::cargo_bin("leyden")
            .unwrap()
            .args(["run", scenario.to_str().unwrap(), "--quiet", "--attempts"])
            .args(check)
            .args(["--seed", &seed.to_string(), "--out", out.to_str().unwrap()])
            .args(["--set", &format!("payments={PAYMENTS}"), "--set", sender_of(seed)])
            .output()
            .unwrap();
        assert!(run.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&run.stderr));
        judge(&out, &mut seen);
    }
    eprintln!("{seen:?}");
    assert_eq!(seen.payments, RUNS * PAYMENTS);
    // Each way to end is there often enough to be looked at.
    assert!(seen.settled > 500 && seen.timed_out > 100, "{seen:?}");
}
