//! `points.csv`: every run of a sweep.

use crate::report::{Column, Line, RowType, Table};
use crate::sweep::gathered::{Gathered, MEANING_OF_AXES, Row};

/// Runs.
pub(in crate::sweep) struct Points;

/// A system in a run.
pub(in crate::sweep) struct PointsRow<'a> {
    pub(in crate::sweep) gathered: &'a Gathered,
    pub(in crate::sweep) row: &'a Row,
    pub(in crate::sweep) point: u32,
}

impl RowType for Points {
    type Of<'a> = PointsRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Points> = Table {
    file: "points.csv",
    heading: "points.csv of a sweep",
    about: "One row per point, replication and system. Replication r draws the same numbers at every \
     point unless `common_random_numbers = false`.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Points>] = &[
    Column::count("point", "", "number of the point, from 0", |row| row.point.into()),
    Column::count("replication", "", "number of the replication, from 0", |row| {
        row.row.replication.into()
    }),
    Column::count("seed", "", "its seed", |row| row.row.seed),
    Column::text("system", "name", "the system", |row| &row.gathered.systems[row.row.system]),
    Column::group("AXES", MEANING_OF_AXES, "never", |row, line| {
        row.gathered.place(line, row.point);
    }),
    Column::group(
        "FIGURES",
        "every figure of `summary.json`, named by its path there, with dots",
        "nothing was observed",
        |row, line| {
            row.row.cells.iter().for_each(|cell| line.maybe(cell.value, Line::fraction));
        },
    ),
];
