//! One value of a data file with its place, and the rules that values obey.
//!
//! Numbers are ASCII digits and nothing else: no sign, blank, comma, exponent, hexadecimal or NaN.

use std::fmt;
use std::path::Path;

use crate::network::error::DataError;
use crate::units::{Msat, SUPPLY, Sat};

/// Longest value shown in a message, in characters.
const SHOWN: usize = 40;

/// Most HTLCs that either side of a channel may offer (BOLT 2, `max_accepted_htlcs`).
const MOST_HTLCS: u16 = 483;

/// Where in its file something stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Line, from 1; binary files have none.
    pub line: Option<u64>,
    /// List and index, from 0, in files that need not have lines.
    pub element: Option<(&'static str, usize)>,
}

impl At {
    /// A line, from 1.
    pub(super) const fn line(line: u64) -> Self {
        Self { line: Some(line), element: None }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.element) {
            (Some(line), None) => write!(f, "line {line}"),
            (Some(line), Some((list, index))) => write!(f, "line {line} (`{list}[{index}]`)"),
            (None, Some((list, index))) => write!(f, "`{list}[{index}]`"),
            (None, None) => write!(f, "the file"),
        }
    }
}

/// One value: a CSV field, or a JSON number, string or flag without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its place.
    pub at: At,
    /// Key of the object that holds it, where that is not the element itself.
    pub parent: &'static str,
    /// Column or key.
    pub column: &'static str,
    /// The value as written.
    pub text: &'a [u8],
}

impl Cell<'_> {
    /// An error about this value: "`value` breaks rule".
    pub(super) fn error(&self, rule: impl fmt::Display) -> DataError {
        let value = if self.text.is_empty() { "an empty value".into() } else { quoted(self.text) };
        self.place(DataError::new(self.path, format!("{value} {rule}")))
    }

    /// Puts the place of this value on an error.
    pub(super) fn place(&self, error: DataError) -> DataError {
        let error = error.in_column(self.key());
        match self.at.line {
            Some(line) => error.at_line(line),
            None => error,
        }
    }

    /// Column, or path of keys.
    fn key(&self) -> String {
        let mut key = String::new();
        if let Some((list, index)) = self.at.element {
            key = format!("{list}[{index}].");
        }
        if !self.parent.is_empty() {
            key = format!("{key}{}.", self.parent);
        }
        key + self.column
    }

    /// Whether nothing is stated.
    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// A whole number of 64 bits.
    pub(super) fn u64(&self) -> Result<u64, DataError> {
        if self.text.is_empty() || !self.text.iter().all(u8::is_ascii_digit) {
            return Err(self
                .error("is not a whole number (digits 0 to 9 and nothing else)")
                .help("write it like 1000000, in the unit of its column"));
        }
        self.text
            .iter()
            .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
            .ok_or_else(|| {
                self.error(format_args!("is more than {}, the largest number", u64::MAX))
                    .help("correct it; 64 bits hold all money there is")
            })
    }

    /// A whole number of 32 bits.
    pub(super) fn u32(&self) -> Result<u32, DataError> {
        u32::try_from(self.u64()?).map_err(|_| self.too_large(u32::MAX))
    }

    /// A whole number of 16 bits.
    pub(super) fn u16(&self) -> Result<u16, DataError> {
        u16::try_from(self.u64()?).map_err(|_| self.too_large(u16::MAX))
    }

    /// A whole number of 32 bits that may be below zero.
    pub(super) fn i32(&self) -> Result<i32, DataError> {
        std::str::from_utf8(self.text).ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
            self.error("is not a whole number of 32 bits").help("such as 0, or -100 for a discount")
        })
    }

    fn too_large(&self, largest: impl fmt::Display) -> DataError {
        self.error(format_args!("is more than {largest}, the most a `channel_update` has room for"))
            .help("no node can have announced it; correct it, or drop the channel")
    }

    /// An index into a list of `len` items.
    pub(super) fn index(&self, len: usize, of: &str) -> Result<usize, DataError> {
        usize::try_from(self.u64()?).ok().filter(|&index| index < len).ok_or_else(|| {
            self.error(format_args!("names no {of}: there are {len}, from 0"))
                .help("is the other file complete?")
        })
    }

    /// An amount in millisatoshis.
    pub(super) fn msat(&self) -> Result<Msat, DataError> {
        self.u64().map(Msat)
    }

    /// The capacity of a channel, given in satoshis.
    pub(super) fn capacity_sat(&self) -> Result<Sat, DataError> {
        let sat = self.u64()?;
        self.checked_capacity(sat)
    }

    /// The capacity of a channel, given in millisatoshis.
    pub(super) fn capacity_msat(&self) -> Result<Sat, DataError> {
        let msat = self.u64()?;
        if msat % 1_000 != 0 {
            return Err(self
                .error("msat is not a whole number of satoshis, as a capacity is")
                .help("round it to a multiple of 1000"));
        }
        self.checked_capacity(msat / 1_000)
    }

    fn checked_capacity(&self, sat: u64) -> Result<Sat, DataError> {
        capacity(sat).map_err(|rule| {
            self.error(rule).help("correct it, or drop the channel; is it in the column's unit?")
        })
    }

    /// A number of HTLCs that one side may have under way.
    pub(super) fn htlc_count(&self) -> Result<u16, DataError> {
        let count = self.u64()?;
        u16::try_from(count).ok().filter(|count| (1..=MOST_HTLCS).contains(count)).ok_or_else(
            || {
                self.error(format_args!("is not 1 to {MOST_HTLCS} (BOLT 2)"))
                    .help("no peer accepts more; correct it")
            },
        )
    }

    /// A flag: `0` or `1`, `false` or `true`.
    pub(super) fn flag(&self) -> Result<bool, DataError> {
        match self.text {
            b"0" | b"false" => Ok(false),
            b"1" | b"true" => Ok(true),
            _ => Err(self.error("is not a flag (0 or 1, false or true)").help("write 0 or 1")),
        }
    }

    /// Refuses what is not a compressed public key in hexadecimal.
    pub(super) fn public_key(self) -> Result<Self, DataError> {
        let starts_well = self.text.starts_with(b"02") || self.text.starts_with(b"03");
        if self.text.len() == 66 && starts_well && self.text.iter().all(u8::is_ascii_hexdigit) {
            return Ok(self);
        }
        Err(self
            .error(format_args!(
                "is not a public key (66 hexadecimal digits that start with 02 or 03; this has {})",
                self.text.len()
            ))
            .help("nodes are named by their compressed key; was it cut short?"))
    }

    /// The same value without `suffix`, if it has it.
    #[must_use]
    pub(super) fn without(mut self, suffix: &str) -> Self {
        self.text = self.text.strip_suffix(suffix.as_bytes()).unwrap_or(self.text);
        self
    }
}

