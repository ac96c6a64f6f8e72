//! Do the printed 95 % intervals hold the truth 19 times in 20? Hours of computing: run by `.ci/full`, or
//!
//!     cargo test --release --test coverage -- --ignored --nocapture
//!
//! prints a table. `LEYDEN_COVERAGE_SEEDS` is the number of replications of each line (default 60),
//! `LEYDEN_COVERAGE_ONLY` a part of the names of the lines that are wanted. The truth
//! of an interval is the mean over all of them: of one run given network and balances, of runs with the same
//! network and balances; of several replications, of runs in which all is drawn anew.

#![allow(clippy::disallowed_methods, reason = "a measurement is told how long it may take")]
#![allow(clippy::unwrap_used, reason = "this is test code")]
#![allow(clippy::cast_precision_loss, reason = "counts")]
#![allow(clippy::print_stdout, reason = "the table is for readers")]

use std::path::Path;

use leyden::engine::Seeds;
use leyden::metrics::{Figure, METRICS, Metric, figures};
use leyden::scenario::{Scenario, load};
use leyden::simulation::{prepare, run};
use leyden::system::Control;
use rayon::prelude::*;

/// Metrics that are looked at: those shown on a page, and the quantiles of finality.
fn looked_at() -> impl Iterator<Item = &'static Metric> {
    METRICS.iter().filter(|metric| metric.shown.on_page() || metric.path.contains("finality"))
}

fn seeds() -> u32 {
    std::env::var("LEYDEN_COVERAGE_SEEDS").map_or(60, |text| text.parse().unwrap())
}

fn is_wanted(what: &str) -> bool {
    std::env::var("LEYDEN_COVERAGE_ONLY").map_or(true, |part| what.contains(&part))
}

fn scenario(name: &str, sets: &[(&str, &str)]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.toml"));
    let sets: Vec<_> =
        sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    load(&path, &sets).unwrap().scenario
}

/// The figures of the first system in all replications of a scenario.
fn all(scenario: &Scenario) -> Vec<Vec<Figure>> {
    let of = |replication| {
        let mut setup = prepare(scenario, replication, false, 1).unwrap();
        setup.scenario.systems.truncate(1);
        let finished = run(setup, None, &|_, _, _| Control::Continue).unwrap();
        figures(&finished[0].summary)
    };
    (0..seeds()).into_par_iter().map(of).collect()
}

fn find<'a>(run: &'a [Figure], metric: &Metric) -> Option<&'a Figure> {
    run.iter().find(|figure| figure.name == metric.path)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Intervals of one line of the table: how many there are, and how many hold the truth.
#[derive(Clone, Copy, Default)]
struct Held {
    given: u32,
    held: u32,
}

impl Held {
    fn add(&mut self, [low, high]: [f64; 2], truth: f64) {
        self.given += 1;
        self.held += u32::from(low <= truth && truth <= high);
    }

    fn print(self, what: &str, metric: &str) {
        let share = 100.0 * f64::from(self.held) / f64::from(self.given);
        println!("{what:<44}{metric:<42}{:>6}{share:>8.1} %", self.given);
    }

    /// Fewer than chance would leave of intervals that hold it 19 times in 20, three times in a thousand.
    fn is_too_few(self) -> bool {
        let n = f64::from(self.given);
        f64::from(self.held) < n * 0.95 - 3.0 * (n * 0.95 * 0.05).sqrt()
    }
}

/// Intervals of single runs, given network and balances.
fn of_one_run(what: &str, name: &str, sets: &[(&str, &str)], failed: &mut Vec<String>) {
    let mut scenario = scenario(name, sets);
    scenario.network.seed = Some(scenario.seed);
    let runs = all(&scenario);
    for metric in looked_at() {
        let found: Vec<&Figure> = runs.iter().filter_map(|run| find(run, metric)).collect();
        let values: Vec<f64> = found.iter().filter_map(|figure| figure.value).collect();
        let mut held = Held::default();
        found
            .iter()
            .filter_map(|figure| figure.ends)
            .for_each(|ends| held.add(ends, mean(&values)));
        if held.given > 0 {
            held.print(what, metric.path);
        }
        if held.is_too_few() {
            failed.push(format!("{what}: {}", metric.path));
        }
    }
}

/// Intervals over `n` replications each, in which all is drawn anew.
fn over_replications(what: &str, name: &str, sets: &[(&str, &str)], failed: &mut Vec<String>) {
    let runs = all(&scenario(name, sets));
    for n in [5, 10, 30] {
        let mut every = Held::default();
        for metric in looked_at() {
            let found: Vec<&Figure> = runs.iter().filter_map(|run| find(run, metric)).collect();
            let values: Vec<f64> = found.iter().filter_map(|figure| figure.value).collect();
            let trials: Vec<u64> = found.iter().map(|figure| figure.n.unwrap_or(0)).collect();
            if values.len() < runs.len() {
                continue;
            }
            let (truth, mut held) = (mean(&values), Held::default());
            for (values, trials) in values.chunks_exact(n).zip(trials.chunks_exact(n)) {
                let mut source = Seeds::new(1, 0).stream("coverage");
                let pick = |n: usize| usize::try_from(source.below(n as u64)).unwrap();
                if let Some(ends) = metric.over(values, trials, pick).and_then(|over| over.ends) {
                    held.add(ends, truth);
                    every.add(ends, truth);
                }
            }
            if n == 5 && held.given > 0 {
                held.print(&format!("{what}, n = {n}"), metric.path);
            }
            if held.is_too_few() {
                failed.push(format!("{what}, n = {n}: {}", metric.path));
            }
        }
        every.print(&format!("{what}, n = {n}"), "all metrics together");
    }
}

#[test]
#[ignore = "hours of computing; .ci/full runs it"]
fn printed_intervals_hold_the_truth_19_times_in_20() {
    let mut failed = Vec::new();
    println!("{:<44}{:<42}{:>6}{:>10}", "intervals", "metric", "given", "hold");
    let small = [("payments", "4_000"), ("replications", "1")];
    for (what, name, sets) in [
        ("quickstart, 4,000 payments", "quickstart", &small[..]),
        ("quickstart, another network", "quickstart", &[small[0], small[1], ("seed", "2")]),
        ("quickstart, 20,000 payments", "quickstart", &small[1..]),
        ("jamming", "jamming", &[]),
        ("zk-rollup", "zk-rollup", &[]),
        ("optimistic-rollup", "optimistic-rollup", &[]),
        ("card", "quickstart", &[small[0], small[1], ("systems", "[\"card\"]")]),
    ] {
        if is_wanted(what) {
            of_one_run(what, name, sets, &mut failed);
        }
    }
    for (what, name, sets) in [
        ("replications of quickstart", "quickstart", &small[..]),
        ("replications of zk-rollup", "zk-rollup", &[]),
    ] {
        if is_wanted(what) {
            over_replications(what, name, sets, &mut failed);
        }
    }
    assert!(failed.is_empty(), "too few hold the truth:\n{}", failed.join("\n"));
}
