//! What the payer's side of the network promises at best: bounds on the ways from the payer to a node.
//!
//! A way over two channels or more multiplies success probabilities and adds weight, so the rest of a
//! path costs at least what the likeliest such way would, were it free of charge. Ways are told apart
//! by their number of channels: one (the payer's own), two (through a peer, whose channels are looked
//! at once that pays), and three or more.
//!
//! Each bound uses the highest probability that beliefs can give to a hop for the delivered amount or
//! any larger one: that of a success where the payer knows something about its first node, the prior
//! elsewhere. Weights are those of the delivered amount; larger amounts weigh no less.

use crate::ids::NodeId;
use crate::routing::edge::Edge;
use crate::routing::lnd::apriori::Apriori;
use crate::routing::own::Own;
use crate::routing::probable::Model;
use crate::routing::route::{Knowledge, Query};
use crate::routing::scratch::Stamped;

/// The best that the ways of one kind from the payer to a node can be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Best {
    /// No way is likelier; zero: there is none.
    pub(super) probability: f64,
    /// No way has a lower weight.
    pub(super) weight: f64,
}

/// Bounds on the ways from the payer.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Peers to whom a channel of the payer could bring the delivered amount.
    peers: Vec<NodeId>,
    /// Ways over two channels, where they were looked at.
    second: Stamped<Best>,
    looked: bool,
    /// No way over two channels is likelier than this.
    best_second: f64,
    /// No way over more is.
    best_more: f64,
}

impl Reach {
    /// Begins a query: only the payer's own channels are looked at.
    pub(super) fn begin(&mut self, own: &Own, model: &Apriori<'_>) {
        self.looked = false;
        self.peers.clear();
        self.peers.extend(own.peers());
        let second = |&peer: &NodeId| model.own(peer) * model.likeliest_from(peer);
        self.best_second = self.peers.iter().map(second).fold(0.0, f64::max);
        self.best_more = self.best_second * model.likeliest();
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
        self.second.begin(knowledge.view.node_count());
        (self.best_second, self.best_more) = (0.0, 0.0);
        for &peer in &self.peers {
            let own = model.own(peer);
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
                let new = Best { probability: own * hop, weight };
                let both = self.second.get(target).map_or(new, |known| Best {
                    probability: known.probability.max(new.probability),
                    weight: known.weight.min(new.weight),
                });
                self.second.set(target, both);
                self.best_second = self.best_second.max(new.probability);
                let more = new.probability * model.likeliest_from(target);
                self.best_more = self.best_more.max(more);
            }
        }
    }

    /// Ways over two channels to `node`.
    pub(super) fn second(&self, node: NodeId) -> Best {
        if self.looked {
            self.second.get(node).copied().unwrap_or_default()
        } else {
            Best { probability: self.best_second, weight: 0.0 }
        }
    }

    /// Ways over more channels, to any node.
    pub(super) const fn more(&self) -> Best {
        Best { probability: self.best_more, weight: 0.0 }
    }

    /// Ways over two channels or more, to any node.
    pub(super) const fn any(&self) -> f64 {
        self.best_second.max(self.best_more)
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
