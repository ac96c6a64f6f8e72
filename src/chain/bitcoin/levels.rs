//! How much weight waits at which feerate: a histogram that is kept up to date.
//!
//! Bounds lie 1/16 apart from one power of two to the next, so that an estimate is at most 6 % off.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::rate::Rate;
use crate::units::{FeeRate, Weight};

/// Steps per doubling, as a power of two.
const STEPS_LOG2: u32 = 4;
/// Levels for all 32-bit feerates.
const LEVELS: usize = ((32 - STEPS_LOG2 as usize) << STEPS_LOG2) + (1 << STEPS_LOG2);

/// Weight by level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FeerateHistogram {
    weights: Vec<u64>,
}

impl Default for FeerateHistogram {
    fn default() -> Self {
        Self { weights: vec![0; LEVELS] }
    }
}

impl FeerateHistogram {
    pub(super) fn add(&mut self, rate: Rate, weight: Weight) {
        self.weights[level(rate.to_feerate())] += weight.0;
    }

    pub(super) fn remove(&mut self, rate: Rate, weight: Weight) {
        self.weights[level(rate.to_feerate())] -= weight.0;
    }

    /// The lowest bound above which at most `room` waits; 0 when all of it fits.
    pub(super) fn clearing(&self, room: Weight) -> FeeRate {
        let mut waiting = 0;
        for (level, weight) in self.weights.iter().enumerate().rev() {
            waiting += weight;
            if waiting > room.0 {
                return bound(level + 1);
            }
        }
        FeeRate(0)
    }
}

fn level(feerate: FeeRate) -> usize {
    let rate = feerate.0;
    if rate < 1 << STEPS_LOG2 {
        return rate as usize;
    }
    let doubling = rate.ilog2() - STEPS_LOG2;
    let step = (rate >> doubling) - (1 << STEPS_LOG2);
    (((doubling + 1) << STEPS_LOG2) + step) as usize
}

/// The lowest feerate of a level.
fn bound(level: usize) -> FeeRate {
    let level = u64::try_from(level).expect("there are few levels");
    let (doubling, step) = (level >> STEPS_LOG2, level & ((1 << STEPS_LOG2) - 1));
    let rate = match doubling.checked_sub(1) {
        None => step,
        Some(doubling) => ((1 << STEPS_LOG2) + step) << doubling,
    };
    FeeRate(u32::try_from(rate).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_begins_at_its_bound_and_is_at_most_a_sixteenth_wide() {
        for rate in [0, 1, 15, 16, 17, 31, 32, 33, 250, 2_499, 2_500, 1_000_000, u32::MAX] {
            let at = level(FeeRate(rate));
            assert!(at < LEVELS);
            let low = bound(at).0;
            assert!(low <= rate && rate - low <= low / 16, "{rate} in a level from {low}");
        }
    }

    #[test]
    fn the_clearing_rate_lies_just_above_what_does_not_fit() {
        let mut levels = FeerateHistogram::default();
        for (feerate, weight) in [(100, 10), (200, 10), (300, 10)] {
            levels.add(Rate::from_feerate(FeeRate(feerate)), Weight(weight));
        }
        assert_eq!(levels.clearing(Weight(30)), FeeRate(0));
        let above_200 = levels.clearing(Weight(15)).0;
        assert!((201..=212).contains(&above_200), "{above_200}");
        levels.remove(Rate::from_feerate(FeeRate(300)), Weight(10));
        assert!((100..=106).contains(&levels.clearing(Weight(15)).0));
    }
}
