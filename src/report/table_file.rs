//! A file of a table: its header, then a line per row.

use std::borrow::Borrow;
use std::fs;
use std::path::Path;

use crate::report::cells::Line;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::table::{RowType, Table};

/// A table under way.
pub(crate) struct TableFile<R: RowType> {
    table: &'static Table<R>,
    file: PartFile,
    line: Line,
}

impl<R: RowType> TableFile<R> {
    /// Begins the file of `table` in `dir`. `names` has the names of its groups of columns.
    pub(crate) fn create(
        dir: &Path,
        table: &'static Table<R>,
        existing: Existing,
        names: impl Fn(&str) -> Vec<String>,
    ) -> Result<Self, OutputError> {
        let (mut file, mut line) = (PartFile::create(dir, table.file, existing)?, Line::default());
        table.write_header(&mut line, names);
        file.write(line.end())?;
        Ok(Self { table, file, line })
    }

    /// Writes a row.
    pub(crate) fn put(&mut self, row: &R::Of<'_>) -> Result<(), OutputError> {
        self.line.begin();
        self.table.write(row, &mut self.line);
        self.file.write(self.line.end())
    }

    /// Completes the file.
    pub(crate) fn finish(self) -> Result<FileMark, OutputError> {
        self.file.finish()
    }
}

/// Writes a whole table without groups of columns, and the folder if it is missing.
pub(crate) fn write_table<'a, R: RowType>(
    dir: &Path,
    table: &'static Table<R>,
    existing: Existing,
    rows: impl IntoIterator<Item: Borrow<R::Of<'a>>>,
) -> Result<FileMark, OutputError> {
    fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
    let mut file = TableFile::create(dir, table, existing, |_| Vec::new())?;
    rows.into_iter().try_for_each(|row| file.put(row.borrow()))?;
    file.finish()
}
