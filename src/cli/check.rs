//! `leyden check`.

use std::path::Path;

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::Exit;
use crate::cli::host;
use crate::scenario::{self, Overlay};

/// Arguments of `leyden check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Also print the tables of systems that the scenario does not run.
    #[arg(long)]
    all: bool,
}

/// Prints the scenario as resolved, every key under its meaning. It reads back as the same scenario.
pub(super) fn check(arguments: &CheckArguments) -> Exit {
    let CheckArguments { scenario, all } = arguments;
    let loaded = match scenario.load() {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let sets = scenario.all_sets();
    let overlay = Overlay { sets: &sets, current: Path::new(""), point: None };
    match scenario::annotated(&scenario.scenario, loaded.text, overlay, *all) {
        Ok(text) => host::print(&text).map_or(Exit::Io, |()| Exit::Ok),
        Err(problems) => {
            host::note(&problems.render(host::colour()));
            Exit::Usage
        }
    }
}
