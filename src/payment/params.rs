//! Parameters of payers and payees.

use serde::{Deserialize, Serialize};

use crate::units::{Msat, Ppm, SimDuration};

/// What a payer is ready to do for a payment. Read from the table of the router chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendParams {
    /// No new attempt starts later than this after the submission. Default 60 s (lnd, CLN, CLoTH).
    pub payment_timeout: SimDuration,
    /// At most so many attempts; `None`: as many as time and routes allow (lnd).
    pub max_attempts: Option<u32>,
    /// Largest routing fee as a share of the amount. Default 50,000 ppm (5 %, lnd).
    pub fee_limit: Ppm,
    /// Up to this amount the fee may be as large as the amount. Default 1,000 sat (lnd).
    pub fee_limit_exempt: Msat,
    /// Largest sum of CLTV deltas, the final one included. Default 2,016 blocks (BOLT 4, lnd).
    pub cltv_limit: u32,
    /// Largest number of channels. Default 20 (BOLT 4's onion, CLN's `ROUTING_MAX_HOPS`).
    pub max_hops: u8,
}

impl SendParams {
    /// The largest fee that a payer accepts for this amount.
    pub fn fee_limit_of(&self, amount: Msat) -> Msat {
        if amount <= self.fee_limit_exempt {
            return amount;
        }
        self.fee_limit.of(amount).unwrap_or(Msat::MAX)
    }
}

impl Default for SendParams {
    fn default() -> Self {
        Self {
            payment_timeout: SimDuration::from_secs(60),
            max_attempts: None,
            fee_limit: Ppm(50_000),
            fee_limit_exempt: Msat(1_000_000),
            cltv_limit: 2_016,
            max_hops: 20,
        }
    }
}

/// How payees behave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayeeParams {
    /// How long a payee holds a payment before it answers. Default: no time.
    pub hold: Hold,
    /// Share of payments that the payee then refuses (`incorrect_or_unknown_payment_details`). Default 0.
    pub fail_share: f64,
    /// Share of payments whose payee is offline: its peer answers `unknown_next_peer`. Default 0.
    pub offline_share: f64,
}

impl Default for PayeeParams {
    fn default() -> Self {
        Self { hold: Hold::Constant(SimDuration::ZERO), fail_share: 0.0, offline_share: 0.0 }
    }
}

/// A holding time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// Always the same.
    Constant(SimDuration),
    /// Exponential with this mean.
    Exponential(SimDuration),
}
