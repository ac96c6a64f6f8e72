//! Whether so much money can flow from one node to another at once, over any number of paths.
//!
//! Dinic's algorithm on the channel graph itself: an arc is a direction of a channel, its residual
//! partner is the other direction of the same channel, since a millisatoshi that is pushed one way
//! can always come back. A search stops as soon as the amount asked for has arrived.
//!
//! Y. Dinitz, "Algorithm for solution of a problem of maximum flow in networks with power
//! estimation", Soviet Math. Doklady 11 (1970).

/// The channel graph, made for many questions: what one question leaves behind is undone by the next.
#[derive(Clone, Debug, Default)]
pub struct MaxFlow {
    /// Where the arcs of each node begin in `arcs`; one entry more than nodes.
    first: Vec<u32>,
    /// Arcs by the node they leave: twice the channel, plus the direction.
    arcs: Vec<u32>,
    /// The node that each arc enters.
    heads: Vec<u32>,
    /// What an arc can still carry, where `asked` is this question's number.
    residual: Vec<u64>,
    asked: Vec<u32>,
    question: u32,
    /// Distance in arcs from the source in the residual graph; `u32::MAX`: not reached.
    level: Vec<u32>,
    /// The next arc to try of each node.
    cursor: Vec<u32>,
    queue: Vec<u32>,
    /// The path under construction.
    path: Vec<u32>,
}

