//! `leyden run`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, data_exit, output_error, output_exit};
use crate::cli::host::{self, Signal, Signals, Stopwatch};
use crate::cli::limits::{LimitArguments, Limits};
use crate::cli::progress::Meter;
use crate::cli::replications;
use crate::cli::shell::quoted;
use crate::cli::study::{self, Asked};
use crate::cli::summary::{self, Shown};
use crate::ids::SystemName;
use crate::report::{
    self, FileMark, InputFile, Manifest, OutputError, OwnedFolder, Timing, WriterOptions,
};
use crate::scenario::{Loaded, Scenario};
use crate::simulation::{self, Finished, Output, RunError, Setup};
use crate::study::{Findings, StudyError};
use crate::sweep::Measured;
use crate::system::{Control, Stopped};
use crate::units::grouped;
use crate::workload::WorkloadError;

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
    /// Replace an earlier run in the output folder.
    #[arg(long)]
    force: bool,
    /// Run it so many times with draws of its own; intervals are over these. Replaces the scenario's
    /// `replications`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: Option<u32>,
    /// Check all invariants while it runs: after every event in a small world, in a large one as often as makes
    /// the run a few times slower.
    #[arg(long)]
    check: bool,
    /// Find out for each payment whether it was possible at all; column `feasible` of payments.csv. Slow.
    #[arg(long)]
    feasibility: bool,
    /// Also write attempts.csv.
    #[arg(long)]
    attempts: bool,
    /// Exit with code 3 unless the run has this fingerprint. With several systems: SYSTEM=HEX. May be
    /// repeated.
    #[arg(long, value_name = "HEX", value_parser = parse_fingerprint)]
    fingerprint: Vec<AskedFingerprint>,
    /// Write every event to FILE, with the fingerprint after it. Slow; the file becomes large.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArguments,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Print only errors to stderr.
    #[arg(short, long)]
    quiet: bool,
    /// Print more to stderr: sizes, threads, the time of each phase.
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

/// A fingerprint that a system must have; without a system: the only one.
#[derive(Clone, Debug)]
struct AskedFingerprint {
    system: Option<SystemName>,
    hex: String,
}

/// A fingerprint: 128 bits in hexadecimal, and perhaps the system before it.
fn parse_fingerprint(text: &str) -> Result<AskedFingerprint, String> {
    let (system, hex) = match text.split_once('=') {
        Some((name, hex)) => {
            let found = SystemName::ALL.iter().find(|system| system.name() == name);
            (Some(*found.ok_or_else(|| format!("unknown system `{name}`"))?), hex)
        }
        None => (None, text),
    };
    let is_whole = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let asked = is_whole.then(|| AskedFingerprint { system, hex: hex.to_owned() });
    asked.ok_or_else(|| "expected 32 hexadecimal digits".to_owned())
}

