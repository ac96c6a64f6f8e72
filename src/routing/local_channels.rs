//! The payer's own channels, found by peer.
//!
//! Disabled ones count: the payer knows better than its gossip. Its own `htlc_minimum_msat` and
//! `htlc_maximum_msat` hold for itself too, as in lnd.

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::primitives::{Bits, Stamped};
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query};

/// An own channel that could carry something.
#[derive(Clone, Copy, Debug)]
struct Entry {
    direction: DirectedChannel,
    peer: NodeId,
    spendable: u64,
    /// The next one to the same peer, or [`LocalChannels::END`].
    next: u32,
}

/// The payer's channels by peer, each list in ascending order of direction.
#[derive(Debug, Default)]
pub(super) struct LocalChannels {
    entries: Vec<Entry>,
    heads: Stamped<u32>,
    /// The largest amount that one of them can send.
    most: u64,
    /// The peers, one bit each.
    reached: Bits,
}

impl LocalChannels {
    const END: u32 = u32::MAX;

    /// Sorts the payer's channels by peer.
    ///
    /// # Errors
    /// When they together, or one alone, cannot send the amount: there is no need to search then.
    pub(super) fn begin(
        &mut self,
        knowledge: &Knowledge<'_>,
        query: &Query,
    ) -> Result<(), NoRoute> {
        debug_assert!(
            knowledge.local_channels.is_sorted_by_key(|own| own.direction),
            "lists keep the order"
        );
        let amounts = || knowledge.local_channels.iter().map(|own| own.spendable);
        if amounts().fold(0_u128, |sum, one| sum + u128::from(one.get()))
            < u128::from(query.amount.get())
        {
            return Err(NoRoute::InsufficientFunds);
        }
        if query.payer == query.payee || amounts().max() < Some(query.amount) {
            return Err(NoRoute::None);
        }
        self.entries.clear();
        self.most = 0;
        self.heads.begin(knowledge.view.node_count());
        self.reached.clear(knowledge.view.node_count());
        for own in knowledge.local_channels.iter().rev() {
            let edge = knowledge.view.edge(own.direction);
            if !edge.is_something() {
                continue;
            }
            let peer = edge.peer;
            let next = self.heads.get(peer).copied().unwrap_or(Self::END);
            let head = u32::try_from(self.entries.len()).expect("channels are numbered in u32");
            let spendable = own.spendable.get().min(edge.limit());
            let sent = query.amount.get()..=query.amount.saturating_add(query.fee_limit).get();
            if spendable < *sent.start() || edge.minimum() > *sent.end() {
                continue;
            }
            self.most = self.most.max(spendable);
            self.entries.push(Entry { direction: own.direction, peer, spendable, next });
            self.heads.set(peer, head);
            self.reached.set(peer);
        }
        Ok(())
    }

    /// Whether `node` is one of [`Self::peers`]. To others no channel can bring more either.
    #[inline]
    pub(super) fn reaches(&self, node: NodeId) -> bool {
        self.reached.has(node)
    }

    /// The smallest `htlc_minimum_msat` above `amount` of a channel to `peer`; `u64::MAX`: none.
    pub(super) fn next_minimum(&self, knowledge: &Knowledge<'_>, peer: NodeId, amount: u64) -> u64 {
        let minima = self.to(peer).map(|entry| knowledge.view.edge(entry.direction).minimum());
        minima.filter(|&minimum| minimum > amount).min().unwrap_or(u64::MAX)
    }

    /// Whether one channel can bring every amount from `least` to `most` to `peer`.
    pub(super) fn surely(
        &self,
        knowledge: &Knowledge<'_>,
        peer: NodeId,
        least: u64,
        most: u64,
    ) -> bool {
        self.usable(knowledge, peer, least).any(|entry| most <= entry.spendable)
    }

    /// The largest amount that one of the channels can send.
    pub(super) const fn most(&self) -> u64 {
        self.most
    }

    /// The peers that one of the channels can bring the amount of the query to, at least as far as its
    /// size goes.
    pub(super) fn peers(&self) -> impl Iterator<Item = NodeId> + '_ {
        // One entry of each list is the last.
        self.entries.iter().filter(|entry| entry.next == Self::END).map(|entry| entry.peer)
    }

    /// The channels to `peer`, and what each can send.
    pub(super) fn to_peer(
        &self,
        peer: NodeId,
    ) -> impl Iterator<Item = (DirectedChannel, u64)> + '_ {
        self.to(peer).map(|entry| (entry.direction, entry.spendable))
    }

    /// The channel of lowest direction that can bring `amount` to `peer`.
    pub(super) fn first(
        &self,
        knowledge: &Knowledge<'_>,
        peer: NodeId,
        amount: u64,
    ) -> Option<PathHop> {
        self.usable(knowledge, peer, amount).next().map(Entry::step)
    }

    /// The channel with most to spend that can bring `amount` to `peer`; ties: lowest direction.
    pub(super) fn widest(
        &self,
        knowledge: &Knowledge<'_>,
        peer: NodeId,
        amount: u64,
    ) -> Option<PathHop> {
        self.usable(knowledge, peer, amount)
            .min_by_key(|entry| (u64::MAX - entry.spendable, entry.direction))
            .map(Entry::step)
    }

    fn usable<'a>(
        &'a self,
        knowledge: &'a Knowledge<'_>,
        peer: NodeId,
        amount: u64,
    ) -> impl Iterator<Item = &'a Entry> {
        self.to(peer).filter(move |entry| {
            amount <= entry.spendable && knowledge.view.edge(entry.direction).carries(amount)
        })
    }

    fn to(&self, peer: NodeId) -> impl Iterator<Item = &Entry> {
        let at = |index: u32| self.entries.get(index as usize);
        let head = self.heads.get(peer).copied().unwrap_or(Self::END);
        std::iter::successors(at(head), move |entry| at(entry.next))
    }
}

impl Entry {
    /// The first step of a path: the payer asks no delta of itself.
    const fn step(&self) -> PathHop {
        PathHop { direction: self.direction, delta: 0 }
    }
}
