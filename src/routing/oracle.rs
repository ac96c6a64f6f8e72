//! The cheapest route among those that hold the money now: what no payer can know.
//!
//! An upper bound on all who send a payment in one part. It is shown what channels hold through a door of its own,
//! [`Liquidity`]; neither [`Knowledge`] nor the public view has a balance. Policies it knows by gossip, as
//! payers do.
//!
//! Backwards from the payee. Unlike the searches of payers it counts inbound fees while it searches, so that a
//! discount is found and a surcharge avoided: a label is what its node sends onward and what it must receive before
//! inbound fees. One label per node is enough where no limit on expiry or channels has cut a path; else a second
//! search keeps labels of fewer blocks or channels beside it. So where it answers "none" there is none, but for
//! one thing that no search here looks for: an amount made larger by a detour, so that it passes some
//! `htlc_minimum_msat`.
//!
//! Ties: the path found first, in the order of the view.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Debug;

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::amounts::Charge;
use crate::routing::edge::Edge;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query, Route};
use crate::routing::router::{Found, Router, within_fee_limit};
use crate::routing::scratch::Scratch;
use crate::units::Msat;

/// What channels really hold.
pub trait Liquidity: Debug {
    /// The largest HTLC that the source of `direction` can offer over it now; zero where its ends are not connected.
    fn spendable(&self, direction: DirectedChannel) -> Msat;
}

/// Finds the route with the least fee over channels that hold what they are to carry.
#[derive(Clone, Copy, Debug)]
pub struct Oracle<'a> {
    /// What channels hold at the moment of the search.
    pub liquidity: &'a dyn Liquidity,
}

impl Router for Oracle<'_> {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.local.begin(knowledge, query)?;
        within_fee_limit(query, route, |query, route| {
            let (found, cut) = self.search(knowledge, query, scratch, route, false);
            if cut { self.search(knowledge, query, scratch, route, true).0 } else { found }
        })
    }
}

impl Oracle<'_> {
    /// Searches within the limits of `query`, and says whether one on expiry or channels has cut a path. Fills `route`
    /// where there is one.
    fn search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        resource_aware: bool,
    ) -> (Found, bool) {
        let limit = query.amount.saturating_add(query.fee_limit).get();
        let mut tables = std::mem::take(scratch.tables.of::<OracleTables>());
        let mut search = BalanceSearch {
            knowledge,
            query,
            scratch,
            liquidity: self.liquidity,
            tables: &mut tables,
            inbound: knowledge.view.has_inbound_fees(),
            resource_aware,
            most: limit.min(scratch.local.most()),
            left_out: LeftOut::default(),
        };
        let path = search.run();
        let LeftOut { dearer, cut } = search.left_out;
        // What exceeds the payer's largest channel is out of reach at any fee limit.
        let dearer = dearer && limit < scratch.local.most();
        *scratch.tables.of::<OracleTables>() = tables;
        match path {
            Some(path) if route.fill(knowledge.view, query, &path) => (Found::Path, cut),
            _ => (Found::Nothing { dearer }, cut),
        }
    }
}

/// A path from a node to the payee.
#[derive(Clone, Copy, Debug)]
struct Label {
    /// What the node sends onward, in msat; at the payee, what it receives.
    out: u64,
    /// The same and the node's outbound fee.
    total: u64,
    /// The expiry of the HTLC that it receives.
    cltv: u32,
    /// Channels to the payee.
    hops: u8,
    node: NodeId,
    /// The direction it sends over; none at the payee.
    over: DirectedChannel,
    /// The label of the next node, or [`NONE`].
    onward: u32,
    /// Another label of the same node that was expanded, or [`NONE`].
    other: u32,
}

/// No label.
const NONE: u32 = u32::MAX;

/// The number of the label that was expanded last at a node, or [`NONE`].
#[derive(Clone, Copy, Debug)]
struct Last(u32);

impl Default for Last {
    fn default() -> Self {
        Self(NONE)
    }
}

/// Working memory.
#[derive(Debug, Default)]
struct OracleTables {
    labels: Vec<Label>,
    expanded: Stamped<Last>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

struct BalanceSearch<'a> {
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a Scratch,
    liquidity: &'a dyn Liquidity,
    tables: &'a mut OracleTables,
    /// Whether anybody charges for what comes in.
    inbound: bool,
    /// Whether labels of fewer blocks or channels are kept beside cheaper ones.
    resource_aware: bool,
    /// The payer may not send more.
    most: u64,
    left_out: LeftOut,
}

