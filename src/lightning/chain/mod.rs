//! The nodes' side of the chain: blocks, closings, claims, wallets, reorganisations.
//!
//! Owns the chain with all that is on its way through it ([`OnChain`]), and when and why each channel closed. It
//! may be asked for the height, for what the next block costs, and when a node goes to the chain for an HTLC. It
//! knows nothing of payments: what the chain decides goes out as [`Effect`]s with the tags of HTLCs.

#[cfg(test)]
mod account_tests;
mod acting;
mod claims;
mod closing;
mod deadlines;
mod funding;
#[cfg(test)]
mod funding_tests;
mod onchain;
mod opening;
pub(in crate::lightning) mod params;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
mod tests;
mod undoing;
#[cfg(test)]
mod undoing_tests;
mod wallets;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(in crate::lightning) use closing::{Decision, Tower};
pub(in crate::lightning) use onchain::{Effect, Ended, OnChain};
pub(in crate::lightning) use opening::OpenRequest;
pub use params::{MOST_CLAIM_BEFORE, OnChainParams};

use crate::chain::bitcoin::FIRST_HEIGHT;
use crate::channel::CommitmentSnapshot;
use crate::ids::{ChannelId, Side};
use crate::lightning::core::Core;
use crate::lightning::event::{ChainEvent, Context, Event};
use crate::outcome::{CloseCause, CloseKind};
use crate::units::{BlockHeight, FeeRate, Msat, SimDuration, SimTime};

/// The nodes' side of the chain.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::lightning) struct Chain {
    /// The underlying chain; `None` disables it: block height never advances.
    pub(in crate::lightning) onchain: Option<OnChain>,
    /// When each channel that is closed carried something last.
    closed_at: BTreeMap<ChannelId, SimTime>,
    /// And why.
    causes: BTreeMap<ChannelId, CloseCause>,
}

impl Chain {
    /// Height of the last block; the first where blocks are off.
    pub(in crate::lightning) fn height(&self) -> BlockHeight {
        self.onchain.as_ref().map_or(FIRST_HEIGHT, OnChain::height)
    }

    /// Mean time between blocks, where there are any.
    pub(in crate::lightning) fn block_interval(&self) -> Option<SimDuration> {
        self.onchain.as_ref().map(OnChain::block_interval)
    }

    /// What the next block asks for.
    pub(in crate::lightning) fn feerate(&self) -> Option<FeeRate> {
        self.onchain.as_ref().map(|onchain| onchain.market().0)
    }

    /// When a channel closed.
    pub(in crate::lightning) fn closed_at(&self, channel: ChannelId) -> Option<SimTime> {
        self.closed_at.get(&channel).copied()
    }

    /// Why it did.
    pub(in crate::lightning) fn cause(&self, channel: ChannelId) -> Option<CloseCause> {
        self.causes.get(&channel).copied()
    }

    /// Schedules the first block.
    pub(in crate::lightning) fn start(&mut self, cx: &mut Context<'_>) {
        if let Some(onchain) = &mut self.onchain {
            onchain.start(&mut cx.within(|event| Event::Chain(ChainEvent::Block(event))));
        }
    }

    /// Somebody can act in the closing of a channel who could not before.
    pub(in crate::lightning) fn wake(&mut self, channel: ChannelId, now: SimTime) {
        if let Some(onchain) = &mut self.onchain {
            onchain.wake(channel, now);
        }
    }

    /// One side publishes its latest commitment, as the snapshot says. False where there is no chain.
    pub(in crate::lightning) fn force_close(
        &mut self,
        decision: &Decision,
        core: &Core,
        snapshot: CommitmentSnapshot,
    ) -> bool {
        let Some(onchain) = &mut self.onchain else { return false };
        onchain.close(decision, core.channels.terms(decision.channel), snapshot);
        true
    }

    /// Both sides sign the closing transaction of a channel at rest; `by` asked for it. False where there is no
    /// chain.
    pub(in crate::lightning) fn close_together(
        &mut self,
        decision: &Decision,
        core: &Core,
        by: Side,
        balance: [Msat; 2],
    ) -> bool {
        let Some(onchain) = &mut self.onchain else { return false };
        onchain.close_together(decision, core.channels.terms(decision.channel), by, balance);
        true
    }

    /// A channel carries nothing more.
    pub(in crate::lightning) fn note_closed(
        &mut self,
        channel: ChannelId,
        cause: CloseCause,
        now: SimTime,
    ) {
        self.causes.insert(channel, cause);
        self.closed_at.insert(channel, now);
    }
}

impl Decision {
    /// What a closing needs to know about its channel.
    pub(in crate::lightning) fn new(
        core: &Core,
        channel: ChannelId,
        kind: CloseKind,
        cause: CloseCause,
        now: SimTime,
    ) -> Self {
        let ends = core.world.network.ends(channel);
        let capacity = core.channels.terms(channel).capacity;
        // The delay of a side is what its peer asked for.
        let asked = core.params.onchain.to_self_delay;
        let delay = [1, 0].map(|peer: usize| {
            asked.unwrap_or_else(|| params::delay_asked(core.software(ends[peer]), capacity))
        });
        Self { channel, ends, delay, kind, cause, decided: now, now }
    }
}
