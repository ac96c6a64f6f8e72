//! Results on disk, addressed by what they were computed from.
//!
//! `results/ab/abcdef….json` holds the run whose id is `abcdef…`: the hash of version, resolved
//! scenario, input files, seed and replication. A file is written under a temporary name and renamed,
//! and carries the hash of its content: one that is cut short, altered or of another run is no result.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::metrics::{Course, Figure};
use crate::report::OutputError;

/// What one run left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// What it was computed from, hashed.
    pub id: String,
    /// The version of the program.
    pub version: String,
    /// BLAKE3 of the resolved scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Which replication.
    pub replication: u32,
    /// Time on the wall: only for estimates, never in a table.
    pub wall_s: f64,
    /// One per system.
    pub systems: Vec<SystemResult>,
}

/// The figures of one system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemResult {
    /// Its name.
    pub system: String,
    /// What happened, hashed.
    pub fingerprint: String,
    /// All figures.
    pub metrics: Vec<Figure>,
    /// How some of them went over the run.
    pub courses: Vec<Course>,
}

/// A result in its file.
#[derive(Serialize, Deserialize)]
struct Sealed<'a> {
    blake3: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// The folder of results.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// The results of the sweep in `sweep_dir`.
    pub fn of(sweep_dir: &Path) -> Self {
        Self { dir: sweep_dir.join("results") }
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> Result<(), OutputError> {
        fs::create_dir_all(&self.dir).map_err(|error| OutputError::cannot_create(&self.dir, error))
    }

    fn path(&self, id: &str) -> PathBuf {
        self.dir.join(&id[..2]).join(format!("{id}.json"))
    }

    /// The result of a run, if it is there and intact.
    pub fn load(&self, id: &str) -> Option<RunResult> {
        let text = fs::read_to_string(self.path(id)).ok()?;
        let sealed: Sealed<'_> = serde_json::from_str(&text).ok()?;
        let content = sealed.result.get();
        if blake3::hash(content.as_bytes()).to_hex().as_str() != sealed.blake3 {
            return None;
        }
        let result: RunResult = serde_json::from_str(content).ok()?;
        (result.id == id).then_some(result)
    }

    /// Keeps a result: written beside its place, synced, renamed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, result: &RunResult) -> Result<(), OutputError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let target = self.path(&result.id);
        let folder = target.parent().expect("it lies in a folder");
        fs::create_dir_all(folder).map_err(|error| OutputError::cannot_create(folder, error))?;
        let content = serde_json::to_string(result).expect("plain data with text keys");
        let blake3 = blake3::hash(content.as_bytes()).to_hex().to_string();
        let raw = RawValue::from_string(content).expect("it was just serialised");
        let mut text = serde_json::to_string(&Sealed { blake3, result: &raw }).expect("plain data");
        text.push('\n');
        // Several processes may compute the same run: each has names of its own.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}.{}-{number}.part", result.id, std::process::id());
        let part = folder.join(name);
        let written = OpenOptions::new().write(true).create_new(true).open(&part).and_then(
            |mut file: File| {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::rename(&part, &target)
            },
        );
        written.map_err(|error| {
            let _already_failing = fs::remove_file(&part);
            OutputError::io(&target, &error)
        })
    }

    /// Removes part files that a killed process left. Only for when no other process works here.
    pub fn sweep_parts(&self) {
        for folder in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "part") {
                    let _left_for_next_time = fs::remove_file(path);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: &str) -> RunResult {
        let value = Some(0.1 + 0.2);
        let name = "success.success_ratio".to_owned();
        let metrics =
            vec![Figure { name, value, ends: None, no_interval: None, n: Some(7), verdict: None }];
        let fingerprint = "00".to_owned();
        let systems = vec![SystemResult {
            system: "lightning".to_owned(),
            fingerprint,
            metrics,
            courses: Vec::new(),
        }];
        RunResult {
            id: id.to_owned(),
            version: "0.1.0".to_owned(),
            scenario: "11".to_owned(),
            seed: u64::MAX,
            replication: 3,
            wall_s: 0.25,
            systems,
        }
    }

    #[test]
    fn a_result_reads_back_to_the_bit_and_leaves_no_part_file() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::of(dir.path());
        store.create().expect("space");
        assert_eq!(store.load("abcd"), None);
        store.save(&result("abcd")).expect("space");
        store.save(&result("abcd")).expect("again");
        assert_eq!(store.load("abcd"), Some(result("abcd")));
        let files = fs::read_dir(dir.path().join("results/ab")).expect("there").count();
        assert_eq!(files, 1);
    }

    #[test]
    fn a_damaged_result_is_none() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::of(dir.path());
        store.save(&result("abcd")).expect("space");
        let path = store.path("abcd");
        let whole = fs::read_to_string(&path).expect("there");
        for length in 0..whole.len() - 1 {
            fs::write(&path, &whole[..length]).expect("space");
            assert_eq!(store.load("abcd"), None, "cut at {length}");
        }
        for (from, to) in [("0.30000000000000004", "0.30000000000000003"), ("abcd", "abce")] {
            fs::write(&path, whole.replace(from, to)).expect("space");
            assert_eq!(store.load("abcd"), None, "{from} altered");
        }
        // A result of another run under this name.
        store.save(&result("abff")).expect("space");
        fs::copy(store.path("abff"), &path).expect("space");
        assert_eq!(store.load("abcd"), None);
    }
}
