//! What the payer's side of the network promises at best: bounds on the paths from the payer to a node.
//!
//! A path over two channels or more multiplies success probabilities and adds weight, so the rest of a
//! path costs at least what the likeliest such path would, were it free of charge. Paths are told apart
//! by their number of channels: one (the payer's own), two (through a peer, whose channels are looked
//! at once that pays), and three or more. For these the nodes reached so far are taken up one by one, the
//! one whose channels promise most first. No path that was not found is likelier than what the next node promises.
//!
//! Each bound uses the highest probability that beliefs can give to a hop for the delivered amount or
//! any larger one: what the records of its first node make of it, the prior where there are none. Until the
//! peers' channels are looked at, any record counts as a success. Weights are those of the delivered amount;
//! larger amounts weigh no less.

use std::collections::BinaryHeap;

use crate::ids::NodeId;
use crate::routing::edge::Edge;
use crate::routing::lnd::apriori::Apriori;
use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, Query};
use crate::routing::single_label::Model;

/// The best that the paths of one kind from the payer to a node can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Best {
    /// No path is likelier; zero: there is none.
    pub(super) probability: f64,
    /// No path has a lower weight.
    pub(super) weight: f64,
    /// The last node before on the likeliest path that was found, or [`Best::NOBODY`].
    pub(super) via: NodeId,
}

impl Best {
    const NOBODY: NodeId = NodeId(u32::MAX);

    /// A bound that comes from no path in particular.
    const fn bound(probability: f64) -> Self {
        Self { probability, weight: 0.0, via: Self::NOBODY }
    }
}

impl Default for Best {
    fn default() -> Self {
        Self::bound(0.0)
    }
}

/// Bounds on the paths from the payer.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Peers to whom a channel of the payer could bring the delivered amount.
    peers: Vec<NodeId>,
    /// Paths over two channels, where they were looked at.
    second: Stamped<Best>,
    looked: bool,
    /// No path over two channels is likelier than this.
    best_second: f64,
    /// Paths over more channels that were found.
    third: Stamped<Best>,
    /// None of them is likelier than this.
    best_third: f64,
    /// The nodes to take up, by what a path through them over one more channel promises.
    heap: BinaryHeap<(u64, NodeId)>,
    /// No path over three channels or more that was not found is likelier than this.
    rest: f64,
    /// Edges looked at.
    edges: usize,
}

impl Bounds {
    /// Begins a query: only the payer's own channels are looked at.
    pub(super) fn begin(&mut self, local: &LocalChannels, model: &Apriori<'_>) {
        self.looked = false;
        self.peers.clear();
        self.peers.extend(local.peers());
        let second = |&peer: &NodeId| model.local(peer) * model.likeliest_from(peer);
        self.best_second = self.peers.iter().map(second).fold(0.0, f64::max);
        self.rest = self.best_second * model.likeliest();
        self.best_third = 0.0;
        self.edges = 0;
    }

    /// How many edges [`Self::look`] would look at.
    pub(super) fn effort(&self, knowledge: &Knowledge<'_>) -> usize {
        self.peers.iter().map(|&peer| knowledge.view.outgoing(peer).len()).sum()
    }

    /// Whether [`Self::look`] was called in this query.
    pub(super) const fn has_looked(&self) -> bool {
        self.looked
    }

    /// Looks at the channels of the payer's peers, which makes the bounds exact for two channels.
    pub(super) fn look(
        &mut self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        model: &mut Apriori<'_>,
    ) {
        let amount = query.amount.get();
        self.looked = true;
        self.edges = self.effort(knowledge);
        self.second.begin(knowledge.view.node_count());
        self.third.begin(knowledge.view.node_count());
        self.heap.clear();
        self.best_second = 0.0;
        let peers = std::mem::take(&mut self.peers);
        for &peer in &peers {
            let own = model.local(peer);
            if own <= 0.0 || peer == query.payee {
                continue;
            }
            let untried = model.untried_at_most(peer, query.amount);
            for pair in knowledge.view.outgoing(peer).chunk_by(|a, b| a.peer == b.peer) {
                let target = pair[0].peer;
                let Some(weight) = least_weight(model, pair, amount) else { continue };
                let hop = model.pair_at_most(peer, target, untried, query.amount);
                if target == query.payer || hop <= 0.0 {
                    continue;
                }
                let new = Best { probability: own * hop, weight, via: peer };
                let known =
                    self.second.get(target).copied().unwrap_or(Best { weight, ..Best::default() });
                let likelier = if new.probability > known.probability { new } else { known };
                let weight = known.weight.min(weight);
                self.second.set(target, Best { weight, ..likelier });
                self.best_second = self.best_second.max(new.probability);
                if target != query.payee && likelier == new {
                    self.promise(target, new.probability, query, model);
                }
            }
        }
        self.peers = peers;
        self.settle_rest();
    }

