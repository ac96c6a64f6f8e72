//! `[bitcoin]`: blocks, relay policy, background transactions. One table for every system that stands on
//! Bitcoin; each has a chain of its own, with the same draws.

use crate::baselines::BitcoinPayments;
use crate::chain::bitcoin::{Background, BitcoinParams, Phase, Relay, Reorgs, Template};
use crate::scenario::amount::{DELAY_POSITIVE, Feerate};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Flag, Number, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::word::Input;
use crate::units::{FeeRate, SimTime, Weight};

/// Reads `[bitcoin]`.
pub(super) fn bitcoin(s: &mut Section<'_, '_>) -> (BitcoinParams, BitcoinPayments) {
    let d = BitcoinParams::default();
    let chain = BitcoinParams {
        block_interval: s.or("block_interval", &DELAY_POSITIVE, d.block_interval),
        block_weight: weight(s, "block_weight_wu", d.block_weight),
        template: s.choice("template", &TEMPLATES, Some("continuous")),
        relay: s.table("relay", relay),
        background: s.choice("background", &BACKGROUNDS, Some("normal")),
        reorgs: s.table("reorgs", reorgs),
    };
    (chain, s.table("wallets", wallets))
}

/// How wallets pay where Bitcoin itself carries the payments.
fn wallets(s: &mut Section<'_, '_>) -> BitcoinPayments {
    let d = BitcoinPayments::default();
    BitcoinPayments {
        target_blocks: s.or("target_blocks", &Whole(1..=1_008), d.target_blocks),
        confirmations: s.or("confirmations", &Whole(1..=1_000), d.confirmations),
        bump: s.or("bump", &Flag, d.bump),
        fee_limit_share: s.optional("fee_limit_share", &LIMIT, "whatever it takes"),
    }
}

/// A weight: at least that of the heaviest transaction that is relayed, so that none waits for ever.
fn weight(s: &mut Section<'_, '_>, key: &'static str, default: Weight) -> Weight {
    Weight(s.or(key, &Whole(400_000..=1_000_000_000_000), default.0))
}

const TEMPLATES: [Alternative<Template>; 3] = [
    ("continuous", |_| Template::Continuous),
    ("periodic", |s| Template::Periodic { every: s.required("every", &DELAY_POSITIVE) }),
    ("at_block", |_| Template::AtBlock),
];

fn relay(s: &mut Section<'_, '_>) -> Relay {
    let d = Relay::default();
    Relay {
        minimum_feerate: s.or("minimum_feerate", &Feerate, d.minimum_feerate),
        incremental_feerate: s.or("incremental_feerate", &Feerate, d.incremental_feerate),
        mempool_weight: weight(s, "mempool_weight_wu", d.mempool_weight),
        package_count: s.or("package_count", &Whole(1..=1_000), d.package_count),
        package_weight: Weight(s.or(
            "package_weight_wu",
            &Whole(4_000..=1_000_000_000),
            d.package_weight.0,
        )),
    }
}

/// A fee over the amount.
const LIMIT: Number = Number { low: 0.0, high: 1e6, above: false };
/// Weight that arrives per block interval over the weight of a block.
const LOAD: Number = Number { low: 0.0, high: 100.0, above: false };
/// Standard deviation of the logarithm of bids.
const SIGMA: Number = Number { low: 0.0, high: 10.0, above: false };
/// Blocks' worth of what waits at the start.
const BACKLOG: Number = Number { low: 0.0, high: 10_000.0, above: false };

const BACKGROUNDS: [Alternative<Background>; 5] = [
    ("normal", |s| steady(s, &Background::normal())),
    ("quiet", |s| steady(s, &Background::quiet())),
    ("congested", |s| steady(s, &Background::congested())),
    ("none", |_| Background::NONE),
    ("trace", trace),
];

fn steady(s: &mut Section<'_, '_>, d: &Background) -> Background {
    let usual = d.phases[0];
    let load = s.or("load", &LOAD, usual.load);
    let median_feerate: FeeRate = s.or("median_feerate", &Feerate, usual.median_feerate);
    let sigma = s.or("sigma", &SIGMA, d.sigma);
    let backlog_blocks = s.or("backlog_blocks", &BACKLOG, d.backlog_blocks);
    let phases = vec![Phase { from: SimTime::ZERO, load, median_feerate }];
    Background { phases, trace: None, sigma, backlog_blocks }
}

fn trace(s: &mut Section<'_, '_>) -> Background {
    let d = Background::normal();
    Background {
        phases: Vec::new(),
        trace: Some(s.required("file", &Input { folder: false }).used),
        sigma: s.or("sigma", &SIGMA, d.sigma),
        backlog_blocks: s.or("backlog_blocks", &BACKLOG, 0.0),
    }
}

fn reorgs(s: &mut Section<'_, '_>) -> Reorgs {
    Reorgs {
        probability: s.or("probability", &SHARE, 0.0),
        deepest: s.or("deepest", &Whole(1..=16), 2),
    }
}
