//! `leyden saturate`: the highest load that each system sustains, and the least capital.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, data_exit, output_error, output_exit};
use crate::cli::host::{self, Signals};
use crate::cli::shell::quoted;
use crate::report::{self, FileMark, InputFile, Manifest, OutputError, OwnedFolder};
use crate::saturate::{self, Capital, Criterion, SearchLimits, Sustained};
use crate::scenario::{Loaded, Scenario};
use crate::simulation::RunError;
use crate::sweep::InputMark;
use crate::system::{Control, Stopped};
use crate::workload::WorkloadError;

/// Arguments of `leyden saturate`.
#[derive(Debug, Args)]
pub(super) struct SaturateArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The output folder [default: output/NAME-sSEED-saturate, or output/NAME-sSEED-capital].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads to use [default: all cores]. Results never depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Search the least capital that settles 95 and 99 % of the workload instead.
    #[arg(long)]
    capital: bool,
    /// Number of replications, each with its own seeds.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    replications: u32,
    /// Share of the offered payments that must be settled to count as keeping up.
    #[arg(long, value_name = "SHARE", default_value_t = 0.99, value_parser = parse_share)]
    settle: f64,
    /// Precision of the search, as a share of the limit.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = parse_share)]
    tolerance: f64,
    /// Most payments of one probe. Loads that need more are not tried.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    most_payments: u64,
    /// Replace earlier tables in the output folder.
    #[arg(long)]
    force: bool,
    /// Print only errors to stderr.
    #[arg(short, long)]
    quiet: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "expected a number above 0 and at most 1".to_owned())
}

/// Searches, writes tables, prints results.
pub(super) fn saturate(arguments: &SaturateArguments) -> Exit {
    match try_saturate(arguments) {
        Ok(()) => Exit::Ok,
        Err(exit) => exit,
    }
}

fn try_saturate(arguments: &SaturateArguments) -> Result<(), Exit> {
    let loaded = arguments.scenario.load()?;
    let scenario = &loaded.scenario;
    let dir = arguments.out.clone().unwrap_or_else(|| {
        let what = if arguments.capital { "capital" } else { "saturate" };
        Path::new("output").join(format!("{}-s{}-{what}", scenario.name, scenario.seed))
    });
    let signals = Signals::listen().map_err(|error| {
        host::note(&format!("error: cannot listen for signals: {error}"));
        Exit::Io
    })?;
    let pool = pool(arguments)?;
    let mut owned = take(arguments, scenario, &dir).map_err(|error| output_error(&error))?;
    if !arguments.quiet {
        host::note(&format!("{} with seed {} to {}", scenario.name, scenario.seed, dir.display()));
    }
    let search = if arguments.capital { capital } else { load };
    let (files, text) = match pool.install(|| search(arguments, scenario, &mut owned, &signals)) {
        Ok(written) => written,
        Err(exit) => {
            report::give_up_folder(owned, &[]).map_err(|error| output_error(&error))?;
            return Err(exit);
        }
    };
    seal(&loaded, owned, files).map_err(|error| output_error(&error))?;
    host::print(&text).map_err(|_| Exit::Io)
}

/// Takes the folder, before the search: it may last for hours.
fn take(
    arguments: &SaturateArguments,
    scenario: &Scenario,
    dir: &Path,
) -> Result<OwnedFolder, OutputError> {
    let capital = if arguments.capital { " --capital" } else { "" };
    let words = format!(
        "A search on the scenario `{}` with seed {}. Start over with:\n    {}{capital} --out {} --force",
        scenario.name.escape_debug(),
        scenario.seed,
        arguments.scenario.command("saturate"),
        quoted(dir)
    );
    report::take_folder(dir, &[], &words, arguments.force)
}

/// The tables and plots that a search wrote, and what is printed of them.
type Written = (Vec<FileMark>, String);

