//! `aggregate.csv` and `comparisons.csv`: means over replications with their intervals, and how each
//! point differs from the baseline.

use std::path::Path;

use crate::engine::Seeds;
use crate::metrics::{
    Compared, Replicated, bootstrapped, compared, paired, replicated, replicated_ratio,
};
use crate::report::{FileMark, Line, OutputError};
use crate::sweep::plan::Plan;
use crate::sweep::tables::{Cell, Gathered, Table};

/// How the interval of a figure is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mean,
    /// A share of successes among so many trials.
    Ratio,
    /// A quantile: far from normal in few observations.
    Quantile,
}

impl Kind {
    /// Told from the last key of the name, as `summary.json` has them.
    fn of(name: &str) -> Self {
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_percentile = last.strip_prefix('p').is_some_and(|rest| {
            rest.split('_')
                .next()
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        if last == "success_ratio" {
            Self::Ratio
        } else if is_percentile || last.contains("median") {
            Self::Quantile
        } else {
            Self::Mean
        }
    }
}

/// The mean of one figure over the replications of a point.
fn estimate(plan: &Plan, name: &str, point: u32, cells: &[Cell]) -> Option<Replicated> {
    let values: Vec<f64> = cells.iter().filter_map(|cell| cell.value).collect();
    match Kind::of(name) {
        Kind::Mean => replicated(&values),
        Kind::Ratio => {
            let trials: Vec<u64> =
                cells.iter().filter(|cell| cell.value.is_some()).map(|cell| cell.n).collect();
            replicated_ratio(&values, &trials)
        }
        Kind::Quantile => {
            let mut source =
                Seeds::new(plan.seed, point).stream(&format!("sweep.bootstrap.{name}"));
            let pick = |n: usize| usize::try_from(source.below(n as u64)).expect("below a usize");
            bootstrapped(&values, pick)
        }
    }
}

/// Writes `aggregate.csv`: a row per point, system and figure.
pub(super) fn write_aggregate(
    plan: &Plan,
    gathered: &Gathered,
    dir: &Path,
) -> Result<FileMark, OutputError> {
    let columns = ["point"]
        .into_iter()
        .chain(gathered.axis_names())
        .chain(["system", "metric", "n", "mean", "sd", "low", "high", "method", "drifting"]);
    let mut table = Table::create(dir, "aggregate.csv", columns)?;
    for point in gathered.points() {
        for (system, system_name) in gathered.systems.iter().enumerate() {
            let rows: Vec<&[Cell]> =
                gathered.rows_of(point, system).map(|row| row.cells.as_slice()).collect();
            for (metric, column) in gathered.metrics.iter().enumerate() {
                let cells: Vec<Cell> = rows.iter().map(|cells| cells[metric]).collect();
                let Some(of) = estimate(plan, &column.name, point, &cells) else { continue };
                let drifting = cells.iter().filter(|cell| cell.drifts).count();
                let line = &mut table.line;
                line.number(u64::from(point));
                gathered.place(line, point);
                line.text(system_name);
                line.text(&column.name);
                line.number(u64::from(of.n));
                line.fraction(of.mean);
                line.maybe(of.sd, Line::fraction);
                let [low, high] = of.ends.map_or([None; 2], |ends| ends.map(Some));
                line.maybe(low, Line::fraction);
                line.maybe(high, Line::fraction);
                line.text(of.method.name());
                if column.is_estimate {
                    line.number(drifting as u64);
                } else {
                    line.empty();
                }
                table.end()?;
            }
        }
    }
    table.finish()
}

/// Writes `comparisons.csv`: for each estimate, how each point differs from the baseline. Returns also
/// the variance ratios of the first success ratio, to say whether common random numbers helped.
pub(super) fn write_comparisons(
    plan: &Plan,
    gathered: &Gathered,
    dir: &Path,
) -> Result<(FileMark, Vec<f64>), OutputError> {
    let columns = ["system", "metric", "baseline", "point"]
        .into_iter()
        .chain(gathered.axis_names())
        .chain(["n", "difference", "low", "high", "method", "variance_ratio"]);
    let mut table = Table::create(dir, "comparisons.csv", columns)?;
    let mut ratios = Vec::new();
    let baseline = plan.spec.baseline;
    let points = gathered.points();
    for (system, system_name) in gathered.systems.iter().enumerate() {
        for (metric, column) in gathered.metrics.iter().enumerate() {
            if !column.is_estimate {
                continue;
            }
            let first = by_replication(gathered, baseline, system, metric);
            for point in points.iter().copied().filter(|point| *point != baseline) {
                let second = by_replication(gathered, point, system, metric);
                let Some((of, method)) = difference(plan, &first, &second) else { continue };
                if column.name == "success.success_ratio" && system == 0 {
                    ratios.extend(of.variance_ratio);
                }
                let line = &mut table.line;
                line.text(system_name);
                line.text(&column.name);
                line.number(u64::from(baseline));
                line.number(u64::from(point));
                gathered.place(line, point);
                line.number(u64::from(of.n));
                line.fraction(of.difference);
                let [low, high] = of.ends.map_or([None; 2], |ends| ends.map(Some));
                line.maybe(low, Line::fraction);
                line.maybe(high, Line::fraction);
                line.text(method);
                line.maybe(of.variance_ratio, Line::fraction);
                table.end()?;
            }
        }
    }
    Ok((table.finish()?, ratios))
}

/// Values with their replications.
fn by_replication(
    gathered: &Gathered,
    point: u32,
    system: usize,
    metric: usize,
) -> Vec<(u32, f64)> {
    gathered
        .rows_of(point, system)
        .filter_map(|row| row.cells[metric].value.map(|value| (row.replication, value)))
        .collect()
}

/// With common random numbers the replications of both points are paired by their number.
fn difference(
    plan: &Plan,
    first: &[(u32, f64)],
    second: &[(u32, f64)],
) -> Option<(Compared, &'static str)> {
    if !plan.spec.common_random_numbers {
        let [first, second] =
            [first, second].map(|of| of.iter().map(|(_, value)| *value).collect::<Vec<_>>());
        return compared(&first, &second).map(|of| (of, "welch_t"));
    }
    let partner = |replication: u32| second.iter().find(|(other, _)| *other == replication);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for (replication, value) in first {
        if let Some((_, partner)) = partner(*replication) {
            one.push(*value);
            other.push(*partner);
        }
    }
    paired(&one, &other).map(|of| (of, "paired_t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_figure_follows_from_its_name() {
        for (name, kind) in [
            ("success.success_ratio", Kind::Ratio),
            ("success.by_amount.from_sat_10.success_ratio", Kind::Ratio),
            ("success.success_volume_ratio", Kind::Mean),
            ("latency.payer_known.p95_s", Kind::Quantile),
            ("fees.fee_median_msat", Kind::Quantile),
            ("effort.attempts_per_payment", Kind::Mean),
            ("prices.price_mean_usd", Kind::Mean),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }
}
