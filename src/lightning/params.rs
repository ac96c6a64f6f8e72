//! Parameters of the channel system.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, Feerate};
use crate::declare::number::{Flag, SHARE, SIGMA, Whole, ppm};
use crate::declare::text_kinds::List;
use crate::declare::{Choice, Declared, Key, Section, choices, params};
use crate::lightning::chain::params::OnChainParams;
use crate::lightning::mitigation::reputation::ReputationParams;
use crate::lightning::topology::params::{GossipParams, OpeningParams};
use crate::lightning::transport::faults::FaultParams;
use crate::payment::{PayeeParams, RouterChoice, SendParams};
use crate::units::{FeeRate, Ppm, SimDuration};
use crate::workload::AvailabilityParams;

/// Everything under `[lightning]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LightningParams {
    /// How senders find routes.
    pub router: RouterChoice,
    /// What senders are ready to do.
    pub send: SendParams,
    /// How payees behave.
    pub payee: PayeeParams,
    /// How long messages take.
    pub latency: Latency,
    /// What signing costs; `None`: nothing.
    pub processing: Option<Processing>,
    /// How much of the protocol is simulated.
    pub protocol: Protocol,
    /// What goes wrong.
    pub faults: FaultParams,
    /// The nodes' side of the chain.
    pub onchain: OnChainParams,
    /// Channels that open during the run.
    pub openings: OpeningParams,
    /// What others learn late.
    pub gossip: GossipParams,
    /// When nodes are up; `None`: always.
    pub availability: Option<AvailabilityParams>,
    /// What nodes do about peers that are gone.
    pub peers: PeerParams,
    /// What is done against jamming.
    pub mitigation: MitigationParams,
    /// Whether each payment is looked at for being possible at all.
    pub feasibility: bool,
}

impl Declared for LightningParams {
    fn start() -> Self {
        let (router, send) = <(RouterChoice, SendParams)>::start("lnd");
        Self {
            router,
            send,
            payee: PayeeParams::start(),
            latency: Latency::start("by_region"),
            processing: None,
            protocol: Protocol::start(),
            faults: FaultParams::start(),
            onchain: OnChainParams::start(),
            openings: OpeningParams::start(),
            gossip: GossipParams::start(),
            availability: None,
            peers: PeerParams::start(),
            mitigation: MitigationParams::start(),
            feasibility: false,
        }
    }

    fn read_over(s: &mut Section<'_, '_>, start: Self) -> Self {
        let key = Key::new("routing", "How senders find routes, and what they are ready to do.");
        let (router, send) = s.choice(key, <(RouterChoice, SendParams)>::ALTERNATIVES, Some("lnd"));
        let protocol = Protocol { non_strict_forwarding: !router.is_strict(), ..start.protocol };
        let key = Key::new("protocol", "How much of the protocol is simulated.");
        let protocol = s.table(key, |s| Protocol::read_over(s, protocol));
        let latency = Key::new(
            "latency",
            "One-way delay of a message between two peers; the default is argued in docs/latency.md.",
        );
        let payee = Key::new("payee", "How payees behave.");
        let processing = Key::new("processing", "A signing server per node.");
        let faults = Key::new("faults", "HTLCs that get stuck at nodes that do not react.");
        let onchain = Key::new(
            "onchain",
            "The nodes' side of the chain: wallets, budgets, deadlines, closings.",
        );
        let openings = Key::new("openings", "Channels that open during the run.");
        let gossip = Key::new("gossip", "What others learn late.");
        let availability = Key::new("availability", "When nodes are up.");
        let peers = Key::new("peers", "What nodes do about peers that are gone.");
        let mitigation = Key::new("mitigation", "What is done against jamming.");
        let feasibility = Key::new(
            "feasibility",
            "Whether to find out, for each payment, if any algorithm could have made it: a maximum flow at \
                submission, the column `feasible` of payments.csv. Slow. `leyden run --feasibility` sets it.",
        );
        Self {
            router,
            send,
            protocol,
            latency: s.choice(latency, Latency::ALTERNATIVES, Some("by_region")),
            payee: s.table(payee, PayeeParams::read),
            processing: s.optional_table(processing, "signing takes no time", Processing::read),
            faults: s.table(faults, FaultParams::read),
            onchain: s.table(onchain, OnChainParams::read),
            openings: s.table(openings, OpeningParams::read),
            gossip: s.table(gossip, GossipParams::read),
            availability: s.optional_table(
                availability,
                "all nodes are always up",
                AvailabilityParams::read,
            ),
            peers: s.table(peers, PeerParams::read),
            mitigation: s.table(mitigation, MitigationParams::read),
            feasibility: s.or(feasibility, &Flag, start.feasibility),
        }
    }
}

params! {
    /// What nodes do about peers that are gone.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PeerParams: Default {
        /// Time after which a node force-closes a channel whose peer has not answered. Source: no
        /// implementation does so by itself.
        gone_after: Option<SimDuration> = optional(DELAY_POSITIVE, "never"),
    }
}

params! {
    /// What is done against jamming.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct MitigationParams: Default {
        /// Fee that is due whatever becomes of an HTLC, as a share of the routing fee, in parts per
        /// million. Source: Shikhelman and Tikhomirov, 2022: 1.88 % of the routing fee makes up for a jam
        /// of a channel of 1,000,000 sat; more is allowed, to see what it does.
        upfront_fee: Option<Ppm> as "upfront_fee_ppm" = optional(ppm(10_000_000), "none"),
        /// Accountable HTLCs and reputation.
        reputation: Option<ReputationParams> =
            optional_table(ReputationParams, "all HTLCs have the same access to slots and liquidity"),
    }
    check moved;
}

