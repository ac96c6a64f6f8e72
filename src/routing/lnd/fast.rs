//! lnd's cost, searched towards a goal.
//!
//! lnd keeps one label per node although its cost is not isotonic: the probability of the whole path
//! divides, so that of two labels the dearer one may have the cheaper continuation. So lnd's search is
//! a heuristic, and what it finds need not be the best under its own cost. This router finds the best:
//! the same cost, the same merging of parallel channels, the same limits and the same beliefs, but the
//! least cost over all paths ([`LabelSearch`]). The answer is lnd's in nearly all cases and never
//! costlier; where it differs it is the one that lnd would have preferred.
//!
//! The bounds are of the apriori estimator: with the bimodal one, lnd's own search answers. In the rare cases in which the search cannot tell that it missed nothing (see [`Found::certain`]),
//! and where beliefs are set up such that a success makes a hop less likely, lnd's own search runs too,
//! and the better of both answers. Ties: the path found first; lnd's are by node.

use crate::routing::lnd::apriori::Apriori;
use crate::routing::lnd::label_search::LabelSearch;
use crate::routing::lnd::state::{Found, LabelTables};
use crate::routing::lnd::{Lnd, completes};
use crate::routing::params::{Estimator, LndParams};
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::router::Router;
use crate::routing::scratch::Scratch;
use crate::routing::single_label::Limits;
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
        scratch.local.begin(knowledge, query)?;
        scratch.known.begin(knowledge.view.node_count(), knowledge.beliefs);
        let found = self.label_search(knowledge, query, scratch);
        let lnd = Lnd { params: self.params };
        match found.path {
            Some((distance, _)) if completes(knowledge, query, scratch, route) => {
                if !found.certain {
                    lnd.undercut(knowledge, query, scratch, route, distance);
                }
                return Ok(());
            }
            None if found.certain => {}
            _ => return lnd.route(knowledge, query, scratch, route),
        }
        let unlimited = Query { fee_limit: Msat::MAX, ..*query };
        let any = found.dearer && lnd.solve(knowledge, &unlimited, scratch, route, u64::MAX).path;
        route.hops.clear();
        Err(if any { NoRoute::FeeLimit } else { NoRoute::None })
    }
}

impl LndFast {
    fn label_search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
    ) -> Found {
        if self.params.previous_success_probability < self.params.apriori_hop_probability
            || self.params.estimator != Estimator::Apriori
        {
            // Bounds would not hold.
            return Found { path: None, certain: false, cut_short: false, dearer: false };
        }
        let mut known = std::mem::take(&mut scratch.known);
        let mut tables = std::mem::take(scratch.tables.of::<LabelTables>());
        let lnd = Lnd { params: self.params };
        let mut search = |resource_aware| {
            let model = Apriori::new(&self.params, knowledge, query, &mut known);
            let limits = Limits::of(&lnd, query, true);
            let local = &scratch.local;
            LabelSearch::new(knowledge, query, local, model, limits, &mut tables, resource_aware)
                .run(&mut scratch.path)
        };
        let mut found = search(false);
        if found.cut_short {
            found = search(true);
        }
        (scratch.known, *scratch.tables.of::<LabelTables>()) = (known, tables);
        found
    }
}

impl Lnd {
    /// Puts lnd's own answer in the place of a route that costs `distance`, if it costs less.
    fn undercut(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        distance: u64,
    ) {
        let mut lnds = Route::default();
        // Equal costs count: the sums of labels and of whole routes may be rounded in other ways.
        if self.solve(knowledge, query, scratch, &mut lnds, distance).path
            && self.cost(knowledge, query, &lnds, scratch) < distance
        {
            *route = lnds;
        }
    }
}
