//! What is counted, never what is decided.

pub(in crate::lightning) mod accounts;
pub(in crate::lightning) mod ledger;
pub(in crate::lightning) mod sampling;
pub(in crate::lightning) mod setup_cost;
pub(in crate::lightning) mod usage;
