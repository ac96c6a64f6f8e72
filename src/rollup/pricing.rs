//! What a payment is quoted: its expected cost and a margin, corrected so that fees keep up with costs.
//!
//! Every batch needs the same kinds of transactions ([`Stage`]). What a batch's share of each takes in gas
//! and blobs is learnt from receipts and priced at the market of the moment, so the quote follows the batches
//! that come, transactions shared among batches included. Before the first receipt stands what the operator
//! expects of the demand that it is built for.
//!
//! A quote is made before the size of its batch and the base fee of its transactions are known. So the operator keeps
//! an account of what all batches cost, the open one included, and of what fees have brought. Each payment is quoted
//! what is still missing over the number of payments that are to come before the batch is closed, one standard
//! deviation less than expected, so that little is left when fewer come. What is left goes to the next batch, as
//! with Arbitrum's L1 costs.
//!
//! What is possible: the margin over an hour is off by what is open at its two ends. That is a part of a batch, so
//! about one part in as many as there are batches in an hour, where payments are rarer than batches are old; and what
//! base fees move between a quote and the transactions that it pays for. The ZK-rollup sends those within a minute.
//! The optimistic one asserts once in an hour, at a base fee that no quote can know (`due`): in a market that moves,
//! its margin over an hour that does not end with an assertion is off by as much as the base fee moved.

use serde::{Deserialize, Serialize};

use crate::chain::ethereum::{Market, blob_cost};
use crate::math;
use crate::prices::Prices;
use crate::units::{GasPrice, Msat, SimDuration, SimTime};

/// A quote is at most this factor away from the mean cost of a payment, in either direction.
const MOST_CORRECTION: f64 = 4.0;
/// Weight of the last batch in the means.
const LAST: f64 = 0.1;
/// Time in which a base fee comes back to its mean by all but a part of e. An assumption, that of the default demand
/// (`ethereum.background.correlation`).
const REVERSION_S: f64 = 600.0;
/// Blocks over which the mean base fee is taken: those of a day.
const MEAN_BLOCKS: f64 = 7_200.0;

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
    /// Operations in a batch, and seconds from one to the next.
    pub(super) size: f64,
    pub(super) every_s: f64,
    /// Most operations in a batch.
    pub(super) most: f64,
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
    /// Mean operations of a batch, and mean seconds from one to the next.
    size: f64,
    every_s: f64,
    /// Most operations in a batch.
    most: f64,
    /// Mean base fee in wei, and the blocks behind it.
    base_fee: f64,
    blocks: f64,
    /// Where transactions of the second stage are due once a period: when the next one is.
    pub(super) due: Option<SimTime>,
    /// What that stage takes of gas in a second, and the seconds that the next transaction is to be paid for.
    gas_per_s: f64,
    due_for_s: f64,
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OpenFees {
    pub(super) operations: u64,
    pub(super) fees: Msat,
    /// Seconds until it is closed for its age.
    pub(super) left_s: f64,
    /// Seconds from a quote to the execution of the payment, at most.
    pub(super) answer_s: f64,
}

impl Pricing {
    pub(super) fn new(margin: f64, tip: GasPrice, prior: &Prior) -> Self {
        Self {
            margin,
            tip,
            stages: prior.shares.map(|share| Learnt { share, charged: 0 }),
            size: prior.size.max(1.0),
            every_s: prior.every_s,
            most: prior.most,
            base_fee: 0.0,
            blocks: 0.0,
            due: None,
            gas_per_s: prior.shares[Stage::Prove as usize].gas / prior.every_s,
            due_for_s: 0.0,
            sealed: 0,
            operations: 0,
            fees: Msat::ZERO,
            paid_usd: 0.0,
            proving_usd: prior.proving_usd,
            proven: 0,
        }
    }

    /// A block was found with this base fee.
    #[expect(clippy::cast_precision_loss, reason = "a mean for the quote")]
    pub(super) fn block(&mut self, base_fee: GasPrice) {
        self.blocks = (self.blocks + 1.0).min(MEAN_BLOCKS);
        self.base_fee += (base_fee.0 as f64 - self.base_fee) / self.blocks;
    }

