//! The public network compiled for searching: edges by the node they lead to and by the node they come
//! from, 32 bytes each.
//!
//! A view is derived from [`Network`] and never saved. It holds what gossip tells and nothing else:
//! no balance is in it. When a channel opens, closes or changes its policy, the view is changed in
//! place; it is then the same as one compiled anew, order included, and [`View::fingerprint`] says so.
//!
//! Private channels carry nothing here: gossip does not know them. Unannounced ones are in no list, as if
//! they were disabled: a payer may use its own.
//! Directions with the disable flag are in no list: a search does not see them, but a payer may use its
//! own channels whatever their flag says (lnd ignores the flag on own channels too). Nor are directions
//! in a list whose source only their target can reach: no path gains by entering such a node.

use crate::engine::Fingerprint;
use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::network::{InboundFee, Network};
use crate::routing::edge::Edge;
use crate::routing::lists::{Head, Lists};
use crate::units::Msat;

/// The public network, compiled for path search.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Every direction, [`Edge::NOTHING`] where it carries nothing.
    edges: Vec<Edge>,
    /// Whether a direction is without the disable flag.
    enabled: Vec<bool>,
    /// Whether a direction stands in the lists.
    listed: Vec<bool>,
    /// Edges that can forward, by the node they lead to.
    incoming: Lists,
    /// The same by the node they come from.
    outgoing: Lists,
    /// The directions in which each node sends, of all its open channels, ascending.
    local: Vec<Vec<DirectedChannel>>,
    /// From where each node can be reached.
    reached: Vec<Reached>,
    /// Node 1 and node 2 of each channel.
    ends: Vec<[NodeId; 2]>,
    /// Capacity of each channel.
    capacities: Vec<Msat>,
    /// What the source of each direction charges for HTLCs that come in over its channel; empty where nobody
    /// charges.
    inbound: Vec<InboundFee>,
    version: u64,
}

/// From where a node can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Never,
    From(NodeId),
    FromSeveral,
}

impl Reached {
    /// Whether a path gains by entering the node and going on to `target`.
    fn beyond(self, target: NodeId) -> bool {
        match self {
            Self::Never => false,
            Self::From(node) => node != target,
            Self::FromSeveral => true,
        }
    }
}

impl View {
    /// Compiles `network`. Linear in its size but for sorting.
    pub fn compile(network: &Network) -> Self {
        let mut view = Self::default();
        view.grow(network.node_count());
        for channel in network.channel_ids() {
            view.enter(network, channel);
        }
        view.reached = network.node_ids().map(|node| view.reach(node)).collect();
        let (mut incoming, mut outgoing) = (Vec::new(), Vec::new());
        for channel in network.channel_ids() {
            for side in Side::BOTH {
                let direction = DirectedChannel::new(channel, side);
                if view.forwards(direction) {
                    let edge = view.edges[direction.0 as usize];
                    let source = view.source(direction);
                    view.listed[direction.0 as usize] = true;
                    incoming.push((edge.peer, edge.with_peer(source)));
                    outgoing.push((source, edge));
                }
            }
        }
        view.incoming = Lists::build(network.node_count(), incoming);
        view.outgoing = Lists::build(network.node_count(), outgoing);
        view
    }

    /// `channel` has opened: it is the newest of `network`, which may have new nodes too. From now on
    /// its ends may use it, and others in each direction that has a policy without the disable flag.
    ///
    /// # Panics
    /// When an older channel was never entered.
    pub fn open(&mut self, network: &Network, channel: ChannelId) {
        assert_eq!(
            channel.index(),
            self.ends.len(),
            "channels are entered in the order of their ids"
        );
        self.grow(network.node_count());
        self.enter(network, channel);
        self.settle(channel);
    }

    /// `network` has another policy or capacity for `channel`. Nothing happens to a closed one: news may
    /// come late.
    pub fn update(&mut self, network: &Network, channel: ChannelId) {
        if self.is_open(channel) {
            self.read(network, channel);
            self.settle(channel);
        }
    }

