//! What an LDK sender learnt about channels, and the penalty that follows: its `ProbabilisticScorer`.
//!
//! Facts: `lightning/src/routing/scoring.rs`, commit `cfee4b755`. Of each channel two bounds on its balance are kept, as
//! distances from "nothing is known", and where they have been ([`Buckets`]). Quirk kept: what is learnt is the amount
//! that the payee was to receive, not what the channel carried.
//!
//! LDK halves bounds when its host says that time has passed; here that is at every look. LDK keeps channels without
//! bound; here the one whose last result is oldest goes (ties: the lowest channel). HTLCs of the payer that are under way
//! are not counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DirectedChannel};
use crate::math;
use crate::routing::hop::Hop;
use crate::routing::ldk::history::{Buckets, success_times_billion};
use crate::routing::ldk::log_table::{LOWER_BITS_BOUND, negative_log10_times_2048};
use crate::routing::ldk::probability::success_ratio;
use crate::routing::params::LdkParams;
use crate::routing::view::View;
use crate::units::{SimDuration, SimTime};

/// `-log10` of a probability counts up to this.
const MOST_NEGATIVE_LOG10: u64 = 2 * 2_048;
/// Multipliers of penalties that grow with the amount are per so many msat.
const AMOUNT_DIVISOR: u128 = 1 << 20;
/// The same of the base penalty.
const BASE_AMOUNT_DIVISOR: u128 = 1 << 30;

/// What one sender learnt about channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelScores {
    bound: u32,
    liquidity_offset_half_life: SimDuration,
    historical_no_updates_half_life: SimDuration,
    channels: BTreeMap<ChannelId, Score>,
}

/// What a sender knows that scores no channels.
pub(in crate::routing) static NOTHING_KNOWN: ChannelScores = ChannelScores {
    bound: 0,
    liquidity_offset_half_life: SimDuration::from_secs(1),
    historical_no_updates_half_life: SimDuration::from_secs(1),
    channels: BTreeMap::new(),
};

/// What is known about one channel. Of each pair the first is about money on side one: the lower bound of what side one
/// can send, and so the upper bound of what side two can, by its distance from the capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Score {
    offsets_msat: [u64; 2],
    history: [Buckets; 2],
    /// When the offsets were set or last halved.
    updated: SimTime,
    /// When the history changed.
    tracked: SimTime,
}

impl ChannelScores {
    /// No knowledge.
    pub const fn new(params: &LdkParams) -> Self {
        Self {
            bound: params.beliefs_per_sender,
            liquidity_offset_half_life: params.liquidity_offset_half_life,
            historical_no_updates_half_life: params.historical_no_updates_half_life,
            channels: BTreeMap::new(),
        }
    }

