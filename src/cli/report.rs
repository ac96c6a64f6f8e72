//! `leyden report`: plots and page of a finished run or sweep, drawn again from its tables.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::{Exit, output_error};
use crate::cli::host;
use crate::cli::parquet::{parquet_is_there, write_parquet};
use crate::cli::shell::quoted;
use crate::cli::sweep::common::{draw, plan_error};
use crate::report::{self, Existing, OutputError, OwnedFolder};
use crate::sweep::{self, Plan};

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
    match try_report(arguments) {
        Ok(text) => host::print(&text).map_or(Exit::Io, |()| Exit::Ok),
        Err(exit) => exit,
    }
}

fn try_report(arguments: &ReportArguments) -> Result<String, Exit> {
    parquet_is_there(arguments.parquet)?;
    let [dir] = arguments.dirs.as_slice() else {
        return overlay(arguments).map_err(|error| output_error(&error));
    };
    let plan = if Plan::is_in(dir) {
        Some(Plan::read(dir).map_err(|error| plan_error(&error))?)
    } else {
        None
    };
    let drawn = match &plan {
        Some(plan) => again_sweep(plan, dir, arguments.parquet),
        None => again(dir, arguments.parquet),
    };
    drawn.map_err(|error| output_error(&error))?;
    let page = dir.join("report.html");
    Ok(format!("plots in {}\npage {}\n", dir.join("plots").display(), page.display()))
}

/// What the notice of a folder says meanwhile.
fn words(dir: &Path) -> String {
    format!("Its plots and page are drawn again. Go on with:\n    leyden report {}", quoted(dir))
}

/// Plots and page of a run.
fn again(dir: &Path, parquet: bool) -> Result<(), OutputError> {
    report::refuse_unfinished(dir)?;
    let mut owned = OwnedFolder::take(dir, &words(dir), Existing::Replace)?;
    let mut drawn = report::draw_plots(&mut owned, host::cores())?;
    drawn.push(report::write_html(dir, &drawn)?);
    drawn.extend(write_parquet(dir, parquet)?);
    report::replace_marks(dir, drawn)?;
    owned.finished()
}

/// Plots and page of a sweep.
fn again_sweep(plan: &Plan, dir: &Path, parquet: bool) -> Result<(), OutputError> {
    let mut owned = OwnedFolder::take(dir, &words(dir), Existing::Replace)?;
    let mut drawn = draw(plan, &mut owned)?;
    drawn.extend(write_parquet(dir, parquet)?);
    sweep::replace_marks(dir, drawn)?;
    owned.finished()
}

/// Several runs in one plot.
fn overlay(arguments: &ReportArguments) -> Result<String, OutputError> {
    let out = &arguments.out;
    let words = "The plot of several runs. Make it again with: leyden report";
    let mut owned = OwnedFolder::take(out, words, Existing::Replace)?;
    let drawn = report::draw_overlay(&arguments.dirs, &mut owned, host::cores())?;
    owned.finished()?;
    let paths: Vec<_> =
        drawn.iter().map(|mark| out.join(&mark.path).display().to_string()).collect();
    Ok(paths.join("\n") + "\n")
}
