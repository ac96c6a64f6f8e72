//! Graphs without chance.

use crate::network::generate::alike::Pair;

/// Node 0 in the middle of all others.
pub(super) fn star(nodes: u32) -> Vec<Pair> {
    (1..nodes).map(|spoke| [0, spoke]).collect()
}

/// Each node with the next.
pub(super) fn line(nodes: u32) -> Vec<Pair> {
    (1..nodes).map(|node| [node - 1, node]).collect()
}

/// A line whose last node meets the first.
///
/// # Panics
/// With fewer than 3 nodes.
pub(super) fn ring(nodes: u32) -> Vec<Pair> {
    assert!(nodes >= 3, "a ring has at least 3 nodes");
    let mut pairs = line(nodes);
    pairs.push([nodes - 1, 0]);
    pairs
}

/// A rectangle; node `row * columns + column`, joined with its right and lower neighbours.
pub(super) fn grid(rows: u32, columns: u32) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for node in 0..rows * columns {
        if (node + 1) % columns != 0 {
            pairs.push([node, node + 1]);
        }
        if node + columns < rows * columns {
            pairs.push([node, node + columns]);
        }
    }
    pairs
}

/// Everybody with everybody.
pub(super) fn complete(nodes: u32) -> Vec<Pair> {
    (0..nodes).flat_map(|one| (one + 1..nodes).map(move |two| [one, two])).collect()
}

/// Hubs joined completely; spoke `i` is node `hubs + i` and belongs to hub `i % hubs`.
///
/// # Panics
/// Without hubs.
pub(super) fn hub_and_spoke(hubs: u32, spokes: u32) -> Vec<Pair> {
    assert!(hubs > 0, "spokes need a hub");
    let mut pairs = complete(hubs);
    pairs.extend((0..spokes).map(|spoke| [spoke % hubs, hubs + spoke]));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_has_its_hub_in_every_channel() {
        assert_eq!(star(4), [[0, 1], [0, 2], [0, 3]]);
    }

    #[test]
    fn a_ring_of_three_is_a_triangle() {
        assert_eq!(ring(3), [[0, 1], [1, 2], [2, 0]]);
    }

    #[test]
    fn a_grid_of_two_by_three_has_seven_channels() {
        assert_eq!(grid(2, 3), [[0, 1], [0, 3], [1, 2], [1, 4], [2, 5], [3, 4], [4, 5]]);
    }

    #[test]
    fn spokes_are_spread_evenly_over_hubs() {
        assert_eq!(hub_and_spoke(2, 3), [[0, 1], [0, 2], [1, 3], [0, 4]]);
    }

    #[test]
    fn a_single_node_has_no_channels() {
        for pairs in [star(1), line(1), grid(1, 1), complete(1), hub_and_spoke(1, 0)] {
            assert_eq!(pairs, [] as [Pair; 0]);
        }
    }
}
