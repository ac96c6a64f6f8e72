//! The channel system: owns network, channels, payments and what senders have learnt.
//!
//! Reading order, along the life of a payment: [`Lightning::submit`](PaymentSystem::submit) →
//! `sending` (plan, see `planning`, and offer the first HTLC) → `relaying` (hop by hop to the payee and back) →
//! `finishing` (the payer knows; rows). `Event` lists what can happen in that order.
//!
//! Blocks drive the rest: expiries and closings (`blocks`), openings (`opening`), and gossip of both.

mod attack;
mod books;
mod build;
mod chain;
mod check;
mod mitigation;
mod params;
mod payments;
mod topology;
mod transport;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use attack::executor::AttackEvent;
pub use build::World;
pub use chain::blocks::ChainEvent;
pub use chain::{MOST_CLAIM_BEFORE, OnChainParams};
pub use mitigation::reputation::ReputationParams;
pub use params::{Latency, LightningParams, Mitigation, Processing, Protocol};
pub use payments::speculation::{Plan, PlanAhead, PlanRequest};
pub use topology::availability::NodeEvent;
pub use topology::gossip::GossipParams;
pub use topology::opening::{Attachment, OpeningParams};
pub use transport::faults::FaultParams;

use crate::channel::{Channels, DanceEvent, Locked};
use crate::engine::{Draws, Slab};
use crate::ids::{ChannelId, PartId, SystemName};
use crate::lightning::attack::breach::Breaches;
use crate::lightning::attack::executor::Attacks;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::books::usage::Usage;
use crate::lightning::chain::OnChain;
use crate::lightning::mitigation::reputation::Reputation;
use crate::lightning::payments::planning::Planner;
use crate::lightning::payments::speculation::Speculation;
use crate::lightning::topology::availability::Availability;
use crate::lightning::topology::gossip::Gossip;
use crate::lightning::topology::opening::Opened;
use crate::lightning::topology::shutdown::Shutdown;
use crate::lightning::transport::faults::Faults;
use crate::lightning::transport::latency::Delays;
use crate::lightning::transport::servers::Servers;
use crate::outcome::CloseCause;
use crate::payment::payee::Payees;
use crate::payment::{Part, Payment};
use crate::routing::{Beliefs, Hop};
use crate::rows::Sample;
use crate::system::{Broken, Cx, PaymentSystem};
use crate::units::{Msat, SimTime};
use crate::workload::Demand;

/// What happens, in the order of a payment's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Something happens to an HTLC of a part.
    Htlc(HtlcEvent),
    /// The commitment dance of a channel goes on.
    Dance(DanceEvent),
    /// Something happens to an attack by the clock.
    Attack(AttackEvent),
    /// Something happens on the chain.
    Chain(ChainEvent),
    /// A node goes down or comes back.
    Node(NodeEvent),
}

