//! Background demand: a fluid of gas and a stream of blobs, each with the most that it would pay.
//!
//! Fresh demand arrives in every slot, also in a missed one. It is spread over [`LEVELS`] limit prices,
//! the quantiles of a lognormal distribution; its volume varies as an Ornstein–Uhlenbeck process in the
//! logarithm. What a block does not take waits and gives up at a constant rate. Under EIP-1559 this
//! makes a demand curve of which the base fee finds the point where half the limit is taken.
//!
//! Simplified: background transactions have no size (gas is a fluid), and a blob is one transaction. The
//! blob fee is burnt, so proposers take blobs in the order of their tips, like all transactions; whoever
//! would pay more for blobs also tips more, the same share of the price of gas as other transactions.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fork::Fork;
use crate::chain::ethereum::params::Background;
use crate::engine::{Draws, Seeds};
use crate::math;
use crate::units::{Gas, GasPrice, SimDuration};

/// Limit prices among which demand is spread evenly.
const LEVELS: u32 = 128;

/// Blobs that may wait; beyond it the cheapest go.
const MOST_BLOBS: usize = 4_096;

/// Background demand that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BackgroundDemand {
    params: Background,
    /// Slots of patience, at least 1.
    patience: u64,
    /// Correlation of the logarithm of demand between two slots.
    persistence: f64,
    gas: Draws,
    blobs: Draws,
    /// Logarithm of demand over its mean.
    log_volume: f64,
    /// Limit prices, ascending.
    prices: Vec<GasPrice>,
    /// Gas that waits at each price.
    waiting: Vec<u64>,
    /// Blobs that wait, by tip ascending.
    blobs_waiting: Vec<BackgroundBlob>,
}

/// A background transaction with one blob. Ordered by tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct BackgroundBlob {
    /// Offered to the proposer per gas.
    tip: GasPrice,
    /// Most that it would pay per blob gas.
    limit: GasPrice,
    /// The slot in which it gives up.
    until: u64,
}

impl BackgroundDemand {
    /// Background demand with nothing waiting.
    pub(super) fn new(params: Background, slot: SimDuration, seeds: Seeds) -> Self {
        let quantile =
            |level: u32| math::inverse_normal((f64::from(level) + 0.5) / f64::from(LEVELS));
        let prices = (0..LEVELS)
            .map(|level| lognormal(params.median_price, params.sigma, quantile(level)))
            .collect();
        let slots = |span: SimDuration| span.as_secs_f64() / slot.as_secs_f64();
        Self {
            patience: (params.patience.get() / slot.get()).max(1),
            persistence: math::exp(-1.0 / slots(params.correlation).max(1e-9)),
            gas: seeds.draws("chain.ethereum.gas"),
            blobs: seeds.draws("chain.ethereum.blobs"),
            log_volume: 0.0,
            prices,
            waiting: vec![0; LEVELS as usize],
            blobs_waiting: Vec::new(),
            params,
        }
    }

    /// A slot begins: some give up, others come.
    pub(super) fn arrive(&mut self, slot: u64, gas_limit: Gas, fork: Fork) {
        for gas in &mut self.waiting {
            *gas -= gas.div_ceil(self.patience);
        }
        self.blobs_waiting.retain(|blob| blob.until > slot);
        if self.params.gas_share > 0.0 {
            self.fresh_gas(slot, gas_limit);
        }
        if self.params.blob_share > 0.0 {
            self.fresh_blobs(slot, fork);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a drawn volume becomes whole gas"
    )]
    fn fresh_gas(&mut self, slot: u64, gas_limit: Gas) {
        let Background { gas_share, volatility, .. } = self.params;
        let shock = self.gas.at(0, slot).normal();
        let kept = self.persistence;
        self.log_volume = kept * self.log_volume + (1.0 - kept * kept).sqrt() * volatility * shock;
        // The second term makes the mean of the lognormal volume the share asked for.
        let volume = math::exp(self.log_volume - volatility * volatility / 2.0);
        let per_level = gas_share * volume * gas_limit.0 as f64 / f64::from(LEVELS);
        for gas in &mut self.waiting {
            *gas = gas.saturating_add(per_level as u64);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of blobs are small")]
    fn fresh_blobs(&mut self, slot: u64, fork: Fork) {
        let Background { blob_share, blob_median_price, blob_sigma, .. } = self.params;
        let Background { median_price, sigma, .. } = self.params;
        let mut draws = self.blobs.at(0, slot);
        let mean = blob_share * fork.blobs().target_blob_count as f64;
        let count = poisson(mean, draws.unit());
        // Stratified: one draw places all, so that their number does not move later draws.
        let offset = draws.unit();
        for blob in 0..count {
            let quantile = (f64::from(blob) + offset) / f64::from(count);
            let normal = math::inverse_normal(quantile);
            let limit = lognormal(blob_median_price, blob_sigma, normal);
            let tip = self.offered(lognormal(median_price, sigma, normal));
            self.blobs_waiting.push(BackgroundBlob { tip, limit, until: slot + self.patience });
        }
        self.blobs_waiting.sort_unstable();
        let surplus = self.blobs_waiting.len().saturating_sub(MOST_BLOBS);
        self.blobs_waiting.drain(..surplus);
    }

    /// The highest level that waits and can pay the base fee, from `below` downwards; its tip.
    pub(super) fn best(&self, below: usize, base_fee: GasPrice) -> Option<(usize, GasPrice)> {
        let level = (0..below).rev().find(|level| self.waiting[*level] > 0)?;
        let price = self.prices[level];
        (price >= base_fee).then(|| (level, self.tip(price, base_fee)))
    }

    /// What a transaction with this limit gives the proposer.
    fn tip(&self, limit: GasPrice, base_fee: GasPrice) -> GasPrice {
        self.offered(limit).min(limit.saturating_sub(base_fee))
    }

    /// What it offers at most.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a price"
    )]
    fn offered(&self, limit: GasPrice) -> GasPrice {
        GasPrice((limit.0 as f64 * self.params.tip_share) as u64)
    }

