//! lnd's path finding with its mission control, by its apriori or its bimodal estimator.
//!
//! Facts (lnd at commit `90ea05d5a`): `routing/pathfind.go`, `routing/unified_edges.go`,
//! `routing/probability_apriori.go`. Parallel channels are one edge: the highest fee among those that
//! can carry the amount, the largest delta, the largest capacity; of the payer's own channels the one
//! with most to spend. The answer is the path as lnd finds it, with amounts and expiries then
//! computed along it. lnd sends that even where a label that changed late makes it break a limit;
//! here a second search, in which no node is expanded twice, answers instead.
//!
//! The limit of 1,300 bytes of onion is a limit on channels here ([`Query::max_hops`]).

mod apriori;
mod bimodal;
mod bounds;
mod fast;
mod label_search;
mod labels;
mod state;

use crate::routing::lnd::apriori::Apriori;
use crate::routing::lnd::bimodal::Bimodal;
use crate::routing::params::{Estimator, LndParams};
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::router::Router;
use crate::routing::scratch::Scratch;
use crate::routing::single_label::{Ended, Limits, Model, SingleLabelSearch, capacity};
use crate::routing::view::View;
use crate::units::Msat;

pub use fast::LndFast;

/// Finds routes as lnd does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lnd {
    /// lnd's settings.
    pub params: LndParams,
}

impl Router for Lnd {
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
        let ended = self.solve(knowledge, query, scratch, route, u64::MAX);
        if ended.path {
            return Ok(());
        }
        let unlimited = Query { fee_limit: Msat::MAX, ..*query };
        let any = ended.dearer && self.solve(knowledge, &unlimited, scratch, route, u64::MAX).path;
        route.hops.clear();
        Err(if any { NoRoute::FeeLimit } else { NoRoute::None })
    }
}

impl Lnd {
    /// lnd's search and, where its answer breaks a limit, the one with final labels. A cost above `most` is not
    /// wanted.
    fn solve(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        most: u64,
    ) -> Ended {
        let ended = self.search(knowledge, query, scratch, (true, most));
        if !ended.path || completes(knowledge, query, scratch, route) {
            return ended;
        }
        let again = self.search(knowledge, query, scratch, (false, most));
        let path = again.path && completes(knowledge, query, scratch, route);
        Ended { path, dearer: ended.dearer || again.dearer }
    }

    fn search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        (reopen, promised): (bool, u64),
    ) -> Ended {
        let mut known = std::mem::take(&mut scratch.known);
        let limits = Limits::of(self, query, reopen);
        let ended = match self.params.estimator {
            Estimator::Apriori => {
                let model = Apriori::new(&self.params, knowledge, query, &mut known);
                SingleLabelSearch::new(knowledge, query, scratch, model, limits, promised).run()
            }
            Estimator::Bimodal(bimodal) => {
                let model = Bimodal::new(&self.params, bimodal, knowledge, query, &mut known);
                SingleLabelSearch::new(knowledge, query, scratch, model, limits, promised).run()
            }
        };
        scratch.known = known;
        ended
    }

    /// What lnd minimises, for a route that is known: fees and cost of locked time, plus the attempt
    /// cost over the probability of success; in msat, rounded down.
    pub fn cost(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        route: &Route,
        scratch: &mut Scratch,
    ) -> u64 {
        let known = &mut scratch.known;
        known.begin(knowledge.view.node_count(), knowledge.beliefs);
        match self.params.estimator {
            Estimator::Apriori => {
                let model = Apriori::new(&self.params, knowledge, query, known);
                cost_by(model, knowledge.view, route)
            }
            Estimator::Bimodal(bimodal) => {
                let model = Bimodal::new(&self.params, bimodal, knowledge, query, known);
                cost_by(model, knowledge.view, route)
            }
        }
    }
}

/// What `model` makes of a route.
fn cost_by(mut model: impl Model, view: &View, route: &Route) -> u64 {
    let (mut weight, mut probability) = (0.0, 1.0);
    for (at, hop) in route.hops.iter().enumerate() {
        let (from, to) = (view.source(hop.channel), view.target(hop.channel));
        if at == 0 {
            probability *= model.local(to);
            continue;
        }
        let before = &route.hops[at - 1];
        let (fee, delta) = (before.amount - hop.amount, before.cltv - hop.cltv);
        let delta = u16::try_from(delta).unwrap_or(u16::MAX);
        weight += model.weight(before.amount.get(), fee.get(), delta);
        let into = view.incoming(to);
        let start = into.iter().position(|edge| edge.peer == from).unwrap_or(into.len());
        let len = into[start..].iter().take_while(|edge| edge.peer == from).count();
        let pair = &into[start..start + len];
        let capacity = |enough| capacity(view, pair, hop.amount.get(), enough);
        probability *= model.hop(from, to, hop.amount.get(), capacity);
    }
    model.distance(weight, probability)
}

impl Limits {
    /// lnd's for `query`.
    fn of(lnd: &Lnd, query: &Query, reopen: bool) -> Self {
        Self {
            amount: query.amount.saturating_add(query.fee_limit).get(),
            final_cltv: query.final_cltv,
            cltv: query.cltv_limit,
            hops: query.max_hops,
            probability: lnd.params.min_route_probability,
            reopen,
        }
    }
}

