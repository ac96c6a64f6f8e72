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
    /// The folder of a finished run or sweep.
    dir: PathBuf,
}

/// Draws again.
pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let dir = &arguments.dir;
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
