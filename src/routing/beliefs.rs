//! What one sender learnt about other nodes' channels: lnd's mission control, bounded.
//!
//! Knowledge is about ordered pairs of nodes, not about channels: an amount that went through, an
//! amount that failed, and when. Records are 24 bytes in one vector sorted by pair; a sender that
//! learnt nothing owns no heap memory. When the bound is reached, the record that is oldest goes
//! (smallest time of its failure, or of its success if it has none; ties: lowest pair).
//!
//! Amounts are exact below 2^44 msat (175 BTC) and cut to that above; times are whole milliseconds.
//! Source of the rules: lnd `routing/missioncontrol_state.go`, and CLoTH `src/htlc.c` for its clone.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::routing::ldk::{ChannelScores, NOTHING_KNOWN};
use crate::routing::params::{
    CheapestParams, ClnParams, ClothParams, EclairParams, LdkParams, LndParams,
};
use crate::units::{Msat, SimDuration, SimTime};

/// A second chance is granted once per pair in this time (lnd `minSecondChanceInterval`).
const SECOND_CHANCE_INTERVAL: SimDuration = SimDuration::from_secs(60);

/// In CLoTH a failure that is younger than this is not replaced by a larger one.
const CLOTH_RELAX_MS: u64 = 60_000;

/// Whose rules say how results change a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Rules {
    /// lnd's, with `min_failure_relax_interval`.
    Lnd { relax: SimDuration },
    /// CLoTH's clone: a success equal to the failure amount does not raise it, and a pair that never
    /// failed counts as having failed at time 0 with amount 0 (so within the first minute of the run
    /// no failure is recorded for a pair that has succeeded).
    Cloth,
    /// What failed is left out for so long; zero: there is no memory.
    Forget { after: SimDuration },
}

/// What is known about one ordered pair of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The largest amount that went through; zero: none.
    pub success: Msat,
    /// The smallest amount that is believed to fail, and when that was learnt.
    pub failure: Option<(Msat, SimTime)>,
}

/// What the records of one node come to: a sum of probabilities and the sum of their weights, with the
/// amounts for which no record would count differently.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) sum: f64,
    pub(super) weights: f64,
    low: Msat,
    high: Msat,
}

impl Sums {
    /// Begins with a prior.
    pub(super) const fn new(sum: f64, weights: f64) -> Self {
        Self { sum, weights, low: Msat::ZERO, high: Msat::MAX }
    }

    /// Whether they are the same for `amount`.
    pub(super) fn hold_for(&self, amount: Msat) -> bool {
        self.low <= amount && amount <= self.high
    }

    /// Adds a record: one success of probability `success`, or a failure of no probability whose weight
    /// is given by its time, or nothing where `amount` lies between them.
    fn add(&mut self, record: Record, amount: Msat, success: f64, weight: impl Fn(SimTime) -> f64) {
        if amount <= record.success {
            self.sum += success;
            self.weights += 1.0;
            self.high = self.high.min(record.success);
            return;
        }
        self.low = self.low.max(record.success.saturating_add(Msat(1)));
        match record.failure {
            Some((failed, at)) if amount >= failed => {
                self.weights += weight(at);
                self.low = self.low.max(failed);
            }
            Some((failed, _)) => self.high = self.high.min(failed.saturating_sub(Msat(1))),
            None => {}
        }
    }
}

/// What one sender learnt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beliefs {
    rules: Rules,
    bound: u32,
    records: Vec<Packed>,
    chances: Vec<(NodeId, NodeId, SimTime)>,
    /// What is known of channels, for a sender that scores them.
    scores: Option<Box<ChannelScores>>,
}

impl Beliefs {
    /// No knowledge, to grow by lnd's rules.
    pub const fn lnd(params: &LndParams) -> Self {
        let rules = Rules::Lnd { relax: params.min_failure_relax_interval };
        Self::with(rules, params.beliefs_per_sender)
    }

    /// No knowledge, to grow by CLoTH's rules.
    pub const fn cloth(params: &ClothParams) -> Self {
        Self::with(Rules::Cloth, params.beliefs_per_sender)
    }

