//! Rows of what happens on a chain of Bitcoin: blocks, closed channels, losses.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, NodeId};
use crate::outcome::{CloseCause, CloseKind, LossKind};
use crate::units::{BlockHeight, FeeRate, Msat, Sat, SimTime, Weight};

/// A block of Bitcoin (`blocks.csv`). "Own" transactions are those of the system that is simulated, all
/// others are background transactions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockRow {
    /// Its height.
    pub height: BlockHeight,
    /// When it was found.
    pub at: SimTime,
    /// Weight of its transactions.
    pub weight: Weight,
    /// The same over the largest weight allowed.
    pub fullness: f64,
    /// Transactions in it.
    pub transactions: u64,
    /// Their fees.
    pub fees: Sat,
    /// Feerate of the cheapest package in it; `None`: it is empty.
    pub lowest: Option<FeeRate>,
    /// Feerate in the middle of its weight.
    pub median: Option<FeeRate>,
    /// Weight that still waits after it.
    pub waiting: Weight,
    /// Transactions that still wait after it.
    pub waiting_count: u64,
    /// Lowest feerate that is relayed after it.
    pub minimum: FeeRate,
    /// Own transactions in it.
    pub own: u64,
    /// Their weight.
    pub own_weight: Weight,
    /// Their fees.
    pub own_fees: Sat,
}

/// A channel that opened during the run. It has no table of its own: see `channels.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedRow<'a> {
    /// The channel, the newest.
    pub channel: ChannelId,
    /// Opener and peer.
    pub ends: [NodeId; 2],
    /// Its name in output files.
    pub name: &'a str,
}

/// A closed channel (`closures.csv`). Arrays are by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosureRow {
    /// The channel; its name and ends stand in the network.
    pub channel: ChannelId,
    /// Its capacity.
    pub capacity: Sat,
    /// Whether its commitments have anchors.
    pub anchors: bool,
    /// How it was closed.
    pub kind: CloseKind,
    /// Why.
    pub cause: CloseCause,
    /// By whom.
    pub by: NodeId,
    /// Number of the commitment published.
    pub number: u32,
    /// When it was decided.
    pub decided: SimTime,
    /// Height when the closing transaction was first relayed.
    pub broadcast: Option<BlockHeight>,
    /// Height of its block.
    pub confirmed: Option<BlockHeight>,
    /// Height at which the last output was spent.
    pub resolved: Option<BlockHeight>,
    /// Height at which that was buried.
    pub buried: Option<BlockHeight>,
    /// HTLCs on the commitment.
    pub htlcs: u64,
    /// Those of them without an output.
    pub trimmed: u64,
    /// Those of them that their offerer took back.
    pub timed_out: u64,
    /// Those of them that their receiver claimed.
    pub claimed: u64,
    /// Outputs taken as a punishment.
    pub penalised: u64,
    /// Weight of all transactions of the closing.
    pub weight: Weight,
    /// Fees of each side, out of the channel and out of its wallet; outputs that nobody spends included.
    pub fees: [Msat; 2],
    /// What each side had at the decision; an HTLC is its offerer's.
    pub start: [Msat; 2],
    /// What came to the wallet of each side, less what it paid out of it.
    pub end: [i64; 2],
    /// Millisatoshis lost to whole satoshis.
    pub rounding: Msat,
    /// What a side lost to the other although it was its own.
    pub loss: Msat,
    /// Which.
    pub loser: Option<NodeId>,
}

/// Money that a node lost to others (`losses.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossRow {
    /// When it was certain.
    pub at: SimTime,
    /// The height then.
    pub height: BlockHeight,
    /// Who lost it.
    pub node: NodeId,
    /// In which channel.
    pub channel: ChannelId,
    /// The payment, where it was one's HTLC.
    pub payment: Option<u64>,
    /// Its part.
    pub part: Option<u32>,
    /// How.
    pub kind: LossKind,
    /// How much.
    pub amount: Msat,
    /// Why the channel was closed.
    pub cause: Option<CloseCause>,
}
