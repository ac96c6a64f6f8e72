//! The search behind [`LndFast`](super::LndFast): least cost over all paths, in the order of what a
//! path through a node costs at least.
//!
//! Like lnd's it runs backwards from the payee. But a node may hold several ways to the payee at once:
//! one goes only where another is better, or as good, in weight, probability and amount together. And
//! ways are taken up by their cost plus the least that the rest can add
//! ([`Reach`](super::reach::Reach)), so that what lies away from the payer is not touched. Each way is taken up twice at most: first only the payer's peers
//! are tried as its sources, then, if that can still pay, all others. A new way that meets one from the payer
//! is made a whole path at once where that lowers the bound much, lest many more come into being before any path
//! is known.
//!
//! Two things could make a way that went the better one after all, and both are watched. A way of fewer
//! blocks or channels may keep a limit that the other breaks: where that may have mattered, a careful search
//! follows, in which such ways stay. And a larger amount may pass an `htlc_minimum_msat`, or leave a dearer
//! parallel channel behind: where that may have mattered, or the search has looked at more edges than it may,
//! the answer is not [`Found::certain`].

use std::cmp::Reverse;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::lists::Head;
use crate::routing::lnd::apriori::{Apriori, float};
use crate::routing::lnd::reach::Best;
use crate::routing::lnd::ways::{Found, Goal, NONE, Tables, Watch, Way};
use crate::routing::own::Own;
use crate::routing::probable::{Entrance, Limits, Model, capacity, merge};
use crate::routing::route::{Knowledge, Query, Step};

/// Edges that one search may look at in any network. In larger ones: as many as there are nodes. Eight in a
/// thousand searches on the public network want more; for those lnd's own search takes less time than the rest of
/// this one.
const EDGES: usize = 16_384;

/// The payer's side may look at one edge for so many of the payee's side. Measured, CPU time of 100,000 payments on
/// the public network of 2026: 7.5 s with 1, 7.1 with 2, 6.5 with 4, 6.7 with 8.
const FORWARD: usize = 4;

/// A way is completed at once where that may make the bound lower by one part in this. Measured in the same way:
/// 7.1 s with 4, 6.5 with 16, 6.7 with 1,000.
const WORTHWHILE: u64 = 16;

