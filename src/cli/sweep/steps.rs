//! The steps of a sweep over many machines: plan, run a shard, status, collect, a script for Slurm.
//!
//! All state is in one folder, which every machine must see. Steps may be repeated, killed, and taken in
//! any order after the plan.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::ScenarioArguments;
use crate::cli::exit::{Exit, output_error};
use crate::cli::host;
use crate::cli::parquet::parquet_is_there;
use crate::cli::shell::quoted;
use crate::cli::sweep::common::{
    Earlier, HowArguments, MakesArguments, claim, compute, failures, finish, interrupted, layout,
    plan_error, planned, summary,
};
use crate::cli::sweep::slurm::slurm_script;
use crate::report::{OutputError, OwnedFolder};
use crate::sweep::{self, Plan, Shard, Store};

/// Arguments of `leyden sweep plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The folder of the sweep.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of shards [default: one per point, at most 1,000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(sweep::SHARDS_MAX)))]
    shards: Option<u32>,
    /// Replace an earlier plan. Results that are still valid are kept.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    how: HowArguments,
    /// Do not run the first point to estimate the time.
    #[arg(long)]
    no_estimate: bool,
}

/// Arguments of `leyden sweep run`.
#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// The folder of the sweep.
    dir: PathBuf,
    /// Which shard, from 1: I/N [default: `LEYDEN_SHARD`, else the index variable of Slurm, Kubernetes,
    /// `HyperQueue`, MPI launchers or GNU parallel with N from the plan; else everything].
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    how: HowArguments,
}

/// Arguments of `leyden sweep status`.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// The folder of the sweep.
    dir: PathBuf,
}

/// Arguments of `leyden sweep collect`.
#[derive(Debug, Args)]
pub(super) struct CollectArguments {
    /// The folder of the sweep.
    dir: PathBuf,
    /// Write tables of the complete points although others are missing.
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    makes: MakesArguments,
    /// Print only errors to stderr.
    #[arg(short, long)]
    quiet: bool,
}

/// Arguments of `leyden sweep slurm`.
#[derive(Debug, Args)]
pub(super) struct SlurmArguments {
    /// The folder of the sweep.
    dir: PathBuf,
    /// Threads per task.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: u16,
    /// Option for every `sbatch`, e.g. `--sbatch=--partition=long`. May be repeated.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    sbatch: Vec<String>,
}

/// Lays out a sweep in a folder.
pub(super) fn plan(arguments: &PlanArguments) -> Result<Exit, Exit> {
    let mut plan = planned(&arguments.scenario)?;
    if let Some(shards) = arguments.shards {
        plan.shards = shards;
    }
    let dir = &arguments.out;
    let earlier = if arguments.force { Earlier::Replace } else { Earlier::Refuse };
    let _owned = claim(dir, &plan, earlier, &next_steps(dir))?;
    let store = Store::of(dir);
    store.create().and_then(|()| plan.write(dir)).map_err(|error| output_error(&error))?;
    let text = format!("{}, {} shards, in {}\n", layout(&plan), plan.shards, dir.display());
    host::print(&text).map_err(|_| Exit::Io)?;
    if arguments.no_estimate {
        return Ok(Exit::Ok);
    }
    let estimate = sweep_estimate(&plan, &store, arguments)?;
    host::print(&estimate).map_err(|_| Exit::Io)?;
    Ok(Exit::Ok)
}

/// What to do with a planned sweep, for its notice.
fn next_steps(dir: &Path) -> String {
    let dir = quoted(dir);
    format!(
        "planned, and not collected yet:\n    leyden sweep status {dir}     how much is computed\n    \
         leyden sweep run {dir}        compute what is missing\n    leyden sweep collect {dir}    tables and plots"
    )
}

/// Times the first run; its result is kept.
fn sweep_estimate(plan: &Plan, store: &Store, arguments: &PlanArguments) -> Result<String, Exit> {
    let first = sweep::jobs(plan, 0..1)[..1].to_vec();
    let (report, _) = compute(plan, store, first, &arguments.how)?;
    if !report.failed.is_empty() {
        return Err(failures(plan, &report));
    }
    let payments: f64 = plan.points.iter().map(|point| point.payments).sum();
    let replications = f64::from(plan.spec.replications);
    let all_s = report.wall_s / plan.points[0].payments * payments * replications;
    Ok(format!(
        "the first run takes {:.3} s: about {:.2} core hours in all\n",
        report.wall_s,
        all_s / 3_600.0
    ))
}

