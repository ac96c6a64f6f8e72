//! `leyden sweep` as a user meets it: equal bytes however it was computed, nothing computed twice, bad
//! sweeps refused before anything is computed.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command as Process, Output, Stdio};

use assert_cmd::Command;

#[path = "common/files.rs"]
mod files;

use files::contents;

fn leyden(arguments: &[&str]) -> Output {
    Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The figure of a line `NAME N` of what a command printed.
fn printed(output: &Output, name: &str) -> u64 {
    let text = stdout(output);
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}{}", stderr(output))).trim().parse().unwrap()
}

/// A small scenario; `sweep` is its last table.
fn scenario(dir: &Path, sweep: &str) -> String {
    let text = format!(
        "# Why?\nname = \"small\"\npayments = 60\n[network.generate.barabasi_albert]\nnodes = 20\n\
         channels_per_node = 2\ncapacity = \"100_000 sat\"\n[workload.arrivals.poisson]\n\
         rate = \"5 /s\"\n[workload.amount.fixed]\nvalue = \"10_000 sat\"\n[sweep]\n{sweep}"
    );
    let path = dir.join("small.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const GRID: &str = "replications = 3\naxes.payments = [30, 60]\n\
    axes.workload.amount.fixed.value = { from = \"1_000 sat\", to = \"100_000 sat\", steps = 3, scale = \"log\" }\n";

/// The tables of a sweep.
fn tables(dir: &Path) -> Vec<Vec<u8>> {
    ["points.csv", "aggregate.csv", "comparisons.csv", "welch.csv", "sweep.json"]
        .map(|name| fs::read(dir.join(name)).unwrap())
        .to_vec()
}

/// Runs a whole sweep into `dir`.
fn swept(scenario: &str, dir: &Path, more: &[&str]) -> Output {
    let mut arguments =
        vec!["sweep", scenario, "--out", dir.to_str().unwrap(), "--quiet", "--no-plots"];
    arguments.extend_from_slice(more);
    let output = leyden(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

#[test]
fn threads_and_shards_in_any_order_give_equal_bytes() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), GRID);
    let dir = |name: &str| temp.path().join(name);
    let first = swept(&scenario, &dir("one"), &["--threads", "1"]);
    assert_eq!(printed(&first, "computed"), 18);
    let expected = tables(&dir("one"));
    for threads in ["2", "7"] {
        swept(&scenario, &dir(threads), &["--threads", threads]);
        assert_eq!(tables(&dir(threads)), expected, "{threads} threads");
    }
    for (name, shards) in [("whole", vec!["1/1"]), ("parts", vec!["3/3", "1/3", "2/3", "3/3"])] {
        let dir = dir(name);
        let out = dir.to_str().unwrap();
        let plan = leyden(&["sweep", "plan", &scenario, "--out", out, "--no-estimate"]);
        assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
        for shard in &shards {
            let run = leyden(&["sweep", "run", out, "--shard", shard, "--quiet"]);
            assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        }
        let collect = leyden(&["sweep", "collect", out, "--no-plots"]);
        assert_eq!(collect.status.code(), Some(0), "{}", stderr(&collect));
        assert_eq!(tables(&dir), expected, "{name}");
    }
}

#[test]
fn points_csv_is_tidy_and_its_runs_are_those_of_leyden_run() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), GRID);
    let dir = temp.path().join("out");
    swept(&scenario, &dir, &[]);
    let mut reader = csv::Reader::from_path(dir.join("points.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|other| other == name).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6 * 3);
    let (payments, amount) = (column("payments"), column("workload.amount.fixed.value_sat"));
    let places: Vec<_> = rows.iter().step_by(3).map(|r| (&r[payments], &r[amount])).collect();
    let expected = [("30", "1000"), ("30", "10000"), ("30", "100000")];
    assert_eq!(places[..3], expected);
    assert_eq!(&rows[4][column("replication")], "1");
    assert_eq!(&rows[4][column("totals.offered")], "30");
    // Replication 0 of a point is what `leyden run` computes of its scenario.
    let run = leyden(&[
        "run",
        &scenario,
        "--out",
        temp.path().join("run").to_str().unwrap(),
        "--set",
        "payments=60",
        "--set",
        "workload.amount.fixed.value=10_000 sat",
        "--json",
        "--quiet",
    ]);
    let summary: serde_json::Value = serde_json::from_str(&stdout(&run)).unwrap();
    let row = &rows[4 * 3];
    for (name, pointer) in [
        ("success.success_ratio", "/success/success_ratio/value"),
        ("effort.attempts_per_payment", "/effort/attempts_per_payment/value"),
        ("totals.settled", "/totals/settled"),
    ] {
        let found: f64 = row[column(name)].parse().unwrap();
        let expected = summary.pointer(pointer).unwrap().as_f64().unwrap();
        assert!((found - expected).abs() < 1e-12, "{name}: {found}, {expected}");
    }
}

#[test]
fn a_finished_sweep_is_kept_and_resuming_it_computes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), GRID);
    let dir = temp.path().join("out");
    swept(&scenario, &dir, &[]);
    let expected = tables(&dir);
    let again = leyden(&["sweep", &scenario, "--out", dir.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    assert!(stderr(&again).contains("--resume"));
    let resumed = swept(&scenario, &dir, &["--resume"]);
    assert_eq!((printed(&resumed, "computed"), printed(&resumed, "reused")), (0, 18));
    assert_eq!(tables(&dir), expected);
    // One more value on an axis: what is valid is kept.
    let wider = GRID.replace("[30, 60]", "[30, 60, 90]");
    let scenario = self::scenario(temp.path(), &wider);
    let grown = swept(&scenario, &dir, &["--resume"]);
    assert_eq!((printed(&grown, "computed"), printed(&grown, "reused")), (9, 18));
    // Another scenario is no continuation.
    let expected = tables(&dir);
    for change in [&["--seed", "2"][..], &["--set", "warmup=1 s"], &["--set", "name=other"]] {
        let fixed = ["sweep", &scenario, "--out", dir.to_str().unwrap(), "--resume"];
        let other = leyden(&[&fixed, change].concat());
        assert_eq!(other.status.code(), Some(73), "{}", stderr(&other));
        assert!(stderr(&other).contains("--force"), "{}", stderr(&other));
    }
    assert_eq!(tables(&dir), expected);
}

/// Every file that the manifest of a sweep lists is there, and every other file is its plan or a result.
#[test]
fn a_sweep_replaced_by_another_leaves_no_plot_or_table_of_the_first() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("out");
    let out = dir.to_str().unwrap();
    for (sweep, more) in
        [(GRID, &[][..]), ("replications = 2\naxes.payments = [30, 60]\n", &["--force"])]
    {
        let scenario = scenario(temp.path(), sweep);
        let ended = leyden(&[&["sweep", &scenario, "--out", out, "--quiet"], more].concat());
        assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    }
    let manifest = fs::read_to_string(dir.join("sweep.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let listed: BTreeSet<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    let own = |path: &Path| {
        path.starts_with("results")
            || path == Path::new("plan.json")
            || path == Path::new("sweep.json")
    };
    let there = contents(&dir);
    let there: BTreeSet<&str> = there
        .iter()
        .map(|(path, _)| path)
        .filter(|path| !own(path))
        .map(|p| p.to_str().unwrap())
        .collect();
    assert_eq!(there, listed);
    assert!(listed.iter().any(|path| Path::new(path).extension().is_some_and(|e| e == "svg")));
}

#[test]
fn nothing_in_a_plan_runs_when_the_script_for_slurm_does() {
    let temp = tempfile::tempdir().unwrap();
    let odd = temp.path().join("Bob's $(touch PWNED) sweep");
    let scenario = scenario(temp.path(), GRID);
    let planned =
        leyden(&["sweep", "plan", &scenario, "--out", odd.to_str().unwrap(), "--no-estimate"]);
    assert_eq!(planned.status.code(), Some(0), "{}", stderr(&planned));
    let plan = fs::read_to_string(odd.join("plan.json")).unwrap();
    let hostile = "\"name\": \"a\\n$(touch PWNED)`touch PWNED`;touch PWNED\"";
    fs::write(odd.join("plan.json"), plan.replace("\"name\": \"small\"", hostile)).unwrap();
    let option = "--sbatch=--comment=a'b$(touch PWNED)";
    let script = leyden(&["sweep", "slurm", odd.to_str().unwrap(), option]);
    assert_eq!(script.status.code(), Some(0), "{}", stderr(&script));
    // Stands in for Slurm: runs what it is given in a shell, as a job would.
    let bin = temp.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let sbatch = "#!/bin/sh\nfor word in \"$@\"; do case \"$word\" in --wrap=*) \
        sh -c \"${word#--wrap=}\" >>wrapped 2>&1; printf '%s\\n' \"${word#--wrap=}\" >>wraps;; esac; done\necho 7\n";
    fs::write(bin.join("sbatch"), sbatch).unwrap();
    fs::set_permissions(bin.join("sbatch"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(temp.path().join("script"), stdout(&script)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let ran = Process::new("sh")
        .arg("script")
        .current_dir(temp.path())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(!temp.path().join("PWNED").exists() && !odd.join("PWNED").exists());
    let wraps = fs::read_to_string(temp.path().join("wraps")).unwrap();
    let wrapped = fs::read_to_string(temp.path().join("wrapped")).unwrap();
    assert_eq!(wraps.lines().count(), 2, "{wraps}");
    // The jobs found the program and the folder: one computed, the other collected.
    assert!(odd.join("sweep.json").exists(), "{wrapped}");
}

/// Result files that are complete.
fn results(dir: &Path) -> u64 {
    let folders = fs::read_dir(dir.join("results")).into_iter().flatten();
    folders
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json"))
        .count() as u64
}

/// Kills a sweep so many milliseconds after so many results, goes on with it, and compares: returns how
/// many results were there when it died.
#[expect(clippy::disallowed_types, reason = "the test times a process")]
fn killed_and_resumed(
    scenario: &str,
    dir: &Path,
    (after_results, after_ms): (u64, u64),
    expected: &[Vec<u8>],
) -> u64 {
    let out = dir.to_str().unwrap();
    let program = assert_cmd::cargo::cargo_bin("leyden");
    let mut child = Process::new(program)
        .args(["sweep", scenario, "--out", out, "--quiet", "--no-plots", "--threads", "2"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    while results(dir) < after_results {
        assert!(started.elapsed().as_secs() < 120, "the sweep does not go on");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::thread::sleep(std::time::Duration::from_millis(after_ms));
    // SIGKILL: nothing of it can be caught.
    child.kill().unwrap();
    child.wait().unwrap();
    let there = results(dir);
    let resumed = swept(scenario, dir, &["--resume", "--threads", "3"]);
    assert_eq!(printed(&resumed, "reused"), there, "no finished run is computed again");
    assert_eq!(tables(dir), expected);
    there
}

/// `LEYDEN_KILLS` moments (4 in the usual suite), spread over the sweep by the results that are there,
/// and over the time that a run takes: so they fall where they should on a busy machine too.
#[test]
#[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "the test times a process")]
fn a_sweep_killed_at_any_moment_goes_on_to_equal_bytes() {
    let kills: u64 =
        std::env::var("LEYDEN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let temp = tempfile::tempdir().unwrap();
    let grid = GRID.replace("[30, 60]", "[100, 200]").replace("= 3\n", "= 10\n");
    let scenario = scenario(temp.path(), &grid);
    let whole = temp.path().join("whole");
    let started = std::time::Instant::now();
    let output = swept(&scenario, &whole, &["--threads", "2"]);
    let all_ms = u64::try_from(started.elapsed().as_millis()).unwrap();
    let runs = printed(&output, "computed");
    let expected = tables(&whole);
    let mut between = 0;
    for kill in 0..kills {
        let dir = temp.path().join(format!("kill{kill}"));
        let after_results = runs * (2 * kill + 1) / (2 * kills);
        let after_ms = all_ms / runs * (kill % 5) / 5;
        let there = killed_and_resumed(&scenario, &dir, (after_results, after_ms), &expected);
        between += u64::from(there > 0 && there < runs);
        fs::remove_dir_all(&dir).unwrap();
    }
    println!("{kills} kills, {between} between the first and the last of {runs} results");
    assert!(
        between * 5 >= kills * 4 || kills < 5,
        "{between} of {kills} between first and last result"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_sweep_finishes_what_runs_and_says_how_to_go_on() {
    let temp = tempfile::tempdir().unwrap();
    let grid = GRID.replace("[30, 60]", "[2_000, 4_000]").replace("= 3\n", "= 30\n");
    let scenario = scenario(temp.path(), &grid);
    let dir = temp.path().join("out");
    let program = assert_cmd::cargo::cargo_bin("leyden");
    let child = Process::new(program)
        .args(["sweep", &scenario, "--out", dir.to_str().unwrap(), "--threads", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while results(&dir) < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = Process::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let text = stderr(&output);
    assert!(text.contains("interrupted") && text.contains("--resume"), "{text}");
    let parts = fs::read_dir(dir.join("results"))
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let left = parts.filter(|e| e.as_ref().unwrap().path().extension().unwrap() == "part").count();
    assert_eq!(left, 0, "what ran was finished");
}

#[test]
fn a_point_stops_when_its_interval_is_narrow_and_at_the_cap() {
    let temp = tempfile::tempdir().unwrap();
    let sweep = "replications = 3\nstop.metric = \"effort.hops_per_settled_payment\"\n\
        stop.relative_half_width = 0.05\nstop.replications_max = 12\naxes.payments = [20, 400]\n";
    let scenario = scenario(temp.path(), sweep);
    let (one, seven) = (temp.path().join("one"), temp.path().join("seven"));
    swept(&scenario, &one, &["--threads", "1"]);
    swept(&scenario, &seven, &["--threads", "7"]);
    assert_eq!(tables(&one), tables(&seven));
    let mut reader = csv::Reader::from_path(one.join("aggregate.csv")).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let of = |point: &str| {
        let row =
            rows.iter().find(|r| &r[0] == point && &r[3] == "effort.hops_per_settled_payment");
        let row = row.unwrap();
        let cell = |column: usize| row[column].parse::<f64>().unwrap();
        let (n, mean, low, high) = (cell(4), cell(5), cell(7), cell(8));
        (n, (high - low) / 2.0 / mean)
    };
    let ((few, few_width), (many, many_width)) = (of("1"), of("0"));
    assert!(few_width <= 0.05 && few < many, "{few} replications: {few_width}");
    assert!(many <= 12.0 && (many_width <= 0.05 || many >= 12.0), "{many}: {many_width}");
}

#[test]
fn without_common_random_numbers_points_have_seeds_of_their_own() {
    let temp = tempfile::tempdir().unwrap();
    let sweep = "replications = 2\ncommon_random_numbers = false\naxes.payments = [20, 30]\n";
    let scenario = scenario(temp.path(), sweep);
    let dir = temp.path().join("out");
    swept(&scenario, &dir, &[]);
    let points = fs::read_to_string(dir.join("points.csv")).unwrap();
    let seeds: Vec<_> =
        points.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(seeds[0], seeds[1]);
    assert_ne!(seeds[1], seeds[2]);
    let comparisons = fs::read_to_string(dir.join("comparisons.csv")).unwrap();
    assert!(comparisons.contains("welch_t") && !comparisons.contains("paired_t"));
}

#[test]
fn one_replication_has_no_interval_and_says_so() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), "replications = 1\naxes.payments = [20, 30]\n");
    let dir = temp.path().join("out");
    let output = leyden(&["sweep", &scenario, "--out", dir.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("no interval"), "{}", stderr(&output));
    let mut reader = csv::Reader::from_path(dir.join("aggregate.csv")).unwrap();
    for row in reader.records().map(Result::unwrap) {
        let (n, sd, low, method) = (&row[4], &row[6], &row[7], &row[9]);
        assert_eq!((n, sd, low, method), ("1", "", "", "none"), "{row:?}");
    }
}

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

/// `scenario()` with two attacks.
fn attacked(dir: &Path, sweep: &str) -> String {
    let attacks = "[[attack]]\nname = \"first\"\nstart = \"1 s\"\n[attack.probing]\n\
        budget = \"1_000_000 sat\"\n[attack.probing.targets.capacity]\nchannels = 1\n\
        [[attack]]\nname = \"second\"\nstart = \"1 s\"\n[attack.probing]\n\
        budget = \"1_000_000 sat\"\n[attack.probing.targets.capacity]\nchannels = 2\n";
    let path = scenario(dir, sweep);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("[sweep]\n", &format!("{attacks}[sweep]\n"))).unwrap();
    path
}

#[test]
fn keys_of_an_attack_are_axes_by_its_name_or_its_number() {
    let temp = tempfile::tempdir().unwrap();
    let mut results = Vec::new();
    for (place, element) in ["second", "1"].into_iter().enumerate() {
        let axis = format!("attack.{element}.probing.targets.capacity.channels");
        let sweep = format!("replications = 2\naxes.\"{axis}\" = [1, 3]\n");
        let dir = temp.path().join(format!("out{place}"));
        swept(&attacked(temp.path(), &sweep), &dir, &[]);
        let mut reader = csv::Reader::from_path(dir.join("points.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|other| other == name).unwrap();
        let (level, attempts) = (column(&axis), column("security.attacks.attempts"));
        let rows: Vec<(String, String)> = reader
            .records()
            .map(|row| row.map(|row| (row[level].to_owned(), row[attempts].to_owned())).unwrap())
            .collect();
        assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["1", "1", "3", "3"]);
        assert!(rows[0].1.parse::<u64>().unwrap() < rows[2].1.parse::<u64>().unwrap(), "{rows:?}");
        results.push(rows);
    }
    assert_eq!(results[0], results[1]);
}

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
fn parquet_is_written_or_refused_before_anything_is_computed() {
    let temp = tempfile::tempdir().unwrap();
    let scenario = scenario(temp.path(), "replications = 1\naxes.payments = [5]\n");
    let dir = temp.path().join("out");
    let arguments = ["sweep", &scenario, "--out", dir.to_str().unwrap(), "--parquet", "--no-plots"];
    let output = leyden(&arguments);
    if cfg!(feature = "parquet") {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let bytes = fs::read(dir.join("points.parquet")).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    } else {
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("--features parquet") && !dir.exists());
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

#[test]
fn plots_follow_the_number_of_axes_and_are_redrawn_from_the_tables() {
    let temp = tempfile::tempdir().unwrap();
    let amount = "axes.workload.amount.fixed.value = [\"1_000 sat\", \"50_000 sat\"]\n";
    let nodes = "axes.network.generate.barabasi_albert.nodes = [10, 15, 20]\n";
    let drawn = "plots = [\"success.success_ratio\"]\nreplications = 2\n";
    for (axes, name) in [
        ("axes.payments = [20, 40]\n".to_owned(), "sweep_all_success_success_ratio.svg"),
        (
            format!("axes.payments = [20, 40]\n{amount}"),
            "sweep_lightning_success_success_ratio.svg",
        ),
        (
            format!("axes.payments = [20, 40]\n{amount}{nodes}"),
            "sweep_lightning_success_success_ratio.svg",
        ),
        (
            "design = \"random\"\npoints = 5\naxes.payments = { from = 10, to = 40 }\n\
             axes.seed = { from = 1, to = 90 }\n"
                .to_owned(),
            "sweep_lightning_success_success_ratio.svg",
        ),
    ] {
        let scenario = scenario(temp.path(), &format!("{drawn}{axes}"));
        let dir = temp.path().join("out");
        let out = dir.to_str().unwrap();
        let output = leyden(&["sweep", &scenario, "--out", out, "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let svg = dir.join("plots").join(name);
        let first = fs::read_to_string(&svg).unwrap();
        assert!(first.contains("success.success_ratio"), "{axes}");
        let page = fs::read_to_string(dir.join("report.html")).unwrap();
        let welch =
            fs::read_to_string(dir.join("plots/welch_lightning_success_ratio.svg")).unwrap();
        assert!(welch.contains("MSER-5"), "{axes}");
        assert!(page.contains("points.csv") && page.contains("<svg") && !page.contains("<script"));
        fs::remove_dir_all(dir.join("plots")).unwrap();
        let report = leyden(&["report", out]);
        assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
        assert_eq!(fs::read_to_string(&svg).unwrap(), first, "{axes}");
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn every_scenario_with_a_sweep_can_be_planned() {
    let temp = tempfile::tempdir().unwrap();
    let mut planned = 0;
    for entry in fs::read_dir("scenarios").unwrap() {
        let path = entry.unwrap().path();
        let is_sweep = path.extension().is_some_and(|extension| extension == "toml")
            && fs::read_to_string(&path).unwrap().contains("\n[sweep]\n");
        if !is_sweep {
            continue;
        }
        let dir = temp.path().join(path.file_stem().unwrap());
        let (scenario, out) = (path.to_str().unwrap(), dir.to_str().unwrap());
        let output = leyden(&["sweep", "plan", scenario, "--out", out, "--no-estimate"]);
        assert_eq!(output.status.code(), Some(0), "{scenario}: {}", stderr(&output));
        planned += 1;
    }
    assert!(planned >= 2, "{planned} scenarios");
}
