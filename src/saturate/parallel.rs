//! Searches of every system and replication, on the threads of the rayon pool that calls.

use rayon::prelude::*;

use crate::ids::SystemName;
use crate::metrics::{Metric, Replicated};
use crate::simulation::RunError;

/// Does all jobs on the threads of the rayon pool that this is called from; results in the order of the jobs.
pub(crate) fn each<J: Sync, R: Send, E: Send>(
    jobs: &[J],
    work: impl Fn(&J) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let done: Vec<_> = jobs.par_iter().with_max_len(1).map(&work).collect();
    done.into_iter().collect()
}

/// Runs `search` for every system and replication; results in that order.
pub(super) fn searched<T: Send>(
    systems: &[SystemName],
    replications: u32,
    search: impl Fn(SystemName, u32) -> Result<T, RunError> + Sync,
) -> Result<Vec<(SystemName, T)>, RunError> {
    let of = |system| (0..replications).map(move |replication| (system, replication));
    let jobs: Vec<_> = systems.iter().copied().flat_map(of).collect();
    each(&jobs, |&(system, replication)| Ok((system, search(system, replication)?)))
}

/// A metric of a search over its replications.
pub(super) fn over(metric: &str, values: &[f64]) -> Option<Replicated> {
    let metric = Metric::of(metric).expect("searches name their metrics right");
    metric.over(values, &[])
}
