//! `replications.csv`: every replication of a run.

use std::collections::BTreeMap;

use crate::report::{Column, Line, RowType, Table};

/// Replications.
pub(in crate::sweep) struct Replications;

/// A system in a replication.
pub(in crate::sweep) struct ReplicationsRow<'a> {
    pub(in crate::sweep) system: &'a str,
    pub(in crate::sweep) replication: u32,
    /// The names of all figures, in the order of their columns.
    pub(in crate::sweep) names: &'a [String],
    pub(in crate::sweep) values: BTreeMap<&'a str, f64>,
}

impl RowType for Replications {
    type Of<'a> = ReplicationsRow<'a>;
}

/// The table.
pub(in crate::sweep) static TABLE: Table<Replications> = Table {
    file: "replications.csv",
    heading: "replications.csv",
    about: "Of a run with several replications: one row per system and replication. The first, 0, is that of \
     all other tables.",
    columns: &[COLUMNS],
};

const COLUMNS: &[Column<Replications>] = &[
    Column::text("system", "name", "the system", |row| row.system),
    Column::count("replication", "", "number of the replication, from 0", |row| {
        row.replication.into()
    }),
    Column::group(
        "FIGURES",
        "every figure of `summary.json`, named by its path there, with dots",
        "nothing was observed",
        |row, line| {
            let values = row.names.iter().map(|name| row.values.get(name.as_str()).copied());
            values.for_each(|value| line.maybe(value, Line::fraction));
        },
    ),
];
