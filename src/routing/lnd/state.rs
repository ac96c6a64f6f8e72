//! What the search of [`LndFast`](super::LndFast) keeps: labels, the best path, and whether it is exact.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;
use crate::routing::lnd::bounds::Bounds;
use crate::routing::primitives::Stamped;
use crate::routing::route::PathHop;

/// No label: the end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// A path from a node to the payee, with its costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) weight: f64,
    pub(super) probability: f64,
    /// What the node must receive.
    pub(super) amount: u64,
    pub(super) node: NodeId,
    /// The label of the next node that this one extends, or [`NONE`] at the payee.
    pub(super) onward: u32,
    /// The direction to that node.
    pub(super) direction: DirectedChannel,
    /// Another label from the same node, or [`NONE`].
    pub(super) other: u32,
    pub(super) cltv: u32,
    pub(super) delta: u16,
    pub(super) hops: u8,
    /// Whether the payer's peers have been tried as its sources.
    pub(super) tried_peers: bool,
    /// Whether a better label from the same node is known.
    pub(super) dominated: bool,
}

/// Memory of this search, used again and again.
#[derive(Debug, Default)]
pub(super) struct LabelTables {
    pub(super) labels: Vec<Label>,
    pub(super) heads: Stamped<u32>,
    pub(super) heap: BinaryHeap<Reverse<(u64, u32)>>,
    pub(super) bounds: Bounds,
}

/// What a search has found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Cost and probability of the path, which is in the scratch; `None`: there is no path.
    pub(super) path: Option<(u64, f64)>,
    /// Whether nothing can have been missed.
    pub(super) certain: bool,
    /// Whether a limit on blocks or channels may have cut the labels that were kept in place of others within it.
    pub(super) cut_short: bool,
    /// Whether the fee limit has left something out.
    pub(super) dearer: bool,
}

/// A whole path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) distance: u64,
    pub(super) probability: f64,
    pub(super) first: PathHop,
    pub(super) label: u32,
}

/// Notes whatever could make the result inexact.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExactnessCheck {
    /// Edges looked at.
    pub(super) edges: usize,
    /// A limit on blocks or channels has cut something.
    pub(super) cut: bool,
    /// A label was dropped although it was better in blocks or channels.
    pub(super) shorter_dropped: bool,
    /// The smallest amount above that of a label for which one of its edges would have been another.
    pub(super) threshold: u64,
    /// A path that continues a dropped label has amounts of at most this plus its cost.
    pub(super) excess: i128,
    pub(super) dearer: bool,
}

impl Label {
    /// Whether every path that continues the other label would be as good with this one; if `resource_aware`, also as far
    /// as the limits on blocks and channels go.
    pub(super) fn dominates(&self, other: &Self, resource_aware: bool) -> bool {
        self.weight <= other.weight
            && self.probability >= other.probability
            && self.amount <= other.amount
            && (!resource_aware || self.cltv <= other.cltv && self.hops <= other.hops)
    }
}

impl ExactnessCheck {
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
