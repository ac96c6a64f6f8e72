//! The cheapest route when expiry and number of channels bind: labels with all three.
//!
//! A node may hold several candidates; one is dropped when another one of the same node asks no more
//! in amount, expiry and channels. Candidates are settled in ascending order of amount, so the first
//! that the payer can start is the cheapest within the limits.

use std::cmp::Reverse;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::cheapest::Found;
use crate::routing::route::{Knowledge, Query, Step};
use crate::routing::scratch::Scratch;

/// A way from a node to the payee.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    node: NodeId,
    /// The direction it sends over.
    over: DirectedChannel,
    /// The candidate it continues, or [`NONE`].
    onward: u32,
    /// The candidate of the same node settled before, or [`NONE`].
    before: u32,
    cltv: u32,
    hops: u8,
}

const NONE: u32 = u32::MAX;

/// Searches within the limits of `query`. On success the path is in the scratch.
pub(super) fn search(knowledge: &Knowledge<'_>, query: &Query, scratch: &mut Scratch) -> Found {
    let bound = query.amount.saturating_add(query.fee_limit).get();
    let search = Search { knowledge, query, scratch, bound, dearer: false };
    search.scratch.candidates.clear();
    search.scratch.candidate_heap.clear();
    search.scratch.settled.begin(knowledge.view.node_count());
    search.run()
}

struct Search<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a mut Scratch,
    bound: u64,
    dearer: bool,
}

impl Search<'_> {
    fn run(mut self) -> Found {
        let (payee, cltv) = (self.query.payee, self.query.final_cltv);
        if cltv > self.query.cltv_limit || self.query.max_hops == 0 {
            return Found::Nothing { dearer: false };
        }
        let over = DirectedChannel::NONE;
        let start = Candidate { node: payee, over, onward: NONE, before: NONE, cltv, hops: 0 };
        self.push(self.query.amount.get(), start);
        while let Some(Reverse((amount, _, _, index))) = self.scratch.candidate_heap.pop() {
            let candidate = self.scratch.candidates[index as usize];
            if self.dominated(&candidate) {
                continue;
            }
            if let Some(first) = self.scratch.own.first(self.knowledge, candidate.node, amount) {
                self.trace(first, index);
                return Found::Path;
            }
            let before = self.scratch.settled.get(candidate.node).copied().unwrap_or(NONE);
            self.scratch.candidates[index as usize].before = before;
            self.scratch.settled.set(candidate.node, index);
            // One more channel after this edge: the payer's own.
            if candidate.hops + 2 <= self.query.max_hops {
                self.expand(amount, index, &candidate);
            }
        }
        Found::Nothing { dearer: self.dearer }
    }

    /// Whether a settled candidate of the same node (none asks for a larger amount) asks no more.
    fn dominated(&self, candidate: &Candidate) -> bool {
        let mut index = self.scratch.settled.get(candidate.node).copied().unwrap_or(NONE);
        while index != NONE {
            let other = &self.scratch.candidates[index as usize];
            if other.cltv <= candidate.cltv && other.hops <= candidate.hops {
                return true;
            }
            index = other.before;
        }
        false
    }

    fn expand(&mut self, amount: u64, onward: u32, candidate: &Candidate) {
        for edge in self.knowledge.view.incoming(candidate.node) {
            let (node, over) = (edge.peer, edge.direction);
            if node == self.query.payer || node == self.query.payee || !edge.carries(amount) {
                continue;
            }
            if self.knowledge.avoids(over) {
                continue;
            }
            let cltv = candidate.cltv.saturating_add(u32::from(edge.delta()));
            if cltv > self.query.cltv_limit {
                continue;
            }
            let total = edge.fee(amount).and_then(|fee| amount.checked_add(fee));
            let Some(total) = total.filter(|&total| total <= self.bound) else {
                self.dearer = true;
                continue;
            };
            let next =
                Candidate { node, over, onward, before: NONE, cltv, hops: candidate.hops + 1 };
            if !self.dominated(&next) {
                self.push(total, next);
            }
        }
    }

    fn push(&mut self, amount: u64, candidate: Candidate) {
        let index = u32::try_from(self.scratch.candidates.len()).expect("labels fit u32");
        let key = (amount, candidate.cltv, candidate.hops, index);
        if self.scratch.own.first(self.knowledge, candidate.node, amount).is_some() {
            self.bound = self.bound.min(amount);
        }
        self.scratch.candidates.push(candidate);
        self.scratch.candidate_heap.push(Reverse(key));
    }

    fn trace(&mut self, first: Step, mut index: u32) {
        let path = &mut self.scratch.path;
        path.clear();
        path.push(first);
        loop {
            let candidate = self.scratch.candidates[index as usize];
            if candidate.onward == NONE {
                return;
            }
            let delta = self.knowledge.view.edge(candidate.over).delta();
            path.push(Step { direction: candidate.over, delta });
            index = candidate.onward;
        }
    }
}
