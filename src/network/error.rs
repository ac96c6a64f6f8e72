//! What can be wrong with a data file.

use std::fmt;
use std::path::{Path, PathBuf};

/// A data file that cannot be used: where, what, which rule, how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1, where one is to blame.
    pub line: Option<u64>,
    /// Column name, JSON key or byte column, where one is to blame.
    pub column: Option<String>,
    /// The value and the rule that it breaks, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the file cannot be read at all, rather than what is in it (exit code 74).
    pub unreadable: bool,
}

impl DataError {
    /// An error about the content of `path`.
    pub fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_path_buf(),
            line: None,
            column: None,
            message: message.into(),
            help: None,
            unreadable: false,
        }
    }
    /// The same, at a line (from 1).
    #[must_use]
    pub const fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
    /// The same, in a column or key.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
    /// The same, with a way to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": `{column}`")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DataError {}
