//! Core Lightning's path finding: fees and the price of locked time, and for `pay` a bias towards large channels.
//!
//! Facts (commit `090f4b0e6`): `common/dijkstra.c`, `common/route.c`, `plugins/libplugin-pay.c`. Backwards from the payee,
//! one label per node, scores added up hop by hop:
//! - `getroute`: `fee + risk`, then the number of channels;
//! - `pay`: `(1 + bias) · (fee + risk + 1 msat)` with `bias = −ln((capacity + 1 − amount) / (capacity + 1))`;
//!
//! with `risk = amount · riskfactor / 100 / 52,596 · delta`. A route of too many channels is searched again by their
//! number first. Where the route found breaks the limit on fees (or expiry), its dearest (or slowest) channel is left out
//! and the search made again, [`MOST_EXCLUSIONS`] times at most; CLN goes on until its time is over.
//!
//! A channel that could not carry an amount is believed to hold one millisatoshi less; from a minute on that fills up to
//! the capacity within two hours. That is kept by pair of nodes here. Left out: disabled channels where nothing else leads
//! to the payee; `fuzzpercent`, which CLN takes and ignores.
//!
//! Ties: the lower node; at one node the label that came first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::{DirectedChannel, NodeId};
use crate::math;
use crate::routing::edge::{Edge, share};
use crate::routing::params::ClnParams;
use crate::routing::primitives::Stamped;
use crate::routing::route::{Knowledge, NoRoute, PathHop, Query, Route};
use crate::routing::router::Router;
use crate::routing::scratch::Scratch;
use crate::units::SimDuration;

/// Blocks per year: 365.25 days of 144.
const BLOCKS_PER_YEAR: f64 = 52_596.0;
/// Channels left out of one plan, one after the other, to keep its limits; an assumption.
const MOST_EXCLUSIONS: usize = 10;
/// What is believed of a channel stays for so long (`channel_hint` in `plugins/channel_hint.c`).
const NO_REFILL: SimDuration = SimDuration::from_secs(60);
/// After so long it is believed to be full again (`TOTAL_TIME`).
const FULL_AGAIN: SimDuration = SimDuration::from_secs(7_200);

/// Finds routes as Core Lightning does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cln {
    /// Its settings.
    pub params: ClnParams,
}

impl Router for Cln {
    fn route(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
    ) -> Result<(), NoRoute> {
        route.hops.clear();
        scratch.local.begin(knowledge, query)?;
        scratch.known.begin(knowledge.view.node_count(), knowledge.beliefs);
        let (mut excluded, mut too_dear) = (Vec::new(), false);
        while self.search(knowledge, query, scratch, route, &excluded) {
            if route.keeps_limits(query) {
                return Ok(());
            }
            let dear = route.fee() > query.fee_limit;
            too_dear |= dear;
            let worst = worst_hop(route, dear);
            let too_long = route.hops.len() > usize::from(query.max_hops);
            if too_long || worst.is_none() || excluded.len() == MOST_EXCLUSIONS {
                break;
            }
            excluded.extend(worst);
        }
        route.hops.clear();
        Err(if too_dear { NoRoute::FeeLimit } else { NoRoute::None })
    }
}

/// The channel beyond the payer's own that costs most, or locks longest.
fn worst_hop(route: &Route, dear: bool) -> Option<DirectedChannel> {
    let pairs = route.hops.windows(2);
    let asked = pairs.map(|pair| {
        let fee = (pair[0].amount - pair[1].amount).get();
        let asked = if dear { fee } else { u64::from(pair[0].cltv - pair[1].cltv) };
        (asked, Reverse(pair[1].channel))
    });
    asked.max().map(|(_, Reverse(channel))| channel)
}

impl Cln {
    /// Searches by score, and where that takes too many channels, by their number first. Fills `route`.
    fn search(
        &self,
        knowledge: &Knowledge<'_>,
        query: &Query,
        scratch: &mut Scratch,
        route: &mut Route,
        excluded: &[DirectedChannel],
    ) -> bool {
        let mut tables = std::mem::take(scratch.tables.of::<ClnTables>());
        let mut path = Vec::new();
        for shortest in [false, true] {
            let mut search = ScoreSearch {
                params: &self.params,
                knowledge,
                query,
                scratch,
                tables: &mut tables,
                excluded,
                shortest,
            };
            path = search.run();
            if path.len() <= usize::from(query.max_hops) {
                break;
            }
        }
        *scratch.tables.of::<ClnTables>() = tables;
        !path.is_empty() && route.fill(knowledge.view, query, &path)
    }
}

/// What is minimised: scores, then channels; or the other way round.
type Score = (u64, u64);

/// The best path known from a node to the payee.
#[derive(Clone, Copy, Debug, Default)]
struct ScoreLabel {
    score: Score,
    /// What the node must receive, in msat.
    amount: u64,
    over: DirectedChannel,
    expanded: bool,
}

/// Working memory.
#[derive(Debug, Default)]
struct ClnTables {
    labels: Stamped<ScoreLabel>,
    heap: BinaryHeap<Reverse<(Score, NodeId)>>,
}

