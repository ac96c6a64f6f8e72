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
use crate::simulation::RunError;

/// Runs `search` for every system and replication, on the threads of the pool that this is called from;
/// results in that order.
fn each<T: Send>(
    systems: &[SystemName],
    replications: u32,
    search: &(dyn Fn(SystemName, u32) -> Result<T, RunError> + Sync),
) -> Result<Vec<(SystemName, u32, T)>, RunError> {
    let jobs: Vec<_> = systems
        .iter()
        .flat_map(|system| (0..replications).map(|replication| (*system, replication)))
        .collect();
    let done: Vec<_> = jobs
        .into_par_iter()
        .with_max_len(1)
        .map(|(system, replication)| Ok((system, replication, search(system, replication)?)))
        .collect();
    done.into_iter().collect()
}
