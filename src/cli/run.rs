//! `leyden run` and `leyden check`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Exit;
use crate::cli::host::{self, Signal, Signals, Stopwatch};
use crate::cli::progress::Meter;
use crate::cli::summary;
use crate::lightning::Lightning;
use crate::report::{
    self, InputFile, Manifest, OutputError, OutputErrorKind, Timing, WriterOptions,
};
use crate::scenario::{self, Loaded};
use crate::simulation::{self, Finished, RunError, Setup};
use crate::system::{Control, PaymentSystem, Stopped};
use crate::workload::WorkloadError;

/// What every command that reads a scenario takes.
#[derive(Debug, Args)]
pub(super) struct ScenarioArguments {
    /// The scenario file.
    pub(super) scenario: PathBuf,
    /// Sets a key of the scenario, e.g. `--set workload.arrivals.poisson.rate="20 /s"`. Paths in it
    /// are relative to the current folder. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_set)]
    pub(super) sets: Vec<(String, String)>,
    /// The seed; replaces the scenario's.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

/// Arguments of `leyden run`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The output folder [default: output/NAME-sSEED].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads to use [default: all cores]. Results never depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Replaces an earlier run in the output folder.
    #[arg(long)]
    force: bool,
    /// Checks all invariants after every event. Slow: for small scenarios.
    #[arg(long)]
    check: bool,
    /// Also writes attempts.csv.
    #[arg(long)]
    attempts: bool,
    /// Exits with 3 unless the run has this fingerprint.
    #[arg(long, value_name = "HEX", value_parser = parse_fingerprint)]
    fingerprint: Option<String>,
    /// Prints the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Says nothing on stderr but errors.
    #[arg(short, long)]
    quiet: bool,
}

/// Arguments of `leyden check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
}