    /// No knowledge, to grow as the parameters say.
    pub fn cheapest(params: &CheapestParams) -> Self {
        match params.memory {
            Some(after) => Self::with(Rules::Forget { after }, params.beliefs_per_sender),
            None => Self::none(),
        }
    }

    /// No knowledge, and none to come: for senders without a memory.
    pub const fn none() -> Self {
        Self::with(Rules::Forget { after: SimDuration::ZERO }, 0)
    }

    const fn with(rules: Rules, bound: u32) -> Self {
        Self { rules, bound, records: Vec::new(), chances: Vec::new(), scores: None }
    }

    /// No knowledge, to grow by Core Lightning's rules: what failed last counts.
    pub const fn cln(params: &ClnParams) -> Self {
        Self::with(Rules::Lnd { relax: SimDuration::ZERO }, params.beliefs_per_sender)
    }

    /// No knowledge, to grow by eclair's rules: what failed is left out for a while.
    pub const fn eclair(params: &EclairParams) -> Self {
        Self::with(Rules::Forget { after: params.exclusion }, params.beliefs_per_sender)
    }

    /// No knowledge, to grow by LDK's rules: of channels, not of pairs of nodes.
    pub fn ldk(params: &LdkParams) -> Self {
        Self { scores: Some(Box::new(ChannelScores::new(params))), ..Self::none() }
    }

    /// What is known of channels.
    pub fn scores(&self) -> &ChannelScores {
        self.scores.as_deref().unwrap_or(&NOTHING_KNOWN)
    }

    /// The same, to change; `None` for a sender that does not score channels.
    pub fn scores_mut(&mut self) -> Option<&mut ChannelScores> {
        self.scores.as_deref_mut()
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What is known about the pair.
    pub fn pair(&self, from: NodeId, to: NodeId) -> Option<Record> {
        self.place(from, to).ok().map(|place| self.records[place].record())
    }

    /// What is known about pairs that begin at `from`, in ascending order of the other node.
    pub fn from_node(&self, from: NodeId) -> impl Iterator<Item = (NodeId, Record)> + '_ {
        self.records[self.range(from)].iter().map(|packed| (packed.to, packed.record()))
    }

    /// What is known about the pair, and from when it is: its failure, or its success if it never failed.
    pub(super) fn pair_dated(&self, from: NodeId, to: NodeId) -> Option<(Record, SimTime)> {
        let packed = &self.records[self.place(from, to).ok()?];
        Some((packed.record(), packed.at()))
    }

