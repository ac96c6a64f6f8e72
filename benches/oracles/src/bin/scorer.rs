//! Compares Leyden's `ldk` with LDK's own search and scorer on whole networks, both with the same history.
//!
//!     cargo run --release -p leyden-oracles --bin scorer -- QUERIES FILE...
//!
//! FILE is a network in any format that Leyden reads. Of each, 1,000 attempts are the history.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use leyden::engine::Seeds;
use leyden::network::{self, ReadOptions};
use leyden_oracles::ldk::Ldk;
use leyden_oracles::question::draw;
use leyden_oracles::scored::Scored;

/// Attempts that make the history.
const ATTEMPTS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let queries = arguments.next().ok_or("the number of queries is missing")?.parse()?;
    let out = &mut io::stdout().lock();
    for file in arguments {
        let network = network::read(Path::new(&file), ReadOptions::default())?.network;
        let core = network::core(&network);
        let ldk = Ldk::new(&network);
        let mut scored = Scored::new(&network, &ldk);
        let mut source = Seeds::new(42, 0).stream("questions");
        scored.learn(&draw(&core, ATTEMPTS, &mut source), &mut source);
        let counts = scored.compare(&draw(&core, queries, &mut source));
        let share = f64::from(100 * counts.same) / f64::from(counts.routed().max(1));
        writeln!(out, "{file}: {share:.2} % the same route; {counts:?}")?;
    }
    Ok(())
}
