//! What goes with what: rank correlations of capacities, degrees and policies.
#![expect(clippy::cast_precision_loss, reason = "figures for reading")]

use crate::ids::{NodeId, Side};
use crate::math;
use crate::network::stats::numbers::{pearson, quantile, sorted, spearman};
use crate::network::stats::selection::{Selection, enabled};
use crate::network::topology::{Network, Policy};

/// Correlations of capacity and degree; Spearman's where nothing else is said.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelCorrelations {
    /// Capacity and the smaller degree of the two ends.
    pub capacity_min_degree: Option<f64>,
    /// Capacity and the larger degree.
    pub capacity_max_degree: Option<f64>,
    /// Capacity and the product of the degrees.
    pub capacity_degree_product: Option<f64>,
    /// Pearson's, of the logarithms of capacity and of the product.
    pub ln_capacity_ln_product: Option<f64>,
    /// Degree of a node and the mean capacity of its channels.
    pub degree_mean_capacity: Option<f64>,
    /// Median of the nodes' mean capacities, in sat, by the classes of degree in
    /// [`ChannelCorrelations::CLASSES`].
    pub mean_capacity_by_degree: Vec<Option<f64>>,
}

impl ChannelCorrelations {
    /// Classes of degree: smallest and largest.
    pub const CLASSES: [(u64, u64); 7] =
        [(1, 1), (2, 2), (3, 5), (6, 10), (11, 30), (31, 100), (101, u64::MAX)];
}

/// Rank correlations over enabled halves; degree is that of the node that sets the policy, over all
/// announced channels.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyCorrelations {
    /// Ppm and capacity.
    pub ppm_capacity: Option<f64>,
    /// Base fee and capacity.
    pub base_capacity: Option<f64>,
    /// Ppm and degree.
    pub ppm_degree: Option<f64>,
    /// Base fee and degree.
    pub base_degree: Option<f64>,
    /// CLTV delta and degree.
    pub cltv_degree: Option<f64>,
    /// Base fee and ppm.
    pub base_ppm: Option<f64>,
    /// Ppm of the two directions of a channel, each taken as first once.
    pub ppm_both_ways: Option<f64>,
}

pub(super) fn of_channels(selection: &Selection) -> ChannelCorrelations {
    let capacity: Vec<f64> = selection.capacities.iter().map(|&sat| sat as f64).collect();
    let by_ends = |of: &dyn Fn(u64, u64) -> u64| -> Vec<f64> {
        let degree = |end: usize| selection.degrees[end];
        selection.ends.iter().map(|&[one, two]| of(degree(one), degree(two)) as f64).collect()
    };
    let product = by_ends(&|one, two| one * two);
    let logarithms = |values: &[f64]| -> Vec<f64> { values.iter().map(|&x| math::ln(x)).collect() };
    let degrees: Vec<f64> = selection.degrees.iter().map(|&degree| degree as f64).collect();
    let strengths = selection.strengths.iter();
    let means: Vec<f64> =
        strengths.zip(&degrees).map(|(&sat, degree)| sat as f64 / degree).collect();
    let class_median = |&(least, most): &(u64, u64)| {
        let of_class = means.iter().zip(&selection.degrees);
        let of_class = of_class.filter(|(_, degree)| (least..=most).contains(degree));
        quantile(&sorted(of_class.map(|(&mean, _)| mean)), 0.5)
    };
    ChannelCorrelations {
        capacity_min_degree: spearman(&capacity, &by_ends(&u64::min)),
        capacity_max_degree: spearman(&capacity, &by_ends(&u64::max)),
        capacity_degree_product: spearman(&capacity, &product),
        ln_capacity_ln_product: pearson(&logarithms(&capacity), &logarithms(&product)),
        degree_mean_capacity: spearman(&degrees, &means),
        mean_capacity_by_degree: ChannelCorrelations::CLASSES.iter().map(class_median).collect(),
    }
}

pub(super) fn of_policies(network: &Network) -> PolicyCorrelations {
    let mut degrees = vec![0_u32; network.node_count()];
    for channel in network.channel_ids() {
        network.ends(channel).into_iter().for_each(|end: NodeId| degrees[end.index()] += 1);
    }
    let (mut base, mut ppm, mut cltv) = (Vec::new(), Vec::new(), Vec::new());
    let (mut capacity, mut degree) = (Vec::new(), Vec::new());
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for channel in network.channel_ids() {
        let policies = Side::BOTH.map(|side| enabled(network, channel, side));
        for (policy, node) in policies.into_iter().zip(network.ends(channel)) {
            let Some(policy) = policy else { continue };
            base.push(f64::from(policy.fee_base_msat));
            ppm.push(rate(policy));
            cltv.push(f64::from(policy.cltv_expiry_delta));
            capacity.push(network.channel(channel).capacity.0 as f64);
            degree.push(f64::from(degrees[node.index()]));
        }
        if let [Some(one), Some(two)] = policies {
            there.extend([rate(one), rate(two)]);
            back.extend([rate(two), rate(one)]);
        }
    }
    PolicyCorrelations {
        ppm_capacity: spearman(&ppm, &capacity),
        base_capacity: spearman(&base, &capacity),
        ppm_degree: spearman(&ppm, &degree),
        base_degree: spearman(&base, &degree),
        cltv_degree: spearman(&cltv, &degree),
        base_ppm: spearman(&base, &ppm),
        ppm_both_ways: spearman(&there, &back),
    }
}

fn rate(policy: &Policy) -> f64 {
    f64::from(policy.proportional_millionths.0)
}