/// The manifest of what a search wrote; written last.
fn seal(loaded: &Loaded, owned: OwnedFolder, files: Vec<FileMark>) -> Result<(), OutputError> {
    let input = |path: &PathBuf| {
        let mark = InputMark::of(path).map_err(|error| OutputError::io(path, &error))?;
        // Nothing of the machine: the hash says which file it was.
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(InputFile { path: name.into_owned(), blake3: mark.blake3 })
    };
    let inputs = loaded.inputs.iter().map(input).collect::<Result<_, OutputError>>()?;
    let manifest = Manifest {
        scenario: loaded.resolved.clone(),
        scenario_blake3: loaded.hash.clone(),
        seed: loaded.scenario.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs,
        fingerprints: BTreeMap::new(),
        files,
    };
    report::write_manifest(owned.path(), &manifest)?;
    owned.finished()
}

fn limits(arguments: &SaturateArguments) -> SearchLimits {
    SearchLimits {
        replications: arguments.replications,
        tolerance: arguments.tolerance,
        payments: arguments.most_payments,
    }
}

/// The threads on which searches run.
fn pool(arguments: &SaturateArguments) -> Result<rayon::ThreadPool, Exit> {
    let threads = arguments.threads.map_or_else(host::cores, usize::from);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        host::note(&format!("error: no threads: {error}"));
        Exit::Io
    })
}

fn going_on(signals: &Signals) -> Control {
    if signals.came().is_some() { Control::Stop } else { Control::Continue }
}

fn load(
    arguments: &SaturateArguments,
    scenario: &Scenario,
    owned: &mut OwnedFolder,
    signals: &Signals,
) -> Result<Written, Exit> {
    let dir = owned.path().to_owned();
    let criterion = Criterion { settle: arguments.settle, ..Criterion::default() };
    let watch = |_, _, _| going_on(signals);
    let (loads, sustained) =
        saturate::loads(scenario, criterion, limits(arguments), &watch).map_err(|e| fail(&e))?;
    let tables = saturate::write_saturation(&dir, &loads, &sustained, arguments.force);
    let drawn =
        tables.and_then(|marks| Ok([&marks[..], &report::draw_saturation(owned)?].concat()));
    let files = drawn.map_err(|error| output_error(&error))?;
    let mut text = String::new();
    for Sustained { system, sustained_tps, interval, limited_by, .. } in &sustained {
        let interval = ends(*interval);
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{:<18}{sustained_tps:>14.3} payments/s{interval}  {limited_by}",
            system.name()
        );
    }
    Ok((files, text + &format!("{:<18}{}\n", "written to", dir.display())))
}

fn capital(
    arguments: &SaturateArguments,
    scenario: &Scenario,
    owned: &mut OwnedFolder,
    signals: &Signals,
) -> Result<Written, Exit> {
    let dir = owned.path().to_owned();
    let watch = |_, _, _| going_on(signals);
    let rows =
        saturate::capitals(scenario, limits(arguments), &watch).map_err(|error| fail(&error))?;
    let table = saturate::write_capital(&dir, &rows, arguments.force);
    let drawn = table.and_then(|mark| Ok([vec![mark], report::draw_capital(owned)?].concat()));
    let files = drawn.map_err(|error| output_error(&error))?;
    let mut text = String::new();
    for Capital { system, target, capital_usd, interval, limited_by } in &rows {
        let found = capital_usd.map_or("-".to_owned(), |usd| format!("${usd:.0}"));
        let (percent, interval) = (target * 100.0, ends(*interval));
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{:<18}{percent:>3.0} %{found:>18}{interval}  {limited_by}",
            system.name()
        );
    }
    Ok((files, text + &format!("{:<18}{}\n", "written to", dir.display())))
}

fn ends(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[low, high]| format!("  (95 %: {low:.3} to {high:.3})"))
}

fn fail(error: &RunError) -> Exit {
    host::note(&format!("error: {error}"));
    match error {
        RunError::Data(data) | RunError::Workload(WorkloadError::Data(data)) => data_exit(data),
        RunError::Workload(WorkloadError::Scenario { .. }) => Exit::Usage,
        RunError::Output(output) => output_exit(output),
        RunError::Stopped(_, Stopped::Broken { .. }) => Exit::Broken,
        RunError::Stopped(_, Stopped::NoProgress { .. }) => Exit::Limit,
        RunError::Stopped(_, Stopped::Interrupted { .. }) => Exit::Interrupted,
    }
}
