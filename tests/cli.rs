//! The command as a user meets it: what it prints, what it writes, how it exits.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

#[path = "common/files.rs"]
mod files;

use files::contents;

fn leyden(arguments: &[&str]) -> Output {
    Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap()
}

/// Runs a scenario of the repository into `dir`.
fn run_into(scenario: &str, dir: &Path, more: &[&str]) -> Output {
    let out = dir.to_str().unwrap();
    let mut arguments = vec!["run", scenario, "--out", out, "--quiet"];
    arguments.extend_from_slice(more);
    leyden(&arguments)
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A scenario of 200 payments over a generated network, small enough for every test.
const SMALL: [&str; 6] = [
    "--set",
    "payments=200",
    "--set",
    "network.generate.lightning_2026.nodes=200",
    "--set",
    "warmup=0 s",
];

#[test]
fn four_nodes_give_the_rows_computed_by_hand() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("run");
    let output = run_into("scenarios/four-nodes.toml", &dir, &["--check", "--attempts"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for (file, golden) in [
        ("payments.csv", include_str!("golden/four-nodes/payments.csv")),
        ("attempts.csv", include_str!("golden/four-nodes/attempts.csv")),
        ("channels.csv", include_str!("golden/four-nodes/channels.csv")),
        ("nodes.csv", include_str!("golden/four-nodes/nodes.csv")),
    ] {
        let written = fs::read_to_string(dir.join("lightning").join(file)).unwrap();
        assert_eq!(written, golden, "{file}");
    }
}

#[test]
fn a_replay_follows_its_trace_and_gives_the_rows_computed_by_hand() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("run");
    let output = run_into("scenarios/replay.toml", &dir, &["--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = fs::read_to_string(dir.join("lightning/payments.csv")).unwrap();
    assert_eq!(written, include_str!("golden/replay/payments.csv"));
}

#[test]
fn equal_runs_write_equal_bytes_on_any_number_of_threads() {
    let temp = tempfile::tempdir().unwrap();
    let mut runs = ["1", "2", "7"].iter().map(|threads| {
        let dir = temp.path().join(threads);
        let mut more = vec!["--threads", threads, "--attempts"];
        more.extend_from_slice(&SMALL);
        let output = run_into("scenarios/quickstart.toml", &dir, &more);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        contents(&dir)
    });
    let first = runs.next().unwrap();
    assert!(first.iter().any(|(name, _)| name == Path::new("manifest.json")));
    assert!(first.iter().any(|(name, _)| name == Path::new("report.html")));
    assert!(runs.all(|other| other == first));
}

#[test]
fn a_finished_run_is_kept_unless_forced_and_the_fingerprint_is_compared() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("run");
    let first = run_into("scenarios/four-nodes.toml", &dir, &[]);
    let fingerprint = stdout(&first)
        .lines()
        .find_map(|line| line.strip_prefix("fingerprint").map(|hex| hex.trim().to_owned()))
        .unwrap();
    assert_eq!(fingerprint.len(), 32);
    let again = run_into("scenarios/four-nodes.toml", &dir, &[]);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    assert!(stderr(&again).contains("--force"));
    let same =
        run_into("scenarios/four-nodes.toml", &dir, &["--force", "--fingerprint", &fingerprint]);
    assert_eq!(same.status.code(), Some(0), "{}", stderr(&same));
    let other = run_into(
        "scenarios/four-nodes.toml",
        &dir,
        &["--force", "--fingerprint", &fingerprint, "--set", "workload.amount.fixed.value=1 sat"],
    );
    assert_eq!(other.status.code(), Some(3));
    assert!(stderr(&other).contains(&fingerprint));
}

#[test]
fn check_prints_the_scenario_with_every_default_and_it_reads_back_the_same() {
    let output = leyden(&["check", "scenarios/four-nodes.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let resolved = stdout(&output);
    for key in ["seed = 1", "commitment_dance = true", "payment_timeout = \"1 min\"", "lnd = 0.9"] {
        assert!(resolved.contains(key), "{key} in\n{resolved}");
    }
    let path = Path::new("scenarios").join("four-nodes-resolved-by-test.toml");
    fs::write(&path, &resolved).unwrap();
    let again = leyden(&["check", path.to_str().unwrap(), "--set", "name=four-nodes"]);
    fs::remove_file(&path).unwrap();
    assert_eq!(stdout(&again), resolved, "{}", stderr(&again));
}

/// What a comment of a scenario proposes to set: `--set KEY=VALUE`, quoted as for a shell.
fn proposals(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with("#   --set "));
    let entries = lines.flat_map(|line| line.split("--set ").skip(1));
    entries
        .map(|entry| match entry.split_once("='") {
            Some((key, quoted)) => format!("{key}={}", quoted.split('\'').next().unwrap()),
            None => entry.split_whitespace().next().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn every_scenario_of_the_repository_is_accepted_with_all_that_its_comments_propose() {
    let mut checked = 0;
    for entry in fs::read_dir("scenarios").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // Another test writes a file of its own; the real network is not in the repository.
        let other = name.ends_with("-by-test.toml") || name == "real-network.toml";
        if other || path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut settings = vec![None];
        settings.extend(proposals(&text).into_iter().map(Some));
        for setting in settings {
            let mut arguments = vec!["check", path.to_str().unwrap()];
            arguments.extend(setting.iter().flat_map(|setting| ["--set", setting]));
            let output = leyden(&arguments);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
            checked += 1;
        }
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn the_summary_goes_to_stdout_as_json_and_nothing_else_does() {
    let temp = tempfile::tempdir().unwrap();
    let output = run_into("scenarios/four-nodes.toml", &temp.path().join("run"), &["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["totals"]["settled"], 4);
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_trace_holds_every_step_and_ends_with_the_fingerprint_of_the_run() {
    let temp = tempfile::tempdir().unwrap();
    let log = temp.path().join("events.tsv");
    let trace = ["--trace", log.to_str().unwrap()];
    let output = run_into("scenarios/four-nodes.toml", &temp.path().join("run"), &trace);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Vec<_>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0], ["t_s", "event", "fingerprint"]);
    assert_eq!(lines[1][..2], ["0.000000000", "Submitted { demand: 0 }"]);
    assert_eq!(lines.iter().filter(|line| line[1].starts_with("Submitted")).count(), 6);
    let said = stdout(&output);
    assert!(said.contains(lines.last().unwrap()[2]), "{said}");
    let again = run_into("scenarios/four-nodes.toml", &temp.path().join("other"), &trace);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    assert!(stderr(&again).contains("exists already"));
}

#[test]
fn a_run_that_reaches_a_limit_exits_with_75_and_leaves_no_file_that_looks_finished() {
    let temp = tempfile::tempdir().unwrap();
    for (limit, most) in [("--max-wall", "1 ms"), ("--max-memory", "1 MB")] {
        let dir = temp.path().join(most.replace(' ', ""));
        let output = run_into("scenarios/quickstart.toml", &dir, &[limit, most]);
        assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
        assert!(stderr(&output).contains(limit), "{}", stderr(&output));
        assert!(!dir.exists());
    }
}

#[test]
fn stderr_has_plain_lines_where_nobody_watches_and_as_many_as_asked_for() {
    let temp = tempfile::tempdir().unwrap();
    let lines = |name: &str, more: &[&str]| {
        let dir = temp.path().join(name);
        let fixed = ["run", "scenarios/four-nodes.toml", "--out", dir.to_str().unwrap()];
        let output = leyden(&[&fixed, more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(!output.stderr.contains(&0x1b), "no colours and no bar: {}", stderr(&output));
        stderr(&output).lines().count()
    };
    let [quiet, usual, verbose] =
        [lines("quiet", &["-q"]), lines("usual", &[]), lines("verbose", &["-v"])];
    assert!(quiet == 0 && usual == 2 && verbose > 5, "{quiet} {usual} {verbose}");
}

#[test]
fn mistakes_have_their_exit_codes_and_say_how_to_go_on() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    let bad_network = dir.join("bad.csv");
    fs::write(&bad_network, "chan,node1\n1,2\n").unwrap();
    let bad_network = format!("network.file={}", bad_network.display());
    let out = dir.join("out");
    let out = out.to_str().unwrap();
    let plain_file = dir.join("file");
    fs::write(&plain_file, "").unwrap();
    let inside_a_file = plain_file.join("out");
    for (arguments, code, message) in [
        (vec![], 2, "Usage"),
        (vec!["runn"], 2, "'run'"),
        (vec!["run", "scenarios/quickstart.toml", "--sed", "1"], 2, "--seed"),
        (vec!["run", "scenarios/quickstart.toml", "--seed", "abc"], 2, "abc"),
        (vec!["run", "scenarios/quickstart.toml", "--threads", "0"], 2, "0"),
        (vec!["run", "scenarios/nowhere.toml"], 2, "nowhere.toml"),
        (vec!["run", "scenarios/real-network.toml"], 2, "network.file"),
        (
            vec!["run", "scenarios/quickstart.toml", "--set", "payment=7"],
            2,
            "did you mean `payments`?",
        ),
        (vec!["run", "scenarios/quickstart.toml", "-q", "-v"], 2, "cannot be used with"),
        (vec!["run", "scenarios/quickstart.toml", "--max-wall", "10"], 2, "lacks a unit"),
        (vec!["run", "scenarios/quickstart.toml", "--max-memory", "4"], 2, "kB, MB, GB"),
        (vec!["run", "scenarios/quickstart.toml", "--fingerprint", "xyz"], 2, "32 hexadecimal"),
        (vec!["network", "generate", "stars", "--out", out], 2, "'star'"),
        (vec!["network", "generate", "star", "--out", out], 2, "are given as --set KEY=VALUE"),
        (
            vec!["run", "scenarios/replay.toml", "--out", out, "--set", "sample_every=1 ns"],
            2,
            "rows of the time series",
        ),
        (
            vec!["run", "scenarios/real-network.toml", "--out", out, "--set", &bad_network],
            65,
            "bad.csv",
        ),
        (
            vec!["run", "scenarios/four-nodes.toml", "--out", inside_a_file.to_str().unwrap()],
            73,
            "cannot create",
        ),
    ] {
        let output = leyden(&arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
    assert!(!Path::new(out).exists(), "nothing is written before all input is checked");
}

#[test]
fn a_network_generated_exported_and_imported_stays_the_same() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
    let (first, second) = (path("first"), path("second"));
    let sizes = ["--set", "nodes=300"];
    let generated =
        leyden(&[&["network", "generate", "lightning_2026", "--out", &first][..], &sizes].concat());
    assert_eq!(generated.status.code(), Some(0), "{}", stderr(&generated));
    assert!(stdout(&generated).starts_with("300 nodes, "));
    let imported = leyden(&["network", "import", &first, "--out", &second]);
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    assert_eq!(contents(Path::new(&first)), contents(Path::new(&second)));
    let again = leyden(&["network", "import", &first, "--out", &second]);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));

    let csv = path("stats.csv");
    let stats = leyden(&["network", "stats", &first, "--csv", &csv]);
    assert_eq!(stats.status.code(), Some(0), "{}", stderr(&stats));
    let written = fs::read_to_string(&csv).unwrap();
    assert_eq!(written.lines().next(), Some("metric,value"));
    assert_eq!(written.lines().count(), stdout(&stats).lines().count() + 1);
    let again = leyden(&["network", "stats", &first, "--csv", &csv]);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    assert_eq!(fs::read_to_string(&csv).unwrap(), written);
    let replaced = leyden(&["network", "stats", &first, "--csv", &csv, "--force"]);
    assert_eq!(replaced.status.code(), Some(0), "{}", stderr(&replaced));
}

#[test]
fn the_manifest_depends_on_the_inputs_and_not_on_how_their_paths_are_spelt() {
    let temp = tempfile::tempdir().unwrap();
    let here = std::env::current_dir().unwrap();
    let spelt_out = format!("network.file={}", here.join("scenarios/four-nodes").display());
    let manifest = |name: &str, sets: &[&str]| {
        let out = temp.path().join(name);
        let output = run_into("scenarios/four-nodes.toml", &out, sets);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        fs::read_to_string(out.join("manifest.json")).unwrap()
    };
    let plain = manifest("plain", &[]);
    let roundabout = "network.file=scenarios/../scenarios/./four-nodes";
    assert_eq!(plain, manifest("absolute", &["--set", &spelt_out]));
    assert_eq!(plain, manifest("roundabout", &["--set", roundabout]));
    assert!(!plain.contains(here.to_str().unwrap()), "{plain}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_is_full_is_said() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let program = assert_cmd::cargo::cargo_bin("leyden");
    let output = std::process::Command::new(program).arg("keys").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(74), "{}", stderr(&output));
    assert!(stderr(&output).contains("error: cannot write to standard output"));
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_line_in_a_trace_of_block_space() {
    let temp = tempfile::tempdir().unwrap();
    let trace = temp.path().join("demand.csv");
    fs::write(&trace, b"time_s,load\n0,\xff\n").unwrap();
    let set = format!("bitcoin.background={{trace={{file='{}'}}}}", trace.display());
    let out = temp.path().join("run");
    let output = run_into("scenarios/four-nodes.toml", &out, &["--set", &set]);
    assert_eq!(output.status.code(), Some(65), "{}", stderr(&output));
    let says = stderr(&output);
    assert!(says.contains("demand.csv:2") && says.contains("not UTF-8 at byte 14: 0xff"), "{says}");
    assert!(says.contains("save the file as UTF-8") && !out.exists(), "{says}");
}

#[test]
fn an_exported_network_runs_with_the_balances_that_were_drawn() {
    let temp = tempfile::tempdir().unwrap();
    let exported = temp.path().join("network");
    let exported = exported.to_str().unwrap();
    let mut arguments = vec!["network", "export", "scenarios/quickstart.toml", "--out", exported];
    arguments.extend_from_slice(&SMALL);
    let output = leyden(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (drawn, stated) = (temp.path().join("drawn"), temp.path().join("stated"));
    run_into("scenarios/quickstart.toml", &drawn, &SMALL);
    let file = format!("network.file={exported}");
    let more = ["--set", &file, "--set", "payments=200", "--set", "warmup=0 s"];
    let output = run_into("scenarios/quickstart.toml", &stated, &more);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for name in ["lightning/payments.csv", "lightning/channels.csv"] {
        assert_eq!(
            fs::read(drawn.join(name)).unwrap(),
            fs::read(stated.join(name)).unwrap(),
            "{name}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_closed_pipe_are_not_crashes() {
    let temp = tempfile::tempdir().unwrap();
    let small = fs::File::open("/dev/full");
    if small.is_err() {
        eprintln!("skipped: a_full_disk_and_a_closed_pipe_are_not_crashes: there is no /dev/full");
        return;
    }
    let shell = |script: &str| {
        let binary = assert_cmd::cargo::cargo_bin("leyden");
        Command::new("sh")
            .args(["-c", script])
            .env("LEYDEN", binary)
            .env("OUT", temp.path())
            .output()
            .unwrap()
    };
    let closed =
        shell("set -o pipefail 2>/dev/null; $LEYDEN check scenarios/quickstart.toml | head -n 1");
    assert!(!stderr(&closed).contains("panicked"), "{}", stderr(&closed));
    let full = shell("$LEYDEN check scenarios/quickstart.toml > /dev/full");
    assert_eq!(full.status.code(), Some(74), "{}", stderr(&full));
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_exits_with_130_and_leaves_no_file_that_looks_finished() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("run");
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("leyden"))
        .args(["run", "scenarios/quickstart.toml", "--out", dir.to_str().unwrap(), "--quiet"])
        .args(["--replications", "1", "--set", "payments=2_000_000"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // The run has begun when its files are there.
    while !dir.join("lightning/payments.csv.part").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!dir.join("manifest.json").exists());
    assert!(!dir.join("lightning/payments.csv").exists());
    assert!(!dir.join("lightning/payments.csv.part").exists());
}
