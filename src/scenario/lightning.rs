//! `[lightning]`: routing, latency, payees, processing, protocol.

use crate::lightning::{
    Attachment, FaultParams, GossipParams, Latency, LightningParams, MOST_CLAIM_BEFORE,
    MitigationParams, OnChainParams, OpeningParams, Processing, Protocol, ReputationParams,
};
use crate::payment::{Hold, PayeeParams, RouterChoice, SendParams};
use crate::routing::{CheapestParams, ClothParams, LndParams};
use crate::scenario::amount::{DELAY, DELAY_POSITIVE, Feerate, MONEY, WholeSat};
use crate::scenario::availability::availability;
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Flag, Number, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::word::List;
use crate::scenario::workload::SIGMA;
use crate::units::{FeeRate, Msat, Ppm, SimDuration};

/// Reads `[lightning]`.
pub(super) fn lightning(s: &mut Section<'_, '_>) -> LightningParams {
    let (router, send) = s.choice("routing", &ROUTERS, Some("lnd"));
    let (mut protocol, non_strict) = s.table("protocol", protocol);
    let is_strict = router.is_strict();
    protocol.non_strict_forwarding = non_strict.unwrap_or(!is_strict);
    LightningParams {
        router,
        send,
        latency: s.choice("latency", &LATENCIES, Some("normal")),
        payee: s.table("payee", payee),
        processing: s.table("processing", processing),
        protocol,
        faults: s.table("faults", faults),
        onchain: s.table("onchain", onchain),
        openings: s.table("openings", openings),
        gossip: s.table("gossip", gossip),
        availability: s.table("availability", availability),
        mitigation: s.table("mitigation", mitigation),
    }
}

const ROUTERS: [Alternative<(RouterChoice, SendParams)>; 4] = [
    ("lnd", |s| (RouterChoice::Lnd(lnd(s)), send(s))),
    ("lnd_fast", |s| (RouterChoice::LndFast(lnd(s)), send(s))),
    ("cheapest", |s| (RouterChoice::Cheapest(cheapest(s)), send(s))),
    ("cloth", cloth),
];

fn cheapest(s: &mut Section<'_, '_>) -> CheapestParams {
    let d = CheapestParams::default();
    CheapestParams {
        memory: s.optional("memory", &DELAY_POSITIVE, "failures count for the rest of a payment"),
        beliefs_per_sender: beliefs(s, d.beliefs_per_sender),
    }
}

fn lnd(s: &mut Section<'_, '_>) -> LndParams {
    let d = LndParams::default();
    let ppm = Whole(0..=u32::MAX);
    let preference = Number { low: -1.0, high: 1.0, above: false };
    // lnd refuses anything else (`minCapacityFraction`, routing/probability_apriori.go).
    let fraction = Number { low: 0.75, high: 1.0, above: false };
    LndParams {
        attempt_cost: s.or("attempt_cost", &MONEY, d.attempt_cost),
        attempt_cost_ppm: Ppm(s.or("attempt_cost_ppm", &ppm, d.attempt_cost_ppm.0)),
        time_preference: s.or("time_preference", &preference, d.time_preference),
        risk_factor_billionths: s.or(
            "risk_factor_billionths",
            &Whole(0..=1_000_000_000),
            d.risk_factor_billionths,
        ),
        min_route_probability: s.or("min_route_probability", &SHARE, d.min_route_probability),
        apriori_hop_probability: s.or("apriori_hop_probability", &SHARE, d.apriori_hop_probability),
        apriori_weight: s.or("apriori_weight", &SHARE, d.apriori_weight),
        previous_success_probability: s.or(
            "previous_success_probability",
            &SHARE,
            d.previous_success_probability,
        ),
        penalty_half_life: s.or("penalty_half_life", &DELAY_POSITIVE, d.penalty_half_life),
        capacity_fraction: s.or("capacity_fraction", &fraction, d.capacity_fraction),
        min_failure_relax_interval: s.or(
            "min_failure_relax_interval",
            &DELAY,
            d.min_failure_relax_interval,
        ),
        beliefs_per_sender: beliefs(s, d.beliefs_per_sender),
    }
}

fn beliefs(s: &mut Section<'_, '_>, default: u32) -> u32 {
    s.or("beliefs_per_sender", &Whole(0..=u32::MAX), default)
}

