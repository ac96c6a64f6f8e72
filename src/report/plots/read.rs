//! Reads finished tables, each plot into rows of its own: fields are called like columns, and the columns
//! that a plot does not name are left alone.

use std::fs::File;
use std::path::Path;

use csv::{ByteRecord, Reader};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};

use crate::report::error::OutputError;

/// Hands every row of the file to `each`, in their order; a row that cannot be read is reported with its line.
pub(super) fn rows<T: DeserializeOwned>(
    path: &Path,
    mut each: impl FnMut(T),
) -> Result<(), OutputError> {
    let file = File::open(path).map_err(|error| OutputError::io(path, &error))?;
    let bad = |error: csv::Error| OutputError::bad_data(path, error);
    let mut reader = Reader::from_reader(file);
    let header = reader.headers().map_err(bad)?.clone();
    let header = header.into_byte_record();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(bad)? {
        each(record.deserialize(Some(&header)).map_err(bad)?);
    }
    Ok(())
}

/// All rows of the file.
pub(super) fn all<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, OutputError> {
    let mut found = Vec::new();
    rows(path, |row| found.push(row))?;
    Ok(found)
}

/// All rows of a file that not every run has.
pub(super) fn all_if_there<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, OutputError> {
    if path.is_file() { all(path) } else { Ok(Vec::new()) }
}

/// For fields: a number that can be drawn.
pub(super) fn finite<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::custom(format!("`{value}` is no number")))
    }
}

/// For fields: a number that can be drawn, or an empty cell.
pub(super) fn finite_or<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Option::<f64>::deserialize(from)? {
        Some(value) if !value.is_finite() => Err(Error::custom(format!("`{value}` is no number"))),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::error::OutputErrorKind;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(deserialize_with = "finite")]
        t_s: f64,
        settled: u64,
        #[serde(default, deserialize_with = "finite_or")]
        share: Option<f64>,
    }

    fn read(text: &str) -> Result<Vec<Row>, OutputError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("space");
        all(file.path())
    }

    #[test]
    fn columns_are_found_by_name_and_empty_cells_stay_empty() {
        let rows = read("new,share,settled,t_s\nx,,2,60.000000000\nx,0.5,3,61\n").expect("good");
        assert_eq!(rows.iter().map(|row| row.share).collect::<Vec<_>>(), [None, Some(0.5)]);
        assert!((rows[0].t_s - 60.0).abs() < 1e-9 && rows[1].settled == 3);
        let without = read("settled,t_s\n2,60\n").expect("an optional column");
        assert_eq!(without[0].share, None);
    }

    #[test]
    fn damage_is_reported_with_its_line() {
        let error = read("t_s,settled,share\n1,2,\n2,x,\n").expect_err("x");
        assert_eq!(error.kind, OutputErrorKind::BadData);
        assert!(error.what.contains("line: 3"), "{error}");
        assert!(read("t_s\n1\n").expect_err("a column").what.contains("settled"));
        assert!(read("t_s,settled\nnan,1\n").is_err() && read("t_s,settled\n,1\n").is_err());
        assert!(read("t_s,settled,share\n1,1,inf\n").is_err());
    }
}
