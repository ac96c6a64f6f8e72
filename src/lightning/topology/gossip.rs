//! What everybody is told of channels, and how late: policies that change, disable flags.
//!
//! A node changes the policy of one of its directions and from then on asks what it says. Others go on
//! planning with the old one until gossip has gone round. Some implementations honour the old policy for a
//! while. Whoever is paid too little answers with an error that carries the new policy (BOLT 4
//! `channel_update`): its payer uses that for the rest of the payment, see [`crate::lightning::payments::reprice_route`].
//!
//! The network holds the true policies; the view holds what gossip tells. [`Lightning::show`] brings it
//! up to date.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds};
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::lightning::chain::blocks::ChainEvent;
use crate::lightning::transport::wire::key;
use crate::lightning::{Context, Event, Lightning};
use crate::math;
use crate::network::{Policy, Software};
use crate::outcome::OnionError;
use crate::payment::forward;
use crate::routing::Hop;
use crate::units::{Ppm, SimDuration, SimTime};

/// Everything under `[lightning.gossip]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GossipParams {
    /// How often the policy of a direction changes, per year. Default 0.
    pub policy_changes_per_year: f64,
    /// Standard deviation of the logarithm of the factor by which a fee changes. Default 0.5: an assumption.
    pub policy_change_sigma: f64,
}

impl Default for GossipParams {
    fn default() -> Self {
        Self { policy_changes_per_year: 0.0, policy_change_sigma: 0.5 }
    }
}

/// Policies that have changed since the network was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Gossip {
    draws: Draws,
    /// What holds.
    current: BTreeMap<DirectedChannel, Policy>,
    /// What others believe, where that is something else.
    stale: BTreeMap<DirectedChannel, Policy>,
    /// What was asked before, and until when that is honoured.
    former: BTreeMap<DirectedChannel, (Policy, SimTime)>,
}

impl Gossip {
    pub(in crate::lightning) fn new(seeds: Seeds) -> Self {
        Self {
            draws: seeds.draws("gossip.policies"),
            current: BTreeMap::new(),
            stale: BTreeMap::new(),
            former: BTreeMap::new(),
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

impl Lightning {
    /// Nodes that want to change a policy at this block do.
    pub(in crate::lightning) fn change_policies(&mut self, cx: &mut Context<'_>) {
        /// Seconds of a year.
        const YEAR: f64 = 365.0 * 86_400.0;
        let GossipParams { policy_changes_per_year, policy_change_sigma } = self.params.gossip;
        let Some(onchain) = &self.onchain else { return };
        if policy_changes_per_year <= 0.0 {
            return;
        }
        let chance = policy_changes_per_year * onchain.block_interval().as_secs_f64() / YEAR;
        let height = u64::from(self.height().0);
        for channel in self.world.network.channel_ids() {
            if !self.world.network.is_announced(channel) || self.channels.is_closed(channel) {
                continue;
            }
            for direction in Side::BOTH.map(|side| DirectedChannel::new(channel, side)) {
                let key = key(&self.world.network, direction);
                let mut draws = self.gossip.draws.at(key, height);
                if draws.chance(chance) {
                    let factor = math::exp(policy_change_sigma * draws.normal());
                    self.change_policy(direction, factor, cx);
                }
            }
        }
    }

    /// A direction asks for `factor` times its fee from now on. One change at a time: the next one waits until
    /// gossip knows.
    fn change_policy(&mut self, direction: DirectedChannel, factor: f64, cx: &mut Context<'_>) {
        let (channel, side) = (direction.channel(), direction.from_side());
        let Some(old) = self.world.network.policy(direction).copied() else { return };
        if self.gossip.stale.contains_key(&direction) {
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
        self.world.network.channel_mut(channel).policies[side.index()] = Some(new);
        self.gossip.current.insert(direction, new);
        self.gossip.stale.insert(direction, old);
        let until = cx.now + grace(self.software(self.world.network.source(direction)));
        self.gossip.former.insert(direction, (old, until));
        let heard = cx.now + self.params.onchain.gossip_delay;
        cx.queue.push(heard, Event::Chain(ChainEvent::Policy(direction)));
    }

    /// Everybody knows the policy of a direction.
    pub(in crate::lightning) fn policy_heard(&mut self, direction: DirectedChannel) {
        self.gossip.stale.remove(&direction);
        self.show(&[direction.channel()]);
    }

    /// Checks an HTLC against the policy of its outgoing direction, or the one before while that is honoured.
    pub(in crate::lightning) fn check_policy(
        &self,
        incoming: &Hop,
        outgoing: &Hop,
        now: SimTime,
    ) -> Result<(), OnionError> {
        let network = &self.world.network;
        let policy = network.policy(outgoing.channel);
        let inbound = network.inbound_fee(incoming.channel.reverse());
        let checked = forward::check(policy, inbound, incoming, outgoing);
        match self.gossip.former.get(&outgoing.channel) {
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
        is_about_policy(error) && self.gossip.stale.contains_key(&direction)
    }

    /// Shows searches these channels as gossip has them: old policies and disable flags. A node's own
    /// policy is not changed by that.
    pub(in crate::lightning) fn show(&mut self, channels: &[ChannelId]) {
        self.buffers.speculation.forget();
        let world = &mut self.world;
        for &channel in channels {
            if world.network.is_private(channel) {
                continue;
            }
            let policies = world.network.channel(channel).policies;
            for side in Side::BOTH {
                let direction = DirectedChannel::new(channel, side);
                let shown = &mut world.network.channel_mut(channel).policies[side.index()];
                if let Some(stale) = self.gossip.stale.get(&direction) {
                    *shown = Some(*stale);
                }
                let nodes = self.availability.as_ref();
                let hidden = nodes.is_some_and(|nodes| nodes.disabled.contains(&direction));
                if let Some(policy) = shown {
                    policy.disabled |= hidden;
                }
            }
            world.change_view(|view, network| view.update(network, channel));
            world.network.channel_mut(channel).policies = policies;
        }
    }

    /// Shows all that differs from the network as it was read, after loading.
    pub(in crate::lightning) fn show_all(&mut self) {
        for (direction, policy) in &self.gossip.current {
            let channel = self.world.network.channel_mut(direction.channel());
            channel.policies[direction.from_side().index()] = Some(*policy);
        }
        let mut channels: Vec<_> = self.gossip.changed().collect();
        if let Some(availability) = &self.availability {
            channels.extend(availability.disabled.iter().map(|d| d.channel()));
        }
        channels.sort_unstable();
        channels.dedup();
        self.show(&channels);
    }
}

/// `value` times `factor`, rounded; a value of 0 stays.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn scale(value: u32, factor: f64) -> u32 {
    (f64::from(value) * factor + 0.5).clamp(0.0, f64::from(u32::MAX)) as u32
}
