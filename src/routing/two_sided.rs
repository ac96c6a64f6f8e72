//! The least fee, searched from both ends at once.
//!
//! Backwards from the payee the search is Dijkstra's over the amount that each node must receive, which
//! is exact. Forwards from the payer another Dijkstra adds up fees at the smallest amount that can be on
//! its way to each node, by what the backward side knows: these sums are lower bounds. Whatever could
//! only lead to a route that is no cheaper than the best one known is left out:
//!
//! - where labels of both sides meet, the joined route is computed exactly, and the cheapest such route
//!   bounds all that follows;
//! - a label of the backward side is dropped when it reaches that bound together with the forward
//!   label of its node, or with the radius of the forward side where its node has none;
//! - edges come in the order of their base fee, so most of a list is never looked at;
//! - a forward side that has come to its end proves that there is no route to where it never was.
//!
//! The next step is that of the side that will then have looked at fewer edges. The search ends when the
//! backward side has nothing left below the bound.
//!
//! Ties: the first route found at the least fee, in an order that is a function of view and query.
//! A node and a fee share one word, so fees of 2^(64 - b) msat or more, with b the bits of a node's number,
//! are out of reach: 2^47 msat, 1,407 BTC, in a network of 100,000 nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::cheapest::Found;
use crate::routing::edge::Edge;
use crate::routing::own::Own;
use crate::routing::route::{Knowledge, Query, Step};
use crate::routing::scratch::{Known, Scratch, Stamped};

/// What both sides know about a node.
#[derive(Clone, Copy, Debug)]
struct Label {
    /// What the node must receive so that the payee gets its amount; `u64::MAX`: not reached.
    amount: u64,
    /// Lower bound of the fees from the payer to the node; `u64::MAX`: not reached.
    fee: u64,
    /// The direction over which the node sends on.
    onward: DirectedChannel,
    /// The direction over which the forward side came; none for the payer's peers.
    inward: DirectedChannel,
}

impl Default for Label {
    fn default() -> Self {
        let (onward, inward) = (DirectedChannel::NONE, DirectedChannel::NONE);
        Self { amount: u64::MAX, fee: u64::MAX, onward, inward }
    }
}

/// Nodes by (fee, node), in one word each.
#[derive(Debug, Default)]
struct Heap {
    words: BinaryHeap<Reverse<u64>>,
    /// Bits of a word that hold the node.
    bits: u32,
}

impl Heap {
    fn begin(&mut self, nodes: usize) {
        self.words.clear();
        self.bits = usize::BITS - nodes.leading_zeros();
    }

    /// Fees must stay below this.
    const fn bound(&self) -> u64 {
        u64::MAX >> self.bits
    }

    fn push(&mut self, fee: u64, node: NodeId) {
        self.words.push(Reverse(fee << self.bits | u64::from(node.0)));
    }

    fn peek(&self) -> Option<(u64, NodeId)> {
        self.words.peek().map(|Reverse(word)| self.split(*word))
    }

    fn pop(&mut self) -> Option<(u64, NodeId)> {
        self.words.pop().map(|Reverse(word)| self.split(word))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves the bits of a node")]
    const fn split(&self, word: u64) -> (u64, NodeId) {
        (word >> self.bits, NodeId((word & ((1 << self.bits) - 1)) as u32))
    }
}

/// Working memory.
#[derive(Debug, Default)]
pub(super) struct Sides {
    labels: Stamped<Label>,
    backward: Heap,
    forward: Heap,
    /// The directions between the payer's peer and the node where a joined route meets, the last first.
    joined: Vec<DirectedChannel>,
    /// No fee from the payer to a node that the forward side has not settled is below this.
    radius: u64,
}

impl Sides {
    /// A lower bound of the fees from the payer to `node`, after a search that did not look for a route.
    /// It holds for routes up to the most that the payer was to send.
    pub(super) fn way_to(&mut self, node: NodeId) -> u64 {
        self.labels.at(node).fee.min(self.radius)
    }
}

/// What a search is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    /// The payer may not send more.
    pub(super) most: u64,
    /// Directions that ask for more blocks are left out.
    pub(super) slowest: u32,
    /// Whether to look for a route. Else labels are made for all routes up to `most`.
    pub(super) meet: bool,
}

/// The cheapest route, whatever expiry and number of channels. On success the path is in the scratch.
/// The payer's own channels must be set up.
pub(super) fn search(knowledge: &Knowledge<'_>, query: &Query, scratch: &mut Scratch) -> Found {
    let limit = query.amount.saturating_add(query.fee_limit).get();
    let cut = run(knowledge, query, scratch, Task { most: limit, slowest: u32::MAX, meet: true });
    if scratch.path.is_empty() {
        // What exceeds the payer's largest channel is out of reach at any fee limit.
        Found::Nothing { dearer: cut && limit < scratch.own.most() }
    } else {
        Found::Path
    }
}

