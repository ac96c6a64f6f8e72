//! Payments on their way: sending, forwarding, failing and fulfilling, the payer's answer.

pub(in crate::lightning) mod finishing;
pub(in crate::lightning) mod forwarding;
pub(in crate::lightning) mod planning;
pub(in crate::lightning) mod reprice_route;
pub(in crate::lightning) mod route_hints;
pub(in crate::lightning) mod sending;
pub(in crate::lightning) mod speculation;
