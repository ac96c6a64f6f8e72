//! What is open, connected, announced and known to whom.
//!
//! Owns four things that know nothing of each other: what gossip has told ([`Gossip`]), which nodes are up and what
//! waits for them ([`Availability`]), who opens channels ([`Openings`]) and which channels are shutting down
//! ([`Shutdowns`]). It may be asked whether a node is up, whether a channel is connected, and what others believe
//! of a policy.

pub(in crate::lightning) mod availability;
mod connecting;
pub(in crate::lightning) mod gossip;
pub(in crate::lightning) mod opening;
pub(in crate::lightning) mod params;
pub(in crate::lightning) mod shutdown;
pub(in crate::lightning) mod terms;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::lightning::core::Core;
use crate::lightning::topology::availability::Availability;
use crate::lightning::topology::gossip::Gossip;
use crate::lightning::topology::opening::Openings;
use crate::lightning::topology::shutdown::Shutdowns;

/// What is open, connected, announced and known to whom.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Topology {
    pub(in crate::lightning) gossip: Gossip,
    pub(in crate::lightning) availability: Availability,
    pub(in crate::lightning) openings: Openings,
    pub(in crate::lightning) shutdowns: Shutdowns,
}

impl Topology {
    /// Enters into a world that was read anew what has opened and closed in it.
    pub(in crate::lightning) fn restore(&self, core: &mut Core) {
        self.openings.enter_all(core);
        self.gossip.close_all(core);
    }
}
