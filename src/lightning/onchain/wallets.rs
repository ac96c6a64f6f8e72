//! What nodes have on the chain outside of channels.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::units::Sat;

/// The wallets of all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct Wallets {
    confirmed: Vec<Sat>,
    /// Bound in transactions that wait.
    reserved: Vec<Sat>,
    total: Sat,
}

impl Wallets {
    pub(super) fn new(nodes: usize, each: Sat) -> Self {
        let total = each * nodes as u64;
        Self { confirmed: vec![each; nodes], reserved: vec![Sat::ZERO; nodes], total }
    }

    /// What is confirmed.
    pub(in crate::lightning) fn balance(&self, node: NodeId) -> Sat {
        self.confirmed[node.index()]
    }

    /// What can be spent now.
    pub(super) fn free(&self, node: NodeId) -> Sat {
        self.confirmed[node.index()] - self.reserved[node.index()]
    }

    /// All wallets together.
    pub(in crate::lightning) const fn total(&self) -> Sat {
        self.total
    }

    pub(super) fn reserve(&mut self, node: NodeId, amount: Sat) {
        self.reserved[node.index()] += amount;
        debug_assert!(self.reserved[node.index()] <= self.confirmed[node.index()], "overdrawn");
    }

    pub(super) fn release(&mut self, node: NodeId, amount: Sat) {
        self.reserved[node.index()] -= amount;
    }

    /// Reserved money is spent.
    pub(super) fn spend(&mut self, node: NodeId, amount: Sat) {
        self.release(node, amount);
        self.confirmed[node.index()] -= amount;
        self.total -= amount;
    }

    pub(super) fn credit(&mut self, node: NodeId, amount: Sat) {
        self.confirmed[node.index()] += amount;
        self.total += amount;
    }

    /// The sum that is kept agrees with the wallets.
    pub(super) fn check(&self) -> Result<(), String> {
        let sum: Sat = self.confirmed.iter().copied().sum();
        if sum == self.total {
            Ok(())
        } else {
            Err(format!("{sum} in wallets, not {}", self.total))
        }
    }
}
