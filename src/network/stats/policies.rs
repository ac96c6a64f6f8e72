//! Which halves are enabled, and what they ask for.
#![expect(clippy::cast_precision_loss, reason = "figures for reading")]

use crate::ids::Side;
use crate::math;
use crate::network::stats::degrees::quantiles;
use crate::network::stats::numbers::{deviation, mean, most_common, quantile, share, sorted};
use crate::network::stats::selection::enabled;
use crate::network::topology::{Network, Policy};

/// Shares of enabled halves and channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfStats {
    /// Half-channels that are disabled or without a known policy.
    pub disabled: Option<f64>,
    /// Channels with both directions enabled.
    pub both: Option<f64>,
    /// Channels with one direction enabled.
    pub one: Option<f64>,
    /// Channels with none.
    pub none: Option<f64>,
}

/// The distribution of one field over enabled halves.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueStats {
    /// Mean.
    pub mean: Option<f64>,
    /// Quantiles at [`ValueStats::QUANTILES`].
    pub quantiles: Vec<f64>,
    /// The seven most common values and their shares.
    pub common: Vec<(u64, f64)>,
}

impl ValueStats {
    /// Where quantiles are taken.
    pub const QUANTILES: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
}

/// The largest HTLC as a share of the capacity, over enabled halves.
#[derive(Clone, Debug, PartialEq)]
pub struct MaximumStats {
    /// Share of halves at 0.99, to within 0.005.
    pub reserve_kept: Option<f64>,
    /// Share of halves that allow the whole capacity.
    pub whole: Option<f64>,
    /// Share of halves at 0.45, to within 0.005.
    pub at_45_percent: Option<f64>,
    /// Share of halves below 0.1.
    pub below_tenth: Option<f64>,
    /// Quantiles at 5 %, 10 % and 50 %.
    pub quantiles: Vec<f64>,
}

/// What enabled halves ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyStats {
    /// Enabled halves.
    pub halves: u64,
    /// Base fee, msat.
    pub base: ValueStats,
    /// Proportional fee, ppm.
    pub ppm: ValueStats,
    /// Share of halves with at least 1,000 ppm.
    pub ppm_thousand_or_more: Option<f64>,
    /// Mean and standard deviation of the natural logarithm of positive ppm.
    pub ln_ppm: [Option<f64>; 2],
    /// CLTV delta, blocks.
    pub cltv: ValueStats,
    /// Smallest HTLC, msat.
    pub htlc_minimum: ValueStats,
    /// Largest HTLC.
    pub htlc_maximum: MaximumStats,
    /// The seven most common pairs of base fee and ppm.
    pub common_fees: Vec<((u64, u64), f64)>,
    /// Price of one hop in ppm of the amount, both fees together: quartiles for each of
    /// [`PolicyStats::AMOUNTS_SAT`].
    pub hop_price_ppm: Vec<Vec<f64>>,
    /// Share of nodes with one pair of fees everywhere, of those with at least 2 and at least 10
    /// enabled halves.
    pub one_policy: [Option<f64>; 2],
}

impl PolicyStats {
    /// Amounts at which the price of a hop is taken, in sat.
    pub const AMOUNTS_SAT: [u32; 3] = [1_000, 50_000, 1_000_000];
}

pub(super) fn half_stats(network: &Network) -> HalfStats {
    let mut counts = [0; 3];
    for channel in network.channel_ids() {
        let enabled = Side::BOTH.iter().filter(|&&side| enabled(network, channel, side).is_some());
        counts[enabled.count()] += 1;
    }
    let [none, one, both] = counts;
    let channels = network.channel_count();
    HalfStats {
        disabled: share(2 * none + one, 2 * channels),
        both: share(both, channels),
        one: share(one, channels),
        none: share(none, channels),
    }
}

pub(super) fn policy_stats(network: &Network) -> PolicyStats {
    let mut policies: Vec<&Policy> = Vec::new();
    let mut maxima = Vec::new();
    for channel in network.channel_ids() {
        let capacity = network.channel(channel).capacity.to_msat().0 as f64;
        for policy in Side::BOTH.iter().filter_map(|&side| enabled(network, channel, side)) {
            policies.push(policy);
            maxima.push(policy.htlc_maximum.0 as f64 / capacity);
        }
    }
    let field =
        |of: &dyn Fn(&Policy) -> u64| -> Vec<u64> { policies.iter().map(|p| of(p)).collect() };
    let ppm = field(&|policy| u64::from(policy.proportional_millionths.0));
    let high = ppm.iter().filter(|&&rate| rate >= 1_000).count();
    let logarithms: Vec<f64> =
        ppm.iter().filter(|&&rate| rate > 0).map(|&rate| math::ln(rate as f64)).collect();
    let fees: Vec<_> = policies.iter().map(|policy| fees(policy)).collect();
    PolicyStats {
        halves: policies.len() as u64,
        base: value_stats(&field(&|policy| u64::from(policy.fee_base_msat))),
        ppm_thousand_or_more: share(high, ppm.len()),
        ln_ppm: [mean(&logarithms), deviation(&logarithms)],
        ppm: value_stats(&ppm),
        cltv: value_stats(&field(&|policy| u64::from(policy.cltv_expiry_delta))),
        htlc_minimum: value_stats(&field(&|policy| policy.htlc_minimum.0)),
        htlc_maximum: maximum_stats(&maxima),
        common_fees: most_common(&fees, 7),
        hop_price_ppm: PolicyStats::AMOUNTS_SAT.iter().map(|&sat| prices(&fees, sat)).collect(),
        one_policy: [2, 10].map(|least| one_policy(network, least)),
    }
}

