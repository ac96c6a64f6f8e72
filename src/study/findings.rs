//! What a study found.

use crate::study::architect::{Candidate, Choice};
use crate::study::ladder::LadderPoint;
use crate::study::power_law_fit::PowerLawFit;
use crate::study::scaling::ScalingPoint;
use crate::study::verdict::Claim;

/// All that a scenario's `[study]` asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Claims with their verdicts.
    pub claims: Vec<Claim>,
    /// Sustained loads over sizes.
    pub sized: Vec<ScalingPoint>,
    /// Loads offered to networks.
    pub ladder_points: Vec<LadderPoint>,
    /// Power laws through both.
    pub fits: Vec<PowerLawFit>,
    /// Ways to carry payments, by size and rate.
    pub candidates: Vec<Candidate>,
    /// Which of them is chosen, by size and rate.
    pub choices: Vec<Choice>,
}
