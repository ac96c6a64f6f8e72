//! The channel system.

mod params;

pub use params::{Latency, LightningParams, Processing, Protocol};
