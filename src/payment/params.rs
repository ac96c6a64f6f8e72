//! Parameters of payers and payees.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, MONEY, MONEY_POSITIVE};
use crate::declare::number::{SHARE, Whole, ppm};
use crate::declare::{choices, params};
use crate::units::{Msat, Ppm, SimDuration};

params! {
    /// What a payer is ready to do for a payment. Read from the table of the router chosen.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SendParams: Default {
        /// No new attempt starts later than this after the payment was submitted. Source: lnd, Core
        /// Lightning and CLoTH.
        payment_timeout: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
        /// Most attempts of a payment. Source: lnd has no limit.
        max_attempts: Option<u32> =
            optional(Whole(1..=u32::MAX), "as many as time and routes allow"),
        /// Largest routing fee as a share of the amount, in parts per million. Source: lnd 5 %, LDK 1 %.
        fee_limit: Ppm as "fee_limit_ppm" = or(Ppm(50_000), ppm(u32::MAX)),
        /// The fee may be larger than that share by this. Source: LDK 50 sat, others nothing.
        fee_limit_base: Msat = or(Msat(0), MONEY),
        /// A fee up to this is never too large. Source: Core Lightning 5 sat, eclair 21 sat, others none.
        fee_limit_floor: Msat = or(Msat(0), MONEY),
        /// Up to this amount the fee may be as large as the amount. Source: lnd 1,000 sat, others none.
        fee_limit_exempt: Msat = or(Msat(1_000_000), MONEY),
        /// Largest sum of CLTV deltas on a route, the final one included, in blocks. BOLT 3 reads larger
        /// lock times than allowed here as dates. Source: BOLT 4, lnd.
        cltv_limit: u32 = or(2_016, Whole(1..=499_999_999)),
        /// Largest number of channels on a route. BOLT 4's onion of 1,300 bytes holds at most 27 of its
        /// smallest payloads. Source: BOLT 4's usual onion, Core Lightning's `ROUTING_MAX_HOPS`.
        max_hops: u8 = or(20, Whole(1..=27)),
        /// Most parts of a payment that are under way at once; 1: each payment in one part. Where no route is
        /// found, half of what is left is tried. Source: lnd, `DefaultMaxParts`; others split in ways of their own,
        /// not simulated yet.
        max_parts: u32 = or(16, Whole(1..=MOST_PARTS)),
        /// No part is cut smaller than this. Source: lnd, `DefaultShardMinAmt`, 10,000 sat.
        min_part: Msat = or(Msat(10_000_000), MONEY_POSITIVE),
    }
}

/// Parts beyond which a number is a mistake: all of them cross the payee's channels, each of which has at most 483 slots
/// (BOLT 2).
const MOST_PARTS: u32 = 483;

impl SendParams {
    /// The `fee_limit` of a payer that pays any fee.
    pub const NO_FEE_LIMIT: Ppm = Ppm(u32::MAX);

    /// The largest fee that a payer accepts for this amount.
    pub fn fee_limit_of(&self, amount: Msat) -> Msat {
        if self.fee_limit == Self::NO_FEE_LIMIT {
            return Msat::MAX;
        }
        if amount <= self.fee_limit_exempt {
            return amount;
        }
        let share = self.fee_limit.of(amount).unwrap_or(Msat::MAX);
        share.saturating_add(self.fee_limit_base).max(self.fee_limit_floor)
    }
}

params! {
    /// How payees behave.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct PayeeParams: Default {
        /// Share of payments that the payee refuses after holding them
        /// (`incorrect_or_unknown_payment_details`).
        fail_share: f64 = or(0.0, SHARE),
        /// Share of payments whose payee is offline: its peer answers `unknown_next_peer`.
        offline_share: f64 = or(0.0, SHARE),
        /// How long a payee holds a payment before it answers.
        hold: Hold = choice("constant"),
        /// How long a payee waits for the missing parts of a payment, from the first one on, before it fails them
        /// (`mpp_timeout`). Source: BOLT 4, at least 60 s; eclair 60 s, Core Lightning 70 s, lnd 120 s.
        mpp_timeout: SimDuration = or(SimDuration::from_secs(60), DELAY_POSITIVE),
    }
}

choices! {
    /// How long a payee holds a payment.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Hold {
        /// Always the same.
        Constant(
            /// The time for which a payment is held.
            value: SimDuration = or(SimDuration::ZERO, DELAY),
        ) = "constant",
        /// Exponential.
        Exponential(
            /// Mean time for which a payment is held.
            mean: SimDuration = required(DELAY),
        ) = "exponential",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_implementation_states_its_fee_limit_in_its_own_way() {
        let lnd = SendParams::default();
        assert_eq!(
            [1_000, 1_000_000, 1_000_001].map(|amount| lnd.fee_limit_of(Msat(amount)).get()),
            [1_000, 1_000_000, 50_000]
        );
        let none = SendParams { fee_limit_exempt: Msat(0), ..lnd };
        let ldk = SendParams { fee_limit: Ppm(10_000), fee_limit_base: Msat(50_000), ..none };
        assert_eq!(ldk.fee_limit_of(Msat(100_000)), Msat(51_000));
        let cln = SendParams { fee_limit: Ppm(5_000), fee_limit_floor: Msat(5_000), ..none };
        assert_eq!(
            [100_000, 1_000_000, 2_000_000].map(|amount| cln.fee_limit_of(Msat(amount)).get()),
            [5_000, 5_000, 10_000]
        );
    }
}
