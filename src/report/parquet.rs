//! Tables as Apache Parquet beside the CSV files, for tools that read columns.
//!
//! Made from finished CSV files alone, so that both hold the same: whole numbers as UINT 64, other numbers
//! as DOUBLE, `true` and `false` as BOOLEAN, all else as UTF-8; an empty cell is null. What a column is
//! follows from all of its cells. Only with the feature `parquet`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{Reader, StringRecord};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};

/// Rows of a row group.
const ROWS: usize = 1 << 14;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Nothing,
    Flags,
    Counts,
    Numbers,
    Texts,
}

/// Writes each table in `dir` and in the folders in it (that of a run, or of a sweep) again as
/// `NAME.parquet`; earlier ones are replaced.
///
/// # Errors
/// When a table cannot be read, or its copy not be written.
pub fn write_parquet(dir: &Path) -> Result<Vec<FileMark>, OutputError> {
    let mut tables = tables_in(dir)?;
    for folder in entries(dir)?.into_iter().filter(|path| path.is_dir()) {
        tables.extend(tables_in(&folder)?);
    }
    tables.iter().map(|table| convert(dir, table)).collect()
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let found = fs::read_dir(dir).map_err(|error| OutputError::io(dir, &error))?;
    let mut paths: Vec<PathBuf> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort_unstable();
    Ok(paths)
}

fn tables_in(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let mut paths = entries(dir)?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "csv") && path.is_file());
    Ok(paths)
}

