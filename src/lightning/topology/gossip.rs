//! What everybody is told of channels, and how late: policies that change, disable flags.
//!
//! A node changes the policy of one of its directions and from then on asks what it says. Others go on
//! planning with the old one until gossip has gone round. Some implementations honour the old policy for a
//! while. Whoever is paid too little answers with an error that carries the new policy (BOLT 4
//! `channel_update`): its payer uses that for the rest of the payment, see [`crate::lightning::payments`].
//!
//! The network holds the true policies; the view holds what gossip tells. [`Gossip::show`] brings it
//! up to date.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds};
use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::lightning::core::Core;
use crate::lightning::event::{ChainEvent, Context, Event};
use crate::lightning::topology::params::GossipParams;
use crate::lightning::transport::wire::key;
use crate::math;
use crate::network::{Policy, Software};
use crate::outcome::OnionError;
use crate::payment::forward;
use crate::routing::Hop;
use crate::units::{BlockHeight, Ppm, SimDuration, SimTime};

/// What has changed since the network was read, and what others know of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Gossip {
    draws: Draws,
    /// What holds.
    current: BTreeMap<DirectedChannel, Policy>,
    /// What others believe, where that is something else.
    stale: BTreeMap<DirectedChannel, Policy>,
    /// What was asked before, and until when that is honoured.
    former: BTreeMap<DirectedChannel, (Policy, SimTime)>,
    /// Directions that everybody knows to be disabled, because their sender's peer is down.
    disabled: BTreeSet<DirectedChannel>,
    /// Channels of which senders know that they are closed.
    closed: Vec<ChannelId>,
}

impl Gossip {
    pub(in crate::lightning) fn new(seeds: Seeds) -> Self {
        Self {
            draws: seeds.draws("gossip.policies"),
            current: BTreeMap::new(),
            stale: BTreeMap::new(),
            former: BTreeMap::new(),
            disabled: BTreeSet::new(),
            closed: Vec::new(),
        }
    }

    /// What others believe of a direction, where that does not hold any more.
    pub(in crate::lightning) fn stale(&self, direction: DirectedChannel) -> Option<&Policy> {
        self.stale.get(&direction)
    }

    /// Channels of which a policy has changed, or is believed to be another.
    fn changed(&self) -> impl Iterator<Item = ChannelId> + '_ {
        self.current.keys().map(|direction| direction.channel())
    }
}

/// How long an implementation honours a policy that it has changed: Core Lightning 10 min (`setchannel`'s
/// `enforcedelay`), eclair 10 min, LDK five ticks of a minute, lnd not at all.
const fn grace(software: Software) -> SimDuration {
    match software {
        Software::Lnd => SimDuration::ZERO,
        Software::Cln | Software::Eclair => SimDuration::from_secs(600),
        Software::Ldk => SimDuration::from_secs(300),
    }
}

/// Whether an error tells that the payer's idea of a policy is out of date.
const fn is_about_policy(error: OnionError) -> bool {
    matches!(
        error,
        OnionError::FeeInsufficient
            | OnionError::IncorrectCltvExpiry
            | OnionError::AmountBelowMinimum
            | OnionError::ChannelDisabled
    )
}

