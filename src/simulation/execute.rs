//! Runs the systems of a scenario side by side, under one budget of threads.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::ids::SystemName;
use crate::report;
use crate::simulation::drive_system::{Ended, Finished};
use crate::simulation::error::RunError;
use crate::simulation::prepare::Setup;
use crate::simulation::shared::{Output, Shared, Watch};
use crate::simulation::systems::{self, Job};
use crate::system::Stopped;

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
    let (span, prices) = (setup.span, setup.scenario.prices);
    let (workload, names) = (setup.workload.clone(), setup.names.clone());
    let notes = setup.notes.clone();
    let jobs = systems::jobs(setup);
    let several = jobs.len() > 1;
    let workers = span.threads.clamp(1, jobs.len().max(1));
    let shared = Shared {
        watch,
        workload: &workload,
        names: &names,
        notes: &notes,
        span,
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
