//! Revoked commitments in the run: who publishes one, and what came of it.
//!
//! At each block every dishonest node looks at each of its channels that is at rest and decides
//! ([`crate::adversary::BreachParams`]). What follows is a closing like any other, with a revoked state.
//!
//! Who is away: each victim is on and off by exponential times of its own. A simplification: being
//! away means that a node does not watch the chain; it still pays and forwards. A victim that is there
//! when the commitment is published deals with it, one that is away does when it comes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::adversary::{AttackState, BreachParams, Campaign, Method, Opportunity, Towers};
use crate::channel::{CommitmentSnapshot, RevokedState};
use crate::engine::{Draws, Seeds};
use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::lightning::chain::Tower;
use crate::lightning::chain::blocks::ChainEvent;
use crate::lightning::{Context, Event, Lightning};
use crate::outcome::{AttackOutcome, CloseCause, CloseKind};
use crate::rows::{AttackRow, ClosureRow, Row, TowerRow};
use crate::units::{BlockHeight, Msat, Sat, SimDuration, SimTime};

/// Attempts under way, and which victims are online.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Breaches {
    attempts: BTreeMap<ChannelId, Attempt>,
    online_state: BTreeMap<NodeId, OnlineState>,
    presence: Draws,
    dishonest: Draws,
    towers: Draws,
    chances: Draws,
    known_states: Draws,
    /// Attempts so far, by attack.
    made: BTreeMap<u16, u64>,
}

/// Where a node is on its way between there and away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OnlineState {
    online: bool,
    until: SimTime,
    step: u64,
}

/// A revoked commitment that was published.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Attempt {
    attack: u16,
    number: u64,
    attacker: NodeId,
    victim: NodeId,
    start: SimTime,
    start_height: BlockHeight,
    state: RevokedState,
    current: u64,
    gain: Msat,
    stake: Msat,
    victim_online: bool,
    tower: bool,
    delay: u16,
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
    fn online_state(
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
}

impl Lightning {
    /// The parameters of the breaches that run now.
    fn breaches_now(&self, now: SimTime) -> Vec<(u16, BreachParams)> {
        let campaigns = (0..).zip(self.attacks.campaigns());
        let running = campaigns.filter(|(_, c)| (c.span[0]..c.span[1]).contains(&now));
        running
            .filter_map(|(number, campaign)| match &campaign.state {
                AttackState::Breach(params) => Some((number, *params)),
                AttackState::Jamming(_)
                | AttackState::FloodAndLoot(_)
                | AttackState::MassExit(_)
                | AttackState::Griefing(_)
                | AttackState::Probing(_)
                | AttackState::Wormhole(_) => None,
            })
            .collect()
    }

    /// Has the channels keep what could be published, where an attack needs it.
    pub(in crate::lightning) fn keep_revoked_states(&mut self) {
        if let Some(Towers { known, .. }) = self.towers() {
            let draws = self.breaches.known_states;
            self.channels.keep_revoked(draws, known);
        }
    }

    /// A block has come: every dishonest node looks at its channels.
    pub(in crate::lightning) fn seize_opportunities(&mut self, cx: &mut Context<'_>) {
        for (attack, params) in self.breaches_now(cx.now) {
            let most = if params.most == 0 { u64::MAX } else { params.most };
            let nodes: Vec<NodeId> = self.world.network.node_ids().collect();
            for node in nodes {
                let draws = self.breaches.dishonest.at(u64::from(node.0), u64::from(attack));
                if !{ draws }.chance(params.fraction_of_nodes) {
                    continue;
                }
                let own: Vec<DirectedChannel> = self.world.network.outgoing(node);
                for direction in own {
                    if self.breaches.made.get(&attack).copied().unwrap_or(0) >= most {
                        return;
                    }
                    self.consider(attack, &params, direction, cx);
                }
            }
        }
    }

