//! The vocabulary of the integration tests: small networks, payments, and a recorder of rows.

#![allow(dead_code, reason = "every test file uses another part of the vocabulary")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "this is test code")]

use std::path::PathBuf;

use leyden::engine::Seeds;
use leyden::ids::{ChannelId, DirectedChannel, NodeId};
use leyden::lightning::{
    FaultParams, GossipParams, Latency, Lightning, LightningParams, OnChainParams, OpeningParams,
    Protocol, World,
};
use leyden::network::{Channel, Network, Node, Policy, Software};
use leyden::outcome::{AttackOutcome, OnionError, Outcome};
use leyden::payment::RouterChoice;
use leyden::payment::{PayeeParams, SendParams};
use leyden::routing::LndParams;
use leyden::rows::{
    BlockRow, ChannelRow, ClosureRow, NodeRow, PaymentRow, Row, Rows, Sample, SystemRow, Window,
};
use leyden::system::{Control, Observer, Progress, Running, Span, drive};
use leyden::units::{FeeRate, Msat, Ppm, Sat, SimDuration, SimTime};
use leyden::workload::Demand;

/// The folder of real data, or `None` (and a line that says so) where it is not given.
pub(crate) fn real_data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LEYDEN_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {test}: LEYDEN_DATA is not set");
    }
    folder
}

/// A policy with this fee and delta, open for everything from 1 msat to 10 BTC.
pub(crate) fn policy(fee_base_msat: u32, ppm: u32, cltv_expiry_delta: u16) -> Policy {
    Policy {
        fee_base_msat,
        proportional_millionths: Ppm(ppm),
        cltv_expiry_delta,
        htlc_minimum: Msat(1),
        htlc_maximum: Sat(1_000_000_000).to_msat(),
        disabled: false,
    }
}

/// A network of LDK nodes (no batching delay) without channels.
pub(crate) fn nodes(count: u32) -> Network {
    let mut network = Network::default();
    for i in 0..count {
        let name = format!("n{i}").into();
        network.add_node(Node { name, software: Some(Software::Ldk) });
    }
    network
}

/// Adds a channel with the same policy in both directions.
pub(crate) fn join(network: &mut Network, one: u32, two: u32, capacity: Sat, both: Policy) {
    let name = format!("c{}", network.channel_count()).into();
    let channel = Channel { name, capacity, policies: [Some(both); 2], stated: None };
    network.add_channel(NodeId(one), NodeId(two), channel);
}

/// n0 — n1 — n2 — …, with `both` as every policy.
pub(crate) fn line_of(count: u32, capacity: Sat, both: Policy) -> Network {
    let mut network = nodes(count);
    for i in 1..count {
        join(&mut network, i - 1, i, capacity, both);
    }
    network
}

/// Half of the capacity on each side.
pub(crate) fn halves(network: &Network) -> Vec<[Msat; 2]> {
    let half = |c| Msat(network.channel(c).capacity.to_msat().get() / 2);
    network.channel_ids().map(|c| [half(c); 2]).collect()
}

/// Parameters with this constant one-way delay; dance and limits on; lnd's router, each payment in one part.
pub(crate) fn params(delay_ms: u64) -> LightningParams {
    LightningParams {
        faults: FaultParams::default(),
        onchain: OnChainParams::default(),
        openings: OpeningParams::default(),
        gossip: GossipParams::default(),
        router: RouterChoice::Lnd(LndParams::default()),
        send: SendParams { max_parts: 1, ..SendParams::default() },
        payee: PayeeParams::default(),
        latency: Latency::Constant { value: SimDuration::from_millis(delay_ms) },
        processing: None,
        availability: None,
        peers: leyden::lightning::PeerParams::default(),
        mitigation: leyden::lightning::MitigationParams::default(),
        feasibility: false,
        protocol: Protocol {
            commitment_dance: true,
            limits: true,
            non_strict_forwarding: true,
            anchors_share: 1.0,
            commitment_feerate: FeeRate(2_500),
        },
    }
}

/// The simplest protocol: one message per hop and direction, no limits.
pub(crate) fn plain(delay_ms: u64) -> LightningParams {
    let mut params = params(delay_ms);
    params.protocol.commitment_dance = false;
    params.protocol.limits = false;
    params
}

/// A demand at a time in milliseconds.
pub(crate) fn pay(id: u64, payer: u32, payee: u32, amount: Msat, at_ms: u64) -> Demand {
    let at = SimTime::ZERO + SimDuration::from_millis(at_ms);
    Demand { id, payer: NodeId(payer), payee: NodeId(payee), amount, at }
}

/// An attempt as recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) id: u64,
    pub(crate) part: u32,
    pub(crate) sent: SimTime,
    pub(crate) ended: Option<SimTime>,
    pub(crate) amount: Msat,
    pub(crate) fee: Msat,
    pub(crate) route: Vec<DirectedChannel>,
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<(OnionError, u32)>,
}

