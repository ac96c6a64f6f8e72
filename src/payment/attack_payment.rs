//! HTLCs that no demand asked for: what an attacker sends to a node of its own.

use serde::{Deserialize, Serialize};

use crate::units::SimDuration;

/// On whose behalf a payment is made that is not in the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackPayment {
    /// The number of the attack.
    pub attack: u16,
    /// The attack's own label.
    pub label: u32,
    /// What the node at the end does.
    pub answer: Answer,
}

/// What an attacker's node does with an HTLC that reached it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
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

impl Answer {
    /// How long it holds the HTLC.
    pub const fn hold(self) -> SimDuration {
        match self {
            Self::Fail { hold } | Self::Settle { hold } => hold,
        }
    }

    /// Whether it takes the money.
    pub const fn settles(self) -> bool {
        matches!(self, Self::Settle { .. })
    }
}
