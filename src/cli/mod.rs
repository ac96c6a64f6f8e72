//! The command line: one file per verb, exit codes decided here.

mod host;
mod limits;
mod network;
mod progress;
mod report;
mod run;
mod saturate;
mod study;
mod summary;
mod sweep;
mod sweep_progress;
mod sweep_steps;
mod tables;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use tables::tables;

/// A seeded discrete-event simulator of payment systems.
#[derive(Debug, Parser)]
#[command(name = "leyden", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the scenario: tables, plots and a summary under the output folder.
    Run(run::RunArguments),
    /// Validates a scenario and prints it as resolved, with every default.
    Check(run::CheckArguments),
    /// Raises the load until each system stops keeping up; or searches the least capital.
    Saturate(saturate::SaturateArguments),
    /// Runs a scenario many times with keys varied: tables and plots with intervals.
    Sweep(sweep::SweepArguments),
    /// Draws plots and page of a finished run or sweep again, from its tables.
    Report(report::ReportArguments),
    /// Imports, generates, describes or exports a network.
    #[command(subcommand)]
    Network(network::NetworkCommand),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Ok = 0,
    /// Some points of a sweep failed or are missing.
    SomeFailed = 1,
    /// Bad usage or a bad scenario.
    Usage = 2,
    /// The fingerprint differs from the one asked for.
    Fingerprint = 3,
    /// A bad data file.
    Data = 65,
    /// A broken invariant: our bug.
    Broken = 70,
    /// Output cannot be created.
    CannotCreate = 73,
    /// Input or output failed.
    Io = 74,
    /// A limit was reached.
    Limit = 75,
    /// Interrupted by SIGINT.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// Runs the command given by `arguments` (the first is the program's name).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let exit = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command }) => match command {
            Command::Run(arguments) => run::run(&arguments),
            Command::Check(arguments) => run::check(&arguments),
            Command::Saturate(arguments) => saturate::saturate(&arguments),
            Command::Sweep(arguments) => sweep::sweep(arguments),
            Command::Report(arguments) => report::report(&arguments),
            Command::Network(command) => network::network(&command),
        },
        Err(error) => {
            // Help and version go to stdout with exit code 0, everything else to stderr with 2.
            let failed = error.use_stderr();
            if error.print().is_err() || failed { Exit::Usage } else { Exit::Ok }
        }
    };
    ExitCode::from(exit as u8)
}
