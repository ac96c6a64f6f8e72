//! `leyden sweep`: the whole sweep on this machine, or in steps for clusters.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::Exit;
use crate::cli::host::{self, Signal, Signals, Stopwatch};
use crate::cli::report::{parquet_is_there, write_parquet};
use crate::cli::run::{ScenarioArguments, output_exit};
use crate::cli::sweep_progress::Meter;
use crate::cli::sweep_steps::{
    self, CollectArguments, PlanArguments, ShardArguments, StatusArguments,
};
use crate::report::{self, OutputError, SweepFacts};
use crate::simulation::RunError;
use crate::sweep::{self, Collected, Execution, FailureCause, Job, Plan, PlanError, Store};
use crate::system::Stopped;

/// Arguments of `leyden sweep`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(super) struct SweepArguments {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    scenario: Option<ScenarioArguments>,
    #[command(flatten)]
    local: LocalArguments,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Lays out the points of a sweep in a folder, for many machines to compute.
    Plan(PlanArguments),
    /// Computes a share of a plan; what is there already is not computed again.
    Run(ShardArguments),
    /// Says how much of a plan is done.
    Status(StatusArguments),
    /// Makes the tables and plots from the results that are there.
    Collect(CollectArguments),
    /// Prints a job script for Slurm: an array over the shards, and a collecting job after it.
    Slurm(sweep_steps::SlurmArguments),
}

/// Arguments of a sweep on this machine.
#[derive(Debug, Args)]
struct LocalArguments {
    /// The output folder [default: output/NAME-sSEED].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    how: HowArguments,
    /// Goes on with the sweep in the output folder: valid results are kept.
    #[arg(long)]
    resume: bool,
    /// Plans anew over an earlier sweep in the output folder. Results that are still valid are kept.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    makes: MakesArguments,
}

/// What to make from the results.
#[derive(Debug, Args)]
pub(super) struct MakesArguments {
    /// Writes tables only; `leyden report` draws plots and page later.
    #[arg(long)]
    no_plots: bool,
    /// Writes the tables as Apache Parquet too; only if built with the feature `parquet`.
    #[arg(long)]
    pub(super) parquet: bool,
}

/// How to compute.
#[derive(Debug, Args)]
pub(super) struct HowArguments {
    /// Threads to use [default: all cores]. Results never depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,
    /// Says nothing on stderr but errors.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

impl HowArguments {
    fn threads(&self) -> usize {
        self.threads.map_or_else(host::cores, usize::from)
    }
}

/// Sweeps.
pub(super) fn sweep(arguments: SweepArguments) -> Exit {
    let SweepArguments { step, scenario, local: arguments } = arguments;
    let ended = match (step, scenario) {
        (Some(Step::Plan(arguments)), _) => sweep_steps::plan(&arguments),
        (Some(Step::Run(arguments)), _) => sweep_steps::run(&arguments),
        (Some(Step::Status(arguments)), _) => sweep_steps::status(&arguments),
        (Some(Step::Collect(arguments)), _) => sweep_steps::collect(&arguments),
        (Some(Step::Slurm(arguments)), _) => sweep_steps::slurm(&arguments),
        (None, Some(scenario)) => local(&scenario, &arguments),
        (None, None) => Err(Exit::Usage),
    };
    ended.unwrap_or_else(|exit| exit)
}

/// Reads a scenario and lays out its sweep.
pub(super) fn planned(scenario: &ScenarioArguments) -> Result<Plan, Exit> {
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
pub(super) fn plan_error(error: &PlanError) -> Exit {
    host::note(&format!("error: {error}"));
    match error {
        PlanError::NoSweep | PlanError::Points(..) | PlanError::Metric(..) => Exit::Usage,
        PlanError::Input(..) => Exit::Io,
        PlanError::Changed(_) | PlanError::Unusable(..) => Exit::Data,
    }
}

fn local(scenario: &ScenarioArguments, arguments: &LocalArguments) -> Result<Exit, Exit> {
    parquet_is_there(arguments.makes.parquet)?;
    let plan = planned(scenario)?;
    let dir = arguments
        .out
        .clone()
        .unwrap_or_else(|| Path::new("output").join(format!("{}-s{}", plan.name, plan.seed)));
    claim(&dir, arguments.resume || arguments.force).map_err(|error| output_error(&error))?;
    let store = Store::of(&dir);
    store.create().and_then(|()| plan.write(&dir)).map_err(|error| output_error(&error))?;
    store.sweep_parts();
    let quiet = arguments.how.quiet;
    if !quiet {
        host::note(&format!("{} with seed {} to {}", plan.name, plan.seed, dir.display()));
        host::note(&layout(&plan));
    }
    let jobs = sweep::jobs(&plan, 0..plan.count());
    let (report, signal) = compute(&plan, &store, jobs, &arguments.how)?;
    let resume = || format!("go on with: {}", resume_command(scenario, &dir));
    if let Some(exit) = interrupted(&report, signal, &resume) {
        return Ok(exit);
    }
    let exit = failures(&plan, &report);
    finish(&plan, &dir, quiet, &arguments.makes)?;
    host::print(&summary(&report, &dir)).map_err(|_| Exit::Io)?;
    Ok(exit)
}

/// Makes the folder. One that holds a sweep or a run is refused unless that is meant.
pub(super) fn claim(dir: &Path, is_meant: bool) -> Result<(), OutputError> {
    std::fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
    if dir.join("manifest.json").exists() {
        return Err(OutputError::cannot_create(dir, "it holds a run; choose another folder"));
    }
    if Plan::is_in(dir) && !is_meant {
        let what = "it holds a sweep already; use --resume to go on with it, or another folder";
        return Err(OutputError::cannot_create(dir, what));
    }
    Ok(())
}

/// Prints an output error.
pub(super) fn output_error(error: &OutputError) -> Exit {
    host::note(&format!("error: {error}"));
    output_exit(error)
}

/// How many points and runs.
pub(super) fn layout(plan: &Plan) -> String {
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
pub(super) fn compute(
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
pub(super) fn interrupted(
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

fn resume_command(scenario: &ScenarioArguments, dir: &Path) -> String {
    let mut command = format!("leyden sweep {}", scenario.scenario.display());
    command += &scenario.repeated();
    format!("{command} --out {} --resume", dir.display())
}

/// Prints what failed, and how to see it again.
pub(super) fn failures(plan: &Plan, report: &Execution) -> Exit {
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
pub(super) fn draw(plan: &Plan, dir: &Path) -> Result<PathBuf, OutputError> {
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
pub(super) fn finish(
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
pub(super) fn summary(report: &Execution, dir: &Path) -> String {
    format!(
        "computed {}\nreused {}\nfailed {}\nwritten to {}\n",
        report.computed,
        report.reused,
        report.failed.len(),
        dir.display()
    )
}