/// What has left something out.
#[derive(Clone, Copy, Debug, Default)]
struct LeftOut {
    /// The largest amount.
    dearer: bool,
    /// A limit on expiry or channels.
    cut: bool,
}

impl BalanceSearch<'_> {
    /// The path for which the payer sends least.
    fn run(&mut self) -> Option<Vec<PathHop>> {
        self.tables.labels.clear();
        self.tables.heap.clear();
        self.tables.expanded.begin(self.knowledge.view.node_count());
        let (amount, node) = (self.query.amount.get(), self.query.payee);
        let (cltv, over) = (self.query.final_cltv, DirectedChannel::NONE);
        self.offer(Label {
            out: amount,
            total: amount,
            cltv,
            hops: 0,
            node,
            over,
            onward: NONE,
            other: NONE,
        });
        let mut best: Option<(u64, DirectedChannel, u32)> = None;
        while let Some(Reverse((key, index))) = self.tables.heap.pop() {
            if best.is_some_and(|(sent, ..)| sent <= key) {
                break;
            }
            let label = self.tables.labels[index as usize];
            if self.is_dominated(&label) {
                continue;
            }
            self.tables.labels[index as usize].other = self.tables.expanded.peek(label.node).0;
            self.tables.expanded.set(label.node, Last(index));
            let start = self.start(&label, index);
            best = best.into_iter().chain(start).min();
            self.expand(&label, index);
        }
        best.map(|(_, first, index)| self.trace(first, index))
    }

    /// What the payer sends least to `label`'s node, and over which of its channels.
    fn start(&mut self, label: &Label, index: u32) -> Option<(u64, DirectedChannel, u32)> {
        if label.hops + 1 > self.query.max_hops {
            self.left_out.cut = true;
            return None;
        }
        let (mut best, scratch) = (None, self.scratch);
        for (direction, spendable) in scratch.local.to_peer(label.node) {
            let Some(sent) = self.received(label, direction) else { continue };
            let carries = self.knowledge.view.edge(direction).carries(sent)
                && sent <= self.liquidity.spendable(direction).get()
                && sent <= spendable
                && !self.knowledge.avoids(direction);
            if carries && sent > self.most {
                self.left_out.dearer = true;
            } else if carries {
                best = best.into_iter().chain([(sent, direction, index)]).min();
            }
        }
        best
    }

    /// Offers a label to all that can forward to its node.
    fn expand(&mut self, label: &Label, index: u32) {
        for edge in self.knowledge.view.incoming(label.node) {
            if edge.peer == self.query.payer || edge.peer == self.query.payee {
                continue;
            }
            let Some(out) = self.received(label, edge.direction) else { continue };
            if !edge.carries(out)
                || self.knowledge.avoids(edge.direction)
                || out > self.liquidity.spendable(edge.direction).get()
            {
                continue;
            }
            self.offer_over(edge, out, label, index);
        }
    }

    /// Offers the source of `edge`, which sends `out` over it, a label.
    fn offer_over(&mut self, edge: &Edge, out: u64, onward: &Label, index: u32) {
        let Some(total) = edge.fee(out).and_then(|fee| out.checked_add(fee)) else { return };
        let cltv = onward.cltv.saturating_add(u32::from(edge.delta()));
        // The payer's own channel comes on top.
        if cltv > self.query.cltv_limit || onward.hops + 2 > self.query.max_hops {
            self.left_out.cut = true;
            return;
        }
        let (node, over, hops) = (edge.peer, edge.direction, onward.hops + 1);
        let label = Label { out, total, cltv, hops, node, over, onward: index, other: NONE };
        if self.key(&label) > self.most {
            self.left_out.dearer = true;
        } else if !self.is_dominated(&label) && !self.returns(&label) {
            self.offer(label);
        }
    }

    fn offer(&mut self, label: Label) {
        if label.cltv > self.query.cltv_limit {
            self.left_out.cut = true;
            return;
        }
        let index = u32::try_from(self.tables.labels.len()).expect("labels fit u32");
        self.tables.heap.push(Reverse((self.key(&label), index)));
        self.tables.labels.push(label);
    }

    /// No path that continues the label sends less. With inbound fees a node may receive less than its outbound fee
    /// asks for.
    const fn key(&self, label: &Label) -> u64 {
        if self.inbound { label.out } else { label.total }
    }

    /// What the label's node must receive over `incoming`.
    fn received(&self, label: &Label, incoming: DirectedChannel) -> Option<u64> {
        if !self.inbound || label.onward == NONE {
            return Some(label.total);
        }
        let charge = Charge { fee: Msat(label.total - label.out), delta: 0 };
        let inbound = self.knowledge.view.inbound_fee(incoming);
        label.out.checked_add(charge.with_inbound(inbound, Msat(label.out))?.fee.get())
    }

    /// Whether a label that was expanded at the same node asks no more in anything that matters.
    fn is_dominated(&self, label: &Label) -> bool {
        let mut index = self.tables.expanded.peek(label.node).0;
        while let Some(other) = self.tables.labels.get(index as usize) {
            let cheaper = other.total <= label.total && (!self.inbound || other.out <= label.out);
            let shorter = other.cltv <= label.cltv && other.hops <= label.hops;
            if cheaper && (shorter || !self.resource_aware) {
                return true;
            }
            index = other.other;
        }
        false
    }

    /// Whether the label's path has been at its node before. Without inbound fees an earlier label dominates it then.
    fn returns(&self, label: &Label) -> bool {
        let mut index = label.onward;
        while let Some(passed) = self.tables.labels.get(index as usize).filter(|_| self.inbound) {
            if passed.node == label.node {
                return true;
            }
            index = passed.onward;
        }
        false
    }

    /// Writes down the path that starts with `first` and goes on with the label `index`.
    fn trace(&self, first: DirectedChannel, mut index: u32) -> Vec<PathHop> {
        let mut path = vec![PathHop { direction: first, delta: 0 }];
        loop {
            let label = &self.tables.labels[index as usize];
            if label.onward == NONE {
                return path;
            }
            let delta = self.knowledge.view.edge(label.over).delta();
            path.push(PathHop { direction: label.over, delta });
            index = label.onward;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::{Channel, InboundFee, Policy, Stated};
    use crate::routing::amounts::fill_hops;
    use crate::routing::find_route;
    use crate::routing::testing::{Graph, channels, policy};
    use crate::routing::{LocalChannel, View};
    use crate::units::Sat;

    /// What each channel holds in the direction in which `Graph::edge` made it.
    #[derive(Debug)]
    struct Held(Vec<u64>);

    impl Liquidity for Held {
        fn spendable(&self, direction: DirectedChannel) -> Msat {
            Msat(self.0[direction.channel().index()])
        }
    }

    fn own(graph: &Graph, held: &Held) -> Vec<LocalChannel> {
        let mut own = graph.own();
        for channel in &mut own {
            channel.spendable = held.spendable(channel.direction);
        }
        own
    }

    fn found(graph: &Graph, held: &Held) -> Result<Route, NoRoute> {
        let (view, own) = (View::compile(&graph.network), own(graph, held));
        let knowledge =
            Knowledge { view: &view, local_channels: &own, beliefs: &graph.beliefs, avoid: &[] };
        let (mut scratch, mut route) = (Scratch::default(), Route::default());
        let oracle = Oracle { liquidity: held };
        find_route(&oracle, &knowledge, &graph.query, &mut scratch, &mut route).map(|()| route)
    }

    /// 0 to 3 over 1 for nothing, or over 2 for 700.
    fn two_ways() -> Graph {
        Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 3, policy(0, 0, 0))
            .edge(0, 2, policy(0, 0, 0))
            .edge(2, 3, policy(700, 0, 0))
    }

    #[test]
    fn the_cheapest_way_that_holds_the_amount_is_taken_and_none_where_no_way_does() {
        let with =
            |held: [u64; 4]| found(&two_ways(), &Held(held.to_vec())).map(|route| channels(&route));
        assert_eq!(with([1_000_000; 4]), Ok(vec![0, 1]));
        assert_eq!(with([1_000_000, 999_999, 1_000_700, 1_000_000]), Ok(vec![2, 3]));
        assert_eq!(with([1_000_000, 999_999, 1_000_699, 1_000_000]), Err(NoRoute::None));
        assert_eq!(with([1_000_000, 999_999, 2_000_000, 999_999]), Err(NoRoute::None));
    }

    #[test]
    fn a_way_that_is_dearer_than_the_limit_is_told_from_none() {
        let held = Held(vec![0, 0, 1_000_700, 1_000_700]);
        let limited = |limit| found(&two_ways().ask(|query| query.fee_limit = Msat(limit)), &held);
        assert_eq!(limited(700).map(|route| route.fee()), Ok(Msat(700)));
        assert_eq!(limited(699), Err(NoRoute::FeeLimit));
    }

    /// The least fee over all simple paths that hold what they carry, inbound fees included, by trying all.
    fn brute_force(
        graph: &Graph,
        held: &Held,
        path: &mut Vec<DirectedChannel>,
        best: &mut Option<Msat>,
    ) {
        let (network, query) = (&graph.network, &graph.query);
        let node = path.last().map_or(query.payer, |&last| network.target(last));
        if node == query.payee {
            let mut route = Route::default();
            let delivered = (query.amount, query.final_cltv);
            let filled =
                fill_hops(&mut route.hops, path.iter().copied(), delivered, |place, hop| {
                    let policy = network.policy(hop.channel)?;
                    Charge::of(policy, network.inbound_fee(path[place - 1].reverse()), hop.amount)
                });
            let carries = |hop: &crate::routing::Hop| {
                let maximum = network.policy(hop.channel).map(|policy| policy.htlc_maximum);
                maximum.is_some_and(|most| hop.amount <= most)
                    && hop.amount <= held.spendable(hop.channel)
            };
            if filled && route.keeps_limits(query) && route.hops.iter().all(carries) {
                *best = Some(best.map_or(route.fee(), |best: Msat| best.min(route.fee())));
            }
            return;
        }
        for direction in network.outgoing(node) {
            let target = network.target(direction);
            let seen =
                target == query.payer || path.iter().any(|&hop| network.target(hop) == target);
            if !seen && network.policy(direction).is_some() {
                path.push(direction);
                brute_force(graph, held, path, best);
                path.pop();
            }
        }
    }

    prop_compose! {
        fn case()(
            edges in prop::collection::vec(
                (0_u32..6, 1_u32..6, (0_u32..3_000, 0_u32..3_000), 0_u16..40, (0_u64..1_020_000, 900_000_u64..1_100_000), -2_000_i32..2_000),
                1..20,
            ),
            fee_limit in prop_oneof![0_u64..6_000, Just(100_000)],
            blocks in prop_oneof![0_u32..100, Just(2_000)],
            max_hops in 1_u8..7,
            inbound in any::<bool>(),
        ) -> (Graph, Held) {
            let mut graph = Graph::new(6);
            let mut held = Vec::new();
            for (from, step, (base, ppm), delta, (holds, htlc_maximum), charged) in edges {
                let policy = Policy { htlc_maximum: Msat(htlc_maximum), ..policy(base, ppm, delta) };
                let fee = InboundFee { base_msat: if inbound { charged } else { 0 }, ppm: if inbound { charged / 2 } else { 0 } };
                let inbound = [InboundFee::default(), fee];
                let channel = Channel {
                    name: "c".into(),
                    capacity: Sat(1_100),
                    policies: [Some(policy), None],
                    stated: Some(Box::new(Stated { inbound, ..Stated::default() })),
                };
                graph.network.add_channel(NodeId(from), NodeId((from + step) % 6), channel);
                // Most hold enough.
                held.push(if holds < 300_000 { holds } else { 1_100_000 });
            }
            let graph = graph.ask(|query| {
                query.fee_limit = Msat(fee_limit);
                query.cltv_limit = 18 + blocks;
                query.max_hops = max_hops;
            });
            (graph, Held(held))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_500))]

        /// So whatever another search finds that holds, is no cheaper; and where this one finds none, none holds.
        #[test]
        fn it_has_the_least_fee_of_all_simple_paths_that_hold_what_they_carry((graph, held) in case()) {
            let mut best = None;
            brute_force(&graph, &held, &mut Vec::new(), &mut best);
            prop_assert_eq!(found(&graph, &held).map(|route| route.fee()).ok(), best);
        }
    }
}
