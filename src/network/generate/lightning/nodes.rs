//! Degrees, who lives, and how many channels lead from the living to the dead.
//!
//! A node lives when some channel of it is enabled in both directions. In the snapshot nearly all
//! channels between two living nodes are enabled (97 % both ways) and nearly all others are not, so
//! one bit per node and the number of channels to the other kind tell which channels are dead.

use crate::engine::{Seeds, Source};
use crate::math;
use crate::network::generate::lightning::sampling::{on_line, weighted_split};

/// What is decided about a node before any channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// Channel ends.
    pub(super) degree: u32,
    /// Whether it is part of the payment network.
    pub(super) alive: bool,
    /// Channel ends towards nodes of the other kind: living towards dead, or back.
    pub(super) across: u32,
}

/// The profiles of all nodes, by descending degree.
pub(super) fn profiles(nodes: u32, seeds: Seeds) -> Vec<Profile> {
    let mut profiles = living(&degrees(nodes), &mut seeds.stream("network 2026 alive"));
    let source = &mut seeds.stream("network 2026 across");
    let mut quantile = source.unit();
    let mut needed = 0;
    for node in profiles.iter_mut().filter(|node| node.alive) {
        node.across = towards_dead(node.degree, quantile, source.unit());
        needed += node.across as usize;
        quantile = (quantile + GOLDEN).fract();
    }
    towards_living(&mut profiles, needed, &mut seeds.stream("network 2026 dead"));
    profiles
}

/// Share of nodes that have at least so many channels: at small degrees exact, above thinned out;
/// from 299 on some of the 22 largest nodes, each at the middle of its rank.
const DEGREES: [(f64, f64); 27] = [
    (1.0, 1.0),
    (2.0, 0.457_92),
    (3.0, 0.292_831),
    (4.0, 0.215_828),
    (5.0, 0.172_593),
    (6.0, 0.142_923),
    (7.0, 0.123_182),
    (8.0, 0.107_77),
    (10.0, 0.087_22),
    (13.0, 0.070_134),
    (17.0, 0.052_759),
    (22.0, 0.041_215),
    (30.0, 0.031_69),
    (40.0, 0.023_32),
    (55.0, 0.015_412),
    (75.0, 0.009_871),
    (100.0, 0.007_158),
    (140.0, 0.004_387),
    (200.0, 0.002_54),
    (299.0, 0.001_241),
    (485.0, 0.000_894_7),
    (651.0, 0.000_548_4),
    (931.0, 0.000_375_2),
    (1_088.0, 0.000_317_5),
    (1_268.0, 0.000_144_3),
    (1_771.0, 0.000_086_6),
    (1_989.0, 0.000_028_86),
];

/// Exponent of the tail beyond the largest real node: P(degree ≥ d) ∝ d^-1.5, between the 1.3 of
/// the nodes from 200 to 1,000 and the 2 of the three largest.
const TAIL: f64 = 1.5;

/// No node has more channels than this share of the number of nodes. The largest real one, with
/// 11 %, is hardly touched; without the bound the largest of 100 nodes would have 130.
const LARGEST_SHARE: f64 = 0.2;

/// Degrees, descending: the quantiles of the real distribution at the middles of `nodes` ranks.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "degrees are positive and below 2^32"
)]
fn degrees(nodes: u32) -> Vec<u32> {
    let limit = LARGEST_SHARE * f64::from(nodes);
    (0..nodes)
        .map(|rank| {
            let degree = degree_at((f64::from(rank) + 0.5) / f64::from(nodes));
            let ratio = degree / limit;
            // A smooth minimum of degree and limit.
            let bounded = degree / (1.0 + ratio * ratio * ratio * ratio).sqrt().sqrt();
            bounded.max(1.0) as u32
        })
        .collect()
}

/// The degree that a share `p` of the nodes reaches, on logarithmic scales between the entries.
fn degree_at(p: f64) -> f64 {
    let next = DEGREES.partition_point(|&(_, share)| share >= p);
    if next == DEGREES.len() {
        let (largest, share) = DEGREES[next - 1];
        return largest * math::pow(share / p, 1.0 / TAIL);
    }
    let [(low, more), (high, fewer)] = [DEGREES[next - 1], DEGREES[next]];
    low * math::pow(high / low, math::ln(p / more) / math::ln(fewer / more))
}

/// Share of nodes that live, by degree: 27 % of those with one channel, all of the largest. The
/// first two are 0.008 and 0.005 above the snapshot's, for the nodes whose only living channel
/// turns out disabled.
const ALIVE: [(f64, f64); 10] = [
    (1.0, 0.278),
    (2.0, 0.288),
    (3.0, 0.4),
    (4.5, 0.466),
    (8.0, 0.621),
    (15.0, 0.735),
    (33.0, 0.824),
    (75.0, 0.865),
    (180.0, 0.941),
    (600.0, 1.0),
];

