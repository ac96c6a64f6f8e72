//! Computes runs of a sweep on many threads.
//!
//! Runs are independent and each lands in a file of its own, so neither the number of threads nor the
//! order changes a byte of any table. One run uses one thread, unless there are fewer runs than threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use rayon::prelude::*;

use crate::metrics::{Figure, figures};
use crate::report::OutputError;
use crate::scenario::StopRule;
use crate::simulation::RunError;
use crate::sweep::measure::{Measured, measure};
use crate::sweep::plan::{Plan, PlanError};
use crate::sweep::statistic::{Cell, over_replications};
use crate::sweep::store::{RunResult, Store, SystemResult};

/// One run of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The number of its point.
    pub point: u32,
    /// Which replication.
    pub replication: u32,
}

/// Looks on while runs are computed, from many threads.
pub trait Observer: Sync {
    /// Whether no further run should begin. Those under way are finished.
    fn is_over(&self) -> bool;
    /// Seconds on some clock, to time runs by.
    fn seconds(&self) -> f64;
    /// So many further runs have become necessary.
    fn more(&self, runs: u64);
    /// A run has ended, or needed not be computed.
    fn done(&self, job: Job, is_computed: bool);
}

/// What became of the runs.
#[derive(Debug, Default)]
pub struct Execution {
    /// Runs computed.
    pub computed: u64,
    /// Runs that were there already.
    pub reused: u64,
    /// Runs that were not begun.
    pub left: u64,
    /// Runs that failed.
    pub failed: Vec<FailedRun>,
    /// Time on the wall of all runs counted, together.
    pub wall_s: f64,
}

/// A run that failed.
#[derive(Debug)]
pub struct FailedRun {
    /// Which.
    pub job: Job,
    /// Why.
    pub why: FailureCause,
}

/// Why a run failed.
#[derive(Debug)]
pub enum FailureCause {
    /// The run itself.
    Run(Box<RunError>),
    /// It panicked: our bug.
    Panic,
    /// The plan does not fit this program or these files.
    Plan(PlanError),
    /// Its result cannot be written.
    Output(OutputError),
}

impl std::fmt::Display for FailureCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run(error) => write!(f, "{error}"),
            Self::Panic => f.write_str("it panicked; this is a bug of ours"),
            Self::Plan(error) => write!(f, "{error}"),
            Self::Output(error) => write!(f, "{error}"),
        }
    }
}

/// The replications asked for of some points, in the order of the points.
pub fn jobs(plan: &Plan, points: impl IntoIterator<Item = u32>) -> Vec<Job> {
    let replications = plan.spec.replications;
    points
        .into_iter()
        .flat_map(|point| (0..replications).map(move |replication| Job { point, replication }))
        .collect()
}

/// Computes what is missing of `jobs`; where the plan stops by precision, also further replications of
/// their points, one more for each point at a time.
///
/// # Panics
/// When the threads cannot be started.
pub fn execute(
    plan: &Plan,
    store: &Store,
    jobs: Vec<Job>,
    threads: usize,
    watch: &dyn Observer,
) -> Execution {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("the system gives threads");
    let report = Mutex::new(Execution::default());
    let mut round = jobs;
    pool.install(|| {
        while !round.is_empty() {
            let each = (threads / round.len()).max(1);
            round.iter().par_bridge().for_each(|job| {
                one(plan, store, *job, each, watch, &report);
            });
            let Some(rule) = &plan.spec.stop else { break };
            if watch.is_over() {
                break;
            }
            round = further(plan, store, rule, &round);
            watch.more(round.len() as u64);
        }
    });
    let mut report = report.into_inner().expect("no thread panics while it holds it");
    report.failed.sort_by_key(|failed| failed.job);
    report
}

/// The next replication of each point of `round` that is not yet precise enough. A point of which a
/// replication failed gets no more.
fn further(plan: &Plan, store: &Store, rule: &StopRule, round: &[Job]) -> Vec<Job> {
    let mut last: Vec<Job> = round.to_vec();
    last.reverse();
    last.dedup_by_key(|job| job.point);
    last.reverse();
    let next = |job: &Job| match precision(plan, store, rule, job.point) {
        Precision::Next(replication) if replication == job.replication + 1 => {
            Some(Job { point: job.point, replication })
        }
        _ => None,
    };
    last.par_iter().filter_map(next).collect()
}

