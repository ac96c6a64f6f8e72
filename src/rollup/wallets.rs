//! The payers' software: which nonce it signs next.
//!
//! A wallet counts what the operator has confirmed and what it has on the way. When a payment is refused,
//! everything it had signed behind it is stale: those come back with a wrong nonce and are signed again.

use serde::{Deserialize, Serialize};

/// One wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Wallet {
    /// Operations that it knows to be accepted.
    accepted: u32,
    /// Operations on their way that follow these without a gap.
    on_the_way: u32,
}

/// The wallets of all accounts that sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wallets(Vec<Wallet>);

impl Wallets {
    /// Wallets for accounts `0..count`.
    pub(super) fn new(count: u32) -> Self {
        Self(vec![Wallet::default(); count as usize])
    }

    /// The nonce for the next operation.
    pub(super) fn sign(&mut self, account: u32) -> u32 {
        let wallet = &mut self.0[account as usize];
        let nonce = wallet.accepted + wallet.on_the_way;
        wallet.on_the_way += 1;
        nonce
    }

    /// The operator has confirmed an operation.
    pub(super) fn accepted(&mut self, account: u32) {
        let wallet = &mut self.0[account as usize];
        wallet.accepted += 1;
        wallet.on_the_way = wallet.on_the_way.saturating_sub(1);
    }

    /// The operator has refused an operation that was next in line.
    pub(super) fn refused(&mut self, account: u32) {
        self.0[account as usize].on_the_way = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_refusal_what_was_signed_behind_it_is_signed_again_in_order() {
        let mut wallets = Wallets::new(1);
        assert_eq!([0; 3].map(|account| wallets.sign(account)), [0, 1, 2]);
        wallets.accepted(0); // 0
        wallets.refused(0); // 1; now 2 is stale
        assert_eq!(wallets.sign(0), 1, "2 again");
        assert_eq!(wallets.sign(0), 2);
        wallets.accepted(0);
        wallets.accepted(0);
        assert_eq!(wallets.sign(0), 3);
    }
}
