//! eclair's path finding: fees, virtual costs of hops, of locked money and of failure, and a choice among several routes.
//!
//! Facts (commit `5b765e026`): `router/Graph.scala`, `router/RouteCalculation.scala`, `reference.conf`. Backwards from the
//! payee, one label per node, none changed once it was expanded. What is minimised is
//! `fees + hop costs + amount · blocks · locked_funds_risk + failure cost / probability`, where a channel carries an
//! amount with probability `1 − amount / capacity`; with `use_log_probability` the last two are added up hop by hop, the
//! last as `−failure cost · ln(probability)`. The payer's own channels cost nothing. Yen's algorithm (1971) finds the `routes`
//! best ways without a loop, and one of them is drawn. The first search is among ways of `preferred_hops`; only where there
//! is none, among all.
//!
//! A channel that failed is left out for a while, by pair of nodes here. Left out: estimates of balances from past relays,
//! which eclair has switched off. The draw is keyed by who pays whom, how much and when.
//!
//! Ties: the lower node; at one node the label that came first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::engine::Seeds;
use crate::ids::{DirectedChannel, NodeId};
use crate::math;
use crate::routing::edge::{Edge, share};
use crate::routing::params::EclairParams;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query, Route};
use crate::routing::router::{Found, Router, within_fee_limit};
use crate::routing::scratch::Scratch;

/// Finds routes as eclair does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eclair {
    /// Its settings.
    pub params: EclairParams,
}

impl Router for Eclair {
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
        within_fee_limit(query, route, |query, route| {
            let few = self.params.preferred_hops.min(query.max_hops);
            match self.choose(knowledge, query, scratch, route, few) {
                Found::Nothing { .. } if few < query.max_hops => {
                    self.choose(knowledge, query, scratch, route, query.max_hops)
                }
                found => found,
            }
        })
    }
}

impl Eclair {
    /// Draws one of the best routes of at most so many channels, and fills it in.
    fn choose(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        max_hops: u8,
    ) -> Found {
        let mut tables = std::mem::take(scratch.tables.of::<EclairTables>());
        let mut search = WeightSearch {
            params: &self.params,
            knowledge,
            query,
            scratch,
            tables: &mut tables,
            max_hops,
            dearer: false,
        };
        let paths = search.best_paths();
        let dearer = search.dearer;
        *scratch.tables.of::<EclairTables>() = tables;
        if paths.is_empty() {
            return Found::Nothing { dearer };
        }
        let ends = u64::from(query.payer.0) << 32 | u64::from(query.payee.0);
        let when = query.now.nanos() ^ query.amount.get().rotate_left(32);
        let mut draw = Seeds::new(0, 0).draws("route of eclair").at(ends, when);
        let place = draw.below(u64::try_from(paths.len()).expect("a few routes"));
        let path = &paths[usize::try_from(place).expect("a few routes")];
        let hops: Vec<PathHop> = path
            .iter()
            .enumerate()
            .map(|(place, &direction)| {
                let delta = if place == 0 { 0 } else { knowledge.view.edge(direction).delta() };
                PathHop { direction, delta }
            })
            .collect();
        if route.fill(knowledge.view, query, &hops) {
            Found::Path
        } else {
            Found::Nothing { dearer }
        }
    }
}

/// The best path known from a node to the payee.
#[derive(Clone, Copy, Debug, Default)]
struct WeightLabel {
    /// What is minimised.
    weight: f64,
    /// What the node must receive, in msat.
    amount: u64,
    /// The expiry of the HTLC that it receives.
    cltv: u32,
    /// Channels to the payee.
    hops: u8,
    /// Virtual costs of hops so far, and of failures where they add up.
    virtual_cost: f64,
    probability: f64,
    over: DirectedChannel,
    expanded: bool,
}

/// A path from the payer, and its weight.
type Weighed = (f64, Vec<DirectedChannel>);

/// Working memory.
#[derive(Debug, Default)]
struct EclairTables {
    labels: Stamped<WeightLabel>,
    /// By the bits of the weight, which are in the order of positive floats.
    heap: BinaryHeap<Reverse<(u64, NodeId)>>,
}

