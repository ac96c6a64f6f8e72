//! `docs/scenario.md`: every table and every key, for reading.

use std::fmt::Write as _;

use crate::declare::catalogue::Catalogue;
use crate::declare::form::Form;
use crate::declare::{Entry, Presence, Role};
use crate::scenario::about::catalogue;

const HEAD: &str = "\
# What a scenario can say

This page is generated from the declarations of the keys; a test holds it current
(`LEYDEN_BLESS=1 cargo test --lib about` writes it anew). `leyden keys WORD` searches the same, `leyden check FILE`
prints a scenario with every default, and `leyden schema` prints a JSON Schema for editors, which is kept as
`scenarios/scenario.schema.json`.

A scenario is TOML. Quantities are strings with a unit, such as `\"100 ms\"`, `\"10_000 sat\"`, `\"10 /s\"` or
`\"10 sat/vB\"`. A choice is written as a table named after the alternative: `[lightning.latency.constant]`. Any key can
be set on the command line: `--set lightning.onchain.burial=3`.
";

/// The page.
pub(crate) fn document() -> String {
    let catalogue = catalogue();
    let mut text = HEAD.to_owned();
    section(&mut text, &catalogue, "", None);
    text
}

/// A table, then the tables in it.
fn section(text: &mut String, catalogue: &Catalogue, path: &str, entry: Option<&Entry>) {
    heading(text, path, entry);
    let is_row = |entry: &&Entry| matches!(entry.role, Role::Value { .. });
    let mut rows = catalogue.of(path).filter(is_row).peekable();
    if rows.peek().is_some() {
        text.push_str("\n| key | meaning | value | default |\n| --- | --- | --- | --- |\n");
    }
    for entry in rows {
        row(text, entry);
    }
    alternatives(text, catalogue, path);
    for entry in catalogue.of(path).filter(|entry| !is_row(entry)) {
        if is_worth_a_section(catalogue, entry) {
            section(text, catalogue, &entry.path(), Some(entry));
        }
    }
}

/// An alternative without keys has said everything in the list of its choice.
fn is_worth_a_section(catalogue: &Catalogue, entry: &Entry) -> bool {
    entry.role != Role::Alternative || catalogue.of(&entry.path()).next().is_some()
}

fn heading(text: &mut String, path: &str, entry: Option<&Entry>) {
    let header = match entry.map(|entry| &entry.role) {
        None => "At the top".to_owned(),
        Some(Role::Array) => format!("`[[{path}]]`"),
        Some(Role::Choice { .. }) => format!("`[{path}.…]`"),
        Some(_) => format!("`[{path}]`"),
    };
    writeln!(text, "\n## {header}\n").expect("writing to a string");
    let Some(entry) = entry else {
        text.push_str("Keys outside of any table.\n");
        return;
    };
    let absent = match entry.role {
        Role::Table { absent: Some(absent) } => format!(" Absent: {absent}."),
        Role::Choice { default: Some(default) } => format!(" Default: `{default}`."),
        Role::Choice { default: None } => " One must be given.".to_owned(),
        _ => String::new(),
    };
    writeln!(text, "{}{absent}", entry.meaning).expect("writing to a string");
}

fn row(text: &mut String, entry: &Entry) {
    let Role::Value { form, presence } = &entry.role else { return };
    let default = match presence {
        Presence::Required => "required".to_owned(),
        Presence::Default(default) => format!("`{default}`"),
        Presence::Optional(absent) => format!("absent: {absent}"),
    };
    let form = match form {
        Form::Words(words) => {
            let one = |(word, meaning): &(&str, String)| format!("`\"{word}\"`: {meaning}");
            words.iter().map(one).collect::<Vec<_>>().join("<br>")
        }
        other => other.in_words(),
    };
    let cells = [format!("`{}`", entry.key), entry.meaning.clone(), form, default];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    writeln!(text, "| {} |", cells.join(" | ")).expect("writing to a string");
}

fn alternatives(text: &mut String, catalogue: &Catalogue, path: &str) {
    let is_alternative = |entry: &&Entry| entry.role == Role::Alternative;
    let mut alternatives = catalogue.of(path).filter(is_alternative).peekable();
    if alternatives.peek().is_some() {
        text.push_str("\nOne of these tables:\n\n");
    }
    for Entry { key, meaning, .. } in alternatives {
        writeln!(text, "- `{key}`: {meaning}").expect("writing to a string");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_current() {
        crate::scenario::about::tests::current("docs/scenario.md", &document());
    }
}
