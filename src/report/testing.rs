//! For tests of files: an owned folder; header and cells of a row, side by side.

use std::path::Path;

use crate::report::cells::Line;
use crate::report::file::Existing;
use crate::report::owner::OwnedFolder;
use crate::report::table::{RowType, Table};

/// Header and cells of one row, as `name=value name=value`; `names` has the names of groups of columns.
pub(crate) fn filled<R: RowType>(
    table: &Table<R>,
    row: &R::Of<'_>,
    names: impl Fn(&str) -> Vec<String>,
) -> String {
    let text = |write: &dyn Fn(&mut Line)| {
        let mut line = Line::default();
        write(&mut line);
        String::from_utf8(line.end().to_vec()).expect("text")
    };
    let header = text(&|line| table.write_header(line, &names));
    let cells = text(&|line| table.write(row, line));
    let [header, cells] =
        [&header, &cells].map(|line| line.trim_end().split(',').collect::<Vec<_>>());
    assert_eq!(header.len(), cells.len(), "{}", table.heading);
    let pairs = header.iter().zip(cells).map(|(name, cell)| format!("{name}={cell}"));
    pairs.collect::<Vec<_>>().join(" ")
}

/// A folder that the test owns.
pub(crate) fn owned(dir: &Path) -> OwnedFolder {
    OwnedFolder::take(dir, "A test.", Existing::Replace).expect("nobody else has it")
}