/// Checks a capacity in satoshis; the error is the rule that it breaks.
pub(super) fn capacity(sat: u64) -> Result<Sat, &'static str> {
    match sat {
        0 => Err("is not a capacity: a channel holds at least 1 sat"),
        _ if sat > SUPPLY.get() => Err("is not a capacity: only 21 million bitcoin can exist"),
        _ => Ok(Sat(sat)),
    }
}

/// A value for a message: in backquotes, cut short, with everything but printable ASCII escaped, so
/// that a file cannot steer the reader's terminal.
pub(super) fn quoted(text: &[u8]) -> String {
    let start = &text[..text.len().min(4 * SHOWN)];
    let shown = String::from_utf8_lossy(start);
    let mut cut: String = shown.chars().take(SHOWN).flat_map(char::escape_default).collect();
    cut = cut.replace("\\'", "'").replace("\\\"", "\"");
    if shown.chars().count() > SHOWN { format!("`{cut}...`") } else { format!("`{cut}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &[u8]) -> Cell<'_> {
        Cell { path: Path::new("x.csv"), at: At::line(7), parent: "", column: "ppm", text }
    }

    #[test]
    fn numbers_are_ascii_digits_and_nothing_else() {
        assert_eq!(cell(b"0042").u64(), Ok(42));
        assert_eq!(cell(b"18446744073709551615").u64(), Ok(u64::MAX));
        for bad in
            ["", "+1", "-1", " 12", "0x10", "1,5", "1.0", "1e3", "NaN", "٣", "18446744073709551616"]
        {
            let error = cell(bad.as_bytes()).u64().expect_err(bad);
            assert_eq!((error.line, error.column.as_deref()), (Some(7), Some("ppm")), "{bad}");
        }
    }

    #[test]
    fn capacities_go_from_one_satoshi_to_the_supply() {
        assert_eq!(cell(b"1000").capacity_msat(), Ok(Sat(1)));
        assert_eq!(cell(b"2100000000000000").capacity_sat(), Ok(SUPPLY));
        for bad in ["0", "2100000000000001"] {
            assert!(cell(bad.as_bytes()).capacity_sat().is_err(), "{bad}");
        }
        assert!(cell(b"1001").capacity_msat().is_err());
    }

    #[test]
    fn shown_values_are_cut_and_harmless() {
        assert_eq!(quoted("\u{1b}[2J\u{202e}'".as_bytes()), "`\\u{1b}[2J\\u{202e}'`");
        assert_eq!(quoted(&vec![b'x'; 1_000_000]), format!("`{}...`", "x".repeat(SHOWN)));
    }
}