/// How far a point is on its way to a narrow interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// So many replications count: the fewest, from those asked for on, whose interval is narrow
    /// enough, or all that are allowed.
    Enough(u32),
    /// This replication is the first that is missing.
    Next(u32),
    /// The metric was never observed in this replication.
    Unobserved(u32),
}

/// Looks at the replications of a point in their order: what a later one says counts only when the
/// earlier ones were not enough.
pub(super) fn precision(plan: &Plan, store: &Store, rule: &StopRule, point: u32) -> Precision {
    let mut cells = Vec::new();
    for replication in 0..rule.replications_max {
        let Some(result) = store.load(&plan.run_id(point, replication)) else {
            return Precision::Next(replication);
        };
        let found = figure(&result, &rule.metric).filter(|figure| figure.value.is_some());
        let Some(found) = found else { return Precision::Unobserved(replication) };
        cells.push(Cell::of(found));
        let is_narrow = |half: f64, mean: f64| half <= rule.relative_half_width * mean.abs();
        let enough = cells.len() >= plan.spec.replications as usize
            && over_replications(&found.name, &cells)
                .is_some_and(|of| of.half_width().is_some_and(|half| is_narrow(half, of.mean)));
        if enough {
            return Precision::Enough(replication + 1);
        }
    }
    Precision::Enough(rule.replications_max)
}

/// The figure `system.metric` or, of the first system, `metric`.
fn figure<'a>(result: &'a RunResult, name: &str) -> Option<&'a Figure> {
    result.systems.iter().enumerate().find_map(|(number, system)| {
        let own = name.strip_prefix(&system.system).and_then(|rest| rest.strip_prefix('.'));
        let wanted = own.or((number == 0).then_some(name))?;
        system.metrics.iter().find(|figure| figure.name == wanted)
    })
}

/// One run, unless it is there or nobody waits for it.
fn one(
    plan: &Plan,
    store: &Store,
    job: Job,
    threads: usize,
    watch: &dyn Observer,
    report: &Mutex<Execution>,
) {
    let id = plan.run_id(job.point, job.replication);
    if let Some(result) = store.load(&id) {
        {
            let mut report = report.lock().expect("no thread panics while it holds it");
            report.reused += 1;
            report.wall_s += result.wall_s;
        }
        watch.done(job, false);
        return;
    }
    if watch.is_over() {
        report.lock().expect("no thread panics while it holds it").left += 1;
        return;
    }
    let ended = compute(plan, store, &id, job, threads, watch);
    {
        let mut report = report.lock().expect("no thread panics while it holds it");
        match ended {
            Ok(wall_s) => {
                report.computed += 1;
                report.wall_s += wall_s;
            }
            Err(why) => report.failed.push(FailedRun { job, why }),
        }
    }
    watch.done(job, true);
}

fn compute(
    plan: &Plan,
    store: &Store,
    id: &str,
    job: Job,
    threads: usize,
    watch: &dyn Observer,
) -> Result<f64, FailureCause> {
    let scenario = plan.scenario_of(job.point).map_err(FailureCause::Plan)?;
    let started = watch.seconds();
    // A panic of one run must not take the others along.
    let run = || measure(&scenario, job.replication, threads, &|| false);
    let measured: Measured = catch_unwind(AssertUnwindSafe(run))
        .map_err(|_panic| FailureCause::Panic)?
        .map_err(|error| FailureCause::Run(Box::new(error)))?;
    let wall_s = watch.seconds() - started;
    let systems = measured
        .systems
        .into_iter()
        .map(|of| SystemResult {
            system: of.system,
            fingerprint: of.fingerprint,
            metrics: figures(&of.summary),
            courses: of.summary.courses,
        })
        .collect();
    let point = &plan.points[job.point as usize];
    let result = RunResult {
        id: id.to_owned(),
        version: plan.version.clone(),
        scenario: point.scenario.clone(),
        seed: point.seed,
        replication: job.replication,
        wall_s,
        systems,
    };
    store.save(&result).map_err(FailureCause::Output)?;
    Ok(wall_s)
}
