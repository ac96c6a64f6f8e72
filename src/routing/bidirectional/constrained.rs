//! The cheapest route when expiry and number of channels bind: labels with all three.
//!
//! A node may hold several candidates; one is dropped when another one of the same node asks no more
//! in amount, expiry and channels. Candidates are settled in ascending order of amount, so the first
//! that the payer can start is the cheapest within the limits (where no `htlc_minimum_msat` matters: a larger
//! amount that passes one may be missed, as in [`crate::routing::cheapest`]).
//!
//! Before that, two things keep their number low. A route that leaves out the slowest channels may keep
//! the limits and bound the fee; and a bidirectional search that does not stop tells how much the rest of the
//! path costs at least, for all routes up to that bound.
//!
//! Where neither helps, labels could grow without bound. After [`MOST_CANDIDATES`] the search takes the
//! route without the slowest channels if there is one, else none: a simplification that costs a route
//! or a few msat once in many thousand queries on networks of 64,000 nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::bidirectional::search::{self, Task};
use crate::routing::bidirectional::state::BidirectionalState;
use crate::routing::local_channels::LocalChannels;
use crate::routing::primitives::{Known, Stamped};
use crate::routing::route::{Knowledge, PathHop, Query, Route};
use crate::routing::router::Found;
use crate::routing::scratch::Scratch;

/// A path from a node to the payee.
#[derive(Clone, Copy, Debug)]
struct Candidate {
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

/// Labels after which the search is given up: some 50 ms.
const MOST_CANDIDATES: usize = 50_000;

/// Working memory.
#[derive(Debug, Default)]
struct Candidates {
    all: Vec<Candidate>,
    /// The last settled one of each node.
    settled: Stamped<Last>,
    /// By (amount, expiry, channels, number).
    heap: BinaryHeap<Reverse<(u64, u32, u8, u32)>>,
}

/// The number of a candidate, or [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Last(u32);

impl Default for Last {
    fn default() -> Self {
        Self(NONE)
    }
}

/// Searches within the limits of `query`. On success the path is in the scratch; `route` is overwritten.
pub(in crate::routing) fn search(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    route: &mut Route,
) -> Found {
    if query.final_cltv > query.cltv_limit || query.max_hops == 0 {
        return Found::Nothing { dearer: false };
    }
    let limit = query.amount.saturating_add(query.fee_limit).get();
    let quick = quick(knowledge, query, scratch, route);
    let most = quick.map_or(limit, |(amount, _)| amount).min(scratch.local.most());
    let all = Task { meet: false, ..Task::without(most, u32::MAX) };
    search::run(knowledge, query, scratch, all);
    let mut candidates = std::mem::take(scratch.tables.of::<Candidates>());
    let Scratch { local, path, known, tables } = scratch;
    let state = tables.of::<BidirectionalState>();
    candidates.all.clear();
    candidates.heap.clear();
    candidates.settled.begin(knowledge.view.node_count());
    let mut search = ConstrainedSearch {
        knowledge,
        query,
        known,
        local,
        path,
        state,
        candidates: &mut candidates,
        most,
        dearer: false,
    };
    let (ended, dearer) = (search.run(), search.dearer);
    *scratch.tables.of::<Candidates>() = candidates;
    match (ended, quick) {
        (End::Path, _) => Found::Path,
        (End::TooMany, Some((_, slowest))) => {
            search::run(knowledge, query, scratch, Task::without(limit, slowest));
            Found::Path
        }
        (End::Nothing | End::TooMany, _) => {
            Found::Nothing { dearer: dearer && limit < scratch.local.most() }
        }
    }
}

/// What the payer sends over the cheapest route without slow channels, if that keeps the limits; and
/// the most blocks that a channel of it may ask for.
fn quick(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    route: &mut Route,
) -> Option<(u64, u32)> {
    /// A channel is slow if it asks for more than this share of the blocks, for one try each.
    const SHARES: [u32; 3] = [4, 8, 14];
    let most = query.amount.saturating_add(query.fee_limit).get();
    SHARES.into_iter().find_map(|share| {
        let slowest = (query.cltv_limit - query.final_cltv) / share;
        search::run(knowledge, query, scratch, Task::without(most, slowest));
        let keeps = !scratch.path.is_empty()
            && route.fill(knowledge.view, query, &scratch.path)
            && route.keeps_limits(query);
        keeps.then(|| (route.hops[0].amount.get(), slowest))
    })
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With a path, in the scratch.
    Path,
    /// Without one.
    Nothing,
    /// After [`MOST_CANDIDATES`].
    TooMany,
}

struct ConstrainedSearch<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    known: &'a Known,
    local: &'a LocalChannels,
    path: &'a mut Vec<PathHop>,
    state: &'a mut BidirectionalState,
    candidates: &'a mut Candidates,
    /// The payer need not send more.
    most: u64,
    /// Whether that has left something out.
    dearer: bool,
}

