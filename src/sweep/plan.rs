//! The plan of a sweep: everything that any machine needs to compute any part of it.
//!
//! `plan.json` holds the scenario as written with what was laid over it, and for each point its values,
//! the hash of its resolved scenario and that of its input files. Every point is read as a scenario
//! before anything is computed.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metrics;
use crate::report::{Existing, OutputError, PartFile};
use crate::scenario::{
    self, Loaded, MOST_POINTS, MOST_RUNS, Overlay, Problems, Scenario, SweepSpec,
};
use crate::sweep::design;
use crate::workload::Source;

/// The file's name.
const FILE: &str = "plan.json";
/// The layout of the file.
const FORMAT: u32 = 1;

/// A sweep, laid out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The layout of this file.
    pub format: u32,
    /// The version of the program: another one might compute other numbers.
    pub version: String,
    /// The scenario's name.
    pub name: String,
    /// The seed of the scenario and of the design.
    pub seed: u64,
    /// What to vary, and how.
    pub spec: SweepSpec,
    /// How many shares it is cut into where nothing else is said.
    pub shards: u32,
    /// The scenario as resolved, with `[sweep]`.
    pub resolved: String,
    /// The scenario file: input files are found relative to it.
    pub scenario: PathBuf,
    /// What stood in it.
    pub text: String,
    /// What `--set` and `--seed` laid over it.
    pub sets: Vec<(String, String)>,
    /// The folder from which the paths in `sets` start.
    pub current: PathBuf,
    /// All input files.
    pub inputs: Vec<InputMark>,
    /// All points, in the order of their numbers from 0.
    pub points: Vec<Point>,
}

/// A file or folder that is read, and the hash of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputMark {
    /// Where it is.
    pub path: PathBuf,
    /// BLAKE3 of the file; of a folder, of its files with their names.
    pub blake3: String,
}

impl InputMark {
    /// That of a file or folder as it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), blake3: hash_of(path)? })
    }
}

