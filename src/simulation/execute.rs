//! Runs the systems of a scenario side by side, under one budget of threads.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::ids::SystemName;
use crate::metrics::{Summary, SummaryResult, Window};
use crate::report::{self, FileMark, OutputError, RunWriter, Trace, WriterOptions};
use crate::simulation::fan_out::{Counts, FanOut};
use crate::simulation::systems::{self, Job};
use crate::simulation::{RunError, Setup};
use crate::system::{Control, PaymentSystem, Progress, Running, Span, Stopped, drive};
use crate::units::Prices;
use crate::workload::{Hashed, Workload};

/// Where the files of a run go.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// The folder of the run.
    pub dir: &'a Path,
    /// What to write.
    pub options: WriterOptions,
    /// The event log, outside the folder; with several systems their names are added.
    pub trace: Option<&'a Path>,
}

/// Watches the systems, from their threads, and may stop the run.
pub type Watch<'a> = dyn Fn(SystemName, Progress, Counts) -> Control + Sync + 'a;

/// What a finished system leaves.
#[derive(Debug)]
pub struct Finished {
    /// The system.
    pub system: SystemName,
    /// All metrics.
    pub summary: SummaryResult,
    /// What happened, hashed.
    pub fingerprint: String,
    /// Files written, with their hashes.
    pub files: Vec<FileMark>,
    /// Events handled and demands taken.
    pub events: u64,
    /// Demands taken.
    pub demands: u64,
    /// Path searches per payment.
    pub searches_per_payment: f64,
    /// Share of first attempts planned ahead that were used; `None` where nothing was.
    pub look_ahead_hit_rate: Option<f64>,
}

/// What all systems of a run share.
pub(super) struct Shared<'a> {
    pub(super) watch: &'a Watch<'a>,
    workload: &'a Workload,
    names: &'a std::sync::Arc<report::Names>,
    span: Span,
    window: Window,
    prices: Prices,
    output: Option<Output<'a>>,
    /// Whether more than one system is run.
    several: bool,
    /// Systems at work.
    running: AtomicUsize,
    failed: AtomicBool,
}

impl Shared<'_> {
    /// Whether a system has failed, so that the others need not go on.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// What is left of the threads for one system beside those that other systems run on.
    pub(super) fn free_threads(&self, of: usize) -> usize {
        let others = self.running.load(Ordering::Relaxed).saturating_sub(1);
        of.saturating_sub(others).max(1)
    }
}

/// A system at its end, its files not yet named.
pub(super) struct Ended {
    finished: Finished,
    writer: Option<RunWriter>,
}

/// Drives every system to its end and, where there is an output, writes its rows there.
///
/// Results come in the order of the scenario's `systems`.
///
/// # Errors
/// When output cannot be written, an invariant breaks, time stands still, or `watch` stops the run.
/// Then no file has its final name.
pub fn run(
    setup: Setup,
    output: Option<Output<'_>>,
    watch: &Watch<'_>,
) -> Result<Vec<Finished>, RunError> {
    if let Some(output) = output {
        report::prepare_folder(output.dir, output.options.force).map_err(RunError::Output)?;
    }
    let order = setup.scenario.systems.clone();
    let (span, window, prices) = (setup.span, setup.window, setup.scenario.prices);
    let (workload, names) = (setup.workload.clone(), setup.names.clone());
    let jobs = systems::jobs(setup);
    let several = jobs.len() > 1;
    let workers = span.threads.clamp(1, jobs.len().max(1));
    let shared = Shared {
        watch,
        workload: &workload,
        names: &names,
        span,
        window,
        prices,
        output,
        several,
        running: AtomicUsize::new(workers),
        failed: AtomicBool::new(false),
    };
    let waiting = Mutex::new(VecDeque::from(jobs));
    let mut ended: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..workers).map(|_| scope.spawn(|| work(&shared, &waiting))).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("failures are values"));
        done.flatten().collect()
    });
    ended.sort_by_key(|(system, _)| order.iter().position(|other| other == system));
    close(ended)
}

