//! The search behind [`LndFast`](super::LndFast): least cost over all paths, in the order of what a
//! path through a node costs at least.
//!
//! Like lnd's it runs backwards from the payee. But a node may hold several labels (paths to the payee) at once:
//! one goes only where another is better, or as good, in weight, probability and amount together. And
//! labels are expanded in the order of their cost plus the least that the rest can add
//! ([`Bounds`](super::bounds::Bounds)), so that what lies away from the payer is not touched.
//! Each label is expanded twice at most: first only the payer's peers are tried as its sources, then, if that can
//! still pay, all others. A new label that meets a path from the payer is completed at once where that lowers the
//! bound much; otherwise many more labels would be created before any path is known.
//!
//! Two things could make a dropped label the better one after all; [`ExactnessCheck`] notes both. A label of fewer
//! blocks or channels may keep a limit that the other breaks: where that may have mattered, a resource-aware search
//! follows, in which such labels stay. And a larger amount may pass an `htlc_minimum_msat`, or leave a dearer
//! parallel channel behind: where that may have mattered, or the search has looked at more edges than it may,
//! the answer is not [`Found::certain`].

use std::cmp::Reverse;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::lists::Head;
use crate::routing::lnd::apriori::{Apriori, float};
use crate::routing::lnd::bounds::Best;
use crate::routing::lnd::state::{ExactnessCheck, Found, Goal, Label, LabelTables, NONE};
use crate::routing::local_channels::LocalChannels;
use crate::routing::route::{Knowledge, PathHop, Query};
use crate::routing::single_label::{Entrance, Limits, Model, capacity, merge};

/// Edges that one search may look at in any network. In larger ones: as many as there are nodes. Eight in a
/// thousand searches on the public network want more; for those lnd's own search takes less time than the rest of
/// this one.
const EDGES: usize = 16_384;

/// The payer's side may look at one edge for so many of the payee's side. Measured, CPU time of 100,000 payments on
/// the public network of 2026: 7.5 s with 1, 7.1 with 2, 6.5 with 4, 6.7 with 8.
const FORWARD: usize = 4;

/// A label is completed at once where that may make the bound lower by one part in this. Measured in the same way:
/// 7.1 s with 4, 6.5 with 16, 6.7 with 1,000.
const WORTHWHILE: u64 = 16;

/// One search.
pub(super) struct LabelSearch<'a> {
    pub(super) knowledge: &'a Knowledge<'a>,
    pub(super) query: &'a Query,
    pub(super) local: &'a LocalChannels,
    pub(super) model: Apriori<'a>,
    pub(super) limits: Limits,
    pub(super) tables: &'a mut LabelTables,
    /// Whether a label that is better in blocks or channels stays.
    pub(super) resource_aware: bool,
    pub(super) best: Option<Goal>,
    pub(super) exactness: ExactnessCheck,
}

impl<'a> LabelSearch<'a> {
    pub(super) fn new(
        knowledge: &'a Knowledge<'a>,
        query: &'a Query,
        local: &'a LocalChannels,
        model: Apriori<'a>,
        limits: Limits,
        tables: &'a mut LabelTables,
        resource_aware: bool,
    ) -> Self {
        let exactness = ExactnessCheck {
            edges: 0,
            cut: false,
            shorter_dropped: false,
            threshold: u64::MAX,
            excess: i128::MIN,
            dearer: false,
        };
        Self {
            knowledge,
            query,
            local,
            model,
            limits,
            tables,
            resource_aware,
            best: None,
            exactness,
        }
    }

    /// Searches; writes the path found, if any, to `path`.
    pub(super) fn run(mut self, path: &mut Vec<PathHop>) -> Found {
        let nodes = self.knowledge.view.node_count();
        self.tables.labels.clear();
        self.tables.heap.clear();
        self.tables.heads.begin(nodes);
        self.tables.bounds.begin(self.local, &self.model);
        self.offer(Label {
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
            dominated: false,
        });
        let exhausted = self.work(nodes.max(EDGES));
        let cut_short = self.exactness.cut && self.exactness.shorter_dropped;
        let certain = !exhausted && !cut_short && !self.may_have_missed();
        let found = self.best.map(|goal| (goal.distance, goal.probability));
        if let Some(goal) = self.best {
            self.trace(goal, path);
        }
        Found {
            path: found,
            certain,
            cut_short: cut_short && !exhausted,
            dearer: self.exactness.dearer,
        }
    }

