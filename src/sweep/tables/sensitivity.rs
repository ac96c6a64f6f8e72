//! `sensitivity.csv`: which axis matters.

use crate::report::{Column, RowType, Table};

/// First-order and total index of one axis, with 95 % bootstrap intervals where the design gives them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sweep) struct Indices {
    pub(in crate::sweep) first: f64,
    pub(in crate::sweep) total: f64,
    pub(in crate::sweep) first_ends: Option<[f64; 2]>,
    pub(in crate::sweep) total_ends: Option<[f64; 2]>,
}

/// Indices.
pub(in crate::sweep) struct Sensitivity;

/// The indices of an axis.
pub(in crate::sweep) struct SensitivityRow<'a> {
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) metric: &'a str,
    pub(in crate::sweep) axis: &'a str,
    pub(in crate::sweep) method: &'static str,
    pub(in crate::sweep) of: Indices,
}

impl RowType for Sensitivity {
    type Of<'a> = SensitivityRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Sensitivity> = Table {
    file: "sensitivity.csv",
    heading: "sensitivity.csv of a sweep",
    about: "Of grids with several axes and of `design = \"sobol\"`: one row per system, figure and \
     axis, with its shares of the variance between the means of points. Noise of few \
     replications raises total indices.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Sensitivity>] = &[
    Column::text("system", "name", "the system", |row| row.system),
    Column::text("metric", "name", "the figure: its path in `summary.json`, with dots", |row| {
        row.metric
    }),
    Column::text("axis", "name", "the axis", |row| row.axis),
    Column::text(
        "method",
        "name",
        "`anova`: exact over the grid; `saltelli_jansen`: estimates with bootstrap \
             intervals over rows of the design",
        |row| row.method,
    ),
    Column::number("first_order", "share", "what the axis explains by itself", |row| row.of.first),
    Column::number_or("first_low", "share", "lower end of its 95 % interval", "`anova`", |row| {
        row.of.first_ends.map(|[low, _]| low)
    }),
    Column::number_or("first_high", "share", "upper end of it", "`anova`", |row| {
        row.of.first_ends.map(|[_, high]| high)
    }),
    Column::number("total", "share", "what is left when all other axes are given", |row| {
        row.of.total
    }),
    Column::number_or("total_low", "share", "lower end of its 95 % interval", "`anova`", |row| {
        row.of.total_ends.map(|[low, _]| low)
    }),
    Column::number_or("total_high", "share", "upper end of it", "`anova`", |row| {
        row.of.total_ends.map(|[_, high]| high)
    }),
];