    /// The same for all pairs that begin at `from`, in ascending order of the other node.
    pub(super) fn dated(
        &self,
        from: NodeId,
    ) -> impl Iterator<Item = (NodeId, Record, SimTime)> + '_ {
        let records = &self.records[self.range(from)];
        records.iter().map(|packed| (packed.to, packed.record(), packed.at()))
    }

    /// Whether so much went through on a pair that begins at `from`.
    pub(super) fn any_success(&self, from: NodeId, amount: Msat) -> bool {
        self.from_node(from).any(|(_, record)| amount <= record.success)
    }

    /// Whether so much failed from `from` to `to` a short time ago, by the rules of a sender who leaves
    /// out what failed. For other senders: no.
    pub(super) fn bar(&self, from: NodeId, to: NodeId, amount: Msat, now: SimTime) -> bool {
        let Rules::Forget { after } = self.rules else { return false };
        self.pair(from, to)
            .and_then(|record| record.failure)
            .is_some_and(|(failed, at)| amount >= failed && now.since(at) < after)
    }

    /// `prior` and what the records of pairs that begin at `from` add for `amount`: `success` for each
    /// pair that carried so much, a weight by the time of the failure for each that did not.
    pub(super) fn sums(
        &self,
        from: NodeId,
        amount: Msat,
        prior: Sums,
        success: f64,
        weight: impl Fn(SimTime) -> f64,
    ) -> Sums {
        let mut sums = prior;
        for (_, record) in self.from_node(from) {
            sums.add(record, amount, success, &weight);
        }
        sums
    }

    /// The nodes at which pairs with a record begin; a node with many pairs comes several times.
    pub(super) fn sources(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.records.iter().map(|packed| packed.from)
    }

    /// `amount` went through from `from` to `to`.
    pub fn success(&mut self, from: NodeId, to: NodeId, amount: Msat, now: SimTime) {
        let mut record = self.pair(from, to).unwrap_or(NOTHING);
        record.success = record.success.max(amount);
        if let Some((failed, _)) = &mut record.failure {
            let raised = match self.rules {
                Rules::Lnd { .. } | Rules::Forget { .. } => amount >= *failed,
                Rules::Cloth => amount > *failed,
            };
            if raised {
                *failed = amount.saturating_add(Msat(1));
            }
        }
        self.put(from, to, record, now);
    }

    /// `amount` failed from `from` to `to`; zero: whatever the amount.
    pub fn failure(&mut self, from: NodeId, to: NodeId, amount: Msat, now: SimTime) {
        let known = self.pair(from, to);
        if known.is_some_and(|record| self.ignores(record, amount, now)) {
            return;
        }
        let mut record = known.unwrap_or(NOTHING);
        record.failure = Some((amount, now));
        record.success = record.success.min(amount.saturating_sub(Msat(1)));
        self.put(from, to, record, now);
    }

    /// Node `node` failed as a whole: every known pair that touches it fails for every amount.
    pub fn node_failure(&mut self, node: NodeId, now: SimTime) {
        for packed in &mut self.records {
            if packed.from == node || packed.to == node {
                let record = Record { success: Msat::ZERO, failure: Some((Msat::ZERO, now)) };
                *packed = Packed::new(packed.from, packed.to, record, now);
            }
        }
    }

    /// Whether a policy failure of the pair is forgiven: once per pair and minute.
    pub fn second_chance(&mut self, from: NodeId, to: NodeId, now: SimTime) -> bool {
        self.chances.retain(|(_, _, at)| now.since(*at) <= SECOND_CHANCE_INTERVAL);
        let used = self.chances.iter().any(|&(f, t, _)| (f, t) == (from, to));
        if !used {
            self.chances.push((from, to, now));
        }
        !used
    }

    /// Whether a failure would raise the failure amount too soon after the last failure.
    fn ignores(&self, record: Record, amount: Msat, now: SimTime) -> bool {
        match self.rules {
            Rules::Lnd { relax } => {
                record.failure.is_some_and(|(failed, at)| amount > failed && now.since(at) < relax)
            }
            Rules::Cloth => {
                let (failed, at) = record.failure.unwrap_or((Msat::ZERO, SimTime::ZERO));
                amount > failed && millis(now) - millis(at) < CLOTH_RELAX_MS
            }
            // The smaller amount of the two stays, and the younger time with a smaller one.
            Rules::Forget { after } => {
                record.failure.is_some_and(|(failed, at)| amount > failed && now.since(at) < after)
            }
        }
    }

    fn put(&mut self, from: NodeId, to: NodeId, record: Record, now: SimTime) {
        let packed = Packed::new(from, to, record, now);
        match self.place(from, to) {
            Ok(place) => self.records[place] = packed,
            Err(_) if self.bound == 0 => {}
            Err(place) if self.len() < self.bound as usize => {
                self.grow();
                self.records.insert(place, packed);
            }
            Err(_) => {
                self.forget_oldest();
                let place = self.place(from, to).expect_err("the pair is not on record");
                self.records.insert(place, packed);
            }
        }
    }

    /// Makes room for one more, by doubling but never beyond the bound.
    fn grow(&mut self) {
        let len = self.len();
        if len == self.records.capacity() {
            let target = (2 * len).max(4).min(self.bound as usize);
            self.records.reserve_exact(target - len);
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.records.iter().enumerate().min_by_key(|(_, packed)| packed.millis());
        let place = oldest.expect("a full memory has an oldest record").0;
        self.records.remove(place);
    }

    fn place(&self, from: NodeId, to: NodeId) -> Result<usize, usize> {
        self.records.binary_search_by_key(&(from, to), |packed| (packed.from, packed.to))
    }

    fn range(&self, from: NodeId) -> Range<usize> {
        let start = self.records.partition_point(|packed| packed.from < from);
        let count = self.records[start..].partition_point(|packed| packed.from == from);
        start..start + count
    }
}

