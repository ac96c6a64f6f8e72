//! What happens after the window for statistics moves no metric of it: a run with a longer drain says the
//! same of every system.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::path::Path;

use leyden::metrics::figures;
use leyden::scenario::load;
use leyden::simulation::{prepare, run};
use leyden::system::Control;

/// Figures that are of the whole run by what they say, or of how it ended.
const OF_THE_RUN: [&str; 5] = ["totals.", "final_state.", "security.", "warmup.", "last_errors."];

/// Figures that still follow the whole run, and what is to be mended: a rollup prices the deposits that set it up
/// at the last fees seen, which a longer drain moves; the mean cost of a payment has them in it.
const KNOWN: [(&str, &str); 2] =
    [("rollup", "costs.resource_setup_usd"), ("rollup", "costs.resource_mean_usd")];

/// All figures of the window, by system, of a small run with this drain.
fn of_the_window(drain: &str) -> Vec<(String, String, Option<f64>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let systems =
        r#"["lightning", "card", "bitcoin", "ethereum", "zk_rollup", "optimistic_rollup"]"#;
    let sets: Vec<_> = [
        ("network.generate.lightning_2026.nodes", "100"),
        ("payments", "300"),
        ("workload.arrivals.poisson.rate", "0.05 /s"),
        ("warmup", "20 min"),
        ("drain", drain),
        ("systems", systems),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let scenario = load(&path, &sets).unwrap().scenario;
    let setup = prepare(&scenario, 0, false, 1).unwrap();
    let finished = run(setup, None, &|_, _, _| Control::Continue).unwrap();
    let mut all = Vec::new();
    for system in finished {
        assert_eq!(system.summary.measured.pending, 0, "{}: the drain is too short", system.system);
        for figure in figures(&system.summary) {
            if OF_THE_RUN.iter().all(|start| !figure.name.starts_with(start)) {
                all.push((system.system.to_string(), figure.name, figure.value));
            }
        }
    }
    all
}

#[test]
fn a_longer_drain_moves_no_metric_of_the_window() {
    let (short, long) = (of_the_window("10 day"), of_the_window("20 day"));
    let is_known = |system: &str, name: &str| {
        KNOWN.iter().any(|(kind, figure)| system.ends_with(kind) && *figure == name)
    };
    let moved: Vec<_> =
        short.iter().zip(&long).filter(|(a, b)| a != b && !is_known(&a.0, &a.1)).collect();
    assert!(moved.is_empty(), "{moved:#?}");
}
