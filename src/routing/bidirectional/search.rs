//! The least fee, searched from both ends at once.
//!
//! Backwards from the payee the search is Dijkstra's over the amount that each node must receive, which
//! is exact. Forwards from the payer another Dijkstra adds up fees at the smallest amount that can be on
//! its way to each node, by what the backward side knows: these sums are lower bounds. Whatever could
//! only lead to a route that is no cheaper than the best one known is left out:
//!
//! - where labels of both state meet, the joined route is computed exactly, and the cheapest such route
//!   bounds all that follows;
//! - a label of the backward side is dropped when it reaches that bound together with the forward
//!   label of its node, or with the radius of the forward side where its node has none;
//! - edges come in the order of their base fee, so most of a list is never looked at; of the rest, one that
//!   reaches the bound together with both radii is passed over, unless the other side has settled the node at
//!   its end;
//! - a forward side that has come to its end proves that there is no route to where it never was.
//!
//! The next step is that of the side that will then have looked at fewer edges. The search ends when the
//! backward side has nothing left below the bound.
//!
//! In a strict search the forward side leaves out channels whose `htlc_minimum_msat` is above the least amount that can
//! be on its way over them: with them it would make lower bounds that no route keeps.
//!
//! Ties: the first route found at the least fee, in an order that is a function of view and query.

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::bidirectional::state::{BidirectionalState, MeetingLabel};
use crate::routing::edge::Edge;
use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::Known;
use crate::routing::route::{Knowledge, PathHop, Query};
use crate::routing::scratch::Scratch;

/// What a search is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::routing) struct Task {
    /// The payer may not send more.
    pub(in crate::routing) most: u64,
    /// Directions that ask for more blocks are left out.
    pub(in crate::routing) slowest: u32,
    /// Whether to look for a route. Else labels are made for all routes up to `most`.
    pub(in crate::routing) meet: bool,
    /// Whether the forward side leaves out channels whose `htlc_minimum_msat` is above the least amount that can
    /// be on its way over them.
    pub(in crate::routing) strict: bool,
}

impl Task {
    /// A route of at most `most` without directions that ask for more than `slowest` blocks.
    pub(in crate::routing) const fn without(most: u64, slowest: u32) -> Self {
        Self { most, slowest, meet: true, strict: false }
    }
}

/// How a search ended, besides its path.
#[derive(Clone, Copy, Debug)]
pub(in crate::routing) struct Ended {
    /// Whether something was left out because of the bound.
    pub(in crate::routing) cut: bool,
    /// The payer would send at least this over a route with channels that were left out for their
    /// `htlc_minimum_msat`; `u64::MAX`: there was none such.
    pub(in crate::routing) missed: u64,
    /// What the payer sends; without a route, one more than it may send.
    pub(in crate::routing) bound: u64,
}

/// Runs a search; the path is in the scratch, if there is one.
pub(in crate::routing) fn run(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    task: Task,
) -> Ended {
    let Scratch { local, path, known, tables } = scratch;
    let state = tables.of::<BidirectionalState>();
    let nodes = knowledge.view.node_count();
    state.begin(nodes);
    path.clear();
    let delivered = query.amount.get();
    let bound = task.most.min(local.most()).saturating_add(1);
    let mut search = BidirectionalSearch {
        knowledge,
        query,
        task,
        known,
        local,
        path,
        state,
        delivered,
        amount: delivered,
        bound,
        hopes: 0,
        cut: false,
        missed: u64::MAX,
        edges: [0; 2],
    };
    search.bound = bound.min(delivered.saturating_add(search.state.forward.bound()));
    search.run();
    Ended { cut: search.cut, missed: search.missed, bound: search.bound }
}

struct BidirectionalSearch<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    task: Task,
    known: &'a Known,
    local: &'a LocalChannels,
    path: &'a mut Vec<PathHop>,
    state: &'a mut BidirectionalState,
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
    /// As [`Ended::missed`], so far.
    missed: u64,
    /// Edges that the backward and the forward side have looked at.
    edges: [usize; 2],
}

