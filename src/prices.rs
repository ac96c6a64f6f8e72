//! What money costs, in US dollars; only for comparing costs, never for what a model decides.

use serde::{Deserialize, Serialize};

use crate::declare::amount::RUN_POSITIVE;
use crate::declare::number::{POSITIVE, SHARE};
use crate::declare::params;
use crate::units::{Msat, SimDuration, Wei};

params! {
    /// What money costs, in US dollars.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Prices: Default {
        /// US dollars per bitcoin. Source: a round figure for the level of 2025.
        btc_usd: f64 = or(100_000.0, POSITIVE),
        /// US dollars per ether. Source: a round figure for the level of 2025.
        eth_usd: f64 = or(3_000.0, POSITIVE),
        /// What it costs to bind money for a year, as a share of it. Source: about what lending it
        /// earned in 2025.
        capital_cost_per_year: f64 = or(0.05, SHARE),
        /// Time over which opening and closing channels, accounts and deposits are paid off. Source: an
        /// assumption.
        amortise_over: SimDuration = or(SimDuration::from_secs(365 * 86_400), RUN_POSITIVE),
    }
}

impl Prices {
    /// An amount of bitcoin in US dollars.
    #[expect(clippy::cast_precision_loss, reason = "a figure for reports, not state")]
    pub fn msat_in_usd(&self, amount: Msat) -> f64 {
        /// Millisatoshis per bitcoin.
        const MSAT_PER_BTC: f64 = 1e11;
        amount.get() as f64 * self.btc_usd / MSAT_PER_BTC
    }

    /// An amount of ether in US dollars.
    pub fn wei_in_usd(&self, amount: Wei) -> f64 {
        amount.as_eth_f64() * self.eth_usd
    }
}
