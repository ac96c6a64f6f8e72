//! The payers' algorithms, and the one list of them.
//!
//! A router comes with a search in [`crate::routing`] and an entry here: its variant and its sender. The sender is called once
//! per plan through a pointer; the search below it is compiled for its router alone.

mod cln;
mod cloth;
mod eclair;
mod ldk;
mod one_part;
mod oracle;
mod pickhardt;
mod requests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::declare::amount::DELAY_POSITIVE;
use crate::declare::{Alternative, Choice, Declared, Key, Section};
use crate::payment::params::SendParams;
use crate::payment::sender::Sender;
use crate::payment::senders::cloth::ClothSender;
use crate::payment::senders::one_part::OnePart;
use crate::payment::senders::oracle::OracleSender;
use crate::payment::senders::pickhardt::PickhardtSender;
use crate::routing::{
    Cheapest, CheapestParams, Cln, ClnParams, ClothParams, Eclair, EclairParams, Ldk, LdkParams,
    Lnd, LndFast, LndParams, PickhardtParams, ShortestHops,
};
use crate::units::{Msat, Ppm, SimDuration};

/// Which algorithm finds routes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum RouterChoice {
    /// Least fee over capacities: the original router, corrected.
    Cheapest(CheapestParams),
    /// lnd's cost and apriori mission control.
    Lnd(LndParams),
    /// The best routes by lnd's cost, with the same mission control.
    LndFast(LndParams),
    /// LDK's path finding and its scorer.
    Ldk(LdkParams),
    /// Core Lightning's `getroute` and `pay`.
    Cln(ClnParams),
    /// eclair's path finding with its heuristics.
    Eclair(EclairParams),
    /// The fewest channels, then the least fee; without a memory between payments.
    ShortestHops,
    /// CLoTH's sender, a clone of lnd 0.9/0.10 with its quirks.
    Cloth(ClothParams),
    /// Pickhardt and Richter's flows over the uncertainty network.
    Pickhardt(PickhardtParams),
    /// Least fee over channels that hold the money: a bound on senders of one part.
    Oracle,
}

impl RouterChoice {
    /// The payers' algorithm.
    pub fn sender(&self) -> Arc<dyn Sender> {
        match *self {
            Self::Cheapest(learning) => Arc::new(OnePart { router: Cheapest, learning }),
            Self::Lnd(params) => Arc::new(OnePart { router: Lnd { params }, learning: params }),
            Self::LndFast(params) => {
                Arc::new(OnePart { router: LndFast { params }, learning: params })
            }
            Self::Ldk(params) => Arc::new(OnePart { router: Ldk { params }, learning: params }),
            Self::Cln(params) => Arc::new(OnePart { router: Cln { params }, learning: params }),
            Self::Eclair(params) => {
                Arc::new(OnePart { router: Eclair { params }, learning: params })
            }
            Self::ShortestHops => {
                Arc::new(OnePart { router: ShortestHops, learning: CheapestParams::default() })
            }
            Self::Cloth(params) => Arc::new(ClothSender::new(params)),
            Self::Pickhardt(params) => Arc::new(PickhardtSender::new(params)),
            Self::Oracle => Arc::new(OracleSender),
        }
    }

    /// Probability that a node does not answer at a visit, in the model that the algorithm comes with.
    pub const fn faulty_node_probability(&self) -> f64 {
        match self {
            Self::Cloth(params) => params.faulty_node_probability,
            Self::Cheapest(_)
            | Self::Lnd(_)
            | Self::LndFast(_)
            | Self::Ldk(_)
            | Self::Cln(_)
            | Self::Eclair(_)
            | Self::ShortestHops
            | Self::Pickhardt(_)
            | Self::Oracle => 0.0,
        }
    }

    /// Whether it pays any fee: single payments can then cost more than they bring.
    pub const fn has_no_fee_limit(&self) -> bool {
        matches!(self, Self::Cloth(_))
    }

    /// Whether forwarders keep to the channel that the sender named, where a scenario does not say.
    pub const fn is_strict(&self) -> bool {
        matches!(self, Self::Cloth(_))
    }
}

