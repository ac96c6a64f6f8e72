//! The cheapest flow over the uncertainty network: how to split a payment so that it is likely to arrive, at fees that
//! are worth it.
//!
//! Source: Pickhardt and Richter, "Optimally reliable and cheap payment flows on the Lightning Network", arXiv
//! 2107.05322. Core Lightning's askrene solves the same problem with other pieces.
//!
//! Successive shortest paths with node potentials (Ahuja, Magnanti and Orlin, "Network Flows", 1993, 9.7), over the
//! public view itself: a direction has no arcs of its own but says what the next satoshi over it costs, and what the last
//! one gives back ([`costs`]). Each search stops at the payee, and what costs as much as the best path known to it is not
//! looked at; potentials change for the nodes before that only. The flow is optimal: costs are integers, and no negative
//! cycle is ever left.

mod costs;
mod solver;
#[cfg(test)]
mod solver_tests;
mod split;

pub use costs::FlowCosts;
pub use solver::{Flow, min_cost_flow, uncertain_arcs};
pub use split::{Cuts, split};
