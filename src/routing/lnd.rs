//! lnd's path finding with its apriori mission control.
//!
//! Facts (lnd at commit `90ea05d5a`): `routing/pathfind.go`, `routing/unified_edges.go`,
//! `routing/probability_apriori.go`. Parallel channels are one edge: the highest fee among those that
//! can carry the amount, the largest delta, the largest capacity; of the payer's own channels the one
//! with most to spend. The answer is the path as lnd finds it, with amounts and expiries then
//! computed along it. lnd sends that even where a label that changed late makes it break a limit;
//! here a second search, in which no node is expanded twice, answers instead.
//!
//! The limit of 1,300 bytes of onion is a limit on channels here ([`Query::max_hops`]).

use crate::ids::NodeId;
use crate::math;
use crate::routing::Router;
use crate::routing::beliefs::{Beliefs, Record};
use crate::routing::edge::share;
use crate::routing::params::LndParams;
use crate::routing::probable::{Ended, Limits, Model, Search};
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::scratch::{Known, Scratch};
use crate::units::{Msat, SimTime};

/// How quickly the probability falls around the capacity fraction (`capacitySmearingFraction`).
const SMEARING: f64 = 0.025;
/// What is left of the probability far above the capacity fraction (`minCapacityFactor`).
const MIN_CAPACITY_FACTOR: f64 = 0.5;
/// lnd scales the time preference by this, away from the extremes, whose cost would be infinite.
const TIME_PREFERENCE_SCALE: f64 = 0.9;

/// Finds routes as lnd does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lnd {
    /// lnd's settings.
    pub params: LndParams,
}

impl Router for Lnd {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.own.begin(knowledge, query)?;
        scratch.known.set(knowledge.view.node_count(), knowledge.beliefs.sources());
        let ended = self.solve(knowledge, query, scratch, route);
        if ended.path {
            return Ok(());
        }
        let unlimited = Query { fee_limit: Msat::MAX, ..*query };
        let any = ended.dearer && self.solve(knowledge, &unlimited, scratch, route).path;
        route.hops.clear();
        Err(if any { NoRoute::FeeLimit } else { NoRoute::None })
    }
}

impl Lnd {
    /// lnd's search and, where its answer breaks a limit, the one with final labels.
    fn solve(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Ended {
        let ended = self.search(knowledge, query, scratch, true);
        if !ended.path || completes(knowledge, query, scratch, route) {
            return ended;
        }
        let again = self.search(knowledge, query, scratch, false);
        let path = again.path && completes(knowledge, query, scratch, route);
        Ended { path, dearer: ended.dearer || again.dearer }
    }

    fn search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        reopen: bool,
    ) -> Ended {
        let known = std::mem::take(&mut scratch.known);
        let model = Apriori {
            params: &self.params,
            beliefs: knowledge.beliefs,
            known: &known,
            payer: query.payer,
            now: query.now,
            attempt_cost: self.attempt_cost(query.amount),
        };
        let limits = Limits {
            amount: query.amount.saturating_add(query.fee_limit).get(),
            final_cltv: query.final_cltv,
            cltv: query.cltv_limit,
            hops: query.max_hops,
            probability: self.params.min_route_probability,
            reopen,
        };
        let ended = Search { knowledge, query, scratch, model, limits }.run();
        scratch.known = known;
        ended
    }

    /// The virtual cost of a failed attempt, in msat.
    fn attempt_cost(&self, amount: Msat) -> f64 {
        let grows = self.params.attempt_cost_ppm.of(amount).unwrap_or(Msat::MAX);
        let cost = self.params.attempt_cost.saturating_add(grows);
        let preference = TIME_PREFERENCE_SCALE * self.params.time_preference;
        float(cost.get()) * (1.0 / (0.5 - preference / 2.0) - 1.0)
    }
}

/// Computes amounts and expiries along the path found; false if that breaks a limit.
fn completes(
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &Scratch,
    route: &mut Route,
) -> bool {
    let view = knowledge.view;
    if !route.fill(view, query, &scratch.path) || !route.keeps_limits(query) {
        return false;
    }
    let carried = scratch
        .path
        .iter()
        .zip(&route.hops)
        .all(|(step, hop)| view.edge(step.direction).carries(hop.amount.get()));
    let first = &route.hops[0];
    let own = knowledge.own.iter().find(|own| own.direction == first.channel);
    carried && own.is_some_and(|own| first.amount <= own.spendable)
}