    /// The channels that something is known of, ascending.
    pub(in crate::routing) fn channels(&self) -> impl Iterator<Item = ChannelId> + '_ {
        self.channels.keys().copied()
    }

    /// What a channel can send in this direction at least and at most, in msat.
    pub(in crate::routing) fn bounds_msat(
        &self,
        direction: DirectedChannel,
        capacity_msat: u64,
        now: SimTime,
    ) -> (u64, u64) {
        let Some(known) = self.channels.get(&direction.channel()) else {
            return (0, capacity_msat);
        };
        let mut score = self.aged(known, now);
        let side = direction.from_side().index();
        let sided = Sided { score: &mut score, side, capacity: capacity_msat };
        (sided.lower().min(sided.upper()), sided.upper())
    }

    /// Number of channels.
    pub fn len(&self) -> usize {
        self.channels.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// A payment went through over `hops`.
    pub fn succeeded(&mut self, view: &View, hops: &[Hop], now: SimTime) {
        let amount = delivered(hops);
        for hop in hops {
            self.change(view, hop.channel, now, |side| {
                side.set_upper(side.upper().saturating_sub(amount));
                side.track(amount);
            });
        }
    }

    /// A payment got past all `hops`, and failed beyond them or at the payee.
    pub fn passed(&mut self, view: &View, hops: &[Hop], amount_msat: u64, now: SimTime) {
        for hop in hops {
            self.change(view, hop.channel, now, |side| {
                if amount_msat > side.lower() {
                    side.set_lower(amount_msat);
                }
                side.track(0);
            });
        }
    }

    /// A channel could not send on a payment of this amount.
    pub fn refused(
        &mut self,
        view: &View,
        channel: DirectedChannel,
        amount_msat: u64,
        now: SimTime,
    ) {
        self.change(view, channel, now, |side| {
            if amount_msat < side.upper() {
                side.set_upper(amount_msat);
            }
            side.track(0);
        });
    }

    fn change(
        &mut self,
        view: &View,
        direction: DirectedChannel,
        now: SimTime,
        change: impl FnOnce(&mut Sided<'_>),
    ) {
        let channel = direction.channel();
        if !self.channels.contains_key(&channel) {
            if self.bound == 0 {
                return;
            }
            if self.len() >= self.bound as usize {
                self.forget_oldest();
            }
        }
        let known = self.channels.get(&channel).copied().unwrap_or_default();
        let mut score = self.aged(&known, now);
        let capacity = view.capacity(channel);
        change(&mut Sided { score: &mut score, side: direction.from_side().index(), capacity });
        (score.updated, score.tracked) = (now, now);
        self.channels.insert(channel, score);
    }

    fn forget_oldest(&mut self) {
        let oldest = self.channels.iter().min_by_key(|(id, score)| (score.tracked, **id));
        if let Some(id) = oldest.map(|(id, _)| *id) {
            self.channels.remove(&id);
        }
    }

    /// The score at `now`: offsets halved with time, the history once it is older than its half-life.
    fn aged(&self, score: &Score, now: SimTime) -> Score {
        let mut aged = *score;
        if score.offsets_msat != [0; 2] {
            let left = remainder(now.since(score.updated), self.liquidity_offset_half_life);
            aged.offsets_msat = score.offsets_msat.map(|offset| share(offset, left));
        }
        let idle = now.since(score.tracked);
        if idle > self.historical_no_updates_half_life {
            let left = remainder(idle, self.historical_no_updates_half_life);
            let factor = u32::try_from(share(1_024, left)).unwrap_or(1_024);
            aged.history.iter_mut().for_each(|buckets| buckets.decay(factor));
        }
        aged
    }

    /// What LDK adds to the fees for sending `amount_msat` in this direction, in msat. `most_msat`: the channel's
    /// `htlc_maximum_msat`, not above its capacity.
    pub(super) fn penalty_msat(
        &self,
        params: &LdkParams,
        direction: DirectedChannel,
        amount_msat: u64,
        (most_msat, capacity_msat): (u64, u64),
        now: SimTime,
    ) -> u64 {
        let base = scaled(params.base_penalty_amount_multiplier, amount_msat, BASE_AMOUNT_DIVISOR)
            .saturating_add(params.base_penalty.get());
        let probing =
            if most_msat >= capacity_msat / 2 { params.anti_probing_penalty.get() } else { 0 };
        let known = self.channels.get(&direction.channel());
        let mut score = known.map_or_else(Score::default, |score| self.aged(score, now));
        let side = direction.from_side().index();
        let sided = Sided { score: &mut score, side, capacity: capacity_msat };
        sided.penalty_msat(params, amount_msat).saturating_add(probing).saturating_add(base)
    }
}

/// One direction of a channel.
struct Sided<'a> {
    score: &'a mut Score,
    side: usize,
    capacity: u64,
}

