//! Sweeps, shards and plans that are refused, before anything is computed.

use std::fs;

use assert_cmd::Command;

use crate::{GRID, attacked, leyden, printed, scenario, stderr, stdout};

/// Bad sweeps: number in the corpus, what stands in `[sweep]`, and what is said about it.
const BAD: [(&str, &str, &str); 17] = [
    ("71", "axes.payments = []\n", "the list is empty"),
    ("72", "axes.payments = { from = 1, to = 9, step = 0 }\n", "`step` must not be 0"),
    ("72b", "axes.payments = { from = 1, to = 9, step = -2 }\n", "`step` leads away from the end"),
    ("72c", "axes.payments = { from = 9, to = 1, step = 2 }\n", "`step` leads away from the end"),
    (
        "73",
        "axes.payments = { from = 1, to = 1_000_000, steps = 1_000_000 }\n\
         axes.seed = { from = 1, to = 1_000_000, steps = 1_000_000 }\n",
        "would make 1000000000000 points (1000000 × 1000000)",
    ),
    ("73b", "replications = 1_000_000\naxes.payments = [1, 2]\n", "would make 2000000 runs"),
    ("74", "axes.payment = [1, 2]\n", "no key `payment`"),
    (
        "74b",
        "axes.\"workload.arrivals.poisson.rat\" = [1]\n",
        "did you mean `workload.arrivals.poisson.rate`",
    ),
    ("75", "axes.seed = [1]\naxes.payments = [1]\naxes.\"payments\" = [2]\n", "duplicate key"),
    (
        "75b",
        "axes.\"workload.amount.fixed.value\" = [\"1 sat\"]\n\
         axes.workload.amount.fixed.value = [\"2 sat\"]\n",
        "is swept twice",
    ),
    ("75c", "axes.payments = [5, 5]\n", "is listed twice"),
    ("76", "replications = 0\naxes.payments = [1]\n", "must be 1 to 1000000, but is 0"),
    ("zip", "design = \"zip\"\naxes.payments = [1, 2]\naxes.seed = [1]\n", "equal length"),
    ("random", "design = \"random\"\naxes.payments = [1, 2]\n", "sweep.points is missing"),
    ("value", "axes.payments = [5, 0]\n", "must be 1 to"),
    (
        "metric",
        "stop.metric = \"success_ratio\"\nstop.relative_half_width = 0.1\n\
         stop.replications_max = 50\naxes.payments = [5]\n",
        "did you mean `success.success_ratio`",
    ),
    ("none", "replications = 2\n", "sweep.axes is missing"),
];

#[test]
fn an_attack_that_is_not_there_and_a_key_that_it_has_not_are_refused() {
    for (key, says) in [
        ("third.start", "name one of first, second, e.g. `attack.first.start`"),
        ("second.star", "did you mean `attack.second.start`?"),
        ("2.start", "`attack` has no element `2`"),
    ] {
        let temp = tempfile::tempdir().unwrap();
        let sweep = format!("replications = 2\naxes.\"attack.{key}\" = [\"1 s\", \"2 s\"]\n");
        let scenario = attacked(temp.path(), &sweep);
        let dir = temp.path().join("out");
        let output = leyden(&["sweep", &scenario, "--out", dir.to_str().unwrap()]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{key}: {text}");
        assert!(text.contains(says) && text.contains("small.toml:"), "{key}: {text}");
        assert!(!dir.exists(), "{key}: nothing is computed");
    }
}

#[test]
fn bad_sweeps_are_refused_before_anything_is_computed() {
    for (case, sweep, says) in BAD {
        let temp = tempfile::tempdir().unwrap();
        let scenario = scenario(temp.path(), sweep);
        let dir = temp.path().join("out");
        let output = leyden(&["sweep", &scenario, "--out", dir.to_str().unwrap()]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{case}: {text}");
        assert!(text.contains(says), "{case}: {text}");
        assert!(!text.contains("panicked") && text.len() < 2_048, "{case}: {text}");
        assert!(!dir.exists(), "{case}: nothing is computed");
    }
}

#[test]
fn a_shard_that_is_not_there_and_a_plan_that_is_none_are_refused() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), GRID);
    let dir = temp.path().join("out");
    let out = dir.to_str().unwrap();
    let none = leyden(&["sweep", "run", out]);
    assert_eq!(none.status.code(), Some(65), "{}", stderr(&none));
    let plan = leyden(&["sweep", "plan", &scenario, "--out", out, "--shards", "2"]);
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
    assert!(stdout(&plan).contains("6 points (grid) × 3 replications = 18 runs, 2 shards"));
    let shard = leyden(&["sweep", "run", out, "--shard", "3/2"]);
    assert_eq!(shard.status.code(), Some(2), "{}", stderr(&shard));
    let early = leyden(&["sweep", "collect", out]);
    assert_eq!(early.status.code(), Some(1), "{}", stderr(&early));
    let by_environment = Command::cargo_bin("leyden")
        .unwrap()
        .args(["sweep", "run", out, "--quiet"])
        .env("SLURM_ARRAY_TASK_ID", "2")
        .env("SLURM_ARRAY_TASK_COUNT", "1")
        .output()
        .unwrap();
    assert_eq!(printed(&by_environment, "computed"), 9);
    let status = leyden(&["sweep", "status", out]);
    assert_eq!((printed(&status, "complete"), printed(&status, "missing")), (3, 3));
    assert!(stdout(&status).contains("shards missing 1\n"), "{}", stdout(&status));
    let damaged = fs::read_to_string(dir.join("plan.json")).unwrap().replace("0.1.0", "9.9.9");
    fs::write(dir.join("plan.json"), damaged).unwrap();
    let other = leyden(&["sweep", "status", out]);
    assert_eq!(other.status.code(), Some(65));
    assert!(stderr(&other).contains("9.9.9") && stderr(&other).contains("0.1.0"));
}