impl RunArguments {
    /// What the command line lays over the scenario, seed and replications among it.
    fn all_sets(&self) -> Vec<(String, String)> {
        let mut sets = self.scenario.all_sets();
        sets.extend(self.replications.map(|n| ("replications".to_owned(), n.to_string())));
        let feasibility = ("lightning.feasibility".to_owned(), "true".to_owned());
        sets.extend(self.feasibility.then_some(feasibility));
        sets
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
    let limits = Limits::from_now(&arguments.limits);
    let sets = arguments.all_sets();
    let loaded = arguments.scenario.load_with(&sets)?;
    let scenario = &loaded.scenario;
    refuse_ambiguous(&arguments.fingerprint, &scenario.systems)?;
    let dir = arguments.out.clone().unwrap_or_else(|| {
        Path::new("output").join(format!("{}-s{}", scenario.name, scenario.seed))
    });
    let signals = Signals::listen().map_err(|error| {
        host::note(&format!("error: cannot listen for signals: {error}"));
        Exit::Io
    })?;
    let threads = arguments.threads.map_or_else(host::cores, usize::from);
    let is_over = || signals.came().is_some() || limits.are_reached();
    let study = Asked::of(&loaded, &arguments.scenario.scenario, &sets, threads, &is_over)?;
    let notice = words(arguments, scenario, &dir);
    let mut owned = report::take_folder(&dir, &scenario.systems, &notice, arguments.force)
        .map_err(|error| output_error(&error))?;
    let watched = Watched { arguments, signals: &signals, limits: &limits, started: &started };
    let Simulated { mut finished, others, inputs, wall_s: simulated_s } =
        match watched.simulate(scenario, &dir, threads, &is_over) {
            Ok(simulated) => simulated,
            Err(exit) => {
                report::give_up_folder(owned, &scenario.systems).map_err(|e| output_error(&e))?;
                return Err(exit);
            }
        };
    let found = study
        .as_ref()
        .map_or_else(|| Ok(Findings::default()), Asked::find_out)
        .map_err(|error| fail_study(error, arguments, &signals, &limits))?;
    replications::write(&dir, &mut finished, &others)
        .and_then(|table| {
            write_report(&loaded, &mut owned, (&finished, &found), (&inputs, table), threads)
        })
        .and_then(|manifest| {
            let timing = Timing {
                wall_s: started.elapsed().as_secs_f64(),
                cpu_s: host::cpu_seconds(),
                peak_memory_bytes: host::peak_memory_bytes(),
                ..timing(&finished, simulated_s)
            };
            report::write_timing(&dir, &timing)?;
            report::write_manifest(&dir, &manifest)?;
            owned.finished()
        })
        .map_err(|error| fail(&RunError::Output(error), arguments))?;
    if arguments.verbose {
        host::notes(&work_done(&finished, simulated_s, started.elapsed().as_secs_f64()));
    }
    let shown: Vec<_> = finished
        .into_iter()
        .map(|Finished { system, summary, fingerprint, .. }| Shown { system, summary, fingerprint })
        .collect();
    let text = if arguments.json {
        summary::json(&shown)
    } else {
        summary::text(&shown, &dir) + &study::text(&found)
    };
    host::print(&text).map_err(|_| Exit::Io)?;
    Ok(compare_fingerprints(&shown, &arguments.fingerprint))
}

/// What all replications gave.
struct Simulated {
    finished: Vec<Finished>,
    others: Vec<Measured>,
    inputs: Vec<(String, String)>,
    /// Time on the wall between the first and the last event.
    wall_s: f64,
}

/// A run as it is asked for, and what may stop it.
struct Watched<'a> {
    arguments: &'a RunArguments,
    signals: &'a Signals,
    limits: &'a Limits<'a>,
    started: &'a Stopwatch,
}

impl Watched<'_> {
    /// Reads and draws what the scenario asks for, and simulates it. When it fails, no file is left.
    fn simulate(
        &self,
        scenario: &Scenario,
        dir: &Path,
        threads: usize,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Simulated, Exit> {
        let Self { arguments, signals, limits, started } = *self;
        let each = replications::threads_each(scenario, threads);
        let setup = simulation::prepare(scenario, 0, arguments.check, each)
            .map_err(|e| fail(&e, arguments))?;
        if !arguments.quiet {
            let (name, seed) = (&scenario.name, scenario.seed);
            host::note(&format!("{name} with seed {seed} to {}", dir.display()));
            host::notes(&setup.notes);
        }
        let loading_s = started.elapsed().as_secs_f64();
        if arguments.verbose {
            host::notes(&sizes(&setup, loading_s));
        }
        let inputs = setup.inputs.clone();
        let first = || drive(setup, dir, arguments, signals, limits);
        let failed = |error| stopped(fail(&error, arguments), signals, limits);
        let (finished, others) = replications::together(scenario, threads, is_over, first, failed)?;
        let wall_s = started.elapsed().as_secs_f64() - loading_s;
        Ok(Simulated { finished, others, inputs, wall_s })
    }
}

