//! The public network: nodes, channels and the policies that they advertise.
//!
//! This is what gossip tells everybody. True balances live in the channels of the system under
//! simulation; a file may state them, and then they are handed over at the start and not kept current here.

mod balances;
mod concealing;
mod core;
mod error;
mod export;
mod generate;
mod generator;
mod names;
mod params;
mod readers;
mod size;
mod software;
pub mod stats;
mod topology;

pub use balances::initial_balances;
pub use concealing::conceal_leaves;
pub use core::core;
pub use error::DataError;
pub use export::export;
pub use generate::generate;
pub use generator::{Generator, PlainPolicy};
pub use params::{BalanceModel, FileFormat, NetworkParams, NetworkSource, Software, SoftwareMix};
pub use readers::{Loaded, ReadOptions, read};
pub use software::assign_software;
pub use stats::{NetworkStats, stats};
pub use topology::{Channel, InboundFee, Network, Node, Policy, Stated, StatedLimits};
