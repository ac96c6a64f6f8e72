//! Which directions are enabled, and how large a channel is.

use crate::engine::Seeds;
use crate::network::generate::alike::Pair;
use crate::network::generate::lightning::scores::{normal_scores, values_by_rank};
use crate::network::generate::lightning::tables::{ACTIVE_CAPACITY, DEAD_CAPACITY, Quantiles};
use crate::network::generate::lightning::wiring::{Layer, Link};
use crate::units::Sat;

/// A channel before its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unpriced {
    /// The ends, lower node (that with more channels) first.
    pub(super) ends: Pair,
    /// Whether the direction away from each end is enabled.
    pub(super) enabled: [bool; 2],
    /// The capacity.
    pub(super) capacity: Sat,
}

/// Says which directions of each channel are enabled and what its capacity is.
pub(super) fn size(links: &[Link], nodes: u32, seeds: Seeds) -> Vec<Unpriced> {
    let draws = seeds.draws("network 2026 enabled");
    let mut channels: Vec<Unpriced> = links
        .iter()
        .enumerate()
        .map(|(id, link)| {
            let mut source = draws.at(id as u64, 0);
            let enabled = enabled(link.layer, source.unit(), source.chance(0.5));
            Unpriced { ends: link.ends, enabled, capacity: Sat::ZERO }
        })
        .collect();
    let degrees = degrees(&channels, nodes);
    for (enabled, model) in [(true, &ACTIVE), (false, &DEAD)] {
        let group: Vec<usize> = (0..channels.len())
            .filter(|&id| channels[id].enabled.contains(&true) == enabled)
            .collect();
        let capacities = model.capacities(&group, &channels, &degrees, seeds);
        for (id, capacity) in group.into_iter().zip(capacities) {
            channels[id].capacity = Sat(capacity);
        }
    }
    channels
}

/// Shares of channels with no and with one enabled direction, by layer, in the snapshot: 353 and
/// 762 of 33,032 between living nodes, 9,274 and 38 of 9,312 between dead ones, 7,288 and 1,176 of
/// 8,464 across.
const fn disabled(layer: Layer) -> (f64, f64) {
    match layer {
        Layer::Living => (0.010_7, 0.023_1),
        Layer::Dead => (0.995_9, 0.004_1),
        Layer::Across => (0.861, 0.139),
    }
}

fn enabled(layer: Layer, unit: f64, first: bool) -> [bool; 2] {
    let (none, one) = disabled(layer);
    if unit < none {
        [false; 2]
    } else if unit < none + one {
        [first, !first]
    } else {
        [true; 2]
    }
}

/// Channels of each node.
pub(super) fn degrees(channels: &[Unpriced], nodes: u32) -> Vec<u64> {
    let mut degrees = vec![0; nodes as usize];
    for channel in channels {
        for end in channel.ends {
            degrees[end as usize] += 1;
        }
    }
    degrees
}

/// Weights of what the score of a channel's capacity consists of.
struct CapacityModel {
    /// Normal score of the smaller degree of its ends.
    smaller_degree: f64,
    /// Normal score of the larger degree.
    larger_degree: f64,
    /// Habit of the node with the smaller degree: one normal number per node.
    habit: f64,
    /// Noise per channel.
    noise: f64,
    /// The distribution.
    table: &'static Quantiles,
}

/// Channels with an enabled direction. In the snapshot the scores regress on those of the smaller
/// and the larger degree with 0.61 and 0.14, and two channels of a node have residuals in common.
const ACTIVE: CapacityModel = CapacityModel {
    smaller_degree: 0.61,
    larger_degree: 0.12,
    habit: 0.35,
    noise: 0.68,
    table: ACTIVE_CAPACITY,
};

/// Channels without one: a node's are much alike. In the snapshot their capacities hardly go with
/// degree (0.1); the weight of the smaller degree is higher to make up for what the model loses
/// between both kinds, so that the correlation over all channels, 0.67, comes out.
const DEAD: CapacityModel = CapacityModel {
    smaller_degree: 0.3,
    larger_degree: -0.05,
    habit: 0.7,
    noise: 0.7,
    table: DEAD_CAPACITY,
};

impl CapacityModel {
    /// The capacities, in sat, of the channels of `group`.
    fn capacities(
        &self,
        group: &[usize],
        channels: &[Unpriced],
        degrees: &[u64],
        seeds: Seeds,
    ) -> Vec<u64> {
        let habits = seeds.draws("network 2026 capacity habit");
        let noises = seeds.draws("network 2026 capacity");
        // Nodes are numbered by descending degree, but a dropped loop may change that.
        let ends = group.iter().map(|&id| {
            let [one, two] = channels[id].ends;
            if degrees[one as usize] < degrees[two as usize] { [two, one] } else { [one, two] }
        });
        let (larger, smaller): (Vec<u32>, Vec<u32>) = ends.map(|[one, two]| (one, two)).unzip();
        let degree_scores = |ends: &[u32]| {
            let degrees: Vec<u64> = ends.iter().map(|&end| degrees[end as usize]).collect();
            normal_scores(&degrees)
        };
        let (small_scores, large_scores) = (degree_scores(&smaller), degree_scores(&larger));
        let scores: Vec<f64> = (0..group.len())
            .map(|at| {
                self.smaller_degree * small_scores[at]
                    + self.larger_degree * large_scores[at]
                    + self.habit * habits.at(u64::from(smaller[at]), 0).normal()
                    + self.noise * noises.at(group[at] as u64, 0).normal()
            })
            .collect();
        values_by_rank(&scores, self.table)
    }
}
