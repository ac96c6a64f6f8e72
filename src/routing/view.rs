//! The public network compiled for searching backwards: incoming edges per node, 32 bytes each.
//!
//! A view is derived from [`Network`] and never saved. It holds what gossip tells and nothing else:
//! no balance is in it.
//!
//! Left out are private channels, directions without a policy and directions whose `htlc_minimum_msat` is above what
//! they carry, or 2^48 msat (2,814 BTC) or more. Directions with the disable flag are kept aside: a
//! search does not see them, but a payer may use its own channels whatever their flag says (lnd
//! ignores the flag on own channels too).

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::network::{Network, Policy};
use crate::units::Msat;

/// One usable direction of a channel, as seen from the node it leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The smaller of `htlc_maximum_msat` and the capacity, in msat.
    limit: u64,
    /// `htlc_minimum_msat` in the high 48 bits, `cltv_expiry_delta` in the low 16.
    minimum_and_delta: u64,
    /// The node that sends in this direction and charges for it.
    pub(super) source: NodeId,
    /// Which direction of which channel this is.
    pub(super) direction: DirectedChannel,
    /// `fee_base_msat`.
    pub(super) base_msat: u32,
    /// `fee_proportional_millionths`.
    ppm: u32,
}

const _: () = assert!(size_of::<Edge>() == 32, "two edges to a cache line");

impl Edge {
    /// The edge of `direction`, unless no amount could ever pass it.
    fn new(
        source: NodeId,
        direction: DirectedChannel,
        policy: &Policy,
        capacity: Msat,
    ) -> Option<Self> {
        let (limit, minimum) = (policy.htlc_maximum.min(capacity).get(), policy.htlc_minimum.get());
        if limit == 0 || minimum > limit || minimum >> 48 != 0 {
            return None;
        }
        Some(Self {
            limit,
            minimum_and_delta: minimum << 16 | u64::from(policy.cltv_expiry_delta),
            source,
            direction,
            base_msat: policy.fee_base_msat,
            ppm: policy.proportional_millionths.0,
        })
    }

    /// Whether an HTLC of `amount` is within `htlc_minimum_msat`, `htlc_maximum_msat` and capacity.
    pub(super) const fn carries(&self, amount: u64) -> bool {
        amount <= self.limit && amount >= self.minimum_and_delta >> 16
    }

    /// The largest amount it carries.
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Blocks that its source wants between the incoming and the outgoing expiry.
    pub(super) const fn delta(&self) -> u16 {
        (self.minimum_and_delta & 0xffff) as u16
    }

    /// What its source charges for sending `amount` over it, as BOLT 7 rounds; `None` beyond `u64`.
    pub(super) fn fee(&self, amount: u64) -> Option<u64> {
        share(amount, u64::from(self.ppm), 1_000_000)?.checked_add(u64::from(self.base_msat))
    }
}

/// `floor(amount * part / whole)` without overflow on the way; `None` when the result exceeds `u64`.
pub(super) fn share(amount: u64, part: u64, whole: u64) -> Option<u64> {
    match amount.checked_mul(part) {
        Some(product) => Some(product / whole),
        None => u64::try_from(u128::from(amount) * u128::from(part) / u128::from(whole)).ok(),
    }
}

/// The public network, compiled for path search.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Edges that can forward by the node they lead to, then those kept aside.
    edges: Vec<Edge>,
    /// Edges to node `v` stand at `starts[v] .. starts[v + 1]`.
    starts: Vec<u32>,
    /// Place of each direction among the edges, or [`Self::NOWHERE`].
    places: Vec<u32>,
    /// Node 1 and node 2 of each channel.
    ends: Vec<[NodeId; 2]>,
    /// Capacity of each channel.
    capacities: Vec<Msat>,
}

impl View {
    const NOWHERE: u32 = u32::MAX;

