//! The systems of a run side by side.

use std::path::Path;

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark};
use crate::report::table_file::write_table;
use crate::report::tables::comparison::{ComparedRow, TABLE};

/// Writes `comparison.csv`: a row per system, in the order given.
pub fn write_comparison(
    run_dir: &Path,
    systems: &[(SystemName, &SummaryResult)],
) -> Result<FileMark, OutputError> {
    let rows = systems.iter().map(|&(system, result)| ComparedRow { system, result });
    write_table(run_dir, &TABLE, Existing::Refuse, rows)
}
