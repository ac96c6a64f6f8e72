//! What changes the state of the rollup.

use serde::{Deserialize, Serialize};

use crate::units::Msat;

/// The account of the operator, which receives all fees.
pub const OPERATOR: u32 = 0;

/// The account of a node.
pub(super) const fn account_of(node: u32) -> u32 {
    node + 1
}

/// One change of the state, with its amounts as they are posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// A payment; its fee goes to the operator.
    Payment {
        /// Who pays.
        from: u32,
        /// Who is paid.
        to: u32,
        /// What the payee gets.
        amount: Msat,
        /// What the operator gets.
        fee: Msat,
    },
    /// Money that arrived at the bridge.
    Deposit {
        /// Whose it is.
        to: u32,
        /// How much.
        amount: Msat,
    },
    /// Money on its way out, asked for on the rollup.
    Withdrawal {
        /// Whose it is.
        from: u32,
        /// How much leaves.
        amount: Msat,
        /// What the operator gets.
        fee: Msat,
    },
    /// A full exit, asked for on the chain: nobody signs it here and it pays no fee.
    Exit {
        /// Whose account is emptied.
        from: u32,
        /// What was in it.
        amount: Msat,
    },
}

/// Bytes of [`Operation::message`].
pub const MESSAGE_BYTES: usize = 29;

impl Operation {
    /// The account whose owner must have signed it, if one must.
    pub const fn signer(&self) -> Option<u32> {
        match *self {
            Self::Payment { from, .. } | Self::Withdrawal { from, .. } => Some(from),
            Self::Deposit { .. } | Self::Exit { .. } => None,
        }
    }

    /// What the signer signs: kind, both accounts, amount, fee and nonce.
    pub fn message(&self, nonce: u32) -> [u8; MESSAGE_BYTES] {
        let (kind, from, to, amount, fee) = match *self {
            Self::Payment { from, to, amount, fee } => (1_u8, from, to, amount, fee),
            Self::Deposit { to, amount } => (2, 0, to, amount, Msat::ZERO),
            Self::Withdrawal { from, amount, fee } => (3, from, 0, amount, fee),
            Self::Exit { from, amount } => (4, from, 0, amount, Msat::ZERO),
        };
        let mut message = [0; MESSAGE_BYTES];
        message[0] = kind;
        message[1..5].copy_from_slice(&from.to_be_bytes());
        message[5..9].copy_from_slice(&to.to_be_bytes());
        message[9..17].copy_from_slice(&amount.0.to_be_bytes());
        message[17..25].copy_from_slice(&fee.0.to_be_bytes());
        message[25..29].copy_from_slice(&nonce.to_be_bytes());
        message
    }
}
