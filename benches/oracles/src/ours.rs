//! Leyden's `Cheapest`.

use leyden::ids::DirectedChannel;
use leyden::network::Network;
use leyden::routing::{
    Beliefs, Cheapest, Knowledge, LndParams, LocalChannel, Query, Route, Router, Scratch, View,
};
use leyden::units::{Msat, SimTime};

use crate::question::{FINAL_CLTV, Limits, Question};

/// Leyden's search with all that it needs between two questions.
#[derive(Debug)]
pub struct Ours {
    view: View,
    own: Vec<Vec<LocalChannel>>,
    beliefs: Beliefs,
    limits: Limits,
    scratch: Scratch,
    route: Route,
}

impl Ours {
    /// Prepares `network`. Every payer can spend the capacity of its enabled channels.
    pub fn new(network: &Network, limits: Limits) -> Self {
        let own = network.node_ids().map(|node| own(network, network.outgoing(node))).collect();
        Self {
            view: View::compile(network),
            own,
            beliefs: Beliefs::lnd(&LndParams::default()),
            limits,
            scratch: Scratch::default(),
            route: Route::default(),
        }
    }

    /// Searches; whether there is a route.
    pub fn ask(&mut self, question: &Question) -> bool {
        let query = Query {
            payer: question.payer,
            payee: question.payee,
            amount: question.amount,
            fee_limit: Msat::MAX,
            cltv_limit: self.limits.cltv,
            final_cltv: FINAL_CLTV,
            max_hops: self.limits.hops,
            now: SimTime::ZERO,
        };
        let own = &self.own[question.payer.index()];
        let knowledge =
            Knowledge { view: &self.view, local_channels: own, beliefs: &self.beliefs, avoid: &[] };
        Cheapest.route(&knowledge, &query, &mut self.scratch, &mut self.route).is_ok()
    }

    /// The last route found; empty after a search without one.
    pub const fn route(&self) -> &Route {
        &self.route
    }
}

fn own(network: &Network, outgoing: Vec<DirectedChannel>) -> Vec<LocalChannel> {
    let enabled = outgoing
        .into_iter()
        .filter(|&direction| network.policy(direction).is_some_and(|policy| !policy.disabled));
    enabled
        .map(|direction| {
            let spendable = network.channel(direction.channel()).capacity.to_msat();
            LocalChannel { direction, spendable }
        })
        .collect()
}
