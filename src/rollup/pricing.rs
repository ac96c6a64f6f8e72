//! What a payment is quoted: its expected cost and a margin, corrected so that fees keep up with costs.
//!
//! Every batch needs the same kinds of transactions ([`Stage`]). What a batch's share of each takes in gas
//! and blobs is learnt from receipts and priced at the market of the moment, so the quote follows the batches
//! that come, transactions shared among batches included. Before the first receipt stands what the operator
//! expects of the demand that it is built for.
//!
//! A quote is made before the size of its batch and the base fee of its transactions are known. What fees
//! have brought too little or too much is spread over the payments of the next [`HORIZON`] batches, as
//! Arbitrum does with its L1 costs, so that the margin holds over an hour and not only in the mean.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Market, blob_cost};
use crate::prices::Prices;
use crate::units::{Gas, GasPrice, Msat, Wei};

/// Batches over which a deficit is made up for: few, so that little is left open after an hour. At an age of 60 s,
/// two minutes.
const HORIZON: f64 = 2.0;
/// The correction moves a quote by at most this factor in either direction.
const MOST_CORRECTION: f64 = 4.0;
/// Weight of the last batch in the means.
const LAST: f64 = 0.1;

/// A kind of transaction that every batch has a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Posts the data.
    Commit,
    /// Brings the proof; of optimistic rollups: asserts the root.
    Prove,
    /// Pays out.
    Execute,
}

/// What a batch's share of a transaction takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) gas: f64,
    pub(super) blobs: f64,
}

/// What is expected before the first batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prior {
    /// Operations in a batch.
    pub(super) size: f64,
    /// By stage.
    pub(super) shares: [Share; 3],
    /// Proving an operation, in US dollars.
    pub(super) proving_usd: f64,
}

/// A batch's share in one stage, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Learnt {
    share: Share,
    /// Batches with a receipt.
    charged: u64,
}

/// Costs and fees so far, and what is expected of the next batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pricing {
    margin: f64,
    tip: GasPrice,
    stages: [Learnt; 3],
    /// Mean operations of a batch.
    size: f64,
    /// Batches closed, their operations and fees.
    sealed: u64,
    operations: u64,
    fees: Msat,
    /// Paid on the chain and for proofs, in US dollars.
    paid_usd: f64,
    proving_usd: f64,
    /// Operations whose proof is paid.
    proven: u64,
}

/// The open batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenFees {
    pub(super) operations: u64,
    pub(super) fees: Msat,
}

impl Pricing {
    pub(super) fn new(margin: f64, tip: GasPrice, prior: &Prior) -> Self {
        Self {
            margin,
            tip,
            stages: prior.shares.map(|share| Learnt { share, charged: 0 }),
            size: prior.size.max(1.0),
            sealed: 0,
            operations: 0,
            fees: Msat::ZERO,
            paid_usd: 0.0,
            proving_usd: prior.proving_usd,
            proven: 0,
        }
    }

    /// A batch was closed.
    #[expect(clippy::cast_precision_loss, reason = "a mean for the quote")]
    pub(super) fn sealed(&mut self, operations: u64, fees: Msat) {
        self.sealed += 1;
        self.operations += operations;
        self.fees += fees;
        // The first batches count fully: nothing but a guess stands against them.
        let weight = LAST.max(1.0 / (self.sealed as f64 + 1.0));
        self.size += weight * (operations as f64 - self.size);
    }

    /// A transaction that serves so many batches was paid for. `failed`: it will be sent again.
    #[expect(clippy::cast_precision_loss, reason = "means for the quote")]
    pub(super) fn paid(
        &mut self,
        stage: Stage,
        batches: u64,
        total: Share,
        usd: f64,
        failed: bool,
    ) {
        self.paid_usd += usd;
        if failed {
            return;
        }
        let learnt = &mut self.stages[stage as usize];
        let of = batches.max(1) as f64;
        let weight = if learnt.charged == 0 { 1.0 } else { LAST };
        learnt.share.gas += weight * (total.gas / of - learnt.share.gas);
        learnt.share.blobs += weight * (total.blobs / of - learnt.share.blobs);
        learnt.charged += batches;
    }

