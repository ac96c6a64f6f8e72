//! What a sweep on this machine and the steps of one on many have in common: plan, compute, tables,
//! plots, messages.

use std::path::Path;

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, output_error, output_exit};
use crate::cli::host::{self, Signal, Signals, Stopwatch};
use crate::cli::parquet::write_parquet;
use crate::cli::sweep::progress::Meter;
use crate::report::{self, Existing, FileMark, OutputError, OwnedFolder, SweepFacts};
use crate::simulation::RunError;
use crate::sweep::{self, Collected, Execution, FailureCause, Job, Plan, PlanError, Store};
use crate::system::Stopped;

/// What to make from the results.
#[derive(Debug, Args)]
pub(in crate::cli) struct MakesArguments {
    /// Write tables only. `leyden report` draws plots and page later.
    #[arg(long)]
    no_plots: bool,
    /// Also write the tables as Apache Parquet. Needs the feature `parquet`.
    #[arg(long)]
    pub(in crate::cli) parquet: bool,
}

/// How to compute.
#[derive(Debug, Args)]
pub(in crate::cli) struct HowArguments {
    /// Threads to use [default: all cores]. Results never depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Print only errors to stderr.
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
}

impl HowArguments {
    fn threads(&self) -> usize {
        self.threads.map_or_else(host::cores, usize::from)
    }
}

/// Reads a scenario and lays out its sweep.
pub(in crate::cli) fn planned(scenario: &ScenarioArguments) -> Result<Plan, Exit> {
    let loaded = scenario.load()?;
    let mut sets = scenario.sets.clone();
    sets.extend(scenario.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
    let current = host::current_folder().map_err(|error| {
        host::note(&format!("error: cannot tell the current folder: {error}"));
        Exit::Io
    })?;
    Plan::make(&scenario.scenario, &loaded, &sets, &current).map_err(|error| plan_error(&error))
}

/// Says what is wrong with a plan.
pub(in crate::cli) fn plan_error(error: &PlanError) -> Exit {
    host::note(&format!("error: {error}"));
    match error {
        PlanError::NoSweep | PlanError::Points(..) | PlanError::Metric(..) => Exit::Usage,
        PlanError::Input(..) => Exit::Io,
        PlanError::Changed(_) | PlanError::Unusable(..) => Exit::Data,
    }
}

/// What to do about a sweep that is in the folder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Earlier {
    /// Leave it, and fail.
    Refuse,
    /// Go on with it, if it is the same.
    Resume,
    /// Put another plan in its place.
    Replace,
}

/// Takes the folder of a sweep; `words` tell how to go on after an interruption. One that holds a run, or a sweep that is
/// not meant, is refused.
pub(in crate::cli) fn claim(
    dir: &Path,
    plan: &Plan,
    earlier: Earlier,
    words: &str,
) -> Result<OwnedFolder, Exit> {
    let refuse = |what| Err(output_error(&OutputError::cannot_create(dir, what)));
    let in_folder = |dir| Plan::read(dir).map_err(|error| plan_error(&error));
    if dir.join("manifest.json").exists() {
        return refuse("it holds a run; choose another folder");
    }
    if Plan::is_in(dir) {
        match earlier {
            Earlier::Refuse => {
                return refuse(
                    "it holds a sweep already; use --resume to resume it, or choose another folder",
                );
            }
            Earlier::Resume if !in_folder(dir)?.varies_the_same_as(plan) => {
                return refuse(
                    "the sweep in it is another one: its scenario, seed or program differs; use --force to replace \
                     its plan, or choose another folder",
                );
            }
            Earlier::Resume | Earlier::Replace => {}
        }
    }
    let words =
        format!("The sweep `{}` with seed {}; {words}", plan.name.escape_debug(), plan.seed);
    OwnedFolder::take(dir, &words, Existing::Replace).map_err(|error| output_error(&error))
}

/// How many points and runs.
pub(in crate::cli) fn layout(plan: &Plan) -> String {
    let more = plan.spec.stop.as_ref().map_or(String::new(), |stop| {
        format!(
            ", up to {} where the interval of {} is wider than ±{} %",
            stop.replications_max,
            stop.metric,
            stop.relative_half_width * 100.0
        )
    });
    format!(
        "{} points ({}) × {} replications = {} runs{more}",
        plan.count(),
        plan.spec.design.name(),
        plan.spec.replications,
        plan.runs()
    )
}

/// Computes jobs under a progress bar: first one of them alone, to estimate the time of all.
pub(in crate::cli) fn compute(
    plan: &Plan,
    store: &Store,
    jobs: Vec<Job>,
    how: &HowArguments,
) -> Result<(Execution, Option<Signal>), Exit> {
    let signals = Signals::listen().map_err(|error| {
        host::note(&format!("error: cannot listen for signals: {error}"));
        Exit::Io
    })?;
    let clock = Stopwatch::start();
    let threads = how.threads();
    let is_missing = |job: &&Job| store.load(&plan.run_id(job.point, job.replication)).is_none();
    let mut probed = 0;
    if let Some(first) = jobs.iter().find(is_missing).filter(|_| !how.quiet && jobs.len() > 1) {
        let meter = Meter::new(1, true, &clock, &signals);
        let report = sweep::execute(plan, store, vec![*first], threads, &meter);
        probed = report.computed;
        if let (Some(estimate), 1) = (estimate(plan, *first, report.wall_s, &jobs), probed) {
            host::note(&format!(
                "the first run took {:.3} s: about {} on {threads} threads",
                report.wall_s,
                duration(estimate / f64::from(u32::try_from(threads).unwrap_or(u32::MAX)))
            ));
        }
    }
    let meter = Meter::new(jobs.len() as u64, how.quiet, &clock, &signals);
    let mut report = sweep::execute(plan, store, jobs, threads, &meter);
    meter.clear();
    // The run that was timed was then found again.
    report.computed += probed;
    report.reused -= probed.min(report.reused);
    Ok((report, signals.came()))
}