const NOTHING: Record = Record { success: Msat::ZERO, failure: None };

/// Whole milliseconds since the start.
const fn millis(at: SimTime) -> u64 {
    at.nanos() / 1_000_000
}

/// A record in 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Packed {
    from: NodeId,
    to: NodeId,
    /// Success amount in the high 44 bits, low half of the time in the rest.
    success: u64,
    /// Failure amount in the high 44 bits (all ones: none), high half of the time in the rest.
    failure: u64,
}

const _: () = assert!(size_of::<Packed>() == 24, "the memory budget counts on it");

impl Packed {
    /// Bits of half a time; 40 bits of milliseconds are 34 years.
    const HALF: u32 = 20;
    const HALF_MASK: u64 = (1 << Self::HALF) - 1;
    /// The amount that stands for "no failure".
    const NO_FAILURE: u64 = (1 << (64 - Self::HALF)) - 1;

    fn new(from: NodeId, to: NodeId, record: Record, now: SimTime) -> Self {
        let at = record.failure.map_or(now, |(_, at)| at);
        let time = millis(at).min((1 << (2 * Self::HALF)) - 1);
        let cut = |amount: Msat| amount.get().min(Self::NO_FAILURE - 1);
        let failed = record.failure.map_or(Self::NO_FAILURE, |(amount, _)| cut(amount));
        Self {
            from,
            to,
            success: cut(record.success) << Self::HALF | time & Self::HALF_MASK,
            failure: failed << Self::HALF | time >> Self::HALF,
        }
    }

    const fn millis(&self) -> u64 {
        (self.failure & Self::HALF_MASK) << Self::HALF | self.success & Self::HALF_MASK
    }

    fn record(&self) -> Record {
        let failed = self.failure >> Self::HALF;
        Record {
            success: Msat(self.success >> Self::HALF),
            failure: (failed != Self::NO_FAILURE).then_some((Msat(failed), self.at())),
        }
    }

