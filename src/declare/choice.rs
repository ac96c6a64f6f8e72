//! Choices: one of several tables, or one of several keys.
//!
//! What `--set` gives replaces what the file gives for the same choice.

use crate::declare::catalogue::{Key, Role, joined};
use crate::declare::hint::nearest;
use crate::declare::place::Place;
use crate::declare::problem::{Problem, quoted};
use crate::declare::section::Section;
use crate::declare::tree::{Node, Table};

/// One way to fill a choice.
pub(crate) struct Alternative<T> {
    /// The name of its table.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// What stands for it while nothing is read.
    pub(crate) start: fn() -> T,
    /// Reads its table.
    pub(crate) read: fn(&mut Section<'_, '_>) -> T,
}

impl<T> Clone for Alternative<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Alternative<T> {}

/// What is chosen by writing one of several tables.
pub(crate) trait Choice: Sized + 'static {
    /// The tables.
    const ALTERNATIVES: &'static [Alternative<Self>];
    /// What stands for the alternative called `name` while nothing is read.
    fn start(name: &str) -> Self {
        let found = Self::ALTERNATIVES.iter().find(|one| one.name == name);
        (found.expect("the default of a choice is one of its alternatives").start)()
    }
}

impl<'a> Section<'_, 'a> {
    /// Exactly one of several tables under `key`; `default` names the one that an absent choice means.
    pub(crate) fn choice<T>(
        &mut self,
        key: Key,
        alternatives: &[Alternative<T>],
        default: Option<&'static str>,
    ) -> T {
        if let Some(value) = self.choose(key, alternatives, default) {
            return value;
        }
        let key = key.name;
        let path = self.full(key);
        if let Some(usual) = alternatives.iter().find(|one| Some(one.name) == default) {
            return self.alternative(&path, None, *usual);
        }
        if !self.reader.bad.contains(&path) {
            self.missing(&[key], Some(&written_as(&path, alternatives)));
        }
        self.muted(|section| section.alternative(&path, None, alternatives[0]))
    }

    /// One of several tables under `key`, or `None` when the choice is absent or was refused.
    pub(crate) fn choose<T>(
        &mut self,
        key: Key,
        alternatives: &[Alternative<T>],
        default: Option<&'static str>,
    ) -> Option<T> {
        self.declare(key, || Role::Choice { default });
        let key = key.name;
        let path = self.full(key);
        if self.is_exploring() {
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
            if !alternatives.iter().any(|one| one.name == name) {
                self.unknown_alternative(&path, name, node, alternatives);
            }
        }
        let (node, alternative) = self.chosen(&path, table, alternatives)?;
        Some(self.alternative(&path, Some(node), alternative))
    }

    /// Exactly one of several tables inside this one, beside other keys.
    pub(crate) fn one_of<T>(&mut self, alternatives: &[Alternative<T>]) -> Option<T> {
        for one in alternatives {
            self.know(one.name);
        }
        let path = self.path.clone();
        if self.is_exploring() {
            let all = alternatives.iter().map(|one| self.alternative(&path, None, *one));
            return all.last();
        }
        let table = self.table?;
        if !alternatives.iter().any(|one| table.contains_key(one.name)) {
            let names: Vec<_> = alternatives.iter().map(|one| one.name).collect();
            let help =
                format!("write a table [{path}.NAME], where NAME is one of {}", names.join(", "));
            self.missing(&[alternatives[0].name], Some(&help));
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
            .filter_map(|alternative| Some((table.get(alternative.name)?, *alternative)))
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
                let names = [first, second].map(|(_, one)| format!("{path}.{}", one.name));
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
        let names = || alternatives.iter().map(|one| one.name);
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
        Alternative { name, meaning, read, .. }: Alternative<T>,
    ) -> T {
        self.reader.enter(path, Key::new(name, meaning), || Role::Alternative);
        let path = joined(path, name);
        let table = self.as_table(&path, node);
        let at = node.map_or_else(|| self.at.clone(), |node| node.key.clone());
        self.read_unless_refused((path, meaning), (node, table), at, true, read)
    }

    /// Refuses `first` together with any of `others`; `--set` wins over the file.
    /// Returns whether `first` counts; while exploring, both do, so that the caller must read both.
    pub(crate) fn either(&mut self, first: &'static str, others: &[&'static str]) -> bool {
        for key in others.iter().chain([&first]) {
            self.know(key);
        }
        let path = self.path.clone();
        if let Some(catalogue) = &mut self.reader.catalogue {
            catalogue.exclusions.push((path, first, others.to_vec()));
        }
        let Some(table) = self.table else { return false };
        let Some(node) = table.get(first) else { return false };
        let rival = others.iter().find_map(|key| Some((*key, table.get(*key)?)));
        if let Some((other, rival)) = rival
            && node.is_set() == rival.is_set()
        {
            let names = [self.full(first), self.full(other)];
            self.conflict([(&names[0], &node.key), (&names[1], &rival.key)]);
        }
        self.prevails(first, others)
    }

    /// Whether `first` is written and none of `others` replaces it.
    pub(crate) fn prevails(&self, first: &str, others: &[&str]) -> bool {
        let Some(table) = self.table else { return false };
        let Some(node) = table.get(first) else { return false };
        let rival = others.iter().find_map(|key| table.get(*key));
        rival.is_none_or(|rival| node.is_set() || !rival.is_set())
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
    let names: Vec<_> = alternatives.iter().map(|one| one.name).collect();
    format!("write a table [{path}.NAME], where NAME is one of {}", names.join(", "))
}
