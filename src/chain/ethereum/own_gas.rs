//! The gas that a simulated system asks for and gets, against what blocks hold for long.

use serde::{Deserialize, Serialize};

use crate::rows::{EthereumBlockRow, ResourceRow};
use crate::units::Gas;

/// Gas of a system's transactions in the window for statistics, against the target of the blocks in it: of more than
/// that the base fee rises from block to block, for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGas {
    asked: u64,
    used: u64,
    target: u64,
}

impl OwnGas {
    /// A transaction was made, whether a node takes it or not.
    pub const fn asked(&mut self, gas: Gas) {
        self.asked += gas.0;
    }

    /// A block was found.
    pub const fn block(&mut self, row: &EthereumBlockRow) {
        /// The target is half of the limit (EIP-1559).
        const ELASTICITY: u64 = 2;
        self.used += row.own_gas.0;
        self.target += row.gas_limit.0 / ELASTICITY;
    }

    /// The shares of the target that were used and asked for.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report")]
    pub fn row(self) -> ResourceRow {
        let share = |gas: u64| gas as f64 / self.target.max(1) as f64;
        let demanded = Some(share(self.asked));
        ResourceRow { resource: "gas target", utilisation: share(self.used), demanded }
    }
}