    /// `channel` has closed: nobody can use it any more.
    pub fn close(&mut self, channel: ChannelId) {
        if !self.is_open(channel) {
            return;
        }
        for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
            self.edges[direction.0 as usize] = Edge::NOTHING;
            let source = self.source(direction);
            self.local[source.index()].retain(|&own| own != direction);
        }
        self.settle(channel);
    }

    /// Whether `channel` has been entered and not been closed.
    pub fn is_open(&self, channel: ChannelId) -> bool {
        let direction = DirectedChannel::new(channel, Side::One);
        channel.index() < self.ends.len()
            && self.local_channels(self.source(direction)).binary_search(&direction).is_ok()
    }

    /// How often it was changed since it was compiled.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Number of nodes.
    pub const fn node_count(&self) -> usize {
        self.local.len()
    }

    /// Number of channels, closed ones included.
    pub const fn channel_count(&self) -> usize {
        self.ends.len()
    }

    /// The directions in which `node` sends, of all its open channels, ascending.
    pub fn local_channels(&self, node: NodeId) -> &[DirectedChannel] {
        &self.local[node.index()]
    }

    /// The node that sends in this direction.
    pub fn source(&self, direction: DirectedChannel) -> NodeId {
        self.ends[direction.channel().index()][direction.from_side().index()]
    }

    /// The node that receives in this direction.
    pub fn target(&self, direction: DirectedChannel) -> NodeId {
        self.source(direction.reverse())
    }

    /// The edges over which others forward to `node`. Parallel ones stand together, the lowest base fee
    /// first; groups are in the order of that fee.
    #[inline]
    pub(super) fn incoming(&self, node: NodeId) -> &[Edge] {
        self.incoming.of(node)
    }

    /// The edges over which `node` forwards, in the same order.
    pub(super) fn outgoing(&self, node: NodeId) -> &[Edge] {
        self.outgoing.of(node)
    }

    /// The heads of [`Self::incoming`].
    #[inline]
    pub(super) fn incoming_heads(&self, node: NodeId) -> &[Head] {
        self.incoming.heads(node)
    }

    /// The heads of [`Self::outgoing`].
    #[inline]
    pub(super) fn outgoing_heads(&self, node: NodeId) -> &[Head] {
        self.outgoing.heads(node)
    }

    /// The edge of `direction`, whether it stands in the lists or not; [`Edge::NOTHING`] if it carries
    /// nothing.
    #[inline]
    pub(super) fn edge(&self, direction: DirectedChannel) -> &Edge {
        &self.edges[direction.0 as usize]
    }

    /// Whether anybody charges for what comes in.
    pub(super) const fn has_inbound_fees(&self) -> bool {
        !self.inbound.is_empty()
    }

    /// What the receiver in this direction charges for HTLCs that come in over it.
    pub(super) fn inbound_fee(&self, direction: DirectedChannel) -> InboundFee {
        self.inbound.get(direction.reverse().0 as usize).copied().unwrap_or_default()
    }

    /// Capacity of the channel, in msat.
    pub(super) fn capacity(&self, channel: ChannelId) -> u64 {
        self.capacities[channel.index()].get()
    }

    /// A hash over all that searches can see, in the order in which they see it.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Fingerprint::default();
        for (node, own) in (0..).map(NodeId).zip(&self.local) {
            let payers = own.iter().map(|&direction| self.edge(direction));
            let lists = self.incoming(node).iter().chain(self.outgoing(node)).chain(payers);
            for edge in lists {
                let [one, two, three, four] = edge.words();
                hash.absorb(one, 0, u64::from(node.0), two);
                hash.absorb(three, 1, u64::from(node.0), four);
            }
            for &direction in own {
                let capacity = self.capacity(direction.channel());
                hash.absorb(u64::from(direction.0), 2, u64::from(node.0), capacity);
            }
        }
        hash
    }

    /// Makes room for nodes.
    fn grow(&mut self, nodes: usize) {
        self.incoming.grow(nodes);
        self.outgoing.grow(nodes);
        self.local.resize(nodes.max(self.local.len()), Vec::new());
        self.reached.resize(self.local.len(), Reached::Never);
    }

    /// Enters a channel in all tables, but in no list.
    fn enter(&mut self, network: &Network, channel: ChannelId) {
        let ends = network.ends(channel);
        self.ends.push(ends);
        self.capacities.push(Msat::ZERO);
        self.edges.extend([Edge::NOTHING; 2]);
        self.enabled.extend([false; 2]);
        self.listed.extend([false; 2]);
        for (node, side) in ends.into_iter().zip(Side::BOTH) {
            self.local[node.index()].push(DirectedChannel::new(channel, side));
        }
        self.read(network, channel);
    }

    /// Reads capacity and policies.
    fn read(&mut self, network: &Network, channel: ChannelId) {
        let public = !network.is_attackers(channel);
        let capacity = network.channel(channel).capacity.to_msat();
        self.capacities[channel.index()] = capacity;
        for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
            let target = self.target(direction);
            let policy = network.policy(direction).filter(|_| public);
            let edge = policy.and_then(|policy| Edge::new(target, direction, policy, capacity));
            self.edges[direction.0 as usize] = edge.unwrap_or(Edge::NOTHING);
            let inbound = network.inbound_fee(direction);
            if inbound != InboundFee::default() {
                self.inbound
                    .resize(self.edges.len().max(self.inbound.len()), InboundFee::default());
                self.inbound[direction.0 as usize] = inbound;
            }
            let known = network.is_announced(channel);
            self.enabled[direction.0 as usize] =
                known && policy.is_some_and(|policy| !policy.disabled);
        }
    }

    /// Brings the lists in line with the tables after `channel` has changed.
    fn settle(&mut self, channel: ChannelId) {
        self.version += 1;
        let ends = self.ends[channel.index()];
        let changed = ends.map(|node| {
            let reached = self.reach(node);
            std::mem::replace(&mut self.reached[node.index()], reached) != reached
        });
        for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
            self.unlist(direction);
            self.list(direction);
        }
        for (node, _) in ends.into_iter().zip(changed).filter(|(_, changed)| *changed) {
            for direction in self.local[node.index()].clone() {
                if self.listed[direction.0 as usize] && !self.forwards(direction) {
                    self.unlist(direction);
                } else {
                    self.list(direction);
                }
            }
        }
    }

    /// Puts a direction in the lists, if it belongs there and is not there yet.
    fn list(&mut self, direction: DirectedChannel) {
        if self.listed[direction.0 as usize] || !self.forwards(direction) {
            return;
        }
        self.listed[direction.0 as usize] = true;
        let (edge, source) = (self.edges[direction.0 as usize], self.source(direction));
        self.incoming.insert(edge.peer, edge.with_peer(source));
        self.outgoing.insert(source, edge);
    }

    /// Takes a direction out of the lists.
    fn unlist(&mut self, direction: DirectedChannel) {
        if std::mem::take(&mut self.listed[direction.0 as usize]) {
            let (source, target) = (self.source(direction), self.target(direction));
            self.incoming.remove(target, source, direction);
            self.outgoing.remove(source, target, direction);
        }
    }

    /// Whether a path of somebody else may lead over `direction`.
    fn forwards(&self, direction: DirectedChannel) -> bool {
        self.edge(direction).is_something()
            && self.enabled[direction.0 as usize]
            && self.reached[self.source(direction).index()].beyond(self.target(direction))
    }

    /// From where `node` can be reached. Disabled directions count: their own payer may use them.
    fn reach(&self, node: NodeId) -> Reached {
        let mut known = Reached::Never;
        for direction in self.local_channels(node).iter().map(|own| own.reverse()) {
            if self.edge(direction).is_something() {
                let source = self.source(direction);
                known = match known {
                    Reached::Never => Reached::From(source),
                    Reached::From(other) if other == source => continue,
                    Reached::From(_) | Reached::FromSeveral => return Reached::FromSeveral,
                };
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Channel, Policy};
    use crate::routing::testing::{Graph, forward, policy};
    use crate::units::{Ppm, Sat};
    use proptest::prelude::*;

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
        let order = |edges: &[Edge]| -> Vec<(u32, u32)> {
            edges.iter().map(|edge| (edge.peer.0, edge.base_msat)).collect()
        };
        assert_eq!(order(view.incoming(NodeId(0))), [(1, 2), (1, 5), (2, 3), (3, 4)]);
        assert_eq!(order(view.outgoing(NodeId(1))), [(3, 0), (0, 2), (0, 5)], "only 2 reaches 1");
        assert_eq!(view.incoming(NodeId(3)).len(), 2);
        assert_eq!(view.node_count(), 4);
        assert_eq!((view.source(forward(4)), view.target(forward(4))), (NodeId(0), NodeId(3)));
        assert_eq!(
            view.local_channels(NodeId(3)),
            [forward(3), forward(4).reverse(), forward(7).reverse()]
        );
    }

    #[test]
    fn dead_ends_are_in_no_list() {
        // Only 1 reaches 0, nobody reaches 2, and 3 is reached by 0 alone but leads elsewhere.
        let graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 0, policy(0, 0, 0))
            .edge(2, 1, policy(0, 0, 0))
            .edge(0, 3, policy(0, 0, 0))
            .edge(3, 1, policy(0, 0, 0));
        let view = View::compile(&graph.network);
        let into = |node| view.incoming(NodeId(node)).iter().map(|edge| edge.peer.0);
        assert!(into(1).eq([3]));
        assert!(into(0).eq([1]));
        assert!(into(3).eq([0]));
        assert!((0..5).all(|channel| view.edge(forward(channel)).is_something()), "for payers");
    }

    #[test]
    fn disabled_edges_are_in_no_list_and_useless_ones_are_nothing() {
        let usual = policy(0, 0, 0);
        let graph = Graph::new(2)
            .edge(0, 1, Policy { disabled: true, ..usual })
            .edge(0, 1, Policy { htlc_minimum: Msat(1_000_000_001), ..usual })
            .edge(0, 1, Policy { htlc_maximum: Msat(0), ..usual });
        let view = View::compile(&graph.network);
        assert!(view.incoming(NodeId(1)).is_empty());
        let something = [0, 1, 2].map(|channel| view.edge(forward(channel)).is_something());
        assert_eq!(something, [true, false, false]);
        assert!(!view.edge(forward(0).reverse()).is_something(), "no policy");
    }

    #[test]
    fn a_dead_end_that_gets_a_second_entrance_forwards_and_stops_when_that_closes() {
        let mut graph = Graph::new(3).edge(0, 1, policy(0, 0, 0)).edge(1, 0, policy(7, 0, 0));
        let mut view = View::compile(&graph.network);
        assert!(view.incoming(NodeId(0)).is_empty() && view.incoming(NodeId(1)).is_empty());
        graph = graph.edge(2, 1, policy(0, 0, 0));
        view.open(&graph.network, ChannelId(2));
        assert_eq!(view.incoming(NodeId(0)).len(), 1, "over 1, which 2 reaches now");
        assert_eq!((view.version(), view.is_open(ChannelId(2))), (1, true));
        view.close(ChannelId(2));
        assert!(view.incoming(NodeId(0)).is_empty());
        assert!(view.local_channels(NodeId(2)).is_empty());
        view.close(ChannelId(2));
        view.update(&graph.network, ChannelId(2));
        assert_eq!((view.version(), view.is_open(ChannelId(2))), (2, false), "closed for good");
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
        let edge = view.edge(forward(0));
        assert_eq!((edge.delta(), edge.limit()), (u16::MAX, 1 << 50));
        assert_eq!(view.capacity(id), 1_000 << 41);
        let inside = [(1 << 48) - 2, (1 << 48) - 1, 1 << 50, (1 << 50) + 1];
        assert_eq!(inside.map(|amount| edge.carries(amount)), [false, true, true, false]);
        for amount in [0, 1, 999_999, 1 << 50, u64::MAX / 4_294] {
            assert_eq!(edge.fee(amount), policy.fee(Msat(amount)).map(Msat::get));
        }
        assert_eq!(edge.fee(u64::MAX), None);
    }

    /// What happens to a channel of the random test.
    #[derive(Clone, Copy, Debug)]
    enum Change {
        Open { ends: (u32, u32), bases: [Option<u32>; 2] },
        Update { channel: usize, side: usize, base: Option<u32>, disabled: bool },
        Close { channel: usize },
    }

    fn change() -> impl Strategy<Value = Change> {
        let base = || prop::option::weighted(0.8, 0_u32..4);
        prop_oneof![
            3 => ((0_u32..8, 1_u32..8), base(), base())
                .prop_map(|(ends, one, two)| Change::Open { ends, bases: [one, two] }),
            3 => (0_usize..64, 0_usize..2, base(), any::<bool>()).prop_map(
                |(channel, side, base, disabled)| Change::Update { channel, side, base, disabled }
            ),
            2 => (0_usize..64).prop_map(|channel| Change::Close { channel }),
        ]
    }

    fn apply(change: Change, network: &mut Network, view: &mut View, closed: &mut Vec<ChannelId>) {
        let count = network.channel_count();
        match change {
            Change::Open { ends: (from, step), bases } => {
                let policies = bases.map(|base| base.map(|base| policy(base, 0, 0)));
                let channel =
                    Channel { name: "c".into(), capacity: Sat(9), policies, stated: None };
                let id = network.add_channel(NodeId(from), NodeId((from + step) % 8), channel);
                view.open(network, id);
            }
            Change::Update { .. } | Change::Close { .. } if count == 0 => {}
            Change::Update { channel, side, base, disabled } => {
                let id = ChannelId::from_index(channel % count);
                network.channel_mut(id).policies[side] =
                    base.map(|base| Policy { disabled, ..policy(base, 1, 2) });
                view.update(network, id);
            }
            Change::Close { channel } => {
                let id = ChannelId::from_index(channel % count);
                closed.push(id);
                view.close(id);
            }
        }
    }

    proptest! {
        #[test]
        fn changed_in_place_it_is_as_compiled_anew(script in prop::collection::vec(change(), 1..80)) {
            let mut network = Graph::new(8).network;
            let (mut view, mut closed) = (View::compile(&network), Vec::new());
            for change in script {
                apply(change, &mut network, &mut view, &mut closed);
                let mut fresh = View::compile(&network);
                for &channel in &closed {
                    fresh.close(channel);
                }
                prop_assert_eq!(view.fingerprint(), fresh.fingerprint());
                prop_assert_eq!(&view.reached, &fresh.reached);
                prop_assert_eq!(&view.listed, &fresh.listed);
            }
        }
    }
}
