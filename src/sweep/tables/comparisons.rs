//! `comparisons.csv`: how each point differs from the baseline.

use crate::metrics::Compared;
use crate::report::{Column, RowType, Table};
use crate::sweep::gathered::{Gathered, MEANING_OF_AXES};

/// Differences.
pub(in crate::sweep) struct Comparisons;

/// A point against the baseline.
pub(in crate::sweep) struct ComparisonsRow<'a> {
    pub(in crate::sweep) gathered: &'a Gathered,
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) metric: &'a str,
    pub(in crate::sweep) baseline: u32,
    pub(in crate::sweep) point: u32,
    pub(in crate::sweep) of: Compared,
    pub(in crate::sweep) method: &'static str,
}

impl RowType for Comparisons {
    type Of<'a> = ComparisonsRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Comparisons> = Table {
    file: "comparisons.csv",
    heading: "comparisons.csv of a sweep",
    about: "One row per system, figure and point other than the baseline: the mean of the point \
     minus that of the baseline.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Comparisons>] = &[
    Column::text("system", "name", "the system", |row| row.system),
    Column::text("metric", "name", "the figure: its path in `summary.json`, with dots", |row| {
        row.metric
    }),
    Column::count("baseline", "", "number of the baseline", |row| row.baseline.into()),
    Column::count("point", "", "number of the point, from 0", |row| row.point.into()),
    Column::group("AXES", MEANING_OF_AXES, "never", |row, line| {
        row.gathered.place(line, row.point);
    }),
    Column::count("n", "replications", "replications compared", |row| row.of.n.into()),
    Column::number("difference", "as the figure", "the point minus the baseline", |row| {
        row.of.difference
    }),
    Column::number_or(
        "low",
        "as the figure",
        "lower end of its 95 % interval",
        "a single replication",
        |row| row.of.ends.map(|[low, _]| low),
    ),
    Column::number_or("high", "as the figure", "upper end of it", "a single replication", |row| {
        row.of.ends.map(|[_, high]| high)
    }),
    Column::text(
        "method",
        "name",
        "`paired_t` over replications of the same number, `welch_t` without common random \
             numbers",
        |row| row.method,
    ),
    Column::number_or(
        "variance_ratio",
        "",
        "variance of the paired differences over that of independent ones: below 1 common \
             random numbers help, above 1 they hurt",
        "not paired, or nothing varies",
        |row| row.of.variance_ratio,
    ),
];