    /// Expands one label after the other; true if that came to more than `edges`.
    fn work(&mut self, edges: usize) -> bool {
        let mut effort = None;
        while let Some(Reverse((key, index))) = self.tables.heap.pop() {
            if key >= self.bound() {
                return false;
            }
            let label = self.tables.labels[index as usize];
            if label.dominated {
                continue;
            }
            if self.exactness.edges + self.tables.bounds.edges() > edges {
                return true;
            }
            if self.tables.bounds.has_looked() {
                let most = self.exactness.edges / FORWARD;
                self.tables.bounds.go_on(self.knowledge, self.query, &mut self.model, most);
            } else {
                let effort =
                    *effort.get_or_insert_with(|| self.tables.bounds.effort(self.knowledge));
                if self.exactness.edges > effort {
                    self.tables.bounds.look(self.knowledge, self.query, &mut self.model);
                }
            }
            let now = self.key(&label);
            if now > key {
                self.push(now, index);
                continue;
            }
            let second = self.tables.bounds.second(label.node);
            if !label.tried_peers && self.at_least(&label, second) < self.bound() {
                self.try_peers(index);
                let label = &mut self.tables.labels[index as usize];
                label.tried_peers = true;
                let label = *label;
                let key = self.key(&label);
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

    /// What a path that continues `label` over two channels or more costs at least.
    pub(super) fn key(&self, label: &Label) -> u64 {
        let more = self.at_least(label, self.tables.bounds.more(label.node));
        if label.tried_peers {
            return more;
        }
        more.min(self.at_least(label, self.tables.bounds.second(label.node)))
    }

    /// What a path costs at least that consists of `label` and a path from the payer like `rest`.
    fn at_least(&self, label: &Label, rest: Best) -> u64 {
        self.cost_at_least(label.weight + rest.weight, label.probability * rest.probability)
    }

    pub(super) fn cost_at_least(&self, weight: f64, probability: f64) -> u64 {
        // Lest the rounding of floats matters.
        if probability <= 0.0 || probability * (1.0 + 1e-9) < self.limits.probability {
            return u64::MAX;
        }
        self.model.distance(weight, probability).saturating_sub(1)
    }

    /// Tries the payer's peers as sources of a label.
    fn try_peers(&mut self, index: u32) {
        let label = self.tables.labels[index as usize];
        let (edges, heads) = self.incoming(label.node);
        let any = self.tables.bounds.second(label.node);
        let (mut at, mut peer) = (0, None);
        let mut bases = self.bases(&label, any.probability);
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
            if self.local.reaches(source) {
                let len = heads[at..].iter().take_while(|head| head.peer == source).count();
                self.enter(index, &label, &edges[at..at + len]);
                bases = self.bases(&label, any.probability);
                at += len;
            } else {
                at += 1;
            }
        }
        self.exactness.edges += at;
    }

    /// Tries all nodes as sources of a label.
    fn try_all(&mut self, index: u32) {
        let label = self.tables.labels[index as usize];
        let (untried, likeliest) = (self.model.untried(), self.model.likeliest());
        let any = self.tables.bounds.any();
        let (edges, heads) = self.incoming(label.node);
        let mut looked = 0;
        let mut bound = None;
        let (mut bases, mut needed, mut needed_untried) = (0, 0.0, 0.0);
        for pair in heads.chunk_by(|a, b| a.peer == b.peer) {
            looked += pair.len();
            if bound != Some(self.bound()) {
                bound = Some(self.bound());
                bases = self.bases(&label, likeliest * any);
                needed = self.needed(&label, likeliest);
                needed_untried = self.needed(&label, untried);
            }
            let (source, base) = (pair[0].peer, u64::from(pair[0].base_msat));
            if base >= bases {
                break;
            }
            let known = self.model.knows(source);
            let (hop, needed) = if known { (likeliest, needed) } else { (untried, needed_untried) };
            if !self.tables.bounds.promises(source, needed) {
                continue;
            }
            if bound < Some(u64::MAX) {
                let least = |rest: Best| {
                    let weight = label.weight + rest.weight;
                    let least =
                        self.cost_at_least(weight, label.probability * hop * rest.probability);
                    least.saturating_add(base)
                };
                let bounds = &self.tables.bounds;
                if least(bounds.second(source)).min(least(bounds.more(source))) >= self.bound() {
                    continue;
                }
            }
            if let Some(new) = self.enter(index, &label, &edges[looked - pair.len()..looked]) {
                self.complete_greedily(new);
            }
        }
        self.exactness.edges += looked;
    }

    /// Completes a new label by the likeliest one that was found from the payer, if that can make the bound
    /// much lower: what is farther away need not be taken in then.
    fn complete_greedily(&mut self, index: u32) {
        let (mut index, mut label) = (index, self.tables.labels[index as usize]);
        let Some(rest) = self.tables.bounds.found(label.node) else { return };
        let bound = self.bound();
        if self.local.reaches(label.node)
            || self.at_least(&label, rest) >= bound - bound / WORTHWHILE
        {
            return;
        }
        while let Some(Best { via, .. }) = self.tables.bounds.found(label.node) {
            let (edges, heads) = self.incoming(label.node);
            let Some(at) = heads.iter().position(|head| head.peer == via) else { return };
            let len = heads[at..].iter().take_while(|head| head.peer == via).count();
            self.exactness.edges += at;
            let Some(new) = self.enter(index, &label, &edges[at..at + len]) else { return };
            if self.local.reaches(via) {
                return;
            }
            (index, label) = (new, self.tables.labels[new as usize]);
        }
    }

    /// The least probability of the rest of a path within the bound, where a hop of probability `hop` comes
    /// before `label`.
    fn needed(&self, label: &Label, hop: f64) -> f64 {
        if self.bound() == u64::MAX {
            return 0.0;
        }
        let room = float(self.bound()) + 1.0 - label.weight;
        if room <= 0.0 {
            return f64::INFINITY;
        }
        // A little less, lest the rounding of floats matters.
        self.model.attempt_cost / room / (label.probability * hop) * (1.0 - 1e-9)
    }

    fn incoming(&self, node: NodeId) -> (&'a [Edge], &'a [Head]) {
        let view = self.knowledge.view;
        (view.incoming(node), view.incoming_heads(node))
    }

    /// Edges with this base fee or more cannot precede `label` within the bound, where the hop and the
    /// rest have this probability.
    fn bases(&self, label: &Label, probability: f64) -> u64 {
        let least = self.cost_at_least(label.weight, label.probability * probability);
        if least == u64::MAX { 0 } else { self.bound().saturating_sub(least) }
    }

    /// Offers the label over the channels of `pair` and then `label` to their source; the new label, if it was
    /// taken in.
    fn enter(&mut self, index: u32, label: &Label, pair: &[Edge]) -> Option<u32> {
        let source = pair[0].peer;
        if source == self.query.payer || source == self.query.payee {
            return None;
        }
        self.exactness.note(pair, label.amount);
        let Entrance { direction, fee, delta, .. } = merge(pair, label.amount)?;
        let amount = label.amount.checked_add(fee)?;
        if amount > self.limits.amount {
            self.exactness.dearer = true;
            return None;
        }
        let cltv = label.cltv.saturating_add(u32::from(delta));
        // The payer's own channel comes on top.
        if cltv > self.limits.cltv || label.hops + 2 > self.limits.hops {
            self.exactness.cut = true;
            return None;
        }
        let view = self.knowledge.view;
        let capacity = |enough| capacity(view, pair, label.amount, enough);
        let hop = self.model.hop(source, label.node, label.amount, capacity);
        self.offer(Label {
            weight: label.weight + self.model.weight(amount, fee, delta),
            probability: label.probability * hop,
            amount,
            node: source,
            onward: index,
            direction,
            other: NONE,
            cltv,
            delta,
            hops: label.hops + 1,
            tried_peers: false,
            dominated: false,
        })
    }
}
