//! A scenario: TOML as written in, checked parameters out.
//!
//! [`load()`] reads a file, lays `--set` over it, checks everything and reports all problems at once.
//! It also prints the scenario *resolved*: canonical TOML with every default, which reads back as the
//! same scenario. Values carry their units; money and time never pass through a float.
//!
//! What this module does not do: read networks, traces or other data files (it only makes sure that
//! they exist), or build anything.

mod about;
mod general;
mod load;
mod size_limits;
mod study;
mod study_claim;
mod study_kinds;
mod study_spec;
mod sweep;
mod sweep_axes;
mod sweep_axis;

pub(crate) use crate::declare::amount::parse_time;
pub use crate::declare::place::Mark;
pub use crate::declare::problem::{Problem, Problems};
pub(crate) use about::{annotated, document, keys, nearest_keys, schema};
pub(crate) use general::MOST_SAMPLES;
pub use general::{BitcoinTable, EthereumTable, Scenario};
pub use load::{Loaded, Overlay, load, parse};
pub use study::{ArchitectSpec, LadderSpec, PairSpec, ScalingSpec, StudySpec};
pub use study_claim::{ClaimSpec, Varied};
pub use study_spec::{Rung, Sets, Tier};
pub use sweep::{Design, MOST_POINTS, MOST_RUNS, StopRule, SweepSpec};
pub use sweep_axis::{Axis, LevelValue, Levels, Range, Scale, level_value};
