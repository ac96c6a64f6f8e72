//! One channel of a route.

use serde::{Deserialize, Serialize};

use crate::ids::DirectedChannel;
use crate::units::Msat;

/// One channel of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The channel and its direction.
    pub channel: DirectedChannel,
    /// The amount sent over it.
    pub amount: Msat,
    /// Expiry of its HTLC, in blocks above the height at sending.
    pub cltv: u32,
}
