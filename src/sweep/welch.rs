//! `welch.csv`: how figures go over a run, averaged over replications (Welch, *The Statistical Analysis
//! of Simulation Results*, 1983).
//!
//! Where the smoothed curve becomes level the warm-up ends; where it never does, there is no steady
//! state in this horizon.

use std::path::Path;

use crate::metrics::mser5;
use crate::report::{Existing, FileMark, OutputError, TableFile};
use crate::sweep::gathered::{Gathered, Row};
use crate::sweep::tables::welch::{self, WelchRow};

/// Writes `welch.csv`: a row per point, system, figure and batch of observations.
pub(super) fn write_welch(gathered: &Gathered, dir: &Path) -> Result<FileMark, OutputError> {
    let names = |group: &str| gathered.names(group);
    let mut file = TableFile::create(dir, &welch::TABLE, Existing::Replace, names)?;
    for point in gathered.points() {
        for (system, system_name) in gathered.systems.iter().enumerate() {
            let rows: Vec<&Row> = gathered.rows_of(point, system).collect();
            let names = rows.first().map_or(&[][..], |row| row.courses.as_slice());
            for name in names.iter().map(|course| course.name.as_str()) {
                let Some((size, n, means)) = averaged(&rows, name) else { continue };
                let cut = mser5(&means);
                for (at, (mean, smooth)) in means.iter().zip(smoothed(&means)).enumerate() {
                    file.put(&WelchRow {
                        gathered,
                        point,
                        system: system_name,
                        figure: name,
                        observation: (at as u64 + 1) * size,
                        n,
                        mean: *mean,
                        smoothed: smooth,
                        mser5: cut.map(|cut| cut as u64 * size),
                    })?;
                }
            }
        }
    }
    file.finish()
}

/// The mean course over replications, cut to the shortest: observations per batch, replications, means.
fn averaged(rows: &[&Row], name: &str) -> Option<(u64, u64, Vec<f64>)> {
    let courses: Vec<_> = rows
        .iter()
        .filter_map(|row| row.courses.iter().find(|course| course.name == name))
        .collect();
    let size = courses.iter().map(|course| course.size).max()?;
    let all: Vec<Vec<f64>> = courses.iter().map(|course| course.in_batches_of(size)).collect();
    let length = all.iter().map(Vec::len).min()?;
    let n = all.len() as f64;
    let mean = |at: usize| all.iter().map(|course| course[at]).sum::<f64>() / n;
    Some((size, all.len() as u64, (0..length).map(mean).collect()))
}

/// Moving average over a window of about a tenth to each side, narrower at the start, as Welch has it.
fn smoothed(means: &[f64]) -> Vec<f64> {
    let widest = (means.len() / 10).max(1);
    (0..means.len())
        .map(|at| {
            let half = widest.min(at).min(means.len() - 1 - at);
            let window = &means[at - half..=at + half];
            window.iter().sum::<f64>() / window.len() as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_the_ends_and_averages_the_middle() {
        let means: Vec<f64> = [0.0, 10.0].repeat(15);
        let smooth = smoothed(&means);
        assert_eq!(smooth.len(), 30);
        assert!(smooth[0].abs() < 1e-12 && (smooth[29] - 10.0).abs() < 1e-12);
        assert!((3.0..7.0).contains(&smooth[15]), "{}", smooth[15]);
        assert_eq!(smoothed(&[4.0; 12]), [4.0; 12]);
    }
}
