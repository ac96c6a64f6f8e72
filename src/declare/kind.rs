//! What a kind of value is: how it is read, checked and printed.
//!
//! The kinds themselves are in `number`, `amount` and `word`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::declare::form::Form;
use crate::declare::place::{Place, Sources};
use crate::declare::problem::quoted;
use crate::declare::tree::{Node, Value};

/// What is wrong with a value; the section adds the key.
pub(crate) struct Fault {
    /// Lower case, no full stop.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// The element of an array to blame, where it is not the whole value.
    pub(crate) at: Option<Place>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at: None }
    }
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A value as written, and what its reading may depend on.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a> {
    pub(crate) node: &'a Node,
    pub(crate) sources: &'a Sources,
    /// The folder of the scenario file.
    pub(crate) folder: &'a Path,
    /// Where relative paths of the command line start; empty: the current folder.
    pub(crate) current: &'a Path,
    /// Takes the paths of input files.
    pub(crate) inputs: &'a RefCell<Vec<PathBuf>>,
}

impl<'a> Raw<'a> {
    /// A string; for `--set` also what TOML would take for something else.
    pub(crate) fn text(self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Table(_) => None,
            _ if self.node.at.is_set() => Some(self.sources.text(&self.node.at)),
            _ => None,
        }
    }
    /// The value is of another type than `what`.
    pub(crate) fn expected(self, what: &str) -> Fault {
        let value = &self.node.value;
        let found = match value {
            Value::List(_) | Value::Table(_) => String::new(),
            _ => format!(" {}", quoted(self.sources.text(&self.node.at))),
        };
        Fault::new(format!("expected {what}, found {}{found}", value.type_name()))
    }
    /// Another node of the same source.
    pub(crate) fn with(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }
}

/// A kind of value.
pub(crate) trait Kind {
    /// What it is in the model.
    type Out;
    /// Reads and checks a value.
    fn parse(&self, raw: Raw<'_>) -> Result<Self::Out, Fault>;
    /// The value as TOML.
    fn show(&self, value: &Self::Out) -> String;
    /// Some valid value, to go on with after a fault.
    fn stand_in(&self) -> Self::Out;
    /// What values look like.
    fn form(&self) -> Form;
}
