//! What channels hold, integrated over the window for statistics: whose money it is, how depleted and how
//! unbalanced they are, what is in HTLCs.
//!
//! Channels say which of them have changed; sums over all channels follow them, and each sum is a level over time.
//! So means over the window are exact, and the same however often the run is sampled.

use serde::{Deserialize, Serialize};

use crate::channel::Channels;
use crate::ids::{ChannelId, DirectedChannel, Side};
use crate::lightning::books::sampling::{imbalance, is_depleted};
use crate::lightning::core::Core;
use crate::rows::{Capital, ChannelMeans};
use crate::system::{CapitalLevels, Level};
use crate::units::{Msat, SimTime};

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
    /// What is theirs and cannot be sent: HTLCs, reserves, what fees and limits withhold.
    locked: u64,
    /// What routers hold in channels that have carried an HTLC.
    liquidity: u64,
    /// In HTLCs.
    in_flight: u64,
    /// Capacity in msat.
    capacity: u64,
    /// Open channels, and those of them that are depleted.
    open: u64,
    depleted: u64,
    /// Imbalances of open channels, in parts.
    imbalance: u64,
}

impl Sums {
    fn fields(&mut self) -> [&mut u64; 8] {
        let Self { spendable, locked, liquidity, in_flight, capacity, open, depleted, imbalance } =
            self;
        [spendable, locked, liquidity, in_flight, capacity, open, depleted, imbalance]
    }

    /// Puts `new` in the place of `old`.
    fn replace(&mut self, mut old: Self, mut new: Self) {
        let changes = old.fields().map(|field| *field).into_iter().zip(new.fields());
        for (sum, (old, new)) in self.fields().into_iter().zip(changes) {
            *sum = *sum - old + *new;
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
    sums: Sums,
    capital: CapitalLevels,
    depleted: Level,
    imbalance: Level,
    in_flight: Level,
    /// Used again and again.
    #[serde(skip)]
    changed: Vec<ChannelId>,
}

impl ChannelLevels {
    /// Says whose money the nodes' is.
    pub(in crate::lightning) fn set_owners(&mut self, owners: Vec<Owner>) {
        self.owners = owners;
    }

    /// Takes in what has changed up to now.
    pub(in crate::lightning) fn update(&mut self, core: &mut Core, now: SimTime) {
        let mut changed = std::mem::take(&mut self.changed);
        core.channels.take_changed(&mut changed);
        if changed.is_empty() {
            return;
        }
        for channel in changed.drain(..) {
            self.look_at(channel, core);
        }
        self.changed = changed;
        let Sums { spendable, locked, liquidity, in_flight, capacity, open, depleted, imbalance } =
            self.sums;
        let [spendable, locked, liquidity] = [spendable, locked, liquidity].map(u128::from);
        self.capital.set(Some(spendable), locked, liquidity, now);
        // In parts, as imbalances are.
        let share = |part: u64, of: u64| (u128::from(part) << 32).checked_div(u128::from(of));
        self.depleted.set(share(depleted, open).unwrap_or(0), now);
        self.in_flight.set(share(in_flight, capacity).unwrap_or(0), now);
        let mean = u128::from(imbalance).checked_div(u128::from(open));
        self.imbalance.set(mean.unwrap_or(0), now);
    }

    /// Means are from now on.
    pub(in crate::lightning) fn restart(&mut self, now: SimTime) {
        self.capital.restart(now);
        let Self { depleted, imbalance, in_flight, .. } = self;
        for level in [depleted, imbalance, in_flight] {
            level.restart(now);
        }
    }

    /// The mean capital.
    pub(in crate::lightning) fn capital(&self, now: SimTime) -> Capital {
        self.capital.means(now)
    }

    /// The mean state of channels.
    pub(in crate::lightning) fn means(&self, now: SimTime) -> ChannelMeans {
        #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
        let mean = |level: &Level| level.mean(now) as f64 / PARTS;
        ChannelMeans {
            depleted_share: mean(&self.depleted),
            imbalance: mean(&self.imbalance),
            in_flight_share: mean(&self.in_flight),
        }
    }

    fn look_at(&mut self, channel: ChannelId, core: &Core) {
        let place = channel.index();
        if self.channels.len() <= place {
            self.channels.resize(place + 1, Sums::default());
            self.used.resize(place + 1, false);
        }
        self.used[place] |= directions(channel).any(|of| core.channels.htlcs(of) > 0);
        let new = self.held(channel, core);
        self.sums.replace(self.channels[place], new);
        self.channels[place] = new;
    }

    fn held(&self, channel: ChannelId, core: &Core) -> Sums {
        let Core { channels, world, .. } = core;
        if channels.is_closed(channel) {
            return Sums::default();
        }
        let capacity = channels.terms(channel).capacity;
        let mut held = Sums {
            capacity: capacity.to_msat().get(),
            open: 1,
            depleted: u64::from(is_depleted(core, channel, capacity)),
            imbalance: in_parts(imbalance(core, channel, capacity)),
            ..Sums::default()
        };
        let ends = world.network.ends(channel);
        for of in directions(channel) {
            let (node, money) = (ends[of.from_side().index()], own(channels, of));
            held.in_flight += channels.in_flight(of).get();
            match self.owners.get(node.index()).copied().unwrap_or(Owner::User) {
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
