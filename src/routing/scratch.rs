//! Memory that searches use again and again.
//!
//! Nothing in it outlives a query in meaning: a search gives the same answer with a new scratch.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::routing::bidirectional::{BidirectionalState, Candidates};
use crate::routing::lnd::LabelTables;
use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::{Known, NodeLabel, Stamped};
use crate::routing::route::PathHop;

/// Working memory of searches; one per thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The payer's channels by peer.
    pub(super) local: LocalChannels,
    /// The path found, from payer to payee.
    pub(super) path: Vec<PathHop>,
    /// `cheapest`: labels and heaps.
    pub(super) bidirectional: BidirectionalState,
    /// `cheapest` where expiry or number of channels bind.
    pub(super) candidates: Candidates,
    /// `lnd` and `cloth`: labels, and nodes by (distance, tie, node).
    pub(super) labels: Stamped<NodeLabel>,
    pub(super) heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// Where beliefs begin.
    pub(super) known: Known,
    /// `lnd_fast`.
    pub(super) fast: LabelTables,
}
