//! lnd's cost of a path with its bimodal estimator of success: most channels have their money on one side.
//!
//! Facts (lnd at commit `90ea05d5a`): `routing/probability_bimodal.go`. The balance `x` of a channel of capacity `c`
//! has the density `exp(-x/s) + exp((x-c)/s) + 1/c`; what went through and what failed cut it on both sides, and
//! what they say fades towards "nothing is known". Quirks kept: the uniform part is as small as lnd's code makes it,
//! and a failure for every amount (amount 0) does not count against other pairs of its node.
//!
//! A simplification: lnd dates success and failure of a pair apart, a record here has one time. Where a pair has
//! failed, its success counts as old as the failure.

use crate::ids::NodeId;
use crate::math;
use crate::routing::beliefs::{Beliefs, Record, Sums};
use crate::routing::lnd::apriori::{attempt_cost, distance, float, weight};
use crate::routing::params::{BimodalParams, LndParams};
use crate::routing::primitives::Known;
use crate::routing::route::{Knowledge, Query};
use crate::routing::single_label::Model;
use crate::units::{Msat, SimTime};

/// lnd's cost with the bimodal estimator.
pub(super) struct Bimodal<'a> {
    params: &'a LndParams,
    estimator: BimodalParams,
    beliefs: &'a Beliefs,
    known: &'a mut Known,
    payer: NodeId,
    now: SimTime,
    attempt_cost: f64,
}

impl<'a> Bimodal<'a> {
    /// lnd's cost for `query`; `known` has begun.
    pub(super) fn new(
        params: &'a LndParams,
        estimator: BimodalParams,
        knowledge: &Knowledge<'a>,
        query: &Query,
        known: &'a mut Known,
    ) -> Self {
        Self {
            params,
            estimator,
            beliefs: knowledge.beliefs,
            known,
            payer: query.payer,
            now: query.now,
            attempt_cost: attempt_cost(params, query.amount),
        }
    }

    /// What is left of a result from this time: 1 for one just now.
    fn freshness(&self, at: SimTime) -> f64 {
        math::exp(-float(self.now.since(at).get()) / float(self.estimator.decay_time.get()))
    }

    /// The probability of the pair by what is known of it alone.
    fn direct(&self, record: Option<(Record, SimTime)>, amount: u64, capacity: u64) -> f64 {
        let (mut success, mut failure) = (0.0, float(capacity));
        if let Some((record, at)) = record {
            let fresh = self.freshness(at);
            success = (fresh * float(record.success.get())).floor();
            if let Some((failed, _)) = record.failure {
                let failed = float(failed.get().min(capacity));
                failure = (float(capacity) - fresh * (float(capacity) - failed)).floor();
            }
        }
        let scale = float(self.estimator.scale.get());
        probability(scale, float(capacity), (success, failure), float(amount))
    }

    /// What other pairs of `from` say: sum of probabilities, sum of weights.
    fn others(&mut self, from: NodeId, but: Option<NodeId>) -> (f64, f64) {
        let (beliefs, factor) = (self.beliefs, self.estimator.node_weight);
        let freshness = |at| self.freshness(at);
        let reckon = || {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (_, record, at) in beliefs.dated(from).filter(|(to, ..)| Some(*to) != but) {
                let weight = factor * freshness(at);
                if record.success > Msat::ZERO {
                    sum += weight;
                    weights += weight;
                }
                if record.failure.is_some_and(|(failed, _)| failed > Msat::ZERO) {
                    weights += weight;
                }
            }
            Sums::new(sum, weights)
        };
        if but.is_some() {
            let Sums { sum, weights, .. } = reckon();
            return (sum, weights);
        }
        let sums = reckon();
        let sums = self.known.sums(from, Msat::ZERO, || sums);
        (sums.sum, sums.weights)
    }
}

