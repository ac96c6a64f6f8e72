//! The event log of one system: what happened, in order, and the fingerprint after it.
//!
//! Unlike the files of a run it is written under its own name from the start: of a run that stops
//! early it holds the way there.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::engine::Fingerprint;
use crate::ids::SystemName;
use crate::report::error::OutputError;
use crate::units::SimTime;

/// An event log on its way.
#[derive(Debug)]
pub struct Trace {
    path: PathBuf,
    out: BufWriter<File>,
    error: Option<OutputError>,
}

impl Trace {
    /// Begins the log of `system`: at `path`, or, when it is one of several, at `path` with the
    /// system's name added. A file that is there is replaced only where `force` asks for it.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(
        path: &Path,
        system: SystemName,
        several: bool,
        force: bool,
    ) -> Result<Self, OutputError> {
        let path = if several { path.with_added_extension(system.name()) } else { path.to_owned() };
        let mut options = OpenOptions::new();
        options.write(true).truncate(true).create(force).create_new(!force);
        let file = options.open(&path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => OutputError::cannot_create(
                &path,
                "it exists already; choose another name, or use --force",
            ),
            _ => OutputError::cannot_create(&path, error),
        })?;
        let mut trace = Self { path, out: BufWriter::new(file), error: None };
        trace.line(format_args!("t_s\tevent\tfingerprint"));
        Ok(trace)
    }

    /// Writes a step that is done.
    pub fn step(&mut self, at: SimTime, step: &dyn fmt::Debug, fingerprint: &Fingerprint) {
        let (seconds, nanos) = (at.nanos() / 1_000_000_000, at.nanos() % 1_000_000_000);
        self.line(format_args!("{seconds}.{nanos:09}\t{step:?}\t{fingerprint}"));
    }

    /// The first error is kept; after it nothing is written.
    fn line(&mut self, line: fmt::Arguments<'_>) {
        if self.error.is_none() {
            let written = writeln!(self.out, "{line}");
            self.error = written.err().map(|error| OutputError::io(&self.path, &error));
        }
    }

    /// Whether a line could not be written.
    pub const fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The first that came.
    pub fn finish(mut self) -> Result<(), OutputError> {
        let flushed = self.out.flush().map_err(|error| OutputError::io(&self.path, &error));
        self.error.map_or(flushed, Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_a_line_per_step_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.tsv");
        let create = |several, force| Trace::create(&path, SystemName::Lightning, several, force);
        let mut trace = create(false, false).unwrap();
        trace.step(SimTime(1_000_000_007), &"x", &Fingerprint::default());
        assert!(!trace.failed());
        trace.finish().unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        let print = Fingerprint::default();
        let expected = format!("t_s\tevent\tfingerprint\n1.000000007\t\"x\"\t{print}\n");
        assert_eq!(written, expected);
        assert!(create(false, false).is_err());
        create(false, true).unwrap().finish().unwrap();
        create(true, false).unwrap().finish().unwrap();
        assert!(folder.path().join("events.tsv.lightning").exists());
    }
}