impl Sided<'_> {
    /// What it can send at least.
    const fn lower(&self) -> u64 {
        self.score.offsets_msat[self.side]
    }

    /// What it can send at most.
    const fn upper(&self) -> u64 {
        self.capacity.saturating_sub(self.score.offsets_msat[1 - self.side])
    }

    fn set_lower(&mut self, amount: u64) {
        self.score.offsets_msat[self.side] = amount;
        if amount > self.upper() {
            self.score.offsets_msat[1 - self.side] = 0;
        }
    }

    fn set_upper(&mut self, amount: u64) {
        self.score.offsets_msat[1 - self.side] = self.capacity.saturating_sub(amount);
        if amount < self.lower() {
            self.score.offsets_msat[self.side] = 0;
        }
    }

    /// Notes where the bounds are; a payment just made of this amount is put back first.
    fn track(&mut self, paid: u64) {
        let (side, capacity, offsets) = (self.side, self.capacity, self.score.offsets_msat);
        let history = &mut self.score.history;
        history[side].track(offsets[side].saturating_add(paid), capacity);
        history[1 - side].track(offsets[1 - side].saturating_sub(paid), capacity);
    }

    /// LDK's `penalty_msat`: what is known now, and what was known.
    fn penalty_msat(&self, params: &LdkParams, amount: u64) -> u64 {
        let mut penalty = self.present_msat(params, amount);
        if amount >= self.upper() {
            penalty = penalty.saturating_add(params.considered_impossible_penalty.get());
        }
        let multipliers = (
            params.historical_liquidity_penalty_multiplier.get(),
            params.historical_liquidity_penalty_amount_multiplier,
        );
        if amount >= self.capacity {
            return penalty.saturating_add(combined(amount, MOST_NEGATIVE_LOG10, multipliers));
        }
        if multipliers == (0, 0) {
            return penalty;
        }
        let [lower, upper] = [self.side, 1 - self.side].map(|side| &self.score.history[side]);
        let linear = params.linear_success_probability;
        let known = success_times_billion(lower, upper, amount, self.capacity, linear);
        let (numerator, denominator) = known.map_or_else(
            || success_ratio(amount, 0, self.capacity, self.capacity, (linear, true)),
            |billionths| (billionths + 1, 1 << 30),
        );
        let negative_log10 = negative_log10_times_2048(numerator, denominator);
        penalty.saturating_add(combined(amount, negative_log10, multipliers))
    }

    /// By the bounds as they are now; off by default.
    fn present_msat(&self, params: &LdkParams, amount: u64) -> u64 {
        let multipliers =
            (params.liquidity_penalty_multiplier.get(), params.liquidity_penalty_amount_multiplier);
        let (upper, lower) = (self.upper(), self.lower().min(self.upper()));
        if multipliers == (0, 0) || amount <= lower {
            return 0;
        }
        if amount >= upper {
            return combined(amount, MOST_NEGATIVE_LOG10, multipliers);
        }
        let flags = (params.linear_success_probability, false);
        let (numerator, denominator) = success_ratio(amount, lower, upper, self.capacity, flags);
        if denominator - numerator < denominator / LOWER_BITS_BOUND {
            // The logarithm is too coarse for failures this unlikely.
            return 0;
        }
        combined(amount, negative_log10_times_2048(numerator, denominator), multipliers)
    }
}

/// LDK's `combined_penalty_msat`.
fn combined(amount: u64, negative_log10_times_2048: u64, (fixed, per_amount): (u64, u64)) -> u64 {
    let negative_log10 = negative_log10_times_2048.min(MOST_NEGATIVE_LOG10);
    let by_amount = u128::from(negative_log10) * u128::from(per_amount) * u128::from(amount)
        / 2_048
        / AMOUNT_DIVISOR;
    let fixed = negative_log10.saturating_mul(fixed) / 2_048;
    fixed.saturating_add(u64::try_from(by_amount).unwrap_or(u64::MAX))
}

fn scaled(multiplier: u64, amount: u64, divisor: u128) -> u64 {
    u64::try_from(u128::from(multiplier) * u128::from(amount) / divisor).unwrap_or(u64::MAX)
}

/// What the payee receives.
fn delivered(hops: &[Hop]) -> u64 {
    hops.last().map_or(0, |hop| hop.amount.get())
}

