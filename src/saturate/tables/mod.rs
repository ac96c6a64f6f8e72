//! The tables of `leyden saturate`, one file each.

mod capital;
mod saturation;
mod sustained;

use std::path::Path;

use crate::report::{Declared, Existing, FileMark, OutputError, write_table};
use crate::saturate::capital::Capital;
use crate::saturate::load::{LoadProbe, Sustained};

/// The tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    vec![&saturation::TABLE, &sustained::TABLE, &capital::TABLE]
}

/// Writes `saturation.csv` and `sustained.csv`.
///
/// # Errors
/// When they cannot be written.
pub fn write_saturation(
    dir: &Path,
    loads: &[LoadProbe],
    sustained: &[Sustained],
    force: bool,
) -> Result<[FileMark; 2], OutputError> {
    let probes = write_table(dir, &saturation::TABLE, existing(force), loads)?;
    let highest = write_table(dir, &sustained::TABLE, existing(force), sustained)?;
    Ok([probes, highest])
}

/// Writes `capital.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn write_capital(dir: &Path, rows: &[Capital], force: bool) -> Result<FileMark, OutputError> {
    write_table(dir, &capital::TABLE, existing(force), rows)
}

/// What becomes of an earlier table.
const fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Refuse }
}
