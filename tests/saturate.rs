//! `leyden saturate` on every system, against loads reckoned by hand; the least capital on two.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::path::Path;

use assert_cmd::Command;

/// Runs `leyden saturate` on the quickstart with these keys set; returns the rows of a table.
fn saturate(dir: &Path, table: &str, sets: &[&str], flags: &[&str]) -> Vec<Vec<String>> {
    let out = dir.to_str().unwrap();
    let mut arguments = vec!["saturate", "scenarios/quickstart.toml", "--out", out, "--quiet"];
    arguments.extend(sets.iter().flat_map(|set| ["--set", *set]));
    arguments.extend_from_slice(flags);
    let output = Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_path(dir.join(table)).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A system with something that limits it, and the load at which that is all used.
struct Limited {
    system: &'static str,
    sets: &'static [&'static str],
    /// Payments per second: at least, at most.
    load: [f64; 2],
    /// What stands against more.
    by: &'static str,
}

const LIMITED: [Limited; 5] = [
    Limited {
        // 400,000 WU every 600 s for transactions of 561 WU: 1.19 a second, and not more however many blocks
        // happen to come; a queue that does not grow in hours stays somewhat below. Of so many payers that none has
        // 25 payments waiting, as many as hang on each other at most.
        system: "bitcoin",
        sets: &[
            "network.generate.lightning_2026.nodes=3000",
            "workload.endpoints.uniform.among=\"all\"",
            "bitcoin.block_weight_wu=400_000",
            "bitcoin.background.none={}",
            "workload.arrivals.poisson.rate=0.5 /s",
            "duration=26 h",
            "warmup=2 h",
            "drain=1 h",
        ],
        load: [0.5, 1.19],
        by: "block weight",
    },
    Limited {
        // 525,000 gas, half of the limit, every 12 s for transfers of 21,000: 25 a slot, 2.08 a second. Of more
        // the base fee would rise for ever.
        system: "ethereum",
        sets: &[
            "ethereum.gas_limit=1_050_000",
            "ethereum.gas_limit_target=1_050_000",
            "ethereum.background.gas_share=0",
            "ethereum.missed_slots=0",
            "workload.arrivals.poisson.rate=1 /s",
            "duration=20 min",
            "warmup=5 min",
            "drain=5 min",
        ],
        load: [1.6, 2.09],
        by: "gas target",
    },
    Limited {
        // One prover at 100 s for 1,000 payments: 10 a second. Payees are told at once all the same.
        system: "zk_rollup",
        sets: &[
            "zk_rollup.provers=1",
            "zk_rollup.prover.seed.per_1000=100 s",
            "zk_rollup.seal.age=10 s",
            "zk_rollup.accounts=1000",
            "workload.arrivals.poisson.rate=4 /s",
            "duration=40 min",
            "warmup=5 min",
            "drain=20 min",
            "sample_every=10 s",
        ],
        load: [8.0, 10.1],
        by: "provers",
    },
    Limited {
        // A sequencer that takes 100 ms for a payment: 10 a second.
        system: "optimistic_rollup",
        sets: &[
            "optimistic_rollup.service.fixed.time=100 ms",
            "optimistic_rollup.accounts=1000",
            "workload.arrivals.poisson.rate=4 /s",
            "duration=10 min",
            "warmup=1 min",
            "drain=10 min",
        ],
        load: [7.0, 10.1],
        by: "sequencer",
    },
    Limited {
        // Two nodes and a channel: an update takes 100 ms of either server, and HTLCs above dust have a
        // signature each in every update. Never more than 483 HTLCs a direction.
        system: "lightning",
        sets: &[
            "network.generate.complete.nodes=2",
            "network.balances.half={}",
            "workload.endpoints.partners={}",
            "workload.amount.fixed.value=1_000 sat",
            "lightning.processing.per_signature=20 ms",
            "lightning.processing.per_verification=0 ms",
            "lightning.latency.constant.value=10 ms",
            "workload.arrivals.poisson.rate=2 /s",
            "duration=2 min",
            "warmup=20 s",
            "drain=1 min",
        ],
        load: [2.0, 50.0],
        by: "busiest signing server",
    },
];

#[test]
fn every_system_sustains_what_its_scarcest_resource_allows() {
    let temp = tempfile::tempdir().unwrap();
    for Limited { system, sets, load, by } in &LIMITED {
        let name = format!("systems=[\"{system}\"]");
        let mut all = vec![name.as_str(), "funding.unlimited=true"];
        if !sets.iter().any(|set| set.starts_with("network.")) {
            all.push("network.generate.lightning_2026.nodes=100");
        }
        all.extend_from_slice(sets);
        let flags = ["--replications", "1", "--tolerance", "0.1", "--most-payments", "100000"];
        let rows = saturate(&temp.path().join(system), "sustained.csv", &all, &flags);
        let found: f64 = rows[0][1].parse().unwrap();
        assert!((load[0]..=load[1]).contains(&found), "{system}: {found}, {:?}", rows[0]);
        assert!(rows[0][4].contains(by), "{system}: {:?}", rows[0]);
    }
}

#[test]
fn more_of_a_workload_takes_no_less_capital_in_channels_and_in_accounts() {
    let temp = tempfile::tempdir().unwrap();
    let sets = [
        "systems=[\"lightning\", \"card\"]",
        "network.generate.complete.nodes=6",
        "network.balances.half={}",
        "workload.amount.fixed.value=10_000 sat",
        "workload.arrivals.poisson.rate=2 /s",
        "duration=3 min",
        "warmup=10 s",
        "drain=1 min",
    ];
    let flags = ["--capital", "--replications", "1", "--tolerance", "0.2"];
    let rows = saturate(temp.path(), "capital.csv", &sets, &flags);
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row[0].as_str(), row[1].as_str(), row[2].parse::<f64>().unwrap()))
        .collect();
    let of = |system: &str, share: &str| {
        found.iter().find(|row| row.0 == system && row.1 == share).unwrap().2
    };
    for system in ["lightning", "card"] {
        let [some, most] = ["0.95", "0.99"].map(|share| of(system, share));
        // A payment is $10: a node must at least hold one.
        assert!(some > 60.0 && most >= some, "{system}: {some} and {most}");
    }
    // What is paid by card is the payee's only days later, so that payers need it all at the start: some
    // 380 payments of $10, and more because not everybody pays alike. In channels it can be spent again.
    let card = of("card", "0.95");
    assert!((3_000.0..6_000.0).contains(&card), "{found:?}");
    assert!(of("lightning", "0.95") < card, "{found:?}");
}
