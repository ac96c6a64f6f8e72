//! Which axis matters: `main_effects.csv` for every design, `sensitivity.csv` where indices follow from it.
//!
//! The figure of a point is its mean over replications. With few replications their noise counts as if
//! it came from axes acting together: it raises total indices, not first-order ones; common random
//! numbers take most of it out.

use std::path::Path;

use crate::engine::Seeds;
use crate::metrics::replicated;
use crate::report::{Existing, FileMark, OutputError, TableFile};
use crate::scenario::Design;
use crate::sweep::gathered::{AxisValue, Gathered};
use crate::sweep::plan::Plan;
use crate::sweep::tables;
use crate::sweep::tables::main_effects::{self, MainEffectsRow};
use crate::sweep::tables::sensitivity::{Indices, SensitivityRow};

/// The means of one figure of one system; `None` where a point has none.
struct Means(Vec<Option<f64>>);

impl Means {
    fn of(gathered: &Gathered, points: usize, system: usize, metric: usize) -> Self {
        let mut sums = vec![(0.0, 0_u32); points];
        for row in gathered.rows.iter().filter(|row| row.system == system) {
            if let Some(value) = row.cells[metric].value {
                let (sum, n) = &mut sums[row.point as usize];
                *sum += value;
                *n += 1;
            }
        }
        Self(sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))).collect())
    }

    /// All of them; `None` when one is missing.
    fn all(&self) -> Option<Vec<f64>> {
        self.0.iter().copied().collect()
    }
}

/// Most levels shown one by one; more are put into classes.
const LEVELS_MAX: usize = 10;
/// Classes of equal numbers of points.
const CLASSES: usize = 5;

/// Writes `main_effects.csv`: the mean of each estimate over all points with a level of an axis (or
/// with one of five classes of values), with its interval over these points.
pub(super) fn write_main_effects(
    gathered: &Gathered,
    points: usize,
    dir: &Path,
) -> Result<FileMark, OutputError> {
    let mut file = TableFile::create(dir, &main_effects::TABLE, Existing::Replace, |_| Vec::new())?;
    let classes: Vec<Vec<(String, Vec<usize>)>> =
        gathered.axes.iter().map(|axis| classes(&axis.values)).collect();
    for (system, system_name) in gathered.systems.iter().enumerate() {
        for (metric, column) in gathered.metrics.iter().enumerate() {
            if !column.is_estimate {
                continue;
            }
            let means = Means::of(gathered, points, system, metric);
            let all: Vec<f64> = means.0.iter().flatten().copied().collect();
            let Some(overall) = replicated(&all) else { continue };
            for (axis, classes) in gathered.axes.iter().zip(&classes) {
                for (level, members) in classes {
                    let values: Vec<f64> =
                        members.iter().filter_map(|point| means.0[*point]).collect();
                    let Some(of) = replicated(&values) else { continue };
                    file.put(&MainEffectsRow {
                        system: system_name,
                        metric: &column.name,
                        axis: &axis.name,
                        level,
                        of,
                        overall: overall.mean,
                    })?;
                }
            }
        }
    }
    file.finish()
}

/// The levels of an axis, or classes of them, each with its points.
fn classes(values: &[AxisValue]) -> Vec<(String, Vec<usize>)> {
    let mut levels: Vec<(String, Vec<usize>)> = Vec::new();
    for (point, value) in values.iter().enumerate() {
        let text = shown(value);
        if let Some((_, members)) = levels.iter_mut().find(|(level, _)| *level == text) {
            members.push(point);
        } else if levels.len() > LEVELS_MAX {
            break;
        } else {
            levels.push((text, vec![point]));
        }
    }
    if levels.len() <= LEVELS_MAX {
        return levels;
    }
    let number = |point: &usize| match &values[*point] {
        AxisValue::Number(number) => *number,
        AxisValue::Word(_) => 0.0,
    };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| number(a).total_cmp(&number(b)));
    order
        .chunks(order.len().div_ceil(CLASSES))
        .map(|members| {
            let [first, last] = [members[0], members[members.len() - 1]].map(|p| shown(&values[p]));
            (format!("{first} to {last}"), members.to_vec())
        })
        .collect()
}

fn shown(value: &AxisValue) -> String {
    match value {
        AxisValue::Number(number) => number.to_string(),
        AxisValue::Word(word) => word.clone(),
    }
}

