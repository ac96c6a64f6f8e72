//! lnd's cost of a path with its apriori estimator of success.
//!
//! Facts (lnd at commit `90ea05d5a`): `routing/probability_apriori.go`, `routing/pathfind.go`.

use crate::ids::NodeId;
use crate::math;
use crate::routing::beliefs::{Beliefs, Record, Sums};
use crate::routing::edge::share;
use crate::routing::params::LndParams;
use crate::routing::primitives::Known;
use crate::routing::route::{Knowledge, Query};
use crate::routing::single_label::Model;
use crate::units::{Msat, SimTime};

/// How quickly the probability falls around the capacity fraction (`capacitySmearingFraction`).
const SMEARING: f64 = 0.025;
/// What is left of the probability far above the capacity fraction (`minCapacityFactor`).
const MIN_CAPACITY_FACTOR: f64 = 0.5;
/// So many smearings below the capacity fraction nothing of the probability is lost.
const CERTAIN: f64 = 37.0;

/// lnd scales the time preference by this, away from the extremes, whose cost would be infinite.
const TIME_PREFERENCE_SCALE: f64 = 0.9;

/// lnd's cost with the apriori estimator.
pub(super) struct Apriori<'a> {
    pub(super) params: &'a LndParams,
    pub(super) beliefs: &'a Beliefs,
    pub(super) known: &'a mut Known,
    pub(super) payer: NodeId,
    pub(super) now: SimTime,
    pub(super) attempt_cost: f64,
    /// In a channel with so much capacity per amount nothing of the probability is lost.
    pub(super) room: f64,
}

impl<'a> Apriori<'a> {
    /// lnd's cost for `query`; `known` has begun.
    pub(super) fn new(
        params: &'a LndParams,
        knowledge: &Knowledge<'a>,
        query: &Query,
        known: &'a mut Known,
    ) -> Self {
        Self {
            params,
            beliefs: knowledge.beliefs,
            known,
            payer: query.payer,
            now: query.now,
            attempt_cost: attempt_cost(params, query.amount),
            room: room(params.capacity_fraction),
        }
    }

    /// No hop from `from` is likelier than this.
    pub(super) fn likeliest_from(&self, from: NodeId) -> f64 {
        if self.known.has(from) { self.likeliest() } else { self.untried() }
    }

    /// No hop from `from` is likelier than this, for `amount` or more.
    pub(super) fn likeliest_over(&mut self, from: NodeId, amount: Msat) -> f64 {
        let untried = self.untried_at_most(from, amount);
        if self.known.has(from) && self.beliefs.any_success(from, amount) {
            untried.max(self.params.previous_success_probability)
        } else {
            untried
        }
    }

    /// No untried hop from `from` is likelier than this, for `amount` or more.
    pub(super) fn untried_at_most(&mut self, from: NodeId, amount: Msat) -> f64 {
        self.node(from, amount, capacity_factor(amount, Msat::MAX, self.params.capacity_fraction))
    }

    /// In a channel of this capacity or more, nothing of the probability for `amount` is lost.
    fn enough(&self, amount: u64) -> u64 {
        if self.room.is_finite() {
            floor(float(amount) * self.room).saturating_add(1)
        } else {
            u64::MAX
        }
    }

    /// No hop from `from` to `to` is likelier than this, for `amount` or more, where no untried one from `from` is
    /// likelier than `untried`.
    pub(super) fn pair_at_most(&self, from: NodeId, to: NodeId, untried: f64, amount: Msat) -> f64 {
        if !self.known.has(from) {
            return untried;
        }
        self.pair(self.beliefs.pair(from, to), untried, amount)
    }

    /// The probability of a pair that was not tried, from what is known about its first node.
    /// `factor` is what its capacity leaves of the apriori.
    fn node(&mut self, from: NodeId, amount: Msat, factor: f64) -> f64 {
        let apriori = self.params.apriori_hop_probability * factor;
        if self.params.apriori_weight >= 1.0 || !self.known.has(from) {
            return apriori;
        }
        let weight = 1.0 / (1.0 - self.params.apriori_weight) - 1.0;
        let (beliefs, params, now) = (self.beliefs, self.params, self.now);
        let reckon = || {
            let prior = Sums::new(apriori * weight, weight);
            let success = params.previous_success_probability;
            beliefs.sums(from, amount, prior, success, |at| freshness(params, now, at))
        };
        // What is kept is for a factor of 1.
        let sums = if factor >= 1.0 { self.known.sums(from, amount, reckon) } else { reckon() };
        if sums.weights > 0.0 { sums.sum / sums.weights } else { apriori }
    }

    /// What a record about the pair makes of the probability of an untried one.
    fn pair(&self, record: Option<Record>, untried: f64, amount: Msat) -> f64 {
        let Some(record) = record else { return untried };
        if amount <= record.success {
            return self.params.previous_success_probability;
        }
        match record.failure {
            Some((failed, at)) if amount >= failed => {
                untried * (1.0 - freshness(self.params, self.now, at))
            }
            Some(_) | None => untried,
        }
    }
}

