//! Publishing a revoked commitment: an old state that paid its owner more (BOLT 5).
//!
//! The victim has `to_self_delay` blocks from its confirmation to take everything; whether it or its
//! watchtower does is decided on the chain. What is decided here is when a dishonest node tries. It knows the
//! public habits of victims (how long they stay offline, how many have a tower), whether its own peer
//! answers right now, and the market for block space; not whether this peer has a tower.
//!
//! Sources: the strategy of publishing while the peer is offline is that of watchtower papers (e.g. Avarikioti
//! et al., *Brick*, 2019, and *Cerberus channels*, 2020); under congestion: Harris and Zohar, *Flood & Loot*
//! (2020), and Sguanci and Sidiropoulos, *Mass Exit Attacks on the Lightning Network* (2022).

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Feedback, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::view::AttackerView;
use crate::channel::RevokedState;
use crate::declare::amount::{DELAY, DELAY_POSITIVE, Feerate, WholeSat};
use crate::declare::number::{POSITIVE, SHARE, Whole};
use crate::declare::{Key, Section, choices, params};
use crate::engine::Draws;
use crate::ids::NodeId;
use crate::math;
use crate::units::{FeeRate, Msat, Sat, SimDuration};

params! {
    /// Parameters of `revoked_broadcast`.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BreachParams {
        /// Share of nodes that publish revoked commitments.
        fraction_of_nodes: f64 = required(SHARE),
        /// When they publish one.
        when: When = choice("opportunistic"),
        /// A revoked commitment must pay at least so much more than the current one.
        least_gain: Sat = or(Sat(1_000), WholeSat),
        /// Most attempts of the whole attack; 0: no limit.
        most: u64 as "most_attempts" = or(0, Whole(0..=1_000_000_000)),
        /// How often, and for how long, victims are offline.
        offline: (f64, SimDuration) as "victims" = with(VICTIMS, victims),
        /// Watchtowers of victims.
        towers: Towers = table(),
    }
}

/// Share of the time that victims are offline, and for how long on average. Leaves are there 50 to 90 %
/// of the time (a suggestion, no source).
pub(super) const VICTIMS: (f64, SimDuration) = (0.1, SimDuration::from_secs(12 * 3_600));

/// Reads the table of [`VICTIMS`].
pub(super) fn victims(s: &mut Section<'_, '_>, key: Key) -> (f64, SimDuration) {
    const SHARE_KEY: Key = Key::new(
        "offline_share",
        "Share of the time that victims are offline. Source: leaves are online 50 to 90 % of the time, a \
         suggestion without a source.",
    );
    const MEAN_KEY: Key = Key::new(
        "offline_mean",
        "Mean time for which a victim stays offline. Source: an assumption.",
    );
    s.table(key, |s| {
        (s.or(SHARE_KEY, &SHARE, VICTIMS.0), s.or(MEAN_KEY, &DELAY_POSITIVE, VICTIMS.1))
    })
}

choices! {
    /// When a revoked commitment is published.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum When {
        /// When the peer is offline, and what the best revoked commitment pays beyond the current one, times
        /// the chance that the peer stays offline for the whole delay, exceeds what would be lost
        /// otherwise.
        Opportunistic = "opportunistic",
        /// By chance.
        Random {
            /// Attempts per day and channel.
            per_day: f64 = or(1.0, POSITIVE),
        } = "random",
        /// When block space is dear: the answer may not be mined in time.
        Congested {
            /// Least feerate of the next block.
            feerate: FeeRate = required(Feerate),
        } = "congested",
    }
}

params! {
    /// Watchtowers.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Towers {
        /// Share of nodes that have a watchtower.
        coverage: f64 = or(0.0, SHARE),
        /// Share of the states that a watchtower knows: it may have missed updates.
        known: f64 as "known_states" = or(1.0, SHARE),
        /// Time from the block of a revoked commitment to the watchtower's answer. Source: teos polls once
        /// a minute.
        delay: SimDuration = or(SimDuration::from_secs(60), DELAY),
        /// Share of the time that a watchtower is down; how long it stays down on average.
        down: (f64, SimDuration) = with(DOWN, down),
        /// Feerate that a watchtower bids, fixed when it was told of the state. Source: lnd's sweep
        /// feerate (wtpolicy).
        feerate: FeeRate = or(FeeRate(2_500), Feerate),
        /// Share of what it takes that a watchtower may pay for it; where its bid is more, it does nothing.
        fee_budget: f64 = or(1.0, SHARE),
        /// Bytes of a state in a watchtower's store. Source: lnd, a hint of 16 bytes and a blob of 300 with
        /// 40 of nonce and tag (watchtower/blob).
        state_bytes: u32 = or(356, Whole(1..=1_000_000)),
    }
}

/// Towers are always up, by default; where they are not, they stay down for so long.
const DOWN: (f64, SimDuration) = (0.0, SimDuration::from_secs(6 * 3_600));

fn down(s: &mut Section<'_, '_>, _: Key) -> (f64, SimDuration) {
    let share = Key::new("down_share", "Share of the time that a watchtower is down.");
    let mean = "Mean time for which a watchtower stays down. Source: an assumption.";
    let mean = Key::new("down_mean", mean);
    (s.or(share, &SHARE, DOWN.0), s.or(mean, &DELAY_POSITIVE, DOWN.1))
}

