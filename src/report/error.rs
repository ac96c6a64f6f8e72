//! What can go wrong with output.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An output file that could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputError {
    /// The file or folder.
    pub path: PathBuf,
    /// What happened, and where known what to do.
    pub what: String,
    /// Its class, which decides the exit code.
    pub kind: OutputErrorKind,
}

/// The class of an output error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputErrorKind {
    /// It cannot be created, or exists already: exit code 73.
    CannotCreate,
    /// Writing or reading failed half-way: exit code 74.
    Io,
    /// A finished file does not hold what it should: exit code 65.
    BadData,
}

impl OutputError {
    pub(crate) fn cannot_create(path: &Path, what: impl fmt::Display) -> Self {
        Self::new(path, what, OutputErrorKind::CannotCreate)
    }

    pub(crate) fn exists(path: &Path) -> Self {
        Self::cannot_create(path, "it exists already; choose another folder, or use --force")
    }

    /// Another process writes into the folder; `notice` is what its notice says.
    pub(super) fn in_use(dir: &Path, notice: &str) -> Self {
        let owner = notice.lines().next().and_then(|line| line.split_once(','));
        let owner = owner.map_or("in use by another process", |(words, _)| words);
        let what = owner.replacen("In use", "in use", 1);
        Self::cannot_create(dir, format!("{what}; wait for it, or choose another folder"))
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        Self::new(path, error, OutputErrorKind::Io)
    }

    pub(crate) fn bad_data(path: &Path, what: impl fmt::Display) -> Self {
        Self::new(path, what, OutputErrorKind::BadData)
    }

    fn new(path: &Path, what: impl fmt::Display, kind: OutputErrorKind) -> Self {
        Self { path: path.to_owned(), what: what.to_string(), kind }
    }
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.kind {
            OutputErrorKind::CannotCreate => "cannot create",
            OutputErrorKind::Io => "cannot read or write",
            OutputErrorKind::BadData => "cannot use",
        };
        write!(f, "{verb} {}: {}", self.path.display(), self.what)
    }
}

impl std::error::Error for OutputError {}