struct WeightSearch<'a> {
    params: &'a EclairParams,
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a Scratch,
    tables: &'a mut EclairTables,
    max_hops: u8,
    /// Whether the fee limit has left something out.
    dearer: bool,
}

impl WeightSearch<'_> {
    /// The best ways without a loop, the best one first (Yen 1971, from the payee's end).
    fn best_paths(&mut self) -> Vec<Vec<DirectedChannel>> {
        let start = self.start();
        let first = self.search(self.query.payee, &start, &[], &[]);
        let mut found: Vec<Vec<DirectedChannel>> =
            first.into_iter().map(|(_, path)| path).collect();
        let mut candidates: Vec<Weighed> = Vec::new();
        while let Some(last) = found.last().cloned()
            && found.len() < usize::from(self.params.routes)
        {
            for kept in 0..last.len() {
                self.branch_off(&last, kept, &found, &mut candidates);
            }
            let best = (0..candidates.len()).min_by(|&a, &b| {
                let (a, b) = (&candidates[a], &candidates[b]);
                a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
            });
            let Some(best) = best else { break };
            found.push(candidates.swap_remove(best).1);
        }
        found
    }

    /// The best way that has the last `kept` channels of `path` in common with it and leaves it there.
    fn branch_off(
        &mut self,
        path: &[DirectedChannel],
        kept: usize,
        found: &[Vec<DirectedChannel>],
        candidates: &mut Vec<Weighed>,
    ) {
        let view = self.knowledge.view;
        let tail = &path[path.len() - kept..];
        let mut label = self.start();
        for &direction in tail.iter().rev() {
            let Some(next) = self.extended(view.edge(direction), &label) else { return };
            label = next;
        }
        let spur = tail.first().map_or(self.query.payee, |&direction| view.source(direction));
        let passed: Vec<NodeId> = tail.iter().map(|&direction| view.target(direction)).collect();
        let same = found.iter().filter(|other| other.len() > kept && other.ends_with(tail));
        let used: Vec<_> = same.map(|other| other[other.len() - kept - 1]).collect();
        let Some((weight, mut way)) = self.search(spur, &label, &passed, &used) else { return };
        way.extend(tail);
        if !candidates.iter().any(|(_, known)| *known == way) {
            candidates.push((weight, way));
        }
    }

    fn start(&self) -> WeightLabel {
        let (amount, cltv) = (self.query.amount.get(), self.query.final_cltv);
        WeightLabel { amount, cltv, probability: 1.0, ..WeightLabel::default() }
    }

    /// The best way from the payer to `to`, which has this label; through none of `passed` and not over `used` into it.
    fn search(
        &mut self,
        to: NodeId,
        label: &WeightLabel,
        passed: &[NodeId],
        used: &[DirectedChannel],
    ) -> Option<Weighed> {
        if label.cltv > self.query.cltv_limit {
            return None;
        }
        self.tables.labels.begin(self.knowledge.view.node_count());
        self.tables.heap.clear();
        for &node in passed.iter().chain([&to]) {
            self.tables.labels.set(node, WeightLabel { expanded: true, ..WeightLabel::default() });
        }
        self.expand(to, label, used);
        while let Some(Reverse((weight, node))) = self.tables.heap.pop() {
            if node == self.query.payer {
                return Some((f64::from_bits(weight), self.trace(to)));
            }
            let label = self.tables.labels.get_mut(node)?;
            if !std::mem::replace(&mut label.expanded, true) {
                let label = *label;
                self.expand(node, &label, &[]);
            }
        }
        None
    }

    /// Offers every channel into `node` but `used` to its source.
    fn expand(&mut self, node: NodeId, label: &WeightLabel, used: &[DirectedChannel]) {
        let (knowledge, scratch) = (self.knowledge, self.scratch);
        let own = scratch.local.to_peer(node).find(|&(direction, spendable)| {
            label.amount <= spendable
                && knowledge.view.edge(direction).carries(label.amount)
                && !knowledge.avoids(direction)
                && !used.contains(&direction)
        });
        if let Some((over, _)) = own
            && label.hops < self.max_hops
        {
            let hops = label.hops + 1;
            self.improve(self.query.payer, WeightLabel { over, hops, expanded: false, ..*label });
        }
        for edge in knowledge.view.incoming(node) {
            let pair = (edge.peer, node);
            if edge.peer == self.query.payer
                || !edge.carries(label.amount)
                || knowledge.avoids(edge.direction)
                || used.contains(&edge.direction)
                || scratch.known.bars(knowledge, pair, label.amount, self.query.now)
            {
                continue;
            }
            if let Some(new) = self.extended(edge, label) {
                self.improve(edge.peer, new);
            }
        }
    }

    /// The label of the edge's source, if it keeps the limits.
    fn extended(&mut self, edge: &Edge, onward: &WeightLabel) -> Option<WeightLabel> {
        let sent = onward.amount;
        let amount = sent.checked_add(edge.fee(sent)?)?;
        let fees = amount - self.query.amount.get();
        let cltv = onward.cltv.saturating_add(u32::from(edge.delta()));
        if fees > self.query.fee_limit.get() {
            self.dearer = true;
            return None;
        }
        if cltv > self.query.cltv_limit || onward.hops >= self.max_hops {
            return None;
        }
        let capacity = self.knowledge.view.capacity(edge.direction.channel());
        let chance = 1.0 - float(sent) / float(capacity);
        let failure = self.failure_cost(sent);
        let blocks = float(u64::from(cltv - self.query.final_cltv));
        let risk = float(amount) * blocks * self.params.locked_funds_risk;
        let mut virtual_cost = onward.virtual_cost + self.hop_cost(sent);
        let probability = onward.probability * chance;
        let weight = if self.params.use_log_probability {
            virtual_cost += risk - failure * math::ln(chance.max(f64::MIN_POSITIVE));
            float(fees) + virtual_cost
        } else {
            float(fees) + virtual_cost + risk + failure / probability
        };
        let (hops, over) = (onward.hops + 1, edge.direction);
        weight.is_finite().then_some(WeightLabel {
            weight,
            amount,
            cltv,
            hops,
            virtual_cost,
            probability,
            over,
            expanded: false,
        })
    }

    fn hop_cost(&self, amount: u64) -> f64 {
        let EclairParams { hop_cost_base, hop_cost_proportional, .. } = *self.params;
        part(hop_cost_base.get(), u64::from(hop_cost_proportional.0), amount)
    }

    fn failure_cost(&self, amount: u64) -> f64 {
        let EclairParams { failure_cost_base, failure_cost_proportional, .. } = *self.params;
        part(failure_cost_base.get(), u64::from(failure_cost_proportional.0), amount)
    }

    fn improve(&mut self, node: NodeId, label: WeightLabel) {
        let known = self.tables.labels.get(node);
        if known.is_none_or(|known| !known.expanded && label.weight < known.weight) {
            self.tables.labels.set(node, label);
            self.tables.heap.push(Reverse((label.weight.to_bits(), node)));
        }
    }

    /// The channels from the payer to `to`.
    fn trace(&self, to: NodeId) -> Vec<DirectedChannel> {
        let (mut path, mut node) = (Vec::new(), self.query.payer);
        while node != to {
            let over = self.tables.labels.peek(node).over;
            path.push(over);
            node = self.knowledge.view.target(over);
        }
        path
    }
}

