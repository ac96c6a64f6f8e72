//! The tables of `[study]`, one file each.

mod architect;
mod claims;
mod ladder;
mod laws;
mod scaling;

use std::path::Path;

use crate::report::{Declared, Existing, FileMark, OutputError, Plain, Table, write_table};
use crate::study::findings::Findings;

/// The tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    vec![&claims::TABLE, &scaling::TABLE, &ladder::TABLE, &laws::TABLE, &architect::TABLE]
}

/// Writes the tables of what was found; none for what was not asked for.
///
/// # Errors
/// When they cannot be written.
pub fn write_tables(dir: &Path, found: &Findings) -> Result<Vec<FileMark>, OutputError> {
    let written = [
        write(dir, &claims::TABLE, &found.claims)?,
        write(dir, &scaling::TABLE, &found.sized)?,
        write(dir, &ladder::TABLE, &found.ladder_points)?,
        write(dir, &laws::TABLE, &found.fits)?,
        write(dir, &architect::TABLE, &found.choices)?,
    ];
    Ok(written.into_iter().flatten().collect())
}

/// Writes a table that has rows.
fn write<R>(
    dir: &Path,
    table: &'static Table<Plain<R>>,
    rows: &[R],
) -> Result<Option<FileMark>, OutputError> {
    let is_wanted = !rows.is_empty();
    is_wanted.then(|| write_table(dir, table, Existing::Refuse, rows)).transpose()
}
