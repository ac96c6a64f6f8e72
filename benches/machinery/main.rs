//! Time of what a run does beside searching.
//!
//!     cargo bench --bench machinery
//!
//! Times are of the wall clock. What a bench works on comes from a run of the scenario
//! `scenarios/quickstart.toml` or from a generated network; nothing is made up but the events that wait
//! in a queue and the pairs that a sender remembers.

#![allow(clippy::unwrap_used, reason = "a bench is run by hand")]

mod beliefs;
mod channel;
mod draws;
mod hashing;
mod queue;
mod rows;
mod run;
mod view;

use leyden::scenario::{self, Scenario};
use leyden::simulation::{self, Setup};

fn main() {
    divan::main();
}

/// The quickstart with so many payments, all of which count.
fn quickstart(payments: u64) -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/quickstart.toml");
    let sets = [("payments", payments.to_string()), ("warmup", "0 s".to_owned())];
    let sets = sets.map(|(key, value)| (key.to_owned(), value));
    scenario::load(path.as_ref(), &sets).unwrap().scenario
}

/// That, made ready to run on one thread.
fn prepared(payments: u64) -> Setup {
    simulation::prepare(&quickstart(payments), 0, false, 1).unwrap()
}
