//! Unknown keys, and what may have been meant by them.

use crate::declare::catalogue::Entry;
use crate::declare::problem::{Problem, quoted};
use crate::declare::section::Section;

impl Section<'_, '_> {
    /// Reports the keys of this table that nobody declared.
    pub(crate) fn report_unknown(self) {
        let Some(table) = self.table else { return };
        for (key, node) in table {
            if self.known.iter().any(|known| known == key) {
                continue;
            }
            let full = if self.path.is_empty() {
                quoted(key)
            } else {
                format!("{}.{}", self.path, quoted(key))
            };
            // Looking for what was meant takes a while: not for problems that are only counted.
            let help = if self.reader.problems.is_full() { None } else { self.hint(key) };
            let place = if self.path.is_empty() {
                String::new()
            } else {
                format!(" in table `{}`", self.path)
            };
            self.reader.problem(|sources| {
                let message = format!("unknown key `{}`{place}", quoted(key));
                let mut problem = Problem::new(full, message, sources.mark(&node.key, ""));
                problem.help = help;
                problem
            });
        }
    }

    /// What the user may have meant by an unknown key.
    fn hint(&self, key: &str) -> Option<String> {
        if let Some(near) = nearest(key, self.known.iter().copied()) {
            return Some(format!("did you mean `{near}`?"));
        }
        let all = self.reader.explore();
        let owners: Vec<_> =
            all.entries
                .iter()
                .filter(|entry| entry.key == key)
                .map(|Entry { table, .. }| {
                    if table.is_empty() { "the top".to_owned() } else { format!("table `{table}`") }
                })
                .collect();
        match owners.as_slice() {
            [] => {
                let known = self.known.join(", ");
                (!known.is_empty()).then(|| format!("the keys here are {known}"))
            }
            [one] => Some(format!("{one} has that key")),
            [one, two] => Some(format!("{one} and {two} have that key")),
            [one, two, rest @ ..] => {
                Some(format!("{one}, {two} and {} other tables have that key", rest.len()))
            }
        }
    }
}

/// The name closest to `word`, if one is close.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// Longer words are no misspellings of any key, and comparing takes time.
    const LONGEST: usize = 64;
    /// Jaro–Winkler similarity from which on a name is offered; clap offers from 0.7.
    const CLOSE: f64 = 0.8;
    if word.len() > LONGEST {
        return None;
    }
    names
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(similarity, _)| *similarity > CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
