//! `leyden schema`.

use crate::cli::exit::Exit;
use crate::cli::host;
use crate::scenario;

/// Prints the JSON Schema of scenarios.
pub(super) fn schema() -> Exit {
    host::print(&scenario::schema()).map_or(Exit::Io, |()| Exit::Ok)
}