    /// Takes up nodes that paths over two channels or more lead to, as long as that comes to no more than
    /// `edges` edges in all.
    pub(super) fn go_on(
        &mut self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        model: &mut Apriori<'_>,
        edges: usize,
    ) {
        while let Some(&(promise, node)) = self.heap.peek() {
            let effort = knowledge.view.outgoing_heads(node).len();
            if self.edges + effort > edges {
                return;
            }
            self.heap.pop();
            let path = self.likeliest(node).probability;
            if promise == (path * model.likeliest_over(node, query.amount)).to_bits() {
                self.edges += effort;
                self.take_up(node, path, knowledge, query, model);
            }
            self.settle_rest();
        }
    }

    /// Finds paths over one more channel than the likeliest one to `node`.
    fn take_up(
        &mut self,
        node: NodeId,
        path: f64,
        knowledge: &Knowledge<'_>,
        query: &Query,
        model: &mut Apriori<'_>,
    ) {
        let untried = model.untried_at_most(node, query.amount);
        for pair in knowledge.view.outgoing(node).chunk_by(|a, b| a.peer == b.peer) {
            let target = pair[0].peer;
            if target == query.payer || !pair.iter().any(|edge| query.amount.get() <= edge.limit())
            {
                continue;
            }
            let new = path * model.pair_at_most(node, target, untried, query.amount);
            if new <= self.third.peek(target).probability {
                continue;
            }
            self.third.set(target, Best { via: node, ..Best::bound(new) });
            self.best_third = self.best_third.max(new);
            if target != query.payee && new > self.second(target).probability {
                self.promise(target, new, query, model);
            }
        }
    }

    /// A path of this probability leads to `node`, likelier than those before.
    fn promise(&mut self, node: NodeId, path: f64, query: &Query, model: &mut Apriori<'_>) {
        let promise = path * model.likeliest_over(node, query.amount);
        if promise > 0.0 {
            // The bits of positive floats are in the order of their values.
            self.heap.push((promise.to_bits(), node));
        }
    }

    fn settle_rest(&mut self) {
        self.rest = self.heap.peek().map_or(0.0, |&(promise, _)| f64::from_bits(promise));
    }

    /// Edges looked at.
    pub(super) const fn edges(&self) -> usize {
        self.edges
    }

    /// Paths over two channels to `node`.
    pub(super) fn second(&self, node: NodeId) -> Best {
        if self.looked {
            self.second.get(node).copied().unwrap_or_default()
        } else {
            Best::bound(self.best_second)
        }
    }

    /// Paths over more channels to `node`.
    pub(super) fn more(&self, node: NodeId) -> Best {
        let found = if self.looked { self.third.peek(node) } else { Best::default() };
        Best::bound(self.rest.max(found.probability))
    }

    /// The likeliest path over two channels or more to `node`, if one was found.
    pub(super) fn found(&self, node: NodeId) -> Option<Best> {
        let best = if self.looked { self.likeliest(node) } else { Best::default() };
        (best.via != Best::NOBODY).then_some(best)
    }

    fn likeliest(&self, node: NodeId) -> Best {
        let (second, third) = (self.second.peek(node), self.third.peek(node));
        if second.probability >= third.probability { second } else { third }
    }

    /// Whether a path over two channels or more to `node` may have this probability.
    pub(super) fn promises(&self, node: NodeId, probability: f64) -> bool {
        self.rest >= probability
            || !self.looked
            || self.second.peek(node).probability >= probability
            || self.third.peek(node).probability >= probability
    }

    /// Paths over two channels or more, to any node.
    pub(super) const fn any(&self) -> f64 {
        self.best_second.max(self.best_third).max(self.rest)
    }
}

