//! CSV cells: integers and text into bytes, one line at a time.
//!
//! By hand because a run writes millions of lines of plain numbers: no formatting machinery, no
//! allocation per line.

use std::io::Write;

use crate::units::SimTime;

/// One line under way.
#[derive(Debug, Default)]
pub(crate) struct Line {
    bytes: Vec<u8>,
}

impl Line {
    /// The finished line with its line feed; what is written next begins a new one.
    pub(super) fn end(&mut self) -> &[u8] {
        if let Some(last) = self.bytes.last_mut() {
            *last = b'\n';
        }
        &self.bytes
    }

    /// Begins a line.
    pub(super) fn begin(&mut self) {
        self.bytes.clear();
    }

    /// A whole number.
    pub(super) fn number(&mut self, value: u64) {
        self.digits(value, 1);
        self.close();
    }

    /// A whole number that may be negative.
    pub(super) fn signed(&mut self, value: i64) {
        if value < 0 {
            self.bytes.push(b'-');
        }
        self.number(value.unsigned_abs());
    }

    /// A moment in seconds, with all nine digits.
    pub(super) fn time(&mut self, at: SimTime) {
        self.digits(at.0 / 1_000_000_000, 1);
        self.bytes.push(b'.');
        self.digits(at.0 % 1_000_000_000, 9);
        self.close();
    }

    /// A fraction, as short as reads back the same; infinite and undefined ones stay empty.
    pub(crate) fn fraction(&mut self, value: f64) {
        if value.is_finite() {
            write!(self.bytes, "{value}").expect("a Vec takes everything");
        }
        self.close();
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, value: bool) {
        self.text(if value { "true" } else { "false" });
    }

    /// Text, quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula gets an apostrophe in front: names
    /// come from files and scenarios of others.
    pub(crate) fn text(&mut self, value: &str) {
        let guarded;
        let value = if looks_like_a_formula(value) {
            guarded = format!("'{value}");
            &guarded
        } else {
            value
        };
        if value.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(value.replace('"', "\"\"").as_bytes());
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(value.as_bytes());
        }
        self.close();
    }

    /// A value that may be missing: then the cell is empty.
    pub(crate) fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.empty(),
        }
    }

    /// An empty cell.
    fn empty(&mut self) {
        self.close();
    }

    fn close(&mut self) {
        self.bytes.push(b',');
    }

    /// Decimal digits, with leading zeros up to `width`.
    fn digits(&mut self, mut value: u64, width: usize) {
        /// Decimal digits of the largest `u64`.
        const LONGEST: usize = 20;
        let mut digits = [b'0'; LONGEST];
        let mut first = LONGEST;
        while value > 0 {
            first -= 1;
            digits[first] = b'0' + u8::try_from(value % 10).expect("a digit is below 10");
            value /= 10;
        }
        self.bytes.extend_from_slice(&digits[first.min(LONGEST - width)..]);
    }
}

/// Whether a spreadsheet would compute it (OWASP, "CSV injection").
fn looks_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Line)) -> String {
        let mut line = Line::default();
        write(&mut line);
        String::from_utf8(line.end().to_vec()).expect("text")
    }

    #[test]
    fn what_a_spreadsheet_would_compute_begins_with_an_apostrophe() {
        let of = |text: &str| written(|line| line.text(text));
        assert_eq!(of("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"\n");
        assert_eq!(of("@sat"), "'@sat\n");
        assert_eq!(of("+1+1"), "'+1+1\n");
        for plain in ["-0.5", "+3", "-1e9", "sat", "a=b"] {
            assert_eq!(of(plain), format!("{plain}\n"));
        }
    }

    #[test]
    fn numbers_and_times_keep_all_their_digits() {
        let line = written(|line| {
            for value in [0, 7, 1_000, u64::MAX] {
                line.number(value);
            }
            for value in [0, 5, 1_000_000_005, 12_345_000_000_000] {
                line.time(SimTime(value));
            }
            for value in [0, -7, i64::MIN] {
                line.signed(value);
            }
        });
        let expected = "0,7,1000,18446744073709551615,\
                        0.000000000,0.000000005,1.000000005,12345.000000000,\
                        0,-7,-9223372036854775808\n";
        assert_eq!(line, expected);
    }

    #[test]
    fn what_is_missing_or_undefined_is_empty() {
        let line = written(|line| {
            line.maybe(None, Line::number);
            line.maybe(Some(3), Line::number);
            for value in [f64::NAN, f64::INFINITY, 0.25, 1e-7] {
                line.fraction(value);
            }
            line.maybe(None, Line::flag);
        });
        assert_eq!(line, ",3,,,0.25,0.0000001,\n");
    }

    #[test]
    fn text_that_would_break_the_line_is_quoted() {
        assert_eq!(written(|line| line.text("a,\"b\"\n")), "\"a,\"\"b\"\"\n\"\n");
        assert_eq!(written(|line| line.flag(true)), "true\n");
    }
}
