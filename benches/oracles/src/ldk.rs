//! LDK's `find_route`, asked for nothing but the least fee.
//!
//! Settings: `FixedPenaltyScorer` with penalty 0, one path, channels usable up to their capacity
//! (`max_channel_saturation_power_of_half = 0`), no fee limit, no own channels given (the payer's are
//! taken from the graph, capacity as what it can spend).
//!
//! What LDK does beyond a least-fee search, and what is done about it here:
//! - it orders ways by the larger of the fee and the amount that the `htlc_minimum_msat` of the way
//!   ask for ([`cost`]), so that its answer may be dearer than the cheapest where minima exceed fees;
//! - it follows no way of more than 19 channels, node by node, and so misses routes that a dearer
//!   but shorter way to some node would complete;
//! - it refuses updates older than two weeks by the clock on the wall: they are stamped with now;
//! - it does not see a channel with an update in one direction only: the other one gets a disabled one;
//! - it decodes the keys of the route, so nodes have keys of the curve;
//! - it adds a random number of blocks to the last hop: expiries are not compared.

use std::time::UNIX_EPOCH;

use leyden::ids::{ChannelId, DirectedChannel, NodeId, Side};
use leyden::network::{Network, Policy};
use leyden::routing::LocalChannel;
use leyden::units::{Msat, Ppm};
use lightning::bitcoin::constants::ChainHash;
use lightning::bitcoin::network::Network as Chain;
use lightning::bitcoin::secp256k1::{PublicKey, Secp256k1, SecretKey};
use lightning::ln::channel_state::{ChannelCounterparty, ChannelDetails};
use lightning::ln::msgs::UnsignedChannelUpdate;
use lightning::ln::types::ChannelId as ChannelName;
use lightning::routing::gossip::{NetworkGraph, NodeId as Key};
use lightning::routing::router::{
    PaymentParameters, Route, RouteParameters, build_route_from_hops, find_route,
};
use lightning::routing::scoring::{FixedPenaltyScorer, ScoreLookUp};
use lightning::types::features::{ChannelFeatures, InitFeatures};
use lightning::util::logger::{Logger, Record};

use crate::question::{FINAL_CLTV, Limits, Question};

/// A logger that drops everything.
#[derive(Debug)]
pub struct Silent;

impl Logger for Silent {
    fn log(&self, _record: Record<'_>) {}
}

/// The seed of the random offsets that LDK adds to expiries.
const OFFSETS: [u8; 32] = [7; 32];

/// LDK's graph of a network.
pub struct Ldk {
    graph: NetworkGraph<&'static Silent>,
    keys: Vec<PublicKey>,
}

impl Ldk {
    /// Hands `network` over. Short channel ids are [`scid`]s, keys are the multiples of the
    /// generator by index + 1.
    ///
    /// # Panics
    /// When LDK refuses a channel or an update.
    pub fn new(network: &Network) -> Self {
        let curve = Secp256k1::signing_only();
        let keys: Vec<_> = network
            .node_ids()
            .map(|node| {
                let mut secret = [0; 32];
                secret[28..].copy_from_slice(&(node.0 + 1).to_be_bytes());
                let secret = SecretKey::from_slice(&secret).expect("a small number above 0");
                PublicKey::from_secret_key(&curve, &secret)
            })
            .collect();
        let graph = NetworkGraph::new(Chain::Bitcoin, &Silent);
        let now = now();
        for channel in network.channel_ids() {
            let capacity = network.channel(channel).capacity;
            let [one, two] =
                network.ends(channel).map(|node| Key::from_pubkey(&keys[node.index()]));
            let (scid, features) = (scid(channel), ChannelFeatures::empty());
            graph
                .add_channel_from_partial_announcement(
                    scid,
                    Some(capacity.get()),
                    u64::from(now),
                    features,
                    one,
                    two,
                )
                .expect("channels of a network join two nodes and have different ids");
            for side in Side::BOTH {
                let policy = network.policy(DirectedChannel::new(channel, side));
                let update = update(scid, side, policy, capacity.to_msat(), now);
                graph.update_channel_unsigned(&update).expect("the update is new and in bounds");
            }
        }
        Self { graph, keys }
    }