fn cloth(s: &mut Section<'_, '_>) -> (RouterChoice, SendParams) {
    let d = ClothParams::default();
    let halving = s.or("halving", &Flag, d.halving);
    let payment_timeout = timeout(s);
    let beliefs_per_sender = beliefs(s, d.beliefs_per_sender);
    // CLoTH has no fee limit; 2,056 blocks and 27 hops are its own (`TIMELOCKLIMIT` and `HOPSLIMIT`, lnd 0.10's).
    let send = SendParams {
        payment_timeout,
        max_attempts: None,
        fee_limit: Ppm(u32::MAX),
        fee_limit_exempt: Msat::MAX,
        cltv_limit: 2_056,
        max_hops: 27,
    };
    (RouterChoice::Cloth(ClothParams { halving, beliefs_per_sender }), send)
}

fn timeout(s: &mut Section<'_, '_>) -> SimDuration {
    s.or("payment_timeout", &DELAY_POSITIVE, SendParams::default().payment_timeout)
}

fn send(s: &mut Section<'_, '_>) -> SendParams {
    let d = SendParams::default();
    let attempts = Whole(1..=u32::MAX);
    // BOLT 3 reads larger lock times as dates.
    let blocks = Whole(1..=499_999_999);
    SendParams {
        payment_timeout: timeout(s),
        max_attempts: s.optional("max_attempts", &attempts, "as many as time and routes allow"),
        fee_limit: Ppm(s.or("fee_limit_ppm", &Whole(0..=u32::MAX), d.fee_limit.0)),
        fee_limit_exempt: s.or("fee_limit_exempt", &MONEY, d.fee_limit_exempt),
        cltv_limit: s.or("cltv_limit", &blocks, d.cltv_limit),
        // BOLT 4's onion of 1,300 bytes holds at most 27 of its smallest payloads.
        max_hops: s.or("max_hops", &Whole(1..=27), d.max_hops),
    }
}

const LATENCIES: [Alternative<Latency>; 4] = [
    ("constant", |s| Latency::Constant { value: s.required("value", &DELAY) }),
    ("normal", normal),
    ("lognormal", |s| Latency::Lognormal {
        median: s.required("median", &DELAY_POSITIVE),
        sigma: s.required("sigma", &SIGMA),
    }),
    ("by_region", by_region),
];

fn normal(s: &mut Section<'_, '_>) -> Latency {
    // CLoTH's defaults (cloth_input.txt: average 100 ms, variance 1 ms²).
    Latency::Normal {
        mean: s.or("mean", &DELAY, SimDuration::from_millis(100)),
        sd: s.or("sd", &DELAY, SimDuration::from_millis(1)),
    }
}

fn by_region(s: &mut Section<'_, '_>) -> Latency {
    let shares = s.required("shares", &List(SHARE));
    let delays = s.required("delays", &List(List(DELAY_POSITIVE)));
    let sigma = s.required("sigma", &SIGMA);
    s.rule(&["shares"], !shares.is_empty(), || "names no region".to_owned());
    let sum: f64 = shares.iter().sum();
    s.rule(&["shares"], shares.is_empty() || (sum - 1.0).abs() <= 1e-9, || {
        format!("must sum up to 1, but sum up to {sum}")
    });
    let regions = shares.len();
    let is_square = delays.len() == regions && delays.iter().all(|row| row.len() == regions);
    s.rule(&["delays", "shares"], is_square, || {
        format!("must be {regions} rows of {regions} delays, as there are {regions} shares")
    });
    Latency::ByRegion { shares, delays, sigma }
}

fn payee(s: &mut Section<'_, '_>) -> PayeeParams {
    let d = PayeeParams::default();
    PayeeParams {
        fail_share: s.or("fail_share", &SHARE, d.fail_share),
        offline_share: s.or("offline_share", &SHARE, d.offline_share),
        hold: s.choice("hold", &HOLDS, Some("constant")),
    }
}

const HOLDS: [Alternative<Hold>; 2] = [
    ("constant", |s| Hold::Constant(s.or("value", &DELAY, SimDuration::ZERO))),
    ("exponential", |s| Hold::Exponential(s.required("mean", &DELAY))),
];

/// Cores of a node beyond which a number is a mistake; each takes 8 bytes per node.
const MOST_CORES: u32 = 128;

fn processing(s: &mut Section<'_, '_>) -> Option<Processing> {
    s.is_written().then(|| Processing {
        per_signature: s.required("per_signature", &DELAY),
        per_verification: s.required("per_verification", &DELAY),
        // Signing in a channel is serial in every implementation; more cores need a reason.
        cores: s.or("cores", &Whole(1..=MOST_CORES), 1),
    })
}

fn faults(s: &mut Section<'_, '_>) -> FaultParams {
    FaultParams {
        stuck_at_forwarder: s.or("stuck_at_forwarder", &SHARE, 0.0),
        stuck_at_payee: s.or("stuck_at_payee", &SHARE, 0.0),
    }
}

