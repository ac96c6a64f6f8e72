//! What the two-sided search ([`crate::routing::two_sided`]) keeps in memory.
//!
//! A node and a fee share one word in the heaps, so fees of 2^(64 - b) msat or more, with b the bits of a
//! node's number, are out of reach: 2^47 msat, 1,407 BTC, in a network of 100,000 nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::scratch::{Bits, Stamped};

/// What both sides know about a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    /// What the node must receive so that the payee gets its amount; `u64::MAX`: not reached.
    pub(super) amount: u64,
    /// Lower bound of the fees from the payer to the node, over the channels that the search has and for routes
    /// below its bound; `u64::MAX`: not reached.
    pub(super) fee: u64,
    /// The direction over which the node sends on.
    pub(super) onward: DirectedChannel,
    /// The direction over which the forward side came; none for the payer's peers.
    pub(super) inward: DirectedChannel,
}

impl Default for Label {
    fn default() -> Self {
        let (onward, inward) = (DirectedChannel::NONE, DirectedChannel::NONE);
        Self { amount: u64::MAX, fee: u64::MAX, onward, inward }
    }
}

/// Nodes by (fee, node), in one word each.
#[derive(Debug, Default)]
pub(super) struct Heap {
    words: BinaryHeap<Reverse<u64>>,
    /// Bits of a word that hold the node.
    bits: u32,
}

impl Heap {
    pub(super) fn begin(&mut self, nodes: usize) {
        self.words.clear();
        self.bits = usize::BITS - nodes.leading_zeros();
    }

    /// Fees must stay below this.
    pub(super) const fn bound(&self) -> u64 {
        u64::MAX >> self.bits
    }

    pub(super) fn push(&mut self, fee: u64, node: NodeId) {
        self.words.push(Reverse(fee << self.bits | u64::from(node.0)));
    }

    pub(super) fn peek(&self) -> Option<(u64, NodeId)> {
        self.words.peek().map(|Reverse(word)| self.split(*word))
    }

    pub(super) fn pop(&mut self) -> Option<(u64, NodeId)> {
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
    pub(super) labels: Stamped<Label>,
    pub(super) backward: Heap,
    pub(super) forward: Heap,
    /// The nodes that the backward side has settled.
    pub(super) settled_backward: Bits,
    /// The nodes that the forward side has settled.
    pub(super) settled_forward: Bits,
    /// The directions between the payer's peer and the node where a joined route meets, the last first.
    pub(super) joined: Vec<DirectedChannel>,
    /// No fee from the payer to a node that the forward side has not settled is below this, in the same sense.
    pub(super) radius: u64,
}

impl Sides {
    /// Forgets the last search.
    pub(super) fn begin(&mut self, nodes: usize) {
        self.labels.begin(nodes);
        self.backward.begin(nodes);
        self.forward.begin(nodes);
        self.settled_backward.clear(nodes);
        self.settled_forward.clear(nodes);
        self.radius = 0;
    }

    /// A lower bound of the fees from the payer to `node`, after a search that did not look for a route.
    /// It holds for routes up to the most that the payer was to send.
    pub(super) fn way_to(&mut self, node: NodeId) -> u64 {
        self.labels.at(node).fee.min(self.radius)
    }
}