/// The lowest weight among the parallel channels that could carry `amount`, whatever their
/// `htlc_minimum_msat`: an amount that grows on the way may pass it.
fn least_weight(model: &Apriori<'_>, pair: &[Edge], amount: u64) -> Option<f64> {
    let able = pair.iter().filter(|edge| amount <= edge.limit());
    let weights = able.filter_map(|edge| {
        let fee = edge.fee(amount)?;
        Some(model.weight(amount.checked_add(fee)?, fee, edge.delta()))
    });
    weights.reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::Policy;
    use crate::routing::params::LndParams;
    use crate::routing::primitives::Known;
    use crate::routing::testing::{Graph, policy};
    use crate::routing::view::View;
    use crate::units::{Msat, SimTime};

    const NODES: u32 = 9;

    /// The likeliest ways over 1, 2, .. channels from the payer to each node, by trying all.
    fn ways(
        knowledge: &Knowledge<'_>,
        query: &Query,
        peers: &LocalChannels,
        model: &mut Apriori<'_>,
        amount: u64,
    ) -> Vec<Vec<f64>> {
        let nodes = || (0..NODES).map(NodeId);
        let first =
            nodes().map(|node| if peers.reaches(node) { model.local(node) } else { 0.0 }).collect();
        let mut all: Vec<Vec<f64>> = vec![first];
        for _ in 0..NODES {
            let before = &all[all.len() - 1];
            let mut next = vec![0.0_f64; NODES as usize];
            for target in nodes().filter(|&target| target != query.payer) {
                for edge in knowledge.view.incoming(target).iter().filter(|e| e.carries(amount)) {
                    let source = edge.peer;
                    if source != query.payer && source != query.payee {
                        let hop = model.hop(source, target, amount, |_| edge.limit());
                        let way = before[source.index()] * hop;
                        next[target.index()] = next[target.index()].max(way);
                    }
                }
            }
            all.push(next);
        }
        all
    }

    proptest! {
        #[test]
        fn no_way_is_likelier_than_promised_however_far_the_search_has_looked(
            edges in prop::collection::vec((0..NODES, 0..NODES, any::<bool>()), 8..50),
            records in prop::collection::vec((0..NODES, 0..NODES, 1_u64..4, any::<bool>()), 0..25),
            (success, weight) in prop_oneof![Just((0.95, 0.5)), Just((1.0, 0.5)), Just((0.6, 0.9)), Just((0.95, 1.0))],
            efforts in prop::collection::vec(0_usize..60, 1..4),
        ) {
            let mut graph = Graph::new(NODES);
            for (from, to, narrow) in edges.into_iter().filter(|(from, to, _)| from != to) {
                let maximum = Msat(if narrow { 1_500_000 } else { 1_000_000_000 });
                graph = graph.edge(from, to, Policy { htlc_maximum: maximum, ..policy(1, 1, 1) });
            }
            for (from, to, amount, good) in records {
                let (from, to, amount) = (NodeId(from), NodeId(to), Msat(amount * 500_000));
                if good {
                    graph.beliefs.success(from, to, amount, SimTime(1));
                } else {
                    graph.beliefs.failure(from, to, amount, SimTime(1));
                }
            }
            graph.query.now = SimTime(3_600_000_000_000);
            let (view, own) = (View::compile(&graph.network), graph.own());
            let knowledge = Knowledge { view: &view, local_channels: &own, beliefs: &graph.beliefs, avoid: &[] };
            let params = LndParams {
                previous_success_probability: success,
                apriori_weight: weight,
                ..LndParams::default()
            };
            let query = &graph.query;
            let (mut peers, mut known) = (LocalChannels::default(), Known::default());
            if peers.begin(&knowledge, query).is_err() {
                return Ok(());
            }
            known.begin(NODES as usize, &graph.beliefs);
            let mut model = Apriori::new(&params, &knowledge, query, &mut known);
            let all: Vec<_> = [1_000_000, 1_400_000, 1_600_000]
                .into_iter()
                .flat_map(|amount| ways(&knowledge, query, &peers, &mut model, amount).into_iter().enumerate())
                .collect();
            let mut reach = Bounds::default();
            reach.begin(&peers, &model);
            for step in 0..=efforts.len() + 1 {
                for (more, likeliest) in &all {
                    for (node, &way) in (0..).map(NodeId).zip(likeliest) {
                        let promised = match more {
                            0 => continue,
                            1 => reach.second(node).probability,
                            _ => reach.more(node).probability,
                        };
                        prop_assert!(promised >= way * (1.0 - 1e-12), "{node:?}: {promised} for {way}");
                        prop_assert!(reach.promises(node, way * (1.0 - 1e-12)));
                        prop_assert!(reach.any() >= way * (1.0 - 1e-12));
                    }
                }
                match step.checked_sub(1) {
                    None => reach.look(&knowledge, query, &mut model),
                    Some(at) => {
                        let effort = efforts.get(at).copied().unwrap_or(usize::MAX);
                        reach.go_on(&knowledge, query, &mut model, effort);
                    }
                }
            }
        }
    }
}
