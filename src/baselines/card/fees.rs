//! What a card payment costs the merchant: interchange, assessment, the acquirer's markup.

use serde::{Deserialize, Serialize};

use crate::declare::number::{Number, SHARE};
use crate::declare::{Alternative, Choice, Declared, params};

/// An amount of US dollars.
const USD: Number = Number { low: 0.0, high: 1e12, above: false };

params! {
    /// A formula in the value of the payment. All amounts are US dollars, all shares of the value.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Fees: Default {
        /// The issuer's fee, as a share of the value.
        interchange: f64 = or(0.0185, SHARE),
        /// The fixed part of the issuer's fee, in US dollars.
        interchange_fixed_usd: f64 = or(0.10, USD),
        /// The network's fee, as a share of the value.
        assessment: f64 = or(0.0014, SHARE),
        /// The acquirer's fee, as a share of the value.
        markup: f64 = or(0.0005, SHARE),
        /// What carrying one payment costs the network and its banks, in US dollars.
        network_cost_usd: f64 = or(0.155, USD),
    }
}

impl Choice for Fees {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "credit",
            meaning: "Credit cards in the United States. Source: interchange 1.85 % + $0.10 (a schedule rate for \
                online credit, truecostofcredit.com), assessment 0.14 %, and a markup of 0.05 % with \
                which a ticket of $50 pays 2.24 %, the mean of 2023–24 (fool.com); the network's cost is \
                bounded from above by Visa's net revenue per transaction, $40.0 billion over 257.5 \
                billion, fiscal year 2025 (annualreport.visa.com).",
            start: || Self::CREDIT,
            read: |s| Self::read_over(s, Self::CREDIT),
        },
        Alternative {
            name: "debit",
            meaning: "Debit cards of issuers under the cap of the United States' Regulation II. Source: 0.05 % + \
                $0.21, and $0.01 against fraud.",
            start: || Self::DEBIT,
            read: |s| Self::read_over(s, Self::DEBIT),
        },
    ];
}

impl Fees {
    /// Credit cards in the United States.
    ///
    /// Interchange 1.85 % + $0.10 (a schedule rate for online credit, truecostofcredit.com), assessment
    /// 0.14 %, and a markup of 0.05 % with which a ticket of $50 pays 2.24 %, the mean of 2023–24
    /// (fool.com). The network's cost is bounded from above by Visa's net revenue per processed
    /// transaction: $40.0 billion over 257.5 billion, fiscal year 2025 (annualreport.visa.com).
    pub const CREDIT: Self = Self {
        interchange: 0.0185,
        interchange_fixed_usd: 0.10,
        assessment: 0.0014,
        markup: 0.0005,
        network_cost_usd: 0.155,
    };

    /// Debit cards of issuers under the cap of the United States' Regulation II: 0.05 % + $0.21, and
    /// $0.01 against fraud.
    pub const DEBIT: Self = Self {
        interchange: 0.0005,
        interchange_fixed_usd: 0.22,
        assessment: 0.0,
        markup: 0.0,
        ..Self::CREDIT
    };

    /// What the merchant pays for a payment of this value.
    pub fn price_usd(&self, value_usd: f64) -> f64 {
        (self.interchange + self.assessment + self.markup) * value_usd + self.interchange_fixed_usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_of_50_dollars_pays_the_published_means() {
        assert!((Fees::CREDIT.price_usd(50.0) - 1.12).abs() < 1e-9);
        // The mean of covered debit is $0.23 (Federal Reserve).
        assert!((Fees::DEBIT.price_usd(50.0) - 0.245).abs() < 1e-9);
    }
}
