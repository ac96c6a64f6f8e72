//! How many intervals hold the truth, figure by figure.

use std::collections::BTreeMap;
use std::fmt;

use leyden::engine::Seeds;
use leyden::metrics::{Figure, Kind, Metric, Range};

use crate::lines::Line;

/// Replications of one interval; 1: an interval that a run gives by itself.
pub(crate) const REPLICATIONS: [usize; 4] = [1, 5, 10, 30];
/// What chance leaves about once in a thousand times.
const RARE: f64 = 0.001;
/// Intervals over replications that are looked at, of each figure and number of replications.
const GROUPS: usize = 500;

/// Levels of a run that is drawn twice count as those of two that differ by this share: levels have no interval where two runs
/// agree, and two runs of their own would not.
const APART: f64 = 1e-9;

/// Intervals of one figure: how many there are, and how many hold the truth.
pub(crate) struct Judged {
    pub(crate) line: &'static Line,
    pub(crate) runs: usize,
    pub(crate) metric: &'static Metric,
    /// Replications behind each.
    pub(crate) n: usize,
    pub(crate) given: usize,
    pub(crate) held: usize,
    /// Those of no width, or with an end where the figure cannot be.
    pub(crate) impossible: usize,
}

impl Judged {
    /// The share that holds the truth.
    pub(crate) fn share(&self) -> f64 {
        self.held as f64 / self.given as f64
    }

    /// Fewer than chance would leave, about once in a thousand times.
    ///
    /// Of single runs: of intervals that hold it 19 times in 20. Over replications, where intervals are many and
    /// drawn from the same runs: of intervals that hold it in 93 %.
    pub(crate) fn is_too_few(&self) -> bool {
        let right = if self.n == 1 { 0.95 } else { 0.93 };
        at_most(self.held, self.given, right) < RARE || self.impossible > 0
    }

    fn add(&mut self, [low, high]: [f64; 2], truth: f64) {
        let is_possible = match self.metric.range() {
            Range::Any => true,
            Range::NotNegative => low >= 0.0,
            Range::Share => low >= 0.0 && high <= 1.0,
        };
        self.given += 1;
        self.held += usize::from(low <= truth && truth <= high);
        self.impossible += usize::from(!is_possible || low >= high);
    }
}

/// The probability of at most `held` of `given` where each holds with probability `right`: the binomial distribution, summed up.
fn at_most(held: usize, given: usize, right: f64) -> f64 {
    let (n, odds) = (given as f64, (right / (1.0 - right)).ln());
    let mut log = n * (1.0 - right).ln();
    let mut sum = log.exp();
    for k in 0..held {
        let k = k as f64;
        log += ((n - k) / (k + 1.0)).ln() + odds;
        sum += log.exp();
    }
    sum
}

#[test]
fn too_few_is_what_chance_leaves_once_in_a_thousand_times() {
    assert!((at_most(0, 1, 0.93) - 0.07).abs() < 1e-12);
    assert!((at_most(1, 2, 0.95) - (1.0 - 0.95 * 0.95)).abs() < 1e-12);
    assert!((at_most(500, 500, 0.93) - 1.0).abs() < 1e-9);
    // Of 500 at 0.93 the first that is not too few is 446.
    assert!(at_most(445, 500, 0.93) < RARE && at_most(446, 500, 0.93) > RARE);
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, metric, n, given, held, impossible, .. } = self;
        write!(f, "{}, n = {n}: {}: {held} of {given}", line.title, metric.path)?;
        if *impossible > 0 { write!(f, ", {impossible} impossible") } else { Ok(()) }
    }
}

/// What all runs say of a figure.
struct Found<'a> {
    /// By run; runs in which nothing was observed have none.
    figures: Vec<Option<&'a Figure>>,
    /// The mean of all.
    truth: f64,
    /// What one run claims to hold: the same, but of quantiles the median of all. A quantile of a run is about as often
    /// above as below the quantile of all payments that could be; their mean is pulled away from it where hardly any
    /// payments lie next to it.
    truth_of_one: f64,
}

/// The intervals of every figure that has some, in the order of the catalogue.
pub(crate) fn judge(line: &'static Line, runs: &[Vec<Figure>]) -> Vec<Judged> {
    let found = by_name(runs);
    let mut judged: Vec<Judged> = Vec::new();
    for n in REPLICATIONS {
        if n == 1 && line.network.is_none() {
            continue;
        }
        let groups = groups(runs.len(), n);
        let mut of: BTreeMap<&str, Judged> = BTreeMap::new();
        for (name, found) in &found {
            let metric = Metric::of(name).unwrap();
            let (runs, empty) = (runs.len(), (0, 0, 0));
            let (given, held, impossible) = empty;
            let new = || Judged { line, runs, metric, n, given, held, impossible };
            let into = of.entry(metric.path).or_insert_with(new);
            if n == 1 { of_single_runs(found, into) } else { of_groups(found, &groups, into) }
        }
        judged.extend(of.into_values().filter(|of| of.given > 0));
    }
    let places: BTreeMap<&str, usize> =
        leyden::metrics::METRICS.iter().enumerate().map(|(at, of)| (of.path, at)).collect();
    judged.sort_by_key(|of| (places[of.metric.path], of.n));
    judged
}

fn by_name(runs: &[Vec<Figure>]) -> BTreeMap<&str, Found<'_>> {
    let mut found: BTreeMap<&str, Found<'_>> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate() {
        for figure in run.iter().filter(|figure| figure.value.is_some()) {
            let new = || Found { figures: vec![None; runs.len()], truth: 0.0, truth_of_one: 0.0 };
            found.entry(&figure.name).or_insert_with(new).figures[at] = Some(figure);
        }
    }
    for (name, of) in &mut found {
        let mut values: Vec<f64> = of.figures.iter().flatten().filter_map(|f| f.value).collect();
        of.truth = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_by(f64::total_cmp);
        let is_quantile = Metric::of(name).unwrap().kind == Kind::Quantile;
        let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
        of.truth_of_one = if is_quantile { median } else { of.truth };
    }
    found
}

fn of_single_runs(found: &Found<'_>, into: &mut Judged) {
    for ends in found.figures.iter().flatten().filter_map(|figure| figure.ends) {
        into.add(ends, found.truth_of_one);
    }
}

fn of_groups(found: &Found<'_>, groups: &[Vec<usize>], into: &mut Judged) {
    for group in groups {
        let (mut values, mut trials) = (Vec::new(), Vec::new());
        for (at, run) in group.iter().enumerate() {
            let Some(figure) = found.figures[*run] else { continue };
            let is_level = into.metric.kind == Kind::TimeAverage;
            let before = group[..at].iter().filter(|other| is_level && *other == run).count();
            values.push(figure.value.unwrap() * APART.mul_add(before as f64, 1.0));
            trials.push(figure.n.unwrap_or(0));
        }
        if let Some(ends) = into.metric.over(&values, &trials).and_then(|over| over.ends) {
            into.add(ends, found.truth);
        }
    }
}

/// Runs drawn with replacement: as replications are drawn from all that could be, and so that the mean of all
/// runs is the truth exactly, and not another estimate of it.
fn groups(runs: usize, n: usize) -> Vec<Vec<usize>> {
    let mut source = Seeds::new(1, 0).stream(&format!("coverage.{n}"));
    let mut pick = || usize::try_from(source.below(runs as u64)).unwrap();
    (0..GROUPS).map(|_| (0..n).map(|_| pick()).collect()).collect()
}
