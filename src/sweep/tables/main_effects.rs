//! `main_effects.csv`: the levels of each axis.

use crate::metrics::Replicated;
use crate::report::{Column, RowType, Table};

/// Levels.
pub(in crate::sweep) struct MainEffects;

/// A level of an axis.
pub(in crate::sweep) struct MainEffectsRow<'a> {
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) metric: &'a str,
    pub(in crate::sweep) axis: &'a str,
    pub(in crate::sweep) level: &'a str,
    pub(in crate::sweep) of: Replicated,
    pub(in crate::sweep) overall: f64,
}

impl RowType for MainEffects {
    type Of<'a> = MainEffectsRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<MainEffects> = Table {
    file: "main_effects.csv",
    heading: "main_effects.csv of a sweep",
    about: "One row per system, figure, axis and level of it (or one of five classes of equal size): \
     the mean over all points with that level.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<MainEffects>] = &[
    Column::text("system", "name", "the system", |row| row.system),
    Column::text("metric", "name", "the figure: its path in `summary.json`, with dots", |row| {
        row.metric
    }),
    Column::text("axis", "name", "the axis", |row| row.axis),
    Column::text("level", "", "the level, or the first and the last of a class", |row| row.level),
    Column::count("points", "points", "points with it", |row| row.of.n.into()),
    Column::number("mean", "as the figure", "mean over these points", |row| row.of.mean),
    Column::number_or(
        "low",
        "as the figure",
        "lower end of its 95 % interval",
        "a single point",
        |row| row.of.ends.map(|[low, _]| low),
    ),
    Column::number_or("high", "as the figure", "upper end of it", "a single point", |row| {
        row.of.ends.map(|[_, high]| high)
    }),
    Column::number(
        "difference",
        "as the figure",
        "how far it lies from the mean of all points",
        |row| row.of.mean - row.overall,
    ),
];
