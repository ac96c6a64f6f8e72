//! The chains that payment systems settle on.
//!
//! A chain knows nothing of payments: it takes transactions with a tag of the system's own, and gives
//! the tag back when the transaction is included and when its block is final. Every system has a chain
//! of its own, with the same draws for everybody else's demand.

pub mod ethereum;