    /// A batch was closed, so long after the one before.
    #[expect(clippy::cast_precision_loss, reason = "means for the quote")]
    pub(super) fn sealed(&mut self, operations: u64, fees: Msat, period: SimDuration) {
        self.sealed += 1;
        self.operations += operations;
        self.fees += fees;
        // The first batches count fully: nothing but a guess stands against them.
        let weight = LAST.max(1.0 / (self.sealed as f64 + 1.0));
        self.size += weight * (operations as f64 - self.size);
        self.every_s += weight * (period.as_secs_f64() - self.every_s);
        self.due_for_s += period.as_secs_f64();
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

    /// A transaction that is due once a period was paid for: its batches stand for so many seconds, each of which
    /// takes so much gas.
    pub(super) fn paid_by_time(&mut self, served_s: f64, gas_per_s: f64, usd: f64) {
        self.paid_usd += usd;
        self.due_for_s = (self.due_for_s - served_s).max(0.0);
        self.gas_per_s = gas_per_s;
    }

    /// Proving was paid for; so many operations are proven by it.
    pub(super) fn proved(&mut self, usd: f64, operations: u64) {
        self.paid_usd += usd;
        self.proven += operations;
    }

    /// The fee of the next payment.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fee is whole millisatoshis, rounded up; the cast saturates"
    )]
    pub(super) fn quote(
        &self,
        market: &Market,
        prices: &Prices,
        open: OpenFees,
        now: SimTime,
    ) -> Msat {
        let batch = self.batch_usd(market, prices, now);
        let base = (batch.iter().sum::<f64>() / self.size + self.proving_usd) * (1.0 + self.margin);
        let missing = self.missing_usd(batch, prices, open);
        let to_come = self.to_come(open);
        // What payments under way will bring is not in the account yet, and may be for the next batch.
        let in_flight = open.answer_s / self.every_s.max(f64::MIN_POSITIVE) * self.size;
        let beyond = (in_flight - to_come).max(0.0);
        let spread = (to_come - to_come.sqrt()).max(in_flight).max(0.0);
        let usd = (missing + beyond * base) / (1.0 + spread);
        let usd = usd.clamp(base / MOST_CORRECTION, base * MOST_CORRECTION);
        Msat((usd / prices.btc_usd * 1e11).ceil() as u64)
    }

    /// Operations expected in the open batch after the next one.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn to_come(&self, open: OpenFees) -> f64 {
        let room = (self.most - open.operations as f64 - 1.0).max(0.0);
        let by_age = open.left_s.max(0.0) / self.every_s.max(f64::MIN_POSITIVE) * self.size;
        by_age.min(room)
    }

    /// What fees lack of all costs and the margin, those of the open batch and of the next operation included.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn missing_usd(&self, batch: [f64; 3], prices: &Prices, open: OpenFees) -> f64 {
        let unpaid = |stage: usize| {
            if self.is_timed(stage) {
                return self.due_for_s / self.every_s;
            }
            self.sealed.saturating_sub(self.stages[stage].charged) as f64
        };
        let on_chain: f64 = (0..3).map(|stage| (unpaid(stage) + 1.0) * batch[stage]).sum();
        let unproven = self.operations.saturating_sub(self.proven) + open.operations;
        let to_prove = unproven as f64 + 1.0 + self.to_come(open);
        let costs = self.paid_usd + on_chain + to_prove * self.proving_usd;
        costs * (1.0 + self.margin) - prices.msat_in_usd(self.fees + open.fees)
    }

    /// What a batch costs in each stage.
    fn batch_usd(&self, market: &Market, prices: &Prices, now: SimTime) -> [f64; 3] {
        let cost = |stage: usize| {
            let (share, ahead) = match self.due.filter(|_| self.is_timed(stage)) {
                Some(due) => {
                    let gas = self.gas_per_s * self.every_s;
                    (Share { gas, blobs: 0.0 }, due.since(now))
                }
                None => (self.stages[stage].share, SimDuration::ZERO),
            };
            self.share_usd(share, market, prices, ahead)
        };
        [0, 1, 2].map(cost)
    }

    /// Whether a stage is paid for by time and not by the batch.
    const fn is_timed(&self, stage: usize) -> bool {
        self.due.is_some() && stage == Stage::Prove as usize
    }

    /// The expected cost of gas and blobs that are paid for so far ahead: base fees come back to their mean.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn share_usd(&self, share: Share, market: &Market, prices: &Prices, ahead: SimDuration) -> f64 {
        let now = market.base_fee.0 as f64;
        let mean = if self.blocks > 0.0 { self.base_fee } else { now };
        let kept = math::exp(-ahead.as_secs_f64() / REVERSION_S);
        let gas = (mean + kept * (now - mean) + self.tip.0 as f64) * 1e-18;
        let blob = blob_cost(market.blob_fee(), 1).as_eth_f64();
        (share.gas * gas + share.blobs * blob) * prices.eth_usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ethereum::Fork;
    use crate::units::Gas;

    const AGE_S: f64 = 60.0;

    /// Fees over costs when these numbers of payments come within the age of each batch, evenly, where as many
    /// come as were expected: `guess`. A batch costs 100,000 gas.
    fn margin(guess: f64, sizes: impl Iterator<Item = u64>) -> f64 {
        let market = Market::first(Fork::Bpo2, Gas(60_000_000), GasPrice::GWEI);
        let prices = Prices::default();
        let share = Share { gas: 100_000.0, blobs: 0.0 };
        let shares = [share, Share::default(), Share::default()];
        let prior = Prior { size: guess, every_s: AGE_S, most: 1e4, shares, proving_usd: 0.0 };
        let mut pricing = Pricing::new(0.1, GasPrice(0), &prior);
        let usd = pricing.share_usd(share, &market, &prices, SimDuration::ZERO);
        let (mut earned, mut cost) = (Msat::ZERO, 0.0);
        for size in sizes {
            let mut fees = Msat::ZERO;
            for operations in 0..size {
                #[expect(clippy::cast_precision_loss, reason = "a few payments")]
                let left_s = AGE_S * (1.0 - operations as f64 / size as f64);
                let open = OpenFees { operations, fees, left_s, answer_s: 0.0 };
                fees += pricing.quote(&market, &prices, open, SimTime::ZERO);
            }
            pricing.sealed(size, fees, SimDuration::from_secs_f64(AGE_S));
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
            assert!((kept - 0.1).abs() < 0.01, "{size}: {kept}");
        }
        for (few, many) in [(40, 80), (1, 13), (2, 200)] {
            let uneven = margin(60.0, (0..60).map(|k| if k % 2 == 0 { few } else { many }));
            assert!((uneven - 0.1).abs() < 0.02, "{few} and {many}: {uneven}");
        }
    }

    #[test]
    fn a_wrong_guess_is_made_up_for() {
        for guess in [1.0, 10.0, 1_000.0] {
            let kept = margin(guess, (0..60).map(|_| 61));
            assert!((kept - 0.1).abs() < 0.02, "{guess}: {kept}");
        }
    }

    #[test]
    fn what_is_paid_for_later_is_expected_nearer_to_the_mean_base_fee() {
        let mut pricing = Pricing::new(
            0.1,
            GasPrice(0),
            &Prior {
                size: 1.0,
                every_s: 60.0,
                most: 1e4,
                shares: [Share::default(); 3],
                proving_usd: 0.0,
            },
        );
        // Blocks at 1 and 3 gwei: 2 in the mean; the next one asks for 6.
        for gwei in [1, 3] {
            pricing.block(GasPrice(gwei * GasPrice::GWEI.0));
        }
        let market = Market::first(Fork::Bpo2, Gas(60_000_000), GasPrice(6 * GasPrice::GWEI.0));
        let prices = Prices { eth_usd: 1_000.0, ..Prices::default() };
        let million = Share { gas: 1e6, blobs: 0.0 };
        // A million gas at 1 gwei are $1 at $1,000 an ether.
        let usd =
            |ahead| pricing.share_usd(million, &market, &prices, SimDuration::from_secs_f64(ahead));
        assert!((usd(0.0) - 6.0).abs() < 1e-9);
        assert!((usd(REVERSION_S * std::f64::consts::LN_2) - 4.0).abs() < 1e-6);
        assert!((usd(REVERSION_S * 40.0) - 2.0).abs() < 1e-6);
    }
}
