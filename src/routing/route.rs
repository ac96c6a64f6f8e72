//! What a search is asked, what it may know, and what it answers.

use serde::{Deserialize, Serialize};

use crate::ids::{DirectedChannel, NodeId};
use crate::routing::amounts::{Charge, fill_hops};
use crate::routing::beliefs::Beliefs;
use crate::routing::hop::Hop;
use crate::routing::view::View;
use crate::units::{Msat, SimTime};

/// One question: how to bring `amount` from `payer` to `payee`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid.
    pub payee: NodeId,
    /// What the payee is to receive over this route.
    pub amount: Msat,
    /// The largest sum of routing fees.
    pub fee_limit: Msat,
    /// The largest expiry of the first HTLC, in blocks above the current height: the sum of all CLTV
    /// deltas, the final one included.
    pub cltv_limit: u32,
    /// Expiry of the HTLC that the payee gets, in blocks above the current height.
    pub final_cltv: u32,
    /// The largest number of channels.
    pub max_hops: u8,
    /// The present: beliefs fade with time.
    pub now: SimTime,
}

/// A channel of the payer, and what it can send over it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalChannel {
    /// The direction in which the payer sends.
    pub direction: DirectedChannel,
    /// The largest HTLC that it can offer.
    pub spendable: Msat,
}

/// All that a sender may know.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'a> {
    /// What gossip tells everybody.
    pub view: &'a View,
    /// The payer's own channels, in ascending order of direction. They count whatever their disable
    /// flag says, but not without a policy.
    pub local_channels: &'a [LocalChannel],
    /// What the payer learnt from its payments.
    pub beliefs: &'a Beliefs,
    /// Directions that a search without a memory leaves out, in ascending order.
    pub avoid: &'a [DirectedChannel],
}

impl Knowledge<'_> {
    /// Whether `direction` is to be left out.
    pub(super) fn avoids(&self, direction: DirectedChannel) -> bool {
        !self.avoid.is_empty() && self.avoid.binary_search(&direction).is_ok()
    }
}

/// A route from payer to payee; a buffer that searches fill again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The channels in the order of travel. Empty before the first search and after a failed one.
    pub hops: Vec<Hop>,
}

impl Route {
    /// What the payee receives.
    pub fn amount(&self) -> Msat {
        self.hops.last().map_or(Msat::ZERO, |hop| hop.amount)
    }

    /// The sum of the routing fees.
    pub fn fee(&self) -> Msat {
        self.hops.first().map_or(Msat::ZERO, |hop| hop.amount - self.amount())
    }

    /// Blocks from the height at sending to the expiry of the first HTLC.
    pub fn cltv(&self) -> u32 {
        self.hops.first().map_or(0, |hop| hop.cltv)
    }

    /// Fills in the channels of `path` (from payer to payee) with amounts and expiries by gossip. False on
    /// overflow.
    pub(super) fn fill(&mut self, view: &View, query: &Query, path: &[PathHop]) -> bool {
        let delivered = (query.amount, query.final_cltv);
        fill_hops(&mut self.hops, path.iter().map(|hop| hop.direction), delivered, |place, hop| {
            let fee = Msat(view.edge(hop.channel).fee(hop.amount.get())?);
            Some(Charge { fee, delta: u32::from(path[place].delta) })
        })
    }

    /// Whether it keeps every limit of the query that does not depend on channels.
    pub(super) fn keeps_limits(&self, query: &Query) -> bool {
        self.fee() <= query.fee_limit
            && self.cltv() <= query.cltv_limit
            && self.hops.len() <= usize::from(query.max_hops)
    }
}

/// One channel of a path found, and the delta asked for it (a router may ask
/// for more than the channel's own policy does).
#[derive(Clone, Copy, Debug)]
pub(super) struct PathHop {
    pub(super) direction: DirectedChannel,
    pub(super) delta: u16,
}

/// Why there is no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// The payer's channels together cannot send the amount.
    InsufficientFunds,
    /// No route within the limits.
    None,
    /// There are routes, but all are dearer than the fee limit.
    FeeLimit,
}
