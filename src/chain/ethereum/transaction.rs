//! Transactions of the simulated system, and what the chain reports about them.

use serde::{Deserialize, Serialize};

use crate::units::{Gas, GasPrice, SimTime, Wei};

/// Names a transaction handed in; ascending in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TxId(pub u64);

/// A transaction of the simulated system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction<T> {
    /// What it is for; given back.
    pub tag: T,
    /// Whose nonces it counts in: transactions of one sender are included in the order of submission.
    pub sender: u64,
    /// Gas used.
    pub gas: Gas,
    /// Most it pays per gas, tip included.
    pub max_fee: GasPrice,
    /// Most it tips per gas.
    pub max_tip: GasPrice,
    /// Blobs carried.
    pub blobs: u32,
    /// Most it pays per blob gas.
    pub max_blob_fee: GasPrice,
}

impl<T> Transaction<T> {
    /// By how much a replacement must raise cap and tip, in per cent: 10 (geth's `--txpool.pricebump`), for a
    /// transaction with blobs 100, the blob fee too (`--blobpool.pricebump`).
    pub const fn least_bump_percent(&self) -> u64 {
        if self.blobs > 0 { 100 } else { 10 }
    }
}

/// A price raised by so many per cent, rounded up.
pub fn raised(price: GasPrice, percent: u64) -> GasPrice {
    let more = (u128::from(price.0) * u128::from(percent)).div_ceil(100);
    GasPrice(price.0.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)))
}

/// Why a node does not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubmitError {
    /// It asks for more gas than one transaction may (EIP-7825) or than a block holds.
    TooMuchGas,
    /// It carries more blobs than one transaction may.
    TooManyBlobs,
    /// Its sender has as many blob transactions waiting as a node keeps of one account.
    AccountLimit,
    /// The pool is full of transactions that pay at least as much.
    Underpriced,
}

/// A transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt<T> {
    /// What it was for.
    pub tag: T,
    /// Its name.
    pub id: TxId,
    /// When it was handed in.
    pub since: SimTime,
    /// The block.
    pub block: u64,
    /// When the block had been seen.
    pub seen: SimTime,
    /// Gas used.
    pub gas: Gas,
    /// Blobs carried.
    pub blobs: u64,
    /// Paid for gas, the tip included.
    pub gas_paid: Wei,
    /// Paid for blobs.
    pub blobs_paid: Wei,
}

/// What a system learns from its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice<T> {
    /// A transaction is in a block that everybody has seen.
    Included(Receipt<T>),
    /// The block of a transaction is final.
    Final(T),
    /// The pool evicted a transaction.
    Evicted {
        /// Its name.
        id: TxId,
        /// What it was for.
        tag: T,
    },
}
