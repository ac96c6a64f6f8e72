//! Tables as Apache Parquet, where the program was built with it.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::host;
#[cfg(feature = "parquet")]
use crate::cli::tables::tables;
#[cfg(feature = "parquet")]
use crate::report;
use crate::report::{FileMark, OutputError};

/// Refuses `--parquet` where the program was built without it.
pub(super) fn parquet_is_there(is_wanted: bool) -> Result<(), Exit> {
    if !is_wanted || cfg!(feature = "parquet") {
        return Ok(());
    }
    host::note(
        "error: this program was built without Parquet\n  = help: build it with \
         `cargo build --release --features parquet`",
    );
    Err(Exit::Usage)
}

/// Writes the tables in `dir` as Parquet, if that is wanted.
#[cfg(feature = "parquet")]
pub(super) fn write_parquet(dir: &Path, is_wanted: bool) -> Result<Vec<FileMark>, OutputError> {
    if is_wanted { report::write_parquet(dir, &tables()) } else { Ok(Vec::new()) }
}

/// Nothing to do: the argument was refused before.
#[cfg(not(feature = "parquet"))]
#[expect(clippy::unnecessary_wraps, reason = "as it is with the feature")]
pub(super) const fn write_parquet(_: &Path, _: bool) -> Result<Vec<FileMark>, OutputError> {
    Ok(Vec::new())
}