    /// The question in LDK's words.
    pub fn prepare(&self, question: &Question, limits: Limits) -> Asked {
        let payee = self.keys[question.payee.index()];
        let mut payment = PaymentParameters::from_node_id(payee, FINAL_CLTV)
            .with_max_path_count(1)
            .with_max_channel_saturation_power_of_half(0)
            .with_max_total_cltv_expiry_delta(limits.cltv);
        payment.max_path_length = limits.hops;
        let mut parameters =
            RouteParameters::from_payment_params_and_value(payment, question.amount.get());
        parameters.max_total_routing_fee_msat = None;
        Asked { payer: self.keys[question.payer.index()], parameters }
    }

    /// Searches.
    pub fn ask(&self, asked: &Asked) -> Option<Route> {
        let scorer = FixedPenaltyScorer::with_penalty(0);
        let Asked { payer, parameters } = asked;
        find_route(payer, parameters, &self.graph, None, &Silent, &scorer, &(), &OFFSETS).ok()
    }

    /// Searches with this scorer, the payer's own channels, and a limit on the share of a channel: the capacity over two
    /// to that power.
    pub fn ask_scored<S: ScoreLookUp>(
        &self,
        asked: &Asked,
        own: &[LocalChannel],
        saturation_power: u8,
        scorer: &S,
        fees: &S::ScoreParams,
    ) -> Option<Route> {
        let mut parameters = asked.parameters.clone();
        parameters.payment_params.max_channel_saturation_power_of_half = saturation_power;
        let details: Vec<_> = own.iter().map(|own| self.first_hop(own)).collect();
        let details: Vec<_> = details.iter().collect();
        let (payer, first) = (&asked.payer, Some(&details[..]));
        find_route(payer, &parameters, &self.graph, first, &Silent, scorer, fees, &OFFSETS).ok()
    }

    /// A channel of the payer that can send what it may.
    fn first_hop(&self, own: &LocalChannel) -> ChannelDetails {
        let graph = self.graph.read_only();
        let scid = scid(own.direction.channel());
        let channel = graph.channel(scid).expect("all were handed over");
        let (peer, policy) = match own.direction.from_side() {
            Side::One => (channel.node_two, &channel.one_to_two),
            Side::Two => (channel.node_one, &channel.two_to_one),
        };
        let counterparty = ChannelCounterparty {
            node_id: peer.as_pubkey().expect("nodes have keys of the curve"),
            features: InitFeatures::empty(),
            unspendable_punishment_reserve: 0,
            forwarding_info: None,
            outbound_htlc_minimum_msat: None,
            outbound_htlc_maximum_msat: None,
        };
        let spendable = own.spendable.get();
        let minimum = policy.as_ref().map_or(0, |policy| policy.htlc_minimum_msat);
        ChannelDetails {
            channel_id: ChannelName([0; 32]),
            counterparty,
            funding_txo: None,
            channel_type: None,
            short_channel_id: Some(scid),
            outbound_scid_alias: None,
            inbound_scid_alias: None,
            channel_value_satoshis: channel.capacity_sats.unwrap_or(0),
            unspendable_punishment_reserve: None,
            user_channel_id: 0,
            feerate_sat_per_1000_weight: None,
            outbound_capacity_msat: spendable,
            next_outbound_htlc_limit_msat: spendable,
            next_outbound_htlc_minimum_msat: minimum,
            inbound_capacity_msat: 0,
            confirmations_required: None,
            confirmations: None,
            force_close_spend_delay: None,
            is_outbound: true,
            is_channel_ready: true,
            channel_shutdown_state: None,
            is_usable: true,
            is_announced: true,
            inbound_htlc_minimum_msat: None,
            inbound_htlc_maximum_msat: None,
            config: None,
            pending_inbound_htlcs: Vec::new(),
            pending_outbound_htlcs: Vec::new(),
        }
    }

    /// LDK's graph.
    pub const fn graph(&self) -> &NetworkGraph<&'static Silent> {
        &self.graph
    }

    /// The key of a node.
    pub fn key(&self, node: NodeId) -> PublicKey {
        self.keys[node.index()]
    }

    /// The id of a node in LDK's graph.
    pub fn id(&self, node: NodeId) -> Key {
        Key::from_pubkey(&self.key(node))
    }

