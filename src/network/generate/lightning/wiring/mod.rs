//! Who has a channel with whom.
//!
//! Three layers of channels, each a random matching of the channel ends that the profiles give it:
//! among the living, among the dead, and between both. Then, in each layer, channels are moved in a
//! way that closes triangles and leaves all degrees as they are.

mod closing;

use std::collections::BTreeMap;

use crate::engine::{Seeds, Source};
use crate::math;
use crate::network::generate::alike::Pair;
use crate::network::generate::lightning::nodes::Profile;
use crate::network::generate::lightning::sampling::{on_line, shuffle, weighted_split};
use crate::network::generate::random::index_below;

/// A channel to be: its ends, lower node first, and what kind of nodes it joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    /// The ends.
    pub(super) ends: Pair,
    /// The layer.
    pub(super) layer: Layer,
}

/// What kind of nodes a channel joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// Two living nodes.
    Living,
    /// Two dead nodes.
    Dead,
    /// One of each.
    Across,
}

/// Share of the channels of nodes with a single channel, among the dead, that join two such nodes
/// on purpose: pairs that left together. In the snapshot they
/// meet 1.5 times as often as by chance; fitted to its 721 components.
const LONELY_PAIRS: f64 = 0.17;

/// Joins the ends of all channels; ascending by ends.
pub(super) fn wire(profiles: &[Profile], seeds: Seeds) -> Vec<Link> {
    let source = &mut seeds.stream("network 2026 wiring");
    let ends = |alive: bool, count: fn(&Profile) -> u32| {
        let mut ends = Vec::new();
        for (id, node) in (0_u32..).zip(profiles).filter(|(_, node)| node.alive == alive) {
            ends.extend((0..count(node)).map(|_| id));
        }
        ends
    };
    let inside = |node: &Profile| node.degree - node.across;
    let mut living = matched_living(&ends(true, inside), profiles, source);
    let mut dead = matched_dead(ends(false, inside), profiles, source);
    let mut across = matched_across(ends(true, |n| n.across), ends(false, |n| n.across), source);
    for pairs in [&mut living, &mut dead, &mut across] {
        untangle(pairs, source);
    }
    closing::close_triangles(&mut living, closing::LIVING, profiles.len(), source);
    closing::close_triangles(&mut dead, closing::DEAD, profiles.len(), source);
    let mut links = Vec::with_capacity(living.len() + dead.len() + across.len());
    let layers = [(living, Layer::Living), (dead, Layer::Dead), (across, Layer::Across)];
    for (pairs, layer) in layers {
        links.extend(pairs.into_iter().map(|pair| Link { ends: ascending(pair), layer }));
    }
    links.sort_unstable();
    links
}

/// The same ends, lower node first.
fn ascending([one, two]: Pair) -> Pair {
    [one.min(two), one.max(two)]
}

/// Joins the ends at random; one is left over when their number is odd.
fn matched(mut ends: Vec<u32>, source: &mut Source) -> Vec<Pair> {
    shuffle(&mut ends, source);
    ends.as_chunks().0.to_vec()
}

/// Share of the ends among the living that belong to hubs: in the snapshot the nodes with more than
/// 300.
const HUBS: f64 = 0.175;

/// Share of the hubs' ends that are left to meet anybody, another hub included. In the snapshot hubs
/// meet hubs five times less often than by chance; exchanges of channels add some meetings later.
const HUBS_MEET: f64 = 0.025;

/// Hubs differ in taste: some serve the smallest nodes mostly, others mostly larger ones. Their
/// ends, in the order of taste with this much noise (standard deviations of taste), meet others'
/// ends in the order of degree with as much noise (of the logarithm of degree). Without tastes
/// every small node is two hops from every hub.
const RANK_NOISE: f64 = 0.4;

/// How much likelier than others the channel ends of a node are to meet a hub, by the ends it has
/// among the living: the smallest nodes have two thirds of their channels with hubs.
const MEETS_HUB: [(f64, f64); 7] =
    [(1.0, 3.84), (2.0, 2.12), (4.0, 1.98), (8.0, 1.57), (20.0, 1.22), (60.0, 0.81), (180.0, 0.55)];

/// Joins ends of living nodes, given by descending degree: most hubs' ends with ends of small
/// nodes, the rest at random.
fn matched_living(ends: &[u32], profiles: &[Profile], source: &mut Source) -> Vec<Pair> {
    let inside = |node: u32| {
        let profile = profiles[node as usize];
        f64::from(profile.degree - profile.across)
    };
    let (hubs, others) = ends.split_at(part_of(HUBS, ends.len()));
    let (among_hubs, outward) =
        weighted_split(hubs, |_| 1.0, part_of(HUBS_MEET, hubs.len()), source);
    let weight = |node: u32| on_line(&MEETS_HUB, inside(node));
    let (partners, mut rest) = weighted_split(others, weight, outward.len(), source);
    let tastes: BTreeMap<u32, f64> =
        hubs.chunk_by(|one, two| one == two).map(|ends| (ends[0], source.normal())).collect();
    let outward = ranked(outward, |hub| tastes[&hub], source);
    let partners = ranked(partners, |node| math::ln(inside(node)), source);
    let mut pairs: Vec<Pair> =
        outward.into_iter().zip(partners).map(|(hub, other)| [hub, other]).collect();
    rest.extend(among_hubs);
    pairs.extend(matched(rest, source));
    pairs
}

