//! The working memory of the bidirectional search ([`crate::routing::bidirectional::search`]).
//!
//! A node and a fee share one word in the heaps, so fees of 2^(64 - b) msat or more, with b the bits of a
//! node's number, are out of reach: 2^47 msat, 1,407 BTC, in a network of 100,000 nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::primitives::{Bits, Stamped};

/// What both state know about a node.
#[derive(Clone, Copy, Debug)]
pub(in crate::routing) struct MeetingLabel {
    /// What the node must receive so that the payee gets its amount; `u64::MAX`: not reached.
    pub(in crate::routing) amount: u64,
    /// Lower bound of the fees from the payer to the node, over the channels that the search has and for routes
    /// below its bound; `u64::MAX`: not reached.
    pub(in crate::routing) fee: u64,
    /// The direction over which the node sends on.
    pub(in crate::routing) onward: DirectedChannel,
    /// The direction over which the forward side came; none for the payer's peers.
    pub(in crate::routing) inward: DirectedChannel,
}

impl Default for MeetingLabel {
    fn default() -> Self {
        let (onward, inward) = (DirectedChannel::NONE, DirectedChannel::NONE);
        Self { amount: u64::MAX, fee: u64::MAX, onward, inward }
    }
}

/// Nodes by (fee, node), in one word each.
#[derive(Debug, Default)]
pub(in crate::routing) struct Heap {
    words: BinaryHeap<Reverse<u64>>,
    /// Bits of a word that hold the node.
    bits: u32,
}

impl Heap {
    pub(in crate::routing) fn begin(&mut self, nodes: usize) {
        self.words.clear();
        self.bits = usize::BITS - nodes.leading_zeros();
    }

    /// Fees must stay below this.
    pub(in crate::routing) const fn bound(&self) -> u64 {
        u64::MAX >> self.bits
    }

    pub(in crate::routing) fn push(&mut self, fee: u64, node: NodeId) {
        self.words.push(Reverse(fee << self.bits | u64::from(node.0)));
    }

    pub(in crate::routing) fn peek(&self) -> Option<(u64, NodeId)> {
        self.words.peek().map(|Reverse(word)| self.split(*word))
    }

    pub(in crate::routing) fn pop(&mut self) -> Option<(u64, NodeId)> {
        self.words.pop().map(|Reverse(word)| self.split(word))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves the bits of a node")]
    const fn split(&self, word: u64) -> (u64, NodeId) {
        (word >> self.bits, NodeId((word & ((1 << self.bits) - 1)) as u32))
    }
}

/// Working memory.
#[derive(Debug, Default)]
pub(in crate::routing) struct BidirectionalState {
    pub(in crate::routing) labels: Stamped<MeetingLabel>,
    pub(in crate::routing) backward: Heap,
    pub(in crate::routing) forward: Heap,
    /// The nodes that the backward side has settled.
    pub(in crate::routing) settled_backward: Bits,
    /// The nodes that the forward side has settled.
    pub(in crate::routing) settled_forward: Bits,
    /// The directions between the payer's peer and the node where a joined route meets, the last first.
    pub(in crate::routing) joined: Vec<DirectedChannel>,
    /// No fee from the payer to a node that the forward side has not settled is below this, in the same sense.
    pub(in crate::routing) radius: u64,
}

impl BidirectionalState {
    /// Forgets the last search.
    pub(in crate::routing) fn begin(&mut self, nodes: usize) {
        self.labels.begin(nodes);
        self.backward.begin(nodes);
        self.forward.begin(nodes);
        self.settled_backward.clear(nodes);
        self.settled_forward.clear(nodes);
        self.radius = 0;
    }

    /// A lower bound of the fees from the payer to `node`, after a search that did not look for a route.
    /// It holds for routes up to the most that the payer was to send.
    pub(in crate::routing) fn lower_bound(&mut self, node: NodeId) -> u64 {
        self.labels.at(node).fee.min(self.radius)
    }
}
