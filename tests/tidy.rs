//! House rules over the sources that no compiler and no linter checks.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines.
const LONGEST_FILE: usize = 600;

/// Marks of unfinished work, written in halves so that this file passes its own rule.
const UNFINISHED: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];

/// Names that the field has other words for, in halves for the same reason: `CommitmentSnapshot`,
/// `HtlcOffCommitment`, `cooperative_close`, `SpendableCache`, `AttackPayment`, `AttackPath`, `AttackState`,
/// `OnlineState`, `BreachTimeline`, `reputation`, `wormhole`, `setup_cost`, `LabelSearch`, `bidirectional`,
/// `RouteRequest`, `PlanBuffer`, underlying, `MempoolPolicy`, `payer_presence`, `l1_sender`.
const OLD_NAMES: [&str; 21] = [
    concat!("To", "rn"),
    concat!("Gone", "Htlc"),
    concat!("settle", "_up"),
    concat!("spendable", "_kept"),
    concat!("Err", "and"),
    concat!("La", "ne"),
    concat!("Tac", "tic"),
    concat!("Where", "abouts"),
    concat!("Tra", "il"),
    concat!("guard", "ing"),
    concat!("Gua", "rd"),
    concat!("tunnel", "ling"),
    concat!("provi", "sion"),
    concat!("Hu", "nt"),
    concat!("Two", "Sided"),
    concat!("As", "k"),
    concat!("De", "sk"),
    concat!("bene", "ath"),
    concat!("Do", "or"),
    concat!("atten", "ded"),
    concat!("pos", "ter"),
];

/// The two commands of the README, with which everything starts.
const COMMANDS: [&str; 2] = ["cargo run --release -- run scenarios/quickstart.toml", "cargo test"];

/// Tabs, and blanks at the end of a line.
fn stray_blanks(text: &str) -> Vec<String> {
    let lines = (1..).zip(text.split('\n'));
    let wrong = lines.filter_map(|(number, line)| {
        let what = if line.contains('\t') {
            "a tab"
        } else if line.ends_with([' ', '\r']) {
            "a trailing blank"
        } else {
            return None;
        };
        Some(format!("line {number}: {what}"))
    });
    wrong.collect()
}

/// Text files end with exactly one line end.
fn bad_end(text: &str) -> Vec<String> {
    let good = text.is_empty() || text.ends_with('\n') && !text.ends_with("\n\n");
    if good { Vec::new() } else { vec!["does not end with one line end".to_owned()] }
}

fn unfinished(text: &str) -> Vec<String> {
    let lines = (1..).zip(text.lines());
    lines
        .flat_map(|(number, line)| {
            let marks = UNFINISHED.iter().filter(move |mark| line.contains(*mark));
            marks.map(move |mark| format!("line {number}: {mark}"))
        })
        .collect()
}

/// Old names as whole words; the parts of a name in snake case are no words of their own.
fn old_names(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let lines = (1..).zip(text.lines());
    lines
        .flat_map(|(number, line)| {
            let words = line.split(move |c| !inside(c));
            let old = words.filter(|word| OLD_NAMES.contains(word));
            old.map(move |word| format!("line {number}: {word}"))
        })
        .collect()
}

fn too_long(text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let message = || format!("{lines} lines; at most {LONGEST_FILE}");
    (lines > LONGEST_FILE).then(message).into_iter().collect()
}

/// A scenario opens with a comment that asks the question it answers.
fn no_question(text: &str) -> Vec<String> {
    let opening = text.lines().take_while(|line| line.starts_with('#'));
    let asks = opening.filter(|line| !line.starts_with("#:")).any(|line| line.contains('?'));
    if asks { Vec::new() } else { vec!["does not open with a question in a comment".to_owned()] }
}

fn missing_commands(text: &str) -> Vec<String> {
    let missing = COMMANDS.iter().filter(|command| !text.contains(*command));
    missing.map(|command| format!("does not name `{command}`")).collect()
}

/// All files below `folder` with one of these extensions, in order of name; none where it is missing.
fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<PathBuf> {
    ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, &["rs"])).collect()
}

/// Asserts that no file breaks a rule.
fn hold(rule: impl Fn(&str) -> Vec<String>, files: &[PathBuf]) {
    let mut broken = Vec::new();
    for path in files {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        let found = rule(&fs::read_to_string(path).unwrap());
        broken.extend(found.into_iter().map(|what| format!("{shown}: {what}")));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_tabs_no_trailing_blanks_and_one_line_end_at_the_end() {
    let mut texts = sources();
    texts.extend(files("scenarios", &["toml"]));
    texts.extend(
        ["README.md", "CHANGELOG.md", "Cargo.toml", ".ci/run"].map(|name| root().join(name)),
    );
    assert!(texts.len() > 20, "only {} files found", texts.len());
    hold(stray_blanks, &texts);
    hold(bad_end, &texts);
}

#[test]
fn nothing_is_marked_as_unfinished() {
    hold(unfinished, &sources());
}

#[test]
fn names_are_the_fields() {
    let mut texts = sources();
    texts.extend(files("scenarios", &["toml"]));
    texts.extend(files("docs", &["md"]));
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md"];
    texts.extend(pages.map(|name| root().join(name)));
    hold(old_names, &texts);
}

#[test]
fn files_stay_short() {
    hold(too_long, &sources());
}

#[test]
fn every_scenario_opens_with_its_question() {
    hold(no_question, &files("scenarios", &["toml"]));
}

#[test]
fn the_readme_names_both_commands() {
    hold(missing_commands, &[root().join("README.md")]);
}

#[test]
fn blanks_and_ends_that_break_the_rule_are_found() {
    assert_eq!(
        stray_blanks("a\n\tb\nc \nd\r\n"),
        ["line 2: a tab", "line 3: a trailing blank", "line 4: a trailing blank"]
    );
    assert!(stray_blanks("a\n b\n").is_empty());
    for bad in ["a", "a\n\n"] {
        assert_eq!(bad_end(bad).len(), 1, "{bad:?}");
    }
    assert!(bad_end("a\n").is_empty());
}

#[test]
fn every_mark_of_unfinished_work_is_found() {
    for mark in UNFINISHED {
        assert_eq!(unfinished(&format!("fn f() {{\n    {mark}\n}}")), [format!("line 2: {mark}")]);
    }
    assert!(unfinished("fn method_done() {}").is_empty());
}

#[test]
fn every_old_name_is_found() {
    for name in OLD_NAMES {
        assert_eq!(old_names(&format!("a\nx({name}.b)")), [format!("line 2: {name}")]);
    }
    assert!(old_names("a_settle_up LaneOf settle up").is_empty());
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert_eq!(too_long(&"x\n".repeat(601)), ["601 lines; at most 600"]);
    assert!(too_long(&"x\n".repeat(600)).is_empty());
}

#[test]
fn a_scenario_without_a_question_is_found() {
    for bad in
        ["", "name = \"a\" # why?", "# An answer.\nname = \"a\" # why?", "#:schema x?\nname = 1"]
    {
        assert_eq!(no_question(bad).len(), 1, "{bad}");
    }
    for good in ["# Why?\n", "#:schema x\n# Question: how\n# fast?\nname = 1"] {
        assert!(no_question(good).is_empty(), "{good}");
    }
}

#[test]
fn a_readme_without_the_commands_is_found() {
    assert_eq!(missing_commands("cargo build").len(), 2);
    assert!(missing_commands(&COMMANDS.join("\n")).is_empty());
}
