//! What an operator expects of its batches before the first one, from the rate that it is built for.

use crate::chain::ethereum::{Calldata, Fork, POINT_EVALUATION_GAS, blobs_for};
use crate::rollup::layout::RUN_HEADER_BYTES;
use crate::rollup::params::{DataLocation, Inbox, MOST_BYTES, OperatorParams};
use crate::rollup::pricing::Share;
use crate::units::{Gas, SimDuration};

/// Calldata for each batch beside its operations: both roots, number, times, hash of the data.
pub(super) const HEADER: Calldata = Calldata { zeros: 32, others: 128 };

/// Gas of the transaction that posts so many batches.
pub(super) fn commit_gas(
    params: &OperatorParams,
    [batches, blobs]: [u64; 2],
    operations: Calldata,
    fork: Fork,
) -> Gas {
    match params.inbox {
        Inbox::Account => operations.transaction_gas(Gas::ZERO, fork),
        Inbox::Contract => {
            let headers =
                Calldata { zeros: HEADER.zeros * batches, others: HEADER.others * batches };
            let checks = Gas(params.gas.commit_batch.0 * batches);
            let openings = Gas(POINT_EVALUATION_GAS.0 * blobs);
            headers.and(operations).transaction_gas(checks + openings, fork)
        }
    }
}

/// Batches of the usual size.
pub(super) struct ExpectedBatches {
    /// Operations.
    pub(super) size: f64,
    /// Seconds from one to the next.
    pub(super) every_s: f64,
    /// Most operations.
    pub(super) most: f64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "estimates for a quote"
)]
impl ExpectedBatches {
    /// Of payments that come at this rate per second.
    pub(super) fn new(params: &OperatorParams, rate: f64) -> Self {
        let seal = params.seal;
        let age = seal.age.as_secs_f64();
        let by_bytes = 0.95 * seal.bytes as f64 / params.layout.payment_bytes() as f64;
        let most = f64::from(seal.operations).min(by_bytes).max(1.0);
        // The first payment opens the batch; the others come within its age.
        let size = (1.0 + rate * age).min(most);
        let between = if rate > 0.0 { 1.0 / rate } else { age };
        let every_s = if size < most { age + between } else { most * between };
        Self { size, every_s, most }
    }

    /// Batches that share a transaction which waits so long for them.
    pub(super) fn together(&self, within: SimDuration, most: u32) -> f64 {
        (1.0 + (within.as_secs_f64() / self.every_s).floor()).min(f64::from(most))
    }

    /// A batch's share of a transaction that posts so many.
    pub(super) fn commit_share(&self, together: f64, params: &OperatorParams, fork: Fork) -> Share {
        let batches = together as u64;
        let bytes = self.size * params.layout.payment_bytes() as f64 + RUN_HEADER_BYTES as f64;
        let total = (bytes * together) as u64;
        let (blobs, data) = match params.data_location {
            DataLocation::Blobs => (blobs_for(total), Calldata::default()),
            DataLocation::Calldata => (0, Calldata { zeros: 0, others: total }),
        };
        // Several transactions where one does not hold the data.
        let transactions =
            if blobs > 0 { (total as f64 / MOST_BYTES as f64).max(1.0) } else { 1.0 };
        let gas = commit_gas(params, [batches, blobs], data, fork).0 as f64;
        let extra = (transactions - 1.0) * 21_000.0;
        Share { gas: (gas + extra) / together, blobs: blobs as f64 / together }
    }

    /// A batch's share of a transaction with so much gas that is due once in a period.
    pub(super) fn share_by_time(&self, gas: Gas, every: SimDuration) -> Share {
        let part = (self.every_s / every.as_secs_f64()).min(1.0);
        Share { gas: gas.0 as f64 * part, blobs: 0.0 }
    }

    /// A batch's share of a transaction with so much gas that serves so many.
    pub(super) fn share(gas: Gas, together: f64) -> Share {
        Share { gas: gas.0 as f64 / together, blobs: 0.0 }
    }
}
