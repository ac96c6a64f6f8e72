//! lnd's cost, searched towards a goal.
//!
//! lnd keeps one label per node although its cost is not isotonic: the probability of the whole path
//! divides, so that of two labels the dearer one may have the cheaper continuation. So lnd's search is
//! a heuristic, and what it finds need not be the best under its own cost. This router finds the best:
//! the same cost, the same merging of parallel channels, the same limits and the same beliefs, but the
//! least cost over all paths ([`Hunt`]). The answer is lnd's in nearly all cases and never
//! costlier; where it differs it is the one that lnd would have preferred.
//!
//! In the rare cases in which the search cannot tell that it missed nothing (see [`Found::certain`]),
//! and where beliefs are set up such that a success makes a hop less likely, lnd's own search runs too,
//! and the better of both answers. Ties: the path found first; lnd's are by node.

use crate::routing::Router;
use crate::routing::lnd::apriori::Apriori;
use crate::routing::lnd::hunt::{Found, Hunt};
use crate::routing::lnd::{Lnd, completes};
use crate::routing::params::LndParams;
use crate::routing::probable::Limits;
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::scratch::Scratch;
use crate::units::Msat;

/// Finds the best routes by lnd's cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LndFast {
    /// lnd's settings.
    pub params: LndParams,
}

impl Router for LndFast {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.own.begin(knowledge, query)?;
        scratch.known.begin(knowledge.view.node_count(), knowledge.beliefs);
        let found = self.hunt(knowledge, query, scratch);
        if found.certain && found.path.is_some() && completes(knowledge, query, scratch, route) {
            return Ok(());
        }
        let lnd = Lnd { params: self.params };
        if !found.certain || found.path.is_some() {
            return lnd.better(knowledge, query, scratch, route, found);
        }
        route.hops.clear();
        let unlimited = Query { fee_limit: Msat::MAX, ..*query };
        let any = found.dearer && lnd.solve(knowledge, &unlimited, scratch, route).path;
        route.hops.clear();
        Err(if any { NoRoute::FeeLimit } else { NoRoute::None })
    }
}

impl LndFast {
    fn hunt(&self, knowledge: &Knowledge<'_>, query: &Query, scratch: &mut Scratch) -> Found {
        if self.params.previous_success_probability < self.params.apriori_hop_probability {
            // Bounds would not hold.
            return Found { path: None, certain: false, dearer: false };
        }
        let mut known = std::mem::take(&mut scratch.known);
        let mut tables = std::mem::take(&mut scratch.fast);
        let lnd = Lnd { params: self.params };
        let model = Apriori::new(&lnd, knowledge, query, &mut known);
        let limits = Limits::of(&lnd, query, true);
        let hunt = Hunt::new(knowledge, query, &scratch.own, model, limits, &mut tables);
        let found = hunt.run(&mut scratch.path);
        (scratch.known, scratch.fast) = (known, tables);
        found
    }
}

impl Lnd {
    /// lnd's answer, or the path in the scratch that `found` describes if that is better.
    fn better(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        found: Found,
    ) -> Result<(), NoRoute> {
        let mut path = std::mem::take(&mut scratch.path);
        let lnds = self.route(knowledge, query, scratch, route);
        let lnds_cost = match lnds {
            Ok(()) => self.cost(knowledge, query, route, scratch),
            Err(_) => u64::MAX,
        };
        if found.path.is_some_and(|(distance, _)| distance <= lnds_cost) {
            std::mem::swap(&mut path, &mut scratch.path);
            let mut other = Route::default();
            if completes(knowledge, query, scratch, &mut other) {
                *route = other;
                return Ok(());
            }
        }
        lnds
    }
}
