//! The shortened scenarios, run: what happened (fingerprints) and what was written (tables).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assert_cmd::Command;
use leyden::report::WriterOptions;
use leyden::scenario::load;
use leyden::simulation::{Output, prepare, run};
use leyden::system::Control;
use serde::Deserialize;

/// An entry of `shortened.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shortened {
    scenario: String,
    name: Option<String>,
    #[serde(default)]
    set: Vec<String>,
    #[serde(default)]
    seeds: Vec<u64>,
    #[serde(default)]
    attempts: bool,
    #[serde(default)]
    sweep: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllShortened {
    run: Vec<Shortened>,
}

/// One run: a shortened scenario under one seed.
#[derive(Debug)]
pub(crate) struct Case {
    /// As it stands in the file of pins.
    pub(crate) name: String,
    scenario: PathBuf,
    sets: Vec<(String, String)>,
    attempts: bool,
    sweep: bool,
}

/// A table as written.
#[derive(Debug)]
pub(crate) struct Table {
    /// In the order of the file.
    pub(crate) columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// System to fingerprint; none of a sweep.
    pub(crate) fingerprints: BTreeMap<String, String>,
    /// Path below the output folder to table.
    pub(crate) tables: BTreeMap<String, Table>,
}

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn all_shortened() -> Vec<Shortened> {
    let text = fs::read_to_string(root().join("tests/fingerprints/shortened.toml")).unwrap();
    toml::from_str::<AllShortened>(&text).unwrap_or_else(|error| panic!("{error}")).run
}

/// Every shortened scenario under each of its seeds.
pub(crate) fn cases() -> Vec<Case> {
    let cases = all_shortened().into_iter().flat_map(|entry| {
        let pairs = entry.set.iter().map(|set| {
            let (key, value) = set.split_once('=').expect("KEY=VALUE");
            (key.to_owned(), value.to_owned())
        });
        let sets: Vec<_> = pairs.collect();
        let scenario = root().join("scenarios").join(&entry.scenario).with_extension("toml");
        let name = entry.name.unwrap_or(entry.scenario);
        let seeds = match &entry.seeds[..] {
            [] => vec![None],
            seeds => seeds.iter().copied().map(Some).collect(),
        };
        seeds.into_iter().map(move |seed| {
            let mut sets = sets.clone();
            sets.extend(seed.map(|seed| ("seed".to_owned(), seed.to_string())));
            Case {
                name: seed.map_or_else(|| name.clone(), |seed| format!("{name}, seed {seed}")),
                scenario: scenario.clone(),
                sets,
                attempts: entry.attempts,
                sweep: entry.sweep,
            }
        })
    });
    cases.collect()
}

/// Shipped scenarios without an entry, and entries without a scenario.
pub(crate) fn unmatched() -> Vec<String> {
    let stem = |path: PathBuf| {
        let is_scenario = path.extension().is_some_and(|extension| extension == "toml");
        is_scenario.then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
    };
    let paths = fs::read_dir(root().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let shipped: BTreeSet<_> = paths.filter_map(stem).collect();
    let listed: BTreeSet<_> = all_shortened().into_iter().map(|entry| entry.scenario).collect();
    shipped.symmetric_difference(&listed).cloned().collect()
}

/// Runs every case, on all cores.
pub(crate) fn run_all(cases: &[Case]) -> Vec<Outcome> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            while let Some((number, case)) = {
                let number = next.fetch_add(1, Ordering::Relaxed);
                cases.get(number).map(|case| (number, case))
            } {
                mine.push((number, case.run()));
            }
            mine
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

impl Case {
    fn run(&self) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let fingerprints = if self.sweep { self.sweep_into(&out) } else { self.run_into(&out) };
        Outcome { fingerprints, tables: tables(&out) }
    }

    fn run_into(&self, out: &Path) -> BTreeMap<String, String> {
        let fail = |problem: &dyn std::fmt::Display| -> ! { panic!("{}: {problem}", self.name) };
        let loaded = load(&self.scenario, &self.sets).unwrap_or_else(|problems| fail(&problems));
        let setup = prepare(&loaded.scenario, 0, false, 1)
            .unwrap_or_else(|error| fail(&format_args!("{error:?}")));
        let options = WriterOptions { attempts: self.attempts, ..WriterOptions::default() };
        let output = Output { dir: out, options, trace: None };
        let finished = run(setup, Some(output), &|_, _, _| Control::Continue)
            .unwrap_or_else(|error| fail(&format_args!("{error:?}")));
        let prints =
            finished.into_iter().map(|ended| (ended.system.name().into(), ended.fingerprint));
        prints.collect()
    }

    fn sweep_into(&self, out: &Path) -> BTreeMap<String, String> {
        let mut sweep = Command::cargo_bin("leyden").unwrap();
        sweep.arg("sweep").arg(&self.scenario).arg("--out").arg(out);
        sweep.args(["--no-plots", "--quiet", "--threads", "1"]);
        sweep.args(self.sets.iter().map(|(key, value)| format!("--set={key}={value}")));
        sweep.assert().success();
        BTreeMap::new()
    }
}

fn tables(out: &Path) -> BTreeMap<String, Table> {
    let mut folders = vec![out.to_owned()];
    let mut tables = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "csv") {
                let name = path.strip_prefix(out).unwrap().to_string_lossy().into_owned();
                tables.insert(name, Table::read(&path));
            }
        }
    }
    tables
}

impl Table {
    fn read(path: &Path) -> Self {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        Self { columns, rows: reader.records().map(Result::unwrap).collect() }
    }

    /// A hash of the columns that `known` names, in the order of the file.
    pub(crate) fn hash(&self, known: impl Fn(&str) -> bool) -> String {
        let kept: Vec<_> = (0..self.columns.len()).filter(|&c| known(&self.columns[c])).collect();
        let mut hasher = blake3::Hasher::new();
        let mut absorb = |cell: &str| {
            hasher.update(&(cell.len() as u64).to_le_bytes());
            hasher.update(cell.as_bytes());
        };
        for &column in &kept {
            absorb(&self.columns[column]);
        }
        for row in &self.rows {
            for &column in &kept {
                absorb(&row[column]);
            }
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }
}