/// One point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The value on each axis, as TOML.
    pub values: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// BLAKE3 of its resolved scenario.
    pub scenario: String,
    /// BLAKE3 over the hashes of its input files.
    pub inputs: String,
    /// Payments expected in a run, to weigh points by; 1 where nothing is known.
    pub payments: f64,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    /// The scenario has no `[sweep]`.
    NoSweep,
    /// Points that are no good scenarios: the first few, with their problems and their number.
    Points(Vec<(usize, Vec<String>, Problems)>, usize),
    /// The stop rule names a figure that there is not; what may have been meant.
    Metric(String, Option<String>),
    /// An input file cannot be read.
    Input(PathBuf, io::Error),
    /// An input file is no longer what it was.
    Changed(PathBuf),
    /// The file is missing, damaged or of another version.
    Unusable(PathBuf, String),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSweep => f.write_str(
                "the scenario has no [sweep]\n  = help: say what to vary, e.g.\n[sweep]\n\
                 replications = 10\n[sweep.axes]\n\"payments\" = [1_000, 10_000]",
            ),
            Self::Points(bad, count) => {
                write!(
                    f,
                    "{count} points of the sweep are no valid scenarios; nothing was computed"
                )?;
                for (number, values, problems) in bad {
                    write!(f, "\npoint {number} ({}):\n{problems}", values.join(", "))?;
                }
                Ok(())
            }
            Self::Metric(name, near) => {
                write!(f, "`sweep.stop.metric`: there is no figure `{name}`")?;
                near.as_ref().map_or(Ok(()), |near| write!(f, "\n  = help: did you mean `{near}`?"))
            }
            Self::Input(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Changed(path) => write!(
                f,
                "{} has changed since the sweep was planned\n  = help: plan it again",
                path.display()
            ),
            Self::Unusable(path, what) => write!(f, "cannot use {}: {what}", path.display()),
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// Lays out the sweep of a scenario, which must have been read from `path`.
    ///
    /// # Errors
    /// When there is no `[sweep]`, a point is no valid scenario, or an input file cannot be read.
    pub fn make(
        path: &Path,
        loaded: &Loaded,
        sets: &[(String, String)],
        current: &Path,
    ) -> Result<Self, PlanError> {
        let spec = loaded.sweep.clone().ok_or(PlanError::NoSweep)?;
        let values = design::points(&spec, loaded.scenario.seed);
        let shards = u32::try_from(values.len()).unwrap_or(u32::MAX).clamp(1, USUAL_SHARDS_MAX);
        let mut plan = Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: loaded.scenario.name.clone(),
            seed: loaded.scenario.seed,
            spec,
            shards,
            resolved: format!("{}{}", loaded.resolved, loaded.sweep_resolved),
            scenario: current.join(path),
            text: loaded.text.clone(),
            sets: sets.to_vec(),
            current: current.to_owned(),
            inputs: Vec::new(),
            points: Vec::new(),
        };
        let read: Vec<_> = values
            .into_par_iter()
            .enumerate()
            .map(|(number, values)| {
                let loaded = plan.load(&values, plan.point_seed(number));
                (number, values, loaded)
            })
            .collect();
        plan.take(read)?;
        plan.check_metric(loaded)?;
        Ok(plan)
    }

    /// A stop rule that waits for a figure that never comes would never stop.
    fn check_metric(&self, loaded: &Loaded) -> Result<(), PlanError> {
        let Some(rule) = &self.spec.stop else { return Ok(()) };
        let figures = metrics::nothing();
        let names = || figures.iter().filter(|m| m.n.is_some()).map(|m| m.name.as_str());
        let mut systems = loaded.scenario.systems.iter().map(|system| system.name());
        let bare = systems
            .find_map(|system| rule.metric.strip_prefix(system)?.strip_prefix('.'))
            .unwrap_or(&rule.metric);
        if names().any(|name| name == bare) {
            return Ok(());
        }
        let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
        let near = names().find(|name| last(name) == last(bare)).map(str::to_owned);
        Err(PlanError::Metric(rule.metric.clone(), near))
    }

    fn take(
        &mut self,
        read: Vec<(usize, Vec<String>, Result<Loaded, Problems>)>,
    ) -> Result<(), PlanError> {
        /// Points whose problems are shown.
        const SHOWN: usize = 3;
        let mut bad = Vec::new();
        let mut count = 0;
        for (number, values, loaded) in read {
            match loaded {
                Ok(loaded) => {
                    let inputs = self.inputs_hash(&loaded.inputs)?;
                    self.points.push(Point {
                        values,
                        seed: loaded.scenario.seed,
                        scenario: loaded.hash,
                        inputs,
                        payments: expected_payments(&loaded.scenario),
                    });
                }
                Err(problems) => {
                    count += 1;
                    if bad.len() < SHOWN {
                        bad.push((number, values, problems));
                    }
                }
            }
        }
        if count > 0 { Err(PlanError::Points(bad, count)) } else { Ok(()) }
    }

    /// The hash over a point's input files; each is read once.
    fn inputs_hash(&mut self, paths: &[PathBuf]) -> Result<String, PlanError> {
        let mut hasher = blake3::Hasher::new();
        for path in paths {
            let known = self.inputs.iter().find(|mark| mark.path == *path);
            let blake3 = if let Some(mark) = known {
                mark.blake3.clone()
            } else {
                let mark =
                    InputMark::of(path).map_err(|error| PlanError::Input(path.clone(), error))?;
                self.inputs.push(mark.clone());
                mark.blake3
            };
            hasher.update(blake3.as_bytes());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// The seed of a point without common random numbers: another one for each.
    fn point_seed(&self, number: usize) -> Option<u64> {
        if self.spec.common_random_numbers {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"sweep.point");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&(number as u64).to_le_bytes());
        let bytes = hasher.finalize().as_bytes()[..8].try_into().expect("8 of 32 bytes");
        Some(u64::from_le_bytes(bytes))
    }

    fn load(&self, values: &[String], seed: Option<u64>) -> Result<Loaded, Problems> {
        let keys = self.spec.axes.iter().map(|axis| axis.key.clone());
        let mut point: Vec<_> = keys.zip(values.iter().cloned()).collect();
        point.extend(seed.map(|seed| ("seed".to_owned(), seed.to_string())));
        let overlay =
            Overlay { sets: &self.sets, current: &self.current, point: Some(point.as_slice()) };
        scenario::parse(&self.scenario, self.text.clone(), overlay)
    }

    /// The scenario of a point.
    ///
    /// # Errors
    /// When it is no longer what was planned: an input is missing, or this is another program.
    pub fn scenario_of(&self, number: u32) -> Result<Scenario, PlanError> {
        let point = &self.points[number as usize];
        let loaded =
            self.load(&point.values, self.point_seed(number as usize)).map_err(|problems| {
                PlanError::Points(vec![(number as usize, point.values.clone(), problems)], 1)
            })?;
        if loaded.hash != point.scenario {
            let what = format!("its point {number} is understood differently by this program");
            return Err(PlanError::Unusable(PathBuf::from(FILE), what));
        }
        Ok(loaded.scenario)
    }

    /// What identifies a run: the hash of everything it is computed from.
    pub fn run_id(&self, point: u32, replication: u32) -> String {
        let of = &self.points[point as usize];
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"leyden sweep result 1\n");
        for part in [&self.version, &of.scenario, &of.inputs] {
            hasher.update(part.as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(&of.seed.to_le_bytes());
        hasher.update(&replication.to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// How many points there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.points.len()).expect("at most MOST_POINTS")
    }

    /// Fewest runs: those of the replications asked for.
    pub fn runs(&self) -> u64 {
        u64::from(self.count()) * u64::from(self.spec.replications)
    }

    /// Fails when an input file is no longer what it was when the sweep was planned.
    ///
    /// # Errors
    /// The first file that is missing or differs.
    pub fn check_inputs(&self) -> Result<(), PlanError> {
        for InputMark { path, blake3 } in &self.inputs {
            let found = hash_of(path).map_err(|error| PlanError::Input(path.clone(), error))?;
            if found != *blake3 {
                return Err(PlanError::Changed(path.clone()));
            }
        }
        Ok(())
    }

    /// Writes `plan.json`, over an earlier one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), OutputError> {
        let mut json = serde_json::to_string_pretty(self).expect("plain data with text keys");
        json.push('\n');
        let mut file = PartFile::create(dir, FILE, Existing::Replace)?;
        file.write(json.as_bytes())?;
        file.finish().map(|_mark| ())
    }

    /// Whether `other` varies the same scenario with the same seed, be it on other points: then what is computed for one
    /// counts for the other.
    pub fn varies_the_same_as(&self, other: &Self) -> bool {
        self.version == other.version && self.base() == other.base()
    }

    /// The resolved scenario without `[sweep]`, which stands last.
    fn base(&self) -> &str {
        self.resolved.split_once("\n[sweep").map_or(&self.resolved, |(base, _)| base)
    }

    /// Whether a folder holds a sweep.
    pub fn is_in(dir: &Path) -> bool {
        dir.join(FILE).is_file()
    }

    /// Reads the plan of a folder.
    ///
    /// # Errors
    /// When there is none, or it is damaged or of another version.
    pub fn read(dir: &Path) -> Result<Self, PlanError> {
        let path = dir.join(FILE);
        let unusable = |what: String| PlanError::Unusable(path.clone(), what);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                unusable("there is no such plan; make one with `leyden sweep plan`".to_owned())
            }
            _ => PlanError::Input(path.clone(), error),
        })?;
        let plan: Self =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        let version = env!("CARGO_PKG_VERSION");
        if plan.version != version || plan.format != FORMAT {
            return Err(unusable(format!(
                "it was made by version {} (format {}), this is {version} (format {FORMAT})",
                plan.version, plan.format
            )));
        }
        plan.check_sizes().map_err(unusable)?;
        Ok(plan)
    }

    /// A plan that somebody altered: no number in it is one that no plan has.
    fn check_sizes(&self) -> Result<(), String> {
        let axes = self.spec.axes.len();
        let one_of = |what: &str, value: usize, most: usize| {
            let fits = (1..=most).contains(&value);
            fits.then_some(()).ok_or_else(|| format!("`{what}` is {value}, not 1 to {most}"))
        };
        one_of("shards", self.shards as usize, SHARDS_MAX as usize)?;
        let stop = self.spec.stop.as_ref().map_or(1, |rule| rule.replications_max);
        let most_runs = usize::try_from(MOST_RUNS).unwrap_or(usize::MAX);
        one_of("replications", self.spec.replications as usize, most_runs)?;
        one_of("replications_max", stop as usize, most_runs)?;
        one_of("points", self.points.len(), MOST_POINTS as usize)?;
        let runs = self.points.len().saturating_mul(self.spec.replications.max(stop) as usize);
        one_of("runs", runs, most_runs)?;
        one_of("baseline", self.spec.baseline as usize + 1, self.points.len())?;
        if let Some(odd) = self.points.iter().position(|point| point.values.len() != axes) {
            let found = self.points[odd].values.len();
            return Err(format!("point {odd} has {found} values for {axes} axes"));
        }
        Ok(())
    }
}

