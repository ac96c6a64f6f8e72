//! One owner per output folder; whatever happens, a folder is whole or says that it is not.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command as Process, Output, Stdio};

use assert_cmd::Command;
use serde_json::Value;

#[path = "common/files.rs"]
mod files;

use files::contents;

const NOTICE: &str = "UNFINISHED.txt";

/// A run of four nodes, which ends at once.
const SHORT: [&str; 3] = ["run", "scenarios/four-nodes.toml", "--quiet"];

fn leyden(arguments: &[&str], dir: &Path) -> Output {
    let mut command = Command::cargo_bin("leyden").unwrap();
    command.args(arguments).arg("--out").arg(dir).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A run that would take minutes, once it has its folder.
fn long_run(dir: &Path) -> Child {
    let mut run = Process::new(assert_cmd::cargo::cargo_bin!("leyden"))
        .args(["run", "scenarios/quickstart.toml", "--quiet", "--set", "payments=200_000"])
        .arg("--out")
        .arg(dir)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !dir.join("lightning/payments.csv.part").exists() {
        assert!(run.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    run
}

/// Every file in the folder is in the manifest with its hash, but for the manifest itself and the time that it took.
fn assert_whole(dir: &Path) {
    let manifest: Value =
        serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let listed: BTreeMap<String, String> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            (file["path"].as_str().unwrap().into(), file["blake3"].as_str().unwrap().into())
        })
        .collect();
    let found: BTreeMap<String, String> = contents(dir)
        .into_iter()
        .map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes))
        .filter(|(path, _)| path != "manifest.json" && path != "timing.json")
        .map(|(path, bytes)| (path, blake3::hash(&bytes).to_hex().to_string()))
        .collect();
    assert!(found.keys().any(|path| path == "report.html"));
    assert!(found.keys().any(|path| Path::new(path).extension().is_some_and(|e| e == "png")));
    assert_eq!(listed, found);
}

#[test]
fn a_second_run_into_a_folder_is_told_who_has_it_and_the_first_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("run");
    let mut first = long_run(&dir);
    for force in [&[][..], &["--force"]] {
        let second = leyden(&[&SHORT[..], force].concat(), &dir);
        assert_eq!(second.status.code(), Some(73), "{}", stderr(&second));
        let owner = format!("in use by process {}", first.id());
        assert!(stderr(&second).contains(&owner), "{}", stderr(&second));
    }
    assert!(first.try_wait().unwrap().is_none());
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_killed_run_says_in_words_what_it_left_and_starting_over_leaves_one_whole_run() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a run");
    let mut killed = long_run(&dir);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let words = fs::read_to_string(dir.join(NOTICE)).unwrap();
    let again = words.lines().find_map(|line| line.trim().strip_prefix("leyden ")).unwrap();
    assert!(again.starts_with("run scenarios/quickstart.toml --set 'payments="), "{words}");
    assert!(again.ends_with("/a run' --force"), "{words}");
    fs::write(dir.join("mine.txt"), "mine").unwrap();

    let refused = leyden(&SHORT, &dir);
    assert_eq!(refused.status.code(), Some(73));
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert!(dir.join("lightning/payments.csv.part").exists(), "nothing was touched");

    let forced = leyden(&[&SHORT[..], &["--force"]].concat(), &dir);
    assert_eq!(forced.status.code(), Some(0), "{}", stderr(&forced));
    fs::remove_file(dir.join("mine.txt")).unwrap();
    assert_whole(&dir);
}

#[test]
fn part_files_are_refused_before_the_run_and_cleared_by_force() {
    for name in
        ["lightning/summary.json", "comparison.csv", "manifest.json", "timing.json", "claims.csv"]
    {
        let temp = tempfile::tempdir().unwrap();
        let part = temp.path().join(format!("{name}.part"));
        fs::create_dir_all(part.parent().unwrap()).unwrap();
        fs::write(&part, "").unwrap();
        let refused = leyden(&SHORT, temp.path());
        assert_eq!(refused.status.code(), Some(73), "{name}");
        assert!(!temp.path().join(NOTICE).exists(), "{name}: nothing was begun");
        let forced = leyden(&[&SHORT[..], &["--force"]].concat(), temp.path());
        assert_eq!(forced.status.code(), Some(0), "{name}: {}", stderr(&forced));
        assert_whole(temp.path());
    }
}

#[test]
fn a_run_of_fewer_systems_leaves_nothing_of_the_one_before() {
    let temp = tempfile::tempdir().unwrap();
    let both = ["--set", "systems=[\"lightning\", \"card\"]"];
    let first = leyden(&[&SHORT[..], &both].concat(), temp.path());
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(temp.path().join("plots/systems_times.png").exists());
    assert_whole(temp.path());
    let second = leyden(&[&SHORT[..], &["--force"]].concat(), temp.path());
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    assert_whole(temp.path());
}

#[test]
fn drawing_again_keeps_the_manifest_true_and_an_unfinished_run_is_not_drawn() {
    let temp = tempfile::tempdir().unwrap();
    let report =
        |dir: &Path| Command::cargo_bin("leyden").unwrap().arg("report").arg(dir).output().unwrap();
    assert_eq!(leyden(&SHORT, temp.path()).status.code(), Some(0));
    fs::remove_file(temp.path().join("plots/lightning_hops.png")).unwrap();
    let drawn = report(temp.path());
    assert_eq!(drawn.status.code(), Some(0), "{}", stderr(&drawn));
    assert_whole(temp.path());
    fs::remove_file(temp.path().join("manifest.json")).unwrap();
    let before = contents(temp.path());
    let refused = report(temp.path());
    assert_eq!(refused.status.code(), Some(65), "{}", stderr(&refused));
    assert!(before == contents(temp.path()));
}

#[cfg(target_os = "linux")]
#[test]
fn force_removes_nothing_behind_a_link() {
    let (temp, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(leyden(&SHORT, temp.path()).status.code(), Some(0));
    fs::create_dir(other.path().join("sub")).unwrap();
    let file = other.path().join("sub/file");
    fs::write(&file, "mine").unwrap();
    std::os::unix::fs::symlink(other.path(), temp.path().join("a")).unwrap();
    let path = temp.path().join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(&path, manifest.replacen("lightning/payments.csv", "a/sub/file", 1)).unwrap();
    let forced = leyden(&[&SHORT[..], &["--force"]].concat(), temp.path());
    assert_eq!(forced.status.code(), Some(0), "{}", stderr(&forced));
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}