struct ScoreSearch<'a> {
    params: &'a ClnParams,
    knowledge: &'a Knowledge<'a>,
    query: &'a Query,
    scratch: &'a Scratch,
    tables: &'a mut ClnTables,
    excluded: &'a [DirectedChannel],
    /// Whether the number of channels goes first.
    shortest: bool,
}

impl ScoreSearch<'_> {
    /// The path from the payer; empty where there is none.
    fn run(&mut self) -> Vec<PathHop> {
        self.tables.labels.begin(self.knowledge.view.node_count());
        self.tables.heap.clear();
        let amount = self.query.amount.get();
        self.expand(self.query.payee, &ScoreLabel { amount, ..ScoreLabel::default() });
        while let Some(Reverse((_, node))) = self.tables.heap.pop() {
            if node == self.query.payer {
                return self.trace();
            }
            let Some(label) = self.tables.labels.get_mut(node) else { continue };
            if !std::mem::replace(&mut label.expanded, true) {
                let label = *label;
                self.expand(node, &label);
            }
        }
        Vec::new()
    }

    /// Offers every channel into `node` to its source.
    fn expand(&mut self, node: NodeId, label: &ScoreLabel) {
        let (amount, scratch) = (label.amount, self.scratch);
        let own = scratch.local.to_peer(node).find(|&(direction, spendable)| {
            amount <= spendable
                && self.knowledge.view.edge(direction).carries(amount)
                && !self.is_left_out(direction)
        });
        if let Some((over, _)) = own {
            // Its own channels cost it nothing but a place on the route.
            let score = self.plus(label.score, 0);
            self.improve(self.query.payer, ScoreLabel { score, amount, over, expanded: false });
        }
        for edge in self.knowledge.view.incoming(node) {
            let ends = [self.query.payer, self.query.payee];
            if !ends.contains(&edge.peer) && self.can_carry(edge, node, amount) {
                self.enter(edge, label);
            }
        }
    }

    fn enter(&mut self, edge: &Edge, onward: &ScoreLabel) {
        let sent = onward.amount;
        let Some(fee) = edge.fee(sent) else { return };
        let Some(amount) = sent.checked_add(fee) else { return };
        let risk = self.risk(sent, edge.delta());
        let capacity = self.knowledge.view.capacity(edge.direction.channel());
        let hop = if self.params.capacity_bias {
            biased(fee, risk, sent, capacity)
        } else {
            fee.saturating_add(risk)
        };
        let score = self.plus(onward.score, hop);
        self.improve(
            edge.peer,
            ScoreLabel { score, amount, over: edge.direction, expanded: false },
        );
    }

    fn is_left_out(&self, direction: DirectedChannel) -> bool {
        self.knowledge.avoids(direction) || self.excluded.contains(&direction)
    }

    /// Whether the channel may carry the amount, by gossip and by what is believed of it.
    fn can_carry(&self, edge: &Edge, target: NodeId, amount: u64) -> bool {
        if !edge.carries(amount) || self.is_left_out(edge.direction) {
            return false;
        }
        if !self.scratch.known.has(edge.peer) {
            return true;
        }
        let record = self.knowledge.beliefs.pair(edge.peer, target);
        let Some((failed, at)) = record.and_then(|record| record.failure) else { return true };
        let capacity = self.knowledge.view.capacity(edge.direction.channel());
        amount <= believed(failed.get(), capacity, self.query.now.since(at))
    }

    /// What locking `amount` for `delta` blocks costs, in msat.
    fn risk(&self, amount: u64, delta: u16) -> u64 {
        let rate = self.params.riskfactor / 100.0 / BLOCKS_PER_YEAR * f64::from(delta);
        truncated(float(amount) * rate)
    }

    /// One more channel of this score.
    const fn plus(&self, (first, second): Score, hop: u64) -> Score {
        if self.shortest {
            (first + 1, second.saturating_add(hop))
        } else {
            (first.saturating_add(hop), second + 1)
        }
    }

    fn improve(&mut self, node: NodeId, label: ScoreLabel) {
        let known = self.tables.labels.get(node);
        if known.is_none_or(|known| !known.expanded && label.score < known.score) {
            self.tables.labels.set(node, label);
            self.tables.heap.push(Reverse((label.score, node)));
        }
    }

    /// Writes down the path from the payer.
    fn trace(&self) -> Vec<PathHop> {
        let (mut path, mut node) = (Vec::new(), self.query.payer);
        while node != self.query.payee {
            let over = self.tables.labels.peek(node).over;
            let delta = if path.is_empty() { 0 } else { self.knowledge.view.edge(over).delta() };
            path.push(PathHop { direction: over, delta });
            node = self.knowledge.view.target(over);
        }
        path
    }
}

/// What a channel is believed to be able to send, so long after it failed an amount.
fn believed(failed: u64, capacity: u64, age: SimDuration) -> u64 {
    let known = failed.saturating_sub(1).min(capacity);
    if age < NO_REFILL {
        return known;
    }
    let age = age.min(FULL_AGAIN);
    known + share(capacity - known, age.get(), FULL_AGAIN.get()).unwrap_or(0)
}

