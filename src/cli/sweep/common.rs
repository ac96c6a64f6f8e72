//! What a sweep on this machine and the steps of one on many have in common: plan, compute, tables,
//! plots, messages.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, output_error, output_exit};
use crate::cli::host::{self, Signal, Signals, Stopwatch};
use crate::cli::parquet::write_parquet;
use crate::cli::sweep::progress::Meter;
use crate::report::{self, OutputError, SweepFacts};
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

/// Makes the folder. One that holds a sweep or a run is refused unless that is meant.
pub(in crate::cli) fn claim(dir: &Path, is_meant: bool) -> Result<(), OutputError> {
    std::fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
    if dir.join("manifest.json").exists() {
        return Err(OutputError::cannot_create(dir, "it holds a run; choose another folder"));
    }
    if Plan::is_in(dir) && !is_meant {
        let what = "it holds a sweep already; use --resume to resume it, or choose another folder";
        return Err(OutputError::cannot_create(dir, what));
    }
    Ok(())
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
    resume: &dyn Fn() -> String,
) -> Option<Exit> {
    let signal = signal.filter(|_| report.left > 0 || report.computed > 0)?;
    host::note(&format!(
        "interrupted: {} runs computed, {} left; {}",
        report.computed,
        report.left,
        resume()
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
pub(in crate::cli) fn draw(plan: &Plan, dir: &Path) -> Result<PathBuf, OutputError> {
    report::draw_sweep(dir, &plan.spec.plots, host::cores())?;
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
    report::write_sweep_html(dir, &facts)
}

/// Makes the tables and, unless they are not wanted, the pictures.
pub(in crate::cli) fn finish(
    plan: &Plan,
    dir: &Path,
    quiet: bool,
    makes: &MakesArguments,
) -> Result<Collected, Exit> {
    let collected = sweep::collect(plan, dir).map_err(|error| output_error(&error))?;
    if !makes.no_plots {
        draw(plan, dir).map_err(|error| output_error(&error))?;
    }
    write_parquet(dir, makes.parquet).map_err(|error| output_error(&error))?;
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
