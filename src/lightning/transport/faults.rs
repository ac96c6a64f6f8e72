//! Nodes that do not react: an HTLC gets stuck with them.
//!
//! The software of a node can lose an HTLC, or its owner can let it rest: it neither forwards nor
//! settles nor fails it, while everything else goes on. Then only the expiry helps, on the chain.

use serde::{Deserialize, Serialize};

use crate::declare::number::SHARE;
use crate::declare::params;
use crate::engine::{Draws, Seeds};
use crate::units::SimDuration;

params! {
    /// Nodes that do not react.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct FaultParams: Default {
        /// Probability that a forwarder never reacts to an HTLC.
        stuck_at_forwarder: f64 = or(0.0, SHARE),
        /// Probability that a payee never reacts to an HTLC.
        stuck_at_payee: f64 = or(0.0, SHARE),
    }
}

/// Draws of faults.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Faults {
    params: FaultParams,
    /// Probability that a node does not answer at a visit.
    unanswered: f64,
    draws: Draws,
    visits: Draws,
}

/// How long whoever sends to a node that does not answer waits. Source: CLoTH, `OFFLINELATENCY` (`htlc.h`).
pub(in crate::lightning) const UNANSWERED_FOR: SimDuration = SimDuration::from_millis(3_000);

impl Faults {
    /// `unanswered`: probability that a node does not answer at a visit.
    pub(in crate::lightning) fn new(params: FaultParams, unanswered: f64, seeds: Seeds) -> Self {
        let draws = seeds.draws("faults.stuck");
        Self { params, unanswered, draws, visits: seeds.draws("faults.visit") }
    }

    /// Whether the receiver of hop number `hop` of a payment's attempt does not answer this time.
    pub(in crate::lightning) fn is_unanswered(&self, payment: u64, attempt: u32, hop: u32) -> bool {
        let visit = || self.visits.at(payment, u64::from(attempt) << 5 | u64::from(hop));
        self.unanswered > 0.0 && visit().chance(self.unanswered)
    }

    /// Whether the receiver of hop number `hop` of a payment's attempt never reacts to the HTLC.
    pub(in crate::lightning) fn sticks(
        &self,
        payment: u64,
        attempt: u32,
        hop: u32,
        is_payee: bool,
    ) -> bool {
        let FaultParams { stuck_at_forwarder, stuck_at_payee } = self.params;
        let share = if is_payee { stuck_at_payee } else { stuck_at_forwarder };
        // No draw is needed where nothing ever sticks.
        share > 0.0
            && self.draws.at(payment, u64::from(attempt) << 5 | u64::from(hop)).chance(share)
    }
}
