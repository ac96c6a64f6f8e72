//! What wallets spend: the change of their last payment, confirmed or not.
//!
//! A wallet that pays again before its last payment is confirmed spends unconfirmed change, so its payments
//! hang on each other: they are mined in order, a later one pays for those before it (CPFP), and no more of
//! them wait than a package may hold (`bitcoin.relay.package_count`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::OutPoint;
use crate::ids::NodeId;

/// A wallet that has paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Wallet {
    /// Its payments that wait, each spending the change of the one before.
    unconfirmed: Vec<u32>,
    /// Change of its last confirmed payment.
    change: Option<OutPoint>,
}

/// All wallets that have paid, by owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wallets(BTreeMap<NodeId, Wallet>);

impl Wallets {
    /// The last payment that waits, whose change can be spent.
    pub(super) fn last(&self, owner: NodeId) -> Option<u32> {
        self.0.get(&owner)?.unconfirmed.last().copied()
    }

    /// Change of the last confirmed payment.
    pub(super) fn change(&self, owner: NodeId) -> Option<OutPoint> {
        self.0.get(&owner)?.change
    }

    /// A payment was sent.
    pub(super) fn sent(&mut self, owner: NodeId, payment: u32) {
        self.0.entry(owner).or_default().unconfirmed.push(payment);
    }

    /// A payment stands in a block.
    pub(super) fn confirmed(&mut self, owner: NodeId, payment: u32, change: OutPoint) {
        let wallet = self.0.entry(owner).or_default();
        wallet.unconfirmed.retain(|other| *other != payment);
        wallet.change = Some(change);
    }

    /// The block of a payment was undone: it waits again, before those that spend its change.
    pub(super) fn undone(&mut self, owner: NodeId, payment: u32, spent: Option<OutPoint>) {
        let wallet = self.0.entry(owner).or_default();
        wallet.unconfirmed.insert(0, payment);
        wallet.change = spent;
    }

    /// A payment was evicted.
    pub(super) fn evicted(&mut self, owner: NodeId, payment: u32) {
        if let Some(wallet) = self.0.get_mut(&owner) {
            wallet.unconfirmed.retain(|other| *other != payment);
        }
    }
}
