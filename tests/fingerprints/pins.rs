//! The file of pins: what it says, how runs are held against it, when it may be written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::runs::{Case, Outcome};

/// What stands above the pins.
const HEADING: &str = "\
# What every shipped scenario gives, shortened (tests/fingerprints/shortened.toml): the fingerprint of each system
# and a hash of each table. Written by `LEYDEN_BLESS=1 cargo test --test fingerprints`; CONTRIBUTING.md says when.

";

/// `tests/fingerprints.toml`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// Entries under the changelog's headings "Moves results" when the pins were written.
    pub(crate) moves_results_entries: usize,
    /// Table to its columns. A hash is over these: a column that is new moves no pin.
    pub(crate) columns: BTreeMap<String, Vec<String>>,
    /// Run to what it gave: system to fingerprint, table to hash.
    pub(crate) runs: BTreeMap<String, BTreeMap<String, String>>,
}

/// How runs differ from their pins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Run to systems and tables that give something else than before.
    pub(crate) moved: BTreeMap<String, Vec<String>>,
    /// Runs, tables and columns that came or that nothing has any more.
    pub(crate) others: Vec<String>,
}

impl Pins {
    /// The pins of these runs.
    pub(crate) fn of(entries: usize, ran: &[(Case, Outcome)]) -> Self {
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let tables = ran.iter().flat_map(|(_, outcome)| &outcome.tables);
        for (name, table) in tables {
            let known = columns.entry(name.clone()).or_default();
            for column in &table.columns {
                if !known.contains(column) {
                    known.push(column.clone());
                }
            }
        }
        let mut pins = Self { moves_results_entries: entries, columns, runs: BTreeMap::new() };
        pins.runs =
            ran.iter().map(|(case, outcome)| (case.name.clone(), pins.marks(outcome))).collect();
        pins
    }

    /// The fingerprints of a run and the hashes of its tables, of the columns that are pinned.
    fn marks(&self, outcome: &Outcome) -> BTreeMap<String, String> {
        let systems = outcome.fingerprints.clone();
        let tables = outcome.tables.iter().map(|(name, table)| {
            let columns = self.columns.get(name);
            let known = |column: &str| columns.is_none_or(|all| all.iter().any(|c| c == column));
            (name.clone(), table.hash(known))
        });
        systems.into_iter().chain(tables).collect()
    }

    /// Holds runs against the pins.
    pub(crate) fn differences(&self, ran: &[(Case, Outcome)]) -> Differences {
        let mut found = Differences::default();
        for (case, outcome) in ran {
            let Some(pinned) = self.runs.get(&case.name) else {
                found.others.push(format!("{}: a new run", case.name));
                continue;
            };
            let now = self.marks(outcome);
            let names: BTreeSet<_> = pinned.keys().chain(now.keys()).collect();
            for name in names {
                match (pinned.get(name), now.get(name)) {
                    (None, _) => found.others.push(format!("{}: new: {name}", case.name)),
                    (before, after) if before != after => {
                        found.moved.entry(case.name.clone()).or_default().push(name.clone());
                    }
                    _ => {}
                }
            }
        }
        let runs: BTreeSet<_> = ran.iter().map(|(case, _)| &case.name).collect();
        let gone = self.runs.keys().filter(|name| !runs.contains(name));
        found.others.extend(gone.map(|name| format!("{name}: no such run any more")));
        found.others.extend(self.changed_columns(&Self::of(0, ran).columns));
        found
    }

    fn changed_columns(&self, now: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let flat = |tables: &BTreeMap<String, Vec<String>>| -> BTreeSet<_> {
            let pairs = tables.iter().flat_map(|(table, columns)| {
                columns.iter().map(move |column| format!("{table}: column {column}"))
            });
            pairs.collect()
        };
        let (before, after) = (flat(&self.columns), flat(now));
        let came = after.difference(&before).map(|column| format!("{column} is new"));
        came.chain(before.difference(&after).map(|column| format!("{column} is gone"))).collect()
    }

    /// What is wrong with the changelog, given the differences and its number of entries now.
    ///
    /// Numbers that move need a new entry each time, so that one entry never covers for the next change too.
    pub(crate) fn missing_entry(
        &self,
        entries: usize,
        differences: &Differences,
    ) -> Option<String> {
        let wanted = self.moves_results_entries + usize::from(!differences.moved.is_empty());
        let message = || {
            format!(
                "CHANGELOG.md has {entries} entries under \"Moves results\", the pins know {}; \
                 results moved, so add one that says why:\n\n{}",
                self.moves_results_entries,
                differences.entry(),
            )
        };
        (entries < wanted).then(message)
    }

    /// As it stands in the file.
    pub(crate) fn text(&self) -> String {
        HEADING.to_owned() + &toml::to_string_pretty(self).expect("maps of texts are valid TOML")
    }
}

impl Differences {
    /// What moved, a run a line.
    pub(crate) fn list(&self) -> String {
        let mut text = String::new();
        for (run, names) in &self.moved {
            writeln!(text, "  {run}: {}", names.join(", ")).expect("strings take everything");
        }
        for other in &self.others {
            writeln!(text, "  {other}").expect("strings take everything");
        }
        text
    }

    /// An entry for the changelog, but for the reason: which scenarios moved, and in what.
    fn entry(&self) -> String {
        let scenario = |run: &String| run.split(", seed ").next().unwrap_or(run).to_owned();
        let scenarios: BTreeSet<_> = self.moved.keys().map(scenario).collect();
        let file = |name: &String| name.rsplit('/').next().unwrap_or(name).to_owned();
        let files: BTreeSet<_> = self.moved.values().flatten().map(file).collect();
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        format!("- WHAT CHANGED AND WHY. Moves {} of {}.\n", list(files), list(scenarios))
    }
}

/// Entries under all headings "Moves results" of a changelog.
pub(crate) fn moves_results_entries(changelog: &str) -> usize {
    let mut inside = false;
    let mut entries = 0;
    for line in changelog.lines() {
        if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim() == "Moves results";
        }
        entries += usize::from(inside && line.starts_with("- "));
    }
    entries
}