impl Gossip {
    /// Nodes that want to change a policy at this block do.
    pub(in crate::lightning) fn change_policies(
        &mut self,
        height: BlockHeight,
        block_interval: SimDuration,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        /// Seconds of a year.
        const YEAR: f64 = 365.0 * 86_400.0;
        let GossipParams { policy_changes_per_year, policy_change_sigma, .. } = core.params.gossip;
        if policy_changes_per_year <= 0.0 {
            return;
        }
        let chance = policy_changes_per_year * block_interval.as_secs_f64() / YEAR;
        let height = u64::from(height.0);
        for channel in core.world.network.channel_ids() {
            if !core.world.network.is_announced(channel) || core.channels.is_closed(channel) {
                continue;
            }
            for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
                let key = key(&core.world.network, direction);
                let mut draws = self.draws.at(key, height);
                if draws.chance(chance) {
                    let factor = math::exp(policy_change_sigma * draws.normal());
                    self.change_policy(direction, factor, core, cx);
                }
            }
        }
    }

    /// A direction asks for `factor` times its fee from now on. One change at a time: the next one waits until
    /// gossip knows.
    fn change_policy(
        &mut self,
        direction: DirectedChannel,
        factor: f64,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let (channel, side) = (direction.channel(), direction.from_side());
        let Some(old) = core.world.network.policy(direction).copied() else { return };
        if self.stale.contains_key(&direction) {
            return;
        }
        let scaled = |value: u32| scale(value, factor);
        let new = Policy {
            fee_base_msat: scaled(old.fee_base_msat),
            proportional_millionths: Ppm(scaled(old.proportional_millionths.0)),
            ..old
        };
        if new == old {
            return;
        }
        core.world.network.channel_mut(channel).policies[side.index()] = Some(new);
        self.current.insert(direction, new);
        self.stale.insert(direction, old);
        let until = cx.now + grace(core.software(core.world.network.source(direction)));
        self.former.insert(direction, (old, until));
        let heard = cx.now + core.params.gossip.delay;
        cx.queue.push(heard, Event::Chain(ChainEvent::PolicyHeard(direction)));
    }

    /// Everybody knows the policy of a direction.
    pub(in crate::lightning) fn policy_heard(
        &mut self,
        direction: DirectedChannel,
        core: &mut Core,
    ) {
        self.stale.remove(&direction);
        self.show(&[direction.channel()], core);
    }

    /// Checks an HTLC against the policy of its outgoing direction, or the one before while that is honoured.
    pub(in crate::lightning) fn check_policy(
        &self,
        core: &Core,
        incoming: &Hop,
        outgoing: &Hop,
        now: SimTime,
    ) -> Result<(), OnionError> {
        let network = &core.world.network;
        let policy = network.policy(outgoing.channel);
        let inbound = network.inbound_fee(incoming.channel.reverse());
        let checked = forward::check(policy, inbound, incoming, outgoing);
        match self.former.get(&outgoing.channel) {
            Some((former, until)) if checked.is_err() && now < *until => {
                forward::check(Some(former), inbound, incoming, outgoing)
            }
            _ => checked,
        }
    }

    /// Whether an error brings a policy that its payer does not know.
    pub(in crate::lightning) fn brings_news(
        &self,
        error: OnionError,
        direction: DirectedChannel,
    ) -> bool {
        is_about_policy(error) && self.stale.contains_key(&direction)
    }

    /// Everybody knows that a channel carries nothing more.
    pub(in crate::lightning) fn closing_heard(&mut self, channel: ChannelId, core: &mut Core) {
        self.closed.push(channel);
        core.world.change_view(|view, _| view.close(channel));
    }

    /// Gossip tells that the peers of a node have disabled their directions to it, or enabled them.
    pub(in crate::lightning) fn flag_channels_to(
        &mut self,
        node: NodeId,
        disable: bool,
        core: &mut Core,
    ) {
        let mut changed = false;
        for direction in core.world.own(node).iter().map(|direction| direction.reverse()) {
            changed |= if disable {
                self.disabled.insert(direction)
            } else {
                self.disabled.remove(&direction)
            };
        }
        if changed {
            let channels: Vec<_> = core.world.own(node).iter().map(|d| d.channel()).collect();
            self.show(&channels, core);
        }
    }

    /// Shows searches these channels as gossip has them: old policies and disable flags. A node's own
    /// policy is not changed by that.
    pub(in crate::lightning) fn show(&self, channels: &[ChannelId], core: &mut Core) {
        let world = &mut core.world;
        for &channel in channels {
            if world.network.is_attackers(channel) {
                continue;
            }
            let policies = world.network.channel(channel).policies;
            for side in Side::BOTH {
                let direction = DirectedChannel::new(channel, side);
                let shown = &mut world.network.channel_mut(channel).policies[side.index()];
                if let Some(stale) = self.stale.get(&direction) {
                    *shown = Some(*stale);
                }
                if let Some(policy) = shown {
                    policy.disabled |= self.disabled.contains(&direction);
                }
            }
            world.change_view(|view, network| view.update(network, channel));
            world.network.channel_mut(channel).policies = policies;
        }
    }

    /// Closes what gossip knows to be closed in a world that was read anew.
    pub(super) fn close_all(&self, core: &mut Core) {
        for &channel in &self.closed {
            core.world.change_view(|view, _| view.close(channel));
        }
    }

    /// Shows all that differs from the network as it was read, after loading.
    pub(in crate::lightning) fn show_all(&self, core: &mut Core) {
        for (direction, policy) in &self.current {
            let channel = core.world.network.channel_mut(direction.channel());
            channel.policies[direction.from_side().index()] = Some(*policy);
        }
        let mut channels: Vec<_> = self.changed().collect();
        channels.extend(self.disabled.iter().map(|d| d.channel()));
        channels.sort_unstable();
        channels.dedup();
        self.show(&channels, core);
    }
}

/// `value` times `factor`, rounded; a value of 0 stays.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn scale(value: u32, factor: f64) -> u32 {
    (f64::from(value) * factor + 0.5).clamp(0.0, f64::from(u32::MAX)) as u32
}
