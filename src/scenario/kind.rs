//! What a kind of value is: how it is read, checked and printed.
//!
//! The kinds themselves are in `number`, `amount` and `word`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::scenario::place::{Place, Sources};
use crate::scenario::problem::quoted;
use crate::scenario::tree::{Node, Value};

/// What is wrong with a value; the section adds the key.
pub(super) struct Fault {
    /// Lower case, no full stop.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
    /// The element of an array to blame, where it is not the whole value.
    pub(super) at: Option<Place>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at: None }
    }
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A value as written, and what its reading may depend on.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) node: &'a Node,
    pub(super) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(super) folder: &'a Path,
    /// Where relative paths of the command line start; empty: the current folder.
    pub(super) current: &'a Path,
    /// Takes the paths of input files.
    pub(super) inputs: &'a RefCell<Vec<PathBuf>>,
}

impl<'a> Raw<'a> {
    /// A string; for `--set` also what TOML would take for something else.
    pub(super) fn text(self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Table(_) => None,
            _ if self.node.at.is_set() => Some(self.sources.text(&self.node.at)),
            _ => None,
        }
    }
    /// The value is of another type than `what`.
    pub(super) fn expected(self, what: &str) -> Fault {
        let value = &self.node.value;
        let found = match value {
            Value::List(_) | Value::Table(_) => String::new(),
            _ => format!(" {}", quoted(self.sources.text(&self.node.at))),
        };
        Fault::new(format!("expected {what}, found {}{found}", value.type_name()))
    }
    /// Another node of the same source.
    pub(super) fn with(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }
}

/// A kind of value.
pub(super) trait Kind {
    /// What it is in the model.
    type Out;
    /// Reads and checks a value.
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault>;
    /// The value as TOML.
    fn show(&self, value: &Self::Out) -> String;
    /// Some valid value, to go on with after a fault.
    fn stand_in(&self) -> Self::Out;
}
