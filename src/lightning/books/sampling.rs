//! The state of all channels at a sampling time.

use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::lightning::Lightning;
use crate::lightning::chain::OnChain;
use crate::rows::ChannelSample;
use crate::units::{Msat, Sat};

/// A side is depleted when it can use less than one part in so many of the capacity.
const DEPLETED_BELOW: u64 = 100;

impl Lightning {
    /// Folds over all channels.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
    pub(in crate::lightning) fn describe(&self) -> ChannelSample {
        let mut sample = ChannelSample {
            height: self.onchain.as_ref().map(OnChain::height),
            channels_closing: self.onchain.as_ref().map(|c| c.closing_count() as u64),
            feerate: self.onchain.as_ref().map(|c| c.market().0),
            mempool: self.onchain.as_ref().map(|c| c.market().1),
            nodes_online: self.world.network.node_count() as u64
                - self.availability.as_ref().map_or(0, |nodes| u64::from(nodes.nodes.down())),
            ..ChannelSample::default()
        };
        let (mut depleted, mut imbalance) = (0_u64, 0.0);
        for channel in self.world.network.channel_ids() {
            if self.channels.is_closed(channel) {
                continue;
            }
            sample.channels_open += 1;
            let capacity = self.channels.terms(channel).capacity;
            sample.capacity += capacity;
            depleted += u64::from(self.is_depleted(channel, capacity));
            imbalance += self.imbalance(channel, capacity);
            for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
                sample.htlcs_in_flight += u64::from(self.channels.htlcs(direction));
                sample.in_flight += self.channels.in_flight(direction);
                sample.full_directions += u64::from(self.is_full(direction));
            }
        }
        if sample.channels_open > 0 {
            sample.depleted_share = depleted as f64 / sample.channels_open as f64;
            sample.imbalance_mean = imbalance / sample.channels_open as f64;
        }
        sample
    }

    fn is_depleted(&self, channel: ChannelId, capacity: Sat) -> bool {
        let least = Msat(capacity.to_msat().get() / DEPLETED_BELOW);
        Side::BOTH
            .into_iter()
            .any(|side| self.channels.spendable(DirectedChannel::new(channel, side)) < least)
    }

    /// |2·balance/capacity − 1|; an unresolved HTLC is its offerer's.
    #[expect(clippy::cast_precision_loss, reason = "a share for the report, not state")]
    fn imbalance(&self, channel: ChannelId, capacity: Sat) -> f64 {
        let own = self.channels.balance(channel, Side::One)
            + self.channels.in_flight(DirectedChannel::new(channel, Side::One));
        (2.0 * own.get() as f64 / capacity.to_msat().get() as f64 - 1.0).abs()
    }

    fn is_full(&self, direction: DirectedChannel) -> bool {
        let receiver = direction.from_side().other().index();
        let slots = self.channels.terms(direction.channel()).max_accepted_htlcs[receiver];
        self.params.protocol.limits && self.channels.htlcs(direction) >= slots
    }
}
