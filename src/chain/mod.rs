//! The underlying chains: blocks, and the transactions that wait for them.
//!
//! A chain knows nothing of what its transactions are for: the submitter attaches a tag, and
//! gets it back when the transaction is confirmed, replaced, evicted or undone. Each system owns a
//! chain of its own; with the same seed all of them see the same block times and the same
//! background transactions.

pub mod bitcoin;
pub mod ethereum;