/// Runs one waiting system after the other.
fn work(
    shared: &Shared<'_>,
    waiting: &Mutex<VecDeque<Job>>,
) -> Vec<(SystemName, Result<Ended, RunError>)> {
    let mut results = Vec::new();
    loop {
        let job = waiting.lock().expect("no worker panics while it takes a job").pop_front();
        let Some(job) = job.filter(|_| !shared.has_failed()) else { break };
        let (system, result) = (job.name, job.run(shared));
        if result.is_err() {
            shared.failed.store(true, Ordering::Relaxed);
        }
        results.push((system, result));
    }
    shared.running.fetch_sub(1, Ordering::Relaxed);
    results
}

/// Drives one system to its end.
pub(super) fn execute<S: PaymentSystem>(system: S, shared: &Shared<'_>) -> Result<Ended, RunError> {
    let create = |output: Output<'_>| {
        RunWriter::create(output.dir, S::NAME, shared.names.clone(), output.options)
    };
    let writer = shared.output.map(create).transpose().map_err(RunError::Output)?;
    let trace = open_trace(S::NAME, shared).map_err(RunError::Output)?;
    let summary = Summary::new(shared.window, shared.prices);
    let counts = Counts::default();
    let mut fan_out = FanOut { system: S::NAME, writer, trace, summary, counts, shared };
    let mut running = Running::new(system, shared.span);
    let mut demands = Hashed::new(shared.workload.iter());
    let ended = drive(&mut running, &mut demands, shared.span, u64::MAX, &mut fan_out)
        .and_then(|_| running.finish(&mut fan_out));
    let FanOut { writer, trace, summary, counts, .. } = fan_out;
    let logged = trace.map_or(Ok(()), Trace::finish);
    if ended.is_err() || logged.is_err() {
        let lost = writer.and_then(RunWriter::abandon).or(logged.err());
        return Err(match (lost, ended) {
            (None, Err(stopped)) => RunError::Stopped(S::NAME, stopped),
            (Some(error), _) => RunError::Output(error),
            (None, Ok(())) => unreachable!("one of the two is an error"),
        });
    }
    let (made, used) = running.system.look_ahead();
    let summary = SummaryResult { demands_blake3: demands.hash(), ..summary.result() };
    let finished = Finished {
        system: S::NAME,
        summary,
        fingerprint: running.fingerprint.to_string(),
        files: Vec::new(),
        events: running.fingerprint.events(),
        demands: running.demands,
        searches_per_payment: ratio(counts.searches, counts.ended),
        look_ahead_hit_rate: (made > 0).then(|| ratio(used, made)),
    };
    Ok(Ended { finished, writer })
}

/// The event log of a system, where one is asked for.
fn open_trace(system: SystemName, shared: &Shared<'_>) -> Result<Option<Trace>, OutputError> {
    let Some(Output { trace: Some(path), options, .. }) = shared.output else { return Ok(None) };
    Trace::create(path, system, shared.several, options.force).map(Some)
}

/// Names the files of all systems, or, when one has failed, removes them.
fn close(ended: Vec<(SystemName, Result<Ended, RunError>)>) -> Result<Vec<Finished>, RunError> {
    let (mut whole, mut first_error) = (Vec::new(), None);
    for (_, result) in ended {
        match result {
            Ok(system) => whole.push(system),
            Err(error) => {
                // What stopped because another one failed is not the reason.
                let is_reason = !matches!(error, RunError::Stopped(_, Stopped::Interrupted { .. }));
                if is_reason || first_error.is_none() {
                    first_error = Some(error);
                }
            }
        }
    }
    if let Some(error) = first_error {
        whole.into_iter().filter_map(|system| system.writer).for_each(|writer| {
            // The first error is the one to tell.
            drop(writer.abandon());
        });
        return Err(error);
    }
    let name_files = |Ended { mut finished, writer }: Ended| {
        if let Some(writer) = writer {
            finished.files = writer.finish().map_err(RunError::Output)?.files;
        }
        Ok(finished)
    };
    whole.into_iter().map(name_files).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
fn ratio(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}
