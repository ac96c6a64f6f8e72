//! Distances in hops, from sampled sources.
#![expect(clippy::cast_precision_loss, reason = "figures for reading")]

use crate::network::stats::numbers::share;
use crate::network::stats::selection::Selection;

/// Distances between nodes that can reach each other.
#[derive(Clone, Debug, PartialEq)]
pub struct PathStats {
    /// Nodes from which all distances were taken, evenly spaced by id.
    pub sources: u64,
    /// Mean hops to the nodes that a source reaches.
    pub mean_hops: Option<f64>,
    /// Largest distance found.
    pub largest_eccentricity: u64,
    /// Share of those nodes at 1, 2, … 6 hops.
    pub hop_shares: Vec<Option<f64>>,
}

/// Sources in networks of up to today's size: the mean is then good to about 0.01 hop.
const SOURCES: usize = 1_500;

/// Pairs of nodes looked at in all, so that a million nodes take seconds.
const PAIRS_LOOKED_AT: usize = 200_000_000;

pub(super) fn path_stats(selection: &Selection) -> PathStats {
    let nodes = selection.nodes();
    let affordable = PAIRS_LOOKED_AT / (selection.ends.len().max(1) * 2);
    let sources = nodes.min(SOURCES).min(affordable.max(1));
    let mut counts: Vec<usize> = Vec::new();
    let mut search = Search::new(nodes);
    for number in 0..sources {
        search.run(selection, number * nodes / sources, &mut counts);
    }
    let reached: usize = counts.iter().sum();
    let hops: usize =
        counts.iter().enumerate().map(|(less_one, count)| (less_one + 1) * count).sum();
    PathStats {
        sources: sources as u64,
        mean_hops: (reached > 0).then(|| hops as f64 / reached as f64),
        largest_eccentricity: counts.len() as u64,
        hop_shares: (0..6).map(|at| share(counts.get(at).copied().unwrap_or(0), reached)).collect(),
    }
}

/// Breadth-first search with buffers that are kept.
struct Search {
    /// The last search that saw each node, counted from 1.
    seen_in: Vec<usize>,
    searches: usize,
    front: Vec<usize>,
    next: Vec<usize>,
}

impl Search {
    fn new(nodes: usize) -> Self {
        Self { seen_in: vec![0; nodes], searches: 0, front: Vec::new(), next: Vec::new() }
    }

    /// Adds the number of nodes at each distance from `source`; `counts[0]` is distance 1.
    fn run(&mut self, selection: &Selection, source: usize, counts: &mut Vec<usize>) {
        self.searches += 1;
        self.seen_in[source] = self.searches;
        self.front.clear();
        self.front.push(source);
        let mut distance = 0;
        loop {
            self.next.clear();
            for &node in &self.front {
                for &neighbour in selection.neighbours(node) {
                    if self.seen_in[neighbour] != self.searches {
                        self.seen_in[neighbour] = self.searches;
                        self.next.push(neighbour);
                    }
                }
            }
            if self.next.is_empty() {
                return;
            }
            if counts.len() == distance {
                counts.push(0);
            }
            counts[distance] += self.next.len();
            distance += 1;
            std::mem::swap(&mut self.front, &mut self.next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};

    #[test]
    fn distances_on_a_line_of_four_by_hand() {
        let line = Generator::Line { nodes: 4, policy: PlainPolicy::default() };
        let paths = path_stats(&Selection::all(&generate(&line, Seeds::new(1, 0))));
        // Six pairs: three at 1 hop, two at 2, one at 3.
        assert_eq!((paths.sources, paths.largest_eccentricity), (4, 3));
        assert!((paths.mean_hops.unwrap() - 10.0 / 6.0).abs() < 1e-12);
        assert_eq!(paths.hop_shares[..4], [Some(0.5), Some(2.0 / 6.0), Some(1.0 / 6.0), Some(0.0)]);
    }
}
