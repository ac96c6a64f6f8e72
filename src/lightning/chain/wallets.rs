//! What nodes have on the chain outside of channels.
//!
//! Money is not followed coin by coin. So after a reorganisation a node may have spent money in a block
//! that it gets in a later one: its balance is negative in between, and nothing is free.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::units::Sat;

/// The wallets of all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct Wallets {
    /// In satoshis.
    confirmed: Vec<i64>,
    /// Bound in transactions that wait.
    reserved: Vec<Sat>,
    /// In satoshis.
    total: i64,
}

fn signed(amount: Sat) -> i64 {
    i64::try_from(amount.get()).expect("less than all bitcoin")
}

impl Wallets {
    pub(super) fn new(nodes: usize, each: Sat) -> Self {
        let total = signed(each * nodes as u64);
        Self { confirmed: vec![signed(each); nodes], reserved: vec![Sat::ZERO; nodes], total }
    }

    /// What is confirmed.
    pub(in crate::lightning) fn balance(&self, node: NodeId) -> Sat {
        Sat(u64::try_from(self.confirmed[node.index()]).unwrap_or(0))
    }

    /// What can be spent now.
    pub(super) fn free(&self, node: NodeId) -> Sat {
        self.balance(node).saturating_sub(self.reserved[node.index()])
    }

    /// All wallets together, in satoshis.
    pub(in crate::lightning) const fn total(&self) -> i64 {
        self.total
    }

    pub(super) fn reserve(&mut self, node: NodeId, amount: Sat) {
        self.reserved[node.index()] += amount;
    }

    pub(super) fn release(&mut self, node: NodeId, amount: Sat) {
        self.reserved[node.index()] -= amount;
    }

    /// Reserved money is spent.
    pub(super) fn spend(&mut self, node: NodeId, amount: Sat) {
        self.release(node, amount);
        self.take_back(node, amount);
    }

    /// What was spent is reserved again: its block lost.
    pub(super) fn unspend(&mut self, node: NodeId, amount: Sat) {
        self.reserve(node, amount);
        self.credit(node, amount);
    }

    pub(super) fn credit(&mut self, node: NodeId, amount: Sat) {
        self.confirmed[node.index()] += signed(amount);
        self.total += signed(amount);
    }

    /// The counterpart of [`Self::credit`].
    pub(super) fn take_back(&mut self, node: NodeId, amount: Sat) {
        self.confirmed[node.index()] -= signed(amount);
        self.total -= signed(amount);
    }

    /// The sum that is kept agrees with the wallets.
    pub(super) fn check(&self) -> Result<(), String> {
        let sum: i64 = self.confirmed.iter().sum();
        if sum == self.total {
            Ok(())
        } else {
            Err(format!("{sum} sat in wallets, not {}", self.total))
        }
    }
}
