//! What nodes and channels have done so far: the cumulative columns of `nodes.csv` and `channels.csv`.
//!
//! Written by the payment code when it decides, never computed from balances: the check that both agree
//! ([`crate::lightning::check`]) then compares two separate accounts.

use serde::{Deserialize, Serialize};

use crate::ids::{DirectedChannel, NodeId};
use crate::units::Msat;

/// Cumulative counts and sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct Ledger {
    nodes: Vec<NodeTally>,
    /// By directed channel.
    directions: Vec<DirectionTally>,
}

/// What a node has done: an account, of which each field is a column of `nodes.csv` or a side of invariant M5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct NodeTally {
    /// Payments settled as payer.
    pub(in crate::lightning) sent: u64,
    /// Amounts settled as payer, without fees; parts of payments that failed as a whole included.
    pub(in crate::lightning) sent_amount: Msat,
    /// Payments settled as payee.
    pub(in crate::lightning) received: u64,
    /// Amounts settled as payee; parts of payments that failed as a whole included.
    pub(in crate::lightning) received_amount: Msat,
    /// HTLCs forwarded and settled.
    pub(in crate::lightning) forwarded: u64,
    /// Amounts sent onward.
    pub(in crate::lightning) forwarded_amount: Msat,
    /// Fees earned.
    pub(in crate::lightning) fees_earned: Msat,
    /// Fees paid.
    pub(in crate::lightning) fees_paid: Msat,
    /// Fees, roundings and lost outputs on the chain.
    pub(in crate::lightning) onchain_fees: Msat,
    /// Lost to others: HTLCs that timed out although it had the preimage, thefts, punishments.
    pub(in crate::lightning) lost: Msat,
    /// Won from others by the same.
    pub(in crate::lightning) won: Msat,
    /// Path searches as payer.
    pub(in crate::lightning) searches: u64,
    /// Got without a routing fee being earned: fees that come whatever becomes of the HTLC, and what a
    /// wormhole takes.
    pub(in crate::lightning) other_in: Msat,
    /// Paid likewise.
    pub(in crate::lightning) other_out: Msat,
}

/// What a direction of a channel has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct DirectionTally {
    /// Amounts settled.
    pub(in crate::lightning) forwarded: Msat,
    /// HTLCs settled.
    pub(in crate::lightning) settled: u64,
    /// HTLCs failed or refused.
    pub(in crate::lightning) failed: u64,
    /// Fees that its sender earned by forwarding over it.
    pub(in crate::lightning) fees: Msat,
}

impl Ledger {
    /// Empty accounts.
    pub(in crate::lightning) fn new(nodes: usize, channels: usize) -> Self {
        Self {
            nodes: vec![NodeTally::default(); nodes],
            directions: vec![DirectionTally::default(); channels * 2],
        }
    }

    /// Makes room for channels.
    pub(in crate::lightning) fn grow(&mut self, channels: usize) {
        self.directions.resize(channels * 2, DirectionTally::default());
    }

    /// A node's account.
    pub(in crate::lightning) fn node(&self, node: NodeId) -> &NodeTally {
        &self.nodes[node.index()]
    }

    /// A node's account, to write.
    pub(in crate::lightning) fn node_mut(&mut self, node: NodeId) -> &mut NodeTally {
        &mut self.nodes[node.index()]
    }

    /// A direction's account.
    pub(in crate::lightning) fn direction(&self, direction: DirectedChannel) -> &DirectionTally {
        &self.directions[direction.index()]
    }

    /// A direction's account, to write.
    pub(in crate::lightning) fn direction_mut(
        &mut self,
        direction: DirectedChannel,
    ) -> &mut DirectionTally {
        &mut self.directions[direction.index()]
    }

    /// The preimage of an HTLC over `direction` reached its offerer `from`; `earned`: what it got
    /// upstream beyond the amount, where it only forwards.
    pub(in crate::lightning) fn settled(
        &mut self,
        direction: DirectedChannel,
        from: NodeId,
        amount: Msat,
        earned: Option<Msat>,
    ) {
        let carried = self.direction_mut(direction);
        carried.settled += 1;
        carried.forwarded += amount;
        let Some(fee) = earned else { return };
        carried.fees += fee;
        let node = self.node_mut(from);
        node.forwarded += 1;
        node.forwarded_amount += amount;
        node.fees_earned += fee;
    }
}
