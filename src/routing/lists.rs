//! One list of edges per node, all in one allocation, changed in place.
//!
//! Order within a list: parallel edges (those with the same peer) stand together, the lowest base fee
//! first; these groups are in the order of that fee. Full ties: lower peer, lower directed channel.
//! So a list is a function of its edges alone, whatever happened to it before.
//!
//! What most edges are passed over for, their peer and their base fee, stands a second time in eight bytes
//! ([`Head`]): a search reads a quarter of the memory that way.
//!
//! A list that outgrows its room moves to the end and gets a quarter more than it needs. When a quarter
//! of all room holds nothing, everything is packed anew.

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::edge::Edge;

/// What a search asks of an edge first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// [`Edge::peer`].
    pub(super) peer: NodeId,
    /// [`Edge::base_msat`].
    pub(super) base_msat: u32,
}

impl Head {
    const fn of(edge: &Edge) -> Self {
        Self { peer: edge.peer, base_msat: edge.base_msat }
    }
}

/// Where the list of one node stands.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    len: u32,
    room: u32,
}

impl Span {
    const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// The lists of all nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    edges: Vec<Edge>,
    /// The head of each edge, at the same place.
    heads: Vec<Head>,
    spans: Vec<Span>,
    /// Edges in all lists.
    used: usize,
}

impl Lists {
    /// The lists of `nodes` nodes that hold these edges, without room for more.
    pub(super) fn build(nodes: usize, mut edges: Vec<(NodeId, Edge)>) -> Self {
        let mut lists = Self {
            edges: Vec::with_capacity(edges.len()),
            heads: Vec::new(),
            spans: vec![Span::default(); nodes],
            used: 0,
        };
        edges.sort_unstable_by_key(|(node, edge)| (*node, in_group(edge)));
        let mut groups: Vec<&[(NodeId, Edge)]> =
            edges.chunk_by(|(a, one), (b, two)| (a, one.peer) == (b, two.peer)).collect();
        groups.sort_unstable_by_key(|group| (group[0].0, of_group(&group[0].1)));
        for group in groups {
            let span = &mut lists.spans[group[0].0.index()];
            if span.len == 0 {
                span.start = number(lists.edges.len());
            }
            span.len += number(group.len());
            span.room = span.len;
            lists.edges.extend(group.iter().map(|(_, edge)| edge));
        }
        lists.used = lists.edges.len();
        lists.heads = lists.edges.iter().map(Head::of).collect();
        lists
    }

    /// Adds nodes without edges, up to `nodes` in all.
    pub(super) fn grow(&mut self, nodes: usize) {
        self.spans.resize(nodes.max(self.spans.len()), Span::default());
    }

    /// The list of `node`.
    #[inline]
    pub(super) fn of(&self, node: NodeId) -> &[Edge] {
        &self.edges[self.spans[node.index()].range()]
    }

    /// The heads of the list of `node`, in the same order.
    #[inline]
    pub(super) fn heads(&self, node: NodeId) -> &[Head] {
        &self.heads[self.spans[node.index()].range()]
    }

    /// Adds an edge to the list of `node`.
    pub(super) fn insert(&mut self, node: NodeId, edge: Edge) {
        let mut group = self.group(node, edge.peer);
        group.push(edge);
        group.sort_unstable_by_key(in_group);
        self.replace(node, edge.peer, &group);
    }

    /// Takes the edge of `direction`, which leads to or from `peer`, out of the list of `node`.
    pub(super) fn remove(&mut self, node: NodeId, peer: NodeId, direction: DirectedChannel) {
        let mut group = self.group(node, peer);
        group.retain(|edge| edge.direction != direction);
        self.replace(node, peer, &group);
    }

    fn group(&self, node: NodeId, peer: NodeId) -> Vec<Edge> {
        self.of(node).iter().filter(|edge| edge.peer == peer).copied().collect()
    }

    /// Puts `group` where the edges of `node` with `peer` were, at the place that its fee asks for.
    fn replace(&mut self, node: NodeId, peer: NodeId, group: &[Edge]) {
        let mut list: Vec<Edge> =
            self.of(node).iter().filter(|edge| edge.peer != peer).copied().collect();
        self.used = self.used - self.of(node).len() + list.len() + group.len();
        if let Some(first) = group.first() {
            let before: usize = list
                .chunk_by(|a, b| a.peer == b.peer)
                .take_while(|other| of_group(&other[0]) < of_group(first))
                .map(<[Edge]>::len)
                .sum();
            list.splice(before..before, group.iter().copied());
        }
        self.write(node, &list);
    }

