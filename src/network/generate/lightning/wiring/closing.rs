//! Closing triangles without changing any degree.
//!
//! A random matching has too few triangles. Here a channel u–w is moved to u–x, where x is a
//! neighbour of another neighbour v of u, and a channel x–y of x to w–y in exchange. So u, v and x
//! become a triangle, and everybody keeps as many channels as before. In the same way a channel is
//! moved beside another one of its node. Below, w is what is left, v the bridge, x what is won and
//! y the other.

use crate::engine::Source;
use crate::math;
use crate::network::generate::alike::Pair;
use crate::network::generate::random::index_below;

/// How often a channel of a node is moved, depending on how many channels the node has in the
/// layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    /// Probability, per channel after the first of a node, that it is moved to close a triangle.
    pub(super) triangle: f64,
    /// Nodes with fewer or more channels in the layer close none.
    pub(super) degrees: [usize; 2],
    /// Probability that it is moved to run beside another channel of the node.
    pub(super) parallel: f64,
}

/// Among the living. Fitted to the average clustering of 0.166 over channels enabled both ways.
pub(super) const LIVING: Closing = Closing { triangle: 0.15, degrees: [2, 300], parallel: 0.015 };

/// Among the dead. Fitted, after [`LIVING`], to the average clustering of 0.088 over all channels.
pub(super) const DEAD: Closing = Closing { triangle: 0.3, degrees: [2, 100], parallel: 0.03 };

/// Moves channels of `pairs` between nodes below `nodes`, small nodes last.
pub(super) fn close_triangles(
    pairs: &mut [Pair],
    closing: Closing,
    nodes: usize,
    source: &mut Source,
) {
    let triangle = closing.triangle * needed(nodes);
    let mut layer = Adjacency::new(pairs, nodes);
    // Nodes have their numbers by descending degree: the small ones, where one triangle means
    // most for the average, come last and keep what they get.
    for node in 0..nodes {
        let degree = layer.degree(node);
        let closes = (closing.degrees[0]..=closing.degrees[1]).contains(&degree);
        for place in 1..degree {
            let unit = source.unit();
            if unit < closing.parallel {
                layer.double(node, place, source);
            } else if unit < closing.parallel + triangle && closes {
                layer.close(node, place, source);
            }
        }
    }
}

/// How much more has to be closed than at the size of the snapshot: the larger the network, the
/// fewer triangles a random matching has. The exponent was chosen for a roughly even clustering
/// (0.08 to 0.12) from 2,000 to 1,000,000 nodes.
#[expect(clippy::cast_precision_loss, reason = "at most a million nodes")]
fn needed(nodes: usize) -> f64 {
    math::pow(nodes as f64 / 17_324.0, 0.4)
}

/// Channels by node: `slots[starts[n]..starts[n + 1]]` are the channel ends of node n.
struct Adjacency<'a> {
    pairs: &'a mut [Pair],
    starts: Vec<usize>,
    /// The channel of each slot, by its place in `pairs`, and which of its ends this is.
    slots: Vec<(usize, usize)>,
    /// The slots of both ends of each channel.
    places: Vec<[usize; 2]>,
}

