//! What a block changed, kept so that the block can be undone.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::pool::BackgroundTx;
use crate::chain::bitcoin::transaction::{Transaction, TxId};
use crate::chain::bitcoin::utxos::Utxo;
use crate::units::{FeeRate, SimTime};

/// What a block did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockUndo<T> {
    /// When the block before was found.
    pub(super) found_before: SimTime,
    /// Own transactions: when they arrived, and what they spent.
    pub(super) own: Vec<(TxId, Transaction<T>, SimTime, Vec<Utxo>)>,
    pub(super) background: Vec<BackgroundTx>,
    /// What the fee estimation forgot for it.
    pub(super) forgotten: Option<FeeRate>,
}
