//! A small, strict CSV reader for files of payments: one row a line, every trouble with its line.
//!
//! What it does not do: fields that span lines, and names with commas or quotes (node names have
//! neither). Reads line by line, with a bound on a line's length, so that a wrong file ends early.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::network::DataError;
use crate::units::{Msat, SUPPLY};

/// Longest line taken: far above any row of numbers and names of 80 characters.
const LONGEST_LINE: u64 = 65_536;

/// An open CSV file and its current row.
pub(crate) struct Table {
    path: PathBuf,
    reader: BufReader<File>,
    hash: blake3::Hasher,
    header: Vec<String>,
    line: u64,
    row: Vec<u8>,
    fields: Vec<Range<usize>>,
}

impl Table {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let reader = open_regular(path)?;
        let mut table = Self {
            path: path.to_path_buf(),
            reader,
            hash: blake3::Hasher::new(),
            header: Vec::new(),
            line: 0,
            row: Vec::new(),
            fields: Vec::new(),
        };
        table.refuse_other_formats()?;
        if table.read_line()?.is_none() {
            return Err(DataError::new(path, "the file is empty"));
        }
        if table.row.starts_with(b"\xef\xbb\xbf") {
            table.row.drain(..3);
        }
        table.split()?;
        table.header = (0..table.fields.len()).map(|i| shown(table.field(i))).collect();
        for (place, name) in table.header.iter().enumerate() {
            if table.header[..place].contains(name) {
                let error = table.at_line("the header names this column twice");
                return Err(error.in_column(name.clone()));
            }
        }
        Ok(table)
    }

    /// The place of a column.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The place of a column that must be there.
    pub(crate) fn column(&self, name: &str) -> Result<usize, DataError> {
        self.find(name).ok_or_else(|| {
            DataError::new(&self.path, "the header lacks this column")
                .at_line(1)
                .in_column(name)
                .help(format!("the header has: {}", self.header.join(",")))
        })
    }

    /// Goes to the next row; false at the end of the file. Empty lines are passed over.
    pub(crate) fn next_row(&mut self) -> Result<bool, DataError> {
        while let Some(complete) = self.read_line()? {
            if self.row.is_empty() {
                continue;
            }
            self.split()?;
            let (has, wants) = (self.fields.len(), self.header.len());
            if has < wants && !complete {
                let message =
                    format!("the file ends in the middle of this row: {has} of {wants} fields");
                return Err(self.at_line(message).help("the file is cut short; fetch it again"));
            }
            if has != wants {
                return Err(self.at_line(format!("{has} fields where the header has {wants}")));
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The current line, from 1.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// A field of the current row, quotes removed.
    pub(crate) fn field(&self, column: usize) -> &[u8] {
        &self.row[self.fields[column].clone()]
    }

    /// A whole number: ASCII digits only, nothing around them.
    pub(crate) fn whole(&self, column: usize) -> Result<u64, DataError> {
        let text = self.field(column);
        digits(text).ok_or_else(|| {
            self.error(column, format!("`{}` is not a whole number below 2^64", shown(text)))
                .help("digits 0 to 9 only: no sign, no separator, no exponent, no blank")
        })
    }

    /// An amount in units of `unit` msat: at least 1 msat, at most all bitcoin.
    pub(crate) fn amount(&self, column: usize, unit: u64) -> Result<Msat, DataError> {
        let amount = self.whole(column)?.checked_mul(unit).map(Msat);
        match amount {
            Some(Msat(0)) => Err(self.error(column, "the amount is 0; it must be at least 1 msat")),
            Some(amount) if amount <= SUPPLY.to_msat() => Ok(amount),
            _ => {
                let text = shown(self.field(column));
                Err(self
                    .error(column, format!("`{text}` is more than all bitcoin (21,000,000 BTC)")))
            }
        }
    }

    /// An error about a field of the current row.
    pub(crate) fn error(&self, column: usize, message: impl Into<String>) -> DataError {
        self.at_line(message).in_column(self.header[column].clone())
    }

    /// An error about the current line.
    pub(crate) fn at_line(&self, message: impl Into<String>) -> DataError {
        DataError::new(&self.path, message).at_line(self.line)
    }

    /// blake3 of all bytes read, in hexadecimal.
    pub(crate) fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }

    /// Names what is plainly something else than a CSV.
    fn refuse_other_formats(&mut self) -> Result<(), DataError> {
        let path = &self.path;
        let start = self.reader.fill_buf().map_err(|error| unreadable(path, &error))?;
        let looks_like = [
            (&b"\x1f\x8b"[..], "gzip; unpack it first"),
            (b"version https://git-lfs", "a Git LFS pointer; fetch the file itself"),
            (b"<", "HTML or XML; the download may have failed"),
            (b"{", "JSON"),
            (b"[", "JSON"),
            (b"\xff\xfe", "UTF-16; save it as UTF-8"),
            (b"\xfe\xff", "UTF-16; save it as UTF-8"),
        ];
        let found = looks_like.iter().find(|(magic, _)| start.starts_with(magic));
        found.map_or(Ok(()), |(_, what)| {
            Err(DataError::new(path, format!("not a CSV file: it looks like {what}")).at_line(1))
        })
    }

    /// Reads a line without its end into `row`. `None` at the end of the file, else whether the line
    /// had an end.
    fn read_line(&mut self) -> Result<Option<bool>, DataError> {
        self.row.clear();
        let mut bounded = self.reader.by_ref().take(LONGEST_LINE);
        let read = bounded.read_until(b'\n', &mut self.row);
        if read.map_err(|error| unreadable(&self.path, &error))? == 0 {
            return Ok(None);
        }
        self.line += 1;
        self.hash.update(&self.row);
        let complete = self.row.last() == Some(&b'\n');
        if !complete && self.row.len() as u64 == LONGEST_LINE {
            let message = format!("the line is longer than {LONGEST_LINE} bytes");
            return Err(self.at_line(message));
        }
        if complete {
            self.row.pop();
        }
        if self.row.last() == Some(&b'\r') {
            self.row.pop();
        }
        Ok(Some(complete))
    }

    /// Finds the fields of `row`.
    fn split(&mut self) -> Result<(), DataError> {
        self.fields.clear();
        let mut start = 0;
        loop {
            let rest = &self.row[start..];
            let quoted = rest.first() == Some(&b'"');
            let (field, length) = if quoted {
                let Some(close) = rest[1..].iter().position(|byte| *byte == b'"') else {
                    return Err(self.at_line("a quote opens on this line and does not close on it"));
                };
                (start + 1..start + 1 + close, close + 2)
            } else {
                let length = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
                (start..start + length, length)
            };
            self.fields.push(field);
            match self.row.get(start + length) {
                None => return Ok(()),
                Some(b',') => start += length + 1,
                Some(_) => return Err(self.at_line("text follows a closing quote")),
            }
        }
    }
}

/// Opens a regular file; a folder, a pipe or a device would hang or never end.
fn open_regular(path: &Path) -> Result<BufReader<File>, DataError> {
    let kind = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !kind.is_file() {
        let mut error = DataError::new(path, "not a regular file");
        error.unreadable = true;
        return Err(error);
    }
    File::open(path).map(BufReader::new).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> DataError {
    let mut error = DataError::new(path, format!("cannot read it: {error}"));
    error.unreadable = true;
    error
}

/// A number of ASCII digits that fits 64 bits.
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    let all_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// Bytes of a file as they may stand in a message: printable ASCII, at most 40 characters.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let cut = &bytes[..bytes.len().min(LONGEST)];
    let dots = if bytes.len() > LONGEST { "..." } else { "" };
    format!("{}{dots}", cut.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_digits_are_a_number() {
        assert_eq!(digits(b"18446744073709551615"), Some(u64::MAX));
        for bad in ["", " 1", "+1", "-1", "1,5", "0x10", "1e3", "NaN", "٣", "18446744073709551616"]
        {
            assert_eq!(digits(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn bytes_are_shown_without_control_characters_and_cut() {
        assert_eq!(shown(b"\x1b[2J"), "\\x1b[2J");
        assert_eq!(shown(&[b'a'; 50]), format!("{}...", "a".repeat(40)));
    }

    #[test]
    fn quotes_blank_lines_and_crlf_are_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\u{feff}a,\"b\"\r\n\r\n1,\"x.y\"\r\n\n2,").unwrap();
        let mut table = Table::open(file.path()).unwrap();
        assert!(table.next_row().unwrap());
        assert_eq!((table.line(), table.field(table.column("b").unwrap())), (3, &b"x.y"[..]));
        assert!(table.next_row().unwrap());
        assert_eq!((table.line(), table.field(0), table.field(1)), (5, &b"2"[..], &b""[..]));
        assert!(!table.next_row().unwrap());
    }
}
