//! Studies: what is found out by many runs of one scenario.
//!
//! [`claims()`]: the seed's table, or any other list of claims, each reproduced or refuted. [`scaling()`]: the
//! load that a channel network sustains over its size, and the power law through it. [`ladder()`]: loads
//! offered to networks of given sizes, through a ramp, a measured window and a drain. [`architect()`]: which
//! system for which workload.
//!
//! All take their runs from [`Lab`], which reads every variant of the scenario as a whole scenario.
//! Results depend on scenario, files, seed and version only; not on the number of threads. Nothing is
//! written here: [`crate::report`] does that.

mod architect;
mod claims;
mod figure;
mod lab;
mod ladder;
mod law;
mod pair;
mod scaling;

pub use architect::{Choice, architect};
pub use claims::{Claim, ClaimVerdict, claims};
pub use figure::Figure;
pub use lab::{Lab, StudyError};
pub use ladder::{Step, ladder};
pub use law::Law;
pub use scaling::{Sized, scaling};

use crate::scenario::StudySpec;

/// All that a scenario's `[study]` asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Claims with their verdicts.
    pub claims: Vec<Claim>,
    /// Sustained loads over sizes.
    pub sized: Vec<Sized>,
    /// Loads offered to networks.
    pub steps: Vec<Step>,
    /// Power laws through both.
    pub laws: Vec<Law>,
    /// Ways to carry payments, by size and rate.
    pub choices: Vec<Choice>,
}

/// Reads every variant of the scenario, so that mistakes come to light before the first run.
///
/// # Errors
/// When a variant is no good scenario, or a figure has no such name.
pub fn check(lab: &Lab<'_>, spec: &StudySpec) -> Result<(), StudyError> {
    claims::check(lab, &spec.claims)?;
    scaling::check(lab, &spec.scaling)?;
    ladder::check(lab, &spec.ladders)?;
    architect::check(lab, &spec.architects)
}

/// Finds everything out.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
///
/// # Panics
/// When the threads cannot be started.
pub fn run(lab: &Lab<'_>, spec: &StudySpec) -> Result<Findings, StudyError> {
    check(lab, spec)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(lab.threads)
        .build()
        .expect("the system gives threads");
    pool.install(|| find_out(lab, spec))
}

fn find_out(lab: &Lab<'_>, spec: &StudySpec) -> Result<Findings, StudyError> {
    // Together: what one of them leaves idle at its end, the other one fills.
    let (scaled, claimed) = rayon::join(|| scaling(lab, spec), || claims(lab, spec));
    let (sized, mut laws) = scaled?;
    let mut claims = claimed?;
    claims::ask_laws(&mut claims, spec, &laws);
    let (steps, more) = ladder(lab, spec)?;
    laws.extend(more);
    let choices = architect(lab, spec)?;
    Ok(Findings { claims, sized, steps, laws, choices })
}
