//! `aggregate.csv`: means over replications.

use crate::metrics::Replicated;
use crate::report::{Column, RowType, Table};
use crate::sweep::gathered::{Gathered, MEANING_OF_AXES};

/// Means.
pub(in crate::sweep) struct Aggregate;

/// A figure of a system at a point.
pub(in crate::sweep) struct AggregateRow<'a> {
    pub(in crate::sweep) gathered: &'a Gathered,
    pub(in crate::sweep) point: u32,
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) metric: &'a str,
    pub(in crate::sweep) of: Replicated,
    pub(in crate::sweep) drifting: Option<u64>,
}

impl RowType for Aggregate {
    type Of<'a> = AggregateRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Aggregate> = Table {
    file: "aggregate.csv",
    heading: "aggregate.csv of a sweep",
    about: "One row per point, system and figure: its mean over the replications that have a value.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Aggregate>] = &[
    Column::count("point", "", "number of the point, from 0", |row| row.point.into()),
    Column::group("AXES", MEANING_OF_AXES, "never", |row, line| {
        row.gathered.place(line, row.point);
    }),
    Column::text("system", "name", "the system", |row| row.system),
    Column::text("metric", "name", "the figure: its path in `summary.json`, with dots", |row| {
        row.metric
    }),
    Column::count("n", "replications", "replications that had a value", |row| row.of.n.into()),
    Column::number("mean", "as the figure", "their mean", |row| row.of.mean),
    Column::number_or(
        "sd",
        "as the figure",
        "their standard deviation",
        "a single replication",
        |row| row.of.sd,
    ),
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
        "how the interval was made: `student_t`; `wilson` for ratios of successes, with \
             the trials of all replications and Student's t on the spread between \
             replications; `hall` for quantiles, rates, counts and sums, which may be skewed: Student's t, on \
             each side corrected for skewness where that reaches further; `none` for a single replication, and \
             where all agree",
        |row| row.of.method.name(),
    ),
    Column::count_or(
        "drifting",
        "replications",
        "in how many replications the figure had a trend over the run: then it is about \
             this horizon, and not about a steady state",
        "a plain count",
        |row| row.drifting,
    ),
];