/// What happens to the HTLCs of a part. `hop` counts channels from the payer, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HtlcEvent {
    /// The HTLC reached the receiver of `hop` (without the commitment dance).
    Arrived {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The payee's holding time is over.
    Answered {
        /// The part.
        part: PartId,
    },
    /// The preimage reached the offerer of `hop`.
    Preimage {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The preimage reached the node behind channel `hop` - 1 past the nodes in between: a wormhole.
    Tunnelled {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The failure reached the offerer of `hop` (without the commitment dance).
    Failed {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
}

const _: () = assert!(size_of::<Event>() <= 16, "events are copied through the queue all the time");

/// The channel system.
#[derive(Serialize, Deserialize)]
pub struct Lightning {
    params: LightningParams,
    /// Payments submitted before this time are left out of statistics.
    warmup: SimTime,
    /// US dollars per bitcoin.
    btc_usd: f64,
    channels: Channels,
    /// Balances at the start of each channel.
    initial: Vec<[Msat; 2]>,
    payments: Slab<Payment>,
    parts: Slab<Part>,
    /// What each sender has learnt.
    beliefs: Vec<Beliefs>,
    /// How often each sender has learnt something.
    belief_version: Vec<u32>,
    ledger: Ledger,
    delays: Delays,
    servers: Servers,
    usage: Usage,
    payees: Payees,
    preimages: Draws,
    attacks: Attacks,
    breaches: Breaches,
    faults: Faults,
    /// Which channels their owners close.
    choices: Draws,
    /// Who opens channels to whom.
    openings: Draws,
    /// Nodes and channels before the run, without those of attackers: they come first.
    honest: [u64; 2],
    /// What openers agree on that gossip does not tell.
    term_draws: Draws,
    /// Policies that have changed.
    gossip: Gossip,
    /// Channels opened during the run, in the order of their ids.
    opened: Vec<Opened>,
    /// `None` disables the underlying chain: block height never advances.
    onchain: Option<OnChain>,
    /// Channels that are closed by agreement when their HTLCs have ended.
    shutdowns: BTreeMap<ChannelId, Shutdown>,
    /// When and why channels were closed.
    closed_at: BTreeMap<ChannelId, SimTime>,
    causes: BTreeMap<ChannelId, CloseCause>,
    /// Channels of which senders know that they are closed.
    heard: Vec<ChannelId>,
    /// Which nodes are up; `None`: all, always.
    availability: Option<Availability>,
    /// What forwarders keep free for whom; `None`: nothing.
    reputation: Option<Reputation>,
    /// Payments submitted so far.
    submitted: u64,
    /// Payments whose row has been written.
    ended: u64,
    /// What is derived from files and parameters.
    #[serde(skip)]
    world: World,
    #[serde(skip)]
    buffers: Buffers,
}

/// Buffers that are used again and again.
#[derive(Default)]
struct Buffers {
    planner: Planner,
    speculation: Speculation,
    locked: Vec<Locked>,
    hops: Vec<Hop>,
    waiting: Vec<PartId>,
}

impl fmt::Debug for Lightning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lightning")
            .field("submitted", &self.submitted)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// The context in which this system handles things.
type Context<'a> = Cx<'a, Event>;

impl PaymentSystem for Lightning {
    const NAME: SystemName = SystemName::Lightning;
    type Event = Event;

    fn start(&mut self, cx: &mut Context<'_>) {
        self.schedule_attacks(cx);
        self.schedule_blocks(cx);
        self.schedule_nodes(cx);
    }

    fn submit(&mut self, demand: &Demand, cx: &mut Context<'_>) {
        cx.fingerprint.absorb(cx.now.nanos(), 0, self.submitted, demand.amount.get());
        self.pass_time(cx.now);
        self.pay(demand, cx);
    }

    fn prepare(&mut self, upcoming: &[Demand], threads: usize) {
        self.plan_ahead(upcoming, threads);
    }

    fn handle(&mut self, event: Event, cx: &mut Context<'_>) {
        let (kind, entity) = ingredients(event);
        let money = self.money_of(event);
        cx.fingerprint.absorb(cx.now.nanos(), kind, entity, money.get());
        self.pass_time(cx.now);
        if self.parks(event) {
            return;
        }
        match event {
            Event::Htlc(HtlcEvent::Arrived { part, hop }) => self.arrived(part, hop, cx),
            Event::Htlc(HtlcEvent::Answered { part }) => self.answered(part, cx),
            Event::Htlc(HtlcEvent::Preimage { part, hop }) => self.preimage_arrived(part, hop, cx),
            Event::Htlc(HtlcEvent::Tunnelled { part, hop }) => self.tunnelled(part, hop, cx),
            Event::Htlc(HtlcEvent::Failed { part, hop }) => self.failure_arrived(part, hop, cx),
            Event::Dance(event) => self.dance(event, cx),
            Event::Attack(event) => self.attack_event(event, cx),
            Event::Chain(event) => self.chain_event(event, cx),
            Event::Node(event) => self.node_event(event, cx),
        }
    }

    fn sample(&self, out: &mut Sample) {
        out.channels = Some(self.describe());
    }

    fn check(&self) -> Result<(), Broken> {
        self.check_world()
    }

    fn look_ahead(&self) -> (u64, u64) {
        self.buffers.speculation.counts()
    }

    fn is_quiet(&self) -> bool {
        self.onchain.as_ref().is_some_and(OnChain::is_quiet)
            && self.payments.is_empty()
            && self.channels.is_quiet()
            && self.shutdowns.is_empty()
            && self.attacks.campaigns().is_empty()
    }

    fn arrivals_over(&mut self, cx: &mut Context<'_>) {
        self.report_usage(cx);
    }

    fn rebuild(&mut self) {
        self.buffers = Buffers::default();
        self.show_all();
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        self.report_attacks(cx);
        self.report_breaches(cx);
        self.report_towers(cx);
        self.report_pending(cx);
        self.report_accounts(cx);
        self.report_system(cx);
    }
}

/// Kind and entity of an event, for the fingerprint.
fn ingredients(event: Event) -> (u16, u64) {
    let of = |part: PartId, hop: u8| u64::from(part.0) << 8 | u64::from(hop);
    match event {
        Event::Htlc(HtlcEvent::Arrived { part, hop }) => (1, of(part, hop)),
        Event::Htlc(HtlcEvent::Answered { part }) => (2, of(part, 0)),
        Event::Htlc(HtlcEvent::Preimage { part, hop }) => (3, of(part, hop)),
        Event::Htlc(HtlcEvent::Failed { part, hop }) => (4, of(part, hop)),
        Event::Htlc(HtlcEvent::Tunnelled { part, hop }) => (8, of(part, hop)),
        Event::Dance(DanceEvent::Sign(direction)) => (5, u64::from(direction.0)),
        Event::Dance(DanceEvent::Arrive(direction)) => (6, u64::from(direction.0)),
        Event::Dance(DanceEvent::LockIn(direction)) => (7, u64::from(direction.0)),
        Event::Attack(event) => event.ingredients(),
        Event::Chain(event) => event.ingredients(),
        Event::Node(event) => event.ingredients(),
    }
}

impl Lightning {
    /// Money that an event is about, for the fingerprint: the HTLC's amount, or what is in flight.
    fn money_of(&self, event: Event) -> Msat {
        match event {
            Event::Htlc(
                HtlcEvent::Arrived { part, hop }
                | HtlcEvent::Preimage { part, hop }
                | HtlcEvent::Tunnelled { part, hop }
                | HtlcEvent::Failed { part, hop },
            ) => self.parts.get(part.0).legs[usize::from(hop)].hop.amount,
            Event::Htlc(HtlcEvent::Answered { part }) => self.parts.get(part.0).amount,
            Event::Dance(
                DanceEvent::Sign(direction)
                | DanceEvent::Arrive(direction)
                | DanceEvent::LockIn(direction),
            ) => self.channels.in_flight(direction),
            Event::Attack(_) | Event::Chain(_) | Event::Node(_) => Msat::ZERO,
        }
    }
}