/// lnd's cost with the apriori estimator.
struct Apriori<'a> {
    params: &'a LndParams,
    beliefs: &'a Beliefs,
    known: &'a Known,
    payer: NodeId,
    now: SimTime,
    attempt_cost: f64,
}

impl Apriori<'_> {
    /// The probability of a pair that was not tried, from what is known about its first node.
    fn node(&self, from: NodeId, amount: Msat, capacity: Msat) -> f64 {
        let factor = capacity_factor(amount, capacity, self.params.capacity_fraction);
        let apriori = self.params.apriori_hop_probability * factor;
        if self.params.apriori_weight >= 1.0 || !self.known.has(from) {
            return apriori;
        }
        let prior = 1.0 / (1.0 - self.params.apriori_weight) - 1.0;
        let (mut sum, mut weights) = (apriori * prior, prior);
        for (_, record) in self.beliefs.from_node(from) {
            if amount <= record.success {
                sum += self.params.previous_success_probability;
                weights += 1.0;
            } else if let Some((_, at)) = record.failure.filter(|(failed, _)| amount >= *failed) {
                weights += self.freshness(at);
            }
        }
        if weights > 0.0 { sum / weights } else { apriori }
    }

    /// What a record about the pair makes of the probability of an untried one.
    fn pair(&self, record: Option<Record>, untried: f64, amount: Msat) -> f64 {
        let Some(record) = record else { return untried };
        if amount <= record.success {
            return self.params.previous_success_probability;
        }
        match record.failure {
            Some((failed, at)) if amount >= failed => untried * (1.0 - self.freshness(at)),
            Some(_) | None => untried,
        }
    }

    /// 1 for a failure just now, 1/2 after the half-life.
    fn freshness(&self, failed: SimTime) -> f64 {
        let age = float(self.now.since(failed).get());
        math::exp2(-age / float(self.params.penalty_half_life.get()))
    }
}

impl Model for Apriori<'_> {
    const PAIRS: bool = true;

    fn hop(&self, from: NodeId, to: NodeId, amount: u64, capacity: impl Fn() -> u64) -> f64 {
        let amount = Msat(amount);
        let untried = self.node(from, amount, Msat(capacity()));
        if !self.known.has(from) {
            return untried;
        }
        self.pair(self.beliefs.pair(from, to), untried, amount)
    }

    fn likeliest_from(&self, from: NodeId) -> f64 {
        if self.known.has(from) { self.likeliest() } else { self.params.apriori_hop_probability }
    }

    fn likeliest(&self) -> f64 {
        let untried = self.params.apriori_hop_probability;
        if self.beliefs.is_empty() {
            untried
        } else {
            untried.max(self.params.previous_success_probability)
        }
    }

    fn own(&self, to: NodeId) -> f64 {
        let prior = self.params.previous_success_probability;
        if !self.known.has(self.payer) {
            return prior;
        }
        // lnd asks for the largest amount here, so that any failure counts.
        self.pair(self.beliefs.pair(self.payer, to), prior, Msat::MAX)
    }

    fn weight(&self, amount: u64, fee: u64, delta: u16) -> f64 {
        let locked = u64::from(delta) * self.params.risk_factor_billionths;
        float(fee) + float(share(amount, locked, 1_000_000_000).unwrap_or(u64::MAX))
    }

    fn distance(&self, weight: f64, probability: f64) -> u64 {
        floor(weight + self.attempt_cost / probability)
    }

    fn tie(&self, probability: f64) -> u64 {
        // Higher first; the bits of positive floats are in the order of their values.
        !probability.to_bits()
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
    if distance < -40.0 {
        // exp(40) is above 2^54, so the quotient is lost in the rounding of 1 - quotient.
        return 1.0;
    }
    1.0 - (1.0 - MIN_CAPACITY_FACTOR) / (1.0 + math::exp(-distance))
}

