//! The self-contained pages of runs and sweeps, made from finished files alone.

mod parts;
mod run;
mod study;
mod sweep;

pub use run::write_html;
pub use sweep::{SweepFacts, write_sweep_html};
