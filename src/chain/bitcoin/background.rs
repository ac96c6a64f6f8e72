//! Background transactions: the demand for block space of all users outside of the simulation.
//!
//! Arrivals are a Poisson process, bids are lognormal around a median, weights are those of a few
//! ordinary shapes. Each of the three has a stream of its own and unit-exponential gaps are divided by
//! the rate: a higher load is the same transactions, denser. Arrivals are generated lazily, when the
//! mempool is read or a block is found, always in the order of their times.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::params::{Background, Phase};
use crate::chain::bitcoin::rate::Rate;
use crate::chain::bitcoin::weights::wallet_transaction;
use crate::engine::{Seeds, Source};
use crate::math;
use crate::units::{FeeRate, Sat, SimDuration, SimTime, Weight};

/// A background transaction before it joins the mempool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) at: SimTime,
    pub(super) weight: u32,
    pub(super) fee: Sat,
}

/// P2WPKH inputs, outputs, and the share of all transactions that have so many. The mean weight is
/// about 1,500 WU, which makes 4.4 transactions a second fill the blocks (River, August 2023).
const SHAPES: [(usize, usize, f64); 5] =
    [(1, 2, 0.45), (2, 2, 0.20), (1, 1, 0.05), (10, 1, 0.18), (1, 35, 0.12)];

/// The process of arrivals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BackgroundDemand {
    params: Background,
    /// Weights of the shapes.
    weights: Vec<u32>,
    mean_weight: f64,
    block_weight: f64,
    block_interval: SimDuration,
    gaps: Source,
    shapes: Source,
    bids: Source,
    /// The next arrival, if there is one.
    next: Option<SimTime>,
}

impl BackgroundDemand {
    pub(super) fn new(
        params: Background,
        block_weight: Weight,
        block_interval: SimDuration,
        seeds: Seeds,
    ) -> Self {
        let weights: Vec<u32> = SHAPES
            .iter()
            .map(|&(inputs, outputs, _)| {
                u32::try_from(wallet_transaction(inputs, outputs).0).expect("shapes are small")
            })
            .collect();
        let shares = SHAPES.iter().map(|shape| shape.2);
        let mean_weight = weights.iter().zip(shares).map(|(&w, s)| f64::from(w) * s).sum();
        let mut background = Self {
            params,
            weights,
            mean_weight,
            block_weight: as_float(block_weight.0),
            block_interval,
            gaps: seeds.stream("bitcoin.background.gaps"),
            shapes: seeds.stream("bitcoin.background.shapes"),
            bids: seeds.stream("bitcoin.background.bids"),
            next: None,
        };
        background.next = background.after(SimTime::ZERO);
        background
    }

    /// The backlog at the start: so many blocks' worth of transactions with bids from the cheaper half.
    pub(super) fn backlog(&mut self, seeds: Seeds) -> Vec<Arrival> {
        let mut draws = seeds.stream("bitcoin.background.backlog");
        let Some(phase) = self.phase(SimTime::ZERO) else { return Vec::new() };
        let mut left = self.params.backlog_blocks * self.block_weight;
        let mut waiting = Vec::new();
        while left > 0.0 {
            let weight = self.weights[shape(draws.unit())];
            let z = math::inverse_normal(draws.unit() / 2.0);
            waiting.push(self.arrival(SimTime::ZERO, phase.median_feerate, weight, z));
            left -= f64::from(weight);
        }
        waiting
    }

