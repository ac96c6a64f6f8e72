//! `leyden report`: plots and page of a finished run or sweep, drawn again from its tables.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Exit;
use crate::cli::host;
use crate::cli::sweep::{draw, output_error, plan_error};
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
}

/// Draws again.
pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let [dir] = arguments.dirs.as_slice() else { return overlay(arguments) };
    if Plan::is_in(dir) {
        let plan = match Plan::read(dir) {
            Ok(plan) => plan,
            Err(error) => return plan_error(&error),
        };
        return ended(draw(&plan, dir), dir);
    }
    let drawn = report::draw_plots(dir, host::cores()).and_then(|_| report::write_html(dir));
    ended(drawn, dir)
}

/// Several runs in one plot.
fn overlay(arguments: &ReportArguments) -> Exit {
    match report::draw_overlay(&arguments.dirs, &arguments.out, host::cores()) {
        Ok(paths) => {
            let text: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
            host::print(&text).map_or(Exit::Io, |()| Exit::Ok)
        }
        Err(error) => output_error(&error),
    }
}

fn ended(drawn: Result<PathBuf, OutputError>, dir: &Path) -> Exit {
    match drawn {
        Ok(page) => {
            let text =
                format!("plots in {}\npage {}\n", dir.join("plots").display(), page.display());
            host::print(&text).map_or(Exit::Io, |()| Exit::Ok)
        }
        Err(error) => output_error(&error),
    }
}
