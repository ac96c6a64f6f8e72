//! `leyden report`: plots and page of a finished run or sweep, drawn again from its tables.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Exit;
use crate::cli::host;
use crate::cli::sweep::{draw, output_error, plan_error};
#[cfg(feature = "parquet")]
use crate::cli::tables::tables;
use crate::report::{self, OutputError};
use crate::sweep::Plan;

/// Arguments of `leyden report`.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The folder of a finished run or sweep. Several runs: their success over time on one pair of axes.
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Where the plot of several runs goes [default: the current folder].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    out: PathBuf,
    /// Writes the tables as Apache Parquet too; only if built with the feature `parquet`.
    #[arg(long)]
    parquet: bool,
}

/// Draws again.
pub(super) fn report(arguments: &ReportArguments) -> Exit {
    if let Err(exit) = parquet_is_there(arguments.parquet) {
        return exit;
    }
    let [dir] = arguments.dirs.as_slice() else { return overlay(arguments) };
    if Plan::is_in(dir) {
        let plan = match Plan::read(dir) {
            Ok(plan) => plan,
            Err(error) => return plan_error(&error),
        };
        return ended(draw(&plan, dir), dir, arguments.parquet);
    }
    let drawn = report::draw_plots(dir, host::cores()).and_then(|_| report::write_html(dir));
    ended(drawn, dir, arguments.parquet)
}

/// Several runs in one plot.
fn overlay(arguments: &ReportArguments) -> Exit {
    match report::draw_overlay(&arguments.dirs, &arguments.out, host::cores()) {
        Ok(paths) => {
            let lines: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            let text = lines.join("\n") + "\n";
            host::print(&text).map_or(Exit::Io, |()| Exit::Ok)
        }
        Err(error) => output_error(&error),
    }
}

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
pub(super) fn write_parquet(dir: &Path, is_wanted: bool) -> Result<(), OutputError> {
    if is_wanted {
        report::write_parquet(dir, &tables())?;
    }
    Ok(())
}

/// Nothing to do: the argument was refused before.
#[cfg(not(feature = "parquet"))]
#[expect(clippy::unnecessary_wraps, reason = "as it is with the feature")]
pub(super) const fn write_parquet(_: &Path, _: bool) -> Result<(), OutputError> {
    Ok(())
}

fn ended(drawn: Result<PathBuf, OutputError>, dir: &Path, parquet: bool) -> Exit {
    let written = drawn.and_then(|page| write_parquet(dir, parquet).map(|()| page));
    match written {
        Ok(page) => {
            let text =
                format!("plots in {}\npage {}\n", dir.join("plots").display(), page.display());
            host::print(&text).map_or(Exit::Io, |()| Exit::Ok)
        }
        Err(error) => output_error(&error),
    }
}
