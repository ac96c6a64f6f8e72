//! CLoTH's sender: its clone of lnd 0.9/0.10, quirks included, undefined behaviour excluded.
//!
//! Facts (CLoTH at commit `e0e4043`): `src/routing.c`, `src/htlc.c`. What differs from lnd:
//! parallel channels are not merged; there is no capacity factor, no cost per amount and no fee
//! limit; cost of locked time is not rounded per hop; the search counts 40 blocks at the payee and
//! allows 2,056 in all and 27 channels, so these replace the limits of the query. Quirks kept:
//! - A: the rule about a pair is asked for the largest amount, so that a success never makes a pair
//!   likelier and a failure counts against every amount;
//! - B: the half-life meant as one hour is 24 minutes;
//! - at equal distances the less likely node is expanded first.
//!
//! Not kept: a record made by a failure has an undefined success amount there, zero here (quirk C);
//! full ties are by node, not by the history of a heap. CLoTH knows no `htlc_maximum_msat`: here it
//! binds, and is the capacity on CLoTH's own files.

use crate::ids::NodeId;
use crate::math;
use crate::routing::beliefs::{Beliefs, Sums};
use crate::routing::primitives::Known;
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::router::Router;
use crate::routing::scratch::Scratch;
use crate::routing::single_label::{Limits, Model, SingleLabelSearch};
use crate::units::{Msat, SimTime};

/// `APRIORIHOPPROBABILITY`.
const APRIORI: f64 = 0.6;
/// `PREVSUCCESSPROBABILITY`.
const PREVIOUS_SUCCESS: f64 = 0.95;
/// `PAYMENTATTEMPTPENALTY`, msat.
const ATTEMPT_COST: f64 = 100_000.0;
/// `RISKFACTOR`, per 10^9 msat and block.
const RISK_FACTOR: f64 = 15.0;
/// What `millisec_to_hour` makes of one hour: quirk B.
const HALF_LIFE_MS: f64 = 1_440_000.0;
/// Below this a path has no distance (`get_probability_based_dist`).
const MIN_DISTANCE_PROBABILITY: f64 = 0.000_01;

/// `HOPSLIMIT`, checked on the path found only.
const HOPS_LIMIT: usize = 27;
/// `FINALTIMELOCK`: blocks at the payee, as the search counts them.
const FINAL_TIMELOCK: u32 = 40;
/// `TIMELOCKLIMIT`.
const TIMELOCK_LIMIT: u32 = 2_016 + FINAL_TIMELOCK;
/// `PROBABILITYLIMIT`: paths less likely are not considered.
const PROBABILITY_LIMIT: f64 = 0.01;

/// Finds routes as CLoTH does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cloth;

impl Router for Cloth {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.local.begin(knowledge, query)?;
        scratch.known.begin(knowledge.view.node_count(), knowledge.beliefs);
        let mut known = std::mem::take(&mut scratch.known);
        let model = Clone010 {
            beliefs: knowledge.beliefs,
            known: &mut known,
            payer: query.payer,
            now: query.now,
        };
        let limits = Limits {
            amount: u64::MAX,
            final_cltv: FINAL_TIMELOCK,
            cltv: TIMELOCK_LIMIT,
            hops: u8::MAX - 2,
            probability: PROBABILITY_LIMIT,
            reopen: true,
        };
        let ended =
            SingleLabelSearch::new(knowledge, query, scratch, model, limits, u64::MAX).run();
        scratch.known = known;
        let affordable = ended.path
            && scratch.path.len() <= HOPS_LIMIT
            && route.fill(knowledge.view, query, &scratch.path)
            && knowledge.local_channels.iter().any(|own| {
                own.direction == route.hops[0].channel && route.hops[0].amount <= own.spendable
            });
        if !affordable {
            // A label that changed late can ask more of the own channel than the search saw. CLoTH
            // would try and fail at once, without learning anything.
            route.hops.clear();
            return Err(NoRoute::None);
        }
        Ok(())
    }
}

/// CLoTH's cost.
struct Clone010<'a> {
    beliefs: &'a Beliefs,
    known: &'a mut Known,
    payer: NodeId,
    now: SimTime,
}

