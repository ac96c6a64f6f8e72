//! Network files that are wrong: each is refused with its line, its key and the rule it breaks, in
//! under a second, and none makes the reader panic.
//!
//! Numbers in the names are those of the project's list of bad inputs.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../common/busy.rs"]
mod busy;
mod damage;
mod fixtures;
mod json;
mod other;
mod tables;
