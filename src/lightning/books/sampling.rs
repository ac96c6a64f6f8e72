//! The state of all channels at a sampling time.

use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::lightning::books::levels::ChannelLevels;
use crate::lightning::chain::{Chain, OnChain};
use crate::lightning::core::Core;
use crate::lightning::topology::availability::Availability;
use crate::rows::ChannelSample;
use crate::units::{Msat, Sat};

/// A side is depleted when it can use less than one part in so many of the capacity.
const DEPLETED_BELOW: u64 = 100;

/// Folds over all channels.
#[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
pub(in crate::lightning) fn describe(
    core: &Core,
    chain: &Chain,
    availability: &Availability,
    levels: &ChannelLevels,
) -> ChannelSample {
    let mut sample = ChannelSample {
        height: chain.onchain.as_ref().map(OnChain::height),
        channels_closing: chain.onchain.as_ref().map(|c| c.closing_count() as u64),
        feerate: chain.onchain.as_ref().map(|c| c.market().0),
        mempool: chain.onchain.as_ref().map(|c| c.market().1),
        nodes_online: core.world.network.node_count() as u64 - u64::from(availability.down()),
        ..ChannelSample::default()
    };
    let ([mut depleted, mut newly_depleted, mut replenished], mut imbalances) = ([0_u64; 3], 0.0);
    for channel in core.world.network.channel_ids() {
        if core.channels.is_closed(channel) {
            continue;
        }
        sample.channels_open += 1;
        let capacity = core.channels.terms(channel).capacity;
        sample.capacity += capacity;
        let was = levels.was_depleted(channel, capacity);
        let is = is_depleted(core, channel, capacity);
        depleted += u64::from(is);
        newly_depleted += u64::from(is && !was);
        replenished += u64::from(was && !is);
        imbalances += imbalance(core, channel, capacity);
        for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
            sample.htlcs_in_flight += u64::from(core.channels.htlcs(direction));
            sample.in_flight += core.channels.in_flight(direction);
            sample.full_directions += u64::from(is_full(core, direction));
        }
    }
    if sample.channels_open > 0 {
        let mean = |sum: f64| Some(sum / sample.channels_open as f64);
        sample.depleted_share = mean(depleted as f64);
        sample.newly_depleted_share = mean(newly_depleted as f64);
        sample.replenished_share = mean(replenished as f64);
        sample.imbalance_mean = mean(imbalances);
    }
    sample
}

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

fn is_full(core: &Core, direction: DirectedChannel) -> bool {
    let receiver = direction.from_side().other().index();
    let slots = core.channels.terms(direction.channel()).max_accepted_htlcs[receiver];
    core.params.protocol.limits && core.channels.htlcs(direction) >= slots
}