/// Computes amounts and expiries along the path found; false if that breaks a limit.
fn completes(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &Scratch,
    route: &mut Route,
) -> bool {
    let view = knowledge.view;
    if !route.fill(view, query, &scratch.path) || !route.keeps_limits(query) {
        return false;
    }
    let carried = scratch
        .path
        .iter()
        .zip(&route.hops)
        .all(|(step, hop)| view.edge(step.direction).carries(hop.amount.get()));
    let first = &route.hops[0];
    let own = knowledge.local_channels.iter().find(|own| own.direction == first.channel);
    carried && own.is_some_and(|own| first.amount <= own.spendable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::network::Policy;
    use crate::routing::testing::{Graph, channels, policy, shown};
    use crate::units::SimTime;

    const HOUR: SimTime = SimTime(3_600_000_000_000);

    fn lnd() -> Lnd {
        Lnd { params: LndParams::default() }
    }

    #[test]
    fn both_routes_of_bolt_7_have_their_amounts() {
        let graph = Graph::new(4)
            .edge(0, 1, policy(100, 1_000, 10))
            .edge(1, 3, policy(200, 2_000, 20))
            .edge(0, 2, policy(100, 1_000, 10))
            .edge(2, 3, policy(400, 4_000, 40))
            .ask(|query| (query.amount, query.final_cltv) = (Msat(4_999_999), 60));
        let mut own = graph.own();
        let route = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(shown(&route), [(0, 5_010_198, 80), (1, 4_999_999, 60)]);
        own.remove(0);
        let route = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(shown(&route), [(2, 5_020_398, 100), (3, 4_999_999, 60)]);
    }

    #[test]
    fn parallel_channels_count_as_the_dearest_with_the_largest_delta() {
        let small = Policy { htlc_maximum: Msat(999_999), ..policy(9_000, 0, 99) };
        let graph = Graph::new(3)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(10, 0, 70))
            .edge(1, 2, policy(20, 0, 30))
            .edge(1, 2, policy(20, 0, 30))
            .edge(1, 2, small);
        let route = graph.route(&lnd()).unwrap();
        assert_eq!(shown(&route), [(0, 1_000_020, 88), (2, 1_000_000, 18)]);
    }

    #[test]
    fn of_its_own_channels_the_payer_takes_the_one_with_most_to_spend() {
        let graph = Graph::new(2).edge(0, 1, policy(0, 0, 0)).edge(0, 1, policy(0, 0, 0)).edge(
            0,
            1,
            policy(0, 0, 0),
        );
        let mut own = graph.own();
        own[0].spendable = Msat(999_999);
        assert_eq!(channels(&graph.route_with(&lnd(), &own).unwrap()), [1]);
        own[2].spendable = Msat(1_000_000_001);
        own[1].spendable = Msat(1_000_000_000);
        let capped = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(channels(&capped), [1], "what exceeds the capacity does not count");
    }

    #[test]
    fn a_short_dear_route_beats_a_long_cheap_one_by_the_attempt_cost() {
        // At node 1: 101,000 / 0.6 = 168,333.3 plus the fee against 101,000 / 0.36 = 280,555.6. At a
        // fee of 112,222 both are 280,555 after truncation, and the higher probability wins.
        let fee = |dear| {
            let graph = Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(0, 0, 0))
                .edge(2, 3, policy(0, 0, 0))
                .edge(1, 3, policy(dear, 0, 0));
            graph.route(&lnd()).unwrap().fee().get()
        };
        assert_eq!((fee(112_222), fee(112_223)), (112_222, 0));
    }

    #[test]
    fn a_failed_pair_is_avoided_until_the_memory_fades() {
        let mut graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 3, policy(0, 0, 0))
            .edge(0, 2, policy(0, 0, 0))
            .edge(2, 3, policy(40_000, 0, 0));
        assert_eq!(channels(&graph.route(&lnd()).unwrap()), [0, 1]);
        graph.beliefs.failure(NodeId(1), NodeId(3), Msat(1_000_000), SimTime::ZERO);
        graph.query.now = SimTime(60_000_000_000);
        assert_eq!(channels(&graph.route(&lnd()).unwrap()), [2, 3]);
        let smaller = Graph { query: Query { amount: Msat(999_999), ..graph.query }, ..graph };
        assert_eq!(channels(&smaller.route(&lnd()).unwrap()), [0, 1]);
        let day =
            Query { now: SimTime(24 * HOUR.nanos()), amount: Msat(1_000_000), ..smaller.query };
        let later = Graph { query: day, ..smaller };
        assert_eq!(channels(&later.route(&lnd()).unwrap()), [0, 1]);
    }

    #[test]
    fn routes_below_the_smallest_probability_are_not_considered() {
        // 0.95 * 0.6^8 = 0.016, 0.95 * 0.6^9 = 0.0096.
        let line = |nodes: u32| {
            let empty = Graph::new(nodes);
            (1..nodes).fold(empty, |graph, node| graph.edge(node - 1, node, policy(0, 0, 0)))
        };
        assert_eq!(line(10).route(&lnd()).unwrap().hops.len(), 9);
        assert_eq!(line(11).route(&lnd()), Err(NoRoute::None));
    }

    #[test]
    fn limits_bind_and_are_told_apart() {
        let answer = |change: fn(&mut Query)| {
            let graph = Graph::new(3)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(1_000, 0, 40))
                .ask(change);
            graph.route(&lnd()).map(|route| route.fee().get())
        };
        assert_eq!(answer(|query| query.fee_limit = Msat(1_000)), Ok(1_000));
        assert_eq!(answer(|query| query.fee_limit = Msat(999)), Err(NoRoute::FeeLimit));
        assert_eq!(answer(|query| query.cltv_limit = 58), Ok(1_000));
        assert_eq!(answer(|query| query.cltv_limit = 57), Err(NoRoute::None));
        assert_eq!(answer(|query| query.max_hops = 2), Ok(1_000));
        assert_eq!(answer(|query| query.max_hops = 1), Err(NoRoute::None));
        let rich = |query: &mut Query| query.amount = Msat(1_000_000_001);
        assert_eq!(answer(rich), Err(NoRoute::InsufficientFunds));
    }
}
