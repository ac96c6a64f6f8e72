//! `leyden report`: plots and page of a finished run or sweep, drawn again from its tables.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::{Exit, output_error};
use crate::cli::host;
use crate::cli::parquet::{parquet_is_there, write_parquet};
use crate::cli::sweep::common::{draw, plan_error};
use crate::report::{self, OutputError};
use crate::sweep::Plan;

/// Arguments of `leyden report`.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// Folder of a finished run or sweep. With several runs: plot their success over time together.
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Folder for the plot of several runs [default: the current folder].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    out: PathBuf,
    /// Also write the tables as Apache Parquet. Needs the feature `parquet`.
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