/// Closes of a channel in a year: at most one a block.
const CLOSES: Number = Number { low: 0.0, high: 52_560.0, above: false };

fn onchain(s: &mut Section<'_, '_>) -> OnChainParams {
    let d = OnChainParams::default();
    OnChainParams {
        enabled: s.or("enabled", &Flag, d.enabled),
        wallet: s.or("wallet", &WholeSat, d.wallet),
        budget_share: s.or("budget_share", &SHARE, d.budget_share),
        burial: s.or("burial", &Whole(1..=1_000), d.burial),
        gossip_delay: s.or("gossip_delay", &DELAY, d.gossip_delay),
        claim_before: s.optional(
            "claim_before",
            &Whole(1..=MOST_CLAIM_BEFORE),
            "as each implementation does",
        ),
        peer_gone_after: s.optional("peer_gone_after", &DELAY_POSITIVE, "never"),
        closes_per_year: s.or("closes_per_year", &CLOSES, d.closes_per_year),
        cooperative_share: s.or("cooperative_share", &SHARE, d.cooperative_share),
    }
}

/// Openings of a node in a year: at most one a block.
const OPENINGS: Number = Number { low: 0.0, high: 52_560.0, above: false };

fn openings(s: &mut Section<'_, '_>) -> OpeningParams {
    let d = OpeningParams::default();
    OpeningParams {
        per_node_and_year: s.or("per_node_and_year", &OPENINGS, d.per_node_and_year),
        replace_share: s.or("replace_share", &SHARE, d.replace_share),
        capacity: s.optional("capacity", &WholeSat, "that of a channel of the network, drawn"),
        attachment: s.choice("attachment", &ATTACHMENTS, Some("preferential")),
        private_share: s.or("private_share", &SHARE, d.private_share),
    }
}

const ATTACHMENTS: [Alternative<Attachment>; 2] =
    [("preferential", |_| Attachment::Preferential), ("uniform", |_| Attachment::Uniform)];

/// The protocol, and whether forwarding is strict where that is written.
fn protocol(s: &mut Section<'_, '_>) -> (Protocol, Option<bool>) {
    let absent = "true; false with the sender `cloth`, whose model forwards strictly";
    let non_strict = s.optional("non_strict_forwarding", &Flag, absent);
    let protocol = Protocol {
        non_strict_forwarding: true,
        commitment_dance: s.or("commitment_dance", &Flag, true),
        limits: s.or("limits", &Flag, true),
        // Anchors: the default of lnd since 2021 and of all four implementations by now.
        anchors_share: s.or("anchors_share", &SHARE, 1.0),
        // lnd caps the feerate of anchor commitments at 10 sat/vB.
        commitment_feerate: s.or("commitment_feerate", &Feerate, FeeRate(2_500)),
    };
    (protocol, non_strict)
}

/// Policy changes of a direction in a year: at most one a block.
const CHANGES: Number = Number { low: 0.0, high: 52_560.0, above: false };

fn gossip(s: &mut Section<'_, '_>) -> GossipParams {
    let d = GossipParams::default();
    let per_year = d.policy_changes_per_year;
    GossipParams {
        policy_changes_per_year: s.or("policy_changes_per_year", &CHANGES, per_year),
        policy_change_sigma: s.or("policy_change_sigma", &SIGMA, d.policy_change_sigma),
    }
}

fn mitigation(s: &mut Section<'_, '_>) -> MitigationParams {
    // Shikhelman and Tikhomirov, 2022: 1.88 % of the routing fee makes up for a jam of a channel of
    // 1,000,000 sat; more is allowed, to see what it does.
    let share = s.optional("upfront_fee_ppm", &Whole(0..=10_000_000), "none");
    MitigationParams { upfront_fee: share.map(Ppm), reputation: s.table("endorsement", reputation) }
}

/// BOLTs pull request 1280: 90 s; two weeks; twelve times that.
fn reputation(s: &mut Section<'_, '_>) -> Option<ReputationParams> {
    s.is_written().then(|| ReputationParams {
        resolution_period: s.or("resolution_period", &DELAY_POSITIVE, SimDuration::from_secs(90)),
        revenue_window: s.or(
            "revenue_window",
            &DELAY_POSITIVE,
            SimDuration::from_secs(14 * 86_400),
        ),
        reputation_multiplier: s.or("reputation_multiplier", &Whole(1..=1_000), 12),
        learn_for: s.or("learn_for", &DELAY, SimDuration::ZERO),
    })
}