impl BidirectionalSearch<'_> {
    fn run(&mut self) {
        // Nothing is below this, so no side comes to the payer.
        let start = MeetingLabel { amount: 0, fee: 0, ..MeetingLabel::default() };
        self.state.labels.set(self.query.payer, start);
        self.begin_forward();
        self.reach(self.query.payee, self.delivered, DirectedChannel::NONE);
        // The first step is the payee's, so that the forward side knows what it asks for at least.
        let mut over = self.task.meet && self.hopes == 0 || self.step_backward();
        while !over && let Some((fee, back)) = self.state.backward.peek() {
            self.amount = self.delivered + fee;
            let view = self.knowledge.view;
            let backward = self.edges[0] + view.incoming_heads(back).len();
            // A forward side without nodes has settled all that it can reach below the bound.
            let fore = self.state.forward.peek();
            self.state.radius = fore.map_or(u64::MAX, |(fee, _)| fee);
            match fore {
                Some((_, fore)) if self.edges[1] + view.outgoing_heads(fore).len() <= backward => {
                    self.step_forward();
                }
                _ => over = self.step_backward(),
            }
        }
    }

    /// Puts the payer's peers on the forward side.
    fn begin_forward(&mut self) {
        for peer in self.local.peers() {
            if self.task.strict && self.local.first(self.knowledge, peer, self.delivered).is_none()
            {
                // A payee asks for no more than is delivered.
                if peer != self.query.payee {
                    let minimum = self.local.next_minimum(self.knowledge, peer, self.delivered);
                    self.missed = self.missed.min(minimum);
                }
                continue;
            }
            self.hopes += 1;
            self.state.labels.set(peer, MeetingLabel { fee: 0, ..MeetingLabel::default() });
            self.state.forward.push(0, peer);
        }
    }

    /// Settles the next node of the forward side.
    fn step_forward(&mut self) {
        let Some((fee, node)) = self.state.forward.pop() else { return };
        if self.state.labels.at(node).fee != fee || node == self.query.payee {
            return;
        }
        self.state.settled_forward.set(node);
        let (edges, heads) =
            (self.knowledge.view.outgoing(node), self.knowledge.view.outgoing_heads(node));
        let mut looked = edges.len();
        for (i, head) in heads.iter().enumerate() {
            let least = fee + u64::from(head.base_msat);
            if self.delivered + least >= self.bound {
                self.cut = true;
                if i == 0 || heads[i - 1].peer != head.peer {
                    looked = i;
                    break;
                }
                continue;
            }
            if self.amount + least >= self.bound && !self.state.settled_backward.has(head.peer) {
                self.cut = true;
                continue;
            }
            let label = self.state.labels.peek(head.peer);
            if least >= label.fee {
                continue;
            }
            let edge = &edges[i];
            // Nothing less can be on its way there.
            let amount = label.amount.min(self.amount);
            if amount <= edge.limit()
                && let Some(more) = edge.fee(amount)
                && fee.saturating_add(more) < label.fee
                && (edge.minimum() <= amount || self.may_grow_to_serve(node, edge, fee))
            {
                self.approach(node, edge, fee + more, amount);
            }
        }
        self.edges[1] += looked;
    }

    /// Whether this search has `edge`, whose `htlc_minimum_msat` is above the least that can be on its way.
    /// `fee` is the least from the payer to its source `node`.
    fn may_grow_to_serve(&mut self, node: NodeId, edge: &Edge, fee: u64) -> bool {
        let minimum = edge.minimum();
        if self.leaves_out(edge, (node, edge.peer), minimum) {
            return false;
        }
        let grown = edge.fee(minimum).map_or(u64::MAX, |more| minimum.saturating_add(more));
        let sent = grown.saturating_add(fee);
        if sent >= self.bound {
            self.cut = true;
            return false;
        }
        if self.task.strict {
            self.missed = self.missed.min(sent);
        }
        !self.task.strict
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
        let label = self.state.labels.at(edge.peer);
        (label.fee, label.inward) = (fee, edge.direction);
        let met = label.amount != u64::MAX;
        self.state.forward.push(fee, edge.peer);
        if met {
            self.join(edge.peer);
        }
    }

    /// Settles the next node of the backward side. True when the search is over.
    fn step_backward(&mut self) -> bool {
        let Some((fee, node)) = self.state.backward.pop() else { return true };
        let amount = self.delivered + fee;
        if amount >= self.bound {
            return true;
        }
        self.amount = amount;
        let label = self.state.labels.at(node);
        if label.amount != amount {
            return false;
        }
        self.state.settled_backward.set(node);
        if self.task.meet && label.fee == 0 && label.inward == DirectedChannel::NONE {
            // The payer has no channel to this peer that carries its amount, which is final.
            self.hopes -= 1;
            if self.hopes == 0 {
                return true;
            }
        }
        if amount.saturating_add(label.fee.min(self.state.radius)) >= self.bound {
            self.cut = true;
            return false;
        }
        self.take_incoming(node, amount);
        false
    }

    /// Offers `amount`, which `node` must receive, to all that can forward to it.
    fn take_incoming(&mut self, node: NodeId, amount: u64) {
        let (edges, heads) =
            (self.knowledge.view.incoming(node), self.knowledge.view.incoming_heads(node));
        let mut looked = edges.len();
        for (i, head) in heads.iter().enumerate() {
            let least = amount + u64::from(head.base_msat);
            if least >= self.bound {
                self.cut = true;
                if i == 0 || heads[i - 1].peer != head.peer {
                    looked = i;
                    break;
                }
                continue;
            }
            if least.saturating_add(self.state.radius) >= self.bound
                && !self.state.settled_forward.has(head.peer)
            {
                self.cut = true;
                continue;
            }
            let known = self.state.labels.peek(head.peer).amount;
            if least >= known {
                continue;
            }
            let edge = &edges[i];
            if edge.carries(amount)
                && let Some(fee) = edge.fee(amount)
                && amount.saturating_add(fee) < known
                && !self.leaves_out(edge, (edge.peer, node), amount)
            {
                self.reach(edge.peer, amount + fee, edge.direction);
            }
        }
        self.edges[0] += looked;
    }

    /// The backward side can reach `node`, which must then receive `amount` and send on over `onward`.
    fn reach(&mut self, node: NodeId, amount: u64, onward: DirectedChannel) {
        let label = self.state.labels.at(node);
        if amount.saturating_add(label.fee.min(self.state.radius)) >= self.bound {
            self.cut = true;
            return;
        }
        (label.amount, label.onward) = (amount, onward);
        let met = label.fee != u64::MAX;
        self.state.backward.push(amount - self.delivered, node);
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

    /// Both state have reached `node`: computes the joined route, and keeps it if it is the best so far.
    fn join(&mut self, meeting: NodeId) {
        let view = self.knowledge.view;
        let BidirectionalState { labels, joined, .. } = &mut *self.state;
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
        let Some(first) = self.local.first(self.knowledge, node, amount) else { return };
        if self.keep(first, meeting) {
            self.bound = amount;
        }
    }

    /// Writes down the joined route that starts with `first` and meets at `meeting`, unless it visits a
    /// node twice.
    fn keep(&mut self, first: PathHop, meeting: NodeId) -> bool {
        let view = self.knowledge.view;
        let BidirectionalState { labels, joined, .. } = &mut *self.state;
        let mut node = meeting;
        while node != self.query.payee {
            if joined.iter().any(|&inward| view.source(inward) == node) {
                return false;
            }
            node = view.target(labels.at(node).onward);
        }
        let step = |direction| PathHop { direction, delta: view.edge(direction).delta() };
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