/// Writes one table again, in the folder in which it is.
fn convert(dir: &Path, table: &Path) -> Result<FileMark, OutputError> {
    let (names, held) = columns(table)?;
    let target = table.with_extension("parquet");
    let name = target.strip_prefix(dir).unwrap_or(&target).to_string_lossy().replace('\\', "/");
    let failed = |error: ParquetError| match error {
        ParquetError::External(inner) => OutputError::io(&target, &io::Error::other(inner)),
        other => OutputError::bad_data(table, other),
    };
    let file = PartFile::create(dir, &name, Existing::Replace)?;
    // Only what follows from the table: the same table gives the same bytes.
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("leyden ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let schema = Arc::new(schema(&names, &held).map_err(failed)?);
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
    let mut reader = open(table)?;
    let mut rows: Vec<StringRecord> = Vec::with_capacity(ROWS);
    let mut records = reader.records();
    loop {
        for record in records.by_ref().take(ROWS) {
            rows.push(record.map_err(|error| OutputError::bad_data(table, error))?);
        }
        if rows.is_empty() {
            break;
        }
        let mut group = writer.next_row_group().map_err(failed)?;
        for (column, held) in held.iter().enumerate() {
            let cells = rows.iter().map(|row| &row[column]);
            write_column(&mut group, *held, cells).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        rows.clear();
    }
    writer.into_inner().map_err(failed)?.finish()
}

fn open(table: &Path) -> Result<Reader<fs::File>, OutputError> {
    let file = fs::File::open(table).map_err(|error| OutputError::io(table, &error))?;
    Ok(Reader::from_reader(file))
}

/// The names of the columns and what each holds.
fn columns(table: &Path) -> Result<(Vec<String>, Vec<Held>), OutputError> {
    let bad = |error: csv::Error| OutputError::bad_data(table, error);
    let mut reader = open(table)?;
    let header = reader.headers().map_err(bad)?.clone();
    let mut held = vec![Held::Nothing; header.len()];
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
        for (held, cell) in held.iter_mut().zip(&record) {
            *held = with(*held, cell);
        }
    }
    // The axis of a sweep may be called like a column before it, which Parquet does not allow.
    let mut taken = BTreeSet::new();
    let unique = |name: &str| {
        let mut unique = name.to_owned();
        while !taken.insert(unique.clone()) {
            unique.push_str("_axis");
        }
        unique
    };
    Ok((header.iter().map(unique).collect(), held))
}

/// What a column holds that has `cell` as well.
fn with(held: Held, cell: &str) -> Held {
    let of_cell = match cell {
        "" => Held::Nothing,
        "true" | "false" => Held::Flags,
        text if text.parse::<u64>().is_ok() => Held::Counts,
        text if text.parse::<f64>().is_ok_and(f64::is_finite) => Held::Numbers,
        _ => Held::Texts,
    };
    match (held.min(of_cell), held.max(of_cell)) {
        (Held::Flags, Held::Counts | Held::Numbers) => Held::Texts,
        (_, wider) => wider,
    }
}

fn schema(names: &[String], held: &[Held]) -> Result<Type, ParquetError> {
    let field = |(name, held): (&String, &Held)| {
        let (physical, converted) = match held {
            Held::Flags => (Physical::BOOLEAN, ConvertedType::NONE),
            Held::Counts => (Physical::INT64, ConvertedType::UINT_64),
            Held::Nothing | Held::Numbers => (Physical::DOUBLE, ConvertedType::NONE),
            Held::Texts => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(converted);
        Ok(Arc::new(field.build()?))
    };
    let fields = names.iter().zip(held).map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    Type::group_type_builder("table").with_fields(fields).build()
}

fn write_column<'c>(
    group: &mut SerializedRowGroupWriter<'_, PartFile>,
    held: Held,
    cells: impl Iterator<Item = &'c str>,
) -> Result<(), ParquetError> {
    match held {
        Held::Flags => write_cells::<BoolType>(group, cells, |cell| cell.parse().ok()),
        Held::Counts => write_cells::<Int64Type>(group, cells, |cell| {
            // The type says that the sign bit is none.
            cell.parse().ok().map(u64::cast_signed)
        }),
        Held::Nothing | Held::Numbers => {
            write_cells::<DoubleType>(group, cells, |cell| cell.parse().ok())
        }
        Held::Texts => write_cells::<ByteArrayType>(group, cells, |cell| {
            (!cell.is_empty()).then(|| ByteArray::from(cell))
        }),
    }
}

/// Writes the cells that have a value, and for every cell whether it has one.
fn write_cells<'c, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, PartFile>,
    cells: impl Iterator<Item = &'c str>,
    read: impl Fn(&str) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| {
        ParquetError::General("the table has more columns than its first line".to_owned())
    })?;
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for value in cells.map(read) {
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    /// Flushing is part of finishing.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn a_table_reads_back_cell_by_cell_with_nulls_and_types() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = "seed,seed,share,name,ok,none\n18446744073709551615,1,0.5,\"a,b\",true,\n\
                    7,2,,,false,\n";
        fs::write(dir.path().join("points.csv"), text).expect("written");
        let marks = write_parquet(dir.path()).expect("converted");
        assert_eq!(marks[0].path, "points.parquet");
        let bytes = fs::read(dir.path().join("points.parquet")).expect("there");
        let again = write_parquet(dir.path()).expect("converted");
        assert_eq!((marks, bytes.len() as u64), (again.clone(), again[0].bytes));

        let file = fs::File::open(dir.path().join("points.parquet")).expect("there");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        let rows: Vec<Vec<(String, Field)>> = reader
            .get_row_iter(None)
            .expect("rows")
            .map(|row| row.expect("a row").into_columns())
            .collect();
        let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["seed", "seed_axis", "share", "name", "ok", "none"]);
        let first: Vec<&Field> = rows[0].iter().map(|(_, field)| field).collect();
        assert_eq!(first[0], &Field::ULong(u64::MAX));
        assert_eq!((first[2], first[4]), (&Field::Double(0.5), &Field::Bool(true)));
        assert_eq!((first[3], first[5]), (&Field::Str("a,b".to_owned()), &Field::Null));
        assert_eq!((&rows[1][2].1, &rows[1][3].1), (&Field::Null, &Field::Null));
    }

    #[test]
    fn a_column_holds_what_all_of_its_cells_are() {
        let of = |cells: &[&str]| cells.iter().fold(Held::Nothing, |held, cell| with(held, cell));
        assert_eq!(of(&["", "1", "2"]), Held::Counts);
        assert_eq!(of(&["1", "-2"]), Held::Numbers);
        assert_eq!(of(&["1", "0.5", "x"]), Held::Texts);
        assert_eq!(of(&["true", ""]), Held::Flags);
        assert_eq!(of(&["true", "1"]), Held::Texts);
        assert_eq!(of(&["nan"]), Held::Texts);
    }
}
