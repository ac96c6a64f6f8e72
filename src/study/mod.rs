//! Studies: what is found out by many runs of one scenario.
//!
//! [`claims()`]: the original article's table, or any other list of claims, each reproduced or refuted. [`scaling()`]: the
//! load that a channel network sustains over its size, and the power law through it. [`ladder()`]: loads
//! offered to networks of given sizes, through a ramp, a measured window and a drain. [`architect()`]: which
//! system for which workload.
//!
//! All take their runs from [`Runner`], which reads every variant of the scenario as a whole scenario.
//! Results depend on scenario, files, seed and version only; not on the number of threads.
//! [`write_tables`] writes what was found.

mod architect;
mod claims;
mod elasticity;
mod figure;
mod findings;
mod ladder;
mod pair;
mod power_law_fit;
mod runner;
mod scaling;
mod tables;
mod verdict;

pub use architect::{Candidate, Choice, architect};
pub use claims::claims;
pub use figure::Figure;
pub use findings::Findings;
pub use ladder::{LadderPoint, ladder};
pub use power_law_fit::PowerLawFit;
pub use runner::{Runner, StudyError};
pub use scaling::{ScalingPoint, scaling};
pub use tables::{tables, write_tables};
pub use verdict::{Claim, ClaimVerdict};

use crate::scenario::StudySpec;

/// Reads every variant of the scenario, so that mistakes come to light before the first run.
///
/// # Errors
/// When a variant is no good scenario, or a figure has no such name.
pub fn check(runner: &Runner<'_>, spec: &StudySpec) -> Result<(), StudyError> {
    claims::check(runner, &spec.claims)?;
    scaling::check(runner, &spec.scaling)?;
    ladder::check(runner, &spec.ladders)?;
    architect::check(runner, spec)
}

/// Finds everything out.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
///
/// # Panics
/// When the threads cannot be started.
pub fn run(runner: &Runner<'_>, spec: &StudySpec) -> Result<Findings, StudyError> {
    check(runner, spec)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(runner.threads)
        .build()
        .expect("the system gives threads");
    pool.install(|| find_out(runner, spec))
}

fn find_out(runner: &Runner<'_>, spec: &StudySpec) -> Result<Findings, StudyError> {
    // Together: what one of them leaves idle at its end, the other one fills.
    let (scaled, claimed) = rayon::join(|| scaling(runner, spec), || claims(runner, spec));
    let (sized, mut fits) = scaled?;
    let mut claims = claimed?;
    claims::ask_fits(&mut claims, spec, &fits);
    let (ladder_points, more) = ladder(runner, spec)?;
    fits.extend(more);
    let (candidates, choices) = architect(runner, spec)?;
    Ok(Findings { claims, sized, ladder_points, fits, candidates, choices })
}
