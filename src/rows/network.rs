//! Final states of channels and nodes.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, NodeId};
use crate::units::{Msat, Sat, SimTime};

/// Final state of a channel (`channels.csv`). Index 0 is from `node1` to `node2`, index 1 back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// The channel; its name and ends stand in the network.
    pub channel: ChannelId,
    /// Capacity.
    pub capacity: Sat,
    /// When it opened; `None`: before the run.
    pub opened: Option<SimTime>,
    /// When it closed; `None`: open at the end.
    pub closed: Option<SimTime>,
    /// Final balance of each side.
    pub balance: [Msat; 2],
    /// Balance of each side at the start.
    pub initial: [Msat; 2],
    /// Amounts settled in each direction.
    pub forwarded: [Msat; 2],
    /// HTLCs settled in each direction.
    pub settled: [u64; 2],
    /// HTLCs failed in each direction, refusals by this channel included.
    pub failed: [u64; 2],
    /// Routing fees earned by forwarding over each direction.
    pub fees: [Msat; 2],
    /// Commitments signed on both sides together.
    pub updates: u64,
}

/// Final state of a node (`nodes.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The node; its name, software and degree stand in the network.
    pub node: NodeId,
    /// Sum of the capacities of its open channels.
    pub capacity: Sat,
    /// Share of the window for statistics in which it answered; `None`: that has no length.
    pub online_share: Option<f64>,
    /// Payments sent and settled.
    pub sent: u64,
    /// Payments received.
    pub received: u64,
    /// HTLCs forwarded and settled.
    pub forwarded: u64,
    /// Amounts forwarded and settled.
    pub forwarded_amount: Msat,
    /// Routing fees earned.
    pub fees_earned: Msat,
    /// Routing fees paid.
    pub fees_paid: Msat,
    /// Fees, roundings and lost outputs on the chain; `None`: no chain is simulated.
    pub onchain_fees: Option<Msat>,
    /// Money lost to others.
    pub losses: Option<Msat>,
    /// Own money in channels at the start, and at the end; an unresolved HTLC is its offerer's.
    pub wealth: [Msat; 2],
    /// Path searches made as a payer.
    pub searches: u64,
    /// Records of what it learnt about other channels, held at the end.
    pub beliefs: u64,
}