    /// Takes at most `room` gas of a level into a block.
    pub(super) fn take(&mut self, level: usize, room: Gas) -> Gas {
        let taken = self.waiting[level].min(room.0);
        self.waiting[level] -= taken;
        Gas(taken)
    }

    /// Price levels.
    pub(super) const fn levels(&self) -> usize {
        self.prices.len()
    }

    /// Blobs that can pay the blob fee and tip more than `tip`.
    pub(super) fn blobs_above(&self, tip: GasPrice, blob_fee: GasPrice) -> u64 {
        let first = self.blobs_waiting.partition_point(|blob| blob.tip <= tip);
        let above = self.blobs_waiting[first..].iter();
        above.filter(|blob| blob.limit >= blob_fee).count() as u64
    }

    /// Takes the blobs with the highest tips among those that can pay the blob fee, at most `room`.
    pub(super) fn take_blobs(&mut self, room: u64, blob_fee: GasPrice) -> u64 {
        let mut taken = 0;
        let mut place = self.blobs_waiting.len();
        while place > 0 && taken < room {
            place -= 1;
            if self.blobs_waiting[place].limit >= blob_fee {
                self.blobs_waiting.remove(place);
                taken += 1;
            }
        }
        taken
    }

    /// Gas that would pay this base fee and waits.
    pub(super) fn willing_gas(&self, base_fee: GasPrice) -> Gas {
        let first = self.prices.partition_point(|price| *price < base_fee);
        Gas(self.waiting[first..].iter().sum())
    }

    /// Blobs that would pay this fee and wait.
    pub(super) fn willing_blobs(&self, blob_fee: GasPrice) -> u64 {
        self.blobs_waiting.iter().filter(|blob| blob.limit >= blob_fee).count() as u64
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a drawn price becomes whole wei; the cast saturates"
)]
fn lognormal(median: GasPrice, sigma: f64, normal: f64) -> GasPrice {
    GasPrice((median.0 as f64 * math::exp(sigma * normal)) as u64)
}

/// A Poisson number by inversion of one uniform draw.
fn poisson(mean: f64, unit: f64) -> u32 {
    /// Far beyond every mean that a blob count can have.
    const MOST: u32 = 10_000;
    let mut probability = math::exp(-mean);
    let (mut sum, mut count) = (probability, 0);
    while unit > sum && count < MOST {
        count += 1;
        probability *= mean / f64::from(count);
        sum += probability;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        let n = 20_000;
        let draw = |k: u32| f64::from(poisson(7.0, (f64::from(k) + 0.5) / f64::from(n)));
        let mean = (0..n).map(draw).sum::<f64>() / f64::from(n);
        let square = (0..n).map(|k| (draw(k) - 7.0) * (draw(k) - 7.0)).sum::<f64>() / f64::from(n);
        assert!((mean - 7.0).abs() < 0.01 && (square - 7.0).abs() < 0.05, "{mean} {square}");
    }

    #[test]
    fn demand_waits_is_taken_from_the_top_and_gives_up() {
        let params = Background { volatility: 0.0, ..Background::default() };
        let mut background =
            BackgroundDemand::new(params, SimDuration::from_secs(12), Seeds::new(1, 0));
        background.arrive(1, Gas(128_000), Fork::Bpo2);
        assert_eq!(background.willing_gas(GasPrice(0)), Gas(128_000));
        assert_eq!(background.willing_gas(GasPrice::GWEI), Gas(64_000), "half is above the median");
        let (level, _) =
            background.best(background.levels(), GasPrice::GWEI).expect("half would pay");
        assert_eq!(level, 127);
        assert_eq!(background.take(level, Gas(600)), Gas(600));
        assert_eq!(background.take(level, Gas(600)), Gas(400));
        let before = background.willing_gas(GasPrice(0));
        background.params.gas_share = 0.0;
        background.arrive(2, Gas(128_000), Fork::Bpo2);
        let gone = before - background.willing_gas(GasPrice(0));
        assert_eq!(gone, Gas(127 * 40), "a 25th of each level");
    }

    #[test]
    fn no_background_leaves_nothing() {
        let none = Background::none();
        let mut background =
            BackgroundDemand::new(none, SimDuration::from_secs(12), Seeds::new(1, 0));
        background.arrive(1, Gas(60_000_000), Fork::Bpo2);
        assert_eq!(background.best(background.levels(), GasPrice(0)), None);
        assert_eq!(background.take_blobs(9, GasPrice(0)), 0);
    }
}
