//! What is known about every key without reading a scenario: the catalogue.
//!
//! It is filled by reading nothing while every alternative of every choice is walked.

use crate::declare::form::Form;

/// A key's name, and its meaning: one or more sentences with the unit, and after `Source:` where the default
/// comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
}

impl Key {
    /// A key with its meaning.
    pub(crate) const fn new(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning }
    }
}

/// One thing that may stand in a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Path of the table, dotted, without the numbers of arrays; empty at the top.
    pub(crate) table: String,
    /// The key in it.
    pub(crate) key: &'static str,
    /// What it means.
    pub(crate) meaning: String,
    /// What stands under it.
    pub(crate) role: Role,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// A value.
    Value { form: Form, presence: Presence },
    /// A table whose keys have defaults of their own; `absent`: what it means that it is not written, where
    /// that differs from an empty one.
    Table { absent: Option<&'static str> },
    /// A table that holds one of several tables; the default is the one that an absent choice means.
    Choice { default: Option<&'static str> },
    /// One of these tables.
    Alternative,
    /// An array of tables.
    Array,
}

/// What it means that a key is not written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Presence {
    /// A mistake.
    Required,
    /// This value, as TOML.
    Default(String),
    /// Something that no value of the key says.
    Optional(&'static str),
}

/// Everything that can be said in a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    /// In order of declaration.
    pub(crate) entries: Vec<Entry>,
    /// Keys of a table that exclude each other: the table, one key, those that may not stand beside it.
    pub(crate) exclusions: Vec<(String, &'static str, Vec<&'static str>)>,
}

impl Entry {
    /// Its full path.
    pub(crate) fn path(&self) -> String {
        joined(&self.table, self.key)
    }

    /// The meaning without its source, and the source; the latter may be empty.
    pub(crate) fn told(&self) -> (&str, &str) {
        let (meaning, source) = self.meaning.split_once("Source:").unwrap_or((&self.meaning, ""));
        (meaning.trim(), source.trim())
    }
}

impl Catalogue {
    /// The entries of a table, in order.
    pub(crate) fn of<'c>(&'c self, table: &'c str) -> impl Iterator<Item = &'c Entry> {
        self.entries.iter().filter(move |entry| entry.table == table)
    }
}

/// The path of a key of a table.
pub(crate) fn joined(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// A doc comment as plain text: lines joined, links without their brackets.
pub(crate) fn plain(doc: &str) -> String {
    let text = doc.replace("[`", "`").replace("`]", "`");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
