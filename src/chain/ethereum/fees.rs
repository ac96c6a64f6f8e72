//! The header fields from which the next block's prices follow: EIP-1559, EIP-4844, EIP-7918.
//!
//! All formulas are called from `alloy-eips`, in the integers of the specification; this module decides
//! which of them holds in which block. The prices of a block are fixed by its parent. In the first block
//! of a fork the new parameters hold already (EIP-7892).

use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee, calculate_block_gas_limit};
use alloy_eips::eip4844::DATA_GAS_PER_BLOB;
use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fork::Fork;
use crate::math;
use crate::units::{Gas, GasPrice, Wei};

/// Market and limits of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// The rules of the block.
    pub fork: Fork,
    /// Most gas in the block.
    pub gas_limit: Gas,
    /// Burnt per gas.
    pub base_fee: GasPrice,
    /// `excess_blob_gas` of the header.
    excess_blob_gas: u64,
    /// Burnt per blob gas: it follows from the excess, by a series that takes long where blobs are dear.
    blob_fee: GasPrice,
}

impl Market {
    fn new(fork: Fork, gas_limit: Gas, base_fee: GasPrice, excess_blob_gas: u64) -> Self {
        let blob_fee = fork.blobs().calc_blob_fee(excess_blob_gas);
        let blob_fee = GasPrice(u64::try_from(blob_fee).unwrap_or(u64::MAX));
        Self { fork, gas_limit, base_fee, excess_blob_gas, blob_fee }
    }

    /// Market of the first block. With a reserve price (EIP-7918) the blob fee begins there, else at
    /// 1 wei: a chain that has run for long is at one or the other unless blobs are scarce.
    pub fn first(fork: Fork, gas_limit: Gas, base_fee: GasPrice) -> Self {
        let blobs = fork.blobs();
        let reserve = base_fee.0.saturating_mul(blobs.blob_base_cost) / DATA_GAS_PER_BLOB;
        let excess_blob_gas = excess_for(reserve, blobs.update_fraction);
        Self::new(fork, gas_limit, base_fee, excess_blob_gas)
    }

    /// Market of the next block after this one has used so much.
    #[must_use]
    pub fn next(&self, fork: Fork, gas_used: Gas, blobs_used: u64, limit_target: Gas) -> Self {
        let base_fee = calc_next_block_base_fee(
            gas_used.0,
            self.gas_limit.0,
            self.base_fee.0,
            BaseFeeParams::ethereum(),
        );
        // With a base cost of 0 the same formula is that of EIP-4844.
        let excess_blob_gas = fork.blobs().next_block_excess_blob_gas_osaka(
            self.excess_blob_gas,
            blobs_used * DATA_GAS_PER_BLOB,
            self.base_fee.0,
        );
        let gas_limit = Gas(calculate_block_gas_limit(self.gas_limit.0, limit_target.0));
        Self::new(fork, gas_limit, GasPrice(base_fee), excess_blob_gas)
    }

    /// Burnt per blob gas.
    pub const fn blob_fee(&self) -> GasPrice {
        self.blob_fee
    }

    /// Most blobs in the block.
    pub const fn max_blobs(&self) -> u64 {
        self.fork.blobs().max_blob_count
    }
}

/// What so many blobs cost at this price per blob gas.
pub fn blob_cost(price: GasPrice, blobs: u64) -> Wei {
    price.of(Gas(blobs * DATA_GAS_PER_BLOB))
}