/// Base fee and ppm.
fn fees(policy: &Policy) -> (u64, u64) {
    (u64::from(policy.fee_base_msat), u64::from(policy.proportional_millionths.0))
}

fn value_stats(values: &[u64]) -> ValueStats {
    let ascending = sorted(values.iter().map(|&value| value as f64));
    ValueStats {
        mean: mean(&ascending),
        quantiles: quantiles(&ascending, &ValueStats::QUANTILES),
        common: most_common(values, 7),
    }
}

fn maximum_stats(maxima: &[f64]) -> MaximumStats {
    let ascending = sorted(maxima.iter().copied());
    let share_that = |has: &dyn Fn(f64) -> bool| {
        share(maxima.iter().filter(|&&part| has(part)).count(), maxima.len())
    };
    MaximumStats {
        reserve_kept: share_that(&|part| (0.985..0.995).contains(&part)),
        whole: share_that(&|part| part >= 1.0),
        at_45_percent: share_that(&|part| (0.445..0.455).contains(&part)),
        below_tenth: share_that(&|part| part < 0.1),
        quantiles: [0.05, 0.1, 0.5].iter().filter_map(|&p| quantile(&ascending, p)).collect(),
    }
}

/// Quartiles of the price of a hop for `sat`, in ppm of it.
fn prices(fees: &[(u64, u64)], sat: u32) -> Vec<f64> {
    let prices =
        fees.iter().map(|&(base, ppm)| base as f64 * 1_000.0 / f64::from(sat) + ppm as f64);
    quantiles(&sorted(prices), &[0.25, 0.5, 0.75])
}

/// Share of the nodes with at least `least` enabled halves that ask the same fees on all of them.
fn one_policy(network: &Network, least: usize) -> Option<f64> {
    let mut by_node = vec![Vec::new(); network.node_count()];
    for channel in network.channel_ids() {
        for (side, node) in Side::BOTH.into_iter().zip(network.ends(channel)) {
            by_node[node.index()].extend(enabled(network, channel, side).map(fees));
        }
    }
    by_node.retain(|fees| fees.len() >= least);
    let uniform = by_node.iter().filter(|fees| fees.iter().all(|fee| *fee == fees[0])).count();
    share(uniform, by_node.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::ids::ChannelId;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};
    use crate::units::Ppm;

    #[test]
    fn halves_and_fees_of_a_line_of_four_by_hand() {
        let line = Generator::Line { nodes: 4, policy: PlainPolicy::default() };
        let mut network = generate(&line, Seeds::new(1, 0));
        network.channel_mut(ChannelId(0)).policies = [None; 2];
        network.channel_mut(ChannelId(1)).policies[0].as_mut().unwrap().disabled = true;
        let raised = network.channel_mut(ChannelId(2)).policies[0].as_mut().unwrap();
        raised.proportional_millionths = Ppm(2_000);
        let halves = half_stats(&network);
        assert_eq!((halves.disabled, halves.both), (Some(0.5), Some(1.0 / 3.0)));
        assert_eq!((halves.one, halves.none), (Some(1.0 / 3.0), Some(1.0 / 3.0)));
        let policies = policy_stats(&network);
        assert_eq!(policies.halves, 3);
        assert_eq!(policies.ppm.common, [(100, 2.0 / 3.0), (2_000, 1.0 / 3.0)]);
        assert_eq!(policies.ppm_thousand_or_more, Some(1.0 / 3.0));
        // 1,000 msat on 1,000 sat are 1,000 ppm.
        assert_eq!(policies.hop_price_ppm[0], [1_100.0, 1_100.0, 2_050.0]);
        assert_eq!(policies.htlc_maximum.whole, Some(1.0));
        // Node 2 has two halves, back over channel 1 and forth over channel 2, at 100 and 2,000
        // ppm.
        assert_eq!(policies.one_policy, [Some(0.0), None]);
    }
}
