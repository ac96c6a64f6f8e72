//! The fewest channels; of several such routes the one with the least fee.
//!
//! What classical payment channel papers and first wallets did: breadth first. The search runs backwards from the
//! payee, one layer per channel. A node may hold several labels, one for each way in which amount and expiry
//! trade off; a label that asks no less than another of the same node in both, over no fewer channels, is dropped. So
//! the first layer in which the payer can reach a label gives the fewest channels within all limits, and the
//! smallest amount in it the least fee. As in [`crate::routing::cheapest`], a larger amount that would pass some
//! `htlc_minimum_msat` is not looked for.
//!
//! Ties: the payer's lower directed channel, then the earlier expiry, then the lower directed channel of the next hop.

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query, Route};
use crate::routing::router::{Found, Router, within_fee_limit};
use crate::routing::scratch::Scratch;

/// Finds the route over the fewest channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortestHops;

impl Router for ShortestHops {
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
        within_fee_limit(query, route, |query, route| search(knowledge, query, scratch, route))
    }
}

/// A path from a node to the payee.
#[derive(Clone, Copy, Debug)]
struct HopLabel {
    /// What the node must receive, in msat.
    amount: u64,
    /// The expiry of the HTLC that it receives.
    cltv: u32,
    node: NodeId,
    /// The direction it sends over; none at the payee.
    over: DirectedChannel,
    /// The label of the next node, or [`NONE`].
    onward: u32,
    /// Another label of the same node, or [`NONE`].
    other: u32,
}

/// No label.
const NONE: u32 = u32::MAX;

/// The number of a node's last label, or [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Last(u32);

impl Default for Last {
    fn default() -> Self {
        Self(NONE)
    }
}

/// Working memory.
#[derive(Debug, Default)]
struct HopTables {
    labels: Vec<HopLabel>,
    last: Stamped<Last>,
    /// What the next layer may consist of, dominated labels included.
    offers: Vec<HopLabel>,
}

impl HopTables {
    /// Whether a label of the same node asks no more.
    fn dominated(&self, label: &HopLabel) -> bool {
        let mut index = self.last.peek(label.node).0;
        while let Some(other) = self.labels.get(index as usize) {
            if other.amount <= label.amount && other.cltv <= label.cltv {
                return true;
            }
            index = other.other;
        }
        false
    }

    /// Takes in the offers that nothing dominates.
    fn take_offers(&mut self) {
        let mut offers = std::mem::take(&mut self.offers);
        offers.sort_unstable_by_key(|label| (label.amount, label.cltv, label.over));
        for mut label in offers.drain(..) {
            if !self.dominated(&label) {
                label.other = self.last.peek(label.node).0;
                let index = u32::try_from(self.labels.len()).expect("labels fit u32");
                self.last.set(label.node, Last(index));
                self.labels.push(label);
            }
        }
        self.offers = offers;
    }

    /// Writes down the path that starts with `first` and goes on with the label `index`.
    fn trace(&self, knowledge: &Knowledge<'_>, first: PathHop, mut index: u32) -> Vec<PathHop> {
        let mut path = vec![first];
        while let Some(label) = self.labels.get(index as usize).filter(|label| label.onward != NONE)
        {
            let delta = knowledge.view.edge(label.over).delta();
            path.push(PathHop { direction: label.over, delta });
            index = label.onward;
        }
        path
    }
}

/// Searches within the limits of `query`; fills `route` where there is one.
fn search(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    route: &mut Route,
) -> Found {
    let limit = query.amount.saturating_add(query.fee_limit).get();
    let most = limit.min(scratch.local.most());
    let mut tables = std::mem::take(scratch.tables.of::<HopTables>());
    let mut layers = Layers { knowledge, query, scratch, tables: &mut tables, most, dearer: false };
    let path = layers.run();
    // What exceeds the payer's largest channel is out of reach at any fee limit.
    let dearer = layers.dearer && limit < scratch.local.most();
    *scratch.tables.of::<HopTables>() = tables;
    match path {
        Some(path) if route.fill(knowledge.view, query, &path) => {
            debug_assert!(route.keeps_limits(query), "the labels carry what the limits are about");
            Found::Path
        }
        _ => Found::Nothing { dearer },
    }
}

struct Layers<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a Scratch,
    tables: &'a mut HopTables,
    /// The payer may not send more.
    most: u64,
    /// Whether that has left something out.
    dearer: bool,
}

