//! Parameters of the channel system.

use serde::{Deserialize, Serialize};

use crate::lightning::mitigation::reputation::ReputationParams;
use crate::lightning::{FaultParams, GossipParams, OnChainParams, OpeningParams};
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
    /// The underlying chain, as its nodes use it.
    pub onchain: OnChainParams,
    /// Channels that open during the run.
    pub openings: OpeningParams,
    /// What others learn late.
    pub gossip: GossipParams,
    /// When nodes are up; `None`: always.
    pub availability: Option<AvailabilityParams>,
    /// What is done against jamming.
    pub mitigation: Mitigation,
}

/// What is done against jamming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mitigation {
    /// Fee that is due whatever becomes of an HTLC, as a share of the routing fee; `None`: none.
    pub upfront_fee: Option<Ppm>,
    /// Outgoing reputation and accountable HTLCs; `None`: everybody gets everything.
    pub reputation: Option<ReputationParams>,
}

/// One-way message delay between two peers; never below zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Latency {
    /// Always the same.
    Constant {
        /// The delay.
        value: SimDuration,
    },
    /// Normal, cut at zero.
    Normal {
        /// Mean. Default 100 ms (CLoTH).
        mean: SimDuration,
        /// Standard deviation. Default 1 ms (CLoTH).
        sd: SimDuration,
    },
    /// Lognormal.
    Lognormal {
        /// Median.
        median: SimDuration,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// By the regions in which both ends are; nodes are placed by shares.
    ByRegion {
        /// Share of nodes in each region; they sum up to 1.
        shares: Vec<f64>,
        /// Median one-way delay from region i to region j.
        delays: Vec<Vec<SimDuration>>,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
}

/// A signing server per node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processing {
    /// Time to make one signature.
    pub per_signature: SimDuration,
    /// Time to check one signature.
    pub per_verification: SimDuration,
    /// Signatures that a node works on at once, at least 1.
    pub cores: u32,
}

/// How much of the protocol is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// False: one message per hop and direction, as in simpler simulators. Default true.
    pub commitment_dance: bool,
    /// False: no slots, in-flight limits, reserve, dust and commitment fees. Default true.
    pub limits: bool,
    /// Whether a forwarder may use another channel to the same peer than the one that it is asked for (BOLT 4: it
    /// should, all four implementations do). Default true; CLoTH does not.
    pub non_strict_forwarding: bool,
    /// Share of channels with anchor outputs. Default 1 (lnd's default since 2021, all four by now).
    pub anchors_share: f64,
    /// Feerate of commitments. Default 2,500 sat per 1,000 WU = 10 sat/vB (lnd's cap for anchors).
    pub commitment_feerate: FeeRate,
}
