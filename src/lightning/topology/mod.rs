//! What is open, connected, announced and known to whom.

pub(in crate::lightning) mod availability;
pub(in crate::lightning) mod connecting;
pub(in crate::lightning) mod gossip;
pub(in crate::lightning) mod opening;
pub(in crate::lightning) mod shutdown;
pub(in crate::lightning) mod terms;