/// The keys of [`SendParams`] stand in the table of the router.
impl Choice for (RouterChoice, SendParams) {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "lnd",
            meaning: "lnd's path finding and its apriori estimator, in parts where one part finds no route. Source: \
                lnd, commit `90ea05d5a` of August 2026.",
            start: || (RouterChoice::Lnd(LndParams::start()), SendParams::start()),
            read: |s| (RouterChoice::Lnd(LndParams::read(s)), SendParams::read(s)),
        },
        Alternative {
            name: "lnd_fast",
            meaning: "The best routes by lnd's cost, found by another search; the same estimator, and parts as lnd.",
            start: || (RouterChoice::LndFast(LndParams::start()), SendParams::start()),
            read: |s| (RouterChoice::LndFast(LndParams::read(s)), SendParams::read(s)),
        },
        Alternative {
            name: "ldk",
            meaning: "LDK's path finding and its probabilistic scorer, each payment in one part. Source: LDK, commit \
                `cfee4b755` of August 2026.",
            start: || (RouterChoice::Ldk(LdkParams::start()), LDK_SENDS),
            read: |s| (RouterChoice::Ldk(LdkParams::read(s)), SendParams::read_over(s, LDK_SENDS)),
        },
        Alternative {
            name: "cln",
            meaning: "Core Lightning's `pay` (or `getroute`): fees, the price of locked time, and a bias towards large channels; \
                each payment in one part. Source: Core Lightning, commit `090f4b0e6` of August 2026.",
            start: || (RouterChoice::Cln(ClnParams::start()), CLN_SENDS),
            read: |s| (RouterChoice::Cln(ClnParams::read(s)), SendParams::read_over(s, CLN_SENDS)),
        },
        Alternative {
            name: "eclair",
            meaning: "The path finding of eclair: virtual costs of hops, locked money and failures, and a draw among the three best \
                routes; each payment in one part. Source: eclair, commit `5b765e026` of August 2026.",
            start: || (RouterChoice::Eclair(EclairParams::start()), ECLAIR_SENDS),
            read: |s| {
                (
                    RouterChoice::Eclair(EclairParams::read(s)),
                    SendParams::read_over(s, ECLAIR_SENDS),
                )
            },
        },
        Alternative {
            name: "cheapest",
            meaning: "Least fee over capacities: the original router, corrected.",
            start: || (RouterChoice::Cheapest(CheapestParams::start()), one_part()),
            read: |s| {
                (
                    RouterChoice::Cheapest(CheapestParams::read(s)),
                    SendParams::read_over(s, one_part()),
                )
            },
        },
        Alternative {
            name: "shortest_hops",
            meaning: "Fewest channels, then the least fee; without a memory between payments.",
            start: || (RouterChoice::ShortestHops, one_part()),
            read: |s| (RouterChoice::ShortestHops, SendParams::read_over(s, one_part())),
        },
        Alternative {
            name: "cloth",
            meaning: "CLoTH's sender, a clone of lnd 0.9/0.10 with its quirks. It has no fee limit: now and then a payment \
                costs a multiple of its amount, so that mean fees say little; medians hold. Source: CLoTH, commit `e0e4043`.",
            start: || (RouterChoice::Cloth(ClothParams::start()), CLOTH_SENDS),
            read: cloth,
        },
        Alternative {
            name: "pickhardt",
            meaning: "Pickhardt and Richter's payment flows: all parts at once along the flow that is cheapest by uncertainty and fees, \
                and what fails again, until all has arrived. Source: arXiv 2107.05322.",
            start: || (RouterChoice::Pickhardt(PickhardtParams::start()), PICKHARDT_SENDS),
            read: |s| {
                (
                    RouterChoice::Pickhardt(PickhardtParams::read(s)),
                    SendParams::read_over(s, PICKHARDT_SENDS),
                )
            },
        },
        Alternative {
            name: "oracle",
            meaning: "Least fee over channels that hold the amount at that moment, which no payer can know: an upper bound on \
                senders of one part. A first attempt of its fails only for what balances do not show.",
            start: || (RouterChoice::Oracle, one_part()),
            read: oracle,
        },
    ];
}

/// The smallest part of lnd, which others do not use by default.
const MIN_PART: Msat = Msat(10_000_000);

/// The limits of lnd, each payment in one part.
fn one_part() -> SendParams {
    SendParams { max_parts: 1, ..SendParams::start() }
}

