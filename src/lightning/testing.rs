//! What unit tests of parts share: three nodes in a line, and every part lent by hand.

use crate::engine::{EventQueue, Fingerprint, Seeds};
use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::core::World;
use crate::lightning::event::{Context, Event};
use crate::lightning::lent::Lent;
use crate::lightning::owed::Obligation;
use crate::lightning::params::{Latency, LightningParams, MitigationParams, PeerParams, Protocol};
use crate::lightning::payments::Payments;
use crate::lightning::{FaultParams, GossipParams, Lightning, OnChainParams, OpeningParams};
use crate::network::{Channel, Network, Node, Policy, Software};
use crate::payment::{PayeeParams, RouterChoice, SendParams};
use crate::routing::CheapestParams;
use crate::system::testing::Recorder;
use crate::units::{FeeRate, Msat, Ppm, Sat, SimDuration, SimTime};

/// Capacity of both channels.
pub(in crate::lightning) const CAPACITY: Sat = Sat(1_000_000);

/// The first channel, from the first node to the second; and the second one, from the second node to the third.
pub(in crate::lightning) const DIRECTIONS: [DirectedChannel; 2] =
    [DirectedChannel(0), DirectedChannel(2)];

/// Three nodes in a line, 500,000 sat on each side of both channels, 1,000 msat per forward.
pub(in crate::lightning) struct Bench {
    system: Lightning,
    pub(in crate::lightning) queue: EventQueue<Event>,
    pub(in crate::lightning) rows: Recorder,
    fingerprint: Fingerprint,
    pub(in crate::lightning) now: SimTime,
}

impl Bench {
    /// One message per hop, no limits.
    pub(in crate::lightning) fn line() -> Self {
        let policy = Policy {
            fee_base_msat: 1_000,
            proportional_millionths: Ppm(0),
            cltv_expiry_delta: 40,
            htlc_minimum: Msat(1),
            htlc_maximum: Msat::MAX,
            disabled: false,
        };
        let mut network = Network::default();
        for name in ["a", "b", "c"] {
            network.add_node(Node { name: name.into(), software: Some(Software::Lnd) });
        }
        for (name, one) in [("ab", 0), ("bc", 1)] {
            let (name, policies) = (name.into(), [Some(policy); 2]);
            let channel = Channel { name, capacity: CAPACITY, policies, stated: None };
            network.add_channel(NodeId(one), NodeId(one + 1), channel);
        }
        let (params, half) = (params(), Msat(CAPACITY.to_msat().get() / 2));
        let world = World::new(network, &params);
        let seeds = Seeds::new(1, 0);
        let system = Lightning::new(params, world, vec![[half; 2]; 2], SimTime::ZERO, 1e5, seeds);
        Self {
            system,
            queue: EventQueue::default(),
            rows: Recorder::default(),
            fingerprint: Fingerprint::default(),
            now: SimTime::ZERO,
        }
    }

    /// Lends everything to a step.
    pub(in crate::lightning) fn step<T>(
        &mut self,
        step: impl FnOnce(&mut Payments, &mut Lent<'_>, &mut Context<'_>) -> T,
    ) -> T {
        let Self { system, queue, rows, fingerprint, now } = self;
        let Lightning {
            core,
            payments,
            senders,
            transport,
            topology,
            chain,
            books,
            acting,
            owed,
            ..
        } = system;
        let mut lent = Lent { core, senders, transport, topology, chain, books, acting, owed };
        step(payments, &mut lent, &mut Context { now: *now, queue, rows, fingerprint })
    }

    /// What parts owe each other since this was asked last, in order.
    pub(in crate::lightning) fn owed(&mut self) -> Vec<Obligation> {
        self.system.owed.turn(0);
        std::iter::from_fn(|| self.system.owed.take()).collect()
    }
}

fn params() -> LightningParams {
    LightningParams {
        router: RouterChoice::Cheapest(CheapestParams::default()),
        send: SendParams { max_parts: 1, ..SendParams::default() },
        payee: PayeeParams::default(),
        latency: Latency::Constant { value: SimDuration::from_millis(10) },
        processing: None,
        protocol: Protocol {
            commitment_dance: false,
            limits: false,
            non_strict_forwarding: true,
            anchors_share: 1.0,
            commitment_feerate: FeeRate(2_500),
        },
        faults: FaultParams::default(),
        onchain: OnChainParams::default(),
        openings: OpeningParams::default(),
        gossip: GossipParams::default(),
        availability: None,
        peers: PeerParams::default(),
        mitigation: MitigationParams::default(),
        feasibility: false,
    }
}