/// 1 for a failure just now, 1/2 after the half-life.
fn freshness(params: &LndParams, now: SimTime, failed: SimTime) -> f64 {
    let age = float(now.since(failed).get());
    math::exp2(-age / float(params.penalty_half_life.get()))
}

/// The virtual cost of a failed attempt, in msat.
pub(super) fn attempt_cost(params: &LndParams, amount: Msat) -> f64 {
    let grows = params.attempt_cost_ppm.of(amount).unwrap_or(Msat::MAX);
    let cost = params.attempt_cost.saturating_add(grows);
    let preference = TIME_PREFERENCE_SCALE * params.time_preference;
    float(cost.get()) * (1.0 / (0.5 - preference / 2.0) - 1.0)
}

impl Model for Apriori<'_> {
    const PAIRS: bool = true;

    fn hop(&mut self, from: NodeId, to: NodeId, amount: u64, capacity: impl Fn(u64) -> u64) -> f64 {
        let enough = self.enough(amount);
        let (amount, capacity) = (Msat(amount), capacity(enough));
        let factor = if capacity >= enough {
            1.0
        } else {
            capacity_factor(amount, Msat(capacity), self.params.capacity_fraction)
        };
        let untried = self.node(from, amount, factor);
        if !self.known.has(from) {
            return untried;
        }
        self.pair(self.beliefs.pair(from, to), untried, amount)
    }

    fn knows(&self, from: NodeId) -> bool {
        self.known.has(from)
    }

    fn untried(&self) -> f64 {
        self.params.apriori_hop_probability
    }

    fn likeliest(&self) -> f64 {
        let untried = self.params.apriori_hop_probability;
        if self.beliefs.is_empty() {
            untried
        } else {
            untried.max(self.params.previous_success_probability)
        }
    }

    fn local(&self, to: NodeId) -> f64 {
        let prior = self.params.previous_success_probability;
        if !self.known.has(self.payer) {
            return prior;
        }
        // lnd asks for the largest amount here, so that any failure counts.
        self.pair(self.beliefs.pair(self.payer, to), prior, Msat::MAX)
    }

    fn weight(&self, amount: u64, fee: u64, delta: u16) -> f64 {
        weight(self.params, amount, fee, delta)
    }

    fn distance(&self, weight: f64, probability: f64) -> u64 {
        distance(self.attempt_cost, weight, probability)
    }

    fn least_likely(&self, distance: u64) -> f64 {
        self.attempt_cost / (float(distance) + 2.0)
    }

    fn tie(&self, probability: f64) -> u64 {
        // Higher first; the bits of positive floats are in the order of their values.
        !probability.to_bits()
    }
}

/// Fee and cost of locked time, in msat.
pub(super) fn weight(params: &LndParams, amount: u64, fee: u64, delta: u16) -> f64 {
    let locked = u64::from(delta) * params.risk_factor_billionths;
    float(fee) + float(share(amount, locked, 1_000_000_000).unwrap_or(u64::MAX))
}

/// What lnd minimises, in msat, rounded down.
pub(super) fn distance(attempt_cost: f64, weight: f64, probability: f64) -> u64 {
    floor(weight + attempt_cost / probability)
}

/// Capacity per amount from which on [`capacity_factor`] is 1; infinite where it never is.
fn room(fraction: f64) -> f64 {
    let share = fraction - CERTAIN * SMEARING;
    if fraction >= 1.0 {
        0.0
    } else if share <= 0.0 {
        f64::INFINITY
    } else {
        // A little more, lest the rounding of floats matters.
        (1.0 + 1e-9) / share
    }
}

/// How much of the apriori probability is left for `amount` in a channel of `capacity`:
/// `1 - 0.5 / (1 + exp(-(amount - fraction * capacity) / (0.025 * capacity)))`, 0 above the capacity.
/// A fraction of 1 switches it off.
fn capacity_factor(amount: Msat, capacity: Msat, fraction: f64) -> f64 {
    if fraction >= 1.0 {
        return 1.0;
    }
    if amount > capacity {
        return 0.0;
    }
    let (amount, capacity) = (float(amount.get()), float(capacity.get()));
    let distance = (amount - fraction * capacity) / (SMEARING * capacity);
    if distance < -CERTAIN {
        // exp(37) is above 2^53, so the quotient is lost in the rounding of 1 - quotient.
        return 1.0;
    }
    1.0 - (1.0 - MIN_CAPACITY_FACTOR) / (1.0 + math::exp(-distance))
}

