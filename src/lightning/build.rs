//! Puts the system together from network, parameters and balances.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::channel::{Channels, Rules};
use crate::engine::{Seeds, Slab};
use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::attack::breach::Breaches;
use crate::lightning::attack::executor::Attacks;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::books::usage::Usage;
use crate::lightning::mitigation::reputation::Reputation;
use crate::lightning::topology::availability::Availability;
use crate::lightning::topology::gossip::Gossip;
use crate::lightning::topology::terms::{Habits, terms};
use crate::lightning::transport::faults::Faults;
use crate::lightning::transport::latency::Delays;
use crate::lightning::transport::servers::Servers;
use crate::lightning::{Buffers, Lightning, LightningParams};
use crate::network::{Network, Software};
use crate::payment::Sender;
use crate::payment::payee::Payees;
use crate::routing::View;
use crate::units::{Msat, SimTime};
use crate::workload::NodeLives;

/// What a system needs and does not save: it comes from files and parameters alone.
#[derive(Default)]
pub struct World {
    /// The public network.
    pub(super) network: Network,
    /// Its compact form for searches.
    pub(super) view: Arc<View>,
    /// The payers' algorithm; always there after [`World::new`].
    sender: Option<Arc<dyn Sender>>,
}

impl World {
    /// Derives everything from `network` and the parameters.
    pub fn new(network: Network, params: &LightningParams) -> Self {
        let sender = params.router.sender();
        let view = Arc::new(View::compile(&network));
        Self { network, view, sender: Some(sender) }
    }

    /// The directions in which `node` sends, of its open channels, ascending.
    pub(super) fn own(&self, node: NodeId) -> &[DirectedChannel] {
        self.view.local_channels(node)
    }

    /// Changes the view. Threads must have let go of it before: see [`super::ahead`].
    pub(super) fn change_view(&mut self, change: impl FnOnce(&mut View, &Network)) {
        debug_assert_eq!(Arc::strong_count(&self.view), 1, "a shared view would be copied");
        change(Arc::make_mut(&mut self.view), &self.network);
    }

    /// The view, for another thread.
    pub(super) fn shared_view(&self) -> Arc<View> {
        Arc::clone(&self.view)
    }

    /// The payers' algorithm, for another thread.
    pub(super) fn shared_sender(&self) -> Arc<dyn Sender> {
        Arc::clone(self.sender.as_ref().expect("a world is built before the first payment"))
    }

    /// The blocks that payers leave to `payee`.
    pub(super) fn final_cltv(&self, payee: NodeId) -> u32 {
        self.sender().final_cltv(self.min_final_cltv(payee))
    }

    /// The blocks with which an HTLC must arrive at `payee`.
    pub(super) fn accepted_cltv(&self, payee: NodeId) -> u32 {
        self.sender().accepted_cltv(self.min_final_cltv(payee))
    }

    fn min_final_cltv(&self, payee: NodeId) -> u32 {
        let software = self.network.node(payee).software.unwrap_or(Software::Lnd);
        Habits::of(software).min_final_cltv_expiry_delta
    }

    /// The payers' algorithm.
    pub(super) fn sender(&self) -> &dyn Sender {
        self.sender.as_deref().expect("a world is built before the first payment")
    }
}

impl Lightning {
    /// A system before its first event.
    ///
    /// `balances`: of both sides of each channel; each pair sums up to the capacity.
    pub fn new(
        params: LightningParams,
        world: World,
        balances: Vec<[Msat; 2]>,
        warmup: SimTime,
        btc_usd: f64,
        seeds: Seeds,
    ) -> Self {
        let network = &world.network;
        let (nodes, channel_count) = (network.node_count(), network.channel_count());
        assert_eq!(balances.len(), channel_count, "one pair of balances per channel");
        let protocol = params.protocol;
        let term_draws = seeds.draws("channel.terms");
        let mut channels =
            Channels::new(Rules { limits: protocol.limits, dance: protocol.commitment_dance });
        for (id, pair) in network.channel_ids().zip(&balances) {
            channels.open(terms(network, id, &protocol, term_draws), *pair);
        }
        let node_count = u32::try_from(nodes).expect("node ids are u32");
        Self {
            delays: Delays::new(params.latency.clone(), node_count, seeds),
            servers: Servers::new(params.processing, nodes),
            usage: Usage::default(),
            payees: Payees::new(params.payee, seeds),
            preimages: seeds.draws("preimage"),
            attacks: Attacks::default(),
            breaches: Breaches::new(seeds),
            faults: Faults::new(params.faults, seeds),
            choices: seeds.draws("onchain.choices"),
            openings: seeds.draws("openings"),
            honest: network.honest_counts().map(|count| count as u64),
            term_draws,
            gossip: Gossip::new(seeds),
            opened: Vec::new(),
            onchain: None,
            shutdowns: BTreeMap::new(),
            closed_at: BTreeMap::new(),
            causes: BTreeMap::new(),
            heard: Vec::new(),
            reputation: params.mitigation.reputation.map(|params| Reputation::new(params, seeds)),
            availability: params
                .availability
                .clone()
                .map(|params| Availability::new(NodeLives::new(params, &world.network, seeds))),
            ledger: Ledger::new(nodes, channel_count),
            beliefs: vec![world.sender().initial_beliefs(); nodes],
            belief_version: vec![0; nodes],
            initial: balances,
            payments: Slab::default(),
            parts: Slab::default(),
            submitted: 0,
            ended: 0,
            buffers: Buffers::default(),
            params,
            warmup,
            btc_usd,
            channels,
            world,
        }
    }

    /// Gives a system that was loaded what it does not save. `world` must come from the same files and
    /// parameters; the checkpoint's header makes sure of it.
    pub fn attach(&mut self, world: World) {
        self.world = world;
        for opened in &self.opened {
            self.world.enter(opened);
        }
        for &channel in &self.heard {
            self.world.change_view(|view, _| view.close(channel));
        }
    }
}
