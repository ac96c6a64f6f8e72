//! The command `leyden`: arguments in, exit code out.

fn main() {}
