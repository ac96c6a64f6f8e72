//! Parameters of what opens and of what others hear of it.

use serde::{Deserialize, Serialize};

use crate::units::Sat;

/// Everything under `[lightning.gossip]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GossipParams {
    /// How often the policy of a direction changes, per year. Default 0.
    pub policy_changes_per_year: f64,
    /// Standard deviation of the logarithm of the factor by which a fee changes. Default 0.5: an assumption.
    pub policy_change_sigma: f64,
}

impl Default for GossipParams {
    fn default() -> Self {
        Self { policy_changes_per_year: 0.0, policy_change_sigma: 0.5 }
    }
}

/// Everything under `[lightning.openings]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpeningParams {
    /// How often a node opens a channel, per node and year. Default 0.
    pub per_node_and_year: f64,
    /// Share of closed channels that their opener replaces by another one. Default 0.
    pub replace_share: f64,
    /// Size of new channels; `None`: that of a channel of the network, drawn. A replacement is as large as
    /// what it replaces. Never more than the wallet holds.
    pub capacity: Option<Sat>,
    /// How the peer is chosen.
    pub attachment: Attachment,
    /// Share of the new channels that are never announced. Default 0.
    pub private_share: f64,
}

/// How an opener chooses its peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attachment {
    /// In proportion to the number of its public channels plus one (lnd `autopilot/prefattach.go`).
    #[default]
    Preferential,
    /// All nodes alike.
    Uniform,
}
