//! CSV with a header: columns by name, rows one by one, errors with line and column.

use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::network::error::DataError;
use crate::network::readers::cell::{At, Cell, quoted};
use crate::network::readers::source::Source;

/// Longest field, in bytes.
const LONGEST_FIELD: usize = 1_000_000;

/// The columns of a table.
pub(super) struct Columns<const N: usize> {
    /// Their names, in the order in which cells are handed out. `a|b`: either name.
    pub names: [&'static str; N],
    /// Those that may be left out; their cells are empty then.
    pub optional: &'static [&'static str],
    /// Whether other columns are refused (a misspelt optional column would be lost silently).
    pub closed: bool,
}

/// A CSV file under way.
pub(super) struct Table<'a, const N: usize> {
    source: &'a Source,
    names: [&'static str; N],
    /// Place of each column in the file.
    places: [Option<usize>; N],
    width: usize,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    rows: u64,
}

impl<'a, const N: usize> Table<'a, N> {
    /// Reads the header of `source`.
    pub(super) fn open(source: &'a Source, columns: &Columns<N>) -> Result<Self, DataError> {
        source.expect_text()?;
        check_quotes(source)?;
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&source.bytes[..]);
        let mut record = ByteRecord::new();
        read_record(&mut reader, &mut record, &source.path)?;
        let header = header_names(&record);
        let line = line_of(source, &record);
        let places = find_columns(&source.path, line, &header, columns)?;
        let names = columns.names.map(|name| name.split('|').next().unwrap_or(name));
        Ok(Self { source, names, places, width: header.len(), reader, record, rows: 0 })
    }

    /// The cells of the next row.
    pub(super) fn next_row(&mut self) -> Result<Option<[Cell<'_>; N]>, DataError> {
        let path = &self.source.path;
        if !read_record(&mut self.reader, &mut self.record, path)? {
            return Ok(None);
        }
        self.rows += 1;
        let line = line_of(self.source, &self.record);
        self.check_shape(line)?;
        Ok(Some(std::array::from_fn(|column| Cell {
            path,
            at: At::line(line),
            parent: "",
            column: self.names[column],
            text: self.places[column].map_or(b"", |place| &self.record[place]),
        })))
    }

    fn check_shape(&self, line: u64) -> Result<(), DataError> {
        if let Some(long) = self.record.iter().position(|field| field.len() > LONGEST_FIELD) {
            let field = &self.record[long];
            let message = format!("{} is longer than 1 MB ({} bytes)", quoted(field), field.len());
            let column = self.places.iter().position(|&place| place == Some(long));
            let error = DataError::new(&self.source.path, message)
                .at_line(line)
                .help("is a quote or a line end missing?");
            return Err(error.in_column(column.map_or("?", |column| self.names[column])));
        }
        if self.record.len() == self.width {
            return Ok(());
        }
        let at_end = self.reader.position().byte() >= self.source.bytes.len() as u64;
        let error = if at_end && !self.source.bytes.ends_with(b"\n") {
            DataError::new(
                &self.source.path,
                format!("the file ends in the middle of row {}", self.rows),
            )
            .help("the download was cut short; fetch it again")
        } else {
            DataError::new(
                &self.source.path,
                format!(
                    "row {} has {} fields, the header {}",
                    self.rows,
                    self.record.len(),
                    self.width
                ),
            )
            .help("is a comma too many or missing?")
        };
        Err(error.at_line(line))
    }
}

/// The column names of a header: without blanks around them and without a unit in brackets at their
/// end, as CLoTH writes `capacity(millisat)` in its templates.
pub(super) fn header_names(record: &ByteRecord) -> Vec<String> {
    record
        .iter()
        .map(|field| {
            let name = String::from_utf8_lossy(field);
            let name = name.trim();
            let bare = name.strip_suffix(')').and_then(|name| name.split_once('('));
            bare.map_or(name, |(name, _)| name.trim_end()).to_owned()
        })
        .collect()
}

/// The header of a file of which `start` is the beginning.
pub(super) fn first_header(start: &[u8]) -> Vec<String> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(line);
    let mut record = ByteRecord::new();
    // Bytes in memory never fail to be read; an empty record says the same as an empty file.
    let _ = reader.read_byte_record(&mut record);
    header_names(&record)
}

/// Whether the column `name` (`a|b`: either) is called `header` in a file.
pub(super) fn is_called(name: &str, header: &str) -> bool {
    name.split('|').any(|alias| alias == header)
}