    /// Proving was paid for; so many operations are proven by it.
    pub(super) fn proved(&mut self, usd: f64, operations: u64) {
        self.paid_usd += usd;
        self.proven += operations;
    }

    /// The fee of the next payments.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fee is whole millisatoshis, rounded up; the cast saturates"
    )]
    pub(super) fn quote(&self, market: &Market, prices: &Prices, open: OpenFees) -> Msat {
        let usd = self.quote_usd(market, prices, open);
        Msat((usd / prices.btc_usd * 1e11).ceil() as u64)
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn quote_usd(&self, market: &Market, prices: &Prices, open: OpenFees) -> f64 {
        let cost = |learnt: &Learnt| self.share_usd(learnt.share, market, prices);
        let batch: f64 = self.stages.iter().map(cost).sum();
        let base = (batch / self.size + self.proving_usd) * (1.0 + self.margin);
        let to_come = |learnt: &Learnt| self.sealed.saturating_sub(learnt.charged) as f64;
        let pending: f64 = self.stages.iter().map(|stage| to_come(stage) * cost(stage)).sum();
        let unproven = self.operations.saturating_sub(self.proven) + open.operations;
        let begun = (open.operations as f64 / self.size).min(1.0) * batch;
        let costs = self.paid_usd + pending + begun + unproven as f64 * self.proving_usd;
        let earned = prices.msat_in_usd(self.fees + open.fees);
        let correction = (costs * (1.0 + self.margin) - earned) / (self.size * HORIZON);
        (base + correction).clamp(base / MOST_CORRECTION, base * MOST_CORRECTION)
    }

    fn share_usd(&self, share: Share, market: &Market, prices: &Prices) -> f64 {
        let eth = |wei: Wei| wei.as_eth_f64();
        let gas = eth(market.base_fee.saturating_add(self.tip).of(Gas(1)));
        let blob = eth(blob_cost(market.blob_fee(), 1));
        (share.gas * gas + share.blobs * blob) * prices.eth_usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ethereum::Fork;

    /// Fees over costs when batches of `sizes` come, each of which costs 100,000 gas.
    fn margin(prior_size: f64, sizes: impl Iterator<Item = u64>) -> f64 {
        let market = Market::first(Fork::Bpo2, Gas(60_000_000), GasPrice::GWEI);
        let prices = Prices::default();
        let share = Share { gas: 100_000.0, blobs: 0.0 };
        let shares = [share, Share::default(), Share::default()];
        let prior = Prior { size: prior_size, shares, proving_usd: 0.0 };
        let mut pricing = Pricing::new(0.1, GasPrice(0), &prior);
        let usd = pricing.share_usd(share, &market, &prices);
        let (mut earned, mut cost) = (Msat::ZERO, 0.0);
        for size in sizes {
            let mut fees = Msat::ZERO;
            for operations in 0..size {
                fees += pricing.quote(&market, &prices, OpenFees { operations, fees });
            }
            pricing.sealed(size, fees);
            pricing.paid(Stage::Commit, 1, share, usd, false);
            for stage in [Stage::Prove, Stage::Execute] {
                pricing.paid(stage, 1, Share::default(), 0.0, false);
            }
            earned += fees;
            cost += usd;
        }
        prices.msat_in_usd(earned) / cost - 1.0
    }

    #[test]
    fn the_margin_holds_over_an_hour_of_batches_of_any_size() {
        for (guess, size) in [(1.0, 1), (7.0, 7), (61.0, 61), (1_000.0, 1_000)] {
            let kept = margin(guess, (0..60).map(|_| size));
            assert!((kept - 0.1).abs() < 0.002, "{size}: {kept}");
        }
        let uneven = margin(60.0, (0..60).map(|k| 40 + 40 * (k % 2)));
        assert!((uneven - 0.1).abs() < 0.02, "{uneven}");
    }

    #[test]
    fn a_wrong_guess_is_made_up_for() {
        for guess in [10.0, 1_000.0] {
            let kept = margin(guess, (0..60).map(|_| 61));
            assert!((kept - 0.1).abs() < 0.02, "{guess}: {kept}");
        }
    }
}
