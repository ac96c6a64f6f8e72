//! Carries out what attackers ask for ([`crate::adversary`] decides).

pub(in crate::lightning) mod breach;
pub(in crate::lightning) mod executor;
pub(in crate::lightning) mod exits;
pub(in crate::lightning) mod wormhole;
