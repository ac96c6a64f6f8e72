//! The public network: nodes, channels and the policies that they advertise.
//!
//! This is what gossip tells everybody. True balances live in the channels of the system under
//! simulation; a file may state them, and then they are handed over at the start and not kept current here.

mod error;
mod export;
mod names;
mod params;
mod readers;
mod topology;

pub use error::DataError;
pub use export::export;
pub use names::{NameIndex, find_names};
pub use params::{BalanceModel, FileFormat, Generator, PlainPolicy, Software, SoftwareMix};
pub use readers::{Loaded, ReadOptions, read};
pub use topology::{Channel, Network, Node, Policy, Stated, StatedLimits};
