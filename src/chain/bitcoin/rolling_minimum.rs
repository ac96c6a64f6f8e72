//! The minimum feerate that an overflowing mempool raises, and how it falls again (Bitcoin Core's
//! `CTxMemPool::GetMinFee`).
//!
//! It stands until the next block and halves from then on: within 12 hours, within 6 when the mempool is below
//! half of its limit, within 3 when it is below a quarter.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::params::Relay;
use crate::chain::bitcoin::rate::Rate;
use crate::math;
use crate::units::{FeeRate, SimDuration, SimTime, Weight};

/// `ROLLING_FEE_HALFLIFE`.
const HALF_LIFE: SimDuration = SimDuration::from_secs(12 * 3_600);

/// The minimum feerate that an overflowing mempool has raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RollingMinimum {
    /// Satoshis per 1,000 weight units, at `since`.
    rate: f64,
    since: SimTime,
    /// Whether a block was found since it was raised.
    falls: bool,
}

impl RollingMinimum {
    /// What it has fallen to by `now` while so much waited; nothing below half of the incremental feerate.
    fn at(&self, now: SimTime, waiting: Weight, relay: &Relay) -> f64 {
        if self.rate <= 0.0 || !self.falls {
            return self.rate;
        }
        let limit = relay.mempool_weight.0;
        let times = match waiting.0 {
            waiting if waiting < limit / 4 => 4.0,
            waiting if waiting < limit / 2 => 2.0,
            _ => 1.0,
        };
        let halves = times * now.since(self.since).as_secs_f64() / HALF_LIFE.as_secs_f64();
        let rate = self.rate * math::exp2(-halves);
        if rate < f64::from(relay.incremental_feerate.0) / 2.0 { 0.0 } else { rate }
    }

    /// Time passes; `waiting` is what waited since the last call.
    pub(super) fn pass(&mut self, now: SimTime, waiting: Weight, relay: &Relay) {
        self.rate = self.at(now, waiting, relay);
        self.since = now;
    }

    /// Something at this feerate was evicted.
    pub(super) fn raise(&mut self, evicted: Rate, relay: &Relay) {
        let to = evicted.to_feerate().0.saturating_add(relay.incremental_feerate.0);
        if f64::from(to) > self.rate {
            (self.rate, self.falls) = (f64::from(to), false);
        }
    }

    /// A block was found: the minimum begins to fall.
    pub(super) const fn block_found(&mut self) {
        self.falls = true;
    }

    /// The lowest feerate that is relayed now.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn minimum(&self, now: SimTime, waiting: Weight, relay: &Relay) -> FeeRate {
        FeeRate(self.at(now, waiting, relay) as u32).max(relay.minimum_feerate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELAY: Relay = Relay {
        minimum_feerate: FeeRate(25),
        incremental_feerate: FeeRate(25),
        mempool_weight: Weight(1_000),
        package_count: 25,
        package_weight: Weight(404_000),
    };

    fn after_hours(hours: u64, waiting: u64, block: bool) -> u32 {
        let mut minimum = RollingMinimum::default();
        minimum.raise(Rate::from_feerate(FeeRate(1_575)), &RELAY);
        if block {
            minimum.block_found();
        }
        let now = SimTime::ZERO + SimDuration::from_secs(hours * 3_600);
        minimum.minimum(now, Weight(waiting), &RELAY).0
    }

    #[test]
    fn it_halves_in_12_6_or_3_hours_by_what_waits() {
        assert_eq!(after_hours(12, 500, true), 800);
        assert_eq!(after_hours(12, 499, true), 400);
        assert_eq!(after_hours(12, 250, true), 400);
        assert_eq!(after_hours(12, 249, true), 100);
    }

    #[test]
    fn it_stands_until_a_block_is_found_and_ends_at_half_the_increment() {
        assert_eq!(after_hours(12, 249, false), 1_600);
        // 1,600 / 2^7 = 12.5 is the half; a moment later nothing is left but the relay minimum.
        assert_eq!(after_hours(22, 249, true), 25);
    }

    #[test]
    fn each_stretch_of_time_counts_with_what_waited_in_it() {
        let mut minimum = RollingMinimum::default();
        minimum.raise(Rate::from_feerate(FeeRate(1_575)), &RELAY);
        minimum.block_found();
        let at = |hours: u64| SimTime::ZERO + SimDuration::from_secs(hours * 3_600);
        minimum.pass(at(12), Weight(900), &RELAY);
        minimum.pass(at(15), Weight(100), &RELAY);
        assert_eq!(minimum.minimum(at(15), Weight(100), &RELAY), FeeRate(400));
    }
}