/// The share that is left after `elapsed`.
#[expect(clippy::cast_precision_loss, reason = "times of days are exact")]
fn remainder(elapsed: SimDuration, half_life: SimDuration) -> f64 {
    math::exp2(-(elapsed.get() as f64) / half_life.get() as f64)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "truncated as LDK does"
)]
fn share(whole: u64, left: f64) -> u64 {
    (whole as f64 * left) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::testing::{Graph, forward, policy};
    use crate::units::Msat;

    const CAPACITY: u64 = 1_000_000_000;

    fn view() -> View {
        View::compile(
            &Graph::new(3).edge(0, 1, policy(0, 0, 0)).edge(1, 2, policy(0, 0, 0)).network,
        )
    }

    fn hops(amount: u64) -> Vec<Hop> {
        let hop = |channel| Hop { channel: forward(channel), amount: Msat(amount), cltv: 0 };
        vec![hop(0), hop(1)]
    }

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(60 * minutes)
    }

    fn bounds(scores: &ChannelScores, channel: DirectedChannel, now: SimTime) -> (u64, u64) {
        let mut score = scores.aged(&scores.channels[&channel.channel()], now);
        let side = channel.from_side().index();
        let sided = Sided { score: &mut score, side, capacity: CAPACITY };
        (sided.lower(), sided.upper())
    }

    #[test]
    fn results_move_the_bounds_and_half_of_that_is_forgotten_in_half_an_hour() {
        let (view, mut scores) = (view(), ChannelScores::new(&LdkParams::default()));
        scores.passed(&view, &hops(1)[..1], 400_000_000, at(0));
        scores.refused(&view, forward(1), 400_000_000, at(0));
        assert_eq!(bounds(&scores, forward(0), at(0)), (400_000_000, CAPACITY));
        assert_eq!(bounds(&scores, forward(0).reverse(), at(0)), (0, 600_000_000));
        assert_eq!(bounds(&scores, forward(1), at(0)), (0, 400_000_000));
        assert_eq!(bounds(&scores, forward(1), at(30)), (0, 700_000_000));
        assert_eq!(bounds(&scores, forward(1).reverse(), at(30)), (300_000_000, CAPACITY));
        scores.succeeded(&view, &hops(100_000_000), at(30));
        assert_eq!(bounds(&scores, forward(0), at(30)), (200_000_000, 900_000_000));
        assert_eq!(bounds(&scores, forward(1), at(30)), (0, 600_000_000));
    }

    #[test]
    fn a_bound_that_crosses_the_other_resets_it() {
        let (view, mut scores) = (view(), ChannelScores::new(&LdkParams::default()));
        scores.passed(&view, &hops(1)[..1], 400_000_000, at(0));
        scores.refused(&view, forward(0), 300_000_000, at(0));
        assert_eq!(bounds(&scores, forward(0), at(0)), (0, 300_000_000));
        scores.passed(&view, &hops(1)[..1], 500_000_000, at(0));
        assert_eq!(bounds(&scores, forward(0), at(0)), (500_000_000, CAPACITY));
    }

    /// 5,120 + 655,360 * 50,000,000 / 2^30 = 35,637; no history: 50,000 + 6,250 * 50,000,000 / 2^20 = 348,023 per factor
    /// ten; P = 0.81170 to ten in a thousand parts, -log10 in LDK's table.
    #[test]
    fn without_knowledge_the_penalty_is_by_amount_and_capacity_alone() {
        let (params, scores) = (LdkParams::default(), ChannelScores::new(&LdkParams::default()));
        let penalty = |amount, capacity: u64, most| {
            scores.penalty_msat(&params, forward(0), amount, (most, capacity), SimTime::ZERO)
        };
        let large = 5_000_000_000;
        let got = penalty(50_000_000, large, large / 2 - 1);
        // -log10(0.78231) = 0.10662; 218 of 2,048 in steps of LDK's table.
        let expected =
            |log: u64| 35_637 + log * 50_000 / 2_048 + log * 6_250 * 50_000_000 / 2_048 / (1 << 20);
        assert!((214..=222).any(|log| got == expected(log)), "{got}");
        assert_eq!(penalty(50_000_000, large, large / 2), got + 1_250, "it could be probed");
        let full = penalty(large, large, 0);
        let base = 5_120 + 655_360 * large / (1 << 30);
        assert_eq!(full, base + 100_000_000_000 + 2 * 50_000 + 2 * 6_250 * large / (1 << 20));
    }

    #[test]
    fn the_channel_with_the_oldest_result_goes_when_the_bound_is_reached() {
        let params = LdkParams { beliefs_per_sender: 1, ..LdkParams::default() };
        let (view, mut scores) = (view(), ChannelScores::new(&params));
        scores.refused(&view, forward(0), 5, at(1));
        scores.refused(&view, forward(1), 5, at(2));
        assert_eq!(scores.channels.keys().collect::<Vec<_>>(), [&ChannelId(1)]);
        let bytes = postcard::to_allocvec(&scores).unwrap();
        assert_eq!(postcard::from_bytes::<ChannelScores>(&bytes).unwrap(), scores);
    }
}
