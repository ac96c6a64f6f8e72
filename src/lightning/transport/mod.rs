//! Messages between nodes: how long they take, who signs when, what goes wrong.

pub(in crate::lightning) mod faults;
pub(in crate::lightning) mod latency;
pub(in crate::lightning) mod servers;
pub(in crate::lightning) mod wire;
