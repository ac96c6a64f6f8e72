//! What every search is to its caller.

use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::scratch::Scratch;

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
