//! What channels hold, integrated over the window for statistics: whose money it is, how depleted and how
//! unbalanced they are, what is in HTLCs. Money of a channel that is closing is its owners' until the chain has
//! given it to their wallets, and nobody can send it.
//!
//! Channels say which of them have changed; sums over all channels follow them, and each sum is a level over time.
//! So means over the window are exact, and the same however often the run is sampled.

use serde::{Deserialize, Serialize};

use crate::channel::Channels;
use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::lightning::books::sampling::{imbalance, is_depleted, is_dry};
use crate::lightning::chain::Chain;
use crate::lightning::core::Core;
use crate::rows::{Capital, ChannelMeans};
use crate::system::{CapitalLevels, PartialLevel};
use crate::units::{Msat, Sat, SimTime};

/// Shares are counted in parts of 2^32.
const PARTS: f64 = 4_294_967_296.0;

/// Whose money a node's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lightning) enum Owner {
    /// It pays or is paid.
    User,
    /// It only forwards.
    Router,
    /// An attacker's: no part of the system's capital.
    Attacker,
}

/// What a channel, or all of them, hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    /// What users can send at once, in msat.
    spendable: u64,
    /// What is theirs and cannot be sent: HTLCs, reserves, what fees and limits withhold, closings.
    locked: u64,
    /// What routers hold in channels that have carried an HTLC.
    liquidity: u64,
    /// In HTLCs.
    in_flight: u64,
    /// Capacity in msat.
    capacity: u64,
    /// Open channels; those of them that are depleted; those that are so since their start; those that were
    /// so only then.
    open: u64,
    depleted: u64,
    newly_depleted: u64,
    replenished: u64,
    /// Imbalances of open channels, in parts.
    imbalance: u64,
}

impl Sums {
    fn fields(&mut self) -> [&mut u64; 10] {
        let Self { spendable, locked, liquidity, in_flight, capacity, .. } = self;
        let Self { open, depleted, newly_depleted, replenished, imbalance, .. } = self;
        let money = [spendable, locked, liquidity, in_flight, capacity];
        let channels = [open, depleted, newly_depleted, replenished, imbalance];
        let mut fields = money.into_iter().chain(channels);
        std::array::from_fn(|_| fields.next().expect("ten"))
    }

    /// Puts `new` in the place of `old`.
    fn replace(&mut self, mut old: Self, mut new: Self) {
        let changes = old.fields().map(|field| *field).into_iter().zip(new.fields());
        for (sum, (old, new)) in self.fields().into_iter().zip(changes) {
            *sum = *sum - old + *new;
        }
    }
}

/// Shares of what is open, in parts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Shares {
    depleted: PartialLevel,
    newly_depleted: PartialLevel,
    replenished: PartialLevel,
    imbalance: PartialLevel,
    in_flight: PartialLevel,
}

impl Shares {
    fn set(&mut self, sums: Sums, now: SimTime) {
        let share = |part: u64, of: u64| (u128::from(part) << 32).checked_div(u128::from(of));
        let Sums { open, depleted, newly_depleted, replenished, .. } = sums;
        self.depleted.set(share(depleted, open), now);
        self.newly_depleted.set(share(newly_depleted, open), now);
        self.replenished.set(share(replenished, open), now);
        // In parts already.
        let imbalance = u128::from(sums.imbalance).checked_div(u128::from(open));
        self.imbalance.set(imbalance, now);
        self.in_flight.set(share(sums.in_flight, sums.capacity), now);
    }

    fn restart(&mut self, now: SimTime) {
        let Self { depleted, newly_depleted, replenished, imbalance, in_flight } = self;
        for level in [depleted, newly_depleted, replenished, imbalance, in_flight] {
            level.restart(now);
        }
    }

    fn means(&self, now: SimTime) -> ChannelMeans {
        #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
        let mean = |level: &PartialLevel| level.mean(now).map(|parts| parts as f64 / PARTS);
        ChannelMeans {
            depleted_share: mean(&self.depleted),
            newly_depleted_share: mean(&self.newly_depleted),
            replenished_share: mean(&self.replenished),
            imbalance: mean(&self.imbalance),
            in_flight_share: mean(&self.in_flight),
        }
    }
}

/// What channels hold over time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::lightning) struct ChannelLevels {
    /// By node; those beyond its end are users.
    owners: Vec<Owner>,
    /// By channel, as they were last looked at.
    channels: Vec<Sums>,
    /// Whether each has carried an HTLC.
    used: Vec<bool>,
    /// By channel, what each side could send when it was looked at first, before anything was sent.
    at_start: Vec<[Msat; 2]>,
    sums: Sums,
    capital: CapitalLevels,
    shares: Shares,
    /// Used again and again.
    #[serde(skip)]
    changed: Vec<ChannelId>,
}

impl ChannelLevels {
    /// Says whose money the nodes' is.
    pub(in crate::lightning) fn set_owners(&mut self, owners: Vec<Owner>) {
        self.owners = owners;
    }

    /// The closing of a channel is over: its money is in wallets.
    pub(in crate::lightning) fn closed(&mut self, channel: ChannelId) {
        self.changed.push(channel);
    }

    /// Takes in what has changed up to now.
    pub(in crate::lightning) fn update(&mut self, core: &mut Core, chain: &Chain, now: SimTime) {
        let mut changed = std::mem::take(&mut self.changed);
        core.channels.take_changed(&mut changed);
        if changed.is_empty() {
            return;
        }
        for channel in changed.drain(..) {
            self.look_at(channel, core, chain);
        }
        self.changed = changed;
        let Sums { spendable, locked, liquidity, .. } = self.sums;
        let [spendable, locked, liquidity] = [spendable, locked, liquidity].map(u128::from);
        self.capital.set(Some(spendable), locked, liquidity, now);
        self.shares.set(self.sums, now);
    }