impl Clone010<'_> {
    fn node(&mut self, from: NodeId, amount: Msat) -> f64 {
        let (beliefs, now, prior) = (self.beliefs, self.now, Sums::new(APRIORI, 1.0));
        let sums = self.known.sums(from, amount, || {
            beliefs.sums(from, amount, prior, PREVIOUS_SUCCESS, |at| freshness(now, at))
        });
        sums.sum / sums.weights
    }

    /// Quirk A: any failure of the pair counts, no success does.
    fn pair(&self, from: NodeId, to: NodeId, untried: f64) -> f64 {
        match self.beliefs.pair(from, to).and_then(|record| record.failure) {
            Some((_, at)) => untried * (1.0 - freshness(self.now, at)),
            None => untried,
        }
    }
}

/// 1 for a failure just now, 1/2 after the half-life.
#[expect(clippy::cast_precision_loss, reason = "ages in milliseconds are below 2^53")]
fn freshness(now: SimTime, failed: SimTime) -> f64 {
    let millis = |at: SimTime| at.nanos() / 1_000_000;
    math::exp2(-((millis(now) - millis(failed)) as f64) / HALF_LIFE_MS)
}

impl Model for Clone010<'_> {
    const PAIRS: bool = false;

    fn hop(&mut self, from: NodeId, to: NodeId, amount: u64, _: impl Fn(u64) -> u64) -> f64 {
        if !self.known.has(from) {
            return APRIORI;
        }
        let untried = self.node(from, Msat(amount));
        self.pair(from, to, untried)
    }

    fn knows(&self, from: NodeId) -> bool {
        self.known.has(from)
    }

    fn untried(&self) -> f64 {
        APRIORI
    }

    fn likeliest(&self) -> f64 {
        if self.beliefs.is_empty() { APRIORI } else { PREVIOUS_SUCCESS }
    }

    fn local(&self, to: NodeId) -> f64 {
        if !self.known.has(self.payer) {
            return PREVIOUS_SUCCESS;
        }
        self.pair(self.payer, to, PREVIOUS_SUCCESS)
    }

    #[expect(clippy::cast_precision_loss, reason = "CLoTH computes in doubles")]
    fn weight(&self, amount: u64, fee: u64, delta: u16) -> f64 {
        amount as f64 * f64::from(delta) * RISK_FACTOR / 1_000_000_000.0 + fee as f64
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "truncation is CLoTH's rule, and the sum is positive"
    )]
    fn distance(&self, weight: f64, probability: f64) -> u64 {
        if probability < MIN_DISTANCE_PROBABILITY {
            return u64::MAX;
        }
        (weight + ATTEMPT_COST / probability) as u64
    }

    #[expect(clippy::cast_precision_loss, reason = "a bound with room for rounding")]
    fn least_likely(&self, distance: u64) -> f64 {
        ATTEMPT_COST / (distance as f64 + 2.0)
    }

    fn tie(&self, probability: f64) -> u64 {
        probability.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::params::ClothParams;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);

    fn minutes(count: u64) -> SimTime {
        SimTime(count * 60_000_000_000)
    }

    /// Probability of B to C for `amount` at minute 24, by a payer A.
    fn probability(beliefs: &Beliefs, amount: u64) -> f64 {
        let mut known = Known::default();
        known.begin(3, beliefs);
        Clone010 { beliefs, known: &mut known, payer: A, now: minutes(24) }.hop(B, C, amount, |_| 1)
    }

    #[test]
    fn the_quirks_of_its_mission_control_are_kept() {
        let close = |left: f64, right: f64| (left - right).abs() < 1e-9;
        let mut beliefs = Beliefs::cloth(&ClothParams::default());
        assert!(close(probability(&beliefs, 10), 0.6));
        beliefs.success(B, C, Msat(10), minutes(0));
        // A success lifts the node, (0.6 + 0.95) / 2, but not the pair to 0.95.
        assert!(close(probability(&beliefs, 10), 0.775));
        beliefs.failure(B, C, Msat(100), minutes(24));
        let mut old = Beliefs::cloth(&ClothParams::default());
        old.failure(B, C, Msat(100), minutes(0));
        // A failure counts against every amount; half of it is forgotten after 24 minutes.
        assert!(close(probability(&beliefs, 10), 0.0));
        assert!(close(probability(&old, 10), 0.6 * 0.5));
        assert!(close(probability(&old, 100), 0.6 / 1.5 * 0.5));
    }
}
