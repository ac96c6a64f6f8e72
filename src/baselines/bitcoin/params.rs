//! How wallets pay on the chain.

use serde::{Deserialize, Serialize};

/// Everything under `[bitcoin.wallets]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BitcoinPayments {
    /// Wallets bid so that they are mined within so many blocks.
    pub target_blocks: u32,
    /// Blocks, the first included, after which a payment is taken as final.
    pub confirmations: u32,
    /// Whether a wallet that has waited longer than its target bids again (BIP 125).
    pub bump: bool,
    /// The most that a wallet pays as a fee, as a share of the amount; `None`: whatever it takes.
    pub fee_limit_share: Option<f64>,
}

impl Default for BitcoinPayments {
    fn default() -> Self {
        Self {
            // The usual choice of wallets for a payment that somebody waits for.
            target_blocks: 2,
            // Nakamoto's: with 10 % of the hashrate, 6 confirmations are undone once in 4,000 times.
            confirmations: 6,
            bump: true,
            fee_limit_share: None,
        }
    }
}