/// Runs a search; the path is in the scratch, if there is one. True if something was left out because
/// of `task.most`.
pub(super) fn run(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    task: Task,
) -> bool {
    let Scratch { sides, own, path, known, .. } = scratch;
    let nodes = knowledge.view.node_count();
    sides.labels.begin(nodes);
    sides.backward.begin(nodes);
    sides.forward.begin(nodes);
    path.clear();
    let delivered = query.amount.get();
    let bound = task.most.min(own.most()).saturating_add(1);
    let mut search = Search {
        knowledge,
        query,
        task,
        known,
        own,
        path,
        sides,
        delivered,
        amount: delivered,
        bound,
        hopes: 0,
        cut: false,
        edges: [0; 2],
    };
    search.bound = bound.min(delivered.saturating_add(search.sides.forward.bound()));
    search.run();
    search.cut
}

struct Search<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    task: Task,
    known: &'a Known,
    own: &'a Own,
    path: &'a mut Vec<Step>,
    sides: &'a mut Sides,
    /// What the payee is to receive.
    delivered: u64,
    /// No node that the backward side has not settled receives less.
    amount: u64,
    /// What the payer sends over the route that is looked for is below this.
    bound: u64,
    /// The payer's peers that a route may still start with.
    hopes: usize,
    /// Whether the bound has left something out.
    cut: bool,
    /// Edges that the backward and the forward side have looked at.
    edges: [usize; 2],
}

