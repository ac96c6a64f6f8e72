//! `laws.csv`.

use crate::report::{Column, Plain, Table};
use crate::study::power_law_fit::PowerLawFit;

/// The table.
pub(super) static TABLE: Table<Plain<PowerLawFit>> = Table {
    file: "laws.csv",
    heading: "laws.csv",
    about: "One row per study of scaling and per ladder: the power law `tps = factor · size ^ \
     exponent` through its rows (of a ladder: the first size that carried each load), by \
     least squares on a logarithmic scale.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Plain<PowerLawFit>>] = &[
    Column::text("law", "name", "the study or ladder", |row| &row.name),
    Column::count("points", "points", "behind it", |row| row.points),
    Column::number("exponent", "", "the exponent", |row| row.exponent),
    Column::number_or("exponent_low", "", "lower end of its 95 % interval", "two points", |row| {
        row.ends.map(|[low, _]| low)
    }),
    Column::number_or("exponent_high", "", "upper end of it", "two points", |row| {
        row.ends.map(|[_, high]| high)
    }),
    Column::number("factor", "payments/s", "the factor", |row| row.factor),
    Column::number("r_squared", "share", "of the variance that the law explains", |row| {
        row.r_squared
    }),
    Column::number("target_tps", "payments/s", "the load that the size is asked for", |row| {
        row.target
    }),
    Column::number_or(
        "size",
        "",
        "the size at which the law reaches it",
        "the law does not rise",
        |row| row.size,
    ),
    Column::number_or(
        "size_low",
        "",
        "lower end of its 95 % interval",
        "two points, or the law does not rise",
        |row| row.size_ends.map(|[low, _]| low),
    ),
    Column::number_or("size_high", "", "upper end of it", "the same", |row| {
        row.size_ends.map(|[_, high]| high)
    }),
    Column::flag("extrapolated", "whether that size lies beyond all that were run", |row| {
        row.extrapolated
    }),
];
