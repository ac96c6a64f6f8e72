//! Random graphs from the textbooks, with channels that are all alike. None has parallel channels.

use std::collections::BTreeSet;

use crate::engine::{Seeds, Source};
use crate::network::generate::alike::Pair;
use crate::network::generate::plain;

/// Barabási and Albert, "Emergence of scaling in random networks" (Science 286, 1999).
///
/// Starts as a star of `channels_per_node + 1` nodes. Every further node opens `channels_per_node`
/// channels to different nodes, each chosen with probability proportional to its degree.
/// `channels_per_node * (nodes - channels_per_node)` channels; connected.
///
/// # Panics
/// Unless 1 ≤ `channels_per_node` < `nodes`.
pub(super) fn barabasi_albert(nodes: u32, channels_per_node: u32, seeds: Seeds) -> Vec<Pair> {
    assert!(channels_per_node >= 1 && channels_per_node < nodes, "1 to nodes - 1 channels a node");
    let mut source = seeds.stream("network barabasi_albert");
    let mut pairs = plain::star(channels_per_node + 1);
    // One entry per channel end: a uniform entry is a node by its degree.
    let mut ends: Vec<u32> = pairs.concat();
    for node in channels_per_node + 1..nodes {
        let mut chosen = BTreeSet::new();
        while chosen.len() < channels_per_node as usize {
            chosen.insert(ends[index_below(&mut source, ends.len())]);
        }
        for target in chosen {
            pairs.push([target, node]);
            ends.extend([target, node]);
        }
    }
    pairs
}

/// Watts and Strogatz, "Collective dynamics of small-world networks" (Nature 393, 1998).
///
/// A ring where everybody has a channel with the `neighbours / 2` next nodes; then each channel
/// keeps its first end and gets, with probability `rewire`, a uniform other second end that makes
/// neither a loop nor a parallel channel. `nodes * neighbours / 2` channels.
///
/// # Panics
/// Unless `neighbours` is even and below `nodes`.
pub(super) fn watts_strogatz(nodes: u32, neighbours: u32, rewire: f64, seeds: Seeds) -> Vec<Pair> {
    assert!(neighbours.is_multiple_of(2) && neighbours < nodes, "an even number below nodes");
    let draws = seeds.draws("network watts_strogatz");
    let mut adjacent = vec![BTreeSet::new(); nodes as usize];
    let mut pairs = Vec::new();
    for distance in 1..=neighbours / 2 {
        for one in 0..nodes {
            let two = (one + distance) % nodes;
            pairs.push([one, two]);
            adjacent[one as usize].insert(two);
            adjacent[two as usize].insert(one);
        }
    }
    for (index, pair) in pairs.iter_mut().enumerate() {
        let mut source = draws.at(index as u64, 0);
        let [one, old] = *pair;
        let free = u64::from(nodes - 1) - adjacent[one as usize].len() as u64;
        if !source.chance(rewire) || free == 0 {
            continue;
        }
        let new = nth_stranger(one, &adjacent[one as usize], source.below(free));
        adjacent[one as usize].remove(&old);
        adjacent[old as usize].remove(&one);
        adjacent[one as usize].insert(new);
        adjacent[new as usize].insert(one);
        *pair = [one, new];
    }
    pairs
}

/// The `rank`-th node, from 0 and ascending, that is neither `node` nor one of its neighbours.
fn nth_stranger(node: u32, neighbours: &BTreeSet<u32>, rank: u64) -> u32 {
    let mut stranger = u32::try_from(rank).expect("ranks are below the number of nodes");
    let mut node_is_ahead = true;
    for &known in neighbours {
        if node_is_ahead && node < known {
            stranger += u32::from(node <= stranger);
            node_is_ahead = false;
        }
        stranger += u32::from(known <= stranger);
    }
    if node_is_ahead && node <= stranger { stranger + 1 } else { stranger }
}

/// Erdős and Rényi, "On random graphs I" (1959): G(n, m), every set of m pairs equally likely.
///
/// # Panics
/// When there are fewer pairs of nodes than channels.
pub(super) fn erdos_renyi(nodes: u32, channels: u32, seeds: Seeds) -> Vec<Pair> {
    let all = u64::from(nodes) * u64::from(nodes.saturating_sub(1)) / 2;
    let mut source = seeds.stream("network erdos_renyi");
    distinct_below(&mut source, all, channels).into_iter().map(pair_of_index).collect()
}

/// A complete core of nodes 0 to `core - 1`; every further node has channels with
/// `channels_per_node` different uniform core nodes. Connected.
///
/// # Panics
/// When `channels_per_node` exceeds `core`.
pub(super) fn core_periphery(
    core: u32,
    periphery: u32,
    channels_per_node: u32,
    seeds: Seeds,
) -> Vec<Pair> {
    let mut source = seeds.stream("network core_periphery");
    let mut pairs = plain::complete(core);
    for node in core..core + periphery {
        for inner in distinct_below(&mut source, u64::from(core), channels_per_node) {
            let inner = u32::try_from(inner).expect("core nodes have 32-bit numbers");
            pairs.push([inner, node]);
        }
    }
    pairs
}

/// A uniform set of `count` different numbers below `bound`, by Floyd's algorithm (Bentley and
/// Floyd, Communications of the ACM 30(9), 1987): one draw each, no rejection.
fn distinct_below(source: &mut Source, bound: u64, count: u32) -> BTreeSet<u64> {
    assert!(u64::from(count) <= bound, "cannot choose {count} different items of {bound}");
    let mut chosen = BTreeSet::new();
    for last in bound - u64::from(count)..bound {
        let drawn = source.below(last + 1);
        if !chosen.insert(drawn) {
            chosen.insert(last);
        }
    }
    chosen
}

