//! LDK's path finding: fees and the penalties of its scorer in one cost.
//!
//! Facts: `lightning/src/routing/router.rs` and `scoring.rs`, commit `cfee4b755`. Backwards from the payee, one label per
//! node, never changed once it was expanded. What is minimised is `max(fees, what the path's htlc_minimum_msat comes
//! to) + penalties`. A payment may take at most a part of a public channel's capacity
//! (`max_channel_saturation_power_of_half`); only where that leaves no route, all of it. The payer's own channels have no
//! penalty and no such limit.
//!
//! Left out: the random expiry that LDK adds, but not the 80 blocks that its search keeps free for it.
//!
//! Ties: fewer channels, then the lower node; at one node the label that came first.

mod history;
mod log_table;
mod probability;
mod scores;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::params::LdkParams;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query, Route};
use crate::routing::router::{Found, Router, within_fee_limit};
use crate::routing::scratch::Scratch;

pub use scores::ChannelScores;
pub(super) use scores::NOTHING_KNOWN;

/// Blocks kept free for the random expiry: twice `MEDIAN_HOP_CLTV_EXPIRY_DELTA`.
const SHADOW: u32 = 80;

/// Finds routes as LDK does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ldk {
    /// LDK's settings.
    pub params: LdkParams,
}

impl Router for Ldk {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.local.begin(knowledge, query)?;
        within_fee_limit(query, route, |query, route| {
            let power = self.params.max_channel_saturation_power_of_half;
            let found = self.search(knowledge, query, scratch, route, power);
            match found {
                Found::Nothing { dearer } if power > 0 => {
                    match self.search(knowledge, query, scratch, route, 0) {
                        Found::Path => Found::Path,
                        Found::Nothing { dearer: again } => {
                            Found::Nothing { dearer: dearer || again }
                        }
                    }
                }
                found => found,
            }
        })
    }
}

impl Ldk {
    /// Searches with at most the capacity over `2^saturation` of public channels; fills `route` where there is one.
    fn search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        saturation: u8,
    ) -> Found {
        let mut tables = std::mem::take(scratch.tables.of::<LdkTables>());
        let room = query.cltv_limit.saturating_sub(query.final_cltv);
        let mut search = PenaltySearch {
            params: &self.params,
            knowledge,
            query,
            scratch,
            tables: &mut tables,
            saturation: u32::from(saturation),
            blocks: room.checked_sub(SHADOW).unwrap_or(room),
            dearer: false,
        };
        let path = search.run();
        let dearer = search.dearer;
        *scratch.tables.of::<LdkTables>() = tables;
        match path {
            Some(path) if route.fill(knowledge.view, query, &path) && route.keeps_limits(query) => {
                Found::Path
            }
            _ => Found::Nothing { dearer },
        }
    }

    /// What LDK minimises beside the fee, for a route that is known: the penalties of all channels but the payer's own,
    /// in msat.
    pub fn penalty_msat(&self, knowledge: &Knowledge<'_>, query: &Query, route: &Route) -> u64 {
        let view = knowledge.view;
        let others = route.hops.iter().skip(1);
        others.fold(0, |sum, hop| {
            let edge = view.edge(hop.channel);
            let bounds = (edge.limit(), view.capacity(hop.channel.channel()));
            let scores = knowledge.beliefs.scores();
            let amount = hop.amount.get();
            let penalty = scores.penalty_msat(&self.params, hop.channel, amount, bounds, query.now);
            sum.saturating_add(penalty)
        })
    }
}

/// The best path known from a node to the payee.
#[derive(Clone, Copy, Debug, Default)]
struct PenaltyLabel {
    /// What is minimised.
    cost: u64,
    fee: u64,
    penalty: u64,
    /// What the path's `htlc_minimum_msat` come to at this node, with fees.
    minimum: u64,
    /// Sum of deltas, without the final one.
    cltv: u32,
    /// Channels to the payee.
    hops: u8,
    over: DirectedChannel,
    expanded: bool,
}

impl PenaltyLabel {
    fn new(fee: u64, penalty: u64, minimum: u64) -> Self {
        let cost = fee.max(minimum).saturating_add(penalty);
        Self { cost, fee, penalty, minimum, ..Self::default() }
    }
}

/// Working memory.
#[derive(Debug, Default)]
struct LdkTables {
    labels: Stamped<PenaltyLabel>,
    heap: BinaryHeap<Reverse<(u64, u8, NodeId)>>,
}

struct PenaltySearch<'a> {
    params: &'a LdkParams,
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a Scratch,
    tables: &'a mut LdkTables,
    saturation: u32,
    /// Largest sum of deltas.
    blocks: u32,
    /// Whether the fee limit has left something out.
    dearer: bool,
}