    /// Compiles `network`. Linear in its size but for sorting.
    pub fn compile(network: &Network) -> Self {
        let ends: Vec<_> = network.channel_ids().map(|id| network.ends(id)).collect();
        let mut rows = rows(network);
        set_dead_ends_aside(&mut rows, network.node_count());
        order(&mut rows);
        let mut places = vec![Self::NOWHERE; 2 * network.channel_count()];
        let mut starts = vec![0; network.node_count() + 1];
        for (place, row) in rows.iter().enumerate() {
            places[row.edge.direction.0 as usize] =
                u32::try_from(place).expect("directed channels are numbered in u32");
            if !row.aside {
                starts[row.target.index() + 1] += 1;
            }
        }
        for node in 0..network.node_count() {
            starts[node + 1] += starts[node];
        }
        Self {
            edges: rows.into_iter().map(|row| row.edge).collect(),
            starts,
            places,
            ends,
            capacities: network
                .channel_ids()
                .map(|id| network.channel(id).capacity.to_msat())
                .collect(),
        }
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The node that sends in this direction.
    pub fn source(&self, direction: DirectedChannel) -> NodeId {
        self.ends[direction.channel().index()][direction.from_side().index()]
    }

    /// The node that receives in this direction.
    pub fn target(&self, direction: DirectedChannel) -> NodeId {
        self.source(direction.reverse())
    }

    /// The edges over which others forward to `node`, and the place of the first. Parallel ones stand together, the lowest
    /// base fee first; groups are in the order of that fee.
    pub(super) fn incoming(&self, node: NodeId) -> (u32, &[Edge]) {
        let (first, end) = (self.starts[node.index()], self.starts[node.index() + 1]);
        (first, &self.edges[first as usize..end as usize])
    }

    /// The edge at `place`.
    pub(super) fn edge(&self, place: u32) -> &Edge {
        &self.edges[place as usize]
    }

    /// Where the edge of `direction` stands, aside or not; `None` if it carries nothing.
    pub(super) fn place(&self, direction: DirectedChannel) -> Option<u32> {
        let place = self.places[direction.0 as usize];
        (place != Self::NOWHERE).then_some(place)
    }

    /// Capacity of the channel, in msat.
    pub(super) fn capacity(&self, channel: ChannelId) -> u64 {
        self.capacities[channel.index()].get()
    }
}

/// An edge under way to its place.
struct Row {
    /// Not for forwarding.
    aside: bool,
    target: NodeId,
    /// Lowest base fee among the edges of the same pair of nodes.
    pair_base_msat: u32,
    edge: Edge,
}

fn rows(network: &Network) -> Vec<Row> {
    let mut rows = Vec::with_capacity(2 * network.channel_count());
    for channel in network.channel_ids().filter(|&channel| !network.is_private(channel)) {
        for side in Side::BOTH {
            let direction = DirectedChannel::new(channel, side);
            let Some(policy) = network.policy(direction) else { continue };
            let capacity = network.channel(channel).capacity.to_msat();
            let source = network.source(direction);
            let Some(edge) = Edge::new(source, direction, policy, capacity) else { continue };
            let target = network.target(direction);
            rows.push(Row { aside: policy.disabled, target, pair_base_msat: 0, edge });
        }
    }
    rows
}

/// From where a node can be reached.
#[derive(Clone, Copy)]
enum Reached {
    Never,
    From(NodeId),
    FromSeveral,
}

/// Sets edges aside whose source only their target can reach: no path gains by entering it.
fn set_dead_ends_aside(rows: &mut [Row], nodes: usize) {
    let mut reached = vec![Reached::Never; nodes];
    // Disabled directions count: their own payer may use them.
    for row in rows.iter() {
        let known = &mut reached[row.target.index()];
        *known = match *known {
            Reached::Never => Reached::From(row.edge.source),
            Reached::From(source) if source == row.edge.source => continue,
            Reached::From(_) | Reached::FromSeveral => Reached::FromSeveral,
        };
    }
    for row in rows {
        row.aside |= match reached[row.edge.source.index()] {
            Reached::Never => true,
            Reached::From(node) => node == row.target,
            Reached::FromSeveral => false,
        };
    }
}

/// Sorts so that parallel edges stand together and that pairs, and edges within a pair, come in the
/// order of their base fee. The order is a function of the network alone.
fn order(rows: &mut [Row]) {
    rows.sort_unstable_by_key(|row| {
        (row.aside, row.target, row.edge.source, row.edge.base_msat, row.edge.direction)
    });
    for pair in rows.chunk_by_mut(|a, b| {
        (a.aside, a.target, a.edge.source) == (b.aside, b.target, b.edge.source)
    }) {
        let lowest = pair[0].edge.base_msat;
        for row in pair {
            row.pair_base_msat = lowest;
        }
    }
    rows.sort_unstable_by_key(|row| {
        let edge = &row.edge;
        let pair = (row.pair_base_msat, edge.source);
        (row.aside, row.target, pair, edge.base_msat, edge.direction)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Channel;
    use crate::routing::testing::{Graph, forward, policy};
    use crate::units::{Ppm, Sat};

    #[test]
    fn pairs_stand_together_in_the_order_of_their_lowest_base_fee() {
        let graph = Graph::new(4)
            .edge(1, 0, policy(5, 0, 0))
            .edge(2, 0, policy(3, 0, 0))
            .edge(1, 0, policy(2, 0, 0))
            .edge(3, 0, policy(4, 0, 0))
            .edge(0, 3, policy(0, 0, 0))
            .edge(1, 2, policy(0, 0, 0))
            .edge(2, 1, policy(0, 0, 0))
            .edge(1, 3, policy(0, 0, 0));
        let view = View::compile(&graph.network);
        let (first, edges) = view.incoming(NodeId(0));
        let order: Vec<_> = edges.iter().map(|edge| (edge.source.0, edge.base_msat)).collect();
        assert_eq!((first, order), (0, vec![(1, 2), (1, 5), (2, 3), (3, 4)]));
        assert_eq!(view.place(forward(0)), Some(1));
        assert_eq!(view.incoming(NodeId(3)).1.len(), 2);
        assert_eq!(view.node_count(), 4);
        assert_eq!((view.source(forward(4)), view.target(forward(4))), (NodeId(0), NodeId(3)));
    }

    #[test]
    fn dead_ends_are_kept_aside() {
        // Only 1 reaches 0, nobody reaches 2, and 3 is reached by 0 alone but leads elsewhere.
        let graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 0, policy(0, 0, 0))
            .edge(2, 1, policy(0, 0, 0))
            .edge(0, 3, policy(0, 0, 0))
            .edge(3, 1, policy(0, 0, 0));
        let view = View::compile(&graph.network);
        let into = |node| view.incoming(NodeId(node)).1.iter().map(|edge| edge.source.0);
        assert!(into(1).eq([3]));
        assert!(into(0).eq([1]));
        assert!(into(3).eq([0]));
        assert!((0..5).all(|channel| view.place(forward(channel)).is_some()), "for their payers");
    }

    #[test]
    fn disabled_edges_are_kept_aside_and_useless_ones_left_out() {
        let usual = policy(0, 0, 0);
        let graph = Graph::new(2)
            .edge(0, 1, Policy { disabled: true, ..usual })
            .edge(0, 1, Policy { htlc_minimum: Msat(1_000_000_001), ..usual })
            .edge(0, 1, Policy { htlc_maximum: Msat(0), ..usual });
        let view = View::compile(&graph.network);
        assert!(view.incoming(NodeId(1)).1.is_empty());
        let places = [0, 1, 2].map(|channel| view.place(forward(channel)));
        assert_eq!(places, [Some(0), None, None]);
        assert_eq!(view.place(forward(0).reverse()), None, "no policy");
    }

    #[test]
    fn an_edge_keeps_all_of_its_policy() {
        let policy = Policy {
            fee_base_msat: u32::MAX,
            proportional_millionths: Ppm(u32::MAX),
            cltv_expiry_delta: u16::MAX,
            htlc_minimum: Msat((1 << 48) - 1),
            htlc_maximum: Msat(1 << 50),
            disabled: false,
        };
        let mut network = Graph::new(2).network;
        let capacity = Sat(1 << 41);
        let channel =
            Channel { name: "c".into(), capacity, policies: [Some(policy), None], stated: None };
        let id = network.add_channel(NodeId(0), NodeId(1), channel);
        let view = View::compile(&network);
        let edge = view.edge(0);
        assert_eq!((edge.delta(), edge.limit()), (u16::MAX, 1 << 50));
        assert_eq!(view.capacity(id), 1_000 << 41);
        let inside = [(1 << 48) - 2, (1 << 48) - 1, 1 << 50, (1 << 50) + 1];
        assert_eq!(inside.map(|amount| edge.carries(amount)), [false, true, true, false]);
        for amount in [0, 1, 999_999, 1 << 50, u64::MAX / 4_294] {
            assert_eq!(edge.fee(amount), policy.fee(Msat(amount)).map(Msat::get));
        }
        assert_eq!(edge.fee(u64::MAX), None);
    }
}
