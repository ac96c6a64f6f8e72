//! How the search of [`LndFast`](super::LndFast) takes a way in: whether it is of use, which others it beats, and
//! whether it makes a path.

use crate::routing::lnd::hunt::Hunt;
use crate::routing::lnd::ways::{Goal, NONE, Way};
use crate::routing::probable::Model;
use crate::routing::route::Step;

impl Hunt<'_> {
    /// Takes a new way in, unless it can be of no use; its number.
    pub(super) fn offer(&mut self, mut way: Way) -> Option<u32> {
        if way.probability <= 0.0 || way.probability < self.limits.probability {
            return None;
        }
        let key = self.key(&way);
        if key >= self.bound() && !self.own.reaches(way.node) {
            return None;
        }
        let head = self.rivals(&way)?;
        let goal = self.goal(&way);
        if goal.is_none() && key >= self.bound() {
            return None;
        }
        let index = u32::try_from(self.tables.ways.len()).expect("the edges looked at are limited");
        way.other = head;
        self.tables.heads.set(way.node, index);
        self.tables.ways.push(way);
        if let Some(goal) = goal {
            self.best = Some(Goal { way: index, ..goal });
        }
        self.push(key, index);
        Some(index)
    }

    /// Takes the ways that `way` beats out of the list of its node. Returns the head of that list, or nothing if
    /// one of it beats `way`: then no way of the list is beaten by it, as what beats does so in turn.
    fn rivals(&mut self, way: &Way) -> Option<u32> {
        let mut head = self.tables.heads.get(way.node).copied().unwrap_or(NONE);
        let (mut before, mut at) = (NONE, head);
        while let Some(&other) = self.tables.ways.get(at as usize) {
            if other.beats(way, self.careful) {
                self.went(way, &other);
                return None;
            }
            if way.beats(&other, self.careful) {
                self.went(&other, way);
                self.tables.ways[at as usize].beaten = true;
                match self.tables.ways.get_mut(before as usize) {
                    Some(before) => before.other = other.other,
                    None => head = other.other,
                }
            } else {
                before = at;
            }
            at = other.other;
        }
        self.tables.heads.set(way.node, head);
        Some(head)
    }

    /// `way` goes, because `better` is known.
    fn went(&mut self, way: &Way, better: &Way) {
        if better.amount < way.amount {
            let rest = if self.own.reaches(way.node) { 1.0 } else { self.tables.reach.any() };
            let least = self.cost_at_least(way.weight, way.probability * rest);
            let excess = i128::from(way.amount) - i128::from(least);
            self.watch.excess = self.watch.excess.max(excess);
        }
        self.watch.shorter_went |= better.cltv > way.cltv || better.hops > way.hops;
    }

    /// The path over one of the payer's own channels and then `way`, if it is better than the best.
    fn goal(&mut self, way: &Way) -> Option<Goal> {
        if !self.own.reaches(way.node) {
            return None;
        }
        let minimum = self.own.next_minimum(self.knowledge, way.node, way.amount);
        self.watch.threshold = self.watch.threshold.min(minimum);
        let first = self.own.widest(self.knowledge, way.node, way.amount)?;
        if way.cltv > self.limits.cltv || way.hops + 1 > self.limits.hops {
            self.watch.cut = true;
            return None;
        }
        let probability = way.probability * self.model.own(way.node);
        if probability <= 0.0 || probability < self.limits.probability {
            return None;
        }
        let distance = self.model.distance(way.weight, probability);
        let better = self.best.is_none_or(|best| {
            distance < best.distance || distance == best.distance && probability > best.probability
        });
        (better && distance < u64::MAX).then_some(Goal { distance, probability, first, way: NONE })
    }

    /// Whether a way that went could have led to a better answer after all, with a larger amount.
    pub(super) fn may_have_missed(&self) -> bool {
        let largest = match self.best {
            Some(goal) => self.watch.excess.saturating_add(i128::from(goal.distance)),
            None if self.watch.excess > i128::MIN => i128::from(self.limits.amount),
            None => i128::MIN,
        };
        i128::from(self.watch.threshold) <= largest.min(i128::from(self.limits.amount))
    }

    /// Writes down the path of `goal`, from the payer.
    pub(super) fn trace(&self, goal: Goal, path: &mut Vec<Step>) {
        path.clear();
        path.push(goal.first);
        let mut way = &self.tables.ways[goal.way as usize];
        while way.onward != NONE {
            path.push(Step { direction: way.direction, delta: way.delta });
            way = &self.tables.ways[way.onward as usize];
        }
    }
}