/// The score of `pay`.
fn biased(fee: u64, risk: u64, amount: u64, capacity: u64) -> u64 {
    let room = float(capacity) + 1.0;
    let bias = -math::ln(((room - float(amount)) / room).max(f64::MIN_POSITIVE));
    truncated((1.0 + bias) * (float(fee) + float(risk) + 1.0))
}

#[expect(clippy::cast_precision_loss, reason = "money below 2^53 msat (90,000 BTC) is exact")]
const fn float(amount: u64) -> f64 {
    amount as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "truncated as C does; no score is negative"
)]
const fn truncated(score: f64) -> u64 {
    score as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::beliefs::Beliefs;
    use crate::routing::testing::{Graph, channels, policy};
    use crate::units::{Msat, SimTime};

    fn cln(capacity_bias: bool) -> Cln {
        Cln { params: ClnParams { capacity_bias, ..ClnParams::default() } }
    }

    /// 10,000 sat for 144 blocks at 10 % a year: 10,000,000 * 0.1 / 52,596 * 144 = 2,737.8.
    #[test]
    fn locked_time_has_a_price_per_year() {
        let used = |base| {
            let graph = Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 3, policy(0, 0, 144))
                .edge(0, 2, policy(0, 0, 0))
                .edge(2, 3, policy(base, 0, 0))
                .ask(|query| query.amount = Msat(10_000_000));
            channels(&graph.route(&cln(false)).unwrap())
        };
        assert_eq!(used(2_736), [2, 3]);
        assert_eq!(used(2_738), [0, 1]);
    }

    /// Half of the capacity: bias = ln 2, so 999 + 1 counts as 1,693; a tenth: −ln 0.9, 1,105.
    #[test]
    fn pay_prefers_channels_that_the_amount_does_not_fill() {
        assert_eq!(biased(999, 0, 500_000, 999_999), 1_693);
        assert_eq!(biased(999, 0, 100_000, 999_999), 1_105);
        assert_eq!(biased(0, 0, 0, 1_000), 1);
        assert_eq!(biased(0, 0, 1_000, 1_000), truncated(1.0 + math::ln(1_001.0)));
    }

    #[test]
    fn equal_scores_go_over_fewer_channels() {
        let graph = Graph::new(4)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(0, 0, 0))
            .edge(2, 3, policy(7, 0, 0))
            .edge(1, 3, policy(7, 0, 0));
        assert_eq!(channels(&graph.route(&cln(false)).unwrap()), [0, 3]);
    }

    #[test]
    fn too_many_channels_too_high_fees_and_too_many_blocks_lead_elsewhere() {
        let graph = || {
            Graph::new(5)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 2, policy(0, 0, 10))
                .edge(2, 4, policy(0, 0, 10))
                .edge(1, 4, policy(90, 0, 10))
                .edge(0, 3, policy(0, 0, 0))
                .edge(3, 4, policy(120, 0, 0))
        };
        let with =
            |change: fn(&mut Query)| graph().ask(change).route(&cln(false)).map(|r| channels(&r));
        assert_eq!(with(|_| ()), Ok(vec![0, 1, 2]));
        assert_eq!(with(|query| query.max_hops = 2), Ok(vec![0, 3]));
        assert_eq!(
            with(|query| query.cltv_limit = 18 + 15),
            Ok(vec![0, 3]),
            "one of 10 blocks left out"
        );
        assert_eq!(with(|query| query.cltv_limit = 18 + 5), Ok(vec![4, 5]));
        assert_eq!(
            with(|query| (query.cltv_limit, query.fee_limit) = (18 + 5, Msat(99))),
            Err(NoRoute::FeeLimit)
        );
        assert_eq!(with(|query| query.max_hops = 1), Err(NoRoute::None));
    }

    #[test]
    fn what_failed_is_believed_to_hold_less_and_to_fill_up_within_two_hours() {
        let at = |secs| believed(600_001, 1_000_000, SimDuration::from_secs(secs));
        assert_eq!(
            [0, 59, 60, 3_600, 7_200, 9_000].map(at),
            [600_000, 600_000, 603_333, 800_000, 1_000_000, 1_000_000]
        );
        let used = |amount, secs| {
            let mut graph = Graph::new(4)
                .edge(0, 1, policy(0, 0, 0))
                .edge(1, 3, policy(0, 0, 0))
                .edge(0, 2, policy(0, 0, 0))
                .edge(2, 3, policy(9, 0, 0))
                .ask(|query| {
                    query.amount = Msat(amount);
                    query.now = SimTime::ZERO + SimDuration::from_secs(secs);
                });
            graph.beliefs = Beliefs::cln(&ClnParams::default());
            graph.beliefs.failure(NodeId(1), NodeId(3), Msat(600_000_001), SimTime::ZERO);
            channels(&graph.route(&cln(false)).unwrap())
        };
        assert_eq!(used(600_000_000, 0), [0, 1]);
        assert_eq!(used(600_000_001, 0), [2, 3]);
        assert_eq!(used(800_000_000, 3_599), [2, 3]);
        assert_eq!(used(800_000_000, 3_600), [0, 1]);
    }
}