/// What a dishonest node sees of one of its channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opportunity {
    /// What the old state pays beyond the current one.
    pub gain: Msat,
    /// What it has in the current one: all lost when it is punished.
    pub stake: Msat,
    /// Whether the peer answers.
    pub victim_online: bool,
    /// Blocks in which the peer can answer.
    pub delay: u16,
    /// What the next block asks for.
    pub market: FeeRate,
    /// Time between blocks.
    pub block_interval: SimDuration,
    /// A number from 0 to 1 that is this block's and channel's.
    pub chance: f64,
}

/// The state that pays its owner best of those that it has revoked, if one pays more than the current one, which
/// pays `stake`; of two alike the one that no watchtower covers.
pub fn best_revoked(
    states: impl Iterator<Item = RevokedState>,
    stake: Msat,
) -> Option<RevokedState> {
    let best = states.max_by_key(|state| (state.balance, !state.covered));
    best.filter(|state| state.balance > stake)
}

impl Recruit for BreachParams {
    type Params = Self;

    /// The dishonest nodes are nodes of the network.
    fn recruit(params: &Self, _: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        Ok(*params)
    }
}

/// Decided at each block, by the node that looks at its channels: nothing is to be told.
impl Strategy for BreachParams {
    fn next(&mut self, _: &AttackerView<'_>, _: Feedback, _: &mut Vec<Action>) {}

    fn brings_nodes(&self) -> bool {
        false
    }
}

impl BreachParams {
    /// Whether a node would publish a revoked state at all: drawn by node and attack.
    pub fn is_dishonest(&self, draws: Draws, node: NodeId, attack: u16) -> bool {
        draws.at(u64::from(node.0), u64::from(attack)).chance(self.fraction_of_nodes)
    }

    /// Whether the attack goes on after so many attempts.
    pub const fn goes_on(&self, made: u64) -> bool {
        self.most == 0 || made < self.most
    }

    /// Whether it publishes.
    pub fn tries(&self, seen: &Opportunity) -> bool {
        if seen.gain < self.least_gain.to_msat() || seen.gain == Msat::ZERO {
            return false;
        }
        match self.when {
            When::Random { per_day } => {
                seen.chance < per_day * seen.block_interval.as_secs_f64() / 86_400.0
            }
            When::Opportunistic => !seen.victim_online && self.expects_profit(seen),
            When::Congested { feerate } => seen.market >= feerate,
        }
    }

    /// Absences are exponential, so that a peer that is offline stays offline for `d` blocks with the
    /// probability `(1 + interval / mean) ^ -d`.
    #[expect(clippy::cast_precision_loss, reason = "an attacker's estimate, not state")]
    fn expects_profit(&self, seen: &Opportunity) -> bool {
        let (_, mean) = self.offline;
        let per_block = seen.block_interval.as_secs_f64() / mean.as_secs_f64();
        let stays = math::pow(1.0 + per_block, -f64::from(seen.delay));
        let wins = stays * (1.0 - self.towers.coverage * self.towers.known);
        wins * seen.gain.get() as f64 > (1.0 - wins) * seen.stake.get() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SimDuration = SimDuration::from_secs(3_600);

    fn params(when: When, coverage: f64) -> BreachParams {
        let towers = Towers {
            coverage,
            known: 1.0,
            delay: SimDuration::ZERO,
            down: (0.0, HOUR),
            feerate: FeeRate(2_500),
            fee_budget: 1.0,
            state_bytes: 356,
        };
        let offline = (0.1, SimDuration::from_secs(86_400));
        BreachParams { fraction_of_nodes: 1.0, when, least_gain: Sat(1), most: 0, offline, towers }
    }

    const SEEN: Opportunity = Opportunity {
        gain: Msat(600_000),
        stake: Msat(400_000),
        victim_online: false,
        delay: 144,
        market: FeeRate(1_000),
        block_interval: SimDuration::from_secs(600),
        chance: 0.01,
    };

    #[test]
    fn an_opportunist_weighs_gain_and_stake_by_the_chance_that_the_victim_stays_offline() {
        // A day offline, 144 blocks: 0.369153. 0.369 * 600 = 221 is less than 0.631 * 400 = 252.
        let breach = params(When::Opportunistic, 0.0);
        assert!(!breach.tries(&SEEN));
        assert!(breach.tries(&Opportunity { stake: Msat(350_000), ..SEEN }));
        assert!(!breach.tries(&Opportunity { stake: Msat(0), victim_online: true, ..SEEN }));
        let watched = params(When::Opportunistic, 0.9);
        assert!(!watched.tries(&Opportunity { stake: Msat(350_000), ..SEEN }));
    }

    #[test]
    fn chance_and_congestion_are_their_own_reasons() {
        let daily = params(When::Random { per_day: 1.0 }, 0.0);
        assert!(!daily.tries(&SEEN), "1 / 144 of a day has passed");
        assert!(daily.tries(&Opportunity { chance: 0.006, ..SEEN }));
        let congested = params(When::Congested { feerate: FeeRate(1_000) }, 0.0);
        assert!(congested.tries(&SEEN));
        assert!(!congested.tries(&Opportunity { market: FeeRate(999), ..SEEN }));
        assert!(!congested.tries(&Opportunity { gain: Msat(999), ..SEEN }), "not worth it");
    }
}
