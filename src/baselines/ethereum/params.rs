//! How wallets pay on Ethereum.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY_POSITIVE, PerGas};
use crate::declare::number::{Whole, gas};
use crate::declare::params;
use crate::units::{Gas, GasPrice, SimDuration};

params! {
    /// How wallets pay where Ethereum itself carries the payments.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct EthereumPayments: Default {
        /// Gas of one payment. Source: a transfer of ether (EIP-2028's schedule leaves it at 21,000); a
        /// token costs about 50,000.
        gas: Gas = or(Gas(21_000), gas(21_000, 16_777_216)),
        /// What wallets tip per gas. Source: as much as the default background tips at its median
        /// price, 5 % of 1 gwei.
        tip: GasPrice = or(GasPrice(50_000_000), PerGas),
        /// Most that a wallet pays per gas, as a multiple of the base fee that it sees. Source:
        /// EIP-1559's reference wallet; room for six full blocks in a row.
        base_fee_multiple: u32 = or(2, Whole(1..=1_000)),
        /// Time after which a wallet that still waits bids again. Source: five slots, an assumption.
        bump_after: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
    }
}