    /// Weighs the better of the two old states that the sender of `direction` keeps.
    fn consider(
        &mut self,
        attack: u16,
        params: &BreachParams,
        direction: DirectedChannel,
        cx: &mut Context<'_>,
    ) {
        let (channel, side) = (direction.channel(), direction.from_side());
        if self.channels.is_closed(channel) || !self.channels.is_at_rest(channel) {
            return;
        }
        let stake = self.channels.balance(channel, side);
        let Some(state) = self.best_revoked(direction) else { return };
        let Some(onchain) = &self.onchain else { return };
        let (market, block_interval) = (onchain.market().0, onchain.block_interval());
        let height = self.height();
        let victim = self.world.network.target(direction);
        let there = self.breaches.online_state(victim, cx.now, params.away);
        let decision = self.decision(channel, CloseKind::Revoked, CloseCause::Attack, cx.now);
        let seen = Opportunity {
            gain: state.balance - stake,
            stake,
            victim_online: there.online,
            delay: decision.delay[side.index()],
            market,
            block_interval,
            chance: self.breaches.chances.at(u64::from(direction.0), u64::from(height.0)).unit(),
        };
        if params.tries(&seen) {
            self.publish_revoked(attack, params.towers, (direction, state, there), seen, cx);
        }
    }

    /// The old state that pays the sender of `direction` best, if one pays more than the current one.
    fn best_revoked(&self, direction: DirectedChannel) -> Option<RevokedState> {
        let (channel, side) = (direction.channel(), direction.from_side());
        let stake = self.channels.balance(channel, side);
        let best = self.channels.revoked(channel, side).max_by_key(|s| (s.balance, !s.covered));
        best.filter(|state| state.balance > stake)
    }

    /// The sender of `direction` publishes a revoked state, if one pays at least so much more. Returns
    /// whether it did.
    pub(in crate::lightning) fn publish_revoked_if_worth(
        &mut self,
        attack: u16,
        direction: DirectedChannel,
        (least_gain, away, towers): (Sat, (f64, SimDuration), Towers),
        cx: &mut Context<'_>,
    ) -> bool {
        let (channel, side) = (direction.channel(), direction.from_side());
        if self.channels.is_closed(channel) || !self.channels.is_at_rest(channel) {
            return false;
        }
        let Some(state) = self.best_revoked(direction) else { return false };
        let stake = self.channels.balance(channel, side);
        let gain = state.balance - stake;
        let Some(onchain) = &self.onchain else { return false };
        if gain < least_gain.to_msat() {
            return false;
        }
        let (market, block_interval) = (onchain.market().0, onchain.block_interval());
        let victim = self.world.network.target(direction);
        let there = self.breaches.online_state(victim, cx.now, away);
        let decision = self.decision(channel, CloseKind::Revoked, CloseCause::Attack, cx.now);
        let seen = Opportunity {
            gain,
            stake,
            victim_online: there.online,
            delay: decision.delay[side.index()],
            market,
            block_interval,
            chance: 0.0,
        };
        self.publish_revoked(attack, towers, (direction, state, there), seen, cx);
        true
    }

    /// Publishes the old state.
    fn publish_revoked(
        &mut self,
        attack: u16,
        towers: Towers,
        (direction, state, there): (DirectedChannel, RevokedState, OnlineState),
        seen: Opportunity,
        cx: &mut Context<'_>,
    ) {
        let (channel, side) = (direction.channel(), direction.from_side());
        let current = self.channels.commitment_number(channel, side);
        assert!(u64::from(state.number) < current, "state {} is not revoked (L6)", state.number);
        let start = self.channels.cooperative_close(channel);
        let capacity = self.channels.terms(channel).capacity.to_msat();
        let mut balance = [capacity - state.balance; 2];
        balance[side.index()] = state.balance;
        let snapshot = CommitmentSnapshot {
            owner: side,
            number: state.number,
            balance,
            htlcs: Vec::new(),
            off_commitment: Vec::new(),
        };
        let decision = self.decision(channel, CloseKind::Revoked, CloseCause::Attack, cx.now);
        let terms = *self.channels.terms(channel);
        let [attacker, victim] =
            [self.world.network.source(direction), self.world.network.target(direction)];
        let has_tower = self.breaches.towers.at(u64::from(victim.0), 0).chance(towers.coverage);
        let mut draws = self.breaches.towers.at(u64::from(channel.0), 1);
        let (down, mean) = towers.down;
        let is_down = draws.chance(down);
        let back = SimDuration::from_secs_f64(mean.as_secs_f64() * draws.exponential());
        let tower = (has_tower && state.covered).then_some(Tower {
            delay: towers.delay,
            down_until: if is_down { cx.now + back } else { cx.now },
            feerate: towers.feerate,
            budget: towers.fee_budget,
        });
        let made = self.breaches.made.entry(attack).or_insert(0);
        let number = *made;
        *made += 1;
        let attempt = Attempt {
            attack,
            number,
            attacker,
            victim,
            start: cx.now,
            start_height: self.height(),
            state,
            current,
            gain: seen.gain,
            stake: seen.stake,
            victim_online: there.online,
            tower: has_tower,
            delay: seen.delay,
        };
        self.breaches.attempts.insert(channel, attempt);
        let absent = if there.online { SimTime::ZERO } else { there.until };
        let Some(onchain) = &mut self.onchain else { return };
        onchain.close_revoked(&decision, &terms, snapshot, start, (absent, tower));
        if !there.online && there.until < SimTime::NEVER {
            cx.queue.push(there.until, Event::Chain(ChainEvent::Act(channel)));
        }
        self.gone(channel, CloseCause::Attack, cx);
    }

