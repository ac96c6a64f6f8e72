//! The reader: one declaration per key registers, reads, checks, defaults and prints it.
//!
//! Reading never stops at a mistake. A key that cannot be used is reported and a stand-in goes on in
//! its place, so that all problems of a scenario come out at once; the result is thrown away then.

use std::collections::BTreeSet;
use std::path::Path;

use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::place::{Place, Sources};
use crate::scenario::problem::{Problem, Problems, quoted};
use crate::scenario::tree::{Node, Table, Value, find};

/// One way to fill a choice: its name, and what reads its table.
pub(super) type Alternative<T> = (&'static str, fn(&mut Section<'_, '_>) -> T);

/// What reading a whole scenario gathers.
pub(super) struct Reader<'a> {
    /// What the user wrote.
    pub(super) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(super) folder: &'a Path,
    /// Errors so far.
    pub(super) problems: Problems,
    /// Doubts so far.
    pub(super) warnings: Problems,
    /// Tables of the resolved scenario, in order of declaration.
    blocks: Vec<Block>,
    /// Full paths of keys that could not be used.
    bad: BTreeSet<String>,
    /// While positive, problems are not recorded.
    muted: u32,
    /// Every key that was declared, as (table, key); only when exploring.
    catalogue: Option<Vec<(String, &'static str)>>,
    /// Declares all keys.
    everything: fn(&mut Section<'_, '_>),
    /// The name of a scenario that states none.
    pub(super) default_name: String,
}

struct Block {
    path: String,
    lines: Vec<String>,
    /// Whether the header is printed although no key stands under it.
    always: bool,
}

impl<'a> Reader<'a> {
    /// A reader; `everything` must declare all keys.
    pub(super) const fn new(
        sources: &'a Sources,
        folder: &'a Path,
        everything: fn(&mut Section<'_, '_>),
        default_name: String,
    ) -> Self {
        Self {
            sources,
            folder,
            problems: Problems::errors(),
            warnings: Problems::warnings(),
            blocks: Vec::new(),
            bad: BTreeSet::new(),
            muted: 0,
            catalogue: None,
            everything,
            default_name,
        }
    }

    /// Reads the whole scenario.
    pub(super) fn read<T>(&mut self, root: &'a Table, read: fn(&mut Section<'_, '_>) -> T) -> T {
        let value = self.section(String::new(), Some(root), Sources::top(), true).run(read);
        self.problems.sort();
        self.warnings.sort();
        value
    }

    /// The resolved scenario: canonical TOML with every default.
    pub(super) fn resolved(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            if !block.path.is_empty() && (block.always || !block.lines.is_empty()) {
                text.push_str(&format!("\n[{}]\n", block.path));
            }
            for line in &block.lines {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    fn section(
        &mut self,
        path: String,
        table: Option<&'a Table>,
        at: Place,
        always: bool,
    ) -> Section<'_, 'a> {
        self.blocks.push(Block { path: path.clone(), lines: Vec::new(), always });
        let block = self.blocks.len() - 1;
        Section { reader: self, path, table, at, block, known: Vec::new() }
    }

    fn problem(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.problems.push(|| problem(sources));
        }
    }

    fn warning(&mut self, problem: impl FnOnce(&Sources) -> Problem) {
        if self.muted == 0 {
            let sources = self.sources;
            self.warnings.push(|| problem(sources));
        }
    }

    /// All declared keys, found by walking every alternative of every choice.
    fn explore(&self) -> Vec<(String, &'static str)> {
        let name = self.default_name.clone();
        let mut explorer = Reader::new(self.sources, self.folder, self.everything, name);
        explorer.muted = 1;
        explorer.catalogue = Some(Vec::new());
        explorer.section(String::new(), None, Sources::top(), true).run(self.everything);
        explorer.catalogue.unwrap_or_default()
    }
}

/// One table of the scenario while it is read.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    path: String,
    /// `None`: not written.
    table: Option<&'a Table>,
    /// Its header, or that of the nearest table around it which is written.
    at: Place,
    block: usize,
    known: Vec<&'static str>,
}

impl<'a> Section<'_, 'a> {
    fn run<T>(mut self, read: fn(&mut Section<'_, '_>) -> T) -> T {
        let value = read(&mut self);
        self.report_unknown();
        value
    }

    /// Whether this table is written at all. While exploring, every table is.
    pub(super) const fn is_written(&self) -> bool {
        self.table.is_some() || self.reader.catalogue.is_some()
    }

    /// The name of a scenario that states none.
    pub(super) fn default_name(&self) -> String {
        self.reader.default_name.clone()
    }

    /// Whether a key of this table is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// A key that must be there.
    pub(super) fn required<K: Kind>(&mut self, key: &'static str, kind: &K) -> K::Out {
        match self.take(key, kind) {
            Some(Ok(value)) => value,
            Some(Err(())) => kind.stand_in(),
            None => {
                self.missing(&[key], None);
                kind.stand_in()
            }
        }
    }

    /// A key with a default.
    pub(super) fn or<K: Kind>(&mut self, key: &'static str, kind: &K, default: K::Out) -> K::Out {
        match self.take(key, kind) {
            Some(Ok(value)) => value,
            Some(Err(())) => default,
            None => {
                self.line(format!("{key} = {}", kind.show(&default)));
                default
            }
        }
    }

    /// A key that may be absent, and what that means.
    pub(super) fn optional<K: Kind>(
        &mut self,
        key: &'static str,
        kind: &K,
        absent: &str,
    ) -> Option<K::Out> {
        let taken = self.take(key, kind);
        if taken.is_none() {
            self.line(format!("# {key}: {absent}"));
        }
        taken?.ok()
    }

    /// Reads and prints a key; `None` when it is absent, an error when it was reported.
    fn take<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<Result<K::Out, ()>> {
        self.declare(key);
        let node = self.table?.get(key)?;
        let raw = Raw { node, sources: self.reader.sources, folder: self.reader.folder };
        match kind.parse(raw) {
            Ok(value) => {
                self.line(format!("{key} = {}", kind.show(&value)));
                self.warn_of_negative_zero(key, node);
                Some(Ok(value))
            }
            Err(fault) => {
                self.fault(key, node, fault);
                Some(Err(()))
            }
        }
    }

    fn warn_of_negative_zero(&mut self, key: &str, node: &Node) {
        if matches!(node.value, Value::Float(float) if float == 0.0 && float.is_sign_negative()) {
            let full = self.full(key);
            self.reader.warning(|sources| {
                let message = format!("`{full}`: -0.0 is taken as 0");
                Problem::new(full, message, sources.mark(&node.at, ""))
            });
        }
    }

    fn fault(&mut self, key: &str, node: &Node, fault: Fault) {
        let full = self.full(key);
        self.reader.bad.insert(full.clone());
        self.reader.problem(|sources| {
            let at = fault.at.as_ref().unwrap_or(&node.at);
            let message = format!("`{full}`: {}", fault.message);
            let mut problem = Problem::new(full, message, sources.mark(at, ""));
            problem.help = fault.help;
            problem
        });
    }

    /// A table inside this one.
    pub(super) fn table<T>(&mut self, key: &'static str, read: fn(&mut Section<'_, '_>) -> T) -> T {
        self.declare(key);
        let node = self.table.and_then(|table| table.get(key));
        let path = self.full(key);
        let inner = self.as_table(&path, node);
        let at = node.map_or_else(|| self.at.clone(), |node| node.key.clone());
        self.read_unless_refused(path, (node, inner), at, false, read)
    }

    /// Reads a table; what is missing in something that is no table is not worth a word.
    fn read_unless_refused<T>(
        &mut self,
        path: String,
        (node, table): (Option<&'a Node>, Option<&'a Table>),
        at: Place,
        always: bool,
        read: fn(&mut Section<'_, '_>) -> T,
    ) -> T {
        let refused = node.is_some() && table.is_none();
        self.reader.muted += u32::from(refused);
        let value = self.reader.section(path, table, at, always).run(read);
        self.reader.muted -= u32::from(refused);
        value
    }

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
        let index = alternatives.iter().position(|(name, _)| Some(*name) == default);
        if index.is_some() {
            return self.alternative(&path, None, alternatives[index.unwrap_or(0)]);
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
        let chosen = self.chosen(&path, table, alternatives)?;
        let (node, alternative) = chosen;
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

    /// Refuses keys of both groups together; `--set` wins over the file.
    /// Returns whether the first group counts.
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
        two.sort_by_key(|(_, place)| (*place).clone());
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

    /// A rule over keys of this table, given as paths below it; the first one is to blame. Not
    /// checked when one of them could not be used.
    pub(super) fn rule(&mut self, keys: &[&str], holds: bool, message: impl FnOnce() -> String) {
        if holds || keys.iter().any(|key| self.is_bad(key)) {
            return;
        }
        let full = self.full(keys[0]);
        self.reader.bad.insert(full.clone());
        let nodes: Vec<_> =
            keys.iter().filter_map(|key| find(self.table?, key)).map(Node::blamed).collect();
        let fallback = self.at.clone();
        self.reader.problem(|sources| {
            let marks = nodes.into_iter().map(|place| sources.mark(place, "")).collect();
            let message = format!("`{full}`: {}", message());
            let mut problem = Problem::new(full, message, sources.mark(&fallback, ""));
            if !Vec::is_empty(&marks) {
                problem.marks = marks;
            }
            problem
        });
    }

    /// The same for what is doubtful but may be meant.
    pub(super) fn doubt(&mut self, key: &str, message: impl FnOnce() -> String) {
        if self.is_bad(key) {
            return;
        }
        let full = self.full(key);
        let at = self.table.and_then(|table| find(table, key)).map_or(&self.at, Node::blamed);
        let at = at.clone();
        self.reader.warning(|sources| {
            let message = format!("`{full}`: {}", message());
            Problem::new(full, message, sources.mark(&at, ""))
        });
    }

    /// Whether a key below this table was refused.
    pub(super) fn is_bad(&self, key: &str) -> bool {
        self.reader.bad.contains(&self.full(key))
    }

    /// Reports that one of `keys` is needed.
    pub(super) fn missing(&mut self, keys: &[&str], help: Option<&str>) {
        let names: Vec<_> = keys.iter().map(|key| self.full(key)).collect();
        self.reader.bad.extend(names.iter().cloned());
        let at = self.at.clone();
        self.reader.problem(|sources| {
            let message = format!("{} is missing", names.join(" or "));
            let mut problem = Problem::new(names[0].clone(), message, sources.mark(&at, ""));
            problem.help = help.map(str::to_owned);
            problem
        });
    }

    /// Does something whose problems and output do not count.
    pub(super) fn muted<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let blocks = self.reader.blocks.len();
        self.reader.muted += 1;
        let value = act(self);
        self.reader.muted -= 1;
        self.reader.blocks.truncate(blocks);
        value
    }

    fn as_table(&mut self, full: &str, node: Option<&'a Node>) -> Option<&'a Table> {
        let node = node?;
        let table = node.table();
        if table.is_none() {
            let found = node.value.type_name();
            self.reader.bad.insert(full.to_owned());
            self.reader.problem(|sources| {
                let message = format!("`{full}`: expected table, found {found}");
                Problem::new(full, message, sources.mark(&node.at, ""))
            });
        }
        table
    }

    /// Makes a key known without reading it.
    pub(super) fn declare(&mut self, key: &'static str) {
        if !self.known.contains(&key) {
            self.known.push(key);
            if let Some(catalogue) = &mut self.reader.catalogue {
                catalogue.push((self.path.clone(), key));
            }
        }
    }

    fn line(&mut self, line: String) {
        self.reader.blocks[self.block].lines.push(line);
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn report_unknown(self) {
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
            let help = self.hint(key);
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
            all.iter()
                .filter(|(_, known)| *known == key)
                .map(|(table, _)| {
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

fn written_as<T>(path: &str, alternatives: &[Alternative<T>]) -> String {
    let names: Vec<_> = alternatives.iter().map(|(name, _)| *name).collect();
    format!("write a table [{path}.NAME], where NAME is one of {}", names.join(", "))
}

/// The name closest to `word`, if one is close.
pub(super) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
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
