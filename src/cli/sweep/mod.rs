//! `leyden sweep`: the whole sweep on this machine, or in steps for clusters.

pub(super) mod common;
mod local;
mod progress;
mod slurm;
mod steps;

use clap::{Args, Subcommand};

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::Exit;
use crate::cli::sweep::local::{LocalArguments, local};
use crate::cli::sweep::steps::{
    CollectArguments, PlanArguments, ShardArguments, SlurmArguments, StatusArguments,
};

/// Arguments of `leyden sweep`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(super) struct SweepArguments {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    scenario: Option<ScenarioArguments>,
    #[command(flatten)]
    local: LocalArguments,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Plan a sweep in a folder, for many machines to compute.
    Plan(PlanArguments),
    /// Compute a shard of a plan. Existing results are not computed again.
    Run(ShardArguments),
    /// Show how much of a plan is done.
    Status(StatusArguments),
    /// Write tables and plots from the results that are there.
    Collect(CollectArguments),
    /// Print a Slurm job script: an array over the shards, then a job that collects.
    Slurm(SlurmArguments),
}

/// Sweeps.
pub(super) fn sweep(arguments: SweepArguments) -> Exit {
    let SweepArguments { step, scenario, local: arguments } = arguments;
    let ended = match (step, scenario) {
        (Some(Step::Plan(arguments)), _) => steps::plan(&arguments),
        (Some(Step::Run(arguments)), _) => steps::run(&arguments),
        (Some(Step::Status(arguments)), _) => steps::status(&arguments),
        (Some(Step::Collect(arguments)), _) => steps::collect(&arguments),
        (Some(Step::Slurm(arguments)), _) => steps::slurm(&arguments),
        (None, Some(scenario)) => local(&scenario, &arguments),
        (None, None) => Err(Exit::Usage),
    };
    ended.unwrap_or_else(|exit| exit)
}