/// 1 % and 50 sat, 1,008 blocks, 19 channels (LDK, `RouteParameters`, `DEFAULT_MAX_TOTAL_CLTV_EXPIRY_DELTA`,
/// `MAX_PATH_LENGTH_ESTIMATE`).
const LDK_SENDS: SendParams = SendParams {
    payment_timeout: SimDuration::from_secs(60),
    max_attempts: None,
    fee_limit: Ppm(10_000),
    fee_limit_base: Msat(50_000),
    fee_limit_floor: Msat(0),
    fee_limit_exempt: Msat(0),
    cltv_limit: 1_008,
    max_hops: 19,
    max_parts: 1,
    min_part: MIN_PART,
};

/// 0.5 % or 5 sat, 60 s, 2,016 blocks, 20 channels (`maxfeepercent`, `exemptfee`, `retry_for`, `maxdelay`,
/// `ROUTING_MAX_HOPS`).
const CLN_SENDS: SendParams = SendParams {
    payment_timeout: SimDuration::from_secs(60),
    max_attempts: None,
    fee_limit: Ppm(5_000),
    fee_limit_base: Msat(0),
    fee_limit_floor: Msat(5_000),
    fee_limit_exempt: Msat(0),
    cltv_limit: 2_016,
    max_hops: 20,
    max_parts: 1,
    min_part: MIN_PART,
};

/// 3 % or 21 sat, 5 attempts, 2,016 blocks, 20 channels (`max-fee-proportional-percent`, `max-fee-flat-sat`,
/// `max-payment-attempts`, `max-cltv`, `ROUTE_MAX_LENGTH`).
const ECLAIR_SENDS: SendParams = SendParams {
    payment_timeout: SimDuration::from_secs(60),
    max_attempts: Some(5),
    fee_limit: Ppm(30_000),
    fee_limit_base: Msat(0),
    fee_limit_floor: Msat(21_000),
    fee_limit_exempt: Msat(0),
    cltv_limit: 2_016,
    max_hops: 20,
    max_parts: 1,
    min_part: MIN_PART,
};

/// 5 % as lnd; 100 parts as Core Lightning's `xpay`, of any size.
const PICKHARDT_SENDS: SendParams = SendParams {
    payment_timeout: SimDuration::from_secs(60),
    max_attempts: None,
    fee_limit: Ppm(50_000),
    fee_limit_base: Msat(0),
    fee_limit_floor: Msat(0),
    fee_limit_exempt: Msat(1_000_000),
    cltv_limit: 2_016,
    max_hops: 20,
    max_parts: 100,
    min_part: Msat(1_000),
};

/// CLoTH has no fee limit; 2,056 blocks and 27 hops are its own (`TIMELOCKLIMIT` and `HOPSLIMIT`, lnd 0.10's).
const CLOTH_SENDS: SendParams = SendParams {
    payment_timeout: SimDuration::from_secs(60),
    max_attempts: None,
    fee_limit: SendParams::NO_FEE_LIMIT,
    fee_limit_base: Msat(0),
    fee_limit_floor: Msat(0),
    fee_limit_exempt: Msat(0),
    cltv_limit: 2_056,
    max_hops: 27,
    max_parts: 1,
    min_part: MIN_PART,
};

fn cloth(s: &mut Section<'_, '_>) -> (RouterChoice, SendParams) {
    let params = ClothParams::read(s);
    let key = Key::new(
        "payment_timeout",
        "No new attempt starts later than this after the payment was submitted. Source: CLoTH.",
    );
    let payment_timeout = s.or(key, &DELAY_POSITIVE, CLOTH_SENDS.payment_timeout);
    (RouterChoice::Cloth(params), SendParams { payment_timeout, ..CLOTH_SENDS })
}

fn oracle(s: &mut Section<'_, '_>) -> (RouterChoice, SendParams) {
    let sends = SendParams::read_over(s, one_part());
    s.rule(&["max_parts"], sends.max_parts == 1, || {
        "must be 1: the oracle bounds senders of one part".to_owned()
    });
    (RouterChoice::Oracle, sends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_without_a_fee_limit_has_none_for_any_amount() {
        for amount in [1, 1_000, 10_000_000_000] {
            assert_eq!(CLOTH_SENDS.fee_limit_of(Msat(amount)), Msat::MAX, "{amount}");
        }
        // Others: up to 1,000 sat as much as the amount, then 5 %.
        let limits = SendParams::default();
        let found =
            [1_000_000, 1_000_001, 4_000_000].map(|amount| limits.fee_limit_of(Msat(amount)));
        assert_eq!(found, [1_000_000, 50_000, 200_000].map(Msat));
    }
}
