//! Words for the tests of routers: small graphs in one line per channel.

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::network::{Channel, Network, Node, Policy};
use crate::routing::beliefs::Beliefs;
use crate::routing::params::LndParams;
use crate::routing::route::{Knowledge, LocalChannel, NoRoute, Query, Route};
use crate::routing::scratch::Scratch;
use crate::routing::view::View;
use crate::routing::{Cheapest, Router};
use crate::units::{Msat, Ppm, Sat, SimTime};

/// A policy with these fees and this delta, and no bounds on amounts.
pub(super) fn policy(fee_base_msat: u32, ppm: u32, cltv_expiry_delta: u16) -> Policy {
    Policy {
        fee_base_msat,
        proportional_millionths: Ppm(ppm),
        cltv_expiry_delta,
        htlc_minimum: Msat(0),
        htlc_maximum: Msat::MAX,
        disabled: false,
    }
}

/// A graph under construction. Channels hold 1,000,000 sat.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) network: Network,
    pub(super) beliefs: Beliefs,
    pub(super) query: Query,
}

impl Graph {
    /// Nodes 0 to `nodes - 1`; the query is from 0 to the last, 1,000 sat, without tight limits.
    pub(super) fn new(nodes: u32) -> Self {
        let mut network = Network::default();
        for node in 0..nodes {
            network.add_node(Node { name: node.to_string().into(), software: None });
        }
        let query = Query {
            payer: NodeId(0),
            payee: NodeId(nodes - 1),
            amount: Msat(1_000_000),
            fee_limit: Msat(1_000_000_000),
            cltv_limit: 2_016,
            final_cltv: 18,
            max_hops: 20,
            now: SimTime::ZERO,
        };
        Self { network, beliefs: Beliefs::lnd(&LndParams::default()), query }
    }

    /// Adds a channel that only `from` can send over.
    pub(super) fn edge(mut self, from: u32, to: u32, policy: Policy) -> Self {
        let channel = Channel {
            name: self.network.channel_count().to_string().into(),
            capacity: Sat(1_000_000),
            policies: [Some(policy), None],
            stated: None,
        };
        self.network.add_channel(NodeId(from), NodeId(to), channel);
        self
    }

    /// Changes the query.
    pub(super) fn ask(mut self, change: impl FnOnce(&mut Query)) -> Self {
        change(&mut self.query);
        self
    }

    /// The payer's channels, with all of the capacity to spend.
    pub(super) fn own(&self) -> Vec<LocalChannel> {
        let own = self.network.outgoing(self.query.payer).into_iter();
        own.map(|direction| LocalChannel { direction, spendable: Msat(1_000_000_000) }).collect()
    }

    /// The route of `router`, given what the payer can spend.
    pub(super) fn route_with(
        &self,
        router: &impl Router,
        own: &[LocalChannel],
    ) -> Result<Route, NoRoute> {
        let view = View::compile(&self.network);
        let knowledge =
            Knowledge { view: &view, local_channels: own, beliefs: &self.beliefs, avoid: &[] };
        let mut route = Route::default();
        let answer = router.route(&knowledge, &self.query, &mut Scratch::default(), &mut route);
        assert_eq!(answer.is_err(), route.hops.is_empty());
        answer.map(|()| route)
    }

    /// The route of `router`.
    pub(super) fn route(&self, router: &impl Router) -> Result<Route, NoRoute> {
        self.route_with(router, &self.own())
    }

    /// The cheapest route.
    pub(super) fn cheapest(&self) -> Result<Route, NoRoute> {
        self.route(&Cheapest)
    }
}

/// The direction in which `Graph::edge` made channel `channel`.
pub(super) const fn forward(channel: u32) -> DirectedChannel {
    DirectedChannel::new(ChannelId(channel), Side::One)
}

/// Channel, amount and expiry of every hop.
pub(super) fn shown(route: &Route) -> Vec<(u32, u64, u32)> {
    route.hops.iter().map(|hop| (hop.channel.channel().0, hop.amount.get(), hop.cltv)).collect()
}

/// The channels of a route.
pub(super) fn channels(route: &Route) -> Vec<u32> {
    route.hops.iter().map(|hop| hop.channel.channel().0).collect()
}
