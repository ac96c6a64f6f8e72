//! The command `leyden`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    leyden::cli::main(std::env::args_os())
}
