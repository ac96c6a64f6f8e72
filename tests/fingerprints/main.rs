//! Every shipped scenario, shortened, gives what it gave: the fingerprint of each system, and each table.
//!
//! `LEYDEN_BLESS=1 cargo test --test fingerprints` writes the pins anew, if the changelog says why they move.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::io::{Write, stderr};

mod pins;
mod runs;

use pins::{Pins, moves_results_entries};
use runs::{cases, root, run_all, unmatched};

const BLESS: &str = "LEYDEN_BLESS=1 cargo test --test fingerprints";

/// Says something that the test harness does not swallow.
fn say(text: &str) {
    stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn every_shipped_scenario_is_pinned() {
    let unmatched = unmatched();
    assert!(
        unmatched.is_empty(),
        "without entry in shortened.toml, or without file: {unmatched:?}"
    );
}

#[test]
fn shipped_scenarios_give_what_they_gave() {
    let path = root().join("tests/fingerprints.toml");
    let pins: Pins = match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).unwrap_or_else(|error| panic!("{error}")),
        Err(_) => Pins::default(),
    };
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let entries = moves_results_entries(&changelog);
    let cases = cases();
    let outcomes = run_all(&cases);
    let ran: Vec<_> = cases.into_iter().zip(outcomes).collect();
    let differences = pins.differences(&ran);
    let list = differences.list();
    if std::env::var_os("LEYDEN_BLESS").is_some() {
        let missing = pins.missing_entry(entries, &differences);
        assert!(missing.is_none(), "not blessed:\n{list}\n{}", missing.unwrap_or_default());
        fs::write(&path, Pins::of(entries, &ran).text()).unwrap();
        say(&format!("\nblessed:\n{}", if list.is_empty() { "  nothing moved\n" } else { &list }));
    } else {
        assert!(list.is_empty(), "not as pinned:\n{list}\nIf this is meant: {BLESS}");
        let known = pins.moves_results_entries;
        let says = "entries under \"Moves results\" of CHANGELOG.md";
        assert!(entries == known, "{entries} {says}, the pins know {known}: {BLESS}");
    }
}

mod rules {
    use super::pins::{Differences, Pins, moves_results_entries};

    const CHANGELOG: &str = "# Changelog\n## [Unreleased]\n### Added\n- a\n### Moves results\n- b\n  more\n- c\n\
        ## [0.1.0]\n### Moves results\n- d\n### Fixed\n- e\n";

    fn moved() -> Differences {
        let files = vec!["lightning".to_owned(), "lightning/closures.csv".to_owned()];
        let moved = [("fraud, seed 1", files.clone()), ("fraud, seed 2", files)];
        Differences {
            moved: moved.map(|(run, files)| (run.to_owned(), files)).into(),
            others: vec![],
        }
    }

    #[test]
    fn entries_are_counted_under_their_heading_only() {
        assert_eq!(moves_results_entries(CHANGELOG), 3);
    }

    #[test]
    fn what_moves_needs_an_entry_more_than_the_last_time() {
        let pins = Pins { moves_results_entries: 3, ..Pins::default() };
        let missing = pins.missing_entry(3, &moved()).unwrap();
        assert!(missing.contains("Moves closures.csv, lightning of fraud."), "{missing}");
        assert_eq!(pins.missing_entry(4, &moved()), None);
        assert_eq!(pins.missing_entry(3, &Differences::default()), None);
        assert!(pins.missing_entry(2, &Differences::default()).is_some(), "an entry was taken out");
    }
}
