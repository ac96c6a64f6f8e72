//! The simulation kernel: virtual clock, event queue, keyed random draws, fingerprint, save and load.
//!
//! Nothing in here knows what is simulated. Time is integer nanoseconds ([`crate::units::SimTime`]);
//! events at equal times are handled in the order in which they were scheduled.

mod checkpoint;
mod draws;
mod fingerprint;
mod queue;
mod schedule;
mod slab;

pub use checkpoint::{Header, LoadError, load, save};
pub use draws::{Draws, Seeds, Source};
pub use fingerprint::Fingerprint;
pub use queue::{EventQueue, TimerId};
pub use schedule::{Schedule, Within};
pub use slab::Slab;
