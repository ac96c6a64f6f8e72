//! Successive shortest paths over the public view.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::min_cost_flow::costs::{FlowCosts, Pieces};
use crate::routing::primitives::{Bits, Stamped};
use crate::routing::route::{Knowledge, Query};
use crate::routing::scratch::Scratch;

/// A flow from payer to payee.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// What goes over each direction that carries something, in satoshis, in the order in which they came to carry it.
    pub carried: Vec<(DirectedChannel, u64)>,
    /// What arrives, in satoshis.
    pub amount_sat: u64,
    /// What it costs, in the units of [`FlowCosts`].
    pub cost: u128,
}

/// The cheapest flow of the query's amount, in satoshis rounded up, over channels as the payer knows them: its own by
/// what they hold, others by what it has learnt. Less arrives where no more can flow.
pub fn min_cost_flow(
    costs: &FlowCosts,
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
) -> Flow {
    let mut tables = std::mem::take(scratch.tables.of::<FlowTables>());
    let view = knowledge.view;
    tables.potentials.begin(view.node_count());
    tables.in_flow.clear(view.node_count());
    tables.scored.clear(view.channel_count());
    for channel in knowledge.beliefs.scores().channels() {
        tables.scored.set(NodeId(channel.0));
    }
    let mut solver = Solver { costs, knowledge, query, tables: &mut tables, flow: Flow::default() };
    let wanted = query.amount.get().div_ceil(1_000);
    while solver.flow.amount_sat < wanted && solver.search() {
        solver.augment(wanted - solver.flow.amount_sat);
    }
    let flow = solver.flow;
    *scratch.tables.of::<FlowTables>() = tables;
    flow
}

/// Capacity, in satoshis, and cost per satoshi of each piece of a direction of others that nothing is known of, as
/// [`min_cost_flow`] counts them: the same problem for another solver. None where the direction is left out.
pub fn uncertain_arcs(
    costs: &FlowCosts,
    knowledge: &Knowledge<'_>,
    query: &Query,
    direction: DirectedChannel,
) -> Vec<(u64, u64)> {
    let view = knowledge.view;
    let edge = view.outgoing(view.source(direction)).iter().find(|e| e.direction == direction);
    let usable = edge.filter(|edge| is_usable(costs, knowledge, query, edge));
    let capacity = view.capacity(direction.channel());
    usable.map(|edge| Pieces::of(costs, edge, 0, capacity).arcs().collect()).unwrap_or_default()
}

/// Whether a direction may carry a part of the payment.
fn is_usable(costs: &FlowCosts, knowledge: &Knowledge<'_>, query: &Query, edge: &Edge) -> bool {
    edge.base_msat <= costs.most_base_msat
        && edge.minimum() <= query.amount.get()
        && edge.peer != query.payer
        && !knowledge.avoids(edge.direction)
}

/// The cheapest way known from the payer to a node.
#[derive(Clone, Copy, Debug, Default)]
struct FlowLabel {
    /// Reduced cost.
    distance: u64,
    over: DirectedChannel,
    /// Whether flow over that direction is taken back, which leads to its source.
    back: bool,
    settled: bool,
}

/// Working memory.
#[derive(Debug, Default)]
struct FlowTables {
    labels: Stamped<FlowLabel>,
    potentials: Stamped<i64>,
    /// Nodes that an arc with flow leaves or enters.
    in_flow: Bits,
    /// Channels that something is known of, by id.
    scored: Bits,
    /// Nodes that got a label in this search.
    reached: Vec<NodeId>,
    heap: BinaryHeap<Reverse<(u64, NodeId)>>,
}

struct Solver<'a> {
    costs: &'a FlowCosts,
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    tables: &'a mut FlowTables,
    flow: Flow,
}

