//! One direction of a channel in 32 bytes, as searches read it.
//!
//! Left out are directions whose `htlc_minimum_msat` is above what they carry, or 2^48 msat (2,814 BTC)
//! or more. Amounts in msat, expiry deltas in blocks; fees as BOLT 7 rounds them.

use crate::ids::{DirectedChannel, NodeId};
use crate::network::Policy;
use crate::units::Msat;

/// One usable direction of a channel, as seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The smaller of `htlc_maximum_msat` and the capacity, in msat.
    limit: u64,
    /// `htlc_minimum_msat` in the high 48 bits, `cltv_expiry_delta` in the low 16.
    minimum_and_delta: u64,
    /// The node at the other end: the one that sends and charges in a list of incoming edges, the one
    /// that receives in a list of outgoing edges and in the table of directions.
    pub(super) peer: NodeId,
    /// Which direction of which channel this is.
    pub(super) direction: DirectedChannel,
    /// `fee_base_msat`.
    pub(super) base_msat: u32,
    /// `fee_proportional_millionths`.
    pub(super) ppm: u32,
}

const _: () = assert!(size_of::<Edge>() == 32, "two edges to a cache line");

impl Edge {
    /// What stands for a direction that carries nothing.
    pub(super) const NOTHING: Self = Self {
        limit: 0,
        minimum_and_delta: 0,
        peer: NodeId(u32::MAX),
        direction: DirectedChannel::NONE,
        base_msat: 0,
        ppm: 0,
    };

    /// The edge of `direction`, unless no amount could ever pass it.
    pub(super) fn new(
        peer: NodeId,
        direction: DirectedChannel,
        policy: &Policy,
        capacity: Msat,
    ) -> Option<Self> {
        let (limit, minimum) = (policy.htlc_maximum.min(capacity).get(), policy.htlc_minimum.get());
        if limit == 0 || minimum > limit || minimum >> 48 != 0 {
            return None;
        }
        Some(Self {
            limit,
            minimum_and_delta: minimum << 16 | u64::from(policy.cltv_expiry_delta),
            peer,
            direction,
            base_msat: policy.fee_base_msat,
            ppm: policy.proportional_millionths.0,
        })
    }

    /// The same edge in a list whose node is at the other end.
    pub(super) const fn with_peer(self, peer: NodeId) -> Self {
        Self { peer, ..self }
    }

    /// All of it but the peer.
    pub(super) fn words(&self) -> [u64; 4] {
        let fees = u64::from(self.base_msat) << 32 | u64::from(self.ppm);
        [self.limit, self.minimum_and_delta, u64::from(self.direction.0), fees]
    }

    /// Whether anything can pass.
    pub(super) const fn is_something(&self) -> bool {
        self.limit > 0
    }

    /// Whether an HTLC of `amount` is within `htlc_minimum_msat`, `htlc_maximum_msat` and capacity.
    #[inline]
    pub(super) const fn carries(&self, amount: u64) -> bool {
        amount <= self.limit && amount >= self.minimum()
    }

    /// The largest amount it carries.
    #[inline]
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// The smallest amount it carries.
    #[inline]
    pub(super) const fn minimum(&self) -> u64 {
        self.minimum_and_delta >> 16
    }

    /// Blocks that its source wants between the incoming and the outgoing expiry.
    #[inline]
    pub(super) const fn delta(&self) -> u16 {
        (self.minimum_and_delta & 0xffff) as u16
    }

    /// What its source charges for sending `amount` over it, as BOLT 7 rounds; `None` beyond `u64`.
    #[inline]
    pub(super) fn fee(&self, amount: u64) -> Option<u64> {
        share(amount, u64::from(self.ppm), 1_000_000)?.checked_add(u64::from(self.base_msat))
    }
}

/// `floor(amount * part / whole)` without overflow on the way; `None` when the result exceeds `u64`.
#[inline]
pub(super) fn share(amount: u64, part: u64, whole: u64) -> Option<u64> {
    match amount.checked_mul(part) {
        Some(product) => Some(product / whole),
        None => wide_share(amount, part, whole),
    }
}

#[cold]
fn wide_share(amount: u64, part: u64, whole: u64) -> Option<u64> {
    u64::try_from(u128::from(amount) * u128::from(part) / u128::from(whole)).ok()
}
