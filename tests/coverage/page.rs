//! The table in `docs/validation.md`.

use std::fmt::Write;

use crate::judge::{Judged, REPLICATIONS};
use crate::lines::{LINES, Line};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validation.md");

/// What is generated stands between these lines.
const BEGIN: &str = "<!-- From here on by `LEYDEN_BLESS=1 cargo test --release --test coverage -- --ignored`. -->\n";
const END: &str = "<!-- Up to here. -->\n";

/// Seeds of a line that the last measurement left out.
pub(crate) const NOT_MEASURED: &str = "not measured";

/// What is generated, as it stands there.
pub(crate) fn written() -> String {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (_, rest) = page.split_once(BEGIN).expect("the line at which tables begin");
    rest.split_once(END).expect("the line at which tables end").0.to_owned()
}

/// Writes it anew.
pub(crate) fn write(judged: &[Judged]) {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the line at which tables begin");
    let (_, after) = rest.split_once(END).expect("the line at which tables end");
    let mut text = format!("\n{}", overview(judged));
    for line in LINES {
        let of: Vec<&Judged> = judged.iter().filter(|of| of.line.name == line.name).collect();
        if !of.is_empty() {
            text.push_str(&details(line, &of));
        }
    }
    std::fs::write(PAGE, format!("{before}{BEGIN}{text}\n{END}{after}")).unwrap();
}

/// A row for each line.
pub(crate) fn overview(judged: &[Judged]) -> String {
    let mut text = String::from("| runs of | seeds |");
    let heading =
        |n: usize| if n == 1 { "one run".to_owned() } else { format!("{n} replications") };
    for n in REPLICATIONS {
        write!(text, " {} |", heading(n)).unwrap();
    }
    text.push_str("\n| --- | --- |");
    text.push_str(&" --- |".repeat(REPLICATIONS.len()));
    text.push('\n');
    for line in LINES {
        let of: Vec<&Judged> = judged.iter().filter(|of| of.line.name == line.name).collect();
        let runs = of.first().map_or_else(|| NOT_MEASURED.to_owned(), |of| of.runs.to_string());
        write!(text, "| {} | {runs} |", line.title).unwrap();
        for n in REPLICATIONS {
            write!(text, " {} |", all_together(&of, n)).unwrap();
        }
        text.push('\n');
    }
    text
}

/// The figures of one number of replications: how many have intervals, how often these hold, and where least often.
fn all_together(of: &[&Judged], n: usize) -> String {
    if of.is_empty() {
        return String::new();
    }
    let of: Vec<&&Judged> = of.iter().filter(|of| of.n == n).collect();
    let (given, held) =
        of.iter().fold((0, 0), |(given, held), of| (given + of.given, held + of.held));
    let least = of.iter().min_by(|one, other| one.share().total_cmp(&other.share()));
    let Some(least) = least else { return "none".to_owned() };
    format!(
        "{} figures: {:.1} %; least {:.1} %, `{}`",
        of.len(),
        100.0 * held as f64 / given as f64,
        100.0 * least.share(),
        least.metric.path
    )
}

/// The section of a line: a row for each figure.
pub(crate) fn details(line: &Line, judged: &[&Judged]) -> String {
    let mut text = format!("\n### {}\n\n`{}`\n\n", line.title, line.command());
    text.push_str("<details><summary>every figure</summary>\n\n| figure |");
    for n in REPLICATIONS {
        let of = if n == 1 { "of one run".to_owned() } else { format!("n = {n}") };
        write!(text, " {of} | hold |").unwrap();
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- | --- |".repeat(REPLICATIONS.len()));
    text.push('\n');
    let mut paths: Vec<&str> = judged.iter().map(|of| of.metric.path).collect();
    paths.dedup();
    for path in paths {
        write!(text, "| `{path}` |").unwrap();
        for n in REPLICATIONS {
            match judged.iter().find(|of| of.n == n && of.metric.path == path) {
                Some(of) => write!(text, " {} | {:.1} % |", of.given, 100.0 * of.share()),
                None => write!(text, " | |"),
            }
            .unwrap();
        }
        text.push('\n');
    }
    text.push_str("\n</details>\n");
    text
}
