//! HTLCs that no demand asked for: what an attacker sends to a node of its own.

use serde::{Deserialize, Serialize};

use crate::payment::payee::PayeeResponse;
use crate::units::SimDuration;

/// On whose behalf a payment is made that is not in the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackPayment {
    /// The number of the attack.
    pub attack: u16,
    /// The attack's own label.
    pub label: u32,
    /// What the node at the end does.
    pub response: AttackerResponse,
}

/// What an attacker's node does with an HTLC that reached it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttackerResponse {
    /// It fails it (`incorrect_or_unknown_payment_details`) after holding it.
    Fail {
        /// For so long, or until the attack ends.
        hold: SimDuration,
    },
    /// It takes the money after holding it.
    Settle {
        /// For so long, or until the attack ends.
        hold: SimDuration,
    },
}

impl AttackerResponse {
    /// How long it holds the HTLC.
    pub const fn hold(self) -> SimDuration {
        match self {
            Self::Fail { hold } | Self::Settle { hold } => hold,
        }
    }

    /// How a payee of this payment responds once it has held it.
    pub const fn of_payee(self) -> PayeeResponse {
        let refuses = matches!(self, Self::Fail { .. });
        PayeeResponse { offline: false, refuses, hold: SimDuration::ZERO }
    }
}
