//! What both rollups are measured by over the window for statistics: the use of what limits them, the money in
//! them, the base fee at which accounts are opened.

use serde::{Deserialize, Serialize};

use crate::system::{CapitalLevels, WorkBefore};
use crate::units::GasPrice;

/// The state when the window began, and sums since then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OverWindow {
    pub(super) sequencer: WorkBefore,
    /// Blobs posted, and blocks.
    pub(super) blobs: u64,
    pub(super) height: u64,
    /// Sum of the base fees of blocks, in wei, and their number.
    pub(super) base_fees: (u128, u64),
    pub(super) capital: CapitalLevels,
}

impl OverWindow {
    /// A block of the chain below.
    pub(super) fn block(&mut self, base_fee: GasPrice) {
        self.base_fees.0 += u128::from(base_fee.0);
        self.base_fees.1 += 1;
    }

    /// The mean base fee; `None`: no block so far.
    pub(super) fn base_fee(&self) -> Option<GasPrice> {
        let mean = self.base_fees.0.checked_div(u128::from(self.base_fees.1))?;
        u64::try_from(mean).ok().map(GasPrice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_priced_at_the_mean_base_fee_of_the_window() {
        let mut over = OverWindow::default();
        assert_eq!(over.base_fee(), None);
        for wei in [10, 20, 60] {
            over.block(GasPrice(wei));
        }
        assert_eq!(over.base_fee(), Some(GasPrice(30)));
    }
}
