//! How much of what limits the channel system was used: signing servers, HTLC slots, balances.
//!
//! Shares over the window for statistics, for the comparison with other systems. Slots are
//! integrated over time at every event; who knows a network's slots and how long a payment holds one on
//! each hop knows its slot ceiling. They are also integrated by direction: what binds is the fullest one.

use serde::{Deserialize, Serialize};

use crate::channel::Channels;
use crate::ids::{ChannelId, DirectedChannel};
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::transport::servers::Servers;
use crate::rows::{ResourceRow, Row};
use crate::units::{FeeRate, SimTime};

/// HTLCs over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    /// HTLCs times nanoseconds, up to `since`.
    htlc_time: u128,
    since: SimTime,
    /// HTLCs since then.
    htlcs: u64,
}

impl Held {
    fn pass(&mut self, htlcs: u64, now: SimTime) {
        self.htlc_time += u128::from(htlcs) * u128::from(now.since(self.since).get());
        self.since = now;
    }
}

/// HTLCs under way and feerates over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct Usage {
    all: Held,
    /// By directed channel, as far as one had an HTLC.
    directions: Vec<Held>,
    /// Sum of what the next block asked for after each block, and the number of blocks.
    feerates: u128,
    blocks: u32,
    /// When the window for statistics began.
    from: SimTime,
    /// What signing servers had done then, by node; empty where signing costs nothing.
    servers: Vec<u64>,
}

impl Usage {
    /// The window for statistics begins; so many HTLCs have been under way since the last call of [`Self::pass`].
    pub(in crate::lightning) fn restart(&mut self, htlcs: u64, servers: &Servers, now: SimTime) {
        self.pass(htlcs, now);
        for held in self.directions.iter_mut().chain([&mut self.all]) {
            held.pass(held.htlcs, now);
            held.htlc_time = 0;
        }
        (self.feerates, self.blocks) = (0, 0);
        (self.from, self.servers) = (now, servers.worked(now));
    }

    /// So many HTLCs have been under way since the last call.
    pub(in crate::lightning) fn pass(&mut self, htlcs: u64, now: SimTime) {
        self.all.pass(htlcs, now);
    }

    /// An HTLC takes a slot of a direction, or leaves it.
    pub(in crate::lightning) fn slot(
        &mut self,
        direction: DirectedChannel,
        takes: bool,
        now: SimTime,
    ) {
        let place = direction.index();
        if self.directions.len() <= place {
            self.directions.resize(place + 1, Held::default());
        }
        let held = &mut self.directions[place];
        held.pass(held.htlcs, now);
        held.htlcs = if takes { held.htlcs + 1 } else { held.htlcs - 1 };
    }

    /// A block was found, and the next one asks for this feerate.
    pub(in crate::lightning) fn block(&mut self, feerate: FeeRate) {
        self.feerates += u128::from(feerate.0);
        self.blocks += 1;
    }

    /// What blocks asked for, mean over the blocks so far; `None`: there were none.
    pub(in crate::lightning) fn mean_feerate(&self) -> Option<FeeRate> {
        let mean = self.feerates.checked_div(u128::from(self.blocks))?;
        u32::try_from(mean).ok().map(FeeRate)
    }

    /// The largest share of its slots that a direction had taken, mean over time; channels that have closed
    /// do not count.
    #[expect(clippy::cast_precision_loss, reason = "a share for the report, not state")]
    fn fullest(&mut self, channels: &Channels, now: SimTime) -> f64 {
        let mut most = 0.0_f64;
        for (place, held) in self.directions.iter_mut().enumerate() {
            held.pass(held.htlcs, now);
            let direction = DirectedChannel::from_index(place);
            if channels.is_closed(direction.channel()) {
                continue;
            }
            let receiver = direction.from_side().other().index();
            let slots = channels.terms(direction.channel()).max_accepted_htlcs[receiver];
            let all = f64::from(slots) * now.since(self.from).get().max(1) as f64;
            most = most.max(held.htlc_time as f64 / all);
        }
        most
    }

    /// Reports what was used of servers, slots and balances.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
    pub(in crate::lightning) fn report(
        &mut self,
        core: &Core,
        servers: &Servers,
        depleted_share: Option<f64>,
        cx: &mut Context<'_>,
    ) {
        self.pass(core.channels.under_way(), cx.now);
        let time = cx.now.since(self.from);
        if let Some(load) = servers.load(&self.servers, time, cx.now) {
            let (resource, utilisation) = ("busiest signing server", load.busiest);
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded: None }));
            let (resource, utilisation) = ("signing servers", load.mean);
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded: None }));
        }
        let all = slots(&core.channels) as f64 * time.get() as f64;
        // Of no slots, or in no time, there is no share to tell.
        if core.params.protocol.limits && all > 0.0 {
            let resource = "HTLC slots";
            let utilisation = self.all.htlc_time as f64 / all;
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded: None }));
            let utilisation = self.fullest(&core.channels, cx.now);
            let resource = "slots of the fullest direction";
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded: None }));
        }
        if let Some(utilisation) = depleted_share {
            let resource = "depleted channels";
            cx.rows.record(Row::Resource(&ResourceRow { resource, utilisation, demanded: None }));
        }
    }
}

/// Slots of all open channels, both directions.
fn slots(channels: &Channels) -> u64 {
    let open = (0..channels.len()).map(ChannelId::from_index);
    let open = open.filter(|channel| !channels.is_closed(*channel));
    open.flat_map(|channel| channels.terms(channel).max_accepted_htlcs).map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn htlcs_count_for_as_long_as_they_are_under_way() {
        let mut usage = Usage::default();
        // None until 10, then two until 15, then one until 18.
        for (htlcs, now) in [(0, 10), (2, 15), (1, 18)] {
            usage.pass(htlcs, SimTime(now));
        }
        assert_eq!((usage.all.htlc_time, usage.all.since), (13, SimTime(18)));
    }

    #[test]
    fn a_direction_counts_its_own_htlcs() {
        let mut usage = Usage::default();
        let [one, other] = [3, 6].map(DirectedChannel::from_index);
        for (direction, takes, now) in
            [(one, true, 2), (other, true, 3), (one, true, 4), (one, false, 9), (other, false, 10)]
        {
            usage.slot(direction, takes, SimTime(now));
        }
        // One HTLC from 2 to 4, two from 4 to 9; one from 3 to 10.
        assert_eq!([3, 6].map(|place: usize| usage.directions[place].htlc_time), [12, 7]);
        assert_eq!((usage.directions[3].htlcs, usage.directions[6].htlcs), (1, 0));
    }

    #[test]
    fn the_feerate_is_the_mean_over_blocks() {
        let mut usage = Usage::default();
        assert_eq!(usage.mean_feerate(), None);
        for feerate in [250, 500, 1_500] {
            usage.block(FeeRate(feerate));
        }
        assert_eq!(usage.mean_feerate(), Some(FeeRate(750)));
    }
}
