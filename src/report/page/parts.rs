//! What all pages share: their look, and numbers for people.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::report::error::OutputError;
use crate::report::file::FileMark;
use crate::report::layout::PLOTS;
use crate::units::grouped;

/// The page's own look. The font is that of the plots' layout where the reader has it.
pub(super) const STYLE: &str = "body{font:16px/1.5 \"DejaVu Sans\",Verdana,sans-serif;color:#282c34;\
max-width:62rem;margin:2rem auto;padding:0 1rem}\
svg{max-width:100%;height:auto}svg text{font-family:\"DejaVu Sans\",Verdana,sans-serif}\
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .9rem;text-align:right;\
border-bottom:1px solid #e1e4e8}th:first-child,td:first-child{text-align:left}\
.study{font-size:.8rem}.study th,.study td{padding:.25rem .4rem;vertical-align:top}\
.study th:last-child,.study td:last-child{text-align:left;overflow-wrap:anywhere;min-width:16rem}";

/// Appends formatted text.
pub(super) fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a String takes everything");
}

/// The SVG plots among what was drawn in `dir` whose names begin so, in order of their names.
pub(super) fn plots(
    dir: &Path,
    drawn: &[FileMark],
    begin: &str,
) -> Result<Vec<String>, OutputError> {
    let begin = format!("{PLOTS}/{begin}");
    let of = |mark: &&FileMark| mark.path.starts_with(&begin) && is_svg(Path::new(&mark.path));
    let mut marks: Vec<_> = drawn.iter().filter(of).collect();
    marks.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let read = |mark: &FileMark| {
        let path = dir.join(&mark.path);
        fs::read_to_string(&path).map_err(|error| OutputError::io(&path, &error))
    };
    marks.into_iter().map(read).collect()
}

fn is_svg(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "svg")
}

/// A number with about four significant digits.
pub(super) fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        v if v >= 1_000.0 => return whole(value),
        v if v >= 100.0 => 1,
        v if v >= 10.0 => 2,
        v if v >= 1.0 => 3,
        v if v >= 0.01 => 4,
        _ => 7,
    };
    format!("{value:.decimals$}")
}

/// A large number without decimals.
fn whole(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "figures are not negative, and the cast saturates"
    )]
    grouped(value.round() as u64, ',')
}
