//! Tables whose rows are all there before the first one is written.

use std::path::Path;

use crate::report::cells::Line;
use crate::report::columns;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};

/// Writes the rows of a small table, and the folder if it is missing.
pub(crate) fn write_small_table<T>(
    dir: &Path,
    name: &str,
    columns: &[&str],
    force: bool,
    rows: &[T],
    write: impl Fn(&mut Line, &T),
) -> Result<FileMark, OutputError> {
    std::fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
    let existing = if force { Existing::Replace } else { Existing::Refuse };
    let mut file = PartFile::create(dir, name, existing)?;
    file.write(columns::header(columns).as_bytes())?;
    for row in rows {
        let mut line = Line::default();
        write(&mut line, row);
        file.write(line.end())?;
    }
    file.finish()
}