#[expect(clippy::cast_precision_loss, reason = "money below 2^53 msat (90,000 BTC) is exact")]
pub(super) const fn float(integer: u64) -> f64 {
    integer as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "truncation is lnd's rule, costs are positive, and the cast saturates"
)]
const fn floor(cost: f64) -> u64 {
    cost as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);
    const HOUR: SimTime = SimTime(3_600_000_000_000);
    const BIG: u64 = 100_000_000_000;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-6
    }

    /// Evaluates `ask` on a model whose payer is A, one hour after the start.
    fn model<T>(beliefs: &Beliefs, ask: impl FnOnce(&mut Apriori<'_>) -> T) -> T {
        let mut known = Known::default();
        known.begin(3, beliefs);
        let params = &LndParams::default();
        let attempt_cost = attempt_cost(params, Msat(0));
        let room = room(params.capacity_fraction);
        let known = &mut known;
        ask(&mut Apriori { params, beliefs, known, payer: A, now: HOUR, attempt_cost, room })
    }

    fn beliefs() -> Beliefs {
        Beliefs::lnd(&LndParams::default())
    }

    #[test]
    fn the_capacity_factor_has_lnds_values() {
        for (amount, factor) in [
            (800, 0.999_832),
            (900, 0.990_972),
            (950, 0.940_188),
            (990, 0.798_863),
            (1_000, 0.749_5),
        ] {
            let got = capacity_factor(Msat(amount * 1_000_000), Msat(1_000_000_000), 0.9999);
            assert!(close(got, factor), "{amount}: {got}");
        }
        assert!(close(capacity_factor(Msat(2), Msat(1), 0.9999), 0.0));
        assert!(close(capacity_factor(Msat(2), Msat(1), 1.0), 1.0));
    }

    #[test]
    fn skipping_the_exponential_changes_no_bit() {
        assert_eq!((1.0 - 0.5 / (1.0 + math::exp(37.0))).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn capacities_that_are_enough_change_no_bit() {
        for fraction in [0.93, 0.95, 0.999_9] {
            for amount in (1..200).map(|n: u64| n * n * n * 12_345) {
                let enough = floor(float(amount) * room(fraction)) + 1;
                for capacity in [enough, enough + 1, 2 * enough] {
                    let factor = capacity_factor(Msat(amount), Msat(capacity), fraction);
                    assert_eq!(factor.to_bits(), 1.0_f64.to_bits(), "{amount} of {capacity}");
                }
                let less = capacity_factor(Msat(amount), Msat(enough / 3), fraction);
                assert!(less < 1.0, "{amount}: {enough} is much more than needed");
            }
        }
        assert!(room(0.9).is_infinite() && room(1.0) == 0.0);
    }

    #[test]
    fn an_unknown_hop_has_the_prior_and_an_own_one_the_success_probability() {
        model(&beliefs(), |model| {
            assert!(close(model.hop(B, C, 1_000, |_| BIG), 0.6));
            assert!(close(model.local(B), 0.95));
        });
    }

    #[test]
    fn a_success_counts_up_to_its_amount_and_lifts_the_node() {
        let mut beliefs = beliefs();
        beliefs.success(B, C, Msat(5_000), SimTime::ZERO);
        model(&beliefs, |model| {
            assert!(close(model.hop(B, C, 5_000, |_| BIG), 0.95));
            assert!(close(model.hop(B, C, 5_001, |_| BIG), 0.6));
            // Another pair of the same node: (0.6 * 1 + 0.95) / 2.
            assert!(close(model.hop(B, A, 5_000, |_| BIG), 0.775));
        });
    }

    #[test]
    fn a_failure_fades_with_its_half_life() {
        let mut beliefs = beliefs();
        beliefs.failure(B, C, Msat(5_000), SimTime::ZERO);
        model(&beliefs, |model| {
            // One half-life later the node counts 0.6 / (1 + 0.5) and the pair half of that.
            assert!(close(model.hop(B, C, 5_000, |_| BIG), 0.4 * 0.5));
            assert!(close(model.hop(B, A, 5_000, |_| BIG), 0.4));
            assert!(close(model.hop(B, C, 4_999, |_| BIG), 0.6));
        });
    }

    #[test]
    fn a_fresh_failure_of_an_own_pair_rules_it_out_for_every_amount() {
        let mut beliefs = beliefs();
        beliefs.failure(A, B, Msat(5_000), HOUR);
        model(&beliefs, |model| assert!(close(model.local(B), 0.0)));
    }

    #[test]
    fn locked_time_costs_15_billionths_per_block_rounded_down() {
        model(&beliefs(), |model| {
            // 1,000,000,999 * 40 * 15 / 10^9 = 600.0006
            assert!(close(model.weight(1_000_000_999, 7, 40), 607.0));
            assert_eq!(model.distance(607.0, 0.5), 607 + 200_000);
        });
    }

    #[test]
    fn the_attempt_cost_follows_amount_and_time_preference() {
        let cost = |time_preference| {
            let params = LndParams { time_preference, ..LndParams::default() };
            attempt_cost(&params, Msat(50_000_999))
        };
        assert!(close(cost(0.0), 150_000.0));
        // 1 / (0.5 - 0.45) - 1 = 19 and 1 / (0.5 + 0.45) - 1 = 1 / 19.
        assert!((cost(1.0) - 19.0 * 150_000.0).abs() < 1e-3);
        assert!((cost(-1.0) - 150_000.0 / 19.0).abs() < 1e-3);
    }
}