/// Writes `sensitivity.csv` for grids and for `sobol`; other designs give no indices.
pub(super) fn write_sensitivity(
    plan: &Plan,
    gathered: &Gathered,
    dir: &Path,
) -> Result<Option<FileMark>, OutputError> {
    let is_grid = plan.spec.design == Design::Grid && gathered.axes.len() > 1;
    if !is_grid && plan.spec.design != Design::Sobol {
        return Ok(None);
    }
    let mut file =
        TableFile::create(dir, &tables::sensitivity::TABLE, Existing::Replace, |_| Vec::new())?;
    for (system, system_name) in gathered.systems.iter().enumerate() {
        for (metric, column) in gathered.metrics.iter().enumerate() {
            if !column.is_estimate {
                continue;
            }
            let means = Means::of(gathered, plan.points.len(), system, metric);
            let Some(values) = means.all() else { continue };
            for (number, axis) in gathered.axes.iter().enumerate() {
                let (indices, method) = if is_grid {
                    (of_grid(&values, &strides(plan), number), "anova")
                } else {
                    let cause = format!("sweep.sensitivity.{}", column.name);
                    let mut source = Seeds::new(plan.seed, 0).stream(&cause);
                    let pick =
                        |n: usize| usize::try_from(source.below(n as u64)).expect("a row's number");
                    (of_saltelli(&values, gathered.axes.len(), number, pick), "saltelli_jansen")
                };
                let Some(of) = indices else { continue };
                file.put(&SensitivityRow {
                    system: system_name,
                    metric: &column.name,
                    axis: &axis.name,
                    method,
                    of,
                })?;
            }
        }
    }
    file.finish().map(Some)
}

/// For each axis of a grid: its length, and how far apart neighbouring levels stand.
fn strides(plan: &Plan) -> Vec<(usize, usize)> {
    let lengths: Vec<usize> = plan
        .spec
        .axes
        .iter()
        .map(|axis| usize::try_from(axis.length().unwrap_or(1)).expect("at most MOST_POINTS"))
        .collect();
    let after = |at: usize| lengths[at + 1..].iter().product::<usize>();
    (0..lengths.len()).map(|at| (lengths[at], after(at))).collect()
}

/// Over a full grid the decomposition of variance is exact: the variance of the means given the axis,
/// and what is left when all other axes are given, both over the whole variance.
fn of_grid(values: &[f64], strides: &[(usize, usize)], axis: usize) -> Option<Indices> {
    let (length, stride) = strides[axis];
    let whole = variance(values)?;
    let level = |point: usize| point / stride % length;
    // All other axes: the point with this axis' level taken out.
    let others = |point: usize| point - level(point) * stride;
    let first = variance_of_means(values, level)? / whole;
    let total = 1.0 - variance_of_means(values, others)? / whole;
    Some(Indices { first, total, first_ends: None, total_ends: None })
}

/// With `1/n`; `None` where nothing varies.
fn variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    // Equal values differ by rounding.
    (variance > 1e-24 * (1.0 + mean * mean)).then_some(variance)
}

