//! Leyden's path search beside two that others wrote, over the same [`leyden::network::Network`].
//!
//! | module | what it asks |
//! | --- | --- |
//! | [`question`] | nobody: it draws questions |
//! | [`ours`] | `leyden::routing::Cheapest`, through the crate's public API |
//! | [`ldk`] | `find_route` of LDK (crate `lightning`), with a scorer without penalties and one path |
//! | [`plain`] | petgraph's `dijkstra`: one label per node, no limits on expiry or length |
//! | [`compare`] | all three: who found what, who was cheaper, how long it took |
//! | [`scored`] | `leyden::routing::Ldk` beside `find_route` with LDK's scorer, both with the same history |
//! | [`random`] | small random networks for the tests |
//!
//! All three take the capacity of a channel for what its sender can spend, also on the payer's own
//! channels; none uses a disabled direction. `tests/find_route.rs` holds Leyden against LDK on random
//! networks; the program prints fees and times on large ones (`benches/README.md` has a table).

pub mod compare;
pub mod ldk;
pub mod numbers;
pub mod ours;
pub mod plain;
pub mod question;
pub mod random;
pub mod scored;