/// One search.
pub(super) struct Hunt<'a> {
    pub(super) knowledge: &'a Knowledge<'a>,
    pub(super) query: &'a Query,
    pub(super) own: &'a Own,
    pub(super) model: Apriori<'a>,
    pub(super) limits: Limits,
    pub(super) tables: &'a mut Tables,
    /// Whether a way that is better in blocks or channels stays.
    pub(super) careful: bool,
    pub(super) best: Option<Goal>,
    pub(super) watch: Watch,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(
        knowledge: &'a Knowledge<'a>,
        query: &'a Query,
        own: &'a Own,
        model: Apriori<'a>,
        limits: Limits,
        tables: &'a mut Tables,
        careful: bool,
    ) -> Self {
        let watch = Watch {
            edges: 0,
            cut: false,
            shorter_went: false,
            threshold: u64::MAX,
            excess: i128::MIN,
            dearer: false,
        };
        Self { knowledge, query, own, model, limits, tables, careful, best: None, watch }
    }

    /// Searches; writes the path found, if any, to `path`.
    pub(super) fn run(mut self, path: &mut Vec<Step>) -> Found {
        let nodes = self.knowledge.view.node_count();
        self.tables.ways.clear();
        self.tables.heap.clear();
        self.tables.heads.begin(nodes);
        self.tables.reach.begin(self.own, &self.model);
        self.offer(Way {
            weight: 0.0,
            probability: 1.0,
            amount: self.query.amount.get(),
            node: self.query.payee,
            onward: NONE,
            direction: DirectedChannel::NONE,
            other: NONE,
            cltv: self.limits.final_cltv,
            delta: 0,
            hops: 0,
            tried_peers: false,
            beaten: false,
        });
        let exhausted = self.work(nodes.max(EDGES));
        let cut_short = self.watch.cut && self.watch.shorter_went;
        let certain = !exhausted && !cut_short && !self.may_have_missed();
        let found = self.best.map(|goal| (goal.distance, goal.probability));
        if let Some(goal) = self.best {
            self.trace(goal, path);
        }
        Found {
            path: found,
            certain,
            cut_short: cut_short && !exhausted,
            dearer: self.watch.dearer,
        }
    }

    /// Takes up one way after the other; true if that came to more than `edges`.
    fn work(&mut self, edges: usize) -> bool {
        let mut effort = None;
        while let Some(Reverse((key, index))) = self.tables.heap.pop() {
            if key >= self.bound() {
                return false;
            }
            let way = self.tables.ways[index as usize];
            if way.beaten {
                continue;
            }
            if self.watch.edges + self.tables.reach.edges() > edges {
                return true;
            }
            if self.tables.reach.has_looked() {
                let most = self.watch.edges / FORWARD;
                self.tables.reach.go_on(self.knowledge, self.query, &mut self.model, most);
            } else {
                let effort =
                    *effort.get_or_insert_with(|| self.tables.reach.effort(self.knowledge));
                if self.watch.edges > effort {
                    self.tables.reach.look(self.knowledge, self.query, &mut self.model);
                }
            }
            let now = self.key(&way);
            if now > key {
                self.push(now, index);
                continue;
            }
            let second = self.tables.reach.second(way.node);
            if !way.tried_peers && self.at_least(&way, second) < self.bound() {
                self.try_peers(index);
                let way = &mut self.tables.ways[index as usize];
                way.tried_peers = true;
                let way = *way;
                let key = self.key(&way);
                self.push(key, index);
            } else {
                self.try_all(index);
            }
        }
        false
    }

    /// Nothing dearer than this is wanted.
    pub(super) fn bound(&self) -> u64 {
        self.best.map_or(u64::MAX, |goal| goal.distance)
    }

    pub(super) fn push(&mut self, key: u64, index: u32) {
        if key < self.bound() {
            self.tables.heap.push(Reverse((key, index)));
        }
    }

    /// What a path that continues `way` over two channels or more costs at least.
    pub(super) fn key(&self, way: &Way) -> u64 {
        let more = self.at_least(way, self.tables.reach.more(way.node));
        if way.tried_peers {
            return more;
        }
        more.min(self.at_least(way, self.tables.reach.second(way.node)))
    }

    /// What a path costs at least that consists of `way` and a way from the payer like `rest`.
    fn at_least(&self, way: &Way, rest: Best) -> u64 {
        self.cost_at_least(way.weight + rest.weight, way.probability * rest.probability)
    }

    pub(super) fn cost_at_least(&self, weight: f64, probability: f64) -> u64 {
        // Lest the rounding of floats matters.
        if probability <= 0.0 || probability * (1.0 + 1e-9) < self.limits.probability {
            return u64::MAX;
        }
        self.model.distance(weight, probability).saturating_sub(1)
    }

    /// Tries the payer's peers as sources of a way.
    fn try_peers(&mut self, index: u32) {
        let way = self.tables.ways[index as usize];
        let (edges, heads) = self.incoming(way.node);
        let any = self.tables.reach.second(way.node);
        let (mut at, mut peer) = (0, None);
        let mut bases = self.bases(&way, any.probability);
        while at < heads.len() {
            let source = heads[at].peer;
            if peer == Some(source) {
                at += 1;
                continue;
            }
            peer = Some(source);
            if u64::from(heads[at].base_msat) >= bases {
                break;
            }
            if self.own.reaches(source) {
                let len = heads[at..].iter().take_while(|head| head.peer == source).count();
                self.enter(index, &way, &edges[at..at + len]);
                bases = self.bases(&way, any.probability);
                at += len;
            } else {
                at += 1;
            }
        }
        self.watch.edges += at;
    }

    /// Tries all nodes as sources of a way.
    fn try_all(&mut self, index: u32) {
        let way = self.tables.ways[index as usize];
        let (untried, likeliest) = (self.model.untried(), self.model.likeliest());
        let any = self.tables.reach.any();
        let (edges, heads) = self.incoming(way.node);
        let mut looked = 0;
        let mut bound = None;
        let (mut bases, mut needed, mut needed_untried) = (0, 0.0, 0.0);
        for pair in heads.chunk_by(|a, b| a.peer == b.peer) {
            looked += pair.len();
            if bound != Some(self.bound()) {
                bound = Some(self.bound());
                bases = self.bases(&way, likeliest * any);
                needed = self.needed(&way, likeliest);
                needed_untried = self.needed(&way, untried);
            }
            let (source, base) = (pair[0].peer, u64::from(pair[0].base_msat));
            if base >= bases {
                break;
            }
            let known = self.model.knows(source);
            let (hop, needed) = if known { (likeliest, needed) } else { (untried, needed_untried) };
            if !self.tables.reach.promises(source, needed) {
                continue;
            }
            if bound < Some(u64::MAX) {
                let least = |rest: Best| {
                    let weight = way.weight + rest.weight;
                    let least =
                        self.cost_at_least(weight, way.probability * hop * rest.probability);
                    least.saturating_add(base)
                };
                let reach = &self.tables.reach;
                if least(reach.second(source)).min(least(reach.more(source))) >= self.bound() {
                    continue;
                }
            }
            if let Some(new) = self.enter(index, &way, &edges[looked - pair.len()..looked]) {
                self.dive(new);
            }
        }
        self.watch.edges += looked;
    }

    /// Completes a new way by the likeliest one that was found from the payer, if that can make the bound
    /// much lower: what is farther away need not be taken in then.
    fn dive(&mut self, index: u32) {
        let (mut index, mut way) = (index, self.tables.ways[index as usize]);
        let Some(rest) = self.tables.reach.found(way.node) else { return };
        let bound = self.bound();
        if self.own.reaches(way.node) || self.at_least(&way, rest) >= bound - bound / WORTHWHILE {
            return;
        }
        while let Some(Best { via, .. }) = self.tables.reach.found(way.node) {
            let (edges, heads) = self.incoming(way.node);
            let Some(at) = heads.iter().position(|head| head.peer == via) else { return };
            let len = heads[at..].iter().take_while(|head| head.peer == via).count();
            self.watch.edges += at;
            let Some(new) = self.enter(index, &way, &edges[at..at + len]) else { return };
            if self.own.reaches(via) {
                return;
            }
            (index, way) = (new, self.tables.ways[new as usize]);
        }
    }

    /// The least probability of the rest of a path within the bound, where a hop of probability `hop` comes
    /// before `way`.
    fn needed(&self, way: &Way, hop: f64) -> f64 {
        if self.bound() == u64::MAX {
            return 0.0;
        }
        let room = float(self.bound()) + 1.0 - way.weight;
        if room <= 0.0 {
            return f64::INFINITY;
        }
        // A little less, lest the rounding of floats matters.
        self.model.attempt_cost / room / (way.probability * hop) * (1.0 - 1e-9)
    }

    fn incoming(&self, node: NodeId) -> (&'a [Edge], &'a [Head]) {
        let view = self.knowledge.view;
        (view.incoming(node), view.incoming_heads(node))
    }

    /// Edges with this base fee or more cannot precede `way` within the bound, where the hop and the
    /// rest have this probability.
    fn bases(&self, way: &Way, probability: f64) -> u64 {
        let least = self.cost_at_least(way.weight, way.probability * probability);
        if least == u64::MAX { 0 } else { self.bound().saturating_sub(least) }
    }

    /// Offers the way over the channels of `pair` and then `way` to their source; the new way, if it was
    /// taken in.
    fn enter(&mut self, index: u32, way: &Way, pair: &[Edge]) -> Option<u32> {
        let source = pair[0].peer;
        if source == self.query.payer || source == self.query.payee {
            return None;
        }
        self.watch.note(pair, way.amount);
        let Entrance { direction, fee, delta, .. } = merge(pair, way.amount)?;
        let amount = way.amount.checked_add(fee)?;
        if amount > self.limits.amount {
            self.watch.dearer = true;
            return None;
        }
        let cltv = way.cltv.saturating_add(u32::from(delta));
        // The payer's own channel comes on top.
        if cltv > self.limits.cltv || way.hops + 2 > self.limits.hops {
            self.watch.cut = true;
            return None;
        }
        let view = self.knowledge.view;
        let capacity = |enough| capacity(view, pair, way.amount, enough);
        let hop = self.model.hop(source, way.node, way.amount, capacity);
        self.offer(Way {
            weight: way.weight + self.model.weight(amount, fee, delta),
            probability: way.probability * hop,
            amount,
            node: source,
            onward: index,
            direction,
            other: NONE,
            cltv,
            delta,
            hops: way.hops + 1,
            tried_peers: false,
            beaten: false,
        })
    }
}
