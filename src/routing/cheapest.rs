//! The least fee over capacities, without risk: the original router, corrected.
//!
//! The search ([`crate::routing::bidirectional`]) minimises the amount that the payer sends. What it answers
//! is never dearer than a plain Dijkstra backwards from the payee with one label per node, and cheaper
//! only where some channel's `htlc_minimum_msat` is above the label of its node: a dearer path to that
//! node can be large enough, and where the two sides meet such paths may be seen too. They are not looked
//! for, so where minima matter the answer need not be the cheapest (a payer could always overpay).
//!
//! A channel whose minimum is above the least amount that can be on its way over it may still serve, as the
//! amount grows towards the payer; but a search with such channels can be long. So the first one is strict: it
//! notes what the payer would send at least over one of them. Where that is no less than what it sends over the
//! route found, as nearly always, nothing was missed; else a second search has them, with that route as its
//! bound.
//!
//! Expiry and channel count are checked on the answer. Only when it breaks a limit does a second
//! search run that carries both in its labels (`bidirectional::constrained`).
//!
//! Ties: the first route found at the least fee, in an order that is a function of view and query; among
//! the payer's own channels to the same peer, the lowest directed channel.

use crate::routing::bidirectional::{self, Task};
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::router::{Found, Router, within_fee_limit};
use crate::routing::scratch::Scratch;

/// Finds the route with the least fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cheapest;

impl Router for Cheapest {
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
        within_fee_limit(query, route, |query, route| solve(knowledge, query, scratch, route))
    }
}

/// The cheapest route within all limits. On success `route` is filled.
fn solve(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    route: &mut Route,
) -> Found {
    let mut found = search(knowledge, query, scratch);
    if found == Found::Path && route.fill(knowledge.view, query, &scratch.path) {
        if route.keeps_limits(query) {
            return found;
        }
        found = bidirectional::search_constrained(knowledge, query, scratch, route);
        if found == Found::Path && route.fill(knowledge.view, query, &scratch.path) {
            debug_assert!(route.keeps_limits(query), "the labels carry what the limits are about");
            return found;
        }
    }
    route.hops.clear();
    match found {
        // Its amounts leave `u64`.
        Found::Path => Found::Nothing { dearer: false },
        nothing @ Found::Nothing { .. } => nothing,
    }
}