pub(super) fn parse_set(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// A fingerprint: 128 bits in hexadecimal.
fn parse_fingerprint(text: &str) -> Result<String, String> {
    let is_whole = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_whole.then(|| text.to_owned()).ok_or_else(|| "expected 32 hexadecimal digits".to_owned())
}

impl ScenarioArguments {
    /// The command that repeats this run, with all checks.
    fn again(&self) -> String {
        let mut command = format!("leyden run {} --check", self.scenario.display());
        if let Some(seed) = self.seed {
            command += " --seed ";
            command += &seed.to_string();
        }
        command + &self.repeated_sets()
    }

    /// The options that lay something over the scenario, as they were given.
    pub(super) fn repeated(&self) -> String {
        let seed = self.seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
        seed + &self.repeated_sets()
    }

    fn repeated_sets(&self) -> String {
        let set = |(key, value): &(String, String)| format!(" --set '{key}={value}'");
        self.sets.iter().map(set).collect()
    }

    /// Loads the scenario; prints its warnings, or all its problems.
    pub(super) fn load(&self) -> Result<Loaded, Exit> {
        let mut sets = self.sets.clone();
        sets.extend(self.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
        match scenario::load(&self.scenario, &sets) {
            Ok(loaded) => {
                if !loaded.warnings.is_empty() {
                    host::note(&loaded.warnings.render(host::colour()));
                }
                Ok(loaded)
            }
            Err(problems) => {
                host::note(&problems.render(host::colour()));
                Err(Exit::Usage)
            }
        }
    }
}

/// Prints the scenario as resolved.
pub(super) fn check(arguments: &CheckArguments) -> Exit {
    match arguments.scenario.load() {
        Ok(loaded) => {
            let printed = host::print(&(loaded.resolved + &loaded.sweep_resolved));
            printed.map_or(Exit::Io, |()| Exit::Ok)
        }
        Err(exit) => exit,
    }
}

/// Runs the scenario.
pub(super) fn run(arguments: &RunArguments) -> Exit {
    match try_run(arguments) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(arguments: &RunArguments) -> Result<Exit, Exit> {
    let started = Stopwatch::start();
    let loaded = arguments.scenario.load()?;
    let scenario = &loaded.scenario;
    let dir = arguments.out.clone().unwrap_or_else(|| {
        Path::new("output").join(format!("{}-s{}", scenario.name, scenario.seed))
    });
    let signals = Signals::listen().map_err(|error| {
        host::note(&format!("error: cannot listen for signals: {error}"));
        Exit::Io
    })?;
    let threads = arguments.threads.map_or_else(host::cores, usize::from);
    let setup = simulation::prepare(scenario, 0, arguments.check, threads)
        .map_err(|e| fail(&e, arguments))?;
    if !arguments.quiet {
        host::note(&format!("{} with seed {} to {}", scenario.name, scenario.seed, dir.display()));
        host::notes(&setup.notes);
    }
    let inputs = setup.inputs.clone();
    let loading_s = started.elapsed().as_secs_f64();
    let finished = drive(setup, &dir, arguments, &signals)?;
    let simulated_s = started.elapsed().as_secs_f64() - loading_s;
    let summary = finished.summary.clone();
    let fingerprint = finished.fingerprint.clone();
    let timing = timing(&finished, simulated_s);
    write_report(&loaded, &dir, finished, &inputs, threads)
        .and_then(|()| {
            let timing = Timing {
                wall_s: started.elapsed().as_secs_f64(),
                cpu_s: host::cpu_seconds(),
                peak_memory_bytes: host::peak_memory_bytes(),
                ..timing
            };
            report::write_timing(&dir, &timing)
        })
        .map_err(|error| fail(&RunError::Output(error), arguments))?;
    let text = if arguments.json {
        summary::json(&summary)
    } else {
        summary::text(&summary, &fingerprint, &dir)
    };
    host::print(&text).map_err(|_| Exit::Io)?;
    Ok(compare_fingerprint(&fingerprint, arguments.fingerprint.as_deref()))
}

/// Drives the system under a progress bar.
fn drive(
    setup: Setup,
    dir: &Path,
    arguments: &RunArguments,
    signals: &Signals,
) -> Result<Finished, Exit> {
    let mut meter = Meter::new(setup.expected_demands, arguments.quiet);
    let options = WriterOptions { attempts: arguments.attempts, force: arguments.force };
    let finished = simulation::run(setup, dir, options, &mut |progress, counts| {
        meter.show(progress, counts);
        if signals.came().is_some() { Control::Stop } else { Control::Continue }
    });
    meter.clear();
    finished.map_err(|error| {
        let exit = fail(&error, arguments);
        match (exit, signals.came()) {
            (Exit::Interrupted, Some(Signal::Terminate)) => Exit::Terminated,
            (other, _) => other,
        }
    })
}

/// Summary, plots, page and, last, the manifest.
fn write_report(
    loaded: &Loaded,
    dir: &Path,
    finished: Finished,
    inputs: &[(String, String)],
    threads: usize,
) -> Result<(), OutputError> {
    let name = Lightning::NAME;
    let mut files = finished.files;
    files.push(report::write_summary(dir, name, &finished.summary)?);
    files.push(report::write_comparison(dir, &[(name, &finished.summary)])?);
    report::draw_plots(dir, threads)?;
    report::write_html(dir)?;
    let manifest = Manifest {
        scenario: loaded.resolved.clone(),
        scenario_blake3: loaded.hash.clone(),
        seed: loaded.scenario.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: inputs
            .iter()
            .map(|(path, blake3)| InputFile { path: path.clone(), blake3: blake3.clone() })
            .collect(),
        fingerprints: BTreeMap::from([(name.to_owned(), finished.fingerprint)]),
        files,
    };
    report::write_manifest(dir, &manifest).map(|_mark| ())
}

#[expect(clippy::cast_precision_loss, reason = "rates for timing.json")]
fn timing(finished: &Finished, simulated_s: f64) -> Timing {
    Timing {
        wall_s: 0.0,
        simulated_s,
        cpu_s: None,
        events_per_s: finished.events as f64 / simulated_s,
        payments_per_s: finished.demands as f64 / simulated_s,
        searches_per_payment: finished.searches_per_payment,
        look_ahead_hit_rate: finished.look_ahead_hit_rate,
        peak_memory_bytes: None,
    }
}

fn compare_fingerprint(found: &str, asked: Option<&str>) -> Exit {
    match asked {
        Some(asked) if !asked.eq_ignore_ascii_case(found) => {
            host::note(&format!("error: the fingerprint is {found}, asked for was {asked}"));
            Exit::Fingerprint
        }
        _ => Exit::Ok,
    }
}

/// Prints an error and says with which code to exit.
fn fail(error: &RunError, arguments: &RunArguments) -> Exit {
    host::note(&format!("error: {error}"));
    match error {
        RunError::Data(data) | RunError::Workload(WorkloadError::Data(data)) => data_exit(data),
        RunError::Workload(WorkloadError::Scenario { .. }) => Exit::Usage,
        RunError::Output(output) => output_exit(output),
        RunError::Stopped(Stopped::Broken { .. }) => {
            host::note(&format!("  = help: reproduce with: {}", arguments.scenario.again()));
            Exit::Broken
        }
        RunError::Stopped(Stopped::NoProgress { .. }) => Exit::Limit,
        RunError::Stopped(Stopped::Interrupted { .. }) => Exit::Interrupted,
    }
}

/// The exit code of a bad data file.
pub(super) const fn data_exit(error: &crate::network::DataError) -> Exit {
    if error.unreadable { Exit::Io } else { Exit::Data }
}

/// The exit code of an output error.
pub(super) const fn output_exit(error: &OutputError) -> Exit {
    match error.kind {
        OutputErrorKind::CannotCreate => Exit::CannotCreate,
        OutputErrorKind::Io => Exit::Io,
        OutputErrorKind::BadData => Exit::Data,
    }
}