fn find_columns<const N: usize>(
    path: &Path,
    line: u64,
    header: &[String],
    columns: &Columns<N>,
) -> Result<[Option<usize>; N], DataError> {
    for (place, name) in header.iter().enumerate() {
        if header[..place].contains(name) {
            let error = DataError::new(path, "the header has this column twice").at_line(line);
            return Err(error.in_column(shown(name)).help("remove one of them"));
        }
        if columns.closed && !columns.names.iter().any(|known| is_called(known, name)) {
            let error = DataError::new(path, "unknown column").at_line(line).in_column(shown(name));
            let nearest = nearest(name, columns.names.iter().copied());
            return Err(error.help(match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("known columns: {}", columns.names.join(", ")),
            }));
        }
    }
    let mut places = [None; N];
    for (place, name) in places.iter_mut().zip(columns.names) {
        *place = header.iter().position(|header| is_called(name, header));
        if place.is_none() && !columns.optional.contains(&name) {
            let error = DataError::new(path, "the header lacks this column").at_line(line);
            let help = match nearest(name, header.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean it by {}?", quoted(nearest.as_bytes())),
                None => "the first line must name the columns".to_owned(),
            };
            return Err(error.in_column(name.split('|').next().unwrap_or(name)).help(help));
        }
    }
    Ok(places)
}

/// A header for a message, without the quotes that the message adds.
fn shown(name: &str) -> String {
    quoted(name.as_bytes()).trim_matches('`').to_owned()
}

/// The candidate that `name` was probably meant to be.
fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let short: String = name.chars().take(100).collect();
    let near =
        |candidate: &&str| candidate.len() <= 100 && strsim::osa_distance(&short, candidate) <= 2;
    candidates.filter(near).min_by_key(|candidate| strsim::osa_distance(&short, candidate))
}

fn read_record(
    reader: &mut Reader<&[u8]>,
    record: &mut ByteRecord,
    path: &Path,
) -> Result<bool, DataError> {
    reader
        .read_byte_record(record)
        .map_err(|error| DataError::new(path, format!("not readable as CSV: {error}")))
}

/// The line of a record, from 1. The parser's own position is that of the blank lines before it.
fn line_of(source: &Source, record: &ByteRecord) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let start = usize::try_from(position.byte()).unwrap_or(source.bytes.len());
    let blanks = source.bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte));
    position.line() + blanks.filter(|&&byte| byte == b'\n').count() as u64
}

/// Refuses a quote that is never closed, at the line where it opens, and lines that end in a bare
/// carriage return, which would all be line 1.
fn check_quotes(source: &Source) -> Result<(), DataError> {
    let bytes = &source.bytes;
    let (mut line, mut opened) = (1, None);
    for (place, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line += 1,
            b'\r'
                if opened.is_none() && bytes.get(place + 1).is_some_and(|&next| next != b'\n') =>
            {
                let error =
                    DataError::new(&source.path, "the line ends in a carriage return alone");
                return Err(error
                    .at_line(line)
                    .help("save it with ordinary line ends (LF or CRLF)"));
            }
            b'"' if opened.is_some() => opened = None,
            // A second quote inside quotes is a quote: it opens again right after closing.
            b'"' if place == 0 || b",\n\"".contains(&bytes[place - 1]) => opened = Some(line),
            _ => {}
        }
    }
    opened.map_or(Ok(()), |line| {
        let error = DataError::new(&source.path, "a quote opens here and is never closed");
        Err(error.at_line(line).help("close it, or remove it"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns<2> =
        Columns { names: ["amount|value", "note"], optional: &["note"], closed: false };

    fn rows(text: &str) -> Result<Vec<(u64, String)>, DataError> {
        let bytes = text.as_bytes().to_vec();
        let hash = blake3::hash(&bytes);
        let source = Source { path: "x.csv".into(), bytes, hash };
        let mut table = Table::open(&source, &COLUMNS)?;
        let mut rows = Vec::new();
        while let Some([amount, note]) = table.next_row()? {
            let text = String::from_utf8_lossy(&[amount.text, note.text].join(&b'/')).into_owned();
            rows.push((amount.at.line.unwrap_or_default(), text));
        }
        Ok(rows)
    }

    #[test]
    fn rows_know_their_line_behind_blank_lines_and_quoted_line_ends() {
        let text = "other,value(msat)\r\n\r\n1,2\r\n\"a\nb\",\"3\"\"\"\r\n4,5";
        let expected = [(3, "2/".to_owned()), (4, "3\"/".to_owned()), (6, "5/".to_owned())];
        assert_eq!(rows(text).unwrap(), expected);
    }

    #[test]
    fn an_open_quote_is_blamed_on_the_line_where_it_opens() {
        let error = rows("amount\n\"1\"\n\"2\n3\n").unwrap_err();
        assert_eq!(error.line, Some(3));
    }

    #[test]
    fn a_missing_column_is_blamed_on_the_header() {
        let error = rows("amuont\n1\n").unwrap_err();
        assert_eq!((error.line, error.column.as_deref()), (Some(1), Some("amount")));
    }
}
