//! Sizes of channels, channels per node, money per node.
#![expect(clippy::cast_precision_loss, reason = "figures for reading")]

use crate::math;
use crate::network::stats::numbers::{
    deviation, gini, mean, most_common, quantile, share, share_of_top, sorted,
};
use crate::network::stats::power_law::{PowerLaw, best_fit, fit_from};
use crate::network::stats::selection::Selection;

/// Sizes of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityStats {
    /// All capacity, in sat.
    pub total_sat: u64,
    /// Mean, in sat.
    pub mean_sat: Option<f64>,
    /// Standard deviation, in sat.
    pub deviation_sat: Option<f64>,
    /// Quantiles at [`CapacityStats::QUANTILES`], in sat.
    pub quantiles_sat: Vec<f64>,
    /// Mean of the natural logarithm of sat.
    pub ln_mean: Option<f64>,
    /// Standard deviation of the natural logarithm of sat.
    pub ln_deviation: Option<f64>,
    /// Gini coefficient.
    pub gini: Option<f64>,
    /// The twelve most common capacities, in sat, and their shares.
    pub common: Vec<(u64, f64)>,
}

impl CapacityStats {
    /// Where quantiles are taken.
    pub const QUANTILES: [f64; 11] =
        [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0];
}

/// Channels per node, and money per node.
#[derive(Clone, Debug, PartialEq)]
pub struct DegreeStats {
    /// Mean channels per node.
    pub mean: Option<f64>,
    /// Quantiles at [`DegreeStats::QUANTILES`].
    pub quantiles: Vec<f64>,
    /// Share of nodes with exactly one channel.
    pub share_one: Option<f64>,
    /// Share of nodes with exactly two channels.
    pub share_two: Option<f64>,
    /// Nodes with at least 100 channels.
    pub hundred_or_more: u64,
    /// Share of nodes with at least as many channels as each of [`DegreeStats::AT_LEAST`].
    pub at_least: Vec<Option<f64>>,
    /// Gini coefficient of the degrees.
    pub gini: Option<f64>,
    /// The discrete power law that fits best.
    pub power_law: Option<PowerLaw>,
    /// Its exponent when fitted from 1 and from 10 channels on.
    pub power_law_from: [Option<f64>; 2],
    /// Gini coefficient of the money in the nodes' channels.
    pub strength_gini: Option<f64>,
    /// Share of that money at the richest 1 % and 10 % of nodes.
    pub strength_of_top: [Option<f64>; 2],
}

impl DegreeStats {
    /// Where quantiles are taken.
    pub const QUANTILES: [f64; 7] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0];
    /// Where the complementary distribution is taken.
    pub const AT_LEAST: [u64; 9] = [2, 5, 10, 20, 50, 100, 200, 500, 1_000];
}

pub(super) fn capacity_stats(selection: &Selection) -> CapacityStats {
    let ascending = sorted(selection.capacities.iter().map(|&sat| sat as f64));
    let logarithms: Vec<f64> =
        ascending.iter().filter(|&&sat| sat > 0.0).map(|&sat| math::ln(sat)).collect();
    CapacityStats {
        total_sat: selection.capacities.iter().sum(),
        mean_sat: mean(&ascending),
        deviation_sat: deviation(&ascending),
        quantiles_sat: quantiles(&ascending, &CapacityStats::QUANTILES),
        ln_mean: mean(&logarithms),
        ln_deviation: deviation(&logarithms),
        gini: gini(&ascending),
        common: most_common(&selection.capacities, 12),
    }
}

pub(super) fn degree_stats(selection: &Selection) -> DegreeStats {
    let degrees = &selection.degrees;
    let ascending = sorted(degrees.iter().map(|&degree| degree as f64));
    let strengths = sorted(selection.strengths.iter().map(|&sat| sat as f64));
    let count = |has: &dyn Fn(u64) -> bool| degrees.iter().filter(|&&degree| has(degree)).count();
    let share_that = |has: &dyn Fn(u64) -> bool| share(count(has), degrees.len());
    DegreeStats {
        mean: mean(&ascending),
        quantiles: quantiles(&ascending, &DegreeStats::QUANTILES),
        share_one: share_that(&|degree| degree == 1),
        share_two: share_that(&|degree| degree == 2),
        hundred_or_more: count(&|degree| degree >= 100) as u64,
        at_least: DegreeStats::AT_LEAST
            .iter()
            .map(|&least| share_that(&|degree| degree >= least))
            .collect(),
        gini: gini(&ascending),
        power_law: best_fit(degrees),
        power_law_from: [1, 10].map(|xmin| fit_from(degrees, xmin).map(|law| law.alpha)),
        strength_gini: gini(&strengths),
        strength_of_top: [0.01, 0.1].map(|part| share_of_top(&strengths, part)),
    }
}

/// Several quantiles of ascending values; none of nothing.
pub(super) fn quantiles(ascending: &[f64], at: &[f64]) -> Vec<f64> {
    at.iter().filter_map(|&p| quantile(ascending, p)).collect()
}
