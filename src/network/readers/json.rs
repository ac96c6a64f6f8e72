//! JSON with the line of every value.
//!
//! Lists are kept as raw text and taken apart element by element, so that each error can name its
//! line and key. Unknown keys are ignored: the tools that write these files add some every year.
//! Numbers may be written as strings, as lnd does for 64 bits.

use std::path::Path;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::network::error::DataError;
use crate::network::readers::cell::{At, Cell};
use crate::network::readers::source::Source;

/// Deepest nesting; network files need 6.
const DEEPEST: u32 = 128;

/// A JSON file.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
    /// Where each line but the first starts.
    line_starts: Vec<usize>,
}

/// One object of a list.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    document: &'a Document<'a>,
    list: &'static str,
    index: usize,
    parent: &'static str,
    raw: &'a str,
}

impl<'a> Document<'a> {
    /// Checks that `source` is text and not nested too deeply.
    pub(super) fn open(source: &'a Source) -> Result<Self, DataError> {
        source.expect_text()?;
        let path = &source.path;
        let text = std::str::from_utf8(&source.bytes).map_err(|error| {
            let valid = &source.bytes[..error.valid_up_to()];
            let line = 1 + valid.split(|&byte| byte == b'\n').skip(1).count() as u64;
            DataError::new(path, format!("not UTF-8 at byte {}", valid.len()))
                .at_line(line)
                .help("JSON is UTF-8; is the file damaged?")
        })?;
        let line_starts = text.match_indices('\n').map(|(end, _)| end + 1).collect();
        let document = Self { path, text, line_starts };
        document.check_depth()?;
        Ok(document)
    }

    /// The whole file as a `T`.
    pub(super) fn parse<T: Deserialize<'a>>(&self) -> Result<T, DataError> {
        self.parse_part(self.text)
    }

    /// The objects of the list under the key `list`.
    pub(super) fn elements(
        &'a self,
        list: &'static str,
        items: &'a [&'a RawValue],
    ) -> impl Iterator<Item = Element<'a>> {
        items.iter().enumerate().map(move |(index, item)| Element {
            document: self,
            list,
            index,
            parent: "",
            raw: item.get(),
        })
    }

    /// An error about the file as a whole: the key that it lacks.
    pub(super) fn lacks(&self, key: &str, help: &str) -> DataError {
        DataError::new(self.path, "the file lacks this key").in_column(key).help(help)
    }

    fn parse_part<T: Deserialize<'a>>(&self, part: &'a str) -> Result<T, DataError> {
        serde_json::from_str(part).map_err(|error| {
            let line = self.line_of(part) + (error.line() as u64).saturating_sub(1);
            if error.classify() == Category::Eof {
                return DataError::new(self.path, "the file ends in the middle of a value")
                    .at_line(line)
                    .help("the download was cut short; fetch it again");
            }
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            let error = DataError::new(self.path, format!("not the JSON expected: {message}"))
                .help("it must be as its tool writes it; was it edited by hand?");
            // serde names the key in backquotes where one is to blame.
            match message.split('`').nth(1) {
                Some(key) if message.contains("field") => error.in_column(key).at_line(line),
                _ => error.at_line(line),
            }
        })
    }

    /// The line, from 1, on which `part`, a piece of this text, starts.
    fn line_of(&self, part: &str) -> u64 {
        let offset = part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        1 + self.line_starts.partition_point(|&start| start <= offset) as u64
    }

    /// Refuses deep nesting before any parser sees it.
    fn check_depth(&self) -> Result<(), DataError> {
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        for (offset, byte) in self.text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'[' | b'{' if !in_string => depth += 1,
                b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                let line = self.line_of(&self.text[offset..]);
                let message = format!("nested more than {DEEPEST} deep");
                return Err(DataError::new(self.path, message)
                    .at_line(line)
                    .help("no network file is; is this the right one?"));
            }
        }
        Ok(())
    }
}

impl<'a> Element<'a> {
    /// The object as a `T`.
    pub(super) fn parse<T: Deserialize<'a>>(&self) -> Result<T, DataError> {
        self.document.parse_part(self.raw)
    }

    /// The object under `key`, which is part of this one.
    pub(super) fn part(&self, key: &'static str, raw: &'a RawValue) -> Self {
        Self { parent: key, raw: raw.get(), ..*self }
    }

    /// The number, string or flag under `column`; an error where it is missing.
    pub(super) fn cell(
        &self,
        column: &'static str,
        value: Option<&'a RawValue>,
    ) -> Result<Cell<'a>, DataError> {
        let cell = self.cell_or_empty(column, value);
        if cell.is_empty() {
            return Err(cell
                .place(DataError::new(cell.path, "this key is missing or empty"))
                .help("the tool that wrote the file gives it; was it edited by hand?"));
        }
        Ok(cell)
    }

    /// The same, or an empty cell where it is missing.
    pub(super) fn cell_or_empty(
        &self,
        column: &'static str,
        value: Option<&'a RawValue>,
    ) -> Cell<'a> {
        let raw = value.map_or("", RawValue::get);
        let text = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
        let line = self.document.line_of(if raw.is_empty() { self.raw } else { raw });
        let at = At { line: Some(line), element: Some((self.list, self.index)) };
        Cell { path: self.document.path, at, parent: self.parent, column, text: text.as_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Things<'a> {
        #[serde(borrow)]
        things: Vec<&'a RawValue>,
    }

    #[derive(Deserialize)]
    struct Thing<'a> {
        #[serde(borrow)]
        size: Option<&'a RawValue>,
    }

    #[test]
    fn every_value_knows_its_line_and_key() {
        let text = "{\"x\":[1],\"things\":[\n{\"size\":\"1\"},{\n\"size\":\n22},{}]}";
        let bytes = text.as_bytes().to_vec();
        let source = Source { path: "x".into(), hash: blake3::hash(&bytes), bytes };
        let document = Document::open(&source).unwrap();
        let file: Things<'_> = document.parse().unwrap();
        let sizes: Vec<_> = document
            .elements("things", &file.things)
            .map(|element| {
                let thing: Thing<'_> = element.parse().unwrap();
                element.cell("size", thing.size).map(|cell| (cell.at.line, cell.u64()))
            })
            .collect();
        assert_eq!(sizes[..2], [Ok((Some(2), Ok(1))), Ok((Some(4), Ok(22)))]);
        let missing = sizes[2].as_ref().unwrap_err();
        assert_eq!((missing.line, missing.column.as_deref()), (Some(4), Some("things[2].size")));
    }
}
