//! From a checked scenario to a finished run: network, balances, workload, systems, rows.
//!
//! Here everything is assembled and nothing is decided: [`prepare()`] reads files and draws what is drawn
//! before the start, [`run`] drives every system over the identical stream of demands, each in a
//! simulation of its own, and writes the rows. A run is a pure function of the scenario, its files and
//! its seed; on how many threads the systems run changes no byte.
//!
//! # How a system is added
//!
//! 1. A line in the list of [`SystemName`](crate::ids::SystemName): from then on the compiler names the places.
//! 2. Its parameters, declared beside it, and a field of [`Scenario`](crate::scenario::Scenario).
//! 3. The system: a [`PaymentSystem`](crate::system::PaymentSystem), made of its parameters, of
//!    [`Accounts`](crate::workload::Accounts) where it has no channels, of prices and seeds.
//! 4. An arm in `systems`, which makes it.
//! 5. Its tables: its place in `report::tables::of_system`, its own columns of the time series.

mod drive_system;
mod error;
mod execute;
mod fan_out;
mod payer_presence;
mod prepare;
mod shared;
mod systems;

pub use drive_system::Finished;
pub use error::RunError;
pub use execute::run;
pub use prepare::{Setup, load_network, prepare};
pub use shared::{Counts, Output, Watch};

use crate::engine::Header;

/// The header under which states of this scenario are saved.
pub fn checkpoint_header(scenario_hash: &str, seed: u64) -> Header {
    Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario_hash.to_owned(),
        seed,
    }
}