impl Search<'_> {
    fn run(&mut self) {
        self.sides.radius = 0;
        // Nothing is below this, so no side comes to the payer.
        let start = Label { amount: 0, fee: 0, ..Label::default() };
        self.sides.labels.set(self.query.payer, start);
        for peer in self.own.peers() {
            self.hopes += 1;
            self.sides.labels.set(peer, Label { fee: 0, ..Label::default() });
            self.sides.forward.push(0, peer);
        }
        self.reach(self.query.payee, self.delivered, DirectedChannel::NONE);
        while let Some((_, back)) = self.sides.backward.peek() {
            let view = self.knowledge.view;
            let backward = self.edges[0] + view.incoming(back).len();
            match self.sides.forward.peek() {
                Some((_, fore)) if self.edges[1] + view.outgoing(fore).len() <= backward => {
                    self.step_forward();
                }
                // The forward side has settled all that it can reach below the bound.
                None if self.sides.radius < u64::MAX => self.sides.radius = u64::MAX,
                _ => {
                    if self.step_backward() {
                        return;
                    }
                }
            }
        }
    }

    /// Settles the next node of the forward side.
    fn step_forward(&mut self) {
        let Some((fee, node)) = self.sides.forward.pop() else { return };
        self.sides.radius = fee;
        if self.sides.labels.at(node).fee != fee || node == self.query.payee {
            return;
        }
        let start = self.delivered + fee;
        let edges = self.knowledge.view.outgoing(node);
        let mut looked = edges.len();
        for (i, edge) in edges.iter().enumerate() {
            let base = u64::from(edge.base_msat);
            if start + base >= self.bound {
                self.cut = true;
                if i == 0 || edges[i - 1].peer != edge.peer {
                    looked = i;
                    break;
                }
                continue;
            }
            let label = self.sides.labels.peek(edge.peer);
            if fee + base >= label.fee {
                continue;
            }
            // Nothing less can be on its way there.
            let amount = label.amount.min(self.amount);
            if amount <= edge.limit()
                && let Some(more) = edge.fee(amount)
                && fee.saturating_add(more) < label.fee
            {
                self.approach(node, edge, fee + more, amount);
            }
        }
        self.edges[1] += looked;
    }

    /// The forward side can reach the other end of `edge` from `node` for `fee`, with `amount` at least on
    /// its way.
    fn approach(&mut self, node: NodeId, edge: &Edge, fee: u64, amount: u64) {
        if amount.saturating_add(fee) >= self.bound {
            self.cut = true;
            return;
        }
        if self.leaves_out(edge, (node, edge.peer), amount) {
            return;
        }
        let label = self.sides.labels.at(edge.peer);
        (label.fee, label.inward) = (fee, edge.direction);
        let met = label.amount != u64::MAX;
        self.sides.forward.push(fee, edge.peer);
        if met {
            self.join(edge.peer);
        }
    }

    /// Settles the next node of the backward side. True when the search is over.
    fn step_backward(&mut self) -> bool {
        let Some((fee, node)) = self.sides.backward.pop() else { return true };
        let amount = self.delivered + fee;
        if amount >= self.bound {
            return true;
        }
        self.amount = amount;
        let label = self.sides.labels.at(node);
        if label.amount != amount {
            return false;
        }
        if self.task.meet && label.fee == 0 && label.inward == DirectedChannel::NONE {
            // The payer has no channel to this peer that carries its amount, which is final.
            self.hopes -= 1;
            if self.hopes == 0 {
                return true;
            }
        }
        if amount.saturating_add(label.fee.min(self.sides.radius)) >= self.bound {
            self.cut = true;
            return false;
        }
        let edges = self.knowledge.view.incoming(node);
        let mut looked = edges.len();
        for (i, edge) in edges.iter().enumerate() {
            let base = u64::from(edge.base_msat);
            if amount + base >= self.bound {
                self.cut = true;
                if i == 0 || edges[i - 1].peer != edge.peer {
                    looked = i;
                    break;
                }
                continue;
            }
            let known = self.sides.labels.peek(edge.peer).amount;
            if amount + base < known
                && edge.carries(amount)
                && let Some(fee) = edge.fee(amount)
                && amount.saturating_add(fee) < known
                && !self.leaves_out(edge, (edge.peer, node), amount)
            {
                self.reach(edge.peer, amount + fee, edge.direction);
            }
        }
        self.edges[0] += looked;
        false
    }

    /// The backward side can reach `node`, which must then receive `amount` and send on over `onward`.
    fn reach(&mut self, node: NodeId, amount: u64, onward: DirectedChannel) {
        let label = self.sides.labels.at(node);
        if amount.saturating_add(label.fee.min(self.sides.radius)) >= self.bound {
            self.cut = true;
            return;
        }
        (label.amount, label.onward) = (amount, onward);
        let met = label.fee != u64::MAX;
        self.sides.backward.push(amount - self.delivered, node);
        if met {
            self.join(node);
        }
    }

    /// Whether no route may lead over `edge`, which joins the two nodes of `pair`, with `amount` or more.
    #[inline]
    fn leaves_out(&self, edge: &Edge, pair: (NodeId, NodeId), amount: u64) -> bool {
        u32::from(edge.delta()) > self.task.slowest
            || self.knowledge.avoids(edge.direction)
            || self.known.bars(self.knowledge, pair, amount, self.query.now)
    }

    /// Both sides have reached `node`: computes the joined route, and keeps it if it is the best so far.
    fn join(&mut self, meeting: NodeId) {
        let view = self.knowledge.view;
        let Sides { labels, joined, .. } = &mut *self.sides;
        let mut label = *labels.at(meeting);
        let (mut node, mut amount) = (meeting, label.amount);
        if !self.task.meet || amount.saturating_add(label.fee) >= self.bound {
            return;
        }
        joined.clear();
        while label.inward != DirectedChannel::NONE {
            let edge = view.edge(label.inward);
            let sum = edge.fee(amount).and_then(|fee| amount.checked_add(fee));
            let Some(sum) = sum.filter(|_| edge.carries(amount)) else { return };
            let from = view.source(label.inward);
            if self.known.bars(self.knowledge, (from, node), amount, self.query.now) {
                return;
            }
            joined.push(label.inward);
            (amount, node) = (sum, from);
            label = *labels.at(node);
        }
        if amount >= self.bound {
            return;
        }
        let Some(first) = self.own.first(self.knowledge, node, amount) else { return };
        if self.keep(first, meeting) {
            self.bound = amount;
        }
    }

    /// Writes down the joined route that starts with `first` and meets at `meeting`, unless it visits a
    /// node twice.
    fn keep(&mut self, first: Step, meeting: NodeId) -> bool {
        let view = self.knowledge.view;
        let Sides { labels, joined, .. } = &mut *self.sides;
        let mut node = meeting;
        while node != self.query.payee {
            if joined.iter().any(|&inward| view.source(inward) == node) {
                return false;
            }
            node = view.target(labels.at(node).onward);
        }
        let step = |direction| Step { direction, delta: view.edge(direction).delta() };
        self.path.clear();
        self.path.push(first);
        self.path.extend(joined.iter().rev().map(|&direction| step(direction)));
        node = meeting;
        while node != self.query.payee {
            let onward = labels.at(node).onward;
            self.path.push(step(onward));
            node = view.target(onward);
        }
        true
    }
}