    fn write(&mut self, node: NodeId, list: &[Edge]) {
        let span = &mut self.spans[node.index()];
        span.len = number(list.len());
        if span.len <= span.room {
            self.edges[span.range()].copy_from_slice(list);
        } else {
            span.start = number(self.edges.len());
            span.room = span.len + span.len / 4 + 1;
            self.edges.extend_from_slice(list);
            let end = self.edges.len() - list.len() + span.room as usize;
            self.edges.resize(end, Edge::NOTHING);
            self.heads.resize(end, Head::of(&Edge::NOTHING));
        }
        let range = self.spans[node.index()].range();
        for (head, edge) in self.heads[range].iter_mut().zip(list) {
            *head = Head::of(edge);
        }
        if self.edges.len() - self.used > self.edges.len() / 4 {
            self.pack();
        }
    }

    /// Leaves no room unused.
    fn pack(&mut self) {
        let mut packed = Vec::with_capacity(self.used);
        for span in &mut self.spans {
            let list = &self.edges[span.range()];
            (span.start, span.room) = (number(packed.len()), span.len);
            packed.extend_from_slice(list);
        }
        self.edges = packed;
        self.heads = self.edges.iter().map(Head::of).collect();
    }
}

/// The order within a group of parallel edges.
const fn in_group(edge: &Edge) -> (NodeId, u32, DirectedChannel) {
    (edge.peer, edge.base_msat, edge.direction)
}

/// The order of groups, by their first edge.
const fn of_group(first: &Edge) -> (u32, NodeId) {
    (first.base_msat, first.peer)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("directed channels are numbered in u32")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::testing::policy;
    use crate::units::Msat;
    use proptest::prelude::*;

    fn edge(peer: u32, direction: u32, base: u32) -> Edge {
        let policy = policy(base, 0, 0);
        Edge::new(NodeId(peer), DirectedChannel(direction), &policy, Msat(1)).unwrap()
    }

    fn shown(lists: &Lists, node: u32) -> Vec<(u32, u32, u32)> {
        let edges = lists.of(NodeId(node)).iter();
        edges.map(|edge| (edge.peer.0, edge.direction.0, edge.base_msat)).collect()
    }

    #[test]
    fn a_group_moves_with_its_lowest_fee() {
        let mut lists =
            Lists::build(1, vec![(NodeId(0), edge(1, 10, 5)), (NodeId(0), edge(2, 20, 3))]);
        lists.insert(NodeId(0), edge(1, 11, 2));
        assert_eq!(shown(&lists, 0), [(1, 11, 2), (1, 10, 5), (2, 20, 3)]);
        lists.remove(NodeId(0), NodeId(1), DirectedChannel(11));
        assert_eq!(shown(&lists, 0), [(2, 20, 3), (1, 10, 5)]);
        lists.remove(NodeId(0), NodeId(2), DirectedChannel(20));
        assert_eq!(shown(&lists, 0), [(1, 10, 5)]);
    }

    proptest! {
        #[test]
        fn changed_in_place_they_are_as_built_at_once_and_waste_little(
            start in prop::collection::vec((0_u32..4, 0_u32..3, 0_u32..4), 0..20),
            script in prop::collection::vec((any::<bool>(), 0_u32..5, 0_u32..3, 0_u32..4), 0..120),
        ) {
            let mut all: Vec<(NodeId, Edge)> = Vec::new();
            for (number, (node, peer, base)) in (0_u32..).zip(start) {
                all.push((NodeId(node), edge(peer, number, base)));
            }
            let mut lists = Lists::build(4, all.clone());
            lists.grow(5);
            for (number, (add, node, peer, base)) in (100_u32..).zip(script) {
                if add {
                    all.push((NodeId(node), edge(peer, number, base)));
                    lists.insert(NodeId(node), edge(peer, number, base));
                } else if !all.is_empty() {
                    let (node, gone) = all.swap_remove(base as usize % all.len());
                    lists.remove(node, gone.peer, gone.direction);
                }
                let fresh = Lists::build(5, all.clone());
                for node in 0..5 {
                    prop_assert_eq!(shown(&lists, node), shown(&fresh, node));
                    let heads: Vec<Head> = lists.of(NodeId(node)).iter().map(Head::of).collect();
                    prop_assert_eq!(lists.heads(NodeId(node)), heads);
                }
                prop_assert!(lists.edges.len() - lists.used <= lists.edges.len() / 4);
            }
        }
    }
}
