//! Parameters of what opens and of what others hear of it.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, WholeSat};
use crate::declare::number::{Number, SHARE, SIGMA};
use crate::declare::{choices, params};
use crate::units::{Sat, SimDuration};

params! {
    /// What others learn late.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct GossipParams: Default {
        /// Time until all senders know of a channel that was opened or closed, or of a changed policy.
        /// Source: gossip is flushed every 60 s (BOLT 7) and takes some ten hops.
        delay: SimDuration = or(SimDuration::from_secs(600), DELAY),
        /// How often the policy of a direction changes, per year.
        policy_changes_per_year: f64 = or(0.0, CHANGES),
        /// Standard deviation of the logarithm of the factor by which a fee changes. Source: an assumption.
        policy_change_sigma: f64 = or(0.5, SIGMA),
    }
}

/// Policy changes of a direction in a year: at most one a block.
const CHANGES: Number = Number { low: 0.0, high: 52_560.0, above: false };

params! {
    /// Channels that open during the run.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct OpeningParams: Default {
        /// How often a node opens a channel, per node and year.
        per_node_and_year: f64 = or(0.0, OPENINGS),
        /// Share of closed channels that their opener replaces by another one.
        replace_share: f64 = or(0.0, SHARE),
        /// Size of new channels. A replacement is as large as what it replaces. Never more than the wallet
        /// holds.
        capacity: Option<Sat> = optional(WholeSat, "that of a channel of the network, drawn"),
        /// How an opener chooses its peer.
        attachment: Attachment = choice("preferential"),
        /// Share of the new channels that are never announced.
        private_share: f64 = or(0.0, SHARE),
    }
}

/// Openings of a node in a year: at most one a block.
const OPENINGS: Number = Number { low: 0.0, high: 52_560.0, above: false };

choices! {
    /// How an opener chooses its peer.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Attachment {
        /// In proportion to the number of its public channels plus one. Source: lnd
        /// `autopilot/prefattach.go`.
        Preferential = "preferential",
        /// All nodes alike.
        Uniform = "uniform",
    }
}