    /// When the record is from.
    const fn at(&self) -> SimTime {
        SimTime(self.millis() * 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: NodeId = NodeId(1);
    const B: NodeId = NodeId(2);

    fn at(secs: u64) -> SimTime {
        SimTime(secs * 1_000_000_000)
    }

    fn lnd() -> Beliefs {
        Beliefs::lnd(&LndParams::default())
    }

    fn shown(beliefs: &Beliefs) -> (u64, Option<u64>) {
        let record = beliefs.pair(A, B).unwrap();
        (record.success.get(), record.failure.map(|(amount, _)| amount.get()))
    }

    #[test]
    fn no_knowledge_owns_no_memory() {
        let beliefs = lnd();
        assert_eq!((beliefs.records.capacity(), beliefs.chances.capacity()), (0, 0));
        assert_eq!(beliefs.pair(A, B), None);
    }

    #[test]
    fn successes_and_failures_push_each_other_as_in_lnd() {
        let mut beliefs = lnd();
        beliefs.success(A, B, Msat(500), at(1));
        beliefs.success(A, B, Msat(300), at(2));
        assert_eq!(shown(&beliefs), (500, None));
        beliefs.failure(A, B, Msat(800), at(3));
        assert_eq!(shown(&beliefs), (500, Some(800)));
        beliefs.success(A, B, Msat(800), at(4));
        assert_eq!(shown(&beliefs), (800, Some(801)));
        beliefs.failure(A, B, Msat(400), at(5));
        assert_eq!(shown(&beliefs), (399, Some(400)));
        beliefs.failure(A, B, Msat(0), at(6));
        assert_eq!(shown(&beliefs), (0, Some(0)));
        assert_eq!(beliefs.pair(B, A), None);
    }

    #[test]
    fn a_larger_failure_counts_only_a_minute_after_the_last() {
        let mut beliefs = lnd();
        beliefs.failure(A, B, Msat(400), at(100));
        beliefs.failure(A, B, Msat(900), at(159));
        assert_eq!(shown(&beliefs), (0, Some(400)));
        beliefs.failure(A, B, Msat(900), at(160));
        assert_eq!(shown(&beliefs), (0, Some(900)));
    }

    #[test]
    fn cloth_differs_at_equal_amounts_and_in_the_first_minute() {
        let mut beliefs = Beliefs::cloth(&ClothParams::default());
        beliefs.success(A, B, Msat(500), at(1));
        beliefs.failure(A, B, Msat(800), at(59));
        assert_eq!(shown(&beliefs), (500, None), "counts as failed at time 0 with amount 0");
        beliefs.failure(A, B, Msat(800), at(60));
        beliefs.success(A, B, Msat(800), at(61));
        assert_eq!(shown(&beliefs), (800, Some(800)));
        beliefs.success(A, B, Msat(801), at(62));
        assert_eq!(shown(&beliefs), (801, Some(802)));
    }

    #[test]
    fn a_failed_node_fails_every_known_pair_that_touches_it() {
        let mut beliefs = lnd();
        for (from, to) in [(1, 2), (2, 3), (3, 4)] {
            beliefs.success(NodeId(from), NodeId(to), Msat(9), at(1));
        }
        beliefs.node_failure(B, at(2));
        let failed = |from, to| beliefs.pair(NodeId(from), NodeId(to)).unwrap().failure;
        assert_eq!(failed(1, 2), Some((Msat(0), at(2))));
        assert_eq!(failed(2, 3), Some((Msat(0), at(2))));
        assert_eq!(failed(3, 4), None);
    }

    #[test]
    fn a_second_chance_is_granted_once_a_minute() {
        let mut beliefs = lnd();
        assert!(beliefs.second_chance(A, B, at(10)));
        assert!(!beliefs.second_chance(A, B, at(70)));
        assert!(beliefs.second_chance(B, A, at(70)));
        assert!(beliefs.second_chance(A, B, at(71)));
    }

    #[test]
    fn the_oldest_record_goes_when_the_bound_is_reached() {
        let mut beliefs = Beliefs::lnd(&LndParams { beliefs_per_sender: 5, ..Default::default() });
        for to in 0..9_u32 {
            beliefs.success(A, NodeId(100 - to), Msat(1), at(u64::from(to)));
        }
        let kept: Vec<_> = beliefs.from_node(A).map(|(to, _)| to.0).collect();
        assert_eq!(kept, [92, 93, 94, 95, 96]);
        assert!(beliefs.records.capacity() <= 5);
    }

    proptest! {
        #[test]
        fn a_record_survives_packing(success in 0..Packed::NO_FAILURE, failed in prop::option::of((0..Packed::NO_FAILURE, 0_u64..1 << 40)), now in 0_u64..1 << 40) {
            let time = |ms: u64| SimTime(ms * 1_000_000);
            let failure = failed.map(|(amount, ms)| (Msat(amount), time(ms)));
            let record = Record { success: Msat(success), failure };
            let packed = Packed::new(A, B, record, time(now));
            prop_assert_eq!(packed.record(), record);
            prop_assert_eq!(packed.millis(), failed.map_or(now, |(_, ms)| ms));
        }

        #[test]
        fn memory_stays_bounded_and_sorted_under_any_script(bound in 0_u32..8, script in prop::collection::vec((0_u32..4, 0_u32..4, 0_u64..50, any::<bool>()), 0..80)) {
            let mut beliefs = Beliefs::lnd(&LndParams { beliefs_per_sender: bound, ..Default::default() });
            for (second, (from, to, amount, good)) in script.into_iter().enumerate() {
                let (from, to, now) = (NodeId(from), NodeId(to), at(second as u64));
                if good { beliefs.success(from, to, Msat(amount), now) } else { beliefs.failure(from, to, Msat(amount), now) }
                prop_assert!(beliefs.len() <= bound as usize);
                prop_assert!(beliefs.records.is_sorted_by_key(|packed| (packed.from, packed.to)));
                let bytes = postcard::to_allocvec(&beliefs).unwrap();
                prop_assert_eq!(&postcard::from_bytes::<Beliefs>(&bytes).unwrap(), &beliefs);
                if let Some(Record { success, failure: Some((failed, _)) }) = beliefs.pair(from, to) {
                    prop_assert!(success < failed || success == Msat::ZERO);
                }
            }
        }
    }
}