impl PenaltySearch<'_> {
    fn run(&mut self) -> Option<Vec<PathHop>> {
        self.tables.labels.begin(self.knowledge.view.node_count());
        self.tables.heap.clear();
        if self.query.final_cltv > self.query.cltv_limit {
            return None;
        }
        self.expand(self.query.payee, &PenaltyLabel::default());
        while let Some(Reverse((_, _, node))) = self.tables.heap.pop() {
            if node == self.query.payer {
                return Some(self.trace());
            }
            let label = self.tables.labels.get_mut(node)?;
            if !std::mem::replace(&mut label.expanded, true) {
                let label = *label;
                self.expand(node, &label);
            }
        }
        None
    }

    /// Offers every channel into `node` to its source.
    fn expand(&mut self, node: NodeId, label: &PenaltyLabel) {
        self.enter_from_payer(node, label);
        let view = self.knowledge.view;
        let amount = self.query.amount.get().saturating_add(label.fee);
        for edge in view.incoming(node) {
            let ends = [self.query.payer, self.query.payee];
            if ends.contains(&edge.peer)
                || !edge.carries(amount)
                || self.tables.labels.get(edge.peer).is_some_and(|known| known.expanded)
            {
                continue;
            }
            let capacity = view.capacity(edge.direction.channel());
            if amount > capacity >> self.saturation || self.has_failed(edge.direction) {
                continue;
            }
            self.enter(edge, label, amount, capacity);
        }
    }

    /// LDK leaves out a channel that failed this payment, in both directions.
    fn has_failed(&self, direction: DirectedChannel) -> bool {
        self.knowledge.avoids(direction) || self.knowledge.avoids(direction.reverse())
    }

    fn enter(&mut self, edge: &Edge, onward: &PenaltyLabel, amount: u64, capacity: u64) {
        let cltv = onward.cltv + u32::from(edge.delta());
        let Some(fee) = edge.fee(amount).and_then(|fee| fee.checked_add(onward.fee)) else {
            return;
        };
        if cltv > self.blocks || onward.hops + 1 > self.query.max_hops {
            return;
        }
        if fee > self.query.fee_limit.get() {
            self.dearer = true;
            return;
        }
        let minimum = onward.minimum.max(edge.minimum());
        let minimum = minimum.saturating_add(edge.fee(minimum).unwrap_or(u64::MAX));
        if fee.max(minimum).saturating_add(onward.penalty) >= self.payers_cost() {
            return;
        }
        let scores = self.knowledge.beliefs.scores();
        let (direction, bounds) = (edge.direction, (edge.limit(), capacity));
        let own = scores.penalty_msat(self.params, direction, amount, bounds, self.query.now);
        let label = PenaltyLabel::new(fee, onward.penalty.saturating_add(own), minimum);
        self.improve(
            edge.peer,
            PenaltyLabel { cltv, hops: onward.hops + 1, over: direction, ..label },
        );
    }

    fn enter_from_payer(&mut self, node: NodeId, onward: &PenaltyLabel) {
        let amount = self.query.amount.get().saturating_add(onward.fee);
        let scratch = self.scratch;
        if !scratch.local.reaches(node) || onward.hops + 1 > self.query.max_hops {
            return;
        }
        for (direction, spendable) in scratch.local.to_peer(node) {
            let edge = self.knowledge.view.edge(direction);
            if amount > spendable || !edge.carries(amount) || self.has_failed(direction) {
                continue;
            }
            let minimum = onward.minimum.max(edge.minimum());
            let label = PenaltyLabel::new(onward.fee, onward.penalty, minimum);
            let (cltv, hops) = (onward.cltv, onward.hops + 1);
            self.improve(self.query.payer, PenaltyLabel { cltv, hops, over: direction, ..label });
        }
    }

    /// Nothing that costs as much or more is expanded before the payer is reached.
    fn payers_cost(&self) -> u64 {
        self.tables.labels.get(self.query.payer).map_or(u64::MAX, |label| label.cost)
    }

    /// Gives `node` the label, if that costs less than the one it has.
    fn improve(&mut self, node: NodeId, label: PenaltyLabel) {
        let known = self.tables.labels.get(node).map_or(u64::MAX, |known| known.cost);
        if label.cost < known && label.cost < self.payers_cost() {
            self.tables.labels.set(node, label);
            self.tables.heap.push(Reverse((label.cost, label.hops, node)));
        }
    }

    /// Writes down the path from the payer.
    fn trace(&self) -> Vec<PathHop> {
        let (mut path, mut node) = (Vec::new(), self.query.payer);
        while node != self.query.payee {
            let over = self.tables.labels.peek(node).over;
            let delta = if path.is_empty() { 0 } else { self.knowledge.view.edge(over).delta() };
            path.push(PathHop { direction: over, delta });
            node = self.knowledge.view.target(over);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Channel;
    use crate::routing::beliefs::Beliefs;
    use crate::routing::testing::{Graph, channels, forward, policy, shown};
    use crate::routing::view::View;
    use crate::units::{Msat, Sat, SimTime};

    fn ldk() -> Ldk {
        Ldk { params: LdkParams::default() }
    }

    /// 0 to 3 over 1 for nothing, or over 2 for `base`, there with 2,000,000 sat.
    fn two_ways(base: u32) -> Graph {
        let mut graph = Graph::new(4).edge(0, 1, policy(0, 0, 0)).edge(1, 3, policy(0, 0, 0)).edge(
            0,
            2,
            policy(0, 0, 0),
        );
        let policies = [Some(policy(base, 0, 0)), None];
        let channel =
            Channel { name: "wide".into(), capacity: Sat(2_000_000), policies, stated: None };
        graph.network.add_channel(NodeId(2), NodeId(3), channel);
        graph
    }

    fn used(graph: &Graph) -> Result<Vec<u32>, NoRoute> {
        graph.route(&ldk()).map(|route| channels(&route))
    }

    #[test]
    fn a_channel_is_filled_to_a_quarter_unless_nothing_else_is_left() {
        let with = |amount| used(&two_ways(400_000_000).ask(|query| query.amount = Msat(amount)));
        assert_eq!(with(250_000_000), Ok(vec![0, 1]));
        assert_eq!(with(250_000_001), Ok(vec![2, 3]), "dear, but it has the room");
        assert_eq!(with(500_000_001), Ok(vec![0, 1]), "neither has");
    }

    /// What the second way costs more may be as much as it is likelier: by the penalties of both channels.
    #[test]
    fn fees_and_penalties_are_weighed_in_millisatoshis() {
        let graph = two_ways(0).ask(|query| query.amount = Msat(100_000_000));
        let (view, own) = (View::compile(&graph.network), graph.own());
        let knowledge =
            Knowledge { view: &view, local_channels: &own, beliefs: &graph.beliefs, avoid: &[] };
        let penalty = |first: u32, second| {
            let path = [first, second].map(|c| PathHop { direction: forward(c), delta: 0 });
            let mut route = Route::default();
            assert!(route.fill(&view, &graph.query, &path));
            ldk().penalty_msat(&knowledge, &graph.query, &route)
        };
        let (narrow, wide) = (penalty(0, 1), penalty(2, 3));
        // A tenth of the channel: 0.60189; a twentieth: 0.67434.
        assert!(narrow > wide, "{narrow} and {wide}");
        let worth = u32::try_from(narrow - wide).unwrap();
        let with = |base| used(&two_ways(base).ask(|query| query.amount = Msat(100_000_000)));
        assert_eq!(with(worth - 1), Ok(vec![2, 3]));
        assert_eq!(with(worth + 1), Ok(vec![0, 1]));
    }

    #[test]
    fn what_a_channel_could_not_send_goes_elsewhere_until_that_is_forgotten() {
        let at = |amount, minutes: u64| {
            let mut graph = two_ways(50_000_000).ask(|query| {
                query.amount = Msat(amount);
                query.now = SimTime(minutes * 60_000_000_000);
            });
            graph.beliefs = Beliefs::ldk(&LdkParams::default());
            let view = View::compile(&graph.network);
            let scores = graph.beliefs.scores_mut().unwrap();
            scores.refused(&view, forward(1), 100_000_000, SimTime::ZERO);
            used(&graph).unwrap()
        };
        assert_eq!(at(99_999_999, 0), [0, 1]);
        assert_eq!(at(100_000_000, 0), [2, 3]);
        assert_eq!(at(100_000_000, 1), [0, 1], "the bound is above by then");
        assert_eq!(at(200_000_000, 1), [2, 3], "100 million and a few percent of 900 million");
        assert_eq!(at(200_000_000, 6), [0, 1]);
    }

    #[test]
    fn each_limit_sends_it_elsewhere_or_nowhere() {
        let graph = |delta| {
            Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 3, policy(0, 0, delta))
                .edge(0, 2, policy(0, 0, 0))
                .edge(2, 3, policy(7, 0, 0))
        };
        // 80 blocks are kept free.
        let soon = |delta| used(&graph(delta).ask(|query| query.cltv_limit = 18 + 80 + 40));
        assert_eq!((soon(40), soon(41)), (Ok(vec![0, 1]), Ok(vec![2, 3])));
        let cheap =
            graph(60).ask(|query| (query.cltv_limit, query.fee_limit) = (18 + 80 + 40, Msat(6)));
        assert_eq!(used(&cheap), Err(NoRoute::FeeLimit));
        assert_eq!(used(&graph(0).ask(|query| query.max_hops = 1)), Err(NoRoute::None));
        let route = graph(40).route(&ldk()).unwrap();
        assert_eq!(shown(&route), [(0, 1_000_000, 58), (1, 1_000_000, 18)]);
    }
}