/// What `--verbose` tells before the first event.
fn sizes(setup: &Setup, loading_s: f64) -> Vec<String> {
    let count = |number: usize| grouped(number as u64, ',');
    let (nodes, channels) = (setup.network.node_count(), setup.network.channel_count());
    vec![
        format!("network: {} nodes, {} channels", count(nodes), count(channels)),
        format!(
            "payments: {}, the run ends by {}",
            grouped(setup.expected_demands, ','),
            setup.span.end
        ),
        format!("threads: {}", setup.span.threads),
        format!("loading took {loading_s:.2} s"),
    ]
}

/// What `--verbose` tells when all is written.
fn work_done(finished: &[Finished], simulated_s: f64, whole_s: f64) -> Vec<String> {
    let mut notes: Vec<_> = finished
        .iter()
        .map(|system| {
            let [events, demands] = [system.events, system.demands].map(|n| grouped(n, ','));
            format!("{}: {events} events for {demands} payments", system.system)
        })
        .collect();
    notes.push(format!("simulating took {simulated_s:.2} s of {whole_s:.2} s in all"));
    if let Some(peak) = host::peak_memory_bytes() {
        notes.push(format!("peak memory: {} MB", peak.div_ceil(1_000_000)));
    }
    notes
}

/// A fingerprint without a system says nothing where there are several, nor one of a system that is
/// not run.
fn refuse_ambiguous(asked: &[AskedFingerprint], systems: &[SystemName]) -> Result<(), Exit> {
    let wrong = asked.iter().find(|asked| match asked.system {
        Some(system) => !systems.contains(&system),
        None => systems.len() > 1,
    });
    let Some(AskedFingerprint { system, hex }) = wrong else { return Ok(()) };
    host::note(&match system {
        Some(system) => format!("error: --fingerprint {system}={hex}: {system} is not run"),
        None => format!(
            "error: --fingerprint {hex}: several systems are run\n  = help: write SYSTEM={hex}"
        ),
    });
    Err(Exit::Usage)
}

/// Drives the systems under a progress bar.
fn drive(
    setup: Setup,
    dir: &Path,
    arguments: &RunArguments,
    signals: &Signals,
    limits: &Limits<'_>,
) -> Result<Vec<Finished>, Exit> {
    let expected = setup.expected_demands * setup.scenario.systems.len() as u64;
    let meter = Mutex::new(Meter::new(expected, arguments.quiet));
    let options = WriterOptions { attempts: arguments.attempts, force: arguments.force };
    let output = Output { dir, options, trace: arguments.trace.as_deref() };
    let finished = simulation::run(setup, Some(output), &|system, progress, counts| {
        // Who finds the meter in use has nothing to wait for: the next look comes soon.
        if let Ok(mut meter) = meter.try_lock() {
            meter.show(system, progress, counts);
        }
        let stop = signals.came().is_some() || limits.are_reached();
        if stop { Control::Stop } else { Control::Continue }
    });
    meter.lock().expect("showing does not panic").clear();
    finished.map_err(|error| stopped(fail(&error, arguments), signals, limits))
}

/// An interruption may have been asked for, or be a limit that was reached.
fn stopped(exit: Exit, signals: &Signals, limits: &Limits<'_>) -> Exit {
    match (exit, signals.came(), limits.reason()) {
        (Exit::Interrupted, Some(Signal::Terminate), _) => Exit::Terminated,
        (Exit::Interrupted, None, Some(reason)) => {
            host::note(&format!("error: a limit was reached: {reason}"));
            Exit::Limit
        }
        (other, ..) => other,
    }
}

/// A study that did not come to its end.
fn fail_study(
    error: StudyError,
    arguments: &RunArguments,
    signals: &Signals,
    limits: &Limits<'_>,
) -> Exit {
    match error {
        StudyError::Run(error) => stopped(fail(&error, arguments), signals, limits),
        StudyError::Variant { .. } | StudyError::Metric(_) => {
            host::note(&format!("error: [study] {error}"));
            Exit::Usage
        }
    }
}

