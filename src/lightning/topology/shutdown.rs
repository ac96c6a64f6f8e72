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

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, Side};
use crate::lightning::chain::Decision;
use crate::lightning::chain::blocks::ChainEvent;
use crate::lightning::{Context, Event, Lightning};
use crate::outcome::{CloseCause, CloseKind};
use crate::units::SimTime;

/// A channel that waits for its HTLCs to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) struct Shutdown {
    /// Who sent `shutdown` first.
    by: Side,
    /// When.
    sent: SimTime,
}

impl Lightning {
    /// Owners who want to close a channel do: by agreement if the peer agrees, else alone. Drawn by channel
    /// and height.
    pub(in crate::lightning) fn close_by_choice(&mut self, cx: &mut Context<'_>) {
        /// Seconds of a year.
        const YEAR: f64 = 365.0 * 86_400.0;
        let params = self.params.onchain;
        let Some(onchain) = &self.onchain else { return };
        if params.closes_per_year <= 0.0 {
            return;
        }
        let chance = params.closes_per_year * onchain.block_interval().as_secs_f64() / YEAR;
        let height = u64::from(self.height().0);
        for channel in self.world.network.channel_ids() {
            let mut draws = self.choices.at(self.world.network.key(channel), height);
            if self.channels.is_closed(channel) || !draws.chance(chance) {
                continue;
            }
            let ends = self.world.network.ends(channel);
            // An attacker's own channel is closed when the attacker wants it to be.
            if ends.into_iter().any(|end| self.attacks.recruited(end)) {
                continue;
            }
            let by = if draws.chance(0.5) { Side::One } else { Side::Two };
            let agrees = draws.chance(params.cooperative_share);
            if self.is_down(ends[by.index()]) || self.channels.is_shutting_down(channel) {
                continue;
            }
            if agrees {
                self.shut_down(channel, by, cx);
            } else {
                self.force_close(channel, by, CloseCause::Scheduled, cx);
            }
        }
    }

    /// Both sides agree to close a channel. A peer that is down is told when it is back: nothing passes the
    /// channel before that.
    fn shut_down(&mut self, channel: ChannelId, by: Side, cx: &mut Context<'_>) {
        self.channels.shut_down(channel);
        self.shutdowns.insert(channel, Shutdown { by, sent: cx.now });
        self.tell_of_end(channel, cx);
        self.close_if_at_rest(channel, cx);
    }

    /// A channel that is shutting down is closed when nothing is under way in it.
    pub(in crate::lightning) fn close_if_at_rest(
        &mut self,
        channel: ChannelId,
        cx: &mut Context<'_>,
    ) {
        let Some(&Shutdown { by, sent }) = self.shutdowns.get(&channel) else { return };
        if !self.channels.is_at_rest(channel) || !self.is_connected(channel) {
            return;
        }
        let (kind, cause) = (CloseKind::Cooperative, CloseCause::Scheduled);
        let decision = Decision { decided: sent, ..self.decision(channel, kind, cause, cx.now) };
        let balance = self.channels.cooperative_close(channel);
        let terms = *self.channels.terms(channel);
        let Some(onchain) = &mut self.onchain else { return };
        onchain.close_together(&decision, &terms, by, balance);
        self.gone(channel, cause, cx);
    }

    /// Channels that came to rest while their ends were not connected.
    pub(in crate::lightning) fn close_what_rests(&mut self, cx: &mut Context<'_>) {
        let waiting: Vec<ChannelId> = self.shutdowns.keys().copied().collect();
        for channel in waiting {
            self.close_if_at_rest(channel, cx);
        }
    }

    /// A channel carries nothing more: its ends know at once, all others by gossip.
    pub(in crate::lightning) fn gone(
        &mut self,
        channel: ChannelId,
        cause: CloseCause,
        cx: &mut Context<'_>,
    ) {
        self.causes.insert(channel, cause);
        self.closed_at.insert(channel, cx.now);
        // Of a channel that was shut down, gossip has been told.
        if self.shutdowns.remove(&channel).is_none() {
            self.tell_of_end(channel, cx);
        }
    }

    fn tell_of_end(&mut self, channel: ChannelId, cx: &mut Context<'_>) {
        let heard = cx.now + self.params.gossip.delay;
        cx.queue.push(heard, Event::Chain(ChainEvent::Gossip(channel)));
    }
}
