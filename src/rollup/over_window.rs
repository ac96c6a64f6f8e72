//! What both rollups are measured by over the window for statistics: the use of what limits them, the money in
//! them, the base fee at which accounts are opened.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{OwnGas, blobs_for};
use crate::rows::{EthereumBlockRow, ResourceRow};
use crate::system::{CapitalLevels, WorkBefore};
use crate::units::GasPrice;

/// The state when the window began, and sums since then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OverWindow {
    pub(super) sequencer: WorkBefore,
    pub(super) blobs: BlobUse,
    /// Blocks of the chain below.
    pub(super) height: u64,
    /// Sum of the base fees of blocks, in wei, and their number.
    pub(super) base_fees: (u128, u64),
    pub(super) gas: OwnGas,
    pub(super) capital: CapitalLevels,
}

impl OverWindow {
    /// A block of the chain below.
    pub(super) fn block(&mut self, row: &EthereumBlockRow) {
        self.base_fees.0 += u128::from(row.base_fee.0);
        self.base_fees.1 += 1;
        self.gas.block(row);
    }

    /// The mean base fee; `None`: no block so far.
    pub(super) fn base_fee(&self) -> Option<GasPrice> {
        let mean = self.base_fees.0.checked_div(u128::from(self.base_fees.1))?;
        u64::try_from(mean).ok().map(GasPrice)
    }
}

/// Blobs since the start of the run: what closed batches ask for, and what stands in blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlobUse {
    /// Bytes of batches that were closed.
    sealed_bytes: u64,
    /// Bytes and blobs of transactions that were made for them.
    sent_bytes: u64,
    sent: u64,
    /// Blobs in blocks.
    included: u64,
}

impl BlobUse {
    /// A batch with so many bytes was closed.
    pub(super) const fn sealed(&mut self, bytes: u64) {
        self.sealed_bytes += bytes;
    }

    /// A transaction was made, whether a node takes it or not.
    pub(super) const fn sent(&mut self, bytes: u64, blobs: u64) {
        self.sent_bytes += bytes;
        self.sent += blobs;
    }

    /// A transaction stands in a block.
    pub(super) const fn included(&mut self, blobs: u64) {
        self.included += blobs;
    }

    /// Blobs asked for: those of transactions, and those that the batches without one would fill.
    fn asked(&self) -> u64 {
        self.sent + blobs_for(self.sealed_bytes.saturating_sub(self.sent_bytes))
    }

    /// What was used and asked for since `before` of so many that can be had for long.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report")]
    pub(super) fn row(&self, before: &Self, most: u64) -> ResourceRow {
        let share = |now: u64, before: u64| now.saturating_sub(before) as f64 / most.max(1) as f64;
        ResourceRow {
            resource: "blob target",
            utilisation: share(self.included, before.included),
            demanded: Some(share(self.asked(), before.asked())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ethereum::USABLE_BYTES_PER_BLOB;
    use crate::rows::testing;

    #[test]
    fn accounts_are_priced_at_the_mean_base_fee_of_the_window() {
        let mut over = OverWindow::default();
        assert_eq!(over.base_fee(), None);
        for wei in [10, 20, 60] {
            over.block(&EthereumBlockRow { base_fee: GasPrice(wei), ..testing::ethereum_block() });
        }
        assert_eq!(over.base_fee(), Some(GasPrice(30)));
    }

    #[test]
    fn blobs_are_asked_for_when_a_batch_is_closed_and_used_when_they_stand_in_a_block() {
        let mut blobs = BlobUse::default();
        blobs.sealed(3 * USABLE_BYTES_PER_BLOB);
        blobs.sent(3 * USABLE_BYTES_PER_BLOB, 3);
        let before = blobs;
        // Five more blobs' worth: two in a transaction that waits, three without one.
        blobs.sealed(5 * USABLE_BYTES_PER_BLOB);
        blobs.sent(2 * USABLE_BYTES_PER_BLOB, 2);
        blobs.included(3);
        let row = blobs.row(&before, 4);
        assert!((row.utilisation - 0.75).abs() < 1e-12 && row.demanded == Some(1.25), "{row:?}");
    }
}