    /// The next arrival at or before `now`.
    pub(super) fn arrive(&mut self, now: SimTime) -> Option<Arrival> {
        let at = self.next.filter(|&at| at <= now)?;
        self.next = self.after(at);
        let median = self.phase(at).map_or(FeeRate(0), |phase| phase.median_feerate);
        let weight = self.weights[shape(self.shapes.unit())];
        let z = self.bids.normal();
        Some(self.arrival(at, median, weight, z))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    fn arrival(&self, at: SimTime, median: FeeRate, weight: u32, z: f64) -> Arrival {
        let feerate = f64::from(median.0) * math::exp(self.params.sigma * z);
        let fee = (feerate * f64::from(weight) / 1_000.0 + 0.5).min(1e15) as u64;
        Arrival { at, weight, fee: Sat(fee) }
    }

    /// The phase that holds at `at`.
    fn phase(&self, at: SimTime) -> Option<Phase> {
        let begun = self.params.phases.partition_point(|phase| phase.from <= at);
        begun.checked_sub(1).map(|place| self.params.phases[place])
    }

    /// The arrival after one at `from`: a unit-exponential gap, spread over the rates of the phases.
    fn after(&mut self, from: SimTime) -> Option<SimTime> {
        if self.params.phases.is_empty() {
            return None;
        }
        let mut gap = self.gaps.exponential();
        let mut at = from;
        loop {
            let ends = self.params.phases.iter().map(|phase| phase.from).find(|&end| end > at);
            let load = self.phase(at).map_or(0.0, |phase| phase.load);
            let rate =
                load * self.block_weight / (self.mean_weight * self.block_interval.as_secs_f64());
            let Some(end) = ends else {
                return (rate > 0.0).then(|| at + SimDuration::from_secs_f64(gap / rate));
            };
            let room = end.since(at).as_secs_f64() * rate;
            if gap < room {
                return Some(at + SimDuration::from_secs_f64(gap / rate));
            }
            gap -= room;
            at = end;
        }
    }
}

/// The shape at place `unit` of the shares laid end to end.
fn shape(unit: f64) -> usize {
    let mut end = 0.0;
    let place = SHAPES.iter().position(|shape| {
        end += shape.2;
        unit < end
    });
    // The shares sum up to 1 but for rounding.
    place.unwrap_or(SHAPES.len() - 1)
}

impl Arrival {
    pub(super) fn rate(&self) -> Rate {
        Rate::of(self.fee, Weight(u64::from(self.weight)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "weights of blocks are exact in an f64")]
const fn as_float(weight: u64) -> f64 {
    weight as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn background(phases: Vec<Phase>) -> BackgroundDemand {
        let background = Background { phases, trace: None, sigma: 0.9, backlog_blocks: 2.0 };
        let interval = SimDuration::from_secs(600);
        BackgroundDemand::new(background, Weight(4_000_000), interval, Seeds::new(1, 0))
    }

    fn phase(from: u64, load: f64, median_feerate: u32) -> Phase {
        let median_feerate = FeeRate(median_feerate);
        Phase { from: SimTime(from * 1_000_000_000), load, median_feerate }
    }

    #[test]
    fn full_blocks_are_the_4_4_transactions_a_second_of_2023() {
        let background = background(vec![phase(0, 1.0, 2_000)]);
        let per_second = background.block_weight / background.mean_weight / 600.0;
        assert!((per_second - 4.4).abs() < 0.1, "{per_second}");
    }

    #[test]
    fn load_and_bids_follow_the_phases() {
        let mut background = background(vec![phase(0, 0.5, 1_000), phase(600_000, 1.5, 8_000)]);
        let (mut weights, mut bids) = ([0.0; 2], [Vec::new(), Vec::new()]);
        while let Some(arrival) = background.arrive(SimTime(1_200_000 * 1_000_000_000)) {
            let second = usize::from(arrival.at >= SimTime(600_000 * 1_000_000_000));
            weights[second] += f64::from(arrival.weight);
            bids[second].push(arrival.rate().to_feerate().0);
        }
        // 1,000 blocks' worth of time each; the standard error of the weight is about 0.3 %.
        assert!((weights[0] / 4e9 - 0.5).abs() < 0.01, "{}", weights[0] / 4e9);
        assert!((weights[1] / 4e9 - 1.5).abs() < 0.02, "{}", weights[1] / 4e9);
        for (bids, median) in bids.iter_mut().zip([1_000.0, 8_000.0]) {
            bids.sort_unstable();
            let middle = f64::from(bids[bids.len() / 2]);
            assert!((middle / median - 1.0).abs() < 0.02, "{middle} around {median}");
        }
    }

    #[test]
    fn a_higher_load_is_the_same_transactions_denser() {
        let all = |load| {
            let mut background = background(vec![phase(0, load, 2_000)]);
            let mut list = Vec::new();
            while list.len() < 1_000 {
                list.extend(background.arrive(SimTime::NEVER).map(|a| (a.weight, a.fee)));
            }
            list
        };
        assert_eq!(all(0.4), all(1.2));
    }

    #[test]
    fn the_backlog_bids_below_the_median() {
        let mut background = background(vec![phase(0, 1.0, 2_000)]);
        let backlog = background.backlog(Seeds::new(1, 0));
        let weight: f64 = backlog.iter().map(|a| f64::from(a.weight)).sum();
        assert!((8e6..8.01e6).contains(&weight));
        assert!(backlog.iter().all(|a| a.rate().to_feerate().0 <= 2_001));
    }
}
