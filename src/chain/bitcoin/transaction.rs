//! Transactions as the chain sees them: weight, fee, what they spend, what they create.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{BlockHeight, FeeRate, Sat, Weight};

/// Names a transaction for good; later ones have larger numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TxId(pub u64);

/// An output of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutPoint {
    /// The transaction.
    pub tx: TxId,
    /// Its place among the outputs.
    pub index: u16,
}

/// An output that is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The output.
    pub output: OutPoint,
    /// Blocks that must lie between its block and the spending one (BIP 68); 0: none.
    pub relative_lock: u16,
}

/// A transaction before it is submitted.
///
/// Outputs of ordinary wallets are not tracked one by one: `from_wallets` is what wallets put in and
/// `to_wallets` what they get. So inputs + `from_wallets` = outputs + `to_wallets` + fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction<T> {
    /// What its owner wants to find again.
    pub tag: T,
    /// Its weight.
    pub weight: Weight,
    /// Its fee.
    pub fee: Sat,
    /// Outputs of other transactions that it spends.
    pub inputs: Vec<Input>,
    /// Outputs that later transactions can spend.
    pub outputs: Vec<Sat>,
    /// Money that comes from wallets.
    pub from_wallets: Sat,
    /// Money that goes to wallets.
    pub to_wallets: Sat,
    /// It can only stand in blocks above this height (`nLockTime`).
    pub lock_height: BlockHeight,
    /// Version 3 (TRUC, BIP 431): at most one unconfirmed parent and one unconfirmed child.
    pub truc: bool,
}

impl<T> Transaction<T> {
    /// A payment from wallet to wallet.
    pub fn payment(tag: T, amount: Sat, weight: Weight, fee: Sat) -> Self {
        Self {
            tag,
            weight,
            fee,
            inputs: Vec::new(),
            outputs: Vec::new(),
            from_wallets: amount + fee,
            to_wallets: amount,
            lock_height: BlockHeight(0),
            truc: false,
        }
    }
}

/// What became of a submitted transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It stands in the block at this height.
    Confirmed(BlockHeight),
    /// A transaction took its place, or that of an ancestor.
    Replaced {
        /// Which one.
        by: TxId,
    },
    /// The mempool was full and it, or an ancestor, paid least.
    Evicted,
    /// Its block lost against a longer branch: it waits again.
    Undone,
}

/// Tells the owner of a transaction what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice<T> {
    /// The transaction.
    pub tx: TxId,
    /// What its owner attached.
    pub tag: T,
    /// What became of it.
    pub fate: Fate,
}

/// Why the network does not relay a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// An input does not exist, or a confirmed transaction has spent it.
    MissingInput(OutPoint),
    /// The next block cannot contain it.
    NotYetFinal {
        /// The first block that can.
        first: BlockHeight,
    },
    /// It, or its package, pays too little.
    BelowMinimum {
        /// The lowest feerate taken now.
        minimum: FeeRate,
    },
    /// It would replace others and does not pay enough more (BIP 125, rules 3 and 4, and the feerate
    /// rule of Bitcoin Core).
    Replacement {
        /// The least fee that could do.
        needed: Sat,
    },
    /// It would replace more than 100 transactions (BIP 125, rule 5).
    TooManyReplaced,
    /// It replaces others and spends further unconfirmed outputs (BIP 125, rule 2).
    NewUnconfirmedInput,
    /// Too many or too heavy ancestors or descendants.
    Package,
    /// It breaks the topology or size rules of version 3.
    Truc,
    /// It is heavier than the network relays (`MAX_STANDARD_TX_WEIGHT`).
    TooHeavy,
    /// It was evicted at once: the mempool is full of better ones.
    MempoolFull,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingInput(output) => {
                write!(f, "output {}:{} cannot be spent", output.tx.0, output.index)
            }
            Self::NotYetFinal { first } => write!(f, "not before block {}", first.0),
            Self::BelowMinimum { minimum } => {
                write!(f, "below the minimum of {} sat/kw", minimum.0)
            }
            Self::Replacement { needed } => write!(f, "a replacement needs a fee of {needed}"),
            Self::TooManyReplaced => write!(f, "replaces too many transactions"),
            Self::NewUnconfirmedInput => write!(f, "a replacement spends new unconfirmed outputs"),
            Self::Package => write!(f, "too many unconfirmed ancestors or descendants"),
            Self::Truc => write!(f, "breaks the rules of version 3"),
            Self::TooHeavy => write!(f, "too heavy"),
            Self::MempoolFull => write!(f, "the mempool is full"),
        }
    }
}