impl Solver<'_> {
    /// Finds the cheapest path from payer to payee in what the flow leaves; whether there is one.
    fn search(&mut self) -> bool {
        let payer = self.query.payer;
        self.tables.labels.begin(self.knowledge.view.node_count());
        self.tables.heap.clear();
        self.tables.reached.clear();
        self.tables.labels.set(payer, FlowLabel::default());
        self.tables.heap.push(Reverse((0, payer)));
        while let Some(Reverse((distance, node))) = self.tables.heap.pop() {
            let label = self.tables.labels.at(node);
            if label.settled {
                continue;
            }
            label.settled = true;
            self.tables.reached.push(node);
            if node == self.query.payee {
                self.raise_potentials(distance);
                return true;
            }
            if node == payer {
                self.leave_payer(distance);
            } else {
                self.leave(node, distance);
            }
        }
        false
    }

    /// What the nodes before the payee cost less than it stays theirs, so that no arc gets a negative cost.
    fn raise_potentials(&mut self, to_payee: u64) {
        let reached = std::mem::take(&mut self.tables.reached);
        for &node in &reached {
            let distance = self.tables.labels.peek(node).distance;
            *self.tables.potentials.at(node) -= signed(to_payee - distance);
        }
        self.tables.reached = reached;
    }

    fn leave_payer(&mut self, distance: u64) {
        let knowledge = self.knowledge;
        for own in knowledge.local_channels {
            let edge = knowledge.view.edge(own.direction);
            let carries = edge.is_something() && edge.minimum() <= self.query.amount.get();
            if !carries || knowledge.avoids(own.direction) {
                continue;
            }
            let most = own.spendable.get().min(edge.limit());
            let flow = self.flow_over(self.query.payer, own.direction);
            if let Some((_, cost)) = Pieces::own(most).forward(flow) {
                let target = knowledge.view.target(own.direction);
                self.offer(
                    self.query.payer,
                    distance,
                    target,
                    (own.direction, false),
                    signed(cost),
                );
            }
        }
    }

    fn leave(&mut self, node: NodeId, distance: u64) {
        let knowledge = self.knowledge;
        for edge in knowledge.view.outgoing(node) {
            if !is_usable(self.costs, knowledge, self.query, edge) {
                continue;
            }
            let flow = self.flow_over(node, edge.direction);
            if let Some((_, cost)) = self.pieces(edge).forward(flow) {
                self.offer(node, distance, edge.peer, (edge.direction, false), signed(cost));
            }
        }
        if self.tables.in_flow.has(node) {
            for place in 0..self.flow.carried.len() {
                let (direction, carried) = self.flow.carried[place];
                let source = knowledge.view.source(direction);
                if carried > 0
                    && knowledge.view.target(direction) == node
                    && source != self.query.payer
                {
                    let (_, cost) = self.pieces(knowledge.view.edge(direction)).backward(carried);
                    self.offer(node, distance, source, (direction, true), -signed(cost));
                }
            }
        }
    }

    /// Offers `to` a label over an arc of this cost that leaves `from`.
    fn offer(
        &mut self,
        from: NodeId,
        distance: u64,
        to: NodeId,
        (over, back): (DirectedChannel, bool),
        cost: i64,
    ) {
        let reduced = cost + self.tables.potentials.peek(from) - self.tables.potentials.peek(to);
        debug_assert!(reduced >= 0, "potentials leave no arc with a negative cost");
        let distance = distance.saturating_add(u64::try_from(reduced).unwrap_or(0));
        let known = self.tables.labels.get(to).map_or(u64::MAX, |label| label.distance);
        let payees = self.tables.labels.get(self.query.payee).map_or(u64::MAX, |l| l.distance);
        if distance < known && distance < payees {
            self.tables.labels.set(to, FlowLabel { distance, over, back, settled: false });
            self.tables.heap.push(Reverse((distance, to)));
        }
    }

    /// What the direction carries, which leaves `node`.
    fn flow_over(&self, node: NodeId, direction: DirectedChannel) -> u64 {
        if !self.tables.in_flow.has(node) {
            return 0;
        }
        let carried = self.flow.carried.iter().find(|(over, _)| *over == direction);
        carried.map_or(0, |(_, amount)| *amount)
    }

    fn pieces(&self, edge: &Edge) -> Pieces {
        let ChannelId(id) = edge.direction.channel();
        let capacity = self.knowledge.view.capacity(ChannelId(id));
        if !self.tables.scored.has(NodeId(id)) {
            return Pieces::of(self.costs, edge, 0, capacity);
        }
        let scores = self.knowledge.beliefs.scores();
        let (lower, upper) = scores.bounds_msat(edge.direction, capacity, self.query.now);
        Pieces::of(self.costs, edge, lower, upper)
    }

    /// Sends as much as one piece of each arc allows, at most `wanted`, over the path found.
    fn augment(&mut self, wanted: u64) {
        let view = self.knowledge.view;
        let (mut amount, mut cost, mut node) = (wanted, 0_i128, self.query.payee);
        let mut path = Vec::new();
        while node != self.query.payer {
            let FlowLabel { over, back, .. } = self.tables.labels.peek(node);
            let from = if back { view.target(over) } else { view.source(over) };
            let (room, unit) = self.next_piece(over, back);
            amount = amount.min(room);
            cost += if back { -i128::from(unit) } else { i128::from(unit) };
            path.push((over, back));
            node = from;
        }
        for &(over, back) in path.iter().rev() {
            self.change(over, back, amount);
        }
        self.flow.amount_sat += amount;
        // The first path costs no less than nothing, and no later one costs less than the one before.
        self.flow.cost += u128::try_from(cost).unwrap_or(0) * u128::from(amount);
    }

    /// Room and cost per satoshi of what comes next over a direction.
    fn next_piece(&self, over: DirectedChannel, back: bool) -> (u64, u64) {
        let view = self.knowledge.view;
        let (edge, source) = (view.edge(over), view.source(over));
        let pieces = if source == self.query.payer {
            let own = self.knowledge.local_channels.iter().find(|own| own.direction == over);
            Pieces::own(own.map_or(0, |own| own.spendable.get().min(edge.limit())))
        } else {
            self.pieces(edge)
        };
        let flow = self.flow_over(source, over);
        if back { pieces.backward(flow) } else { pieces.forward(flow).unwrap_or((0, 0)) }
    }

    fn change(&mut self, over: DirectedChannel, back: bool, amount: u64) {
        let view = self.knowledge.view;
        let place = self.flow.carried.iter().position(|(known, _)| *known == over);
        let place = place.unwrap_or_else(|| {
            self.flow.carried.push((over, 0));
            self.tables.in_flow.set(view.source(over));
            self.tables.in_flow.set(view.target(over));
            self.flow.carried.len() - 1
        });
        let carried = &mut self.flow.carried[place].1;
        *carried = if back { *carried - amount } else { *carried + amount };
    }
}

fn signed(cost: u64) -> i64 {
    i64::try_from(cost).unwrap_or(i64::MAX / 4)
}