/// The variance of the means of groups, weighted by their sizes.
fn variance_of_means(values: &[f64], group: impl Fn(usize) -> usize) -> Option<f64> {
    let mut groups: std::collections::BTreeMap<usize, (f64, f64)> =
        std::collections::BTreeMap::new();
    for (point, value) in values.iter().enumerate() {
        let (sum, n) = groups.entry(group(point)).or_default();
        *sum += value;
        *n += 1.0;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = groups.values().map(|(sum, of)| (sum / of - mean) * (sum / of - mean) * of);
    (n > 0.0).then(|| squares.sum::<f64>() / n)
}

/// Rows drawn again for the intervals.
const RESAMPLES: usize = 500;

/// From rows of A, B and A with each axis of B: first-order after Saltelli (*Computer Physics
/// Communications* 181, 2010, table 2, b), total after Jansen (1999).
fn of_saltelli(
    values: &[f64],
    axes: usize,
    axis: usize,
    mut pick: impl FnMut(usize) -> usize,
) -> Option<Indices> {
    let rows: Vec<[f64; 3]> =
        values.chunks_exact(axes + 2).map(|row| [row[0], row[1], row[2 + axis]]).collect();
    let (first, total) = estimators(rows.iter())?;
    let mut drawn: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..RESAMPLES {
        let sample: Vec<&[f64; 3]> = (0..rows.len()).map(|_| &rows[pick(rows.len())]).collect();
        if let Some((first, total)) = estimators(sample.into_iter()) {
            drawn[0].push(first);
            drawn[1].push(total);
        }
    }
    let [first_ends, total_ends] = drawn.map(|mut values| {
        values.sort_by(f64::total_cmp);
        // The 2.5 % ends.
        let cut = values.len() / 40;
        (values.len() > 40).then(|| [values[cut], values[values.len() - 1 - cut]])
    });
    Some(Indices { first, total, first_ends, total_ends })
}

/// First-order and total index from rows (A, B, A with the axis of B).
fn estimators<'a>(rows: impl Iterator<Item = &'a [f64; 3]> + Clone) -> Option<(f64, f64)> {
    let both: Vec<f64> = rows.clone().flat_map(|[a, b, _]| [*a, *b]).collect();
    let whole = variance(&both)?;
    // Taking the mean off first makes the estimator steadier and changes nothing in the limit.
    let mean = both.iter().sum::<f64>() / both.len() as f64;
    let n = both.len() as f64 / 2.0;
    let first: f64 = rows.clone().map(|[a, b, ab]| (b - mean) * (ab - a)).sum();
    let total: f64 = rows.map(|[a, _, ab]| (a - ab) * (a - ab)).sum();
    Some((first / n / whole, total / (2.0 * n) / whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_taken_apart_exactly() {
        // y = x1 + x1·x2 over {0, 1} × {−1, 1}: 0, 0, 0, 2. Mean 0.5, variance 0.75. Given x1: means 0
        // and 1, variance 0.25; given x2: means 0 and 1, likewise.
        let values = [0.0, 0.0, 0.0, 2.0];
        let strides = [(2, 2), (2, 1)];
        for axis in 0..2 {
            let of = of_grid(&values, &strides, axis).expect("it varies");
            assert!((of.first - 1.0 / 3.0).abs() < 1e-12, "{of:?}");
            assert!((of.total - 2.0 / 3.0).abs() < 1e-12, "{of:?}");
        }
        assert_eq!(of_grid(&[1.0; 4], &strides, 0), None);
    }

    /// Ishigami and Homma (1990), a = 7, b = 0.1: the indices are known (Saltelli et al., *Global
    /// Sensitivity Analysis*, 2008, section 4.5).
    #[test]
    fn the_ishigami_function_has_its_known_indices() {
        use crate::math::sin;
        const PI: f64 = std::f64::consts::PI;
        let f = |x: [f64; 3]| {
            let [x1, x2, x3] = x.map(|share| (2.0 * share - 1.0) * PI);
            sin(x1) + 7.0 * sin(x2) * sin(x2) + 0.1 * x3 * x3 * x3 * x3 * sin(x1)
        };
        let mut values = Vec::new();
        for row in 0..4_096 {
            let share = |dimension| f64::from(sobol_burley::sample(row, dimension, 1));
            let [a, b] = [[0, 1, 2], [3, 4, 5]].map(|three| three.map(share));
            values.extend([f(a), f(b)]);
            for axis in 0..3 {
                let mut mixed = a;
                mixed[axis] = b[axis];
                values.push(f(mixed));
            }
        }
        let mut source = Seeds::new(1, 0).stream("test");
        for (axis, (first, total)) in
            [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)].into_iter().enumerate()
        {
            let pick = |n: usize| usize::try_from(source.below(n as u64)).expect("a row");
            let of = of_saltelli(&values, 3, axis, pick).expect("it varies");
            assert!((of.first - first).abs() < 0.02, "axis {axis}: {of:?}");
            assert!((of.total - total).abs() < 0.02, "axis {axis}: {of:?}");
            let [low, high] = of.total_ends.expect("enough rows");
            assert!(low <= total + 0.01 && total - 0.01 <= high, "axis {axis}: {of:?}");
        }
    }

    #[test]
    fn many_levels_are_put_into_classes_of_equal_size() {
        let values: Vec<AxisValue> =
            (0..50).map(|i| AxisValue::Number(f64::from(i * 7 % 50))).collect();
        let classes = classes(&values);
        assert_eq!(classes.len(), 5);
        assert_eq!(classes[0].0, "0 to 9");
        assert!(classes.iter().all(|(_, members)| members.len() == 10));
        let words = ["a", "b", "a"].map(|word| AxisValue::Word(word.to_owned()));
        assert_eq!(super::classes(&words)[0], ("a".to_owned(), vec![0, 2]));
    }
}
