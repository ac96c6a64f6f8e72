//! The batch that is open: operations, their bytes, and when it is full.

use serde::{Deserialize, Serialize};

use crate::outcome::SealedBy;
use crate::rollup::batch::{ExecutedPayment, Outgoing};
use crate::rollup::layout::{Layout, RUN_HEADER_BYTES, Witness};
use crate::rollup::operation::Operation;
use crate::rollup::params::{DataLocation, OperatorParams, Seal};
use crate::units::{Gas, Msat, SimTime};

/// Gas of a byte of calldata that is not zero, where the floor binds (EIP-7623).
const GAS_PER_BYTE: u64 = 40;

/// The open batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenBatch {
    pub(super) operations: Vec<(Operation, Witness)>,
    pub(super) payments: Vec<ExecutedPayment>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) credited: Vec<(u64, Msat)>,
    /// When its first operation was executed.
    pub(super) opened: SimTime,
    /// Bytes that its operations will take.
    pub(super) bytes: u64,
    /// Operations in the last run of one kind.
    run: u32,
    pub(super) fees: Msat,
    gas: u64,
}

impl OpenBatch {
    pub(super) const fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Bytes with one operation more.
    fn bytes_with(&self, operation: &Operation, layout: Layout) -> (u64, u32) {
        let same = self.operations.last().is_some_and(|(last, _)| {
            std::mem::discriminant(last) == std::mem::discriminant(operation)
        });
        let in_run = same && self.run < u32::from(u16::MAX);
        let header = if in_run { 0 } else { RUN_HEADER_BYTES };
        (self.bytes + header + layout.bytes(operation), if in_run { self.run + 1 } else { 1 })
    }

    /// Why this operation must wait for the next batch.
    pub(super) fn is_full_for(
        &self,
        operation: &Operation,
        params: &OperatorParams,
    ) -> Option<SealedBy> {
        let Seal { bytes, gas, .. } = params.seal;
        if self.is_empty() {
            return None;
        }
        if self.bytes_with(operation, params.layout).0 > share_95(bytes) {
            return Some(SealedBy::Bytes);
        }
        let more = gas_of(operation, params);
        (self.gas + more > share_95(gas.0)).then_some(SealedBy::Gas)
    }

    /// Adds an operation; whether the batch now holds as many as it may.
    pub(super) fn push(
        &mut self,
        operation: Operation,
        witness: Witness,
        now: SimTime,
        params: &OperatorParams,
    ) -> bool {
        if self.is_empty() {
            self.opened = now;
            self.gas = params.gas.commit_batch.0 + params.gas.execute_batch.0;
        }
        (self.bytes, self.run) = self.bytes_with(&operation, params.layout);
        self.gas += gas_of(&operation, params);
        match operation {
            Operation::Payment { fee, .. } => self.fees += fee,
            Operation::Withdrawal { from, amount, fee } => {
                self.fees += fee;
                self.outgoing.push(Outgoing { account: from, amount });
            }
            Operation::Exit { from, amount } => {
                self.outgoing.push(Outgoing { account: from, amount });
            }
            Operation::Deposit { .. } => {}
        }
        self.operations.push((operation, witness));
        self.operations.len() >= params.seal.operations as usize
    }
}

/// Gas that an operation adds to the transactions of its batch.
const fn gas_of(operation: &Operation, params: &OperatorParams) -> u64 {
    let data = match params.data_location {
        DataLocation::Blobs => 0,
        DataLocation::Calldata => GAS_PER_BYTE * params.layout.bytes(operation),
    };
    let Gas(own) = match operation {
        Operation::Payment { .. } => Gas(0),
        Operation::Deposit { .. } => params.gas.deposit,
        Operation::Withdrawal { .. } | Operation::Exit { .. } => params.gas.withdrawal,
    };
    data + own
}

/// Batches are closed at 95 % of a limit (zkSync Era's `close_block_at_..._percentage`).
const fn share_95(limit: u64) -> u64 {
    limit / 100 * 95 + limit % 100 * 95 / 100
}
