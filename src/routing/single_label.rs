//! The search that lnd made and CLoTH copied: fees, locked time and success probability in one cost.
//!
//! Backwards from the payee, a node's label has a weight (fees and cost of locked time) and a
//! probability; what is minimised is `distance = floor(weight + attempt cost / probability)`. Because
//! the probability of the whole path divides, this is no true Dijkstra cost: a node already expanded
//! may get a better label and is expanded again, and its older continuations stay. The search is
//! over when the payer is taken from the heap. Facts: lnd `routing/pathfind.go`, CLoTH
//! `src/routing.c`.
//!
//! What is left out beforehand would change nothing: labels above the distance that the payer has, or
//! is sure to get (see [`SingleLabelSearch::promise`]), or above the one that their node has would never be
//! expanded, and nothing comes of expanding a node that all ways onward lead beyond that distance. So
//! the answer is the one that a search without these bounds gives.
//!
//! Ties: nodes by (distance, [`Model::tie`], node); at one node an equal distance with a higher
//! probability wins, then the lower directed channel of the same pair.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, PathHop, Query};
use crate::routing::scratch::Scratch;
use crate::routing::view::View;

/// What differs between lnd and its clone.
pub(super) trait Model {
    /// Whether parallel channels are merged into one edge per pair of nodes.
    const PAIRS: bool;

    /// Success probability of sending `amount` from `from`, which is not the payer, to `to`. Asked
    /// for a `capacity`, the caller may answer with any that is enough, and not above the true one.
    fn hop(&mut self, from: NodeId, to: NodeId, amount: u64, capacity: impl Fn(u64) -> u64) -> f64;
    /// Whether anything is known about pairs that begin at `from`.
    fn knows(&self, from: NodeId) -> bool;
    /// No [`Self::hop`] from a node that nothing is known about is likelier than this.
    fn untried(&self) -> f64;
    /// No [`Self::hop`] at all is likelier than this.
    fn likeliest(&self) -> f64;
    /// Success probability of the payer's own channels to `to`.
    fn local(&self, to: NodeId) -> f64;
    /// Cost of a hop whose source must receive `amount`, charges `fee` and asks for `delta` blocks.
    fn weight(&self, amount: u64, fee: u64, delta: u16) -> f64;
    /// The cost of a path.
    fn distance(&self, weight: f64, probability: f64) -> u64;
    /// No path of at most this distance is less likely than this.
    fn least_likely(&self, distance: u64) -> f64;
    /// The order of equal distances in the heap, smallest first.
    fn tie(&self, probability: f64) -> u64;
}

/// Bounds of a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Largest amount that a node other than the payee may have to receive and pass on.
    pub(super) amount: u64,
    /// Expiry at the payee, as the search counts it.
    pub(super) final_cltv: u32,
    /// Largest expiry.
    pub(super) cltv: u32,
    /// Largest number of channels.
    pub(super) hops: u8,
    /// Smallest probability of a path.
    pub(super) probability: f64,
    /// Whether a node may be expanded again.
    pub(super) reopen: bool,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// With a path, in the scratch.
    pub(super) path: bool,
    /// The limit on amounts has left something out.
    pub(super) dearer: bool,
}

/// The best path known from a node to the payee under a cost with probabilities.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeLabel {
    /// What is minimised.
    pub(super) distance: u64,
    /// Fees and cost of locked time.
    pub(super) weight: f64,
    /// Of the path to the payee.
    pub(super) probability: f64,
    /// What the node must receive.
    pub(super) amount: u64,
    /// Expiry of the HTLC that it receives.
    pub(super) cltv: u32,
    /// The direction it sends over.
    pub(super) onward: DirectedChannel,
    /// Delta asked for on that edge.
    pub(super) delta: u16,
    /// Channels to the payee.
    pub(super) hops: u8,
    /// Whether it waits in the heap.
    pub(super) open: bool,
}

/// Working memory: labels, and nodes by (distance, tie, node).
#[derive(Debug, Default)]
struct SingleLabelTables {
    labels: Stamped<NodeLabel>,
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
}

/// One search. The payer's channels in the scratch must be set up.
pub(super) struct SingleLabelSearch<'a, M> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    local: &'a LocalChannels,
    path: &'a mut Vec<PathHop>,
    tables: &'a mut SingleLabelTables,
    model: M,
    limits: Limits,
    /// The payer's distance will not be larger; `u64::MAX` at first.
    promised: u64,
}

/// A hop into a node: one edge, or several parallel ones merged.
pub(super) struct Entrance {
    pub(super) source: NodeId,
    pub(super) direction: DirectedChannel,
    pub(super) fee: u64,
    pub(super) delta: u16,
}

