//! Revoked commitments in the run: carries out what [`crate::adversary::BreachParams`] decides.
//!
//! At each block every dishonest node looks at each of its channels that is at rest. What follows is a closing like
//! any other, with a revoked state, and a row when it is over.

use crate::adversary::{
    AttackState, BreachParams, Campaign, Method, Opportunity, Towers, best_revoked,
};
use crate::channel::{CommitmentSnapshot, RevokedState};
use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::lightning::attack::Attack;
use crate::lightning::attack::breaches::{Attempt, OnlineState};
use crate::lightning::chain::{Chain, Decision};
use crate::lightning::core::Core;
use crate::lightning::event::{ChainEvent, Context, Event};
use crate::lightning::lent::Lent;
use crate::outcome::{AttackOutcome, CloseCause, CloseKind};
use crate::rows::{AttackRow, ClosureRow, Row, TowerRow};
use crate::units::{BlockHeight, Msat, Sat, SimDuration, SimTime};

/// A revoked state that its owner could publish, and whether its victim is online.
#[derive(Clone, Copy)]
struct Chance {
    direction: DirectedChannel,
    state: RevokedState,
    victim: OnlineState,
    seen: Opportunity,
}

/// What is known of the money of an attempt.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// How it has changed what attacker and victim have, in msat.
    net: Option<[i64; 2]>,
    /// Fees that the attacker paid, once all are.
    fees: Option<Msat>,
}

impl Attack {
    /// The parameters of the breaches that run now.
    fn breaches_now(&self, now: SimTime) -> Vec<(u16, BreachParams)> {
        let running = (0..).zip(&self.campaigns).filter(|(_, campaign)| campaign.runs_at(now));
        running
            .filter_map(|(number, campaign)| match &campaign.state {
                AttackState::RevokedBroadcast(params) => Some((number, *params)),
                _ => None,
            })
            .collect()
    }

    /// The watchtowers of the first attack that has to do with them. With several, the states that
    /// towers know and what they store are this one's for all; coverage, delay, downtime and bids are each attack's own.
    pub(in crate::lightning) fn towers(&self) -> Option<Towers> {
        let of = |campaign: &Campaign| match &campaign.state {
            AttackState::RevokedBroadcast(params) => Some(params.towers),
            AttackState::MassExit(exit) => match exit.method() {
                Method::DoubleSpend { towers, .. } => Some(towers),
                Method::Zombie | Method::Close => None,
            },
            _ => None,
        };
        self.campaigns.iter().find_map(of)
    }

    /// The closing of a revoked commitment is over, or another one: then nothing happens. Returns whether
    /// it was one.
    pub(in crate::lightning) fn breach_ended(
        &mut self,
        row: &ClosureRow,
        moved: [i64; 2],
        (core, chain): (&Core, &Chain),
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(attempt) = self.breaches.attempts.remove(&row.channel) else { return false };
        let ends = core.world.network.ends(row.channel);
        let side = usize::from(ends[1] == attempt.attacker);
        let gained = moved[side];
        let outcome = if row.penalised > 0 && gained <= 0 {
            AttackOutcome::Punished
        } else if row.penalised > 0 {
            AttackOutcome::Partly
        } else if gained > 0 {
            AttackOutcome::Stolen
        } else {
            AttackOutcome::Aborted
        };
        let net = |side: usize| {
            let start = i64::try_from(row.start[side].get()).expect("less than all bitcoin");
            row.end[side] - start
        };
        let known = Known { net: Some([net(side), net(1 - side)]), fees: Some(row.fees[side]) };
        self.report_breach(row.channel, &attempt, outcome, known, chain, cx);
        true
    }

    /// What watchtowers keep: for each channel of a node that has one, the states that its peer has revoked,
    /// but for those that it missed.
    pub(in crate::lightning) fn report_towers(&self, core: &Core, cx: &mut Context<'_>) {
        let Some(towers) = self.towers() else { return };
        let network = &core.world.network;
        let mut states = 0;
        for direction in network.node_ids().flat_map(|node| network.outgoing(node)) {
            let watched = network.source(direction);
            if !self.breaches.towers.at(u64::from(watched.0), 0).chance(towers.coverage) {
                continue;
            }
            let (channel, peer) = (direction.channel(), direction.from_side().other());
            states += core.channels.covered_states(channel, peer);
        }
        cx.rows.record(Row::Towers(&TowerRow {
            states,
            bytes: states * u64::from(towers.state_bytes),
        }));
    }