/// The pair at place `index` of (0,1), (0,2), (1,2), (0,3), (1,3), …
fn pair_of_index(index: u64) -> Pair {
    // The larger node is the largest j with j (j − 1) / 2 ≤ index; doubling keeps all integer.
    let larger = u64::midpoint((8 * index + 1).isqrt(), 1);
    let smaller = index - larger * (larger - 1) / 2;
    [smaller, larger].map(|node| u32::try_from(node).expect("nodes have 32-bit numbers"))
}

/// A uniform place in a list of `len` items.
pub(super) fn index_below(source: &mut Source, len: usize) -> usize {
    usize::try_from(source.below(len as u64)).expect("below a length, so it fits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds() -> Seeds {
        Seeds::new(7, 0)
    }

    fn degrees(nodes: u32, pairs: &[Pair]) -> Vec<u32> {
        let mut degrees = vec![0; nodes as usize];
        for &end in pairs.as_flattened() {
            degrees[end as usize] += 1;
        }
        degrees
    }

    fn is_simple(pairs: &[Pair]) -> bool {
        let distinct: BTreeSet<_> =
            pairs.iter().map(|&[one, two]| [one.min(two), one.max(two)]).collect();
        distinct.len() == pairs.len() && pairs.iter().all(|[one, two]| one != two)
    }

    #[test]
    fn preferential_attachment_makes_hubs_and_no_node_below_its_own_channels() {
        let pairs = barabasi_albert(2_000, 2, seeds());
        assert_eq!(pairs.len(), 2 * 1_998);
        assert!(is_simple(&pairs));
        let degrees = degrees(2_000, &pairs);
        assert!(degrees[3..].iter().all(|&degree| degree >= 2));
        assert!(*degrees.iter().max().unwrap() > 60, "a random graph would reach about 13");
    }

    #[test]
    fn attachment_to_everybody_gives_a_star_and_nothing_else() {
        assert_eq!(barabasi_albert(5, 4, seeds()), plain::star(5));
    }

    #[test]
    fn a_small_world_without_rewiring_is_a_ring_lattice() {
        let pairs = watts_strogatz(6, 2, 0.0, seeds());
        assert_eq!(pairs, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 0]]);
    }

    #[test]
    fn rewiring_moves_the_asked_share_of_channels_and_makes_no_parallels() {
        let lattice = watts_strogatz(5_000, 6, 0.0, seeds());
        let pairs = watts_strogatz(5_000, 6, 0.3, seeds());
        assert_eq!(pairs.len(), 15_000);
        assert!(is_simple(&pairs));
        let moved = pairs.iter().zip(&lattice).filter(|(new, old)| new != old).count();
        assert!(moved.abs_diff(4_500) < 170, "three standard deviations: {moved}");
    }

    #[test]
    fn rewiring_a_complete_graph_finds_nobody_else() {
        let pairs = watts_strogatz(5, 4, 1.0, seeds());
        assert_eq!(pairs, watts_strogatz(5, 4, 0.0, seeds()));
    }

    #[test]
    fn strangers_are_counted_over_the_gaps() {
        let neighbours = BTreeSet::from([0, 3, 4]);
        let strangers: Vec<_> = (0..3).map(|rank| nth_stranger(2, &neighbours, rank)).collect();
        assert_eq!(strangers, [1, 5, 6]);
    }

    #[test]
    fn a_random_graph_has_exactly_the_asked_channels_and_poisson_degrees() {
        let pairs = erdos_renyi(2_000, 10_000, seeds());
        assert_eq!(pairs.len(), 10_000);
        assert!(is_simple(&pairs));
        let degrees = degrees(2_000, &pairs);
        let variance =
            degrees.iter().map(|&d| (f64::from(d) - 10.0) * (f64::from(d) - 10.0)).sum::<f64>()
                / 2_000.0;
        assert!((variance - 10.0).abs() < 1.2, "about the mean: {variance}");
        assert_eq!(erdos_renyi(5, 10, seeds()).len(), 10);
    }

    #[test]
    fn pairs_are_numbered_without_gaps() {
        let first: Vec<_> = (0..6).map(pair_of_index).collect();
        assert_eq!(first, [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]]);
        assert_eq!(pair_of_index(499_999_500_000 - 1), [999_998, 999_999]);
    }

    #[test]
    fn the_periphery_has_channels_with_different_core_nodes_only() {
        let pairs = core_periphery(10, 90, 3, seeds());
        assert_eq!(pairs.len(), 45 + 270);
        assert!(is_simple(&pairs));
        assert!(pairs[45..].iter().all(|&[inner, outer]| inner < 10 && outer >= 10));
    }

    #[test]
    fn the_same_seed_gives_the_same_graph_and_another_seed_another() {
        let other = Seeds::new(8, 0);
        assert_eq!(erdos_renyi(100, 300, seeds()), erdos_renyi(100, 300, seeds()));
        assert_ne!(erdos_renyi(100, 300, seeds()), erdos_renyi(100, 300, other));
        assert_eq!(barabasi_albert(100, 3, seeds()), barabasi_albert(100, 3, seeds()));
        assert_ne!(barabasi_albert(100, 3, seeds()), barabasi_albert(100, 3, other));
        assert_ne!(watts_strogatz(100, 4, 0.5, seeds()), watts_strogatz(100, 4, 0.5, other));
    }
}