impl ConstrainedSearch<'_> {
    fn run(&mut self) -> End {
        let (node, over) = (self.query.payee, DirectedChannel::NONE);
        let (cltv, hops) = (self.query.final_cltv, 0);
        let start = Candidate { node, over, onward: NONE, before: NONE, cltv, hops };
        self.push(self.query.amount.get(), start);
        while let Some(Reverse((amount, _, _, index))) = self.candidates.heap.pop() {
            let candidate = self.candidates.all[index as usize];
            if self.dominated(&candidate) {
                continue;
            }
            if let Some(first) = self.local.first(self.knowledge, candidate.node, amount) {
                self.trace(first, index);
                return End::Path;
            }
            if self.candidates.all.len() > MOST_CANDIDATES {
                return End::TooMany;
            }
            let before = self.candidates.settled.peek(candidate.node).0;
            self.candidates.all[index as usize].before = before;
            self.candidates.settled.set(candidate.node, Last(index));
            // One more channel after this edge: the payer's own.
            if candidate.hops + 2 <= self.query.max_hops {
                self.expand(amount, index, &candidate);
            }
        }
        End::Nothing
    }

    /// Whether a settled candidate of the same node (none asks for a larger amount) asks no more.
    fn dominated(&self, candidate: &Candidate) -> bool {
        let mut index = self.candidates.settled.peek(candidate.node).0;
        while index != NONE {
            let other = &self.candidates.all[index as usize];
            if other.cltv <= candidate.cltv && other.hops <= candidate.hops {
                return true;
            }
            index = other.before;
        }
        false
    }

    fn expand(&mut self, amount: u64, onward: u32, candidate: &Candidate) {
        let mut pair = NodeId(u32::MAX);
        for edge in self.knowledge.view.incoming(candidate.node) {
            if amount.saturating_add(u64::from(edge.base_msat)) > self.most {
                self.dearer = true;
                if pair != edge.peer {
                    // Pairs come in the order of their lowest base fee.
                    return;
                }
            }
            pair = edge.peer;
            let (node, over) = (edge.peer, edge.direction);
            let cltv = candidate.cltv.saturating_add(u32::from(edge.delta()));
            if node == self.query.payer
                || node == self.query.payee
                || !edge.carries(amount)
                || cltv > self.query.cltv_limit
                || self.knowledge.avoids(over)
                || self.known.bars(self.knowledge, (node, candidate.node), amount, self.query.now)
            {
                continue;
            }
            let hops = candidate.hops + 1;
            let next = Candidate { node, over, onward, before: NONE, cltv, hops };
            if !self.dominated(&next) {
                let fee = edge.fee(amount).unwrap_or(u64::MAX);
                self.push(amount.saturating_add(fee), next);
            }
        }
    }

    fn push(&mut self, amount: u64, candidate: Candidate) {
        if amount.saturating_add(self.state.lower_bound(candidate.node)) > self.most {
            self.dearer = true;
            return;
        }
        if self.local.first(self.knowledge, candidate.node, amount).is_some() {
            self.most = self.most.min(amount);
        }
        let index = u32::try_from(self.candidates.all.len()).expect("labels fit u32");
        self.candidates.all.push(candidate);
        let key = (amount, candidate.cltv, candidate.hops, index);
        self.candidates.heap.push(Reverse(key));
    }

    fn trace(&mut self, first: PathHop, mut index: u32) {
        self.path.clear();
        self.path.push(first);
        loop {
            let candidate = self.candidates.all[index as usize];
            if candidate.onward == NONE {
                return;
            }
            let delta = self.knowledge.view.edge(candidate.over).delta();
            self.path.push(PathHop { direction: candidate.over, delta });
            index = candidate.onward;
        }
    }
}
