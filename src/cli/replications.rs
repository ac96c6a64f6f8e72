//! The replications of `leyden run`: the first with all its tables, the others beside it in memory.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::exit::Exit;
use crate::cli::host;
use crate::metrics;
use crate::report::{FileMark, OutputError};
use crate::scenario::Scenario;
use crate::simulation::{Finished, RunError};
use crate::sweep::{self, Measured, ReplicatedSystem};

/// Runs `first` and, beside it, the further replications of a scenario, on `threads` threads together.
pub(super) fn together(
    scenario: &Scenario,
    threads: usize,
    is_over: &(dyn Fn() -> bool + Sync),
    first: impl FnOnce() -> Result<Vec<Finished>, Exit> + Send,
    fail: impl Fn(RunError) -> Exit,
) -> Result<(Vec<Finished>, Vec<Measured>), Exit> {
    if scenario.replications == 1 {
        return Ok((first()?, Vec::new()));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        host::note(&format!("error: no threads: {error}"));
        Exit::Io
    })?;
    let has_failed = AtomicBool::new(false);
    let is_over = || is_over() || has_failed.load(Ordering::Relaxed);
    let each = threads_each(scenario, threads);
    let (first, others) = pool.install(|| {
        let first = || {
            let finished = first();
            has_failed.fetch_or(finished.is_err(), Ordering::Relaxed);
            finished
        };
        rayon::join(first, || sweep::replicate(scenario, 1..scenario.replications, each, &is_over))
    });
    Ok((first?, others.map_err(fail)?))
}

/// Threads of one replication.
pub(super) fn threads_each(scenario: &Scenario, threads: usize) -> usize {
    (threads / scenario.replications as usize).max(1)
}

/// Writes `replications.csv`, and puts what all replications say together into the summaries of the first.
pub(super) fn write(
    dir: &Path,
    finished: &mut [Finished],
    others: &[Measured],
) -> Result<Option<FileMark>, OutputError> {
    if others.is_empty() {
        return Ok(None);
    }
    let mut systems = Vec::new();
    for (number, first) in finished.iter_mut().enumerate() {
        let others = others.iter().map(|run| &run.systems[number].summary);
        let figures = [&first.summary].into_iter().chain(others).map(metrics::figures).collect();
        let system = ReplicatedSystem { system: first.system.name().to_owned(), figures };
        first.summary.replications = Some(system.over());
        systems.push(system);
    }
    sweep::write_replications(dir, &systems).map(Some)
}
