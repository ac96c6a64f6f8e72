//! What every search is to its caller.

use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::scratch::Scratch;
use crate::units::Msat;

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

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// With a path.
    Path,
    /// Without one; `dearer`: something was left out because of the fee limit.
    Nothing {
        /// Whether a higher limit might help.
        dearer: bool,
    },
}

/// Searches once; where the fee limit left something out, once more without it, to say whether it is the reason.
/// `search` fills the route where it finds one.
pub(super) fn within_fee_limit(
    query: &Query,
    route: &mut Route,
    mut search: impl FnMut(&Query, &mut Route) -> Found,
) -> Result<(), NoRoute> {
    match search(query, route) {
        Found::Path => Ok(()),
        Found::Nothing { dearer } => {
            let unlimited = Query { fee_limit: Msat::MAX, ..*query };
            let any = dearer && search(&unlimited, route) == Found::Path;
            route.hops.clear();
            Err(if any { NoRoute::FeeLimit } else { NoRoute::None })
        }
    }
}