/// The ends by ascending score with noise.
fn ranked(ends: Vec<u32>, score: impl Fn(u32) -> f64, source: &mut Source) -> Vec<u32> {
    let mut keyed: Vec<(f64, u32)> =
        ends.into_iter().map(|end| (score(end) + RANK_NOISE * source.normal(), end)).collect();
    keyed.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    keyed.into_iter().map(|(_, end)| end).collect()
}

/// A share of a number of things, rounded down.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and below the number itself"
)]
fn part_of(share: f64, count: usize) -> usize {
    (share * count as f64) as usize
}

/// Joins ends of dead nodes, some of the single ones among themselves.
fn matched_dead(ends: Vec<u32>, profiles: &[Profile], source: &mut Source) -> Vec<Pair> {
    let (mut lonely, mut others) = (Vec::new(), Vec::new());
    for end in ends {
        let alone = profiles[end as usize].degree == 1 && source.chance(LONELY_PAIRS);
        if alone { &mut lonely } else { &mut others }.push(end);
    }
    let mut pairs = matched(lonely, source);
    pairs.extend(matched(others, source));
    pairs
}

/// Joins each living end with a dead one.
fn matched_across(living: Vec<u32>, mut dead: Vec<u32>, source: &mut Source) -> Vec<Pair> {
    shuffle(&mut dead, source);
    living.into_iter().zip(dead).map(|(one, two)| [one, two]).collect()
}

/// Share of the channels parallel to another one that stay when chance has made them. Chance makes
/// them between the largest nodes, which in the snapshot meet five times less often than that; the
/// parallel channels of the snapshot are made in [`closing`].
const PARALLELS_KEPT: f64 = 0.3;

/// Attempts to find a channel to swap ends with.
const ATTEMPTS: usize = 20;

/// Removes loops and some parallel channels by swapping ends with random other channels. A loop
/// that no swap resolves is dropped.
fn untangle(pairs: &mut Vec<Pair>, source: &mut Source) {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_unstable_by_key(|&at| (ascending(pairs[at]), at));
    let mut tangled = Vec::new();
    for (place, &at) in order.iter().enumerate() {
        let parallel = place > 0 && ascending(pairs[order[place - 1]]) == ascending(pairs[at]);
        if is_loop(pairs[at]) || (parallel && !source.chance(PARALLELS_KEPT)) {
            tangled.push(at);
        }
    }
    for at in tangled {
        for _ in 0..ATTEMPTS {
            let other = index_below(source, pairs.len());
            let [[one, two], [three, four]] = [pairs[at], pairs[other]];
            if one != four && three != two {
                (pairs[at], pairs[other]) = ([one, four], [three, two]);
                break;
            }
        }
    }
    pairs.retain(|&pair| !is_loop(pair));
}

fn is_loop([one, two]: Pair) -> bool {
    one == two
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::generate::lightning::nodes::profiles;

    #[test]
    fn links_keep_all_degrees_but_for_a_few_loops_and_have_no_loop() {
        let profiles = profiles(2_000, Seeds::new(1, 0));
        let links = wire(&profiles, Seeds::new(1, 0));
        let mut degrees = vec![0; profiles.len()];
        for link in &links {
            assert!(link.ends[0] < link.ends[1]);
            for end in link.ends {
                degrees[end as usize] += 1;
            }
        }
        let missing: u32 = profiles.iter().zip(&degrees).map(|(node, d)| node.degree - d).sum();
        assert!(missing <= 12, "{missing} ends of {}", 2 * links.len());
    }

    #[test]
    fn a_layer_joins_the_kinds_of_nodes_that_it_is_named_after() {
        let profiles = profiles(500, Seeds::new(2, 0));
        for link in wire(&profiles, Seeds::new(2, 0)) {
            let alive = link.ends.iter().filter(|&&end| profiles[end as usize].alive).count();
            let expected = match link.layer {
                Layer::Living => 2,
                Layer::Across => 1,
                Layer::Dead => 0,
            };
            assert_eq!(alive, expected);
        }
    }

    #[test]
    fn loops_are_resolved_by_swapping_ends() {
        let mut pairs = vec![[0, 0], [1, 2]];
        untangle(&mut pairs, &mut Seeds::new(1, 0).stream("test"));
        let ends: Vec<_> = pairs.iter().copied().map(ascending).collect();
        assert_eq!(ends, [[0, 2], [0, 1]]);
    }
}