/// The cheapest route, whatever expiry and number of channels. On success the path is in the scratch.
/// The payer's own channels must be set up.
fn search(knowledge: &Knowledge<'_>, query: &Query, scratch: &mut Scratch) -> Found {
    let limit = query.amount.saturating_add(query.fee_limit).get();
    let task = Task { strict: true, ..Task::without(limit, u32::MAX) };
    let mut ended = bidirectional::run(knowledge, query, scratch, task);
    if ended.missed < ended.bound {
        let first = std::mem::take(&mut scratch.path);
        let task = Task { most: ended.bound - 1, strict: false, ..task };
        ended = bidirectional::run(knowledge, query, scratch, task);
        if scratch.path.is_empty() {
            scratch.path = first;
        }
    }
    if scratch.path.is_empty() {
        // What exceeds the payer's largest channel is out of reach at any fee limit.
        Found::Nothing { dearer: ended.cut && limit < scratch.local.most() }
    } else {
        Found::Path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::network::Policy;
    use crate::routing::LocalChannel;
    use crate::routing::testing::{Graph, channels, forward, policy, shown};
    use crate::units::Msat;

    /// BOLT 7's example: A 0, B 1, D 2, C 3; C asks for 18 blocks and 42 are added as a shadow.
    fn bolt_7() -> Graph {
        Graph::new(4)
            .edge(0, 1, policy(100, 1_000, 10))
            .edge(1, 3, policy(200, 2_000, 20))
            .edge(0, 2, policy(100, 1_000, 10))
            .edge(2, 3, policy(400, 4_000, 40))
            .ask(|query| {
                query.amount = Msat(4_999_999);
                query.final_cltv = 18 + 42;
            })
    }

    #[test]
    fn the_example_of_bolt_7_over_b() {
        let route = bolt_7().cheapest().unwrap();
        assert_eq!(shown(&route), [(0, 5_010_198, 80), (1, 4_999_999, 60)]);
        assert_eq!(
            (route.amount(), route.fee(), route.cltv()),
            (Msat(4_999_999), Msat(10_199), 80)
        );
    }

    #[test]
    fn the_example_of_bolt_7_over_d() {
        let graph = bolt_7();
        let own = [LocalChannel { direction: forward(2), spendable: Msat(1_000_000_000) }];
        let route = graph.route_with(&Cheapest, &own).unwrap();
        assert_eq!(shown(&route), [(2, 5_020_398, 100), (3, 4_999_999, 60)]);
    }

    #[test]
    fn the_example_of_bolt_7_from_b_to_c_directly() {
        let graph = bolt_7().ask(|query| query.payer = NodeId(1));
        let own = [LocalChannel { direction: forward(1), spendable: Msat(4_999_999) }];
        let route = graph.route_with(&Cheapest, &own).unwrap();
        assert_eq!(shown(&route), [(1, 4_999_999, 60)]);
    }

    #[test]
    fn a_line_of_four_nodes_by_hand() {
        // 2 to 3 charges 7 + 1,000,000 * 500 ppm = 507, 1 to 2 then 1,000 + 1,000,507 * 100 ppm =
        // 1,100, and 0 nothing on its own channel.
        let graph = Graph::new(4)
            .edge(0, 1, policy(999, 999, 99))
            .edge(1, 2, policy(1_000, 100, 40))
            .edge(2, 3, policy(7, 500, 144));
        let route = graph.cheapest().unwrap();
        assert_eq!(shown(&route), [(0, 1_001_607, 202), (1, 1_000_507, 162), (2, 1_000_000, 18)]);
    }

    #[test]
    fn of_parallel_channels_the_cheaper_one_for_this_amount_is_used() {
        let graph = |amount| {
            Graph::new(3)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(0, 1_000, 1))
                .edge(1, 2, policy(500, 0, 2))
                .edge(1, 2, policy(500, 0, 3))
                .ask(|query| query.amount = Msat(amount))
        };
        let used = |amount| channels(&graph(amount).cheapest().unwrap())[1];
        assert_eq!((used(499_999), used(501_000)), (1, 2));
        assert_eq!(used(500_000), 1, "equal fees: the lower channel");
    }

    #[test]
    fn amounts_outside_minimum_and_maximum_go_another_way() {
        let narrow = Policy { htlc_minimum: Msat(10), htlc_maximum: Msat(20), ..policy(0, 0, 0) };
        let used = |amount| {
            let graph = Graph::new(3)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, narrow)
                .edge(1, 2, policy(5, 0, 0))
                .ask(|query| query.amount = Msat(amount));
            channels(&graph.cheapest().unwrap())[1]
        };
        assert_eq!([9, 10, 20, 21].map(used), [2, 1, 1, 2]);
    }

    #[test]
    fn an_own_channel_needs_the_amount_with_fees_but_not_its_flag() {
        let disabled = Policy { disabled: true, ..policy(0, 0, 0) };
        let graph = Graph::new(3).edge(0, 1, disabled).edge(1, 2, policy(1_000, 0, 0));
        let with = |spendable| {
            let own = [LocalChannel { direction: forward(0), spendable: Msat(spendable) }];
            graph.route_with(&Cheapest, &own).map(|route| route.fee().get())
        };
        assert_eq!(with(1_001_000), Ok(1_000));
        assert_eq!(with(1_000_999), Err(NoRoute::None));
        assert_eq!(with(999_999), Err(NoRoute::InsufficientFunds));
        let foreign = Graph::new(3).edge(0, 1, policy(0, 0, 0)).edge(1, 2, disabled);
        assert_eq!(foreign.cheapest(), Err(NoRoute::None));
    }

    #[test]
    fn a_route_that_is_too_dear_is_told_from_none() {
        let graph = |limit| {
            Graph::new(3)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(1_000, 0, 0))
                .ask(|query| query.fee_limit = Msat(limit))
        };
        assert_eq!(graph(1_000).cheapest().unwrap().fee(), Msat(1_000));
        assert_eq!(graph(999).cheapest(), Err(NoRoute::FeeLimit));
        let cut_off =
            Graph::new(3).edge(0, 1, policy(0, 0, 0)).ask(|query| query.fee_limit = Msat(0));
        assert_eq!(cut_off.cheapest(), Err(NoRoute::None));
    }

    /// Free but slow and long over 1 and 2, dear over 3, dearest over 4; to node 5.
    fn three_ways() -> Graph {
        Graph::new(6)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(0, 0, 100))
            .edge(2, 5, policy(0, 0, 100))
            .edge(0, 3, policy(0, 0, 0))
            .edge(3, 5, policy(50, 0, 90))
            .edge(0, 4, policy(0, 0, 0))
            .edge(4, 5, policy(70, 0, 10))
    }

    #[test]
    fn limits_on_expiry_and_channels_lead_to_the_cheapest_route_within_them() {
        let fee = |cltv_limit, max_hops, fee_limit| {
            let graph = three_ways().ask(|query| {
                (query.cltv_limit, query.max_hops) = (cltv_limit, max_hops);
                query.fee_limit = Msat(fee_limit);
            });
            graph.cheapest().map(|route| route.fee().get())
        };
        assert_eq!(fee(218, 3, 1_000), Ok(0));
        assert_eq!(fee(217, 3, 1_000), Ok(50));
        assert_eq!(fee(218, 2, 1_000), Ok(50));
        assert_eq!(fee(107, 20, 1_000), Ok(70));
        assert_eq!(fee(27, 20, 1_000), Err(NoRoute::None));
        assert_eq!(fee(2_016, 1, 1_000), Err(NoRoute::None));
        assert_eq!(fee(107, 20, 69), Err(NoRoute::FeeLimit));
    }

    #[test]
    fn a_node_may_need_a_dearer_label_to_keep_the_limits() {
        // Into node 2 there is a free slow edge and a dear quick one; only the latter fits.
        let graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(0, 0, 50))
            .edge(2, 3, policy(0, 0, 60))
            .edge(2, 3, policy(9, 0, 5))
            .ask(|query| query.cltv_limit = 18 + 55);
        assert_eq!(shown(&graph.cheapest().unwrap())[0], (0, 1_000_009, 73));
    }

    /// Over 1 and 2 for 600,000 msat, where the channel from 1 to 2 takes no less than `minimum`; over 4 for
    /// 700,000. 1,600,000 must come to node 2.
    fn behind_a_minimum(own: u64, minimum: u64, fee_limit: u64) -> Result<u64, NoRoute> {
        let from = |htlc_minimum| Policy { htlc_minimum: Msat(htlc_minimum), ..policy(0, 0, 0) };
        let graph = Graph::new(6)
            .edge(0, 1, from(own))
            .edge(1, 2, from(minimum))
            .edge(2, 5, policy(600_000, 0, 0))
            .edge(0, 4, from(own))
            .edge(4, 5, policy(700_000, 0, 0))
            .ask(|query| query.fee_limit = Msat(fee_limit));
        graph.cheapest().map(|route| route.fee().get())
    }

    #[test]
    fn an_amount_that_grows_may_pass_a_minimum_on_its_way() {
        assert_eq!(behind_a_minimum(0, 0, 1_000_000), Ok(600_000));
        assert_eq!(behind_a_minimum(0, 1_600_000, 1_000_000), Ok(600_000));
        assert_eq!(behind_a_minimum(0, 1_600_001, 1_000_000), Ok(700_000), "not enough: the other");
        assert_eq!(behind_a_minimum(1_600_000, 1_600_000, 1_000_000), Ok(600_000), "own ones too");
        assert_eq!(behind_a_minimum(1_600_001, 0, 1_000_000), Ok(700_000));
        assert_eq!(behind_a_minimum(1_700_001, 0, 1_000_000), Err(NoRoute::None));
        assert_eq!(behind_a_minimum(0, 1_600_001, 699_999), Err(NoRoute::FeeLimit));
        assert_eq!(behind_a_minimum(0, 1_600_000, 599_999), Err(NoRoute::FeeLimit));
    }

    #[test]
    fn a_channel_to_the_payee_itself_must_take_what_is_delivered() {
        let from = |htlc_minimum| Policy { htlc_minimum: Msat(htlc_minimum), ..policy(0, 0, 0) };
        let fee = |minimum| {
            let graph = Graph::new(3).edge(0, 2, from(minimum)).edge(0, 1, policy(0, 0, 0)).edge(
                1,
                2,
                policy(500_000, 0, 0),
            );
            graph.cheapest().map(|route| route.fee().get())
        };
        assert_eq!((fee(1_000_000), fee(1_000_001)), (Ok(0), Ok(500_000)));
    }
}
