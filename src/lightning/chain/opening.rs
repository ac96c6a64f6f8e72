//! A channel on its way into the chain, and its funding output afterwards.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::{OutPoint, TxId};
use crate::ids::NodeId;
use crate::network::Software;
use crate::units::{BlockHeight, Sat};

/// A channel that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) struct OpenRequest {
    /// Opener and peer.
    pub(in crate::lightning) ends: [NodeId; 2],
    /// What they run.
    pub(in crate::lightning) software: [Software; 2],
    /// Its size; less where the wallet holds less.
    pub(in crate::lightning) capacity: Sat,
    /// Whether it is never announced.
    pub(in crate::lightning) private: bool,
}

/// A channel that is being funded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Opening {
    /// Opener and peer.
    pub(in crate::lightning) ends: [NodeId; 2],
    pub(in crate::lightning) capacity: Sat,
    pub(super) private: bool,
    /// What the funding transaction pays.
    pub(in crate::lightning) fee: Sat,
    /// Blocks that it must be deep.
    pub(super) depth: u32,
    /// Height at which the opening began.
    pub(super) since: BlockHeight,
    /// While it is under way or confirmed.
    pub(super) tx: Option<TxId>,
    pub(super) confirmed: Option<BlockHeight>,
    /// The opener takes its money back.
    pub(super) abandoned: bool,
}

/// A channel whose funding output is followed: those that existed before the run are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Funded {
    pub(super) output: OutPoint,
    /// Height from which it may be announced; `None`: it was, or never is.
    pub(super) announced_at: Option<BlockHeight>,
}
