//! Choices: one of several tables, or one of several keys.
//!
//! What `--set` gives replaces what the file gives for the same choice.

use crate::scenario::hint::nearest;
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, quoted};
use crate::scenario::section::Section;
use crate::scenario::tree::{Node, Table};

/// One way to fill a choice: its name, and what reads its table.
pub(super) type Alternative<T> = (&'static str, fn(&mut Section<'_, '_>) -> T);

impl<'a> Section<'_, 'a> {
    /// Exactly one of several tables under `key`; `default` names the one that an absent choice means.
    pub(super) fn choice<T>(
        &mut self,
        key: &'static str,
        alternatives: &[Alternative<T>],
        default: Option<&str>,
    ) -> T {
        if let Some(value) = self.choose(key, alternatives) {
            return value;
        }
        let path = self.full(key);
        if let Some(usual) = alternatives.iter().find(|(name, _)| Some(*name) == default) {
            return self.alternative(&path, None, *usual);
        }
        if !self.reader.bad.contains(&path) {
            self.missing(&[key], Some(&written_as(&path, alternatives)));
        }
        self.muted(|section| section.alternative(&path, None, alternatives[0]))
    }

    /// One of several tables under `key`, or `None` when the choice is absent or was refused.
    pub(super) fn choose<T>(
        &mut self,
        key: &'static str,
        alternatives: &[Alternative<T>],
    ) -> Option<T> {
        self.declare(key);
        let path = self.full(key);
        if self.reader.catalogue.is_some() {
            return alternatives
                .iter()
                .map(|alternative| self.alternative(&path, None, *alternative))
                .last();
        }
        let node = self.table?.get(key)?;
        let Some(table) = node.table() else {
            let help = written_as(&path, alternatives);
            let found = node.value.type_name();
            self.reader.bad.insert(path.clone());
            self.reader.problem(|sources| {
                let message = format!("`{path}`: expected table, found {found}");
                Problem::new(path, message, sources.mark(&node.at, "")).help(help)
            });
            return None;
        };
        for (name, node) in table {
            if !alternatives.iter().any(|(known, _)| known == name) {
                self.unknown_alternative(&path, name, node, alternatives);
            }
        }
        let (node, alternative) = self.chosen(&path, table, alternatives)?;
        Some(self.alternative(&path, Some(node), alternative))
    }

    /// Exactly one of several tables inside this one, beside other keys.
    pub(super) fn one_of<T>(&mut self, alternatives: &[Alternative<T>]) -> Option<T> {
        for (name, _) in alternatives {
            self.declare(name);
        }
        let path = self.path.clone();
        if self.reader.catalogue.is_some() {
            let all = alternatives.iter().map(|one| self.alternative(&path, None, *one));
            return all.last();
        }
        let table = self.table?;
        if !alternatives.iter().any(|(name, _)| table.contains_key(*name)) {
            let names: Vec<_> = alternatives.iter().map(|(name, _)| *name).collect();
            let help =
                format!("write a table [{path}.NAME], where NAME is one of {}", names.join(", "));
            self.missing(&[alternatives[0].0], Some(&help));
            return None;
        }
        let (node, alternative) = self.chosen(&path, table, alternatives)?;
        Some(self.alternative(&path, Some(node), alternative))
    }

    /// The one alternative that is written. What `--set` gives replaces what the file gives.
    fn chosen<T>(
        &mut self,
        path: &str,
        table: &'a Table,
        alternatives: &[Alternative<T>],
    ) -> Option<(&'a Node, Alternative<T>)> {
        let mut written: Vec<_> = alternatives
            .iter()
            .filter_map(|alternative| Some((table.get(alternative.0)?, *alternative)))
            .collect();
        if written.iter().any(|(node, _)| node.is_set()) {
            written.retain(|(node, _)| node.is_set());
        }
        match written.as_slice() {
            [] if table.is_empty() => None,
            [] => {
                self.reader.bad.insert(path.to_owned());
                None
            }
            [one] => Some(*one),
            [first, second, ..] => {
                let names = [first, second].map(|(_, (name, _))| format!("{path}.{name}"));
                self.reader.bad.insert(path.to_owned());
                self.conflict([(&names[0], &first.0.key), (&names[1], &second.0.key)]);
                None
            }
        }
    }

    fn unknown_alternative<T>(
        &mut self,
        path: &str,
        name: &str,
        node: &Node,
        alternatives: &[Alternative<T>],
    ) {
        let names = || alternatives.iter().map(|(name, _)| *name);
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("choose one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.reader.problem(|sources| {
            let message = format!("unknown choice `{}` in `{path}`", quoted(name));
            let full = format!("{path}.{}", quoted(name));
            Problem::new(full, message, sources.mark(&node.key, "")).help(help)
        });
    }

    fn alternative<T>(
        &mut self,
        path: &str,
        node: Option<&'a Node>,
        (name, read): Alternative<T>,
    ) -> T {
        if let Some(catalogue) = &mut self.reader.catalogue {
            catalogue.push((path.to_owned(), name));
        }
        let path = format!("{path}.{name}");
        let table = self.as_table(&path, node);
        let at = node.map_or_else(|| self.at.clone(), |node| node.key.clone());
        self.read_unless_refused(path, (node, table), at, true, read)
    }

    /// Refuses `first` together with any of `others`; `--set` wins over the file.
    /// Returns whether `first` counts.
    pub(super) fn either(&mut self, first: &'static str, others: &[&'static str]) -> bool {
        for key in others.iter().chain([&first]) {
            self.declare(key);
        }
        let Some(table) = self.table else { return false };
        let Some(node) = table.get(first) else { return false };
        let Some((other, rival)) =
            others.iter().find_map(|key| table.get(*key).map(|node| (*key, node)))
        else {
            return true;
        };
        if node.is_set() == rival.is_set() {
            let names = [self.full(first), self.full(other)];
            self.conflict([(&names[0], &node.key), (&names[1], &rival.key)]);
        }
        node.is_set() || !rival.is_set()
    }

    /// Two things of which only one may be written: names both, and both lines.
    fn conflict(&mut self, mut two: [(&String, &Place); 2]) {
        two.sort_by(|one, other| one.1.cmp(other.1));
        let [(first, first_at), (second, second_at)] = two;
        self.reader.problem(|sources| {
            let before = sources.mark(first_at, "");
            let line = before.line.map_or(String::new(), |line| format!(" (line {line})"));
            let message = format!("`{second}` and `{first}`{line} exclude each other");
            let mut problem = Problem::new(second, message, sources.mark(second_at, ""))
                .help("keep one of the two");
            problem.marks.push(before);
            problem
        });
    }
}

fn written_as<T>(path: &str, alternatives: &[Alternative<T>]) -> String {
    let names: Vec<_> = alternatives.iter().map(|(name, _)| *name).collect();
    format!("write a table [{path}.NAME], where NAME is one of {}", names.join(", "))
}
