//! `welch.csv`: figures over a run.

use crate::report::{Column, RowType, Table};
use crate::sweep::gathered::{Gathered, MEANING_OF_AXES};

/// Courses.
pub(in crate::sweep) struct Welch;

/// A batch of observations.
pub(in crate::sweep) struct WelchRow<'a> {
    pub(in crate::sweep) gathered: &'a Gathered,
    pub(in crate::sweep) point: u32,
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) figure: &'a str,
    pub(in crate::sweep) observation: u64,
    pub(in crate::sweep) n: u64,
    pub(in crate::sweep) mean: f64,
    pub(in crate::sweep) smoothed: f64,
    pub(in crate::sweep) mser5: Option<u64>,
}

impl RowType for Welch {
    type Of<'a> = WelchRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Welch> = Table {
    file: "welch.csv",
    heading: "welch.csv of a sweep",
    about: "The course of a figure over the whole run, warm-up included, averaged over replications: \
     one row per point, system, figure and batch of observations.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Welch>] = &[
    Column::count("point", "", "number of the point, from 0", |row| row.point.into()),
    Column::group("AXES", MEANING_OF_AXES, "never", |row, line| {
        row.gathered.place(line, row.point);
    }),
    Column::text("system", "name", "the system", |row| row.system),
    Column::text("figure", "name", "the figure", |row| row.figure),
    Column::count(
        "observation",
        "",
        "observations up to here: payments, settled payments or samples",
        |row| row.observation,
    ),
    Column::count("n", "replications", "replications averaged", |row| row.n),
    Column::number("mean", "as the figure", "mean over replications", |row| row.mean),
    Column::number("smoothed", "as the figure", "the same through a moving window", |row| {
        row.smoothed
    }),
    Column::count_or(
        "mser5",
        "observations",
        "how many observations MSER-5 would leave out",
        "more than half of them: the run is too short for the figure to settle",
        |row| row.mser5,
    ),
];
