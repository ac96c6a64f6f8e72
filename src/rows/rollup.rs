//! Rows of Ethereum and of the rollups on it: blocks and batches.

use serde::{Deserialize, Serialize};

use crate::outcome::SealedBy;
use crate::units::{Gas, GasPrice, Msat, SimTime, Wei};

/// One block of Ethereum (`blocks.csv` of the systems that settle there).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthereumBlockRow {
    /// Number, from 1.
    pub number: u64,
    /// Its slot; numbers that are left out were missed.
    pub slot: u64,
    /// When its slot began.
    pub at: SimTime,
    /// Gas used, everybody's.
    pub gas_used: Gas,
    /// Most gas that it could hold.
    pub gas_limit: Gas,
    /// Burnt per gas.
    pub base_fee: GasPrice,
    /// Blobs, everybody's.
    pub blobs: u64,
    /// Most blobs that it could hold.
    pub max_blobs: u64,
    /// Burnt per blob gas.
    pub blob_fee: GasPrice,
    /// Transactions of the system.
    pub transactions: u64,
    /// Gas of these.
    pub own_gas: Gas,
    /// What these paid, for gas and blobs.
    pub paid: Wei,
    /// Transactions of the system left waiting.
    pub waiting_transactions: u64,
    /// Gas left waiting that would pay the base fee, and that of the system.
    pub waiting_gas: Gas,
    /// Everybody else's blobs left waiting that would pay the blob fee.
    pub waiting_blobs: u64,
}

/// One batch of a rollup (`batches.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchRow {
    /// Number, from 0.
    pub number: u64,
    /// When its first operation was executed.
    pub opened: SimTime,
    /// When it was closed.
    pub sealed: SimTime,
    /// What closed it.
    pub sealed_by: SealedBy,
    /// Payments.
    pub payments: u64,
    /// Payments, deposits, withdrawals and exits.
    pub operations: u64,
    /// Payments over the most that a batch may hold.
    pub fullness: f64,
    /// Bytes posted.
    pub bytes: u64,
    /// State root after it.
    pub root: [u8; 32],
    /// Fees of its operations.
    pub fees: Msat,
    /// Payments that waited for the sequencer when it was closed.
    pub waiting_payments: u64,
    /// Batches closed before it and not yet proven, or not yet asserted.
    pub waiting_batches: u64,
    /// Its data stands in a block of the chain.
    pub posted: Option<SimTime>,
    /// The chain has accepted its proof (validity), or an assertion of its root (optimistic).
    pub proven: Option<SimTime>,
    /// It can no longer be undone.
    pub final_at: Option<SimTime>,
    /// Its withdrawals can be had on the chain.
    pub executed: Option<SimTime>,
    /// Gas of its share of transactions.
    pub gas: Gas,
    /// Blobs, its share; 0 where calldata is used.
    pub blobs: f64,
    /// What its share of transactions and its proof cost, in US dollars.
    pub cost_usd: f64,
    /// Of which for proving.
    pub proving_usd: f64,
    /// Times that its root was claimed wrongly, or its proof failed.
    pub faults: u32,
}
