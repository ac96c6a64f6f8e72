//! One channel: balances, HTLCs, commitments, revocation, the commitment dance.

mod terms;

pub use terms::{Batching, Terms};