/// Keeps every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recorder {
    pub(crate) payments: Vec<PaymentRow>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) channels: Vec<ChannelRow>,
    pub(crate) nodes: Vec<NodeRow>,
    pub(crate) attacks: Vec<Attack>,
    pub(crate) closures: Vec<ClosureRow>,
    pub(crate) blocks: Vec<BlockRow>,
    pub(crate) systems: Vec<SystemRow>,
}

/// An attempt of an attack as recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attack {
    pub(crate) victim: Option<NodeId>,
    pub(crate) channel: Option<ChannelId>,
    pub(crate) start: SimTime,
    pub(crate) outcome: AttackOutcome,
    pub(crate) gain: Option<Msat>,
    pub(crate) fees: Option<Msat>,
    pub(crate) attacker_net: Option<i64>,
    pub(crate) locked_msat_s: Option<u64>,
    pub(crate) slot_s: Option<u64>,
    pub(crate) htlcs: Option<u64>,
    pub(crate) bits: Option<f64>,
}

impl Rows for Recorder {
    fn record(&mut self, row: Row<'_>) {
        match row {
            Row::Payment(row) => self.payments.push(*row),
            Row::Attempt(row) => self.attempts.push(Attempt {
                id: row.id,
                part: row.part,
                sent: row.sent,
                ended: row.ended,
                amount: row.amount,
                fee: row.fee,
                route: row.route.to_vec(),
                outcome: row.outcome,
                error: row.error.zip(row.error_hop),
            }),
            Row::Sample(state) => self.samples.push(*state),
            Row::Channel(row) => self.channels.push(*row),
            Row::Node(row) => self.nodes.push(*row),
            Row::Closure(row) => self.closures.push(*row),
            Row::Block(row) => self.blocks.push(*row),
            Row::System(row) => self.systems.push(*row),
            Row::Attack(row) => self.attacks.push(Attack {
                victim: row.victim,
                channel: row.channel,
                start: row.start,
                outcome: row.outcome,
                gain: row.gain,
                fees: row.fees,
                attacker_net: row.attacker_net,
                locked_msat_s: row.locked_msat_s,
                slot_s: row.slot_s,
                htlcs: row.htlcs,
                bits: row.bits,
            }),
            _ => {}
        }
    }
}

impl Observer for Recorder {
    fn watch(&mut self, _progress: Progress) -> Control {
        Control::Continue
    }
}

/// A system over `network` with these balances.
pub(crate) fn system(
    network: Network,
    params: &LightningParams,
    balances: Vec<[Msat; 2]>,
) -> Lightning {
    let world = World::new(network, params);
    Lightning::new(params.clone(), world, balances, SimTime::ZERO, 100_000.0, Seeds::new(1, 0))
}

/// An hour and a day: long enough for every test, with all invariants checked after every step.
pub(crate) fn span() -> Span {
    Span {
        sample_every: SimDuration::from_secs(3_600),
        window: Window::default(),
        end: SimTime::ZERO + SimDuration::from_secs(86_400),
        check_each: true,
        threads: 1,
    }
}

/// An amount of satoshis.
pub(crate) fn sat(amount: u64) -> Msat {
    Sat(amount).to_msat()
}

/// What becomes of payment 0 of `amount` sat from the first to the last node, with these balances in sat.
pub(crate) fn pay_across(
    network: &Network,
    params: &LightningParams,
    balances: &[[u64; 2]],
    amount: u64,
) -> Recorder {
    let last = u32::try_from(network.node_count()).unwrap() - 1;
    let balances = balances.iter().map(|pair| pair.map(sat)).collect();
    run(system(network.clone(), params, balances), vec![pay(0, 0, last, sat(amount), 0)])
}

/// Runs the demands over the system to the end, with all invariants checked after every step.
pub(crate) fn run(system: Lightning, demands: Vec<Demand>) -> Recorder {
    run_in(Window::default(), system, demands)
}

/// The same with a window for statistics.
pub(crate) fn run_in(window: Window, system: Lightning, demands: Vec<Demand>) -> Recorder {
    let span = Span { window, ..span() };
    let mut recorder = Recorder::default();
    let mut running = Running::new(system, span);
    let mut demands = demands.into_iter();
    let over = drive(&mut running, &mut demands, span, u64::MAX, &mut recorder).unwrap();
    assert!(over, "the run comes to its end");
    running.finish(&mut recorder).unwrap();
    recorder
}

/// Which nodes are down at some time in an hour without payments.
pub(crate) fn offline_nodes(system: Lightning) -> Vec<bool> {
    let window = Window { from: SimTime::ZERO, to: SimTime::ZERO + SimDuration::from_secs(3_600) };
    let rows = run_in(window, system, Vec::new());
    rows.nodes.iter().map(|node| node.online_share.unwrap() < 1.0).collect()
}

/// Milliseconds as a virtual time in a row.
#[expect(clippy::unnecessary_wraps, reason = "rows hold times that may be missing")]
pub(crate) fn at_ms(ms: u64) -> Option<SimTime> {
    Some(SimTime::ZERO + SimDuration::from_millis(ms))
}