    /// Attempts whose closing the run's end finds under way. They are decided where what was at stake is
    /// taken for good: a victim that is away may not fetch its own rest for weeks.
    pub(in crate::lightning) fn report_breaches(&mut self, chain: &Chain, cx: &mut Context<'_>) {
        for (channel, attempt) in std::mem::take(&mut self.breaches.attempts) {
            let onchain = chain.onchain.as_ref();
            let decided = onchain.and_then(|onchain| onchain.breach_decided(channel));
            let outcome = match decided.map(|decided| decided.kept) {
                Some(true) => AttackOutcome::Stolen,
                Some(false) => AttackOutcome::Punished,
                None => AttackOutcome::Pending,
            };
            let known = Known {
                net: decided.map(|decided| [decided.owner_net, decided.peer_net]),
                fees: None,
            };
            self.report_breach(channel, &attempt, outcome, known, chain, cx);
        }
    }

    fn report_breach(
        &self,
        channel: ChannelId,
        attempt: &Attempt,
        outcome: AttackOutcome,
        known: Known,
        chain: &Chain,
        cx: &mut Context<'_>,
    ) {
        let timeline = chain.onchain.as_ref().and_then(|onchain| onchain.timeline(channel));
        let timeline = timeline.unwrap_or_default();
        let campaign = self.campaign(attempt.attack);
        cx.rows.record(Row::Attack(&AttackRow {
            attack: &campaign.name,
            kind: campaign.kind,
            attempt: attempt.number,
            attacker: attempt.attacker,
            victim: Some(attempt.victim),
            channel: Some(channel),
            start: attempt.start,
            start_height: Some(attempt.start_height),
            number_used: Some(u64::from(attempt.state.number)),
            number_current: Some(attempt.current),
            gain: Some(attempt.gain),
            stake: Some(attempt.stake),
            victim_online: Some(attempt.victim_online),
            tower: Some(attempt.tower),
            tower_covers: attempt.tower.then_some(attempt.state.covered),
            confirmed_height: timeline.confirmed,
            detected: timeline.detected,
            detected_by: timeline
                .detected
                .map(|_| if timeline.by_tower { "tower" } else { "victim" }),
            justice_sent: timeline.sent,
            justice_feerate_sat_kvb: timeline.sent.map(|_| u64::from(timeline.feerate.0) * 4),
            justice_height: timeline.mined,
            deadline_height: timeline
                .confirmed
                .map(|h| BlockHeight(h.0 + u32::from(attempt.delay))),
            outcome,
            cause: None,
            attacker_net: known.net.map(|[attacker, _]| attacker),
            victim_net: known.net.map(|[_, victim]| victim),
            fees: known.fees,
            locked_msat_s: None,
            slot_s: None,
            htlcs: None,
            bits: None,
        }));
    }
}

/// A block has come: every dishonest node looks at its channels.
pub(in crate::lightning) fn look(lent: &mut Lent<'_>, cx: &mut Context<'_>) {
    for (attack, params) in lent.acting.attack.breaches_now(cx.now) {
        let nodes: Vec<NodeId> = lent.core.world.network.node_ids().collect();
        for node in nodes {
            let breaches = &lent.acting.attack.breaches;
            if !params.is_dishonest(breaches.dishonest, node, attack) {
                continue;
            }
            for direction in lent.core.world.network.outgoing(node) {
                let made = lent.acting.attack.breaches.made.get(&attack).copied().unwrap_or(0);
                if !params.goes_on(made) {
                    return;
                }
                let Some(chance) = look_at(lent, direction, params.offline, Sat::ZERO, cx) else {
                    continue;
                };
                if params.tries(&chance.seen) {
                    publish_revoked(lent, attack, params.towers, chance, cx);
                }
            }
        }
    }
}

