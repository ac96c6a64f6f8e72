//! The replications of one run: whole runs with draws of their own, and what they say together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use crate::metrics::{Figure, Metric, OverReplications};
use crate::report::{Existing, FileMark, OutputError, TableFile};
use crate::scenario::Scenario;
use crate::simulation::RunError;
use crate::sweep::measure::{Measured, measure};
use crate::sweep::tables::replications::{ReplicationsRow, TABLE};

/// The figures of one system, by replication.
#[derive(Clone, Debug)]
pub struct ReplicatedSystem {
    /// The system's name.
    pub system: String,
    /// The figures of each replication, from the first on.
    pub figures: Vec<Vec<Figure>>,
}

/// Runs replications of a scenario in memory, on the threads of the rayon pool that this is called from,
/// `threads` for each; results in their order.
///
/// # Errors
/// That of the first replication that failed.
pub fn replicate(
    scenario: &Scenario,
    replications: Range<u32>,
    threads: usize,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Measured>, RunError> {
    let done: Vec<_> = replications
        .into_par_iter()
        .with_max_len(1)
        .map(|replication| measure(scenario, replication, threads, is_over))
        .collect();
    done.into_iter().collect()
}

impl ReplicatedSystem {
    /// Each metric over the replications that have a value.
    pub fn over(&self) -> OverReplications {
        let mut found: BTreeMap<&str, (Vec<f64>, Vec<u64>)> = BTreeMap::new();
        for figure in self.figures.iter().flatten() {
            if let Some(value) = figure.value {
                let (values, trials) = found.entry(&figure.name).or_default();
                // A negative zero is none.
                values.push(value + 0.0);
                trials.push(figure.n.unwrap_or(0));
            }
        }
        let over = |(name, (values, trials)): (&str, (Vec<f64>, Vec<u64>))| {
            let over = Metric::of(name)?.over(&values, &trials)?;
            Some((name.to_owned(), over))
        };
        OverReplications {
            count: u32::try_from(self.figures.len()).expect("replications are few"),
            metrics: found.into_iter().filter_map(over).collect(),
        }
    }
}

/// Writes `replications.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn write_replications(
    dir: &Path,
    systems: &[ReplicatedSystem],
) -> Result<FileMark, OutputError> {
    let figures = systems.iter().flat_map(|of| &of.figures).flatten();
    let names: BTreeSet<&str> = figures.map(|figure| figure.name.as_str()).collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut file = TableFile::create(dir, &TABLE, Existing::Replace, |_| names.clone())?;
    for of in systems {
        for (replication, figures) in (0..).zip(&of.figures) {
            // A negative zero is none.
            let value = |figure: &'_ Figure| figure.value.map(|value| value + 0.0);
            let values =
                figures.iter().filter_map(|f| Some((f.name.as_str(), value(f)?))).collect();
            file.put(&ReplicationsRow { system: &of.system, replication, names: &names, values })?;
        }
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: Option<f64>) -> Figure {
        let name = name.to_owned();
        Figure { name, value, ends: None, no_interval: None, n: Some(100), verdict: None }
    }

    #[test]
    fn each_metric_has_its_own_statistic_and_each_replication_its_row() {
        let (share, fee) = ("success.success_ratio", "fees.fee_mean_msat");
        let figures = vec![
            vec![figure(share, Some(1.0)), figure(fee, Some(1.0))],
            vec![figure(share, Some(1.0)), figure(fee, None)],
            vec![figure(share, Some(1.0)), figure(fee, Some(3.0))],
        ];
        let system = ReplicatedSystem { system: "lightning".to_owned(), figures };
        let over = system.over();
        assert_eq!((over.count, over.metrics[fee].n, over.metrics[fee].mean), (3, 2, 2.0));
        let [low, high] = over.metrics[share].ends.expect("trials give it a width");
        assert!(low < 1.0 && high >= 1.0 - 1e-12, "{low} to {high}");
        let dir = tempfile::tempdir().expect("a folder");
        write_replications(dir.path(), &[system]).expect("new");
        let text = std::fs::read_to_string(dir.path().join("replications.csv")).expect("written");
        assert_eq!(
            text,
            "system,replication,fees.fee_mean_msat,success.success_ratio\n\
             lightning,0,1,1\nlightning,1,,1\nlightning,2,3,1\n"
        );
    }
}
