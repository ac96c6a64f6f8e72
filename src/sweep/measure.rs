//! One run in memory: nothing is written but what it returns.

use crate::metrics::SummaryResult;
use crate::scenario::Scenario;
use crate::simulation::{self, RunError};
use crate::system::Control;

/// What a run of one replication found.
#[derive(Clone, Debug)]
pub struct Measured {
    /// One per system, in the order of the scenario.
    pub systems: Vec<SystemMeasured>,
}

/// What it found for one system.
#[derive(Clone, Debug)]
pub struct SystemMeasured {
    /// The system's name.
    pub system: String,
    /// What happened, hashed.
    pub fingerprint: String,
    /// All metrics.
    pub summary: SummaryResult,
}

/// Runs replication `replication` of a scenario in memory.
///
/// # Errors
/// As for any run; also when `is_over` says that nobody waits for the result.
pub fn measure(
    scenario: &Scenario,
    replication: u32,
    threads: usize,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<Measured, RunError> {
    let setup = simulation::prepare(scenario, replication, false, threads)?;
    let finished = simulation::run(setup, None, &|_, _, _| {
        if is_over() { Control::Stop } else { Control::Continue }
    })?;
    let systems = finished
        .into_iter()
        .map(|of| SystemMeasured {
            system: of.system.name().to_owned(),
            fingerprint: of.fingerprint,
            summary: of.summary,
        })
        .collect();
    Ok(Measured { systems })
}
