//! Feerates: fees and weights of a package as one number that can be ordered.
//!
//! Where a fee is set for a weight, the `bitcoin` crate does it, rounding up. For ordering, [`Rate`]
//! keeps 24 binary digits below a satoshi per weight unit; what still ties is ordered by arrival.

use serde::{Deserialize, Serialize};

use crate::units::{FeeRate, Sat, Weight};

/// Satoshis per weight unit times 2^24, rounded down.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Rate(pub u64);

const BINARY_DIGITS: u32 = 24;

impl Rate {
    /// What is paid per weight unit.
    pub fn of(fee: Sat, weight: Weight) -> Self {
        debug_assert!(weight.0 > 0, "every transaction has a weight");
        let rate = (u128::from(fee.0) << BINARY_DIGITS) / u128::from(weight.0);
        Self(u64::try_from(rate).unwrap_or(u64::MAX))
    }

    /// The same rate as a feerate, rounded down. One is added for what [`Self::of`] dropped, so that
    /// a whole feerate comes back as itself.
    pub fn to_feerate(self) -> FeeRate {
        let per_kw = ((u128::from(self.0) + 1) * 1_000) >> BINARY_DIGITS;
        FeeRate(u32::try_from(per_kw).unwrap_or(u32::MAX))
    }

    /// A feerate as a rate, rounded down.
    pub fn from_feerate(feerate: FeeRate) -> Self {
        Self((u64::from(feerate.0) << BINARY_DIGITS) / 1_000)
    }
}

/// The fee for `weight` at a feerate, rounded up to whole satoshis: what a wallet bids.
pub fn fee_for(feerate: FeeRate, weight: Weight) -> Sat {
    let rate = bitcoin::FeeRate::from_sat_per_kwu(u64::from(feerate.0));
    let fee = rate.fee_wu(bitcoin::Weight::from_wu(weight.0));
    Sat(fee.expect("weights and 32-bit feerates stay far below the supply").to_sat())
}

/// A feerate in satoshis per 1,000 virtual bytes, as reports show it: 1 sat/kw = 4 sat/kvB.
pub const fn per_kvb(feerate: FeeRate) -> u64 {
    feerate.0 as u64 * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bid_rounds_up_and_its_rate_is_never_below_the_feerate() {
        assert_eq!(fee_for(FeeRate(253), Weight(562)), Sat(143), "142.186 rounded up");
        assert_eq!(fee_for(FeeRate(250), Weight(400)), Sat(100));
        for (feerate, weight) in [(25, 437), (253, 562), (2_501, 83_800)] {
            let fee = fee_for(FeeRate(feerate), Weight(weight));
            assert!(Rate::of(fee, Weight(weight)) >= Rate::from_feerate(FeeRate(feerate)));
        }
    }

    #[test]
    fn rates_order_as_the_exact_fractions_do() {
        let rate = |fee, weight| Rate::of(Sat(fee), Weight(weight));
        assert!(rate(1_001, 4_000) > rate(1_000, 4_000));
        assert_eq!(rate(1_000, 4_000), rate(500, 2_000));
        assert_eq!(rate(1_000, 4_000).to_feerate(), FeeRate(250));
        assert_eq!(rate(40, 400).to_feerate(), FeeRate(100));
        assert_eq!(Rate::from_feerate(FeeRate(7)).to_feerate(), FeeRate(7));
        assert_eq!(rate(u64::from(u32::MAX), 1_000).to_feerate(), FeeRate(u32::MAX));
        assert_eq!(rate(1_999, 4_000).to_feerate(), FeeRate(499), "499.75");
        assert_eq!(per_kvb(FeeRate(250)), 1_000, "1 sat/vB");
    }
}
