//! Do the printed 95 % intervals hold the truth 19 times in 20? Hours of computing: run by `.ci/full`, or
//!
//!     cargo test --release --test coverage -- --ignored --nocapture
//!
//! Runs and judgement are apart. [`runs`] makes one run per seed of each [`lines::Line`], [`judge`] asks of each figure
//! how many of its intervals hold its mean over all seeds, [`page`] keeps the answer in `docs/validation.md`.
//!
//! - `LEYDEN_COVERAGE_SEEDS`: how many seeds, from 0 on (60 unless told).
//! - `LEYDEN_COVERAGE_ONLY`: names of the lines that are wanted, with commas between them.
//! - `LEYDEN_COVERAGE_RUNS`: a folder in which runs are kept and found again. It knows nothing of versions: empty it
//!   after a change that moves results. Intervals over replications are made when runs are judged; so a change of those
//!   needs no new runs.
//! - `LEYDEN_BLESS`: write the table into `docs/validation.md`, whatever it says.

#![allow(clippy::disallowed_methods, reason = "a measurement is told how long it may take")]
#![allow(clippy::unwrap_used, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "counts")]
#![allow(clippy::print_stdout, reason = "the table is for readers")]

mod judge;
mod lines;
mod page;
mod runs;

use judge::Judged;
use lines::LINES;

fn seeds() -> u64 {
    std::env::var("LEYDEN_COVERAGE_SEEDS").map_or(60, |text| text.parse().unwrap())
}

fn is_wanted(name: &str) -> bool {
    std::env::var("LEYDEN_COVERAGE_ONLY")
        .map_or(true, |names| names.split(',').any(|of| of == name))
}

#[test]
#[ignore = "hours of computing; .ci/full runs it"]
fn printed_intervals_hold_the_truth_19_times_in_20() {
    let mut judged: Vec<Judged> = Vec::new();
    for line in LINES.iter().filter(|line| is_wanted(line.name)) {
        let of = judge::judge(line, &runs::of(line, seeds()));
        print!("{}", page::details(line, &of.iter().collect::<Vec<_>>()));
        judged.extend(of);
    }
    print!("{}", page::overview(&judged));
    if std::env::var_os("LEYDEN_BLESS").is_some() {
        page::write(&judged);
    }
    let failed: Vec<String> =
        judged.iter().filter(|of| of.is_too_few()).map(Judged::to_string).collect();
    assert!(failed.is_empty(), "too few hold the truth:\n{}", failed.join("\n"));
}

#[test]
fn the_page_has_a_row_for_each_line_and_a_section_for_each_that_was_measured() {
    let page = page::written();
    let mut sections = 0;
    for line in LINES {
        let row = page.lines().find(|row| row.starts_with(&format!("| {} | ", line.title)));
        let row = row.unwrap_or_else(|| panic!("{} has no row in the overview", line.title));
        let runs = row.split(" | ").nth(1).unwrap();
        let has_section = page.contains(&format!("### {}\n\n`{}`\n", line.title, line.command()));
        assert_eq!(has_section, runs != page::NOT_MEASURED, "{row}");
        sections += usize::from(has_section);
        let enough = runs == page::NOT_MEASURED || runs.parse::<u64>().is_ok_and(|runs| runs >= 60);
        assert!(enough, "too few runs: {row}");
    }
    // A section of another line is out of date.
    assert_eq!(page.lines().filter(|text| text.starts_with("### ")).count(), sections);
    assert!(sections > 0);
}
