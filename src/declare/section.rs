//! One table while it is read: one declaration per key registers, reads, checks, defaults and prints it.
//!
//! Reading never stops at a mistake. A key that cannot be used is reported and a stand-in goes on in
//! its place, so that all problems of a scenario come out at once; the result is thrown away then.

use crate::declare::catalogue::{Key, Presence, Role, joined};
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::place::{Place, Sources};
use crate::declare::problem::Problem;
use crate::declare::reader::{Block, Line, Reader};
use crate::declare::tree::{Node, Table, Value, find};

/// One table of the scenario while it is read.
pub(crate) struct Section<'r, 'a> {
    pub(crate) reader: &'r mut Reader<'a>,
    /// Dotted; empty at the top.
    pub(crate) path: String,
    /// `None`: not written.
    pub(crate) table: Option<&'a Table>,
    /// Its header, or that of the nearest table around it which is written.
    pub(crate) at: Place,
    /// Where its resolved keys go.
    pub(crate) block: usize,
    /// Keys declared so far.
    pub(crate) known: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads the whole scenario.
    pub(crate) fn read<T>(&mut self, root: &'a Table, read: fn(&mut Section<'_, '_>) -> T) -> T {
        self.root = Some(root);
        let value = self.section((String::new(), ""), Some(root), Sources::top(), true).run(read);
        self.problems.sort();
        self.warnings.sort();
        value
    }

    /// Walks a scenario that is not written, for what it declares.
    pub(crate) fn walk(&mut self, read: fn(&mut Section<'_, '_>)) {
        self.section((String::new(), ""), None, Sources::top(), true).run(read);
    }

    /// Opens a table.
    pub(crate) fn section(
        &mut self,
        (path, meaning): (String, &'static str),
        table: Option<&'a Table>,
        at: Place,
        always: bool,
    ) -> Section<'_, 'a> {
        self.blocks.push(Block {
            path: path.clone(),
            meaning,
            lines: Vec::new(),
            is_written: table.is_some(),
            always,
        });
        let block = self.blocks.len() - 1;
        Section { reader: self, path, table, at, block, known: Vec::new() }
    }
}

impl<'a> Section<'_, 'a> {
    /// Reads it, then reports the keys that nobody asked for.
    pub(crate) fn run<T>(mut self, read: impl FnOnce(&mut Section<'_, '_>) -> T) -> T {
        let value = read(&mut self);
        self.report_unknown();
        value
    }

    /// Whether this table is written at all. While exploring, every table is.
    pub(crate) const fn is_written(&self) -> bool {
        self.table.is_some() || self.is_exploring()
    }

    /// Whether the catalogue is being made: nothing is read, and everything is declared.
    pub(crate) const fn is_exploring(&self) -> bool {
        self.reader.catalogue.is_some()
    }

    /// The name of a scenario that states none.
    pub(crate) fn default_name(&self) -> String {
        self.reader.default_name.clone()
    }

    /// Whether a key of this table is written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// A key that must be there.
    pub(crate) fn required<K: Kind>(&mut self, key: Key, kind: &K) -> K::Out {
        self.declare(key, || Role::Value { form: kind.form(), presence: Presence::Required });
        match self.take(key, kind) {
            Some(Ok(value)) => value,
            Some(Err(())) => kind.stand_in(),
            None => {
                let example = kind.show(&kind.stand_in());
                let is_telling = !matches!(example.as_str(), "\"\"" | "[]");
                let help = is_telling.then(|| format!("e.g. {} = {example}", key.name));
                self.missing(&[key.name], help.as_deref());
                kind.stand_in()
            }
        }
    }

    /// A key with a default.
    pub(crate) fn or<K: Kind>(&mut self, key: Key, kind: &K, default: K::Out) -> K::Out {
        let presence = || Presence::Default(kind.show(&default));
        self.declare(key, || Role::Value { form: kind.form(), presence: presence() });
        match self.take(key, kind) {
            Some(Ok(value)) => value,
            Some(Err(())) => default,
            None => {
                self.line(key, format!("{} = {}", key.name, kind.show(&default)));
                default
            }
        }
    }

    /// A key that may be absent, and what that means.
    pub(crate) fn optional<K: Kind>(
        &mut self,
        key: Key,
        kind: &K,
        absent: &'static str,
    ) -> Option<K::Out> {
        let presence = Presence::Optional(absent);
        self.declare(key, || Role::Value { form: kind.form(), presence });
        let taken = self.take(key, kind);
        if taken.is_none() {
            self.line(key, format!("# {}: {absent}", key.name));
        }
        taken?.ok()
    }

    /// Reads and prints a key; `None` when it is absent, an error when it was reported.
    fn take<K: Kind>(&mut self, key: Key, kind: &K) -> Option<Result<K::Out, ()>> {
        let name = key.name;
        let node = self.table?.get(name)?;
        let Reader { sources, folder, current, inputs, .. } = &*self.reader;
        match kind.parse(Raw { node, sources, folder, current, inputs }) {
            Ok(value) => {
                self.line(key, format!("{name} = {}", kind.show(&value)));
                self.warn_of_negative_zero(name, node);
                Some(Ok(value))
            }
            Err(fault) => {
                self.fault(name, node, fault);
                Some(Err(()))
            }
        }
    }

