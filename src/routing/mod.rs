//! Path search: a pure function of what the sender may see.
//!
//! A search gets [`Knowledge`] (public view, own balances, beliefs) and nothing else; this module may
//! not use `channel`, so that no sender can read a true balance.
//!
//! All searches run backwards from the payee, because the fee of a node depends on what it must send
//! onward: amounts and expiries grow from payee to payer, in exact integers, and the payer charges
//! itself nothing. Amounts are in msat, expiries in blocks above the current height (BOLT 4, BOLT 7).

mod beliefs;
mod bidirectional;
mod cheapest;
mod cloth;
mod edge;
mod lists;
mod lnd;
mod local_channels;
#[cfg(test)]
mod memory_tests;
mod params;
mod primitives;
mod route;
mod scratch;
mod single_label;
#[cfg(test)]
mod testing;
mod view;

pub use beliefs::{Beliefs, Record};
pub use cheapest::Cheapest;
pub use cloth::Cloth;
pub use lnd::{Lnd, LndFast};
pub use params::{CheapestParams, ClothParams, LndParams, RouterChoice};
pub use route::{Hop, Knowledge, LocalChannel, NoRoute, Query, Route};
pub use scratch::Scratch;
pub use view::View;

/// An algorithm that finds routes.
pub trait Router {
    /// Searches a route for `query` and fills it into `route`.
    ///
    /// The answer depends on `knowledge` and `query` only, not on what `scratch` was used for before.
    ///
    /// # Errors
    /// Why there is none; `route` is empty then.
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute>;
}