impl MaxFlow {
    /// The graph over `nodes` nodes with these channels: arc `2·i` goes from the first end of channel
    /// `i` to the second, arc `2·i + 1` back.
    pub fn new(nodes: usize, channels: impl Iterator<Item = [u32; 2]>) -> Self {
        let ends: Vec<[u32; 2]> = channels.collect();
        let mut first = vec![0_u32; nodes + 1];
        for end in ends.iter().flatten() {
            first[*end as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut arcs = vec![0; ends.len() * 2];
        let mut heads = Vec::with_capacity(ends.len() * 2);
        for (channel, [one, two]) in ends.into_iter().enumerate() {
            let arc = u32::try_from(channel * 2).expect("channels have u32 ids, directions too");
            for (tail, arc) in [(one, arc), (two, arc + 1)] {
                arcs[next[tail as usize] as usize] = arc;
                next[tail as usize] += 1;
            }
            heads.extend([two, one]);
        }
        Self {
            residual: vec![0; heads.len()],
            asked: vec![0; heads.len()],
            level: vec![0; nodes],
            cursor: vec![0; nodes],
            first,
            arcs,
            heads,
            ..Self::default()
        }
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.heads.len() / 2
    }

    /// How much can flow from `source` to `target`, at most `wanted`; `capacity` says what an arc can
    /// carry, in any unit.
    pub fn flow(
        &mut self,
        source: u32,
        target: u32,
        wanted: u64,
        capacity: impl Fn(u32) -> u64,
    ) -> u64 {
        if source == target {
            return wanted;
        }
        if self.question == u32::MAX {
            self.asked.fill(0);
            self.question = 0;
        }
        self.question += 1;
        let mut flow = 0;
        while flow < wanted && self.layer(source, target, &capacity) {
            let more = self.blocking_flow(source, target, wanted - flow, &capacity);
            if more == 0 {
                break;
            }
            flow += more;
        }
        flow
    }

    /// What `arc` can still carry.
    fn left(&mut self, arc: u32, capacity: &impl Fn(u32) -> u64) -> u64 {
        let place = arc as usize;
        if self.asked[place] != self.question {
            self.asked[place] = self.question;
            self.residual[place] = capacity(arc);
        }
        self.residual[place]
    }

    /// Numbers the nodes by their distance from `source`; whether `target` can be reached.
    fn layer(&mut self, source: u32, target: u32, capacity: &impl Fn(u32) -> u64) -> bool {
        self.level.fill(u32::MAX);
        self.queue.clear();
        self.level[source as usize] = 0;
        self.queue.push(source);
        let mut taken = 0;
        while let Some(&node) = self.queue.get(taken) {
            taken += 1;
            let next = self.level[node as usize] + 1;
            for place in self.first[node as usize]..self.first[node as usize + 1] {
                let arc = self.arcs[place as usize];
                let head = self.heads[arc as usize];
                if self.level[head as usize] != u32::MAX || self.left(arc, capacity) == 0 {
                    continue;
                }
                self.level[head as usize] = next;
                if head == target {
                    let nodes = self.cursor.len();
                    self.cursor.copy_from_slice(&self.first[..nodes]);
                    return true;
                }
                self.queue.push(head);
            }
        }
        false
    }

    /// Pushes along shortest paths until none is left or `wanted` has arrived.
    fn blocking_flow(
        &mut self,
        source: u32,
        target: u32,
        wanted: u64,
        capacity: &impl Fn(u32) -> u64,
    ) -> u64 {
        let mut flow = 0;
        let mut node = source;
        self.path.clear();
        loop {
            if node == target {
                flow += self.push(wanted - flow, capacity);
                if flow == wanted {
                    return flow;
                }
                node = source;
                self.path.clear();
                continue;
            }
            if let Some(arc) = self.step(node, capacity) {
                self.path.push(arc);
                node = self.heads[arc as usize];
            } else if let Some(arc) = self.path.pop() {
                // A dead end: the node before goes on with its next arc.
                node = self.heads[(arc ^ 1) as usize];
                self.cursor[node as usize] += 1;
            } else {
                return flow;
            }
        }
    }

    /// The next arc of `node` that leads one step on and can carry something.
    fn step(&mut self, node: u32, capacity: &impl Fn(u32) -> u64) -> Option<u32> {
        while self.cursor[node as usize] < self.first[node as usize + 1] {
            let arc = self.arcs[self.cursor[node as usize] as usize];
            let head = self.heads[arc as usize] as usize;
            if self.level[head] == self.level[node as usize] + 1 && self.left(arc, capacity) > 0 {
                return Some(arc);
            }
            self.cursor[node as usize] += 1;
        }
        None
    }

    /// Sends as much along the path as it can carry, at most `wanted`.
    fn push(&mut self, wanted: u64, capacity: &impl Fn(u32) -> u64) -> u64 {
        let least = self.path.iter().map(|&arc| self.residual[arc as usize]).min();
        let amount = least.unwrap_or(0).min(wanted);
        for i in 0..self.path.len() {
            let arc = self.path[i];
            self.residual[arc as usize] -= amount;
            let back = self.left(arc ^ 1, capacity).saturating_add(amount);
            self.residual[(arc ^ 1) as usize] = back;
        }
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cut between the nodes 0 and `nodes` - 1, by trying all of them.
    fn least_cut(nodes: u32, channels: &[[u32; 2]], capacity: impl Fn(u32) -> u64) -> u64 {
        let sides = (0_u32..1 << nodes).filter(|side| side & 1 == 1 && side >> (nodes - 1) == 0);
        let crosses = |side: u32, from: u32, to: u32| side >> from & 1 == 1 && side >> to & 1 == 0;
        let cut = |side| {
            let arcs = channels.iter().zip(0_u32..).flat_map(|(&[one, two], channel)| {
                [(one, two, 2 * channel), (two, one, 2 * channel + 1)]
            });
            arcs.filter(|&(from, to, _)| crosses(side, from, to))
                .map(|(_, _, arc)| capacity(arc))
                .sum()
        };
        sides.map(cut).min().unwrap()
    }

    #[test]
    fn the_flow_is_the_least_cut_whatever_was_asked_before() {
        let mut state = 1_u64;
        let mut draw = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let nodes = 2 + u32::try_from(draw(5)).unwrap();
            let channels: Vec<[u32; 2]> = (0..draw(12))
                .filter_map(|_| {
                    let [one, two] = [0; 2].map(|_| u32::try_from(draw(u64::from(nodes))).unwrap());
                    (one != two).then_some([one, two])
                })
                .collect();
            let mut graph = MaxFlow::new(nodes as usize, channels.iter().copied());
            for _ in 0..3 {
                let capacities: Vec<u64> = (0..channels.len() * 2).map(|_| draw(9)).collect();
                let capacity = |arc: u32| capacities[arc as usize];
                let cut = least_cut(nodes, &channels, capacity);
                assert_eq!(graph.flow(0, nodes - 1, u64::MAX, capacity), cut);
                let wanted = draw(12);
                assert_eq!(graph.flow(0, nodes - 1, wanted, capacity), cut.min(wanted));
            }
        }
    }

    #[test]
    fn money_that_went_one_way_can_come_back() {
        // 0-1, 0-2, 1-2, 1-3, 2-3 with 1 each: the shortest path 0-1-3 must not block 0-2-3.
        let channels = [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]];
        let mut graph = MaxFlow::new(4, channels.into_iter());
        assert_eq!(graph.channels(), 5);
        assert_eq!(graph.flow(0, 3, 5, |arc| u64::from(arc % 2 == 0)), 2);
        assert_eq!(graph.flow(3, 0, 5, |arc| u64::from(arc % 2 == 0)), 0);
        assert_eq!(graph.flow(3, 3, 5, |_| 0), 5);
    }
}
