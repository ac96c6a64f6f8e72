//! What nodes and channels have done so far: the cumulative columns of `nodes.csv` and `channels.csv`.
//!
//! Written by the payment code when it decides, never computed from balances: the check that both agree
//! ([`crate::lightning::check`]) then compares two separate accounts.

use serde::{Deserialize, Serialize};

use crate::ids::{DirectedChannel, NodeId};
use crate::units::Msat;

/// Cumulative counts and sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    nodes: Vec<NodeTally>,
    /// By directed channel.
    directions: Vec<DirectionTally>,
}

/// What a node has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NodeTally {
    /// Payments settled as payer.
    pub(super) sent: u64,
    /// Amounts settled as payer, without fees; parts of payments that failed as a whole included.
    pub(super) sent_amount: Msat,
    /// Payments settled as payee.
    pub(super) received: u64,
    /// Amounts settled as payee; parts of payments that failed as a whole included.
    pub(super) received_amount: Msat,
    /// HTLCs forwarded and settled.
    pub(super) forwarded: u64,
    /// Amounts sent onward.
    pub(super) forwarded_amount: Msat,
    /// Fees earned.
    pub(super) fees_earned: Msat,
    /// Fees paid.
    pub(super) fees_paid: Msat,
    /// Fees, roundings and lost outputs on the chain.
    pub(super) onchain_fees: Msat,
    /// Lost to others: HTLCs that timed out although it had the preimage, thefts, punishments.
    pub(super) lost: Msat,
    /// Won from others by the same.
    pub(super) won: Msat,
    /// Path searches as payer.
    pub(super) searches: u64,
    /// Got without a routing fee being earned: fees that come whatever becomes of the HTLC, and what a
    /// wormhole takes.
    pub(super) other_in: Msat,
    /// Paid likewise.
    pub(super) other_out: Msat,
}

/// What a direction of a channel has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DirectionTally {
    /// Amounts settled.
    pub(super) forwarded: Msat,
    /// HTLCs settled.
    pub(super) settled: u64,
    /// HTLCs failed or refused.
    pub(super) failed: u64,
    /// Fees that its sender earned by forwarding over it.
    pub(super) fees: Msat,
}

impl Ledger {
    /// Empty accounts.
    pub(super) fn new(nodes: usize, channels: usize) -> Self {
        Self {
            nodes: vec![NodeTally::default(); nodes],
            directions: vec![DirectionTally::default(); channels * 2],
        }
    }

    /// Makes room for channels.
    pub(super) fn grow(&mut self, channels: usize) {
        self.directions.resize(channels * 2, DirectionTally::default());
    }

    /// A node's account.
    pub(super) fn node(&self, node: NodeId) -> &NodeTally {
        &self.nodes[node.index()]
    }

    /// A node's account, to write.
    pub(super) fn node_mut(&mut self, node: NodeId) -> &mut NodeTally {
        &mut self.nodes[node.index()]
    }

    /// A direction's account.
    pub(super) fn direction(&self, direction: DirectedChannel) -> &DirectionTally {
        &self.directions[direction.index()]
    }

    /// A direction's account, to write.
    pub(super) fn direction_mut(&mut self, direction: DirectedChannel) -> &mut DirectionTally {
        &mut self.directions[direction.index()]
    }

    /// The preimage of an HTLC over `direction` reached its offerer `from`; `earned`: what it got
    /// upstream beyond the amount, where it only forwards.
    pub(super) fn settled(
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