    /// The closing of a revoked commitment is over, or another one: then nothing happens. Returns whether
    /// it was one.
    pub(in crate::lightning) fn breach_ended(
        &mut self,
        row: &ClosureRow,
        moved: [i64; 2],
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(attempt) = self.breaches.attempts.remove(&row.channel) else { return false };
        let ends = self.world.network.ends(row.channel);
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
        self.report_breach(row.channel, &attempt, outcome, Some((row, side)), cx);
        true
    }

    /// What watchtowers keep: for each channel of a node that has one, the states that its peer has revoked,
    /// but for those that it missed.
    pub(in crate::lightning) fn report_towers(&self, cx: &mut Context<'_>) {
        let Some(towers) = self.towers() else { return };
        let mut states = 0;
        for direction in self.world.network.node_ids().flat_map(|n| self.world.network.outgoing(n))
        {
            let watched = self.world.network.source(direction);
            if !self.breaches.towers.at(u64::from(watched.0), 0).chance(towers.coverage) {
                continue;
            }
            let (channel, peer) = (direction.channel(), direction.from_side().other());
            states += self.channels.covered_states(channel, peer);
        }
        cx.rows.record(Row::Towers(&TowerRow {
            states,
            bytes: states * u64::from(towers.state_bytes),
        }));
    }

    /// The watchtowers of the first attack that has to do with them.
    fn towers(&self) -> Option<Towers> {
        let of = |campaign: &Campaign| match &campaign.state {
            AttackState::Breach(params) => Some(params.towers),
            AttackState::MassExit(exit) => match exit.method() {
                Method::DoubleSpend { towers, .. } => Some(towers),
                Method::Zombie | Method::Close => None,
            },
            AttackState::Jamming(_)
            | AttackState::FloodAndLoot(_)
            | AttackState::Griefing(_)
            | AttackState::Probing(_)
            | AttackState::Wormhole(_) => None,
        };
        self.attacks.campaigns().iter().find_map(of)
    }

    /// Attempts whose closing the run's end finds under way. They are decided where what was at stake is
    /// taken for good: a victim that is away may not fetch its own rest for weeks.
    pub(in crate::lightning) fn report_breaches(&mut self, cx: &mut Context<'_>) {
        for (channel, attempt) in std::mem::take(&mut self.breaches.attempts) {
            let kept = self.onchain.as_ref().and_then(|chain| chain.kept_revoked_balance(channel));
            let outcome = match kept {
                Some(true) => AttackOutcome::Stolen,
                Some(false) => AttackOutcome::Punished,
                None => AttackOutcome::Pending,
            };
            self.report_breach(channel, &attempt, outcome, None, cx);
        }
    }

    fn report_breach(
        &self,
        channel: ChannelId,
        attempt: &Attempt,
        outcome: AttackOutcome,
        ended: Option<(&ClosureRow, usize)>,
        cx: &mut Context<'_>,
    ) {
        let timeline = self.onchain.as_ref().and_then(|onchain| onchain.timeline(channel));
        let timeline = timeline.unwrap_or_default();
        let net = |side: usize, row: &ClosureRow| {
            let start = i64::try_from(row.start[side].get()).expect("less than all bitcoin");
            row.end[side] - start
        };
        let campaign = &self.attacks.campaigns()[usize::from(attempt.attack)];
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
            attacker_net: ended.map(|(row, side)| net(side, row)),
            victim_net: ended.map(|(row, side)| net(1 - side, row)),
            fees: ended.map(|(row, side)| row.fees[side]),
            locked_msat_s: None,
            htlcs: None,
            bits: None,
        }));
    }
}