/// The better of the two old states that the sender of `direction` keeps, where its channel is at rest and that
/// state pays at least so much more.
fn look_at(
    lent: &mut Lent<'_>,
    direction: DirectedChannel,
    offline: (f64, SimDuration),
    least_gain: Sat,
    cx: &Context<'_>,
) -> Option<Chance> {
    let (channel, side) = (direction.channel(), direction.from_side());
    let channels = &lent.core.channels;
    if channels.is_closed(channel) || !channels.is_at_rest(channel) {
        return None;
    }
    let stake = channels.balance(channel, side);
    let state = best_revoked(channels.revoked(channel, side), stake)?;
    let onchain = lent.chain.onchain.as_mut()?;
    if state.balance - stake < least_gain.to_msat() {
        return None;
    }
    onchain.observe(cx.now);
    let (market, block_interval) = (onchain.market().0, onchain.block_interval());
    let victim = lent.core.world.network.target(direction);
    let victim = lent.acting.attack.breaches.online_state(victim, cx.now, offline);
    let height = u64::from(lent.chain.height().0);
    let decision = decision(lent.core, channel, cx.now);
    let seen = Opportunity {
        gain: state.balance - stake,
        stake,
        victim_online: victim.online,
        delay: decision.delay[side.index()],
        market,
        block_interval,
        chance: lent.acting.attack.breaches.chances.at(u64::from(direction.0), height).unit(),
    };
    Some(Chance { direction, state, victim, seen })
}

/// The sender of `direction` publishes the best commitment that it has revoked, if an exit is worth that to it and
/// nothing is under way. Returns whether it did.
pub(super) fn publish_best_revoked(
    lent: &mut Lent<'_>,
    attack: u16,
    direction: DirectedChannel,
    cx: &mut Context<'_>,
) -> bool {
    let AttackState::MassExit(exit) = &lent.acting.attack.campaign(attack).state else {
        return false;
    };
    let Method::DoubleSpend { least_gain, offline, towers } = exit.method() else { return false };
    let chance = look_at(lent, direction, offline, least_gain, cx);
    if let Some(chance) = chance {
        publish_revoked(lent, attack, towers, chance, cx);
    }
    chance.is_some()
}

fn decision(core: &Core, channel: ChannelId, now: SimTime) -> Decision {
    Decision::new(core, channel, CloseKind::Revoked, CloseCause::Attack, now)
}

/// Publishes the old state.
fn publish_revoked(
    lent: &mut Lent<'_>,
    attack: u16,
    towers: Towers,
    chance: Chance,
    cx: &mut Context<'_>,
) {
    let Chance { direction, state, victim: online, seen } = chance;
    let (channel, side) = (direction.channel(), direction.from_side());
    let current = lent.core.channels.commitment_number(channel, side);
    assert!(u64::from(state.number) < current, "state {} is not revoked (L6)", state.number);
    let start = lent.core.channels.cooperative_close(channel);
    let capacity = lent.core.channels.terms(channel).capacity.to_msat();
    let mut balance = [capacity - state.balance; 2];
    balance[side.index()] = state.balance;
    let (htlcs, off_commitment) = (Vec::new(), Vec::new());
    let snapshot =
        CommitmentSnapshot { owner: side, number: state.number, balance, htlcs, off_commitment };
    let decision = decision(lent.core, channel, cx.now);
    let terms = *lent.core.channels.terms(channel);
    let network = &lent.core.world.network;
    let [attacker, victim] = [network.source(direction), network.target(direction)];
    let start_height = lent.chain.height();
    let breaches = &mut lent.acting.attack.breaches;
    let (has_tower, tower) = breaches.tower(towers, victim, channel, state.covered, cx.now);
    let attempt = Attempt {
        attack,
        number: breaches.count(attack),
        attacker,
        victim,
        start: cx.now,
        start_height,
        state,
        current,
        gain: seen.gain,
        stake: seen.stake,
        victim_online: online.online,
        tower: has_tower,
        delay: seen.delay,
    };
    breaches.attempts.insert(channel, attempt);
    let absent = if online.online { SimTime::ZERO } else { online.until };
    let Some(onchain) = &mut lent.chain.onchain else { return };
    onchain.close_revoked(&decision, &terms, snapshot, start, (absent, tower));
    if !online.online && online.until < SimTime::NEVER {
        cx.queue.push(online.until, Event::Chain(ChainEvent::Act(channel)));
    }
    let shutdowns = &mut lent.topology.shutdowns;
    shutdowns.gone(channel, CloseCause::Attack, lent.core, lent.chain, cx);
}
