//! The highest load that a system sustains, and the least capital with which it carries a workload.
//!
//! [`loads`] raises the offered load of a scenario: a system keeps up as long as it settles a given
//! share of what is offered and its latency does not grow over the window. The load is scaled by
//! dividing the unit-exponential gaps of the arrivals, so a higher load is the same payments, denser.
//! [`capitals`] scales what channels and accounts hold in the same way.
//!
//! Each replication has seeds of its own and is searched by itself; the interval of a result is over
//! replications. Nothing is written here.

mod capital;
mod load;
mod probe;
mod search;

pub use capital::{Capital, capitals};
pub use load::{Load, Sustained, loads};
pub(crate) use probe::binding;
pub use probe::{Criterion, Limits};

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use crate::ids::SystemName;
use crate::simulation::RunError;

/// Runs `search` for every system and replication on up to `threads` threads; results in that order.
fn each<T: Send>(
    systems: &[SystemName],
    replications: u32,
    threads: usize,
    search: &(dyn Fn(SystemName, u32) -> Result<T, RunError> + Sync),
) -> Result<Vec<(SystemName, u32, T)>, RunError> {
    let jobs: VecDeque<_> = systems
        .iter()
        .flat_map(|system| (0..replications).map(|replication| (*system, replication)))
        .collect();
    let workers = threads.clamp(1, jobs.len().max(1));
    let waiting = Mutex::new(jobs);
    let work = || {
        let mut found = Vec::new();
        loop {
            let job = waiting.lock().expect("no worker panics while it takes a job").pop_front();
            let Some((system, replication)) = job else { break Ok(found) };
            found.push((system, replication, search(system, replication)?));
        }
    };
    let mut all = Vec::new();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            all.push(worker.join().expect("failures are values"));
        }
    });
    let found: Vec<Vec<_>> = all.into_iter().collect::<Result<_, _>>()?;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    let place = |system: SystemName| systems.iter().position(|other| *other == system);
    found.sort_by_key(|(system, replication, _)| (place(*system), *replication));
    Ok(found)
}
