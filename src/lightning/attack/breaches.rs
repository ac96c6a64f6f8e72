//! Revoked commitments that were published, and which victims are online.
//!
//! Each victim is online and offline by exponential times of its own. A simplification: being
//! offline means that a node does not watch the chain; it still pays and forwards. A victim that is online
//! when the commitment is published deals with it, one that is offline does when it comes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::adversary::Towers;
use crate::channel::RevokedState;
use crate::engine::{Draws, Seeds};
use crate::ids::{ChannelId, NodeId};
use crate::lightning::chain::Tower;
use crate::units::{BlockHeight, Msat, SimDuration, SimTime};

/// Attempts under way, and which victims are online.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Breaches {
    pub(super) attempts: BTreeMap<ChannelId, Attempt>,
    online_state: BTreeMap<NodeId, OnlineState>,
    presence: Draws,
    pub(super) dishonest: Draws,
    pub(super) towers: Draws,
    pub(super) chances: Draws,
    pub(in crate::lightning) known_states: Draws,
    /// Attempts so far, by attack.
    pub(super) made: BTreeMap<u16, u64>,
}

/// Whether a victim is online, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OnlineState {
    pub(super) online: bool,
    pub(super) until: SimTime,
    step: u64,
}

/// A revoked commitment that was published: the row of `attacks.csv` as far as it is known then.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) attack: u16,
    pub(super) number: u64,
    pub(super) attacker: NodeId,
    pub(super) victim: NodeId,
    pub(super) start: SimTime,
    pub(super) start_height: BlockHeight,
    pub(super) state: RevokedState,
    pub(super) current: u64,
    pub(super) gain: Msat,
    pub(super) stake: Msat,
    pub(super) victim_online: bool,
    pub(super) tower: bool,
    pub(super) delay: u16,
}

impl Breaches {
    pub(in crate::lightning) fn new(seeds: Seeds) -> Self {
        Self {
            attempts: BTreeMap::new(),
            online_state: BTreeMap::new(),
            presence: seeds.draws("fraud.presence"),
            dishonest: seeds.draws("fraud.cheaters"),
            towers: seeds.draws("fraud.towers"),
            chances: seeds.draws("fraud.chances"),
            known_states: seeds.draws("fraud.known_states"),
            made: BTreeMap::new(),
        }
    }

    /// Whether `node` is there at `now`, and until when that lasts.
    pub(super) fn online_state(
        &mut self,
        node: NodeId,
        now: SimTime,
        (share, mean): (f64, SimDuration),
    ) -> OnlineState {
        let draws = self.presence;
        let spell = |online: bool, step: u64| {
            // The mean time there follows from the share of the time away.
            let mean = if online {
                mean.as_secs_f64() * (1.0 - share) / share
            } else {
                mean.as_secs_f64()
            };
            SimDuration::from_secs_f64(mean * draws.at(u64::from(node.0), step).exponential())
        };
        if share <= 0.0 || share >= 1.0 {
            return OnlineState { online: share <= 0.0, until: SimTime::NEVER, step: 0 };
        }
        let entry = self.online_state.entry(node).or_insert_with(|| {
            let online = !draws.at(u64::from(node.0), u64::MAX >> 8).chance(share);
            // Exponential times have no memory: the rest of the first is as long as a whole one.
            OnlineState { online, until: SimTime::ZERO + spell(online, 0), step: 0 }
        });
        while entry.until <= now {
            entry.step += 1;
            entry.online = !entry.online;
            entry.until = entry.until + spell(entry.online, entry.step);
        }
        *entry
    }

    /// Whether the victim has a watchtower, and the tower where it covers the state that was published.
    pub(super) fn tower(
        &self,
        towers: Towers,
        victim: NodeId,
        channel: ChannelId,
        covered: bool,
        now: SimTime,
    ) -> (bool, Option<Tower>) {
        let has_tower = self.towers.at(u64::from(victim.0), 0).chance(towers.coverage);
        let mut draws = self.towers.at(u64::from(channel.0), 1);
        let (down, mean) = towers.down;
        let is_down = draws.chance(down);
        let back = SimDuration::from_secs_f64(mean.as_secs_f64() * draws.exponential());
        let tower = Tower {
            delay: towers.delay,
            down_until: if is_down { now + back } else { now },
            feerate: towers.feerate,
            budget: towers.fee_budget,
        };
        (has_tower, (has_tower && covered).then_some(tower))
    }

    /// The number of an attack's next attempt.
    pub(super) fn count(&mut self, attack: u16) -> u64 {
        let made = self.made.entry(attack).or_insert(0);
        *made += 1;
        *made - 1
    }
}