/// Computes a shard.
pub(super) fn run(arguments: &ShardArguments) -> Result<Exit, Exit> {
    let dir = &arguments.dir;
    let plan = Plan::read(dir).map_err(|error| plan_error(&error))?;
    let shard = match arguments.shard {
        Some(shard) => shard,
        None => match sweep::shard_of_environment(host::variable, plan.shards) {
            None => Shard::WHOLE,
            Some(Ok(shard)) => shard,
            Some(Err(error)) => {
                host::note(&format!("error: {error}"));
                return Err(Exit::Usage);
            }
        },
    };
    plan.check_inputs().map_err(|error| plan_error(&error))?;
    let store = Store::of(dir);
    store.create().map_err(|error| output_error(&error))?;
    let _owned = OwnedFolder::share(dir, &next_steps(dir)).map_err(|error| output_error(&error))?;
    let jobs = sweep::jobs(&plan, shard.points(plan.count()));
    if !arguments.how.quiet {
        host::note(&format!("shard {}/{} of {}", shard.number, shard.of, dir.display()));
    }
    let (report, signal) = compute(&plan, &store, jobs, &arguments.how)?;
    let resume = format!(
        "resume with: leyden sweep run {} --shard {}/{}",
        quoted(dir),
        shard.number,
        shard.of
    );
    if let Some(exit) = interrupted(&report, signal, &resume) {
        return Ok(exit);
    }
    let exit = failures(&plan, &report);
    host::print(&summary(&report, dir)).map_err(|_| Exit::Io)?;
    Ok(exit)
}

/// Says how much is done.
pub(super) fn status(arguments: &StatusArguments) -> Result<Exit, Exit> {
    let plan = Plan::read(&arguments.dir).map_err(|error| plan_error(&error))?;
    let (missing, runs) = sweep::status(&plan, &Store::of(&arguments.dir));
    let complete = plan.count() as usize - missing.len();
    let mut text = format!(
        "points {}\ncomplete {complete}\nmissing {}\nruns {runs}\nshards {}\n",
        plan.count(),
        missing.len(),
        plan.shards
    );
    if !missing.is_empty() {
        let mut shards: Vec<u32> = missing.iter().map(|point| point % plan.shards + 1).collect();
        shards.sort_unstable();
        shards.dedup();
        text += "shards missing ";
        text += &ranges(&shards);
        text += "\n";
    }
    host::print(&text).map_err(|_| Exit::Io)?;
    Ok(Exit::Ok)
}

/// `1-3,7`: as `sbatch --array` takes it.
fn ranges(sorted: &[u32]) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in sorted {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let shown =
        parts.iter().map(
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            },
        );
    shown.collect::<Vec<_>>().join(",")
}

/// Makes tables and plots.
pub(super) fn collect(arguments: &CollectArguments) -> Result<Exit, Exit> {
    let dir = &arguments.dir;
    parquet_is_there(arguments.makes.parquet)?;
    let plan = Plan::read(dir).map_err(|error| plan_error(&error))?;
    let (missing, _) = sweep::status(&plan, &Store::of(dir));
    if !missing.is_empty() && !arguments.partial {
        host::note(&format!(
            "error: {} of {} points are not complete, the first is {}\n  = help: `leyden sweep status \
             {}` names the shards; --partial makes tables of the others",
            missing.len(),
            plan.count(),
            missing[0],
            quoted(dir)
        ));
        return Err(Exit::SomeFailed);
    }
    // Shards may go on meanwhile: they write results, this the tables made from those that are there.
    let failed = |error: OutputError| output_error(&error);
    let mut owned = OwnedFolder::share(dir, &next_steps(dir)).map_err(failed)?;
    let collected = finish(&plan, &mut owned, arguments.quiet, &arguments.makes)?;
    if missing.is_empty() {
        owned.finished().map_err(failed)?;
    }
    let text = format!(
        "points {}\nruns {}\nwritten to {}\n",
        collected.complete,
        collected.runs,
        dir.display()
    );
    host::print(&text).map_err(|_| Exit::Io)?;
    Ok(if missing.is_empty() { Exit::Ok } else { Exit::SomeFailed })
}

/// Prints the job script.
pub(super) fn slurm(arguments: &SlurmArguments) -> Result<Exit, Exit> {
    let plan = Plan::read(&arguments.dir).map_err(|error| plan_error(&error))?;
    let cannot_tell = |error: std::io::Error| {
        host::note(&format!("error: cannot tell the current folder: {error}"));
        Exit::Io
    };
    let current = host::current_folder().map_err(cannot_tell)?;
    let program = host::this_program().map_err(cannot_tell)?;
    let dir: &Path = &current.join(&arguments.dir);
    let script = slurm_script(&plan, &program, dir, arguments.threads, &arguments.sbatch);
    host::print(&script).map_err(|_| Exit::Io)?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_listed_as_sbatch_takes_them() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(ranges(&[4]), "4");
    }
}
