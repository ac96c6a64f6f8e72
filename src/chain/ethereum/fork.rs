//! The forks that changed what blobs cost, and when they happened.
//!
//! Target, maximum and update fraction come from `alloy-eips` (EIP-7840 `BlobParams`), which Ethereum's
//! own Rust nodes use.

use alloy_eips::eip7840::BlobParams;
use serde::{Deserialize, Serialize};

use crate::units::SimTime;

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fork {
    /// Dencun: blobs, target 3 and maximum 6 (EIP-4844).
    Cancun,
    /// Pectra: 6 and 9 (EIP-7691), calldata floor (EIP-7623).
    Prague,
    /// Fusaka: a reserve price for blobs (EIP-7918), 16,777,216 gas per transaction (EIP-7825).
    Osaka,
    /// 10 and 15 blobs (EIP-7892).
    Bpo1,
    /// 14 and 21 blobs (EIP-7892).
    Bpo2,
}

impl Fork {
    /// All of them, in order of time.
    pub const ALL: [Self; 5] = [Self::Cancun, Self::Prague, Self::Osaka, Self::Bpo1, Self::Bpo2];

    /// Activation on mainnet, as Unix time: 13 Mar 2024 13:55:35, 7 May 2025 10:05:11,
    /// 3 Dec 2025 21:49:11, 9 Dec 2025 14:21:11 and 7 Jan 2026 01:01:11 UTC (EIP-7569, EIP-7600,
    /// EIP-7607).
    pub const fn mainnet_unix_s(self) -> u64 {
        match self {
            Self::Cancun => 1_710_338_135,
            Self::Prague => 1_746_612_311,
            Self::Osaka => 1_764_798_551,
            Self::Bpo1 => 1_765_290_071,
            Self::Bpo2 => 1_767_747_671,
        }
    }

    /// Target, maximum, update fraction, reserve price.
    pub const fn blobs(self) -> BlobParams {
        match self {
            Self::Cancun => BlobParams::cancun(),
            Self::Prague => BlobParams::prague(),
            Self::Osaka => BlobParams::osaka(),
            Self::Bpo1 => BlobParams::bpo1(),
            Self::Bpo2 => BlobParams::bpo2(),
        }
    }

    /// Whether calldata has a floor price (EIP-7623, Pectra).
    pub fn has_calldata_floor(self) -> bool {
        self >= Self::Prague
    }

    /// Most gas that one transaction may ask for (EIP-7825, Fusaka).
    pub fn transaction_gas_cap(self) -> Option<u64> {
        (self >= Self::Osaka).then_some(alloy_eips::eip7825::MAX_TX_GAS_LIMIT_OSAKA)
    }
}

/// The rules over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForkSchedule {
    /// The same rules throughout.
    Fixed(Fork),
    /// Mainnet's own schedule; the run starts at this Unix time.
    Mainnet {
        /// Seconds since 1970 at the start of the run.
        start_unix_s: u64,
    },
}

impl ForkSchedule {
    /// The rules at a time of the run. Before Dencun there are no blobs, so a run cannot start there:
    /// the first rules hold then.
    pub fn at(self, now: SimTime) -> Fork {
        match self {
            Self::Fixed(fork) => fork,
            Self::Mainnet { start_unix_s } => {
                let unix = start_unix_s.saturating_add(now.nanos() / 1_000_000_000);
                let active = Fork::ALL.into_iter().rev().find(|f| f.mainnet_unix_s() <= unix);
                active.unwrap_or(Fork::Cancun)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    #[test]
    fn blob_numbers_are_those_of_the_table_of_forks() {
        let table = Fork::ALL.map(|fork| {
            let blobs = fork.blobs();
            (blobs.target_blob_count, blobs.max_blob_count, blobs.update_fraction)
        });
        let expected = [
            (3, 6, 3_338_477),
            (6, 9, 5_007_716),
            (6, 9, 5_007_716),
            (10, 15, 8_346_193),
            (14, 21, 11_684_671),
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn mainnet_changes_its_rules_at_the_second() {
        let start = Fork::Bpo1.mainnet_unix_s() - 10;
        let schedule = ForkSchedule::Mainnet { start_unix_s: start };
        let at = |secs| schedule.at(SimTime::ZERO + SimDuration::from_secs(secs));
        assert_eq!([at(0), at(9), at(10)], [Fork::Osaka, Fork::Osaka, Fork::Bpo1]);
        assert_eq!(at(30 * 86_400), Fork::Bpo2);
        assert!(!Fork::Cancun.has_calldata_floor() && Fork::Prague.has_calldata_floor());
    }
}
