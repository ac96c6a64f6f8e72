//! A whole sweep on this machine.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, output_error};
use crate::cli::host;
use crate::cli::parquet::parquet_is_there;
use crate::cli::shell::quoted;
use crate::cli::sweep::common::{
    Earlier, HowArguments, MakesArguments, claim, compute, failures, finish, interrupted, layout,
    planned, summary,
};
use crate::sweep::{self, Store};

/// Arguments of a sweep on this machine.
#[derive(Debug, Args)]
pub(super) struct LocalArguments {
    /// The output folder [default: output/NAME-sSEED].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    how: HowArguments,
    /// Resume the sweep in the output folder: valid results are kept.
    #[arg(long)]
    resume: bool,
    /// Replace the plan of an earlier sweep in the output folder. Results that are still valid are kept.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    makes: MakesArguments,
}

impl LocalArguments {
    const fn earlier(&self) -> Earlier {
        match (self.resume, self.force) {
            (_, true) => Earlier::Replace,
            (true, false) => Earlier::Resume,
            (false, false) => Earlier::Refuse,
        }
    }
}

/// Plans, computes and draws.
pub(super) fn local(
    scenario: &ScenarioArguments,
    arguments: &LocalArguments,
) -> Result<Exit, Exit> {
    parquet_is_there(arguments.makes.parquet)?;
    let plan = planned(scenario)?;
    let dir = arguments
        .out
        .clone()
        .unwrap_or_else(|| Path::new("output").join(format!("{}-s{}", plan.name, plan.seed)));
    let resume =
        format!("resume with: {} --out {} --resume", scenario.command("sweep"), quoted(&dir));
    let earlier = arguments.earlier();
    let mut owned = claim(&dir, &plan, earlier, &resume)?;
    let store = Store::of(&dir);
    store.create().and_then(|()| plan.write(&dir)).map_err(|error| output_error(&error))?;
    store.sweep_parts();
    let quiet = arguments.how.quiet;
    if !quiet {
        host::note(&format!("{} with seed {} to {}", plan.name, plan.seed, dir.display()));
        host::note(&layout(&plan));
    }
    let jobs = sweep::jobs(&plan, 0..plan.count());
    let (report, signal) = compute(&plan, &store, jobs, &arguments.how)?;
    if let Some(exit) = interrupted(&report, signal, &resume) {
        return Ok(exit);
    }
    let exit = failures(&plan, &report);
    finish(&plan, &mut owned, quiet, &arguments.makes)?;
    owned.finished().map_err(|error| output_error(&error))?;
    host::print(&summary(&report, &dir)).map_err(|_| Exit::Io)?;
    Ok(exit)
}
