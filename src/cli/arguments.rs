//! What every command that reads a scenario takes.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::host;
use crate::cli::shell::{quoted, quoted_text};
use crate::scenario::{self, Loaded};

/// The scenario, and what is laid over it.
#[derive(Debug, Args)]
pub(super) struct ScenarioArguments {
    /// The scenario file.
    pub(super) scenario: PathBuf,
    /// Set a key of the scenario, e.g. `--set workload.arrivals.poisson.rate="20 /s"`. Paths are
    /// relative to the current folder. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_set)]
    pub(super) sets: Vec<(String, String)>,
    /// The seed, in place of the scenario's.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

/// `KEY=VALUE`, as given to `--set`.
pub(super) fn parse_set(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

impl ScenarioArguments {
    /// The command that repeats this run, with all checks.
    pub(super) fn again(&self) -> String {
        format!("{} --check", self.command("run"))
    }

    /// `leyden VERB` with the scenario and all that was laid over it, to be pasted into a shell.
    pub(super) fn command(&self, verb: &str) -> String {
        let mut command = format!("leyden {verb} {}", quoted(&self.scenario));
        for (key, value) in &self.sets {
            command += " --set ";
            command += &quoted_text(&format!("{key}={value}"));
        }
        self.seed.map_or_else(|| command.clone(), |seed| format!("{command} --seed {seed}"))
    }

    /// What the command line lays over the scenario, the seed among it.
    pub(super) fn all_sets(&self) -> Vec<(String, String)> {
        let mut sets = self.sets.clone();
        sets.extend(self.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
        sets
    }

    /// Loads the scenario; prints its warnings, or all its problems.
    pub(super) fn load(&self) -> Result<Loaded, Exit> {
        self.load_with(&self.all_sets())
    }

    /// The same with all that the command line lays over it.
    pub(super) fn load_with(&self, sets: &[(String, String)]) -> Result<Loaded, Exit> {
        match scenario::load(&self.scenario, sets) {
            Ok(loaded) => {
                if !loaded.warnings.is_empty() {
                    host::note(&loaded.warnings.render(host::colour()));
                }
                Ok(loaded)
            }
            Err(problems) => {
                host::note(&problems.render(host::colour()));
                Err(Exit::Usage)
            }
        }
    }
}