/// Most shards that can be asked for.
pub const SHARDS_MAX: u32 = 100_000;

/// Clusters cap the size of arrays, often at about 1,000.
const USUAL_SHARDS_MAX: u32 = 1_000;

/// The hash of a file, or of the files of a folder. A device or pipe is refused: it may have no end.
fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let kind = fs::metadata(path)?;
    if !(kind.is_file() || kind.is_dir()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither file nor folder"));
    }
    if kind.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        for name in names {
            let file = path.join(&name);
            if file.is_file() {
                hasher.update(name.to_string_lossy().as_bytes());
                hasher.update(blake3::hash(&fs::read(&file)?).as_bytes());
            }
        }
    } else {
        io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Payments in a run, on average; 1 for a trace, whose length is not known before it is read.
fn expected_payments(scenario: &Scenario) -> f64 {
    let stop = scenario.stop;
    let most = stop.payments.map_or(f64::INFINITY, |most| most as f64);
    let Source::Generated { arrivals, .. } = &scenario.workload else { return 1.0 };
    let rate = arrivals.mean_rate();
    let in_time = stop.time.map_or(f64::INFINITY, |end| end.as_secs_f64() * rate);
    let expected = most.min(in_time);
    if expected.is_finite() { expected.max(1.0) } else { 1.0 }
}
