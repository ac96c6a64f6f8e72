//! Places in what the user wrote: a range of bytes in the scenario file, in one `--set`, or in a value
//! that a sweep lays over both.

use std::ops::Range;

/// Characters shown of a source line, and how many of them stand before the caret.
const SHOWN: usize = 120;
const BEFORE: usize = 40;

/// Set in the numbers of sources that come from the axes of a sweep.
const AXIS: u32 = 1 << 31;

/// The scenario file (number 0), the `--set` arguments and the values of axes after it.
pub(crate) struct Sources {
    texts: Vec<Source>,
}

struct Source {
    name: String,
    text: String,
}

/// A range of bytes in one source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    source: u32,
    start: usize,
    end: usize,
}

impl Place {
    /// A range of the scenario file.
    pub(crate) const fn in_file(range: Range<usize>) -> Self {
        Self { source: 0, start: range.start, end: range.end }
    }
    /// The same source, `range` counted from the start of this place.
    pub(crate) const fn within(&self, range: &Range<usize>) -> Self {
        Self { source: self.source, start: self.start + range.start, end: self.start + range.end }
    }
    /// Its first byte.
    pub(crate) const fn start(&self) -> usize {
        self.start
    }
    /// Whether it was laid over the file: given by `--set` or by a sweep.
    pub(crate) const fn is_set(&self) -> bool {
        self.source > 0
    }
    /// Whether it was given by `--set`.
    pub(crate) const fn is_on_command_line(&self) -> bool {
        self.source > 0 && self.source & AXIS == 0
    }
}

/// A place made ready for printing: nothing of the source is needed any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The file as the user named it, or `command line`.
    pub origin: String,
    /// Line from 1; `None` on the command line.
    pub line: Option<usize>,
    /// Column in characters from 1.
    pub column: usize,
    /// The source line, cut to about 120 characters around the caret.
    pub excerpt: String,
    /// What is underlined, as bytes of `excerpt`.
    pub caret: Range<usize>,
    /// A remark beside the caret; may be empty.
    pub label: String,
}

impl Sources {
    /// Just the file.
    pub(crate) fn of_file(name: String, text: String) -> Self {
        Self { texts: vec![Source { name, text }] }
    }

    /// Adds `--set KEY=VALUE`; returns the places of the key and of the value.
    pub(crate) fn add_set(&mut self, key: &str, value: &str) -> (Place, Place) {
        self.add("command line", "--set ", key, value, 0)
    }

    /// Adds a value of an axis; returns the places of the key and of the value.
    pub(crate) fn add_axis(&mut self, key: &str, value: &str) -> (Place, Place) {
        self.add("a point of the sweep", "", key, value, AXIS)
    }

    fn add(
        &mut self,
        name: &str,
        prefix: &str,
        key: &str,
        value: &str,
        kind: u32,
    ) -> (Place, Place) {
        let source = u32::try_from(self.texts.len()).expect("a command line is short") | kind;
        let text = format!("{prefix}{key}={value}");
        let (start, end) = (prefix.len(), prefix.len() + key.len());
        let places =
            (Place { source, start, end }, Place { source, start: end + 1, end: text.len() });
        self.texts.push(Source { name: name.to_owned(), text });
        places
    }

    fn source(&self, place: &Place) -> &Source {
        &self.texts[(place.source & !AXIS) as usize]
    }

    /// The text of the scenario file.
    pub(crate) fn file(&self) -> &str {
        &self.texts[0].text
    }

    /// A place at the start of the file, for what is missing altogether.
    pub(crate) const fn top() -> Place {
        Place { source: 0, start: 0, end: 0 }
    }

    /// What is written at a place.
    pub(crate) fn text(&self, place: &Place) -> &str {
        &self.source(place).text[place.start..place.end]
    }

    /// The source up to the end of a place.
    pub(crate) fn before_end(&self, place: &Place) -> &str {
        let text = &self.source(place).text;
        &text[..boundary(text, place.end)]
    }

    /// A place, ready for printing.
    pub(crate) fn mark(&self, place: &Place, label: impl Into<String>) -> Mark {
        let Source { name, text } = self.source(place);
        let start = boundary(text, place.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &text[line_start..];
        let line = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let at = (start - line_start).min(line.len());
        let (excerpt, caret) = if *place == Self::top() {
            (String::new(), 0..0)
        } else {
            excerpt(line, at, place.end.saturating_sub(start))
        };
        Mark {
            origin: name.clone(),
            line: (!place.is_set()).then(|| text[..start].matches('\n').count() + 1),
            column: line[..at].chars().filter(|c| *c != BYTE_ORDER_MARK).count() + 1,
            excerpt,
            caret,
            label: label.into(),
        }
    }
}

/// Some editors put it in front of UTF-8; no column is counted for it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The last character boundary at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The part of `line` around byte `at`, and where the `length` bytes from there lie in it.
fn excerpt(line: &str, at: usize, length: usize) -> (String, Range<usize>) {
    let window_start =
        line[..at].char_indices().rev().take(BEFORE).last().map_or(at, |(index, _)| index);
    let window_end =
        line[at..].char_indices().nth(SHOWN - BEFORE).map_or(line.len(), |(index, _)| at + index);
    let whole = line.len() <= SHOWN;
    let (from, to) = if whole { (0, line.len()) } else { (window_start, window_end) };
    let lead = if from > 0 { "…" } else { "" };
    let tail = if to < line.len() { "…" } else { "" };
    let shown = line[from..to].trim_start_matches(BYTE_ORDER_MARK);
    let lost = (to - from) - shown.len();
    let excerpt = format!("{lead}{shown}{tail}");
    let [start, end] = [at, (at + length).min(to)]
        .map(|byte| boundary(&excerpt, (lead.len() + byte - from).saturating_sub(lost)));
    (excerpt, start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str, range: Range<usize>) -> Mark {
        let sources = Sources::of_file("x.toml".to_owned(), text.to_owned());
        sources.mark(&Place::in_file(range), "")
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let mark = mark("a = 1\nö = 22\r\nc = 3\n", 11..13);
        assert_eq!((mark.line, mark.column), (Some(2), 5));
        assert_eq!(mark.excerpt, "ö = 22");
        assert_eq!(&mark.excerpt[mark.caret], "22");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let mark = mark("\u{feff}seed = -1", 10..12);
        assert_eq!((mark.line, mark.column, &mark.excerpt[mark.caret]), (Some(1), 8, "-1"));
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("{}X{}", "a".repeat(100_000), "b".repeat(100_000));
        let mark = mark(&text, 100_000..100_001);
        assert_eq!(mark.column, 100_001);
        assert!(mark.excerpt.chars().count() <= SHOWN + 2);
        assert_eq!(&mark.excerpt[mark.caret], "X");
    }

    #[test]
    fn a_caret_that_spans_lines_is_cut_at_the_end_of_its_first() {
        let mark = mark("a = [\n1,\n2]\n", 4..11);
        assert_eq!(&mark.excerpt[mark.caret], "[");
    }

    #[test]
    fn places_past_the_end_point_behind_the_last_character() {
        let mark = mark("a = [", 5..5);
        assert_eq!((mark.line, mark.column, mark.caret), (Some(1), 6, 5..5));
    }
}
