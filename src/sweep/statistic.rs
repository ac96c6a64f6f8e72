//! The mean of a metric over the replications of a point.

use crate::metrics::{Figure, Metric, Replicated};

/// One figure of one run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    pub(super) value: Option<f64>,
    /// Observations behind it.
    pub(super) n: u64,
    /// Whether it was found to drift over the run.
    pub(super) drifts: bool,
}

impl Cell {
    /// What a run found.
    pub(super) fn of(figure: &Figure) -> Self {
        Self {
            // A negative zero is none.
            value: figure.value.map(|value| value + 0.0),
            n: figure.n.unwrap_or(0),
            drifts: figure.verdict.as_deref() == Some("drifting"),
        }
    }
}

/// The mean over the replications that have a value; `None` without one, or for a name that no metric has.
pub(super) fn over_replications(name: &str, cells: &[Cell]) -> Option<Replicated> {
    let (values, trials): (Vec<f64>, Vec<u64>) =
        cells.iter().filter_map(|cell| Some((cell.value?, cell.n))).unzip();
    Metric::of(name)?.over(&values, &trials)
}