impl<'a> Adjacency<'a> {
    fn new(pairs: &'a mut [Pair], nodes: usize) -> Self {
        let mut starts = vec![0; nodes + 1];
        for &node in pairs.as_flattened() {
            starts[node as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut filled = starts.clone();
        let mut slots = vec![(0, 0); 2 * pairs.len()];
        let mut places = vec![[0; 2]; pairs.len()];
        for (channel, pair) in pairs.iter().enumerate() {
            for (end, &node) in pair.iter().enumerate() {
                let slot = filled[node as usize];
                slots[slot] = (channel, end);
                places[channel][end] = slot;
                filled[node as usize] += 1;
            }
        }
        Self { pairs, starts, slots, places }
    }

    fn degree(&self, node: usize) -> usize {
        self.starts[node + 1] - self.starts[node]
    }

    /// The node at the other end of a slot.
    fn neighbour(&self, slot: usize) -> usize {
        let (channel, end) = self.slots[slot];
        self.pairs[channel][1 - end] as usize
    }

    /// A uniform slot of a node.
    fn any_slot(&self, node: usize, source: &mut Source) -> usize {
        self.starts[node] + index_below(source, self.degree(node))
    }

    fn adjacent(&self, one: usize, two: usize) -> bool {
        let (small, other) =
            if self.degree(one) < self.degree(two) { (one, two) } else { (two, one) };
        (self.starts[small]..self.starts[small + 1]).any(|slot| self.neighbour(slot) == other)
    }

    /// Moves the channel at `place` of `node` to a neighbour of one of its other neighbours, if the
    /// first draw allows it.
    fn close(&mut self, node: usize, place: usize, source: &mut Source) {
        let moved = self.starts[node] + place;
        let left = self.neighbour(moved);
        let bridge = self.neighbour(self.starts[node] + index_below(source, place));
        let won = self.neighbour(self.any_slot(bridge, source));
        let exchanged = self.any_slot(won, source);
        let other = self.neighbour(exchanged);
        let distinct = bridge != left && other != bridge && won != node && won != left;
        if distinct && !self.adjacent(node, won) && self.may_meet(left, other, node) {
            self.exchange(moved, exchanged);
        }
    }

    /// Moves the channel at `place` of `node` beside another one of it, if the first draw allows
    /// it.
    fn double(&mut self, node: usize, place: usize, source: &mut Source) {
        let moved = self.starts[node] + place;
        let left = self.neighbour(moved);
        let won = self.neighbour(self.starts[node] + index_below(source, place));
        let exchanged = self.any_slot(won, source);
        let other = self.neighbour(exchanged);
        if won != left && self.may_meet(left, other, node) {
            self.exchange(moved, exchanged);
        }
    }

    /// Whether the two nodes that an exchange leaves over can take each other.
    fn may_meet(&self, left: usize, other: usize, node: usize) -> bool {
        other != node && other != left && !self.adjacent(left, other)
    }

    /// Turns u–w and x–y, given by the slots of u and x, into u–x and y–w.
    fn exchange(&mut self, of_u: usize, of_x: usize) {
        let (first, u_end) = self.slots[of_u];
        let (second, x_end) = self.slots[of_x];
        let of_w = self.places[first][1 - u_end];
        // The far end of the first channel becomes x, and the near end of the second one w.
        let w = self.pairs[first][1 - u_end];
        self.pairs[first][1 - u_end] = self.pairs[second][x_end];
        self.pairs[second][x_end] = w;
        self.slots[of_x] = (first, 1 - u_end);
        self.places[first][1 - u_end] = of_x;
        self.slots[of_w] = (second, x_end);
        self.places[second][x_end] = of_w;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;

    #[test]
    fn an_exchange_closes_the_triangle_and_keeps_the_slots_right() {
        // u = 0, v = 1, w = 2, x = 3, y = 4.
        let mut pairs = [[0, 1], [2, 0], [1, 3], [4, 3]];
        let mut layer = Adjacency::new(&mut pairs, 5);
        let (moved, exchanged) = (layer.starts[0] + 1, layer.starts[3] + 1);
        layer.exchange(moved, exchanged);
        assert!(layer.adjacent(0, 3) && layer.adjacent(2, 4) && !layer.adjacent(0, 2));
        for (slot, &(channel, end)) in layer.slots.iter().enumerate() {
            assert_eq!(layer.places[channel][end], slot);
            let node = layer.pairs[channel][end] as usize;
            assert!((layer.starts[node]..layer.starts[node + 1]).contains(&slot));
        }
        assert_eq!(pairs, [[0, 1], [3, 0], [1, 3], [4, 2]]);
    }

    #[test]
    fn closing_makes_no_loop_and_keeps_every_degree() {
        let mut pairs: Vec<Pair> = (0..300).map(|i| [i % 60, 60 + (i * 7) % 41]).collect();
        let count = |pairs: &[Pair]| {
            let mut degrees = [0; 101];
            pairs.as_flattened().iter().for_each(|&end| degrees[end as usize] += 1);
            degrees
        };
        let before = count(&pairs);
        let closing = Closing { triangle: 0.6, degrees: [2, 100], parallel: 0.3 };
        close_triangles(&mut pairs, closing, 101, &mut Seeds::new(1, 0).stream("test"));
        assert_eq!(count(&pairs), before);
        assert!(pairs.iter().all(|[one, two]| one != two));
    }
}
