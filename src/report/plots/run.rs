//! What a plot of one system is made from.

use std::path::PathBuf;

use crate::report::error::OutputError;
use crate::report::plots::chart::Picture;

/// One system of a finished run.
#[derive(Clone, Debug)]
pub(super) struct SystemRun {
    /// The folder with its tables.
    pub(super) folder: PathBuf,
    /// Its name, as the folder has it.
    pub(super) name: String,
    /// Its name, as people write it.
    pub(super) title: String,
    /// Whether it is the only system of the run.
    pub(super) is_alone: bool,
}

impl SystemRun {
    /// One of its tables.
    pub(super) fn table(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }
}

/// A plot of one system from tables of its own: its name, and how it is made. Nothing where the run has nothing
/// to show for it.
pub(super) type Plot = (&'static str, fn(&SystemRun) -> Result<Option<Picture>, OutputError>);
