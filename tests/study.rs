//! `[study]`: claims, scaling and ladders through the command line.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// A card network whose switch passes 50 payments a second, and claims about it; a line of three nodes
/// with claims about its size.
const STUDY: &str = r#"
name = "small-study"
duration = "3 min"
warmup = "20 s"
drain = "1 min"
systems = ["card"]
[funding]
unlimited = true
[network.generate.complete]
nodes = 4
[network.balances.half]
[workload.arrivals.poisson]
rate = "20 /s"
[workload.amount.fixed]
value = "100_000 sat"
[card]
messages_per_second = "100 /s"
latency_sigma = 0.0
[study]
replications = 2
tolerance = 0.1
[[study.claim]]
name = "load"
system = "card"
metric = "sustained_tps"
claimed = "50"
low = 40
high = 60
unit = "payments/s"
[[study.claim]]
name = "more-load"
system = "card"
metric = "sustained_tps"
claimed = "100"
low = 100
unit = "payments/s"
settings = ["seed=7", "card.messages_per_second=400 /s"]
[[study.claim]]
name = "latency"
system = "card"
metric = "latency.payer_known.p50_s"
claimed = "0.1 s"
high = 0.1
unit = "s"
[[study.claim]]
name = "price"
system = "card"
metric = "costs.price_mean_usd"
claimed = "2.04 % and $0.10"
unit = "USD"
[study.claim.vary]
key = "workload.amount.fixed.value"
values = ["100_000 sat", "1_000_000 sat"]
[[study.claim]]
name = "small-price"
system = "card"
metric = "costs.price_mean_usd"
claimed = "at most $3"
quote = "never more than three dollars"
high = 3
unit = "USD"
unless = ["seed=7", "workload.amount.fixed.value=1_000_000 sat"]
[[study.claim]]
name = "rate"
system = "card"
metric = "throughput.offered_per_s"
claimed = "at least 20"
low = 20
unit = "payments/s"
[[study.claim]]
name = "as-itself"
system = "card"
metric = "user_cost_usd"
compared_with = "card"
claimed = "the same"
low = 1
high = 1
unit = "times"
note = "as it must be"
[[study.claim]]
name = "goodwill"
system = "card"
claimed = "priceless"
unit = "USD"
[[study.ladder]]
name = "friends"
key = "network.generate.complete.nodes"
set = "workload.endpoints.partners={}; workload.amount.fixed.value=1 sat; lightning.latency.constant.value=10 ms; drain=5 s"
ramp = "2 s"
window = "4 s"
rungs = [["50 /s", 3, 4], ["100 /s", 6]]
target = "200 /s"
[[study.architect]]
name = "told"
amounts = ["100_000 sat"]
rates = ["5 /s"]
payments = 200
window = "20 s"
[[study.architect]]
name = "final"
amounts = ["100_000 sat"]
rates = ["5 /s"]
payments = 200
window = "20 s"
tier = "final"
"#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(folder: &Path, study: &str, more: &[&str]) -> Output {
    let path = folder.join("study.toml");
    fs::write(&path, study).unwrap();
    let out = folder.join("out");
    let mut arguments = vec!["run", path.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend_from_slice(&["--quiet", "--force"]);
    arguments.extend_from_slice(more);
    Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap()
}

