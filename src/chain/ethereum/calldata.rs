//! What a transaction's data costs: calldata gas (EIP-2028, EIP-7623) and blobs (EIP-4844).

use alloy_eips::eip4844::{FIELD_ELEMENT_BYTES, FIELD_ELEMENTS_PER_BLOB};
use alloy_eips::eip7623::{
    NON_ZERO_BYTE_MULTIPLIER, STANDARD_TOKEN_COST, tokens_in_calldata, transaction_floor_cost,
};
use serde::{Deserialize, Serialize};

use crate::chain::ethereum::fork::Fork;
use crate::units::Gas;

/// Gas of every transaction before it does anything (yellow paper, `G_transaction`).
pub const TRANSACTION_GAS: Gas = Gas(21_000);

/// Gas to check one value of a blob against its commitment (EIP-4844, point evaluation precompile).
pub const POINT_EVALUATION_GAS: Gas = Gas(50_000);

/// Bytes that fit a blob when each field element carries 31 of its 32: values must stay below the
/// field's modulus (EIP-4844).
pub const USABLE_BYTES_PER_BLOB: u64 = FIELD_ELEMENTS_PER_BLOB * (FIELD_ELEMENT_BYTES - 1);

/// Calldata, as far as its price depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calldata {
    /// Zero bytes.
    pub zeros: u64,
    /// Other bytes.
    pub others: u64,
}

impl Calldata {
    /// Counts the bytes of `data`.
    pub fn of(data: &[u8]) -> Self {
        let (bytes, tokens) = (data.len() as u64, tokens_in_calldata(data));
        let others = (tokens - bytes) / (NON_ZERO_BYTE_MULTIPLIER - 1);
        Self { zeros: bytes - others, others }
    }

    /// Its length.
    pub const fn bytes(self) -> u64 {
        self.zeros + self.others
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { zeros: self.zeros + other.zeros, others: self.others + other.others }
    }

    const fn tokens(self) -> u64 {
        self.zeros + self.others * NON_ZERO_BYTE_MULTIPLIER
    }

    /// Gas of a transaction that carries it and spends `execution` on top: from Pectra on
    /// `21,000 + max(4 * tokens + execution, 10 * tokens)` (EIP-7623), before it the first term alone.
    pub fn transaction_gas(self, execution: Gas, fork: Fork) -> Gas {
        let standard = TRANSACTION_GAS + Gas(STANDARD_TOKEN_COST * self.tokens()) + execution;
        if fork.has_calldata_floor() {
            standard.max(Gas(transaction_floor_cost(self.tokens())))
        } else {
            standard
        }
    }
}

/// Blobs that hold so many bytes.
pub const fn blobs_for(bytes: u64) -> u64 {
    bytes.div_ceil(USABLE_BYTES_PER_BLOB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_binds_for_a_transaction_that_does_little_with_its_data() {
        // 1,000 payments of 12 non-zero bytes: 48,000 tokens (EIP-7623).
        let data = Calldata::of(&[7; 12_000]);
        assert_eq!(data, Calldata { zeros: 0, others: 12_000 });
        let gas = |execution, fork| data.transaction_gas(Gas(execution), fork).0;
        assert_eq!(gas(0, Fork::Prague), 21_000 + 480_000);
        assert_eq!(gas(287_999, Fork::Bpo2), 21_000 + 480_000);
        assert_eq!(gas(288_001, Fork::Bpo2), 21_000 + 192_000 + 288_001);
        assert_eq!(gas(0, Fork::Cancun), 21_000 + 192_000);
    }

    #[test]
    fn zero_bytes_cost_a_quarter() {
        let data = Calldata::of(&[0, 0, 0, 1]);
        assert_eq!(data, Calldata { zeros: 3, others: 1 });
        assert_eq!(data.transaction_gas(Gas(0), Fork::Cancun), Gas(21_000 + 3 * 4 + 16));
        assert_eq!(data.transaction_gas(Gas(0), Fork::Prague), Gas(21_000 + 7 * 10));
        assert_eq!(data.and(data).bytes(), 8);
    }

    #[test]
    fn a_blob_holds_126_976_bytes() {
        assert_eq!(USABLE_BYTES_PER_BLOB, 126_976);
        assert_eq!([0, 1, 126_976, 126_977].map(blobs_for), [0, 1, 1, 2]);
    }
}
