//! How the search of [`LndFast`](super::LndFast) adds a label: whether it is useful, which labels it dominates, and
//! whether it completes a path.

use crate::routing::lnd::label_search::LabelSearch;
use crate::routing::lnd::state::{Goal, Label, NONE};
use crate::routing::route::PathHop;
use crate::routing::single_label::Model;

impl LabelSearch<'_> {
    /// Adds a new label unless it cannot improve the result; returns its index.
    pub(super) fn offer(&mut self, mut label: Label) -> Option<u32> {
        if label.probability <= 0.0 || label.probability < self.limits.probability {
            return None;
        }
        let key = self.key(&label);
        if key >= self.bound() && !self.local.reaches(label.node) {
            return None;
        }
        let head = self.remove_dominated(&label)?;
        let goal = self.goal(&label);
        if goal.is_none() && key >= self.bound() {
            return None;
        }
        let index =
            u32::try_from(self.tables.labels.len()).expect("the edges looked at are limited");
        label.other = head;
        self.tables.heads.set(label.node, index);
        self.tables.labels.push(label);
        if let Some(goal) = goal {
            self.best = Some(Goal { label: index, ..goal });
        }
        self.push(key, index);
        Some(index)
    }

    /// Removes the labels that `label` dominates from the list of its node. Returns the head of that list, or `None` if
    /// one of them dominates `label`. In that case nothing was removed, because dominance is transitive.
    fn remove_dominated(&mut self, label: &Label) -> Option<u32> {
        let mut head = self.tables.heads.get(label.node).copied().unwrap_or(NONE);
        let (mut before, mut at) = (NONE, head);
        while let Some(&other) = self.tables.labels.get(at as usize) {
            if other.dominates(label, self.resource_aware) {
                self.drop_dominated(label, &other);
                return None;
            }
            if label.dominates(&other, self.resource_aware) {
                self.drop_dominated(&other, label);
                self.tables.labels[at as usize].dominated = true;
                match self.tables.labels.get_mut(before as usize) {
                    Some(before) => before.other = other.other,
                    None => head = other.other,
                }
            } else {
                before = at;
            }
            at = other.other;
        }
        self.tables.heads.set(label.node, head);
        Some(head)
    }

    /// Records that `label` is dropped in favour of `better`.
    fn drop_dominated(&mut self, label: &Label, better: &Label) {
        if better.amount < label.amount {
            let rest = if self.local.reaches(label.node) { 1.0 } else { self.tables.bounds.any() };
            let least = self.cost_at_least(label.weight, label.probability * rest);
            let excess = i128::from(label.amount) - i128::from(least);
            self.exactness.excess = self.exactness.excess.max(excess);
        }
        self.exactness.shorter_dropped |= better.cltv > label.cltv || better.hops > label.hops;
    }

    /// The path over one of the payer's own channels and then `label`, if it is better than the best.
    fn goal(&mut self, label: &Label) -> Option<Goal> {
        if !self.local.reaches(label.node) {
            return None;
        }
        let minimum = self.local.next_minimum(self.knowledge, label.node, label.amount);
        self.exactness.threshold = self.exactness.threshold.min(minimum);
        let first = self.local.widest(self.knowledge, label.node, label.amount)?;
        if label.cltv > self.limits.cltv || label.hops + 1 > self.limits.hops {
            self.exactness.cut = true;
            return None;
        }
        let probability = label.probability * self.model.local(label.node);
        if probability <= 0.0 || probability < self.limits.probability {
            return None;
        }
        let distance = self.model.distance(label.weight, probability);
        let better = self.best.is_none_or(|best| {
            distance < best.distance || distance == best.distance && probability > best.probability
        });
        (better && distance < u64::MAX).then_some(Goal {
            distance,
            probability,
            first,
            label: NONE,
        })
    }

    /// Whether a dropped label could have led to a better answer after all, with a larger amount.
    pub(super) fn may_have_missed(&self) -> bool {
        let largest = match self.best {
            Some(goal) => self.exactness.excess.saturating_add(i128::from(goal.distance)),
            None if self.exactness.excess > i128::MIN => i128::from(self.limits.amount),
            None => i128::MIN,
        };
        i128::from(self.exactness.threshold) <= largest.min(i128::from(self.limits.amount))
    }

    /// Writes down the path of `goal`, from the payer.
    pub(super) fn trace(&self, goal: Goal, path: &mut Vec<PathHop>) {
        path.clear();
        path.push(goal.first);
        let mut label = &self.tables.labels[goal.label as usize];
        while label.onward != NONE {
            path.push(PathHop { direction: label.direction, delta: label.delta });
            label = &self.tables.labels[label.onward as usize];
        }
    }
}
