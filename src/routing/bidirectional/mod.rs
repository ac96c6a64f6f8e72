//! The least fee, searched from both ends at once ([`search`]), and the same where expiry or number of channels bind
//! ([`constrained`]).

mod constrained;
mod search;
mod state;

pub(in crate::routing) use constrained::search as search_constrained;
pub(in crate::routing) use search::{Task, run};