    /// The value of a key that was read before, where it is written and good.
    pub(crate) fn again<K: Kind>(&self, key: &str, kind: &K) -> Option<K::Out> {
        let node = self.table?.get(key)?;
        let Reader { sources, folder, current, inputs, .. } = &*self.reader;
        kind.parse(Raw { node, sources, folder, current, inputs }).ok()
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
    pub(crate) fn table<T>(&mut self, key: Key, read: impl FnOnce(&mut Section<'_, '_>) -> T) -> T {
        self.declare(key, || Role::Table { absent: None });
        self.inner(key, read)
    }

    /// A table that may be absent, which means something that no value of its keys says.
    pub(crate) fn optional_table<T>(
        &mut self,
        key: Key,
        absent: &'static str,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> Option<T> {
        self.declare(key, || Role::Table { absent: Some(absent) });
        self.inner(key, |section| section.is_written().then(|| read(section)))
    }

    fn inner<T>(&mut self, key: Key, read: impl FnOnce(&mut Section<'_, '_>) -> T) -> T {
        let node = self.table.and_then(|table| table.get(key.name));
        let path = self.full(key.name);
        let inner = self.as_table(&path, node);
        let at = node.map_or_else(|| self.at.clone(), |node| node.key.clone());
        self.read_unless_refused((path, key.meaning), (node, inner), at, false, read)
    }

    /// Reads a table; what is missing in something that is no table is not worth a word.
    pub(crate) fn read_unless_refused<T>(
        &mut self,
        path: (String, &'static str),
        (node, table): (Option<&'a Node>, Option<&'a Table>),
        at: Place,
        always: bool,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> T {
        let refused = node.is_some() && table.is_none();
        self.reader.muted += u32::from(refused);
        let value = self.reader.section(path, table, at, always).run(read);
        self.reader.muted -= u32::from(refused);
        value
    }

    /// A rule over keys of this table, given as paths below it; the first one is to blame. Not
    /// checked when one of them could not be used.
    pub(crate) fn rule(&mut self, keys: &[&str], holds: bool, message: impl FnOnce() -> String) {
        if holds || keys.iter().any(|key| self.is_bad(key)) {
            return;
        }
        let full = self.full(keys[0]);
        self.reader.bad.insert(full.clone());
        let nodes: Vec<_> =
            keys.iter().filter_map(|key| find(self.table?, key)).map(Node::blamed).collect();
        let fallback = self.at.clone();
        self.reader.problem(|sources| {
            let message = format!("`{full}`: {}", message());
            let mut marks = nodes.into_iter().map(|place| sources.mark(place, ""));
            let first = marks.next().unwrap_or_else(|| sources.mark(&fallback, ""));
            let mut problem = Problem::new(full, message, first);
            problem.marks.extend(marks);
            problem
        });
    }

    /// The same for what is suspicious but may be meant.
    pub(crate) fn warn(&mut self, key: &str, message: impl FnOnce() -> String) {
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
    pub(crate) fn is_bad(&self, key: &str) -> bool {
        self.reader.bad.contains(&self.full(key))
    }

    /// Refuses a key that stood in this table once, and names the place where it stands now.
    pub(crate) fn moved(&mut self, key: &'static str, now: &str) {
        let Some(node) = self.table.and_then(|table| table.get(key)) else { return };
        self.know(key);
        let full = self.full(key);
        self.reader.bad.insert(full.clone());
        self.reader.problem(|sources| {
            let message = format!("`{full}` has moved to `{now}`");
            let help = format!("write `{now}` in its place");
            Problem::new(full, message, sources.mark(&node.key, "")).help(help)
        });
    }

    /// Reports that one of `keys` is needed.
    pub(crate) fn missing(&mut self, keys: &[&str], help: Option<&str>) {
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
    pub(crate) fn muted<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let blocks = self.reader.blocks.len();
        self.reader.muted += 1;
        let value = act(self);
        self.reader.muted -= 1;
        self.reader.blocks.truncate(blocks);
        value
    }

    /// The table in a node; reports one that is something else.
    pub(crate) fn as_table(&mut self, full: &str, node: Option<&'a Node>) -> Option<&'a Table> {
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

    /// Makes a key known, and enters it into the catalogue where one is made.
    pub(crate) fn declare(&mut self, key: Key, role: impl FnOnce() -> Role) {
        self.know(key.name);
        let path = self.path.as_str();
        self.reader.enter(path, key, role);
    }

    /// Makes a key known without reading it.
    pub(crate) fn know(&mut self, key: &'static str) {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
    }

    fn line(&mut self, key: Key, text: String) {
        self.reader.blocks[self.block].lines.push(Line { text, meaning: key.meaning });
    }

    /// The full path of a key of this table.
    pub(crate) fn full(&self, key: &str) -> String {
        joined(&self.path, key)
    }
}
