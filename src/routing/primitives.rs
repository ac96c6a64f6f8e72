//! What every search keeps: values and bits per node that are forgotten at no cost, and which nodes the sender
//! has beliefs about.

use crate::ids::NodeId;
use crate::routing::beliefs::{Beliefs, Sums};
use crate::routing::route::Knowledge;
use crate::units::{Msat, SimTime};

/// One value per node that is forgotten at no cost: each value carries the number of its query.
#[derive(Debug, Default)]
pub(super) struct Stamped<T> {
    query: u32,
    slots: Vec<(u32, T)>,
}

impl<T: Copy + Default> Stamped<T> {
    /// Forgets all values and makes room for `nodes`.
    pub(super) fn begin(&mut self, nodes: usize) {
        self.query = self.query.wrapping_add(1);
        if self.query == 0 || self.slots.len() != nodes {
            self.slots.clear();
            self.slots.resize(nodes, (0, T::default()));
            self.query = 1;
        }
    }

    /// The value of `node`, if it got one since [`Self::begin`].
    #[inline]
    pub(super) fn get(&self, node: NodeId) -> Option<&T> {
        let (stamp, value) = &self.slots[node.index()];
        (*stamp == self.query).then_some(value)
    }

    /// The value of `node`; the default one if it got none since [`Self::begin`].
    #[inline]
    pub(super) fn peek(&self, node: NodeId) -> T {
        let (stamp, value) = &self.slots[node.index()];
        if *stamp == self.query { *value } else { T::default() }
    }

    /// The value of `node`, to change; the default one if it got none since [`Self::begin`].
    #[inline]
    pub(super) fn at(&mut self, node: NodeId) -> &mut T {
        let (stamp, value) = &mut self.slots[node.index()];
        if *stamp != self.query {
            (*stamp, *value) = (self.query, T::default());
        }
        value
    }

    /// The value of `node`, to change, if it got one since [`Self::begin`].
    #[inline]
    pub(super) fn get_mut(&mut self, node: NodeId) -> Option<&mut T> {
        let (stamp, value) = &mut self.slots[node.index()];
        (*stamp == self.query).then_some(value)
    }

    /// Gives `node` a value.
    #[inline]
    pub(super) fn set(&mut self, node: NodeId, value: T) {
        self.slots[node.index()] = (self.query, value);
    }
}

/// One bit per node.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Makes room for `nodes`, no bit set.
    pub(super) fn clear(&mut self, nodes: usize) {
        self.words.clear();
        self.words.resize(nodes.div_ceil(64), 0);
    }

    /// Sets the bit of `node`.
    #[inline]
    pub(super) fn set(&mut self, node: NodeId) {
        self.words[node.index() / 64] |= 1 << (node.index() % 64);
    }

    /// Whether the bit of `node` is set.
    #[inline]
    pub(super) fn has(&self, node: NodeId) -> bool {
        self.words[node.index() / 64] >> (node.index() % 64) & 1 != 0
    }
}

/// About which nodes the sender has beliefs: one bit per node says whether it knows anything of pairs
/// that begin there. So without history, looking for beliefs costs one bit.
#[derive(Debug, Default)]
pub(super) struct Known {
    bits: Bits,
    /// What the records of a node come to, once asked for in this query.
    sums: Stamped<Sums>,
}

impl Known {
    /// Begins a query of a sender who has `beliefs`.
    pub(super) fn begin(&mut self, nodes: usize, beliefs: &Beliefs) {
        self.bits.clear(nodes);
        if !beliefs.is_empty() {
            self.sums.begin(nodes);
            for node in beliefs.sources() {
                self.bits.set(node);
            }
        }
    }

    /// Whether the sender knows anything of pairs that begin at `node`.
    #[inline]
    pub(super) fn has(&self, node: NodeId) -> bool {
        self.bits.has(node)
    }

    /// Whether the sender leaves out the pair from `from` to `to` for `amount`, after a failure.
    #[inline]
    pub(super) fn bars(
        &self,
        knowledge: &Knowledge<'_>,
        (from, to): (NodeId, NodeId),
        amount: u64,
        now: SimTime,
    ) -> bool {
        self.has(from) && knowledge.beliefs.bar(from, to, Msat(amount), now)
    }

    /// What the records of `node` come to for `amount`, reckoned by `reckon` unless that is known.
    pub(super) fn sums(
        &mut self,
        node: NodeId,
        amount: Msat,
        reckon: impl FnOnce() -> Sums,
    ) -> Sums {
        match self.sums.get(node) {
            Some(sums) if sums.hold_for(amount) => *sums,
            _ => {
                let sums = reckon();
                self.sums.set(node, sums);
                sums
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_forgotten_at_the_next_query_and_when_stamps_wrap() {
        let mut stamped = Stamped::<u8>::default();
        stamped.begin(2);
        stamped.set(NodeId(1), 7);
        assert_eq!((stamped.get(NodeId(0)), stamped.get(NodeId(1))), (None, Some(&7)));
        stamped.begin(2);
        assert_eq!(stamped.get(NodeId(1)), None);
        stamped.set(NodeId(1), 8);
        stamped.query = u32::MAX;
        stamped.begin(2);
        assert_eq!(stamped.get(NodeId(1)), None);
    }
}
