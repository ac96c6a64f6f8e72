//! Results in, tables out.
//!
//! Tables are made from the result files alone, read in the order of the plan: whoever computed them,
//! in whatever order, the bytes are the same.

use std::path::Path;

use rayon::prelude::*;

use crate::report::{Existing, FileMark, OutputError, TableFile};
use crate::sweep::aggregate::{write_aggregate, write_comparisons};
use crate::sweep::execute::{Precision, precision};
use crate::sweep::gathered::Gathered;
use crate::sweep::manifest;
use crate::sweep::plan::Plan;
use crate::sweep::sensitivity::{write_main_effects, write_sensitivity};
use crate::sweep::store::{RunResult, Store};
use crate::sweep::tables::points::{self, PointsRow};
use crate::sweep::welch::write_welch;

/// What was collected.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Points with all their replications.
    pub complete: u32,
    /// Runs in the tables.
    pub runs: u64,
    /// Files written, with their hashes.
    pub files: Vec<FileMark>,
    /// Variance of paired over independent differences of the success ratio, one per point compared
    /// with the baseline; in rising order.
    pub variance_ratios: Vec<f64>,
}

/// The replications of a point that count, or the first one that is missing.
///
/// # Errors
/// The replication that is missing.
pub(super) fn replications(plan: &Plan, store: &Store, point: u32) -> Result<u32, u32> {
    match &plan.spec.stop {
        None => {
            let missing = (0..plan.spec.replications)
                .find(|replication| store.load(&plan.run_id(point, *replication)).is_none());
            missing.map_or(Ok(plan.spec.replications), Err)
        }
        Some(rule) => match precision(plan, store, rule, point) {
            Precision::Enough(count) => Ok(count),
            Precision::Next(missing) => Err(missing),
            // A figure that is not observed cannot become precise: what was asked for has to do.
            Precision::Unobserved(at) => Ok(plan.spec.replications.max(at)),
        },
    }
}

/// How many points have all their replications, and how many results are there of those that have not.
pub fn status(plan: &Plan, store: &Store) -> (Vec<u32>, u64) {
    let of: Vec<Option<u32>> = (0..plan.count())
        .into_par_iter()
        .map(|point| replications(plan, store, point).ok())
        .collect();
    let runs = of.iter().flatten().map(|count| u64::from(*count)).sum();
    let missing = (0..).zip(&of).filter(|(_, count)| count.is_none()).map(|(point, _)| point);
    (missing.collect(), runs)
}

/// Writes `points.csv`: a row per point, replication and system.
fn write_points(gathered: &Gathered, dir: &Path) -> Result<FileMark, OutputError> {
    let names = |group: &str| gathered.names(group);
    let mut file = TableFile::create(dir, &points::TABLE, Existing::Replace, names)?;
    for row in &gathered.rows {
        file.put(&PointsRow { gathered, row, point: row.point })?;
    }
    file.finish()
}

/// Writes the tables from the points that are complete, in place of what an earlier manifest lists.
///
/// # Errors
/// When a table cannot be written.
pub fn collect(plan: &Plan, dir: &Path) -> Result<Collected, OutputError> {
    manifest::clear_listed(dir)?;
    let store = Store::of(dir);
    let results: Vec<Vec<(u32, RunResult)>> = (0..plan.count())
        .into_par_iter()
        .map(|point| {
            let count = replications(plan, &store, point).unwrap_or(0);
            let load = |replication| store.load(&plan.run_id(point, replication));
            (0..count).map_while(load).map(|result| (point, result)).collect()
        })
        .collect();
    let complete = results.iter().filter(|of| !of.is_empty()).count();
    let results: Vec<(u32, RunResult)> = results.into_iter().flatten().collect();
    let gathered = Gathered::new(plan, &results);
    let mut files = vec![write_points(&gathered, dir)?, write_aggregate(&gathered, dir)?];
    let (comparisons, mut variance_ratios) = write_comparisons(plan, &gathered, dir)?;
    files.push(comparisons);
    files.push(write_welch(&gathered, dir)?);
    files.push(write_main_effects(&gathered, plan.points.len(), dir)?);
    files.extend(write_sensitivity(plan, &gathered, dir)?);
    variance_ratios.sort_by(f64::total_cmp);
    Ok(Collected {
        complete: u32::try_from(complete).expect("at most MOST_POINTS"),
        runs: results.len() as u64,
        files,
        variance_ratios,
    })
}