    /// Whether this question can be answered by a route over these nodes (the payer left out), as
    /// far as LDK is concerned. It may choose other channels between them.
    pub fn passes(&self, asked: &Asked, nodes: &[NodeId]) -> bool {
        let nodes: Vec<_> = nodes.iter().map(|node| self.keys[node.index()]).collect();
        let Asked { payer, parameters } = asked;
        build_route_from_hops(payer, &nodes, parameters, &self.graph, &Silent, &OFFSETS).is_ok()
    }

    /// Whether LDK's graph lets `amount` pass in this direction.
    pub fn carries(&self, direction: DirectedChannel, amount: Msat) -> bool {
        let graph = self.graph.read_only();
        let channel = graph.channel(scid(direction.channel())).expect("all were handed over");
        let policy = match direction.from_side() {
            Side::One => &channel.one_to_two,
            Side::Two => &channel.two_to_one,
        };
        policy.as_ref().is_some_and(|policy| {
            let bounds = policy.htlc_minimum_msat..=policy.htlc_maximum_msat;
            policy.enabled && bounds.contains(&amount.get())
        })
    }
}

/// The channels of a route of LDK's, in the order of travel.
///
/// # Panics
/// When it does not lead from `payer` over channels of `network`.
pub fn channels(network: &Network, payer: NodeId, route: &Route) -> Vec<DirectedChannel> {
    let mut node = payer;
    let hops = route.paths.iter().flat_map(|path| &path.hops);
    hops.map(|hop| {
        let channel = u32::try_from(hop.short_channel_id - 1).expect("the id of a channel");
        let channel = ChannelId(channel);
        let [one, two] = network.ends(channel);
        assert!(node == one || node == two, "a route leads from node to node");
        let from = if node == one { Side::One } else { Side::Two };
        let direction = DirectedChannel::new(channel, from);
        node = network.target(direction);
        direction
    })
    .collect()
}

/// What LDK minimises where a scorer has no penalties: the larger of the fee and the smallest amount
/// that the payer can send so that every `htlc_minimum_msat` of the way is met.
pub fn cost(network: &Network, way: &[DirectedChannel], amount: Msat) -> Option<Msat> {
    let (mut sent, mut least) = (amount, Msat(0));
    for (place, &direction) in way.iter().enumerate().rev() {
        let policy = network.policy(direction)?;
        least = least.max(policy.htlc_minimum);
        if place > 0 {
            sent = sent.checked_add(policy.fee(sent)?)?;
            least = least.checked_add(policy.fee(least)?)?;
        }
    }
    Some(least.max(sent - amount))
}

/// A question in LDK's words.
#[derive(Clone, Debug)]
pub struct Asked {
    payer: PublicKey,
    parameters: RouteParameters,
}

/// The short channel id of a channel in LDK's graph.
pub fn scid(channel: ChannelId) -> u64 {
    u64::from(channel.0) + 1
}

fn update(
    scid: u64,
    side: Side,
    policy: Option<&Policy>,
    capacity: Msat,
    now: u32,
) -> UnsignedChannelUpdate {
    let unknown = Policy {
        fee_base_msat: 0,
        proportional_millionths: Ppm(0),
        cltv_expiry_delta: 0,
        htlc_minimum: Msat(0),
        htlc_maximum: Msat(0),
        disabled: true,
    };
    let policy = policy.copied().unwrap_or(unknown);
    let backwards = u8::from(side == Side::Two);
    UnsignedChannelUpdate {
        chain_hash: ChainHash::using_genesis_block(Chain::Bitcoin),
        short_channel_id: scid,
        timestamp: now,
        message_flags: 1,
        channel_flags: backwards | u8::from(policy.disabled) << 1,
        cltv_expiry_delta: policy.cltv_expiry_delta,
        htlc_minimum_msat: policy.htlc_minimum.get(),
        htlc_maximum_msat: policy.htlc_maximum.min(capacity).get(),
        fee_base_msat: policy.fee_base_msat,
        fee_proportional_millionths: policy.proportional_millionths.0,
        excess_data: Vec::new(),
    }
}

/// Seconds on the wall clock.
fn now() -> u32 {
    let since = UNIX_EPOCH.elapsed().expect("it is later than 1970");
    u32::try_from(since.as_secs()).expect("gossip ends in 2106")
}