/// A base and parts per million of an amount, rounded down, in msat.
fn part(base: u64, ppm: u64, amount: u64) -> f64 {
    float(base.saturating_add(share(amount, ppm, 1_000_000).unwrap_or(u64::MAX)))
}

#[expect(clippy::cast_precision_loss, reason = "money below 2^53 msat (90,000 BTC) is exact")]
const fn float(amount: u64) -> f64 {
    amount as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routing::testing::{Graph, channels, policy};
    use crate::units::{Msat, SimTime};

    /// Without the draw, unless `routes` says so.
    fn eclair(change: impl FnOnce(&mut EclairParams)) -> Eclair {
        let mut params = EclairParams { routes: 1, ..EclairParams::default() };
        change(&mut params);
        Eclair { params }
    }

    /// 0 to 3 over 1 (two channels) or over 2 and 1 more: 10,000 sat over 1,000,000 sat each.
    fn two_ways(base: u32) -> Graph {
        Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 3, policy(base, 0, 0))
            .edge(1, 2, policy(0, 0, 0))
            .edge(2, 3, policy(0, 0, 0))
            .ask(|query| query.amount = Msat(10_000_000))
    }

    /// A hop costs 500 + 2,000 = 2,500; failure 2,000 + 5,000 = 7,000 over 0.99 per hop: one hop
    /// 2,500 + 7,070.7, two 5,000 + 7,142.1. So the second is worth 2,571 in fees.
    #[test]
    fn one_more_hop_has_a_price() {
        assert_eq!(channels(&two_ways(2_571).route(&eclair(|_| ())).unwrap()), [0, 1]);
        assert_eq!(channels(&two_ways(2_573).route(&eclair(|_| ())).unwrap()), [0, 2, 3]);
        // With logarithms: 2,500 + 70.35 per hop.
        let logs = eclair(|params| params.use_log_probability = true);
        assert_eq!(channels(&two_ways(2_570).route(&logs).unwrap()), [0, 1]);
        assert_eq!(channels(&two_ways(2_571).route(&logs).unwrap()), [0, 2, 3]);
    }

    /// 10,000 sat for 144 blocks: 10,000,000 * 144 * 10^-8 = 14.4.
    #[test]
    fn locked_money_has_a_price() {
        let used = |base| {
            let graph = Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 3, policy(0, 0, 144))
                .edge(0, 2, policy(0, 0, 0))
                .edge(2, 3, policy(base, 0, 0))
                .ask(|query| query.amount = Msat(10_000_000));
            channels(&graph.route(&eclair(|_| ())).unwrap())
        };
        assert_eq!(used(14), [2, 3]);
        assert_eq!(used(15), [0, 1]);
    }

    #[test]
    fn ways_longer_than_preferred_are_taken_only_where_there_is_no_other() {
        let short = eclair(|params| params.preferred_hops = 2);
        let closed = |limit| {
            Graph::new(5)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 4, policy(1_000_000, 0, 0))
                .edge(0, 2, policy(0, 0, 0))
                .edge(2, 3, policy(0, 0, 0))
                .edge(3, 4, policy(0, 0, 0))
                .ask(|query| query.fee_limit = Msat(limit))
        };
        assert_eq!(
            channels(&closed(1_000_000).route(&short).unwrap()),
            [0, 1],
            "dear, within the limit"
        );
        assert_eq!(channels(&closed(1_000_000).route(&eclair(|_| ())).unwrap()), [2, 3, 4]);
        assert_eq!(channels(&closed(999_999).route(&short).unwrap()), [2, 3, 4]);
        let few = closed(999_999).ask(|query| query.max_hops = 2);
        assert_eq!(few.route(&short), Err(NoRoute::FeeLimit));
    }

    /// Four ways from 0 to 5, by their fees.
    #[test]
    fn the_best_ways_are_found_in_order_and_one_of_them_is_drawn() {
        let mut graph = Graph::new(6)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 5, policy(100, 0, 0))
            .edge(1, 5, policy(300, 0, 0))
            .edge(0, 2, policy(0, 0, 0))
            .edge(2, 5, policy(200, 0, 0))
            .edge(0, 3, policy(0, 0, 0))
            .edge(3, 5, policy(400, 0, 0));
        let mut drawn = BTreeSet::new();
        for second in 0..60 {
            graph.query.now = SimTime(second * 1_000_000_000);
            let route = graph.route(&eclair(|params| params.routes = 3)).unwrap();
            assert_eq!(channels(&graph.route(&eclair(|_| ())).unwrap()), [0, 1]);
            drawn.insert(channels(&route));
        }
        assert_eq!(drawn, BTreeSet::from([vec![0, 1], vec![3, 4], vec![0, 2]]));
    }
}