/// Seconds that all jobs take on one thread, by the payments that are expected of each.
fn estimate(plan: &Plan, first: Job, took_s: f64, jobs: &[Job]) -> Option<f64> {
    let weight = |job: &Job| plan.points[job.point as usize].payments;
    let per_payment = took_s / weight(&first);
    let all: f64 = jobs.iter().map(weight).sum();
    (per_payment * all).is_finite().then_some(per_payment * all)
}

/// A time for people.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

/// What to say and how to exit when a signal ended it.
pub(in crate::cli) fn interrupted(
    report: &Execution,
    signal: Option<Signal>,
    resume: &str,
) -> Option<Exit> {
    let signal = signal.filter(|_| report.left > 0 || report.computed > 0)?;
    host::note(&format!(
        "interrupted: {} runs computed, {} left; {resume}",
        report.computed, report.left,
    ));
    Some(if signal == Signal::Terminate { Exit::Terminated } else { Exit::Interrupted })
}

/// Prints what failed, and how to see it again.
pub(in crate::cli) fn failures(plan: &Plan, report: &Execution) -> Exit {
    const SHOWN: usize = 10;
    for failed in report.failed.iter().take(SHOWN) {
        let Job { point, replication } = failed.job;
        let of = &plan.points[point as usize];
        let values: Vec<String> = plan
            .spec
            .axes
            .iter()
            .zip(&of.values)
            .map(|(axis, value)| format!("{} = {value}", axis.key))
            .collect();
        host::note(&format!(
            "error: point {point} ({}), seed {}, replication {replication}: {}",
            values.join(", "),
            of.seed,
            failed.why
        ));
    }
    if report.failed.len() > SHOWN {
        host::note(&format!("and {} more", report.failed.len() - SHOWN));
    }
    let is_broken = |why: &FailureCause| {
        matches!(why, FailureCause::Panic)
            || matches!(why, FailureCause::Run(error) if matches!(**error, RunError::Stopped(_, Stopped::Broken { .. })))
    };
    if let Some(error) = report.failed.iter().find_map(|failed| match &failed.why {
        FailureCause::Output(error) => Some(error),
        _ => None,
    }) {
        return output_exit(error);
    }
    match report.failed.iter().any(|failed| is_broken(&failed.why)) {
        _ if report.failed.is_empty() => Exit::Ok,
        true if report.failed.len() as u64 >= plan.runs() => Exit::Broken,
        _ => Exit::SomeFailed,
    }
}

/// Draws plots and page.
pub(in crate::cli) fn draw(
    plan: &Plan,
    owned: &mut OwnedFolder,
) -> Result<Vec<FileMark>, OutputError> {
    let mut drawn = report::draw_sweep(owned, &plan.spec.plots, host::cores())?;
    let values = |number: usize| {
        let mut shown: Vec<&str> = Vec::new();
        for point in &plan.points {
            let value = point.values[number].trim_matches('"');
            if !shown.contains(&value) {
                shown.push(value);
            }
        }
        let few = shown.len() <= 12;
        if few {
            shown.join(", ")
        } else {
            format!("{} values, {} …", shown.len(), shown[..3].join(", "))
        }
    };
    let axes = plan.spec.axes.iter().enumerate();
    let facts = SweepFacts {
        name: plan.name.clone(),
        layout: layout(plan),
        seed: plan.seed,
        version: plan.version.clone(),
        axes: axes.map(|(number, axis)| (axis.key.clone(), values(number))).collect(),
    };
    drawn.push(report::write_sweep_html(owned.path(), &facts, &drawn)?);
    Ok(drawn)
}

/// Tables, plots, page, and the manifest last.
fn write_all(
    plan: &Plan,
    owned: &mut OwnedFolder,
    makes: &MakesArguments,
) -> Result<Collected, OutputError> {
    let dir = &owned.path().to_owned();
    let collected = sweep::collect(plan, dir)?;
    let mut files = collected.files.clone();
    if !makes.no_plots {
        files.extend(draw(plan, owned)?);
    }
    files.extend(write_parquet(dir, makes.parquet)?);
    sweep::write_manifest(plan, dir, collected.runs, files)?;
    Ok(collected)
}

/// Makes the tables and, unless they are not wanted, the pictures.
pub(in crate::cli) fn finish(
    plan: &Plan,
    owned: &mut OwnedFolder,
    quiet: bool,
    makes: &MakesArguments,
) -> Result<Collected, Exit> {
    let collected = write_all(plan, owned, makes).map_err(|error| output_error(&error))?;
    if !quiet {
        let ratios = &collected.variance_ratios;
        if let (true, Some(median)) =
            (plan.spec.common_random_numbers, ratios.get(ratios.len() / 2))
        {
            let word = if *median < 1.0 { "they help" } else { "they do not help here" };
            host::note(&format!(
                "common random numbers: variance of the success ratio's paired differences over that \
                 of independent ones, median {median:.3}: {word}"
            ));
        }
    }
    Ok(collected)
}

/// What is printed at the end.
pub(in crate::cli) fn summary(report: &Execution, dir: &Path) -> String {
    format!(
        "computed {}\nreused {}\nfailed {}\nwritten to {}\n",
        report.computed,
        report.reused,
        report.failed.len(),
        dir.display()
    )
}
