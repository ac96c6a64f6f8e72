//! Channels whose owners want them closed, and closing by agreement (BOLT 2).
//!
//! Who wants to close and finds its peer willing sends `shutdown`, and the peer answers with its own. From then
//! on neither offers an HTLC over the channel: a forwarder answers `channel_disabled`, and the ends do not plan
//! over it; others hear of the disabled channel by gossip (BOLT 7: a `channel_update` before a settlement on the
//! chain). HTLCs that stand in it end as they would have. When the last one is gone and both ends are
//! connected, they sign the closing transaction. An HTLC that reaches its deadline before that takes the
//! channel to the chain alone, and so can either side at any time.
//!
//! Simplifications: `shutdown` and `closing_signed`, two round trips, take no time next to blocks, and an update
//! that is under way at that moment counts as sent before. The closing transaction keeps the fee that both
//! signed (no `option_simple_close`, whose transactions can be replaced).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds};
use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::{Chain, Decision};
use crate::lightning::core::Core;
use crate::lightning::event::{ChainEvent, Context, Event};
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::topology::availability::Availability;
use crate::outcome::{CloseCause, CloseKind};
use crate::units::{BlockHeight, SimDuration, SimTime};

/// Channels that are closed by agreement when their HTLCs have ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Shutdowns {
    /// Which channels their owners close.
    choices: Draws,
    pending: BTreeMap<ChannelId, Shutdown>,
}

/// A channel that waits for its HTLCs to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shutdown {
    /// Who sent `shutdown` first.
    by: Side,
    /// When.
    sent: SimTime,
}

impl Shutdowns {
    /// None.
    pub(in crate::lightning) fn new(seeds: Seeds) -> Self {
        Self { choices: seeds.draws("onchain.choices"), pending: BTreeMap::new() }
    }

    /// Draws of choices.
    pub(in crate::lightning) const fn draws(&self) -> Draws {
        self.choices
    }

    /// Whether no channel waits.
    pub(in crate::lightning) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Owners who want to close a channel do: by agreement if the peer agrees, else alone. Drawn by channel
    /// and height. `recruited`: whether an attacker brought a node along: it closes its channels when it wants to.
    pub(in crate::lightning) fn close_by_choice(
        &self,
        (height, block_interval): (BlockHeight, SimDuration),
        core: &Core,
        availability: &Availability,
        recruited: impl Fn(NodeId) -> bool,
        owed: &mut Owed,
    ) {
        /// Seconds of a year.
        const YEAR: f64 = 365.0 * 86_400.0;
        let params = core.params.onchain;
        if params.closes_per_year <= 0.0 {
            return;
        }
        let chance = params.closes_per_year * block_interval.as_secs_f64() / YEAR;
        for channel in core.world.network.channel_ids() {
            let mut draws = self.choices.at(core.world.network.key(channel), u64::from(height.0));
            if core.channels.is_closed(channel) || !draws.chance(chance) {
                continue;
            }
            let ends = core.world.network.ends(channel);
            if ends.into_iter().any(&recruited) {
                continue;
            }
            let by = if draws.chance(0.5) { Side::One } else { Side::Two };
            let agrees = draws.chance(params.cooperative_share);
            if availability.is_down(ends[by.index()]) || core.channels.is_shutting_down(channel) {
                continue;
            }
            owed.add(if agrees {
                Obligation::ShutDown { channel, by }
            } else {
                Obligation::ForceClose { channel, by, cause: CloseCause::Scheduled }
            });
        }
    }

    /// Both sides agree to close a channel. A peer that is down is told when it is back: nothing passes the
    /// channel before that.
    pub(in crate::lightning) fn shut_down(
        &mut self,
        channel: ChannelId,
        by: Side,
        core: &mut Core,
        owed: &mut Owed,
        cx: &mut Context<'_>,
    ) {
        core.channels.shut_down(channel);
        self.pending.insert(channel, Shutdown { by, sent: cx.now });
        tell_of_end(channel, core, cx);
        owed.add(Obligation::CloseIfAtRest { channel });
    }

    /// A channel that is shutting down is closed when nothing is under way in it.
    pub(in crate::lightning) fn close_if_at_rest(
        &mut self,
        channel: ChannelId,
        core: &mut Core,
        chain: &mut Chain,
        availability: &Availability,
        cx: &mut Context<'_>,
    ) {
        let Some(&Shutdown { by, sent }) = self.pending.get(&channel) else { return };
        if !core.channels.is_at_rest(channel) || !availability.is_connected(core, channel) {
            return;
        }
        let (kind, cause) = (CloseKind::Cooperative, CloseCause::Scheduled);
        let decision =
            Decision { decided: sent, ..Decision::new(core, channel, kind, cause, cx.now) };
        let balance = core.channels.cooperative_close(channel);
        if chain.close_together(&decision, core, by, balance) {
            self.gone(channel, cause, core, chain, cx);
        }
    }

    /// Channels that came to rest while their ends were not connected.
    pub(in crate::lightning) fn close_what_rests(&self, owed: &mut Owed) {
        for &channel in self.pending.keys() {
            owed.add(Obligation::CloseIfAtRest { channel });
        }
    }

    /// Peers of nodes that have not answered for long close their channels with them, where a scenario
    /// says so.
    pub(in crate::lightning) fn leave_the_silent(
        core: &Core,
        availability: &Availability,
        now: SimTime,
        owed: &mut Owed,
    ) {
        let (Some(patience), Some(nodes)) = (core.params.peers.gone_after, &availability.nodes)
        else {
            return;
        };
        for node in nodes.down_for(patience, now) {
            for direction in core.world.network.outgoing(node) {
                let (channel, peer) = (direction.channel(), core.world.network.target(direction));
                if !core.channels.is_closed(channel) && !availability.is_down(peer) {
                    let by = direction.from_side().other();
                    owed.add(Obligation::ForceClose { channel, by, cause: CloseCause::PeerGone });
                }
            }
        }
    }

    /// A channel carries nothing more: its ends know at once, all others by gossip.
    pub(in crate::lightning) fn gone(
        &mut self,
        channel: ChannelId,
        cause: CloseCause,
        core: &Core,
        chain: &mut Chain,
        cx: &mut Context<'_>,
    ) {
        chain.note_closed(channel, cause, cx.now);
        // Of a channel that was shut down, gossip has been told.
        if self.pending.remove(&channel).is_none() {
            tell_of_end(channel, core, cx);
        }
    }
}

fn tell_of_end(channel: ChannelId, core: &Core, cx: &mut Context<'_>) {
    let heard = cx.now + core.params.gossip.delay;
    cx.queue.push(heard, Event::Chain(ChainEvent::ClosingHeard(channel)));
}
