//! `[ethereum]`: slots, limits, forks, background demand.

use crate::baselines::EthereumPayments;
use crate::chain::ethereum::{Background, EthereumParams, Fork, ForkSchedule};
use crate::scenario::amount::{DELAY, DELAY_POSITIVE, PerGas};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Number, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::workload::SIGMA;
use crate::units::Gas;

/// Gas limits: from what one transfer needs to far beyond every proposal.
const GAS_LIMIT: Whole<u64> = Whole(21_000..=1_000_000_000_000);
/// Demand as a share of what fits; beyond it a number is a mistake.
const DEMAND: Number = Number { low: 0.0, high: 1_000.0, above: false };

/// Reads `[ethereum]`: the chain, and how wallets pay on it.
pub(super) fn ethereum(s: &mut Section<'_, '_>) -> (EthereumParams, EthereumPayments) {
    let d = EthereumParams::default();
    let slot = s.or("slot", &DELAY_POSITIVE, d.slot);
    let block_arrival = s.or("block_arrival", &DELAY, d.block_arrival);
    s.rule(&["block_arrival", "slot"], block_arrival < slot, || {
        "a block must have arrived before the next slot begins".to_owned()
    });
    let gas_limit = Gas(s.or("gas_limit", &GAS_LIMIT, d.gas_limit.get()));
    let chain = EthereumParams {
        slot,
        missed_slots: s.or("missed_slots", &SHARE, d.missed_slots),
        block_arrival,
        gas_limit,
        gas_limit_target: Gas(s.or("gas_limit_target", &GAS_LIMIT, gas_limit.get())),
        base_fee: s.or("base_fee", &PerGas, d.base_fee),
        fork: s.choice("fork", &FORKS, Some("bpo2")),
        pool: s.or("pool", &Whole(1..=u32::MAX), d.pool),
        background: s.table("background", background),
    };
    (chain, s.table("wallets", wallets))
}

/// How wallets pay where Ethereum itself carries the payments.
fn wallets(s: &mut Section<'_, '_>) -> EthereumPayments {
    let d = EthereumPayments::default();
    EthereumPayments {
        gas: Gas(s.or("gas", &Whole(21_000..=16_777_216), d.gas.0)),
        tip: s.or("tip", &PerGas, d.tip),
        base_fee_multiple: s.or("base_fee_multiple", &Whole(1..=1_000), d.base_fee_multiple),
        bump_after: s.or("bump_after", &DELAY_POSITIVE, d.bump_after),
    }
}

const FORKS: [Alternative<ForkSchedule>; 6] = [
    ("cancun", |_| ForkSchedule::Fixed(Fork::Cancun)),
    ("prague", |_| ForkSchedule::Fixed(Fork::Prague)),
    ("osaka", |_| ForkSchedule::Fixed(Fork::Osaka)),
    ("bpo1", |_| ForkSchedule::Fixed(Fork::Bpo1)),
    ("bpo2", |_| ForkSchedule::Fixed(Fork::Bpo2)),
    ("mainnet", |s| ForkSchedule::Mainnet {
        // Before Dencun there were no blobs; the other bound keeps sums within 64 bits.
        start_unix_s: s
            .required("start_unix_s", &Whole(Fork::Cancun.mainnet_unix_s()..=100_000_000_000)),
    }),
];

fn background(s: &mut Section<'_, '_>) -> Background {
    let d = Background::default();
    Background {
        gas_share: s.or("gas_share", &DEMAND, d.gas_share),
        median_price: s.or("median_price", &PerGas, d.median_price),
        sigma: s.or("sigma", &SIGMA, d.sigma),
        tip_share: s.or("tip_share", &SHARE, d.tip_share),
        volatility: s.or("volatility", &SIGMA, d.volatility),
        correlation: s.or("correlation", &DELAY_POSITIVE, d.correlation),
        patience: s.or("patience", &DELAY_POSITIVE, d.patience),
        blob_share: s.or("blob_share", &DEMAND, d.blob_share),
        blob_median_price: s.or("blob_median_price", &PerGas, d.blob_median_price),
        blob_sigma: s.or("blob_sigma", &SIGMA, d.blob_sigma),
    }
}
