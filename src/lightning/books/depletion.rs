//! When a channel counts as depleted, and how uneven it is.

use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::lightning::core::Core;
use crate::units::{Msat, Sat};

/// A side is depleted when it can use less than one part in so many of the capacity.
const DEPLETED_BELOW: u64 = 100;

/// Whether either side is depleted.
pub(in crate::lightning) fn is_depleted(core: &Core, channel: ChannelId, capacity: Sat) -> bool {
    Side::BOTH
        .into_iter()
        .any(|side| is_dry(core.channels.spendable(DirectedChannel::new(channel, side)), capacity))
}

/// Whether a side that can send so much is depleted.
pub(in crate::lightning) fn is_dry(spendable: Msat, capacity: Sat) -> bool {
    spendable < Msat(capacity.to_msat().get() / DEPLETED_BELOW)
}

/// |2·balance/capacity − 1|; an unresolved HTLC is its offerer's.
#[expect(clippy::cast_precision_loss, reason = "a share for the report, not state")]
pub(in crate::lightning) fn imbalance(core: &Core, channel: ChannelId, capacity: Sat) -> f64 {
    let own = core.channels.balance(channel, Side::One)
        + core.channels.in_flight(DirectedChannel::new(channel, Side::One));
    (2.0 * own.get() as f64 / capacity.to_msat().get() as f64 - 1.0).abs()
}