impl Model for Bimodal<'_> {
    const PAIRS: bool = true;

    fn hop(&mut self, from: NodeId, to: NodeId, amount: u64, capacity: impl Fn(u64) -> u64) -> f64 {
        let capacity = capacity(u64::MAX);
        if !self.known.has(from) {
            return self.direct(None, amount, capacity);
        }
        let record = self.beliefs.pair_dated(from, to);
        let direct = self.direct(record, amount, capacity);
        let is_current =
            record.is_some_and(|(_, at)| self.now.since(at) < self.estimator.decay_time);
        if is_current || self.estimator.node_weight <= 0.0 {
            return direct;
        }
        let (sum, weights) = self.others(from, record.map(|_| to));
        (direct + sum) / (1.0 + weights)
    }

    fn knows(&self, from: NodeId) -> bool {
        self.known.has(from)
    }

    fn untried(&self) -> f64 {
        1.0
    }

    fn likeliest(&self) -> f64 {
        1.0
    }

    fn local(&self, to: NodeId) -> f64 {
        let failed = self.beliefs.pair(self.payer, to).and_then(|record| record.failure);
        failed.map_or(1.0, |(_, at)| 1.0 - self.freshness(at))
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

/// That a channel of `capacity` can send `amount`, given that it could send `success` and could not send `failure`
/// (lnd, `probabilityFormula`). All in msat.
fn probability(
    scale: f64,
    capacity: f64,
    (mut success, mut failure): (f64, f64),
    amount: f64,
) -> f64 {
    if capacity <= 0.0 || amount > capacity {
        return 0.0;
    }
    if failure <= success {
        // Both cannot hold: nothing is known.
        (success, failure) = (0.0, capacity);
    }
    if success >= capacity {
        // From a time when the pair had more; it is believed to be able to send nearly all.
        (success, failure) = (capacity - 1.0, capacity);
    }
    let failure = failure.min(capacity);
    if amount >= failure {
        return 0.0;
    }
    if amount <= success {
        return 1.0;
    }
    let mass = |from, to| primitive(scale, capacity, to) - primitive(scale, capacity, from);
    let (left, all) = (mass(amount, failure), mass(success, failure));
    if all > 0.0 { (left / all).clamp(0.0, 1.0) } else { 0.0 }
}

/// The integral of the density up to `x` (lnd, `primitive`).
fn primitive(scale: f64, capacity: f64, x: f64) -> f64 {
    let norm = 2.0 - 2.0 * math::exp(-capacity / scale) + 1.0 / scale;
    let exponentials = math::exp((x - capacity) / scale) - math::exp(-x / scale);
    (exponentials + x / (capacity * scale)) / norm
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);
    const SCALE: f64 = 300_000_000.0;
    const WEEK: u64 = 7 * 86_400;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-6
    }

    const fn sat(amount: u64) -> u64 {
        amount * 1_000
    }

    /// Success of `amount` from B to C, 1,000,000 sat, at this second, for a payer A.
    fn hop(beliefs: &Beliefs, amount: u64, seconds: u64) -> f64 {
        model(beliefs, seconds, |model| model.hop(B, C, sat(amount), |_| sat(1_000_000)))
    }

    fn model<T>(beliefs: &Beliefs, seconds: u64, ask: impl FnOnce(&mut Bimodal<'_>) -> T) -> T {
        let mut known = Known::default();
        known.begin(5, beliefs);
        let (params, estimator) = (&LndParams::default(), BimodalParams::default());
        let now = SimTime::ZERO + SimDuration::from_secs(seconds);
        let known = &mut known;
        ask(&mut Bimodal { params, estimator, beliefs, known, payer: A, now, attempt_cost: 1.0 })
    }

    fn beliefs() -> Beliefs {
        Beliefs::lnd(&LndParams::default())
    }

    #[test]
    fn without_knowledge_it_has_lnds_values() {
        for (capacity, amount, expected) in [
            (1_000_000, 1_000, 0.998_213),
            (1_000_000, 50_000, 0.917_047),
            (1_000_000, 100_000, 0.845_705),
            (1_000_000, 500_000, 0.5),
            (1_000_000, 900_000, 0.154_295),
            (1_000_000, 1_000_000, 0.0),
            (1_000_000, 1_000_001, 0.0),
            (5_000_000, 50_000, 0.923_241),
            (5_000_000, 500_000, 0.594_438),
            (5_000_000, 900_000, 0.524_893),
        ] {
            let capacity = float(sat(capacity));
            let got = probability(SCALE, capacity, (0.0, capacity), float(sat(amount)));
            assert!(close(got, expected), "{amount} of {capacity}: {got}");
        }
    }

    #[test]
    fn success_and_failure_cut_the_distribution() {
        let with = |success, failure, amount| {
            let known = (float(sat(success)), float(sat(failure)));
            probability(SCALE, float(sat(1_000_000)), known, float(sat(amount)))
        };
        assert!(close(with(100_000, 600_000, 300_000), 0.502_096));
        assert!(close(with(100_000, 600_000, 600_000), 0.0));
        assert!(close(with(100_000, 600_000, 100_000), 1.0));
        assert!(close(with(600_000, 100_000, 500_000), 0.5), "a contradiction is forgotten");
        assert!(close(with(2_000_000, 3_000_000, 900_000), 1.0), "from a time with more");
        assert!(close(with(0, 3_000_000, 500_000), 0.5));
    }

    /// After one decay time a success of 500,000 counts as 500,000/e, and a failure of 500,000 as 1,000,000 -
    /// 500,000/e.
    #[test]
    fn knowledge_of_a_pair_fades() {
        let mut good = beliefs();
        good.success(B, C, Msat(sat(500_000)), SimTime::ZERO);
        assert!(close(hop(&good, 500_000, 0), 1.0));
        assert!(close(hop(&good, 183_939, WEEK), 1.0), "500,000 / e = 183,939.7");
        assert!(hop(&good, 183_941, WEEK) < 1.0);
        let mut bad = beliefs();
        bad.failure(B, C, Msat(sat(500_000)), SimTime::ZERO);
        assert!(close(hop(&bad, 500_000, 0), 0.0));
        assert!(hop(&bad, 816_059, WEEK) > 0.0, "1,000,000 - 183,939.7 = 816,060.3");
        assert!(close(hop(&bad, 816_061, WEEK), 0.0));
    }

    /// Nothing is known of the pair itself, 0.5. A success at another pair of B: (0.5 + 0.2) / 1.2; a failure as
    /// well, a decay time ago: (0.5 + 0.2) / (1.2 + 0.2 / e).
    #[test]
    fn other_pairs_of_the_node_count_a_fifth() {
        let mut beliefs = beliefs();
        let later = SimTime::ZERO + SimDuration::from_secs(WEEK);
        beliefs.success(B, NodeId(3), Msat(1), later);
        assert!(close(hop(&beliefs, 500_000, WEEK), 0.7 / 1.2));
        beliefs.failure(B, NodeId(4), Msat(1), SimTime::ZERO);
        assert!(close(hop(&beliefs, 500_000, WEEK), 0.7 / (1.2 + 0.2 * 0.367_879_441)));
        // A current record of the pair itself stands alone.
        beliefs.failure(B, C, Msat(sat(900_000)), later);
        let capacity = float(sat(1_000_000));
        let alone = probability(SCALE, capacity, (0.0, float(sat(900_000))), float(sat(500_000)));
        assert!(close(hop(&beliefs, 500_000, WEEK), alone));
        // A week on it is not current: others count again, itself it is left out among them.
        let faded = 900_000.0_f64.mul_add(0.367_879_441, 1_000_000.0 * (1.0 - 0.367_879_441));
        let direct =
            probability(SCALE, capacity, (0.0, (faded * 1e3).floor()), float(sat(500_000)));
        let others = (0.2 * 0.367_879_441, 0.2 * 0.135_335_283);
        let expected = (direct + others.0) / (1.0 + others.0 + others.1);
        assert!(close(hop(&beliefs, 500_000, 2 * WEEK), expected));
    }

    #[test]
    fn an_own_channel_is_certain_unless_it_failed() {
        let mut beliefs = beliefs();
        model(&beliefs, 0, |model| assert!(close(model.local(B), 1.0)));
        beliefs.failure(A, B, Msat(7), SimTime::ZERO);
        model(&beliefs, 0, |model| assert!(close(model.local(B), 0.0)));
        model(&beliefs, WEEK, |model| assert!(close(model.local(B), 1.0 - 0.367_879_441)));
    }
}
