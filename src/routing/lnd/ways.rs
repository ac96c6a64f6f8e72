//! What the search of [`LndFast`](super::LndFast) keeps: ways to the payee, the best path, and what it watches.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::lnd::reach::Reach;
use crate::routing::route::Step;
use crate::routing::scratch::Stamped;

/// No way: the end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// Ways from a node to the payee.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) weight: f64,
    pub(super) probability: f64,
    /// What the node must receive.
    pub(super) amount: u64,
    pub(super) node: NodeId,
    /// The way that it continues at the next node, or [`NONE`] at the payee.
    pub(super) onward: u32,
    /// The direction to that node.
    pub(super) direction: DirectedChannel,
    /// Another way from the same node, or [`NONE`].
    pub(super) other: u32,
    pub(super) cltv: u32,
    pub(super) delta: u16,
    pub(super) hops: u8,
    /// Whether the payer's peers have been tried as its sources.
    pub(super) tried_peers: bool,
    /// Whether a better way from the same node is known.
    pub(super) beaten: bool,
}

/// Memory of this search, used again and again.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(super) ways: Vec<Way>,
    pub(super) heads: Stamped<u32>,
    pub(super) heap: BinaryHeap<Reverse<(u64, u32)>>,
    pub(super) reach: Reach,
}

/// What a search has found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Cost and probability of the path, which is in the scratch; `None`: there is no path.
    pub(super) path: Option<(u64, f64)>,
    /// Whether nothing can have been missed.
    pub(super) certain: bool,
    /// Whether a limit on blocks or channels may have cut the ways that were kept in place of others within it.
    pub(super) cut_short: bool,
    /// Whether the fee limit has left something out.
    pub(super) dearer: bool,
}

/// A whole path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) distance: u64,
    pub(super) probability: f64,
    pub(super) first: Step,
    pub(super) way: u32,
}

/// What could have gone wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// Edges looked at.
    pub(super) edges: usize,
    /// A limit on blocks or channels has cut something.
    pub(super) cut: bool,
    /// A way went although it was better in blocks or channels.
    pub(super) shorter_went: bool,
    /// The smallest amount above that of a way for which one of its edges would have been another.
    pub(super) threshold: u64,
    /// A path that continues a way that went has amounts of at most this plus its cost.
    pub(super) excess: i128,
    pub(super) dearer: bool,
}

impl Way {
    /// Whether every path that continues the other way would be as good with this one; if `careful`, also as far
    /// as the limits on blocks and channels go.
    pub(super) fn beats(&self, other: &Self, careful: bool) -> bool {
        self.weight <= other.weight
            && self.probability >= other.probability
            && self.amount <= other.amount
            && (!careful || self.cltv <= other.cltv && self.hops <= other.hops)
    }
}

impl Watch {
    /// `pair` was looked at for `amount`: would a larger one see other channels?
    pub(super) fn note(&mut self, pair: &[Edge], amount: u64) {
        for edge in pair {
            if edge.minimum() > amount {
                self.threshold = self.threshold.min(edge.minimum());
            } else if pair.len() > 1 && edge.limit() >= amount {
                self.threshold = self.threshold.min(edge.limit().saturating_add(1));
            }
        }
    }
}
