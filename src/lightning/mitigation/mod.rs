//! What nodes do against jamming.

pub(in crate::lightning) mod reputation;
pub(in crate::lightning) mod reputation_hooks;
pub(in crate::lightning) mod upfront_fee;
