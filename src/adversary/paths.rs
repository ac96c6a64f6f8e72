//! A path: the way of an attacker's HTLCs through the one direction that they are to block.

use serde::{Deserialize, Serialize};

use crate::ids::DirectedChannel;

/// Attacker → sender of the target → its receiver → attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackPath {
    /// From the attacker to the sender of `target`: a channel that the attacker opened.
    pub entry: DirectedChannel,
    /// The direction attacked.
    pub target: DirectedChannel,
    /// From the receiver of `target` to the attacker: a channel that the attacker opened, too.
    pub exit: DirectedChannel,
}

impl AttackPath {
    /// The whole way.
    pub const fn directions(&self) -> [DirectedChannel; 3] {
        [self.entry, self.target, self.exit]
    }
}
