//! Tables as Apache Parquet beside the CSV files, for tools that read columns.
//!
//! Made from finished CSV files, so that both hold the same; the type of a column is the one that it is
//! declared with. Columns of a group (axes and figures of a sweep) are numbers where all of their cells are,
//! else text. An empty cell is null. Only with the feature `parquet`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::iter;
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
use crate::report::table::{Declared, Described, Kind};

/// Rows of a row group.
const ROWS: usize = 1 << 14;

/// Writes each table in `dir` and in the folders in it (that of a run, or of a sweep) again as
/// `NAME.parquet`; earlier ones are replaced. Files that are none of `tables` are left alone.
///
/// # Errors
/// When a table cannot be read, or its copy not be written.
pub fn write_parquet(
    dir: &Path,
    tables: &[&'static dyn Declared],
) -> Result<Vec<FileMark>, OutputError> {
    let mut files = tables_in(dir)?;
    for folder in entries(dir)?.into_iter().filter(|path| path.is_dir()) {
        files.extend(tables_in(&folder)?);
    }
    let converted = files.iter().map(|file| convert(dir, file, tables));
    converted.filter_map(Result::transpose).collect()
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

/// Writes one table again, in the folder in which it is; `None` for a file that is no table of ours.
fn convert(
    dir: &Path,
    table: &Path,
    tables: &[&'static dyn Declared],
) -> Result<Option<FileMark>, OutputError> {
    let Some((names, held)) = columns(table, tables)? else { return Ok(None) };
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
    writer.into_inner().map_err(failed)?.finish().map(Some)
}

fn open(table: &Path) -> Result<Reader<fs::File>, OutputError> {
    let file = fs::File::open(table).map_err(|error| OutputError::io(table, &error))?;
    Ok(Reader::from_reader(file))
}

/// The names of the columns, and what each holds.
type Columns = (Vec<String>, Vec<Kind>);

/// The columns of a file as its table declares them; `None`: no table has such a file and header.
fn columns(file: &Path, tables: &[&'static dyn Declared]) -> Result<Option<Columns>, OutputError> {
    let bad = |error: csv::Error| OutputError::bad_data(file, error);
    let mut reader = open(file)?;
    let header = reader.headers().map_err(bad)?.clone();
    let is_it =
        |table: &&&'static dyn Declared| file.file_name().is_some_and(|name| name == table.file());
    let fitting = tables.iter().filter(is_it).find_map(|table| declared(*table, &header));
    let Some(mut kinds) = fitting else { return Ok(None) };
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
        for (kind, cell) in kinds.iter_mut().zip(&record) {
            if *kind == Declaration::Group(Kind::Number) && !is_number(cell) {
                *kind = Declaration::Group(Kind::Text);
            }
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
    let names = header.iter().map(unique).collect();
    let kind = |declaration| match declaration {
        Declaration::Column(kind) | Declaration::Group(kind) => kind,
    };
    Ok(Some((names, kinds.into_iter().map(kind).collect())))
}

/// How a column came to its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declaration {
    /// It is declared itself.
    Column(Kind),
    /// It is one of a group: a number until a cell is none.
    Group(Kind),
}

/// What the columns of a header are; `None`: it is not the header of this table.
fn declared(table: &dyn Declared, header: &StringRecord) -> Option<Vec<Declaration>> {
    let columns = table.described();
    let before = columns.iter().take_while(|column| !column.is_group).count();
    let after = columns.iter().rev().take_while(|column| !column.is_group).count();
    let has_group = before < columns.len();
    let groups = header.len().checked_sub(before + if has_group { after } else { 0 })?;
    if !has_group && groups > 0 {
        return None;
    }
    let last = &columns[columns.len() - if has_group { after } else { 0 }..];
    let own = |column: &Described| (Some(column.name), Declaration::Column(column.kind));
    let expected = columns[..before]
        .iter()
        .map(own)
        .chain(iter::repeat_n((None, Declaration::Group(Kind::Number)), groups))
        .chain(last.iter().map(own));
    expected
        .zip(header)
        .map(|((name, kind), found)| name.is_none_or(|name| name == found).then_some(kind))
        .collect()
}

/// Whether a cell can stand in a column of numbers: an empty one can.
fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell.parse::<f64>().is_ok_and(f64::is_finite)
}

fn schema(names: &[String], held: &[Kind]) -> Result<Type, ParquetError> {
    let field = |(name, held): (&String, &Kind)| {
        let (physical, converted) = match held {
            Kind::Flag => (Physical::BOOLEAN, ConvertedType::NONE),
            Kind::Count => (Physical::INT64, ConvertedType::UINT_64),
            Kind::Signed => (Physical::INT64, ConvertedType::INT_64),
            Kind::Number => (Physical::DOUBLE, ConvertedType::NONE),
            Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
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
    held: Kind,
    cells: impl Iterator<Item = &'c str>,
) -> Result<(), ParquetError> {
    match held {
        Kind::Flag => write_cells::<BoolType>(group, cells, |cell| cell.parse().ok()),
        Kind::Signed => write_cells::<Int64Type>(group, cells, |cell| cell.parse().ok()),
        Kind::Count => write_cells::<Int64Type>(group, cells, |cell| {
            // The type says that the sign bit is none.
            cell.parse().ok().map(u64::cast_signed)
        }),
        Kind::Number => write_cells::<DoubleType>(group, cells, |cell| cell.parse().ok()),
        Kind::Text => write_cells::<ByteArrayType>(group, cells, |cell| {
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
    use crate::report::cells::Line;
    use crate::report::table::{Column, Plain, Table};
    use crate::report::tables::{closures, losses};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    static POINTS: Table<Plain<u64>> = Table {
        file: "points.csv",
        heading: "points.csv",
        about: "",
        columns: &[&[
            Column::count("seed", "", "", |row| *row),
            Column::group("AXES", "", "", |_, line| line.maybe(None, Line::number)),
            Column::flag_or("ok", "", "", |_| None),
            Column::number_or("share", "", "", "", |_| None),
            Column::signed_or("net", "", "", "", |_| None),
        ]],
    };

    #[test]
    fn a_table_reads_back_cell_by_cell_with_nulls_and_declared_types() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = "seed,seed,name,none,ok,share,net\n\
                    18446744073709551615,1,\"a,b\",,true,1,-7\n7,2,,,false,,\n";
        fs::write(dir.path().join("points.csv"), text).expect("written");
        fs::write(dir.path().join("notes.csv"), "mine\n1\n").expect("written");
        let marks = write_parquet(dir.path(), &[&POINTS]).expect("converted");
        assert_eq!(marks.len(), 1, "only our tables");
        assert_eq!(marks[0].path, "points.parquet");
        let again = write_parquet(dir.path(), &[&POINTS]).expect("converted");
        assert_eq!(marks, again);

        let file = fs::File::open(dir.path().join("points.parquet")).expect("there");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        let rows: Vec<Vec<(String, Field)>> = reader
            .get_row_iter(None)
            .expect("rows")
            .map(|row| row.expect("a row").into_columns())
            .collect();
        let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["seed", "seed_axis", "name", "none", "ok", "share", "net"]);
        let first: Vec<&Field> = rows[0].iter().map(|(_, field)| field).collect();
        assert_eq!((first[0], first[1]), (&Field::ULong(u64::MAX), &Field::Double(1.0)));
        assert_eq!((first[2], first[3]), (&Field::Str("a,b".to_owned()), &Field::Null));
        assert_eq!((first[4], first[5]), (&Field::Bool(true), &Field::Double(1.0)));
        assert_eq!((first[6], &rows[1][6].1), (&Field::Long(-7), &Field::Null));
    }

    #[test]
    fn a_header_belongs_to_the_table_that_declares_it() {
        let header = |text: &str| StringRecord::from(text.split(',').collect::<Vec<_>>());
        let own = header(losses::TABLE.header().trim_end());
        let kinds = declared(&losses::TABLE, &own).expect("its own");
        assert_eq!(kinds[0], Declaration::Column(Kind::Number));
        assert_eq!(kinds[1], Declaration::Column(Kind::Count));
        assert_eq!(declared(&closures::TABLE, &own), None);
        assert_eq!(declared(&losses::TABLE, &header("time_s,height")), None);
        assert_eq!(declared(&POINTS, &header("seed,x,y,ok,net,share")), None, "another order");
    }
}
