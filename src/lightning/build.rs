//! Puts the system together from network, parameters and balances.

use crate::adversary::{Campaign, Strategy, Towers};
use crate::chain::bitcoin::BitcoinParams;
use crate::channel::{Channels, Rules};
use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::lightning::Lightning;
use crate::lightning::attack::Attack;
use crate::lightning::books::Books;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::books::levels::{ChannelLevels, Owner};
use crate::lightning::books::usage::Usage;
use crate::lightning::chain::{Chain, OnChain};
use crate::lightning::core::{Core, World};
use crate::lightning::hook_set::HookSet;
use crate::lightning::mitigation::Mitigation;
use crate::lightning::owed::Owed;
use crate::lightning::params::LightningParams;
use crate::lightning::payments::Payments;
use crate::lightning::plan_ahead::PlanAhead;
use crate::lightning::senders::Senders;
use crate::lightning::topology::Topology;
use crate::lightning::topology::availability::Availability;
use crate::lightning::topology::gossip::Gossip;
use crate::lightning::topology::opening::Openings;
use crate::lightning::topology::shutdown::Shutdowns;
use crate::lightning::transport::Transport;
use crate::lightning::transport::faults::Faults;
use crate::lightning::transport::latency::Delays;
use crate::lightning::transport::servers::Servers;
use crate::network::Network;
use crate::units::{Msat, Sat, SimTime};
use crate::workload::NodeLives;

impl Lightning {
    /// A system before its first event.
    ///
    /// `balances`: of both sides of each channel, in msat; each pair sums up to the capacity.
    pub fn new(
        params: LightningParams,
        world: World,
        balances: Vec<[Msat; 2]>,
        warmup: SimTime,
        btc_usd: f64,
        seeds: Seeds,
    ) -> Self {
        let network = &world.network;
        let nodes = network.node_count();
        assert_eq!(balances.len(), network.channel_count(), "one pair of balances per channel");
        let topology = Topology::new(&params, network, seeds);
        let channels = channels(&params, network, &topology.openings, &balances);
        Self {
            payments: Payments::new(params.payee, warmup, seeds),
            senders: Senders::new(world.sender(), nodes),
            transport: Transport::new(&params, nodes, seeds),
            chain: Chain::default(),
            books: Books {
                ledger: Ledger::new(nodes, balances.len()),
                usage: Usage::default(),
                levels: ChannelLevels::default(),
                btc_usd,
            },
            acting: HookSet {
                mitigation: Mitigation::new(params.mitigation, seeds),
                attack: Attack::new(seeds),
            },
            core: Core { world, params, channels, initial: balances },
            topology,
            owed: Owed::default(),
            locked: Vec::new(),
        }
    }

    /// The same system on a chain of its own.
    #[must_use]
    pub fn with_chain(mut self, bitcoin: BitcoinParams, seeds: Seeds) -> Self {
        let Core { world, params, channels, .. } = &self.core;
        if params.onchain.enabled {
            let network = &world.network;
            let in_channels: Sat = network.channel_ids().map(|c| channels.terms(c).capacity).sum();
            let nodes = network.node_count();
            let onchain = OnChain::new(params.onchain, bitcoin, nodes, in_channels, seeds);
            self.acting.mitigation.set_block_interval(onchain.block_interval());
            self.chain.onchain = Some(onchain);
        }
        self
    }

    /// The same system whose nodes stand where these seeds put them, and with their delays of links: they belong to the
    /// network, which may be drawn apart from the rest (`network.seed`).
    #[must_use]
    pub fn with_places(mut self, ground: Seeds) -> Self {
        let nodes = u32::try_from(self.core.world.network.node_count()).expect("node ids are u32");
        self.transport.delays = Delays::new(self.core.params.latency.clone(), nodes, ground);
        self
    }

    /// The same system under attack. The attackers' nodes and channels are in its network already.
    #[must_use]
    pub fn with_attacks(mut self, campaigns: Vec<Campaign>) -> Self {
        let attack = &mut self.acting.attack;
        attack.begin(campaigns);
        if let Some(Towers { known, .. }) = attack.towers() {
            // Channels keep what could be published.
            self.core.channels.keep_revoked(attack.breaches.known_states, known);
        }
        // An attacker that falls silent is a node that is down, so there must be an account of who is up.
        let nodes = &mut self.topology.availability.nodes;
        if nodes.is_none() && attack.campaigns().iter().any(|campaign| campaign.state.silences()) {
            let draws = self.topology.shutdowns.draws();
            *nodes = Some(NodeLives::always(&self.core.world.network, draws));
        }
        self
    }

    /// The same system, with these users, by node: who pays or is paid. All others' money is there for forwarding.
    /// Without this everybody is a user.
    #[must_use]
    pub fn with_users(mut self, users: &[bool]) -> Self {
        let owner = |node: NodeId| match users.get(node.index()) {
            _ if self.acting.attack.recruited(node) => Owner::Attacker,
            Some(true) => Owner::User,
            _ => Owner::Router,
        };
        self.books.levels.set_owners(self.core.world.network.node_ids().map(owner).collect());
        self
    }

    /// The same system, with somebody who plans ahead. After loading a checkpoint it has none.
    #[must_use]
    pub fn with_planner(mut self, planner: Box<dyn PlanAhead>) -> Self {
        self.core.world.speculation.set_planner(planner);
        self
    }

    /// Gives a system that was loaded what it does not save. `world` must come from the same files and
    /// parameters; the checkpoint's header makes sure of it.
    pub fn attach(&mut self, world: World) {
        self.core.world = world;
        self.topology.restore(&mut self.core);
    }
}

/// All channels of the network, open.
pub(super) fn channels(
    params: &LightningParams,
    network: &Network,
    openings: &Openings,
    balances: &[[Msat; 2]],
) -> Channels {
    let protocol = params.protocol;
    let rules = Rules { limits: protocol.limits, dance: protocol.commitment_dance };
    let mut channels = Channels::new(rules);
    for (id, pair) in network.channel_ids().zip(balances) {
        channels.open(openings.terms_of(network, &protocol, id), *pair);
    }
    channels
}

impl Topology {
    fn new(params: &LightningParams, network: &Network, seeds: Seeds) -> Self {
        let lives = |params| NodeLives::new(params, network, seeds);
        Self {
            gossip: Gossip::new(seeds),
            availability: Availability::new(params.availability.clone().map(lives)),
            openings: Openings::new(network, seeds),
            shutdowns: Shutdowns::new(seeds),
        }
    }
}

impl Transport {
    fn new(params: &LightningParams, nodes: usize, seeds: Seeds) -> Self {
        let count = u32::try_from(nodes).expect("node ids are u32");
        Self {
            delays: Delays::new(params.latency.clone(), count, seeds),
            servers: Servers::new(params.processing, nodes),
            faults: Faults::new(params.faults, params.router.faulty_node_probability(), seeds),
        }
    }
}