#[expect(clippy::cast_precision_loss, reason = "money below 2^53 msat (90,000 BTC) is exact")]
const fn float(integer: u64) -> f64 {
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
    use crate::network::Policy;
    use crate::routing::testing::{Graph, channels, policy, shown};

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);
    const HOUR: SimTime = SimTime(3_600_000_000_000);
    const BIG: u64 = 100_000_000_000;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-6
    }

    /// Evaluates `ask` on a model whose payer is A, one hour after the start.
    fn model<T>(beliefs: &Beliefs, ask: impl FnOnce(&Apriori<'_>) -> T) -> T {
        let mut known = Known::default();
        known.set(3, beliefs.sources());
        let params = &LndParams::default();
        let attempt_cost = Lnd { params: *params }.attempt_cost(Msat(0));
        ask(&Apriori { params, beliefs, known: &known, payer: A, now: HOUR, attempt_cost })
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
        assert_eq!((1.0 - 0.5 / (1.0 + math::exp(40.0))).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn an_unknown_hop_has_the_prior_and_an_own_one_the_success_probability() {
        model(&beliefs(), |model| {
            assert!(close(model.hop(B, C, 1_000, || BIG), 0.6));
            assert!(close(model.own(B), 0.95));
        });
    }

    #[test]
    fn a_success_counts_up_to_its_amount_and_lifts_the_node() {
        let mut beliefs = beliefs();
        beliefs.success(B, C, Msat(5_000), SimTime::ZERO);
        model(&beliefs, |model| {
            assert!(close(model.hop(B, C, 5_000, || BIG), 0.95));
            assert!(close(model.hop(B, C, 5_001, || BIG), 0.6));
            // Another pair of the same node: (0.6 * 1 + 0.95) / 2.
            assert!(close(model.hop(B, A, 5_000, || BIG), 0.775));
        });
    }

    #[test]
    fn a_failure_fades_with_its_half_life() {
        let mut beliefs = beliefs();
        beliefs.failure(B, C, Msat(5_000), SimTime::ZERO);
        model(&beliefs, |model| {
            // One half-life later the node counts 0.6 / (1 + 0.5) and the pair half of that.
            assert!(close(model.hop(B, C, 5_000, || BIG), 0.4 * 0.5));
            assert!(close(model.hop(B, A, 5_000, || BIG), 0.4));
            assert!(close(model.hop(B, C, 4_999, || BIG), 0.6));
        });
    }

    #[test]
    fn a_fresh_failure_of_an_own_pair_rules_it_out_for_every_amount() {
        let mut beliefs = beliefs();
        beliefs.failure(A, B, Msat(5_000), HOUR);
        model(&beliefs, |model| assert!(close(model.own(B), 0.0)));
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
            Lnd { params }.attempt_cost(Msat(50_000_999))
        };
        assert!(close(cost(0.0), 150_000.0));
        // 1 / (0.5 - 0.45) - 1 = 19 and 1 / (0.5 + 0.45) - 1 = 1 / 19.
        assert!((cost(1.0) - 19.0 * 150_000.0).abs() < 1e-3);
        assert!((cost(-1.0) - 150_000.0 / 19.0).abs() < 1e-3);
    }

    fn lnd() -> Lnd {
        Lnd { params: LndParams::default() }
    }

    #[test]
    fn both_routes_of_bolt_7_have_their_amounts() {
        let graph = Graph::new(4)
            .edge(0, 1, policy(100, 1_000, 10))
            .edge(1, 3, policy(200, 2_000, 20))
            .edge(0, 2, policy(100, 1_000, 10))
            .edge(2, 3, policy(400, 4_000, 40))
            .ask(|query| (query.amount, query.final_cltv) = (Msat(4_999_999), 60));
        let mut own = graph.own();
        let route = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(shown(&route), [(0, 5_010_198, 80), (1, 4_999_999, 60)]);
        own.remove(0);
        let route = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(shown(&route), [(2, 5_020_398, 100), (3, 4_999_999, 60)]);
    }

    #[test]
    fn parallel_channels_count_as_the_dearest_with_the_largest_delta() {
        let small = Policy { htlc_maximum: Msat(999_999), ..policy(9_000, 0, 99) };
        let graph = Graph::new(3)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(10, 0, 70))
            .edge(1, 2, policy(20, 0, 30))
            .edge(1, 2, policy(20, 0, 30))
            .edge(1, 2, small);
        let route = graph.route(&lnd()).unwrap();
        assert_eq!(shown(&route), [(0, 1_000_020, 88), (2, 1_000_000, 18)]);
    }

    #[test]
    fn of_its_own_channels_the_payer_takes_the_one_with_most_to_spend() {
        let graph = Graph::new(2).edge(0, 1, policy(0, 0, 0)).edge(0, 1, policy(0, 0, 0)).edge(
            0,
            1,
            policy(0, 0, 0),
        );
        let mut own = graph.own();
        own[0].spendable = Msat(999_999);
        assert_eq!(channels(&graph.route_with(&lnd(), &own).unwrap()), [1]);
        own[2].spendable = Msat(1_000_000_001);
        own[1].spendable = Msat(1_000_000_000);
        let capped = graph.route_with(&lnd(), &own).unwrap();
        assert_eq!(channels(&capped), [1], "what exceeds the capacity does not count");
    }

    #[test]
    fn a_short_dear_route_beats_a_long_cheap_one_by_the_attempt_cost() {
        // At node 1: 101,000 / 0.6 = 168,333.3 plus the fee against 101,000 / 0.36 = 280,555.6. At a
        // fee of 112,222 both are 280,555 after truncation, and the higher probability wins.
        let fee = |dear| {
            let graph = Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(0, 0, 0))
                .edge(2, 3, policy(0, 0, 0))
                .edge(1, 3, policy(dear, 0, 0));
            graph.route(&lnd()).unwrap().fee().get()
        };
        assert_eq!((fee(112_222), fee(112_223)), (112_222, 0));
    }

    #[test]
    fn a_failed_pair_is_avoided_until_the_memory_fades() {
        let mut graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 3, policy(0, 0, 0))
            .edge(0, 2, policy(0, 0, 0))
            .edge(2, 3, policy(40_000, 0, 0));
        assert_eq!(channels(&graph.route(&lnd()).unwrap()), [0, 1]);
        graph.beliefs.failure(NodeId(1), NodeId(3), Msat(1_000_000), SimTime::ZERO);
        graph.query.now = SimTime(60_000_000_000);
        assert_eq!(channels(&graph.route(&lnd()).unwrap()), [2, 3]);
        let smaller = Graph { query: Query { amount: Msat(999_999), ..graph.query }, ..graph };
        assert_eq!(channels(&smaller.route(&lnd()).unwrap()), [0, 1]);
        let day =
            Query { now: SimTime(24 * HOUR.nanos()), amount: Msat(1_000_000), ..smaller.query };
        let later = Graph { query: day, ..smaller };
        assert_eq!(channels(&later.route(&lnd()).unwrap()), [0, 1]);
    }

    #[test]
    fn routes_below_the_smallest_probability_are_not_considered() {
        // 0.95 * 0.6^8 = 0.016, 0.95 * 0.6^9 = 0.0096.
        let line = |nodes: u32| {
            let empty = Graph::new(nodes);
            (1..nodes).fold(empty, |graph, node| graph.edge(node - 1, node, policy(0, 0, 0)))
        };
        assert_eq!(line(10).route(&lnd()).unwrap().hops.len(), 9);
        assert_eq!(line(11).route(&lnd()), Err(NoRoute::None));
    }

    #[test]
    fn limits_bind_and_are_told_apart() {
        let answer = |change: fn(&mut Query)| {
            let graph = Graph::new(3)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(1_000, 0, 40))
                .ask(change);
            graph.route(&lnd()).map(|route| route.fee().get())
        };
        assert_eq!(answer(|query| query.fee_limit = Msat(1_000)), Ok(1_000));
        assert_eq!(answer(|query| query.fee_limit = Msat(999)), Err(NoRoute::FeeLimit));
        assert_eq!(answer(|query| query.cltv_limit = 58), Ok(1_000));
        assert_eq!(answer(|query| query.cltv_limit = 57), Err(NoRoute::None));
        assert_eq!(answer(|query| query.max_hops = 2), Ok(1_000));
        assert_eq!(answer(|query| query.max_hops = 1), Err(NoRoute::None));
        let rich = |query: &mut Query| query.amount = Msat(1_000_000_001);
        assert_eq!(answer(rich), Err(NoRoute::InsufficientFunds));
    }
}