/// What the folder's notice says while the run is not complete.
fn words(arguments: &RunArguments, scenario: &Scenario, dir: &Path) -> String {
    format!(
        "A run of the scenario `{}` with seed {}. Start over with:\n    {} --out {} --force",
        scenario.name.escape_debug(),
        scenario.seed,
        arguments.scenario.command("run"),
        quoted(dir)
    )
}

/// Summaries, comparison, plots and page. Returns the manifest, which is to be written last.
fn write_report(
    loaded: &Loaded,
    owned: &mut OwnedFolder,
    (finished, found): (&[Finished], &Findings),
    (inputs, replications): (&[(String, String)], Option<FileMark>),
    threads: usize,
) -> Result<Manifest, OutputError> {
    let dir = &owned.path().to_owned();
    let mut files: Vec<_> = replications.into_iter().collect();
    for system in finished {
        files.extend(system.files.iter().cloned());
        files.push(report::write_summary(dir, system.system, &system.summary)?);
    }
    let compared: Vec<_> = finished.iter().map(|system| (system.system, &system.summary)).collect();
    files.push(report::write_comparison(dir, &compared)?);
    files.extend(study::write(dir, found)?);
    let drawn = report::draw_plots(owned, threads)?;
    files.push(report::write_html(dir, &drawn)?);
    files.extend(drawn);
    Ok(Manifest {
        scenario: format!("{}{}", loaded.resolved, loaded.study_resolved),
        scenario_blake3: loaded.hash.clone(),
        seed: loaded.scenario.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: inputs
            .iter()
            .map(|(path, blake3)| InputFile { path: path.clone(), blake3: blake3.clone() })
            .collect(),
        fingerprints: finished
            .iter()
            .map(|system| (system.system.name().to_owned(), system.fingerprint.clone()))
            .collect(),
        files,
    })
}

/// Rates over all systems together; searches and plans are Lightning's, which alone has them.
#[expect(clippy::cast_precision_loss, reason = "rates for timing.json")]
fn timing(finished: &[Finished], simulated_s: f64) -> Timing {
    let sum = |of: fn(&Finished) -> u64| finished.iter().map(of).sum::<u64>() as f64;
    Timing {
        wall_s: 0.0,
        simulated_s,
        cpu_s: None,
        events_per_s: sum(|system| system.events) / simulated_s,
        payments_per_s: sum(|system| system.demands) / simulated_s,
        searches_per_payment: finished.iter().map(|system| system.searches_per_payment).sum(),
        look_ahead_hit_rate: finished.iter().find_map(|system| system.look_ahead_hit_rate),
        peak_memory_bytes: None,
    }
}

fn compare_fingerprints(found: &[Shown], asked: &[AskedFingerprint]) -> Exit {
    let mut exit = Exit::Ok;
    for AskedFingerprint { system, hex } in asked {
        let of_it = |shown: &&Shown| system.is_none_or(|system| system == shown.system);
        for Shown { system, fingerprint, .. } in found.iter().filter(of_it) {
            if !hex.eq_ignore_ascii_case(fingerprint) {
                let text = "the fingerprint is";
                host::note(&format!("error: {system}: {text} {fingerprint}, asked for was {hex}"));
                exit = Exit::Fingerprint;
            }
        }
    }
    exit
}

/// Prints an error and says with which code to exit.
fn fail(error: &RunError, arguments: &RunArguments) -> Exit {
    host::note(&format!("error: {error}"));
    match error {
        RunError::Data(data) | RunError::Workload(WorkloadError::Data(data)) => data_exit(data),
        RunError::Workload(WorkloadError::Scenario { .. }) => Exit::Usage,
        RunError::Output(output) => output_exit(output),
        RunError::Stopped(_, Stopped::Broken { .. }) => {
            host::note(&format!("  = help: reproduce with: {}", arguments.scenario.again()));
            Exit::Broken
        }
        RunError::Stopped(_, Stopped::NoProgress { .. }) => Exit::Limit,
        RunError::Stopped(_, Stopped::Interrupted { .. }) => Exit::Interrupted,
    }
}
