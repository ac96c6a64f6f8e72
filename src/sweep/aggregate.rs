//! `aggregate.csv` and `comparisons.csv`: means over replications with their intervals, and how each
//! point differs from the baseline.

use std::path::Path;

use crate::metrics::{Compared, compared, paired};
use crate::report::{Existing, FileMark, OutputError, TableFile};
use crate::sweep::gathered::Gathered;
use crate::sweep::plan::Plan;
use crate::sweep::statistic::{Cell, over_replications};
use crate::sweep::tables::aggregate::{self, AggregateRow};
use crate::sweep::tables::comparisons::{self, ComparisonsRow};

/// Writes `aggregate.csv`: a row per point, system and figure.
pub(super) fn write_aggregate(gathered: &Gathered, dir: &Path) -> Result<FileMark, OutputError> {
    let names = |group: &str| gathered.names(group);
    let mut file = TableFile::create(dir, &aggregate::TABLE, Existing::Replace, names)?;
    for point in gathered.points() {
        for (system, system_name) in gathered.systems.iter().enumerate() {
            let rows: Vec<&[Cell]> =
                gathered.rows_of(point, system).map(|row| row.cells.as_slice()).collect();
            for (metric, column) in gathered.metrics.iter().enumerate() {
                let cells: Vec<Cell> = rows.iter().map(|cells| cells[metric]).collect();
                let Some(of) = over_replications(&column.name, &cells) else {
                    continue;
                };
                let drifting = cells.iter().filter(|cell| cell.drifts).count() as u64;
                file.put(&AggregateRow {
                    gathered,
                    point,
                    system: system_name,
                    metric: &column.name,
                    of,
                    drifting: column.is_estimate.then_some(drifting),
                })?;
            }
        }
    }
    file.finish()
}

/// Writes `comparisons.csv`: for each estimate, how each point differs from the baseline. Returns also
/// the variance ratios of the first success ratio, to say whether common random numbers helped.
pub(super) fn write_comparisons(
    plan: &Plan,
    gathered: &Gathered,
    dir: &Path,
) -> Result<(FileMark, Vec<f64>), OutputError> {
    let names = |group: &str| gathered.names(group);
    let mut file = TableFile::create(dir, &comparisons::TABLE, Existing::Replace, names)?;
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
                file.put(&ComparisonsRow {
                    gathered,
                    system: system_name,
                    metric: &column.name,
                    baseline,
                    point,
                    of,
                    method,
                })?;
            }
        }
    }
    Ok((file.finish()?, ratios))
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