impl<'a, M: Model> SingleLabelSearch<'a, M> {
    /// A search for paths whose distance is at most `most`.
    pub(super) fn new(
        knowledge: &'a Knowledge<'a>,
        query: &'a Query,
        scratch: &'a mut Scratch,
        model: M,
        limits: Limits,
        most: u64,
    ) -> Self {
        let Scratch { local, path, tables, .. } = scratch;
        Self { knowledge, query, local, path, tables: tables.of(), model, limits, promised: most }
    }

    /// Searches; on success the path is in the scratch.
    pub(super) fn run(mut self) -> Ended {
        let mut dearer = false;
        self.tables.labels.begin(self.knowledge.view.node_count());
        self.tables.heap.clear();
        let target = NodeLabel {
            probability: 1.0,
            amount: self.query.amount.get(),
            cltv: self.limits.final_cltv,
            ..NodeLabel::default()
        };
        self.expand(self.query.payee, &target);
        while let Some(Reverse((distance, tie, node))) = self.tables.heap.pop() {
            let node = NodeId(node);
            let label = self.tables.labels.get_mut(node).expect("nodes in the heap have labels");
            let current = label.distance == distance && self.model.tie(label.probability) == tie;
            if !label.open || !current {
                continue;
            }
            label.open = false;
            if node == self.query.payer {
                return Ended { path: self.trace(), dearer };
            }
            let label = *label;
            if label.amount > self.limits.amount {
                dearer = true;
            } else {
                self.expand(node, &label);
            }
        }
        Ended { path: false, dearer }
    }

    /// Offers every hop into `node` to its source.
    fn expand(&mut self, node: NodeId, label: &NodeLabel) {
        let knowledge = self.knowledge;
        self.enter_from_payer(node, label);
        let least = self.least(label, self.model.likeliest());
        let least_untried = self.least(label, self.model.untried());
        let edges = knowledge.view.incoming(node);
        let mut looked = 0;
        for pair in knowledge.view.incoming_heads(node).chunk_by(|a, b| a.peer == b.peer) {
            looked += pair.len();
            let (source, base) = (pair[0].peer, u64::from(pair[0].base_msat));
            let bound = self.bound();
            if least.saturating_add(base) > bound {
                // Pairs come in the order of their lowest base fee.
                return;
            }
            let least = if self.model.knows(source) { least } else { least_untried };
            let payer_or_payee = source == self.query.payer || source == self.query.payee;
            if payer_or_payee || least.saturating_add(base) > bound.min(self.distance(source)) {
                continue;
            }
            self.enter_from(node, label, &edges[looked - pair.len()..looked], least);
        }
    }

    /// Offers the channels of one pair to their source; `least` is [`Self::least`] for that.
    fn enter_from(&mut self, node: NodeId, label: &NodeLabel, pair: &[Edge], least: u64) {
        let (source, view) = (pair[0].peer, self.knowledge.view);
        let width = if M::PAIRS { pair.len() } else { 1 };
        for part in pair.chunks(width) {
            let Some(entrance) = merge(part, label.amount) else { continue };
            let bound = self.bound().min(self.distance(source));
            if least.saturating_add(entrance.fee) <= bound {
                let capacity = |enough| capacity(view, part, label.amount, enough);
                let hop = self.model.hop(source, node, label.amount, capacity);
                self.enter(label, &entrance, hop);
            }
        }
    }

    /// What is farther away than this is never expanded.
    fn bound(&self) -> u64 {
        self.distance(self.query.payer).min(self.promised)
    }

    /// Nothing that continues `label` over a hop of this probability, or a smaller one, has a
    /// distance below this plus its fee.
    fn least(&self, label: &NodeLabel, hop: f64) -> u64 {
        // One less, lest the rounding of floats matters.
        self.model.distance(label.weight, label.probability * hop).saturating_sub(1)
    }

    fn enter(&mut self, label: &NodeLabel, entrance: &Entrance, hop: f64) {
        let Entrance { source, direction: onward, fee, delta } = *entrance;
        let Some(amount) = label.amount.checked_add(fee) else { return };
        let cltv = label.cltv.saturating_add(u32::from(delta));
        // The payer's own channel comes on top.
        if cltv > self.limits.cltv || label.hops + 2 > self.limits.hops {
            return;
        }
        let probability = label.probability * hop;
        let weight = label.weight + self.model.weight(amount, fee, delta);
        let hops = label.hops + 1;
        let new = NodeLabel { weight, probability, amount, cltv, onward, delta, hops, ..*label };
        self.improve(source, new);
    }

    fn enter_from_payer(&mut self, node: NodeId, label: &NodeLabel) {
        let local = self.local;
        let step = if M::PAIRS {
            local.widest(self.knowledge, node, label.amount)
        } else {
            local.first(self.knowledge, node, label.amount)
        };
        let Some(PathHop { direction: onward, delta }) = step else { return };
        if label.cltv > self.limits.cltv || label.hops + 1 > self.limits.hops {
            return;
        }
        let probability = label.probability * self.model.local(node);
        let hops = label.hops + 1;
        self.improve(self.query.payer, NodeLabel { probability, onward, delta, hops, ..*label });
    }

