//! How wallets pay on Ethereum.

use serde::{Deserialize, Serialize};

use crate::units::{Gas, GasPrice, SimDuration};

/// Everything under `[ethereum.wallets]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthereumPayments {
    /// Gas of one payment.
    pub gas: Gas,
    /// What wallets tip per gas.
    pub tip: GasPrice,
    /// Most that a wallet pays per gas, as a multiple of the base fee that it sees.
    pub base_fee_multiple: u32,
    /// A wallet that has waited so long bids again.
    pub bump_after: SimDuration,
}

impl Default for EthereumPayments {
    fn default() -> Self {
        Self {
            // A transfer of ether (EIP-2028's schedule leaves it at 21,000); a token costs about 50,000.
            gas: Gas(21_000),
            // As much as the default background tips at its median price: 5 % of 1 gwei.
            tip: GasPrice(50_000_000),
            // EIP-1559's reference wallet: room for six full blocks in a row.
            base_fee_multiple: 2,
            // Five slots: an assumption.
            bump_after: SimDuration::from_secs(60),
        }
    }
}