/// The excess at which a blob gas costs about `price` wei.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a starting point; the chain itself goes on in integers"
)]
fn excess_for(price: u64, update_fraction: u128) -> u64 {
    if price <= 1 { 0 } else { (update_fraction as f64 * math::ln(price as f64)) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Gas = Gas(60_000_000);

    fn after(base_fee: u64, gas_used: u64) -> u64 {
        let prices = Market::new(Fork::Bpo2, LIMIT, GasPrice(base_fee), 0);
        prices.next(Fork::Bpo2, Gas(gas_used), 0, LIMIT).base_fee.0
    }

    #[test]
    fn the_base_fee_follows_the_integers_of_eip_1559() {
        // By hand from the specification, with a target of 30,000,000.
        for (base, used, next) in [
            (1_000_000_000, 30_000_000, 1_000_000_000),
            (1_000_000_000, 60_000_000, 1_125_000_000),
            (1_000_000_000, 0, 875_000_000),
            (1_000_000_000, 31_000_000, 1_004_166_666),
            (1_000_000_000, 29_000_000, 995_833_334),
            (7, 60_000_000, 8), // at least 1 wei upwards
            (7, 0, 7),          // 7/8 rounds to nothing downwards
            (100, 30_000_001, 101),
        ] {
            assert_eq!(after(base, used), next, "{base} {used}");
        }
    }

    #[test]
    fn the_vectors_of_eip_1559_in_geth_hold() {
        // consensus/misc/eip1559/eip1559_test.go: limit 20,000,000.
        for (base, used, next) in [
            (1_000_000_000, 10_000_000, 1_000_000_000),
            (1_000_000_000, 9_000_000, 987_500_000),
            (1_000_000_000, 11_000_000, 1_012_500_000),
        ] {
            let prices = Market::new(Fork::Cancun, Gas(20_000_000), GasPrice(base), 0);
            let found = prices.next(Fork::Cancun, Gas(used), 0, LIMIT).base_fee.0;
            assert_eq!(found, next);
        }
    }

    /// `fake_exponential` of EIP-4844 written again, with another order of operations.
    fn fake_exponential(factor: u128, numerator: u128, denominator: u128) -> u128 {
        let (mut sum, mut term, mut i) = (0, factor * denominator, 1);
        while term > 0 {
            sum += term;
            term = term * numerator / (denominator * i);
            i += 1;
        }
        sum / denominator
    }

    #[test]
    fn the_blob_fee_is_the_fake_exponential_of_the_excess() {
        for fork in Fork::ALL {
            for excess in [0, 131_072, 2_314_057, 2_314_058, 10_485_760, 50_000_000, 100_000_000] {
                let prices = Market::new(fork, LIMIT, GasPrice(0), excess);
                let fraction = fork.blobs().update_fraction;
                let expected = fake_exponential(1, u128::from(excess), fraction);
                assert_eq!(u128::from(prices.blob_fee().0), expected, "{fork:?} {excess}");
            }
        }
        // Vectors of geth's eip4844_test.go for Cancun.
        let fee = |excess_blob_gas| {
            let base_fee = GasPrice(0);
            Market::new(Fork::Cancun, LIMIT, base_fee, excess_blob_gas).blob_fee().0
        };
        let vectors = [0, 2_314_057, 2_314_058, 10 * 1_024 * 1_024].map(fee);
        assert_eq!(vectors, [1, 1, 2, 23]);
    }

    const BLOB: u64 = 131_072;

    #[test]
    fn excess_blob_gas_follows_eip_4844_and_eip_7918() {
        let excess = |fork: Fork, excess_blob_gas, blobs, base_fee| {
            let prices = Market::new(fork, LIMIT, GasPrice(base_fee), excess_blob_gas);
            prices.next(fork, Gas(30_000_000), blobs, LIMIT).excess_blob_gas
        };
        // EIP-4844: max(0, excess + used - target).
        assert_eq!(excess(Fork::Cancun, 0, 6, 1_000_000_000), 3 * BLOB);
        assert_eq!(excess(Fork::Cancun, BLOB, 1, 1_000_000_000), 0);
        assert_eq!(excess(Fork::Prague, 10 * BLOB, 9, 1_000_000_000), 13 * BLOB);
        // EIP-7918, blob fee 1 wei far below base fee / 16: excess + used * (max - target) / max.
        assert_eq!(excess(Fork::Osaka, 10 * BLOB, 9, 1_000_000_000), 13 * BLOB);
        assert_eq!(excess(Fork::Osaka, 10 * BLOB, 3, 1_000_000_000), 11 * BLOB);
        assert_eq!(excess(Fork::Osaka, 0, 5, 1_000_000_000), 0);
        // Base fee 16 wei or less: the reserve is 1 wei, and the rule of EIP-4844 is left.
        assert_eq!(excess(Fork::Osaka, 10 * BLOB, 3, 16), 7 * BLOB);
        assert_eq!(excess(Fork::Osaka, 10 * BLOB, 3, 17), 11 * BLOB);
        assert_eq!(excess(Fork::Bpo2, 100 * BLOB, 21, 16), 107 * BLOB);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    fn full_and_empty_blocks_move_the_blob_fee_by_8_2_and_14_5_percent() {
        for (fork, up, down) in [
            (Fork::Cancun, 1.125, 0.889),
            (Fork::Prague, 1.082, 0.855),
            (Fork::Osaka, 1.082, 0.855),
            (Fork::Bpo1, 1.082, 0.855),
            (Fork::Bpo2, 1.082, 0.855),
        ] {
            let excess = excess_for(10_000_000_000, fork.blobs().update_fraction);
            let start = Market::new(fork, LIMIT, GasPrice(1_000_000_000), excess);
            let fee = start.blob_fee().0 as f64;
            let full = start.next(fork, Gas(0), fork.blobs().max_blob_count, LIMIT).blob_fee();
            let empty = start.next(fork, Gas(0), 0, LIMIT).blob_fee();
            assert!((full.0 as f64 / fee - up).abs() < 6e-4, "{fork:?} {}", full.0 as f64 / fee);
            assert!((empty.0 as f64 / fee - down).abs() < 6e-4, "{fork:?}");
        }
    }

    #[test]
    fn the_blob_fee_starts_at_its_reserve() {
        let first = Market::first(Fork::Bpo2, LIMIT, GasPrice::GWEI);
        let fee = first.blob_fee().0;
        assert!((61_000_000..64_000_000).contains(&fee), "1/16 gwei, but {fee}");
        assert_eq!(Market::first(Fork::Prague, LIMIT, GasPrice::GWEI).blob_fee().0, 1);
    }

    #[test]
    fn the_gas_limit_moves_by_less_than_1_in_1024() {
        let mut prices = Market::first(Fork::Prague, Gas(36_000_000), GasPrice::GWEI);
        prices = prices.next(Fork::Prague, Gas(0), 0, LIMIT);
        assert_eq!(prices.gas_limit, Gas(36_000_000 + 36_000_000 / 1_024 - 1));
    }
}