    /// Means are from now on.
    pub(in crate::lightning) fn restart(&mut self, now: SimTime) {
        self.capital.restart(now);
        self.shares.restart(now);
    }

    /// The mean capital.
    pub(in crate::lightning) fn capital(&self, now: SimTime) -> Capital {
        self.capital.means(now)
    }

    /// The mean state of channels.
    pub(in crate::lightning) fn means(&self, now: SimTime) -> ChannelMeans {
        self.shares.means(now)
    }

    /// What a direction could send when its channel opened, or when the run began; nothing of a channel that
    /// nobody has looked at.
    pub(in crate::lightning) fn at_start(&self, direction: DirectedChannel) -> Msat {
        let sides = self.at_start.get(direction.channel().index());
        sides.map_or(Msat::ZERO, |sides| sides[direction.from_side().index()])
    }

    /// Whether a channel of this capacity was depleted when it opened, or when the run began.
    pub(in crate::lightning) fn was_depleted(&self, channel: ChannelId, capacity: Sat) -> bool {
        directions(channel).any(|of| is_dry(self.at_start(of), capacity))
    }

    fn look_at(&mut self, channel: ChannelId, core: &Core, chain: &Chain) {
        let place = channel.index();
        if self.channels.len() <= place {
            self.channels.resize(place + 1, Sums::default());
            self.used.resize(place + 1, false);
        }
        // Ids ascend, and so do the first looks.
        for new in self.at_start.len()..=place {
            let channel = ChannelId::from_index(new);
            let sides = Side::BOTH.map(|side| DirectedChannel::new(channel, side));
            self.at_start.push(sides.map(|of| core.channels.spendable(of)));
        }
        self.used[place] |= directions(channel).any(|of| core.channels.htlcs(of) > 0);
        let new = if core.channels.is_closed(channel) {
            self.closing(channel, core, chain)
        } else {
            self.held(channel, core)
        };
        self.sums.replace(self.channels[place], new);
        self.channels[place] = new;
    }

    /// What a closed channel has on its way through the chain; an HTLC is its offerer's to the end.
    fn closing(&self, channel: ChannelId, core: &Core, chain: &Chain) -> Sums {
        let mut held = Sums::default();
        let in_closing = chain.onchain.as_ref().and_then(|onchain| onchain.in_closing(channel));
        let ends = core.world.network.ends(channel);
        for (node, money) in ends.into_iter().zip(in_closing.into_iter().flatten()) {
            match self.owner(node) {
                Owner::User => held.locked += money.get(),
                Owner::Router if self.used[channel.index()] => held.liquidity += money.get(),
                Owner::Router | Owner::Attacker => {}
            }
        }
        held
    }

    fn owner(&self, node: NodeId) -> Owner {
        self.owners.get(node.index()).copied().unwrap_or(Owner::User)
    }

    fn held(&self, channel: ChannelId, core: &Core) -> Sums {
        let Core { channels, world, .. } = core;
        let capacity = channels.terms(channel).capacity;
        let [was, is] =
            [self.was_depleted(channel, capacity), is_depleted(core, channel, capacity)];
        let mut held = Sums {
            capacity: capacity.to_msat().get(),
            open: 1,
            depleted: u64::from(is),
            newly_depleted: u64::from(is && !was),
            replenished: u64::from(was && !is),
            imbalance: in_parts(imbalance(core, channel, capacity)),
            ..Sums::default()
        };
        let ends = world.network.ends(channel);
        for of in directions(channel) {
            let (node, money) = (ends[of.from_side().index()], own(channels, of));
            held.in_flight += channels.in_flight(of).get();
            match self.owner(node) {
                Owner::User => {
                    let spendable = channels.spendable(of).min(money);
                    held.spendable += spendable.get();
                    held.locked += (money - spendable).get();
                }
                Owner::Router if self.used[channel.index()] => held.liquidity += money.get(),
                Owner::Router | Owner::Attacker => {}
            }
        }
        held
    }
}

fn directions(channel: ChannelId) -> impl Iterator<Item = DirectedChannel> {
    Side::BOTH.into_iter().map(move |side| DirectedChannel::new(channel, side))
}

/// What its sender has in a channel; an unresolved HTLC is its offerer's.
fn own(channels: &Channels, of: DirectedChannel) -> Msat {
    channels.balance(of.channel(), of.from_side()) + channels.in_flight(of)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1; the cast saturates"
)]
fn in_parts(share: f64) -> u64 {
    (share * PARTS) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_no_channel_is_open_there_is_no_share_of_them() {
        let mut shares = Shares::default();
        let half = in_parts(0.5);
        let sums =
            Sums { open: 4, depleted: 1, imbalance: half * 4, capacity: 1_000, ..Sums::default() };
        shares.set(Sums::default(), SimTime(0));
        assert_eq!(shares.means(SimTime(5)), ChannelMeans::default());
        shares.set(Sums { in_flight: 250, ..sums }, SimTime(10));
        shares.set(Sums { in_flight: 500, newly_depleted: 1, ..sums }, SimTime(20));
        shares.set(Sums::default(), SimTime(30));
        let found = shares.means(SimTime(1_000));
        let quarter = Some(0.25);
        assert_eq!([found.depleted_share, found.imbalance], [quarter, Some(0.5)]);
        assert_eq!([found.newly_depleted_share, found.replenished_share], [Some(0.125), Some(0.0)]);
        assert_eq!(found.in_flight_share, Some(0.375));
    }
}