impl Layers<'_> {
    /// Goes through the layers until the payer reaches one.
    fn run(&mut self) -> Option<Vec<PathHop>> {
        self.tables.labels.clear();
        self.tables.offers.clear();
        self.tables.last.begin(self.knowledge.view.node_count());
        if self.query.final_cltv <= self.query.cltv_limit {
            self.tables.offers.push(HopLabel {
                amount: self.query.amount.get(),
                cltv: self.query.final_cltv,
                node: self.query.payee,
                over: DirectedChannel::NONE,
                onward: NONE,
                other: NONE,
            });
        }
        let mut start = 0;
        // The payer's own channel is one more than the layers behind.
        for _ in 0..self.query.max_hops {
            self.tables.take_offers();
            let end = self.tables.labels.len();
            if start == end {
                return None;
            }
            if let Some((first, index)) = self.best_start(start..end) {
                return Some(self.tables.trace(self.knowledge, first, index));
            }
            for index in start..end {
                self.expand(index);
            }
            start = end;
        }
        None
    }

    /// The payer's channel to the label of this layer that asks for the least amount.
    fn best_start(&self, layer: std::ops::Range<usize>) -> Option<(PathHop, u32)> {
        let start = |index: usize| {
            let label = &self.tables.labels[index];
            let local = &self.scratch.local;
            let first = local.first(self.knowledge, label.node, label.amount)?;
            Some((label.amount, first.direction, index, first))
        };
        let best = layer
            .filter_map(start)
            .min_by_key(|&(amount, over, index, _)| (amount, over, index))?;
        Some((best.3, u32::try_from(best.2).expect("labels fit u32")))
    }

    /// Offers a label to all that can forward to its node.
    fn expand(&mut self, index: usize) {
        let label = self.tables.labels[index];
        let onward = u32::try_from(index).expect("labels fit u32");
        for edge in self.knowledge.view.incoming(label.node) {
            let (node, over) = (edge.peer, edge.direction);
            let cltv = label.cltv.saturating_add(u32::from(edge.delta()));
            let pair = (node, label.node);
            if node == self.query.payer
                || node == self.query.payee
                || !edge.carries(label.amount)
                || cltv > self.query.cltv_limit
                || self.knowledge.avoids(over)
                || self.scratch.known.bars(self.knowledge, pair, label.amount, self.query.now)
            {
                continue;
            }
            let fee = edge.fee(label.amount).unwrap_or(u64::MAX);
            let amount = label.amount.saturating_add(fee);
            if amount > self.most {
                self.dearer = true;
                continue;
            }
            let offer = HopLabel { amount, cltv, node, over, onward, other: NONE };
            if !self.tables.dominated(&offer) {
                self.tables.offers.push(offer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::network::Policy;
    use crate::routing::testing::{Graph, channels, forward, policy, shown};
    use crate::routing::{LocalChannel, View};
    use crate::units::Msat;

    fn shortest(graph: &Graph) -> Result<Route, NoRoute> {
        graph.route(&ShortestHops)
    }

    /// 0 to 4 over two channels for 900, over two for 500, and over three for nothing.
    fn three_ways() -> Graph {
        Graph::new(5)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 4, policy(900, 0, 5))
            .edge(0, 2, policy(0, 0, 0))
            .edge(2, 4, policy(500, 0, 40))
            .edge(2, 3, policy(0, 0, 1))
            .edge(3, 4, policy(0, 0, 1))
            .ask(|query| query.payee = NodeId(4))
    }

    #[test]
    fn fewer_channels_go_before_a_lower_fee_and_that_before_the_number_of_a_channel() {
        let route = shortest(&three_ways()).unwrap();
        assert_eq!(shown(&route), [(2, 1_000_500, 58), (3, 1_000_000, 18)]);
        let alike = three_ways().edge(1, 4, policy(500, 0, 5));
        assert_eq!(channels(&shortest(&alike).unwrap()), [0, 6], "the payer's lower channel");
    }

    #[test]
    fn each_limit_sends_it_elsewhere() {
        let soon = three_ways().ask(|query| query.cltv_limit = 18 + 20);
        assert_eq!(channels(&shortest(&soon).unwrap()), [0, 1], "40 blocks are too many");
        let cheap = three_ways().ask(|query| query.fee_limit = Msat(499));
        assert_eq!(channels(&shortest(&cheap).unwrap()), [2, 4, 5]);
        let both = three_ways().ask(|query| (query.fee_limit, query.max_hops) = (Msat(499), 2));
        assert_eq!(shortest(&both), Err(NoRoute::FeeLimit));
        let one = three_ways().ask(|query| query.max_hops = 1);
        assert_eq!(shortest(&one), Err(NoRoute::None));
        let graph = three_ways();
        let own = [LocalChannel { direction: forward(2), spendable: Msat(1_000_499) }];
        let poor = graph.route_with(&ShortestHops, &own).unwrap();
        assert_eq!(channels(&poor), [2, 4, 5], "500 more do not fit");
        let narrow = Policy { htlc_maximum: Msat(999_999), ..policy(0, 0, 0) };
        let graph = Graph::new(3)
            .edge(0, 2, narrow)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(0, 0, 0))
            .ask(|query| query.payee = NodeId(2));
        assert_eq!(channels(&shortest(&graph).unwrap()), [1, 2]);
    }

    /// The number of channels from 0 to each node by a plain breadth-first search.
    fn plain_bfs(graph: &Graph, nodes: u32) -> Vec<Option<usize>> {
        let mut distance = vec![None; nodes as usize];
        distance[0] = Some(0);
        let mut open = VecDeque::from([NodeId(0)]);
        while let Some(node) = open.pop_front() {
            let next = distance[node.index()].map(|distance: usize| distance + 1);
            for direction in graph.network.outgoing(node) {
                let target = graph.network.target(direction);
                let usable = graph.network.policy(direction).is_some();
                if usable && distance[target.index()].is_none() {
                    distance[target.index()] = next;
                    open.push_back(target);
                }
            }
        }
        distance
    }

    /// Channels and fee of the best simple path from `node` to the payee within the limits, by trying all.
    fn brute_force(
        graph: &Graph,
        view: &View,
        path: &mut Vec<PathHop>,
        best: &mut Option<(usize, Msat)>,
    ) {
        let node = path.last().map_or(graph.query.payer, |hop| view.target(hop.direction));
        if node == graph.query.payee {
            let mut route = Route::default();
            let fits = route.fill(view, &graph.query, path)
                && route.keeps_limits(&graph.query)
                && route.hops.iter().all(|hop| view.edge(hop.channel).carries(hop.amount.get()));
            let found = (path.len(), route.fee());
            if fits && best.is_none_or(|best| found < best) {
                *best = Some(found);
            }
            return;
        }
        for direction in graph.network.outgoing(node) {
            let target = view.target(direction);
            let seen = target == graph.query.payer
                || path.iter().any(|hop| view.target(hop.direction) == target);
            if !seen && view.edge(direction).is_something() {
                let delta = if path.is_empty() { 0 } else { view.edge(direction).delta() };
                path.push(PathHop { direction, delta });
                brute_force(graph, view, path, best);
                path.pop();
            }
        }
    }

    prop_compose! {
        fn graph(nodes: u32, most: usize)(
            edges in prop::collection::vec((0..nodes, 1..nodes, 0_u32..3_000, 0_u16..40, 900_000_u64..1_100_000), 1..most),
            fee_limit in 0_u64..6_000,
            blocks in 0_u32..100,
            max_hops in 1_u8..6,
        ) -> Graph {
            let mut graph = Graph::new(nodes);
            for (from, step, base, delta, htlc_maximum) in edges {
                let policy = Policy { htlc_maximum: Msat(htlc_maximum), ..policy(base, 0, delta) };
                graph = graph.edge(from, (from + step) % nodes, policy);
            }
            graph.ask(|query| {
                query.payee = NodeId(nodes - 1);
                query.fee_limit = Msat(fee_limit);
                query.cltv_limit = 18 + blocks;
                query.max_hops = max_hops;
            })
        }
    }

    proptest! {
        #[test]
        fn without_limits_it_has_as_many_channels_as_a_plain_bfs(graph in graph(40, 120)) {
            let graph = graph.ask(|query| {
                (query.amount, query.fee_limit) = (Msat(1_000), Msat(500_000));
                (query.cltv_limit, query.max_hops) = (10_000, 40);
            });
            let expected = plain_bfs(&graph, 40)[39];
            prop_assert_eq!(shortest(&graph).ok().map(|route| route.hops.len()), expected);
        }

        #[test]
        fn it_has_the_fewest_channels_and_then_the_least_fee_of_all_simple_paths(graph in graph(7, 24)) {
            let view = View::compile(&graph.network);
            let mut best = None;
            brute_force(&graph, &view, &mut Vec::new(), &mut best);
            let found = shortest(&graph).ok().map(|route| (route.hops.len(), route.fee()));
            prop_assert_eq!(found, best);
        }
    }
}
