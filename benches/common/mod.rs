//! What benches of path searches share: fresh questions, and a search with all that it needs.

use leyden::engine::Source;
use leyden::ids::NodeId;
use leyden::math;
use leyden::network::Network;
use leyden::routing::{Beliefs, Knowledge, LocalChannel, Query, Route, Router, Scratch, View};
use leyden::units::{Msat, SimTime};

/// A search with all that it needs between two questions.
pub(crate) struct Asker<R> {
    router: R,
    view: View,
    own: Vec<Vec<LocalChannel>>,
    scratch: Scratch,
    pub(crate) route: Route,
}

impl<R: Router> Asker<R> {
    /// Every payer can spend the capacity of its enabled channels.
    pub(crate) fn new(network: &Network, router: R) -> Self {
        let view = View::compile(network);
        let own = network.node_ids().map(|node| {
            let enabled = view.local_channels(node).iter().filter(|&&direction| {
                network.policy(direction).is_some_and(|policy| !policy.disabled)
            });
            let spendable = |&direction| LocalChannel {
                direction,
                spendable: network.channel(direction.channel()).capacity.to_msat(),
            };
            enabled.map(spendable).collect()
        });
        let own = own.collect();
        Self { router, view, own, scratch: Scratch::default(), route: Route::default() }
    }

    /// Whether there is a route for a payer who knows `beliefs`.
    pub(crate) fn ask(&mut self, query: &Query, beliefs: &Beliefs) -> bool {
        let own = &self.own[query.payer.index()];
        let knowledge = Knowledge { view: &self.view, local_channels: own, beliefs, avoid: &[] };
        self.router.route(&knowledge, query, &mut self.scratch, &mut self.route).is_ok()
    }
}

/// A payment between two of these nodes, uniform, of 1 sat to 1,000,000 sat, log-uniform. Limits are
/// those of a run: 20 channels, 2,016 blocks, fees up to 5 %, but 50 sat at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
pub(crate) fn question(among: &[NodeId], source: &mut Source) -> Query {
    let mut pick = |bound: usize| usize::try_from(source.below(bound as u64)).unwrap();
    let payer = pick(among.len());
    let payee = (payer + 1 + pick(among.len() - 1)) % among.len();
    let amount = math::exp(math::ln(1e3) + source.unit() * math::ln(1e6)) as u64;
    Query {
        payer: among[payer],
        payee: among[payee],
        amount: Msat(amount),
        fee_limit: Msat((amount / 20).max(50_000)),
        cltv_limit: 2_016,
        final_cltv: 18,
        max_hops: 20,
        now: SimTime::ZERO,
    }
}
