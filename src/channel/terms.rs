//! What both sides agreed on when they opened a channel.

use serde::{Deserialize, Serialize};

use crate::ids::Side;
use crate::units::{FeeRate, Msat, Sat, SimDuration};

/// The terms of a channel. Arrays are indexed by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Money in the channel.
    pub capacity: Sat,
    /// What each side must keep (set by its peer; BOLT 2 suggests 1 %).
    pub reserve: [Sat; 2],
    /// Outputs below this are left out of that side's commitment.
    pub dust_limit: [Sat; 2],
    /// HTLCs that each side accepts at once, 1 to 483.
    pub max_accepted_htlcs: [u16; 2],
    /// Sum of the HTLCs that each side accepts at once.
    pub max_htlc_value_in_flight: [Msat; 2],
    /// Smallest HTLC that each side accepts.
    pub htlc_minimum: [Msat; 2],
    /// Sum of trimmed HTLCs that each side tolerates on either commitment.
    pub max_dust_exposure: [Msat; 2],
    /// Who pays the commitment fee.
    pub opener: Side,
    /// Anchor outputs (`option_anchors`): heavier commitment, fee-less HTLC transactions.
    pub anchors: bool,
    /// Feerate of the commitment transactions.
    pub feerate: FeeRate,
    /// How each side gathers updates before it signs.
    pub batching: [Batching; 2],
}

/// How a side gathers updates before it signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batching {
    /// How long it waits for more updates.
    pub delay: SimDuration,
    /// It signs immediately when this many updates are waiting; 0 disables the cap.
    pub cap: u16,
}
