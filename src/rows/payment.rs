//! Rows of payments and of their attempts.

use serde::{Deserialize, Serialize};

use crate::ids::{DirectedChannel, NodeId};
use crate::outcome::{Failure, OnionError, Outcome, Shortage};
use crate::units::{Msat, SimTime};

/// A demand was submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferedRow {
    /// When the payer wanted to pay.
    pub at: SimTime,
    /// What the payee is to receive.
    pub amount: Msat,
}

/// A payee learnt that it is paid, of a payment whose [`PaymentRow`] comes much later, when it is final:
/// see [`Settlement::acknowledged`]. Each payment at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcknowledgedRow {
    /// When the payer wanted to pay.
    pub submitted: SimTime,
    /// When the payee learnt of it.
    pub at: SimTime,
    /// The amount.
    pub amount: Msat,
}

/// One payment (`payments.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentRow {
    /// The trace's own number in a replay, else 0, 1, 2…
    pub id: u64,
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid.
    pub payee: NodeId,
    /// What the payee is to receive.
    pub amount: Msat,
    /// When the payer wanted to pay.
    pub submitted: SimTime,
    /// False in the warm-up and after the end of arrivals: such rows are kept out of statistics.
    pub measured: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed; only for [`Outcome::Failed`].
    pub failure: Option<Failure>,
    /// The last error reported to the payer.
    pub last_error: Option<OnionError>,
    /// The payee released the preimage (all parts locked in).
    pub settled: Option<SimTime>,
    /// The payer holds the preimage.
    pub payer_known: Option<SimTime>,
    /// It can no longer be undone.
    pub final_at: Option<SimTime>,
    /// Nothing of it is under way.
    pub ended: Option<SimTime>,
    /// HTLC sets sent; each part counts.
    pub attempts: u32,
    /// Path searches: how often a router was asked, also where it saw at once that nothing can be sent.
    pub searches: u32,
    /// Parts that carried it (settled) or were tried at most at once (failed).
    pub parts: u32,
    /// Channels of the longest route of the last attempt.
    pub hops: Option<u32>,
    /// Routing fee paid; settled payments only.
    pub fee: Option<Msat>,
    /// What the user is charged, in US dollars.
    pub price_usd: Option<f64>,
    /// What it costs to provide, in US dollars.
    pub resource_usd: Option<f64>,
    /// How it stands with the chain below the system.
    pub settlement: Settlement,
    /// Whether any payer's algorithm could have made it when it was asked for; `None`: nobody looked.
    pub feasible: Option<bool>,
    /// Where it failed because channels held too little: since when.
    pub shortage: Option<Shortage>,
}

/// What only systems on a chain, or with a settlement of their own, can say of a payment.
///
/// A row is complete when it is emitted: a system whose finality comes late keeps the payment until
/// then. A time that a rule fixes (a challenge window, the right to a chargeback) may lie after the
/// end of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// It, or the batch that carries it, stands in a block of an L1.
    pub included: Option<SimTime>,
    /// The payee could hold it as money of the layer below.
    pub withdrawable: Option<SimTime>,
    /// There was an [`AcknowledgedRow`] for it: the time series has counted it.
    pub acknowledged: bool,
    /// Part of the resource cost that is paid to an L1, in US dollars.
    pub l1_usd: f64,
    /// Part of the resource cost of whoever operates the system, in US dollars.
    pub operator_usd: f64,
    /// Weight units on Bitcoin, its share of a shared transaction.
    pub l1_weight: f64,
    /// Gas on Ethereum, its share of a shared transaction.
    pub l1_gas: f64,
    /// Bytes published on an L1, its share.
    pub l1_bytes: f64,
}

/// One attempt (`attempts.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttemptRow<'a> {
    /// The payment's number, as in [`PaymentRow::id`].
    pub id: u64,
    /// Number of the part within its payment, from 0.
    pub part: u32,
    /// Number of the attempt within its payment, from 1.
    pub attempt: u32,
    /// When the first HTLC was offered.
    pub sent: SimTime,
    /// When the payer learnt how it ended; `None` if it never did.
    pub ended: Option<SimTime>,
    /// What the payee receives of it.
    pub amount: Msat,
    /// Routing fee of the route.
    pub fee: Msat,
    /// Blocks between the height at sending and the expiry of the first HTLC.
    pub cltv: u32,
    /// The channels, from payer to payee.
    pub route: &'a [DirectedChannel],
    /// Settled, failed, or pending at the end of the run.
    pub outcome: Outcome,
    /// The error reported, if it failed.
    pub error: Option<OnionError>,
    /// The hop at which it failed: 0 is the payer's own channel.
    pub error_hop: Option<u32>,
}