/// Decides who lives, in systematic sampling down the degrees: of any run of similar nodes the due
/// share, to within one node.
fn living(degrees: &[u32], source: &mut Source) -> Vec<Profile> {
    let mut due = source.unit();
    degrees
        .iter()
        .map(|&degree| {
            let before = due.floor();
            due += on_line(&ALIVE, f64::from(degree));
            Profile { degree, alive: due.floor() > before, across: 0 }
        })
        .collect()
}

/// What shares of a living node's channels lead to dead nodes: quantiles at [`ACROSS_AT`] of the
/// living nodes with up to so many channels.
const ACROSS: [(u32, [f64; 8]); 9] = [
    (1, [0.0; 8]),
    (2, [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5]),
    (3, [0.0, 0.0, 0.0, 0.0, 0.0, 0.333, 0.333, 0.667]),
    (5, [0.0, 0.0, 0.0, 0.0, 0.2, 0.25, 0.4, 0.8]),
    (10, [0.0, 0.0, 0.0, 0.1, 0.143, 0.286, 0.375, 0.875]),
    (20, [0.0, 0.0, 0.05, 0.077, 0.111, 0.188, 0.312, 0.929]),
    (50, [0.0, 0.023, 0.034, 0.05, 0.086, 0.138, 0.262, 0.977]),
    (300, [0.01, 0.021, 0.034, 0.046, 0.076, 0.17, 0.35, 0.903]),
    (u32::MAX, [0.0, 0.167, 0.182, 0.246, 0.396, 0.638, 0.724, 0.794]),
];

/// The golden ratio less 1. Steps of it, modulo 1, fill the unit interval evenly, so that the few
/// largest nodes, with half of all channels to the dead, always have every kind among them.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The shares at which [`ACROSS`] has its quantiles.
const ACROSS_AT: [f64; 8] = [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];

/// Channels of a living node that lead to dead ones, at a quantile of [`ACROSS`] and rounded by
/// chance; one end stays for the living.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a degree is positive and below 2^32"
)]
fn towards_dead(degree: u32, quantile: f64, chance: f64) -> u32 {
    let (_, quantiles) =
        ACROSS.iter().find(|(largest, _)| degree <= *largest).expect("the last class has no end");
    let points: Vec<(f64, f64)> = ACROSS_AT.into_iter().zip(*quantiles).collect();
    let exact = on_line(&points, quantile) * f64::from(degree);
    let rounded = (exact + chance) as u32;
    rounded.min(degree - 1)
}

/// How much likelier than others a channel end of a dead node is to lead to the living, by degree:
/// 47 % of the channels of the smallest dead nodes do, and 9 % of those of the largest.
const DEAD_ACROSS: [(f64, f64); 6] =
    [(1.0, 0.47), (2.0, 0.37), (3.0, 0.35), (8.0, 0.28), (15.0, 0.18), (75.0, 0.09)];

/// Chooses `needed` channel ends of dead nodes that lead to the living.
fn towards_living(profiles: &mut [Profile], needed: usize, source: &mut Source) {
    let mut ends = Vec::new();
    for (id, node) in (0..).zip(profiles.iter()).filter(|(_, node)| !node.alive) {
        ends.extend((0..node.degree).map(|_| id));
    }
    let weight = |id: u32| on_line(&DEAD_ACROSS, f64::from(profiles[id as usize].degree));
    let (chosen, _) = weighted_split(&ends, weight, needed, source);
    for id in chosen {
        profiles[id as usize].across += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_at_the_real_size_are_the_real_ones() {
        let degrees = degrees(17_324);
        assert!(degrees.is_sorted_by(|one, two| one >= two));
        assert!(degrees[0].abs_diff(1_989) < 60 && degrees[1].abs_diff(1_771) < 60);
        let singles = degrees.iter().filter(|&&degree| degree == 1).count();
        assert!(singles.abs_diff(9_391) < 3, "{singles}");
        let ends: u32 = degrees.iter().sum();
        assert!(ends.abs_diff(101_616) < 1_000, "{ends}");
    }

    #[test]
    fn small_networks_have_no_node_with_channels_to_more_than_a_fifth() {
        assert!(degrees(100)[0] <= 20);
        assert!(degrees(2_000)[0] <= 400);
        assert_eq!(degrees(100)[99], 1);
    }

    #[test]
    fn the_living_are_the_due_share_and_meet_the_dead_halfway() {
        let profiles = profiles(17_324, Seeds::new(1, 0));
        let alive = profiles.iter().filter(|node| node.alive).count();
        assert!(alive.abs_diff(6_330) < 60, "{alive}");
        let across = |alive: bool| -> u32 {
            profiles.iter().filter(|node| node.alive == alive).map(|node| node.across).sum()
        };
        assert_eq!(across(true), across(false));
        assert!(profiles.iter().all(|node| node.across <= node.degree));
    }

    #[test]
    fn a_living_node_keeps_a_channel_among_the_living() {
        let profiles = profiles(2_000, Seeds::new(3, 0));
        let mut living = profiles.iter().filter(|node| node.alive);
        assert!(living.all(|node| node.across < node.degree));
    }
}
