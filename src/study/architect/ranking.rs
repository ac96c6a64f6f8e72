//! Which way is the cheapest of those that meet a bound, which comes next, and whether they can be told apart.
//!
//! Costs are compared in pairs: replication r of every way carries the same payments. As more replications are
//! added until ways are told apart, the 5 % for a mistake are shared among the looks.

use crate::metrics::{paired, t_975, t_within};
use crate::study::figure::Figure;

/// A way that costs so many times the cheapest is dearer, even if both were run once.
const FAR: f64 = 2.0;

/// One way in a cell.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What a payment costs, by replication; empty where nothing was settled.
    pub(super) costs: Vec<f64>,
    /// Whether it meets the bound.
    pub(super) meets: bool,
    /// Whether more replications would say the same.
    pub(super) is_sure: bool,
}

impl Entry {
    #[expect(clippy::cast_precision_loss, reason = "few replications")]
    fn mean(&self) -> f64 {
        self.costs.iter().sum::<f64>() / self.costs.len() as f64
    }

    fn may_win(&self) -> bool {
        (self.meets || !self.is_sure) && !self.costs.is_empty()
    }
}

/// How the ways of a cell stand, by their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ranking {
    pub(super) cheapest: Option<usize>,
    /// The next cheapest that meets the bound.
    pub(super) runner_up: Option<usize>,
    /// What a payment costs more with the runner-up, over replications that both have.
    pub(super) difference: Figure,
    /// These replications.
    pub(super) pairs: u32,
    /// Whether more replications would change nothing: the cheapest surely meets the bound, and all others that may
    /// meet it are surely dearer; or surely none meets it.
    pub(super) significant: bool,
    /// Those of which more replications would say more.
    pub(super) contenders: Vec<usize>,
}

/// Ranks the ways of a cell, which is looked at `looks` times in all.
pub(super) fn rank(entries: &[Entry], looks: u32) -> Ranking {
    let mut places: Vec<usize> = (0..entries.len()).filter(|i| entries[*i].may_win()).collect();
    places.sort_by(|a, b| entries[*a].mean().total_cmp(&entries[*b].mean()));
    let least = places.first().map_or(0.0, |place| entries[*place].mean());
    let mut meeting = places.iter().copied().filter(|place| entries[*place].meets);
    let (cheapest, runner_up) = (meeting.next(), meeting.next());
    let is_contender = |(number, place): (usize, &usize)| {
        let is_near = number < 2 || entries[*place].mean() <= FAR * least;
        (is_near || Some(*place) == cheapest || Some(*place) == runner_up).then_some(*place)
    };
    let contenders = places.iter().enumerate().filter_map(is_contender).collect();
    let Some(first) = cheapest else {
        return Ranking { significant: places.is_empty(), contenders, ..Ranking::default() };
    };
    let others = places.iter().filter(|place| **place != first);
    let significant = entries[first].is_sure
        && others.clone().all(|other| is_dearer(&entries[first], &entries[*other], looks));
    let shown = runner_up.map(|place| difference(&entries[first], &entries[place], looks));
    let (difference, pairs) = shown.unwrap_or_default();
    Ranking { cheapest, runner_up, difference, pairs, significant, contenders }
}

fn is_dearer(cheapest: &Entry, other: &Entry, looks: u32) -> bool {
    match difference(cheapest, other, looks) {
        (_, 0 | 1) => other.mean() > FAR * cheapest.mean(),
        (Figure { ends: Some([low, _]), .. }, _) => low > 0.0,
        // Where nothing varies, any difference is one.
        (Figure { value, ends: None }, _) => value.is_some_and(|difference| difference > 0.0),
    }
}

/// What the other costs more, with an interval that holds the truth in 95 % of all cells whenever one stops looking.
fn difference(cheapest: &Entry, other: &Entry, looks: u32) -> (Figure, u32) {
    /// No quantile that is asked for here is larger.
    const MOST: f64 = 1_000.0;
    let Some(found) = paired(&cheapest.costs, &other.costs) else { return Default::default() };
    let ends = found.ends.map(|[low, high]| {
        let freedom = found.n - 1;
        let wide = t_within(1.0 - 0.05 / f64::from(looks.max(1)), freedom, MOST) / t_975(freedom);
        let half = (high - low) / 2.0 * wide;
        [found.difference - half, found.difference + half]
    });
    (Figure { value: Some(found.difference), ends }, found.n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(costs: &[f64], meets: bool, is_sure: bool) -> Entry {
        Entry { costs: costs.to_vec(), meets, is_sure }
    }

    #[test]
    fn the_cheapest_that_meets_the_bound_is_told_apart_from_the_next_in_pairs() {
        // Each dearer by 1.0 to 1.2 of the same payments, though both vary by 10.
        let cell = [
            entry(&[1.0, 11.0, 21.0], true, true),
            entry(&[2.0, 12.1, 22.2], true, true),
            entry(&[0.1], false, true),
        ];
        let found = rank(&cell, 1);
        assert_eq!((found.cheapest, found.runner_up, found.pairs), (Some(0), Some(1), 3));
        assert!(found.significant);
        // The mean of 1.0, 1.1, 1.2 is 1.1, their standard deviation 0.1: 4.303 · 0.1 / √3 = 0.248.
        let [low, high] = found.difference.ends.expect("three pairs");
        assert!((low - 0.851_59).abs() < 1e-4 && (high - 1.348_41).abs() < 1e-4, "{low} to {high}");
        // With three looks 7.649 stands for 4.303.
        let [low, _] = rank(&cell, 3).difference.ends.expect("three pairs");
        assert!((low - 0.658_4).abs() < 1e-3, "{low}");
    }

    #[test]
    fn what_lies_close_or_may_meet_the_bound_leaves_a_cell_open() {
        let close = [entry(&[1.0, 1.2, 1.1], true, true), entry(&[1.1, 1.1, 1.2], true, true)];
        let found = rank(&close, 1);
        assert!(!found.significant);
        assert_eq!(found.contenders, [0, 1]);
        let open = [entry(&[2.0], true, true), entry(&[1.0], false, false)];
        let found = rank(&open, 1);
        assert_eq!((found.cheapest, found.significant), (Some(0), false));
        assert_eq!(found.contenders, [1, 0]);
        let unsure = [entry(&[1.0], true, false), entry(&[5.0], true, true)];
        assert!(!rank(&unsure, 1).significant);
    }

    #[test]
    fn one_run_tells_only_large_differences_and_equal_costs_are_no_difference() {
        let far = [entry(&[1.0], true, true), entry(&[2.5], true, true)];
        assert!(rank(&far, 1).significant);
        let near = [entry(&[1.0], true, true), entry(&[1.5], true, true)];
        assert!(!rank(&near, 1).significant);
        let fixed = [entry(&[1.0; 3], true, true), entry(&[1.1; 3], true, true)];
        assert!(rank(&fixed, 1).significant);
        let same = [entry(&[1.0; 3], true, true), entry(&[1.0; 3], true, true)];
        assert!(!rank(&same, 1).significant);
    }

    #[test]
    fn nobody_wins_where_none_meets_the_bound() {
        let none = rank(&[entry(&[1.0], false, true), entry(&[], true, true)], 1);
        assert_eq!((none.cheapest, none.significant), (None, true));
        let open = rank(&[entry(&[1.0], false, false)], 1);
        assert_eq!((open.cheapest, open.significant), (None, false));
        assert_eq!(open.contenders, [0]);
    }
}