    /// Gives `node` the label, with its distance, if that is better than the one it has.
    fn improve(&mut self, node: NodeId, mut label: NodeLabel) {
        if label.probability <= 0.0 || label.probability < self.limits.probability {
            return;
        }
        label.distance = self.model.distance(label.weight, label.probability);
        if label.distance == u64::MAX || label.distance > self.bound() {
            return;
        }
        if let Some(known) = self.tables.labels.get(node) {
            let closed = !known.open && !self.limits.reopen;
            let better = label.distance < known.distance
                || label.distance == known.distance && label.probability > known.probability;
            if closed || !better {
                return;
            }
        }
        label.open = true;
        self.tables.labels.set(node, label);
        if self.local.reaches(node) {
            self.promise(node, label.distance);
        } else if self.leads_nowhere(node, &label) {
            return;
        }
        let tie = self.model.tie(label.probability);
        self.tables.heap.push(Reverse((label.distance, tie, node.0)));
    }

    /// Lowers the bound on the payer's distance, given that `peer` now has a label of this distance.
    ///
    /// Until it is expanded, `peer` may get another label; but that has no larger distance, so that its
    /// amount and its probability have bounds, and within them the payer is sure to come next.
    fn promise(&mut self, peer: NodeId, distance: u64) {
        let (own, limits) = (self.model.local(peer), &self.limits);
        let most = self.query.amount.get().saturating_add(distance);
        let certain = own > 0.0
            && most <= limits.amount
            && self.model.least_likely(distance) * own >= limits.probability
            && self.local.surely(self.knowledge, peer, self.query.amount.get(), most);
        if certain {
            // Its distance is at most that of `peer` over `own`; two more, lest rounding matters.
            let promised = quotient(distance + 1, own).saturating_add(2);
            self.promised = self.promised.min(promised);
        }
    }

    /// Whether no way onward from `label` of `node`, which is no peer of the payer, stays within the
    /// bound, so that it need not be expanded.
    fn leads_nowhere(&self, node: NodeId, label: &NodeLabel) -> bool {
        node != self.query.payer
            && self.limits.reopen
            && label.amount <= self.limits.amount
            && self.least(label, self.model.likeliest()) > self.bound()
    }

    /// The distance of `node` so far.
    fn distance(&self, node: NodeId) -> u64 {
        self.tables.labels.get(node).map_or(u64::MAX, |label| label.distance)
    }

    /// Writes down the path from the payer. False if it is longer than the limit, which can happen
    /// where a node got a new label after others had built on its old one.
    fn trace(&mut self) -> bool {
        let path = &mut *self.path;
        path.clear();
        let mut node = self.query.payer;
        while node != self.query.payee {
            if path.len() == usize::from(self.limits.hops) {
                return false;
            }
            let label = self.tables.labels.get(node).expect("a path leads over labels");
            path.push(PathHop { direction: label.onward, delta: label.delta });
            node = self.knowledge.view.target(label.onward);
        }
        true
    }
}

/// The largest capacity among the edges that carry `amount`. Where what one of them carries at most is
/// `enough`, that is the answer: capacities stand elsewhere, and to look there costs more than the rest.
pub(super) fn capacity(view: &View, pair: &[Edge], amount: u64, enough: u64) -> u64 {
    let usable = pair.iter().filter(|edge| edge.carries(amount));
    let limit = usable.clone().map(Edge::limit).max().unwrap_or(0);
    if limit >= enough {
        return limit;
    }
    usable.map(|edge| view.capacity(edge.direction.channel())).max().unwrap_or(0)
}

/// `distance / probability`, rounded in some way.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the caller allows for rounding, and the cast saturates"
)]
const fn quotient(distance: u64, probability: f64) -> u64 {
    (distance as f64 / probability) as u64
}

/// One edge out of several between the same nodes: of those that carry the amount, the one with the
/// highest fee (ties: lowest direction), with the largest delta of all of them.
pub(super) fn merge(pair: &[Edge], amount: u64) -> Option<Entrance> {
    if let [edge] = pair {
        let fee = edge.fee(amount).filter(|_| edge.carries(amount))?;
        let (source, delta, direction) = (edge.peer, edge.delta(), edge.direction);
        return Some(Entrance { source, direction, fee, delta });
    }
    let mut merged: Option<Entrance> = None;
    for edge in pair {
        if !edge.carries(amount) {
            continue;
        }
        let Some(fee) = edge.fee(amount) else { continue };
        let (source, delta, direction) = (edge.peer, edge.delta(), edge.direction);
        let Some(best) = &mut merged else {
            merged = Some(Entrance { source, direction, fee, delta });
            continue;
        };
        best.delta = best.delta.max(delta);
        if fee > best.fee || fee == best.fee && direction < best.direction {
            (best.fee, best.direction) = (fee, direction);
        }
    }
    merged
}
