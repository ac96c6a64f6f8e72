//! How commands end.

use crate::cli::host;
use crate::network::DataError;
use crate::report::{OutputError, OutputErrorKind};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Ok = 0,
    /// Some points of a sweep failed or are missing.
    SomeFailed = 1,
    /// Bad usage or a bad scenario.
    Usage = 2,
    /// The fingerprint differs from the one asked for.
    Fingerprint = 3,
    /// A bad data file.
    Data = 65,
    /// A broken invariant: our bug.
    Broken = 70,
    /// Output cannot be created.
    CannotCreate = 73,
    /// Input or output failed.
    Io = 74,
    /// A limit was reached.
    Limit = 75,
    /// Interrupted by SIGINT.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// The exit code of a bad data file.
pub(super) const fn data_exit(error: &DataError) -> Exit {
    if error.unreadable { Exit::Io } else { Exit::Data }
}

/// The exit code of an output error.
pub(super) const fn output_exit(error: &OutputError) -> Exit {
    match error.kind {
        OutputErrorKind::CannotCreate => Exit::CannotCreate,
        OutputErrorKind::Io => Exit::Io,
        OutputErrorKind::BadData => Exit::Data,
    }
}

/// Prints an output error.
pub(super) fn output_error(error: &OutputError) -> Exit {
    host::note(&format!("error: {error}"));
    output_exit(error)
}