/// The cells of a table by row; no cell of these tables has a quoted line feed.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn claims_get_the_verdicts_that_can_be_computed_by_hand() {
    let temp = tempfile::tempdir().unwrap();
    let output = run(temp.path(), STUDY, &["--threads", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let claims = fs::read(temp.path().join("out/claims.csv")).unwrap();
    let ladder = fs::read(temp.path().join("out/ladder.csv")).unwrap();
    let found = rows(&temp.path().join("out/claims.csv"));
    let verdicts: Vec<_> = found.iter().map(|row| (row[0].as_str(), row[10].as_str())).collect();
    let expected = [
        ("load", "holds"),
        ("more-load", "holds_if"),
        ("latency", "fails"),
        ("price", "input"),
        ("small-price", "holds_unless"),
        ("rate", "undecided"),
        ("as-itself", "holds"),
        ("goodwill", "not_modelled"),
    ];
    assert_eq!(verdicts, expected);
    let near = |row: usize, value: f64, off: f64| {
        let found: f64 = found[row][6].parse().unwrap();
        assert!((found - value).abs() <= off, "{found}");
    };
    // The switch takes 20 ms for the two messages of a payment: 50 a second.
    near(0, 50.0, 6.0);
    assert!(found[0][12].contains("switch"), "{}", found[0][12]);
    // With four times the messages it passes 200; the search stops once the claim holds.
    near(1, 102.0, 4.0);
    assert_eq!(found[1][11], "card.messages_per_second=400 /s");
    assert!(found[1][12].contains("with seed=7"), "{}", found[1][12]);
    // 1.5 s and 20 ms, and at 40 % load a little waiting.
    near(2, 1.525, 0.01);
    // $100 at 2.04 %, and $0.10.
    near(3, 2.14, 1e-9);
    assert!(found[3][12].contains("1_000_000 sat: 20.50"), "{}", found[3][12]);
    // $1,000 at 2.04 %, and $0.10.
    near(4, 2.14, 1e-9);
    assert_eq!(found[4][11], "workload.amount.fixed.value=1_000_000 sat");
    assert!(found[4][12].contains("=1_000_000 sat: 20.50"), "{}", found[4][12]);
    assert_eq!(found[4][13], "never more than three dollars");
    // Twenty a second, Poisson: with two replications the interval is 6 times as wide as they lie apart.
    near(5, 20.0, 1.0);
    assert!(found[5][12].contains("crosses a bound"), "{}", found[5][12]);
    let figure = "user_cost_usd of card 2.140";
    assert!(found[6][12].contains(figure) && found[6][12].ends_with("; as it must be"));
    assert_eq!(found[6][14], "card");
    // The same on three threads.
    let again = run(temp.path(), STUDY, &["--threads", "3"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(fs::read(temp.path().join("out/claims.csv")).unwrap(), claims);
    assert_eq!(fs::read(temp.path().join("out/ladder.csv")).unwrap(), ladder);
}

#[test]
fn a_ladder_tries_sizes_until_one_carries_the_load() {
    let temp = tempfile::tempdir().unwrap();
    let output = run(temp.path(), STUDY, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let steps = rows(&temp.path().join("out/ladder.csv"));
    let tried: Vec<_> =
        steps.iter().map(|row| (row[1].as_str(), row[2].as_str(), row[15].as_str())).collect();
    // Three nodes have three channels: enough for 50 payments of 1 sat a second, so that four are not
    // tried.
    assert_eq!(tried, [("50", "3", "true"), ("100", "6", "true")]);
    // 4 s at 50 a second, Poisson.
    let offered: f64 = steps[0][7].parse().unwrap();
    assert!((offered - 200.0).abs() < 60.0, "{offered}");
    assert_eq!(steps[0][4], "3", "channels");
    let laws = rows(&temp.path().join("out/laws.csv"));
    // Twice the size for twice the load: exponent 1, and 200 a second at 12 nodes.
    assert_eq!((laws[0][0].as_str(), laws[0][1].as_str()), ("friends", "2"));
    assert!((laws[0][2].parse::<f64>().unwrap() - 1.0).abs() < 1e-9);
    assert!((laws[0][8].parse::<f64>().unwrap() - 12.0).abs() < 1e-6);
    assert_eq!(laws[0][11], "true", "extrapolated");
}

#[test]
fn the_cheapest_that_meets_the_bound_is_marked_and_drawn() {
    let temp = tempfile::tempdir().unwrap();
    let output = run(temp.path(), STUDY, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = rows(&temp.path().join("out/architect.csv"));
    let told: Vec<_> = [0, 1, 2, 4, 13, 14].map(|cell| rows[0][cell].as_str()).to_vec();
    // A card payment is authorised in 1.5 s, and final only after 120 days.
    assert_eq!(told, ["told", "network", "100000", "card", "true", "true"]);
    assert!((rows[0][8].parse::<f64>().unwrap() - 2.14).abs() < 1e-9, "2.04 % of $100, and $0.10");
    let last: Vec<_> = [0, 4, 13, 14].map(|cell| rows[1][cell].as_str()).to_vec();
    assert_eq!(last, ["final", "card", "false", "false"]);
    let cells = self::rows(&temp.path().join("out/architect_cells.csv"));
    let told = |row: usize| [0, 4, 6, 11, 12].map(|cell| cells[row][cell].clone());
    assert_eq!(told(0), ["told", "card", "", "0", "true"], "nobody else is there");
    assert_eq!(cells[0][5], rows[0][7], "with what the merchants' money would have earned");
    assert_eq!(told(1), ["final", "", "", "0", "true"]);
    // 200 payments at 5 a second take longer than the shortest window; two replications of who meets the bound, one
    // short one of who does not.
    assert_eq!((rows[0][17].as_str(), rows[0][18].as_str()), ("40", "2"));
    assert_eq!((rows[1][17].as_str(), rows[1][18].as_str()), ("4", "1"));
    assert!(temp.path().join("out/plots/architect_told_network.png").exists());
}

#[test]
fn a_study_that_cannot_be_meant_is_refused_before_the_run() {
    for (line, by, says) in [
        (
            "metric = \"latency.payer_known.p50_s\"",
            "metric = \"latency.p50\"",
            "no figure is called",
        ),
        ("\"seed=7\"", "\"seed\"", "is not an assignment"),
        ("\"seed=7\"", "\"sede=7\"", "did you mean `seed`"),
        ("name = \"price\"", "name = \"load\"", "two claims are called `load`"),
        ("high = 60", "high = 30", "must not be below `low`"),
        ("low = 40\nhigh = 60\n", "", "needs `low`, `high` or both"),
        ("[\"50 /s\", 3, 4]", "[\"50 /s\"]", "needs a load above 0 and a size"),
        (
            "claimed = \"100\"",
            "claimed = \"100\"\nlaw = \"x\"",
            "no [[study.scaling]] has that name",
        ),
    ] {
        let temp = tempfile::tempdir().unwrap();
        let study = STUDY.replacen(line, by, 1);
        assert_ne!(study, STUDY, "{line}");
        let output = run(temp.path(), &study, &[]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}\n{said}");
        assert!(said.contains(says), "{line}\n{said}");
        assert!(!temp.path().join("out").exists(), "{line}: nothing was run");
    }
}

#[test]
fn check_prints_the_study_with_every_default() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("study.toml");
    fs::write(&path, STUDY).unwrap();
    let check = |path: &Path| {
        let output = Command::cargo_bin("leyden")
            .unwrap()
            .args(["check", path.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let first = check(&path);
    for line in ["[[study.claim]]", "divide_by = 1.0", "settle = 0.99", "[study.claim.vary]"] {
        assert!(first.contains(line), "{line}\n{first}");
    }
    fs::write(&path, &first).unwrap();
    assert_eq!(check(&path), first, "it reads back as the same");
}