/// Keys that stood here once.
fn moved(_: &MitigationParams, s: &mut Section<'_, '_>) {
    s.moved("endorsement", "lightning.mitigation.reputation");
}

choices! {
    /// One-way message delay between two peers; never below zero.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Latency {
        /// Always the same.
        Constant {
            /// The delay of every message.
            value: SimDuration = required(DELAY),
        } = "constant",
        /// Normal, cut at zero.
        Normal {
            /// Mean delay. Source: CLoTH, `cloth_input.txt`.
            mean: SimDuration = or(SimDuration::from_millis(100), DELAY),
            /// Standard deviation of the delay. Source: CLoTH, `cloth_input.txt`, variance 1 ms².
            sd: SimDuration = or(SimDuration::from_millis(1), DELAY),
        } = "normal",
        /// Lognormal.
        Lognormal {
            /// Median delay.
            median: SimDuration = required(DELAY_POSITIVE),
            /// Standard deviation of the logarithm.
            sigma: f64 = required(SIGMA),
        } = "lognormal",
        /// By the regions in which both ends are; nodes are placed by shares. Each link has one delay for all
        /// its messages.
        ByRegion {
            /// Share of nodes in each region; they sum up to 1. Source: Bitcoin nodes in North America,
            /// Europe, South America, Asia and Pacific, Japan, Australia in 2019 (Aoki et al., SimBlock, 2019).
            shares: Vec<f64> = or(simblock_shares(), List(SHARE)),
            /// Median one-way delay of links from region i to region j: one row for each region. Source: SimBlock,
            /// measured in 2019, for the same six regions.
            delays: Vec<Vec<SimDuration>> = or(simblock_delays(), List(List(DELAY_POSITIVE))),
            /// Standard deviation of the logarithm of a link's delay. Source: SimBlock varies delays by 20 %.
            sigma: f64 = or(0.2, SIGMA),
        } = "by_region" check check_regions,
    }
}

/// Of North America, Europe, South America, Asia and Pacific, Japan, Australia.
fn simblock_shares() -> Vec<f64> {
    vec![0.3316, 0.4998, 0.0090, 0.1177, 0.0224, 0.0195]
}

/// Between the same regions.
fn simblock_delays() -> Vec<Vec<SimDuration>> {
    let ms = [
        [32, 124, 184, 198, 151, 189],
        [124, 11, 227, 237, 252, 294],
        [184, 227, 88, 325, 301, 322],
        [198, 237, 325, 85, 58, 198],
        [151, 252, 301, 58, 12, 126],
        [189, 294, 322, 198, 126, 16],
    ];
    ms.iter().map(|row| row.iter().map(|&ms| SimDuration::from_millis(ms)).collect()).collect()
}

fn check_regions(read: &Latency, s: &mut Section<'_, '_>) {
    let Latency::ByRegion { shares, delays, .. } = read else { return };
    s.rule(&["shares"], !shares.is_empty(), || "names no region".to_owned());
    let sum: f64 = shares.iter().sum();
    s.rule(&["shares"], shares.is_empty() || (sum - 1.0).abs() <= 1e-9, || {
        format!("must sum up to 1, but sum up to {sum}")
    });
    let regions = shares.len();
    let is_square = delays.len() == regions && delays.iter().all(|row| row.len() == regions);
    s.rule(&["delays", "shares"], is_square, || {
        format!("must be {regions} rows of {regions} delays, as there are {regions} shares")
    });
}

/// Cores of a node beyond which a number is a mistake; each takes 8 bytes per node.
const MOST_CORES: u32 = 128;

params! {
    /// A signing server per node.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Processing {
        /// Time to make one signature.
        per_signature: SimDuration = required(DELAY),
        /// Time to check one signature.
        per_verification: SimDuration = required(DELAY),
        /// Signatures that a node works on at once. Source: signing in a channel is serial in every
        /// implementation; more cores need a reason.
        cores: u32 = or(1, Whole(1..=MOST_CORES)),
    }
}

params! {
    /// How much of the protocol is simulated.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Protocol {
        /// Whether a forwarder may use another channel to the same peer than the one that it is asked
        /// for. With the sender `cloth`, whose model forwards strictly, the default is false. Source:
        /// BOLT 4: it should, all four implementations do.
        non_strict_forwarding: bool = or(true, Flag),
        /// Whether HTLCs are committed by `commitment_signed` and `revoke_and_ack`; without it there is one
        /// message per hop and direction, as in simpler simulators.
        commitment_dance: bool = or(true, Flag),
        /// Whether channels have HTLC slots, in-flight limits, a reserve, dust limits and commitment fees.
        limits: bool = or(true, Flag),
        /// Share of channels with anchor outputs. Source: lnd's default since 2021, all four
        /// implementations by now.
        anchors_share: f64 = or(1.0, SHARE),
        /// Feerate of commitment transactions. Source: lnd's cap for anchors, 10 sat/vB.
        commitment_feerate: FeeRate = or(FeeRate(2_500), Feerate),
    }
}
