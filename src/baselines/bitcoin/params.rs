//! How wallets pay on the chain.

use serde::{Deserialize, Serialize};

use crate::declare::number::{Flag, Number, Whole};
use crate::declare::params;

/// A fee over the amount.
const LIMIT: Number = Number { low: 0.0, high: 1e6, above: false };

params! {
    /// How wallets pay where Bitcoin itself carries the payments.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BitcoinPayments: Default {
        /// Wallets bid so that they are mined within so many blocks. Source: the usual choice of
        /// wallets for a payment that somebody waits for.
        target_blocks: u32 = or(2, Whole(1..=1_008)),
        /// Blocks, the first included, after which a payment counts as final. Source: Nakamoto, 2008:
        /// with 10 % of the hashrate, 6 confirmations are undone once in 4,000 times.
        confirmations: u32 = or(6, Whole(1..=1_000)),
        /// Whether a wallet that has waited longer than its target bids again (BIP 125).
        bump: bool = or(true, Flag),
        /// Outputs of a wallet, each of which carries a chain of unconfirmed payments of its own. An assumption:
        /// with chains of 25, forty of them are 1,000 payments that wait, a dozen blocks of a wallet that sends
        /// a hundredth of what blocks hold, so that block space limits it and not its outputs. Wallets that pay
        /// less often use one or two.
        outputs: u16 = or(40, Whole(1..=1_000)),
        /// The most that a wallet pays as a fee, as a share of the amount.
        fee_limit_share: Option<f64> = optional(LIMIT, "whatever it takes"),
    }
}
