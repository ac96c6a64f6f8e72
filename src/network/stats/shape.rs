//! Components, triangles, mixing, cores. Parallel channels count once.
#![expect(clippy::cast_precision_loss, reason = "figures for reading")]

use crate::network::stats::numbers::{mean, pearson};
use crate::network::stats::selection::Selection;

/// The shape of the graph of node pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeStats {
    /// Connected components.
    pub components: u64,
    /// Nodes of the largest component.
    pub largest_component: u64,
    /// Mean over nodes of the share of their pairs of neighbours that are neighbours themselves; 0
    /// for nodes with one neighbour.
    pub clustering: Option<f64>,
    /// Share of all paths of two hops that are closed.
    pub transitivity: Option<f64>,
    /// Pearson correlation of the numbers of neighbours at both ends of a pair.
    pub assortativity: Option<f64>,
    /// Largest k such that some nodes all have k neighbours among themselves.
    pub max_core: u64,
}

pub(super) fn shape_stats(selection: &Selection) -> ShapeStats {
    let components = component_sizes(selection);
    let triangles = triangles(selection);
    let wedges = |node: usize| {
        let reach = selection.reach(node) as u64;
        reach * (reach - 1) / 2
    };
    let clustering: Vec<f64> = triangles
        .iter()
        .enumerate()
        .map(|(node, &closed)| closed as f64 / wedges(node).max(1) as f64)
        .collect();
    let all_wedges: u64 = (0..selection.nodes()).map(wedges).sum();
    let closed: u64 = triangles.iter().sum();
    ShapeStats {
        components: components.len() as u64,
        largest_component: components.iter().copied().max().unwrap_or(0),
        clustering: mean(&clustering),
        transitivity: (all_wedges > 0).then(|| closed as f64 / all_wedges as f64),
        assortativity: assortativity(selection),
        max_core: max_core(selection),
    }
}

fn component_sizes(selection: &Selection) -> Vec<u64> {
    let mut seen = vec![false; selection.nodes()];
    let mut sizes = Vec::new();
    for start in 0..selection.nodes() {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut open = vec![start];
        let mut size = 0;
        while let Some(node) = open.pop() {
            size += 1;
            for &next in selection.neighbours(node) {
                if !seen[next] {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
        sizes.push(size);
    }
    sizes
}

/// Triangles at each node. Each is found once, from its node with the fewest neighbours.
fn triangles(selection: &Selection) -> Vec<u64> {
    let order = |node: usize| (selection.reach(node), node);
    let larger: Vec<Vec<usize>> = (0..selection.nodes())
        .map(|node| {
            let neighbours = selection.neighbours(node).iter().copied();
            neighbours.filter(|&next| order(next) > order(node)).collect()
        })
        .collect();
    let mut triangles = vec![0; selection.nodes()];
    let mut marked = vec![false; selection.nodes()];
    for node in 0..selection.nodes() {
        larger[node].iter().for_each(|&next| marked[next] = true);
        for &second in &larger[node] {
            for &third in larger[second].iter().filter(|&&third| marked[third]) {
                for corner in [node, second, third] {
                    triangles[corner] += 1;
                }
            }
        }
        larger[node].iter().for_each(|&next| marked[next] = false);
    }
    triangles
}

fn assortativity(selection: &Selection) -> Option<f64> {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for node in 0..selection.nodes() {
        for &next in selection.neighbours(node) {
            here.push(selection.reach(node) as f64);
            there.push(selection.reach(next) as f64);
        }
    }
    pearson(&here, &there)
}

/// Peels nodes off by their remaining neighbours, fewest first (Batagelj and Zaversnik, 2003).
fn max_core(selection: &Selection) -> u64 {
    let mut left: Vec<usize> = (0..selection.nodes()).map(|node| selection.reach(node)).collect();
    let mut buckets: Vec<Vec<usize>> = Vec::new();
    buckets.resize(left.iter().copied().max().unwrap_or(0) + 1, Vec::new());
    for (node, &reach) in left.iter().enumerate() {
        buckets[reach].push(node);
    }
    let mut gone = vec![false; selection.nodes()];
    let (mut level, mut deepest) = (0, 0);
    while level < buckets.len() {
        let Some(node) = buckets[level].pop() else {
            level += 1;
            continue;
        };
        // Entries of nodes that have lost neighbours since are stale.
        if gone[node] || left[node] != level {
            continue;
        }
        gone[node] = true;
        deepest = deepest.max(level);
        for &next in selection.neighbours(node) {
            if !gone[next] && left[next] > level {
                left[next] -= 1;
                buckets[left[next]].push(next);
            }
        }
    }
    deepest as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::ids::{ChannelId, NodeId};
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};
    use crate::network::topology::Network;

    fn network(generator: &Generator) -> Network {
        generate(generator, Seeds::new(1, 0))
    }

    fn near(one: Option<f64>, two: f64) -> bool {
        (one.unwrap() - two).abs() < 1e-12
    }

    #[test]
    fn a_complete_graph_is_all_triangles() {
        let complete = Generator::Complete { nodes: 5, policy: PlainPolicy::default() };
        let shape = shape_stats(&Selection::all(&network(&complete)));
        assert!(near(shape.clustering, 1.0) && near(shape.transitivity, 1.0));
        assert_eq!((shape.components, shape.max_core, shape.assortativity), (1, 4, None));
    }

    #[test]
    fn a_triangle_with_a_tail_and_a_parallel_channel_by_hand() {
        let ring = Generator::Ring { nodes: 3, policy: PlainPolicy::default() };
        let mut network = network(&ring);
        let tail = network.node(NodeId(0)).clone();
        let tail = network.add_node(tail);
        let channel = network.channel(ChannelId(0)).clone();
        network.add_channel(NodeId(0), tail, channel.clone());
        network.add_channel(tail, NodeId(0), channel);
        let selection = Selection::all(&network);
        assert_eq!((selection.pairs(), selection.degrees[0]), (4, 4));
        let shape = shape_stats(&selection);
        // Node 0 has three neighbours, one pair of them joined: 1/3; nodes 1 and 2 have 1; the tail
        // 0.
        assert!(near(shape.clustering, 7.0 / 12.0), "{shape:?}");
        // Paths of two hops: 3 at node 0, 1 at each of nodes 1 and 2; three of the five are closed.
        assert!(near(shape.transitivity, 0.6));
        // Ends: (3,2) (3,2) (2,2) (3,1), both ways.
        assert!(near(shape.assortativity, -5.0 / 7.0), "{shape:?}");
        assert_eq!(shape.max_core, 2);
    }

    #[test]
    fn components_are_counted_over_nodes_with_channels() {
        let line = Generator::Line { nodes: 5, policy: PlainPolicy::default() };
        let mut network = network(&line);
        network.channel_mut(ChannelId(1)).policies[0] = None;
        let all = shape_stats(&Selection::all(&network));
        assert_eq!((all.components, all.largest_component), (1, 5));
        let active = shape_stats(&Selection::enabled_both_ways(&network));
        assert_eq!((active.components, active.largest_component), (2, 3));
    }
}
