//! The command line: one file per verb, exit codes in `exit`.

mod arguments;
mod check;
mod exit;
mod host;
mod keys;
mod limits;
mod network;
mod parquet;
mod progress;
mod replications;
mod report;
mod run;
mod saturate;
mod schema;
mod shell;
mod study;
mod summary;
mod sweep;
mod tables;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::exit::Exit;

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
    /// Run a scenario: tables, plots and a summary under the output folder.
    Run(run::RunArguments),
    /// Validate a scenario and print it with every default and what each key means.
    Check(check::CheckArguments),
    /// Search the keys of a scenario: meaning, unit, default, source, alternatives.
    Keys(keys::KeysArguments),
    /// Print the JSON Schema of scenarios.
    Schema,
    /// Raise the load until each system stops keeping up, or search the least capital.
    Saturate(saturate::SaturateArguments),
    /// Run a scenario many times with keys varied: tables and plots with intervals.
    Sweep(sweep::SweepArguments),
    /// Draw plots and page of a finished run or sweep again, from its tables.
    Report(report::ReportArguments),
    /// Import, generate, describe or export a network.
    #[command(subcommand)]
    Network(network::NetworkCommand),
}

/// Runs the command given by `arguments` (the first is the program's name).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let exit = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command }) => match command {
            Command::Run(arguments) => run::run(&arguments),
            Command::Check(arguments) => check::check(&arguments),
            Command::Keys(arguments) => keys::keys(&arguments),
            Command::Schema => schema::schema(),
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
