//! The highest load that a system sustains, and the least capital with which it carries a workload.
//!
//! [`loads`] raises the offered load of a scenario: a system keeps up as long as it settles a given
//! share of what is offered and its latency does not grow over the window. The load is scaled by
//! dividing the unit-exponential gaps of the arrivals, so a higher load is the same payments, denser.
//! [`capitals`] scales what channels and accounts hold in the same way.
//!
//! Each replication has seeds of its own and is searched by itself; the interval of a result is over
//! replications. Searches share the rayon pool that they are called from. Nothing is written here.

mod capital;
mod load;
mod probe;
mod search;

pub use capital::{Capital, capitals};
pub use load::{Load, Sustained, loads};
pub(crate) use probe::binding;
pub use probe::{Criterion, Limits};

use rayon::prelude::*;

use crate::ids::SystemName;
use crate::metrics::Replicated;
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
fn searched<T: Send>(
    systems: &[SystemName],
    replications: u32,
    search: impl Fn(SystemName, u32) -> Result<T, RunError> + Sync,
) -> Result<Vec<(SystemName, T)>, RunError> {
    let of = |system| (0..replications).map(move |replication| (system, replication));
    let jobs: Vec<_> = systems.iter().copied().flat_map(of).collect();
    each(&jobs, |&(system, replication)| Ok((system, search(system, replication)?)))
}

/// The interval of a figure that is not negative.
fn interval(over: Option<Replicated>) -> Option<[f64; 2]> {
    over.and_then(|over| over.ends).map(|[low, high]| [low.max(0.0), high])
}
