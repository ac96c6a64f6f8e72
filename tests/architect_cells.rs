//! Cells of the architect's maps against long runs at the same rates.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use leyden::engine::Seeds;
use serde_json::Value;

/// Cells that are drawn.
const CELLS: usize = 10;
/// How much longer than in the map payments are watched.
const LONGER: f64 = 3.0;

fn scenario() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/architect.toml");
    fs::read_to_string(path).unwrap()
}

fn leyden(arguments: &[&str]) {
    let output = Command::cargo_bin("leyden").unwrap().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A square of the map, by the columns of `architect_cells.csv`.
struct Cell {
    bound: String,
    amount_sat: String,
    rate: f64,
    cheapest: String,
    runner_up: String,
}

/// What one long run of one system shows.
struct Seen {
    cost_usd: f64,
    success: f64,
    latency_s: f64,
}

/// Runs one system of a cell for longer than the map did, with draws that the map has not used.
fn long_run(folder: &Path, cell: &Cell, system: &str, window_s: f64) -> Seen {
    let path = folder.join("long.toml");
    let text = scenario();
    fs::write(&path, text.split("[study]").next().unwrap()).unwrap();
    let out = folder.join("long");
    let window = window_s * LONGER;
    let sets = [
        format!("systems=[\"{system}\"]"),
        format!("workload.amount.fixed.value={} sat", cell.amount_sat),
        format!("workload.arrivals.poisson.rate={} /s", cell.rate),
        format!("duration={} s", window * 1.5),
        format!("warmup={} s", window * 0.5),
        "drain=3 h".to_owned(),
    ];
    let mut arguments = vec!["run", path.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend(["--seed", "4242", "--quiet", "--force"]);
    arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
    leyden(&arguments);
    let summary = fs::read_to_string(out.join(system).join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let number = |path: &str| summary.pointer(path).and_then(Value::as_f64);
    let costs = ["price_mean_usd/value", "resource_capital_usd", "resource_setup_usd"];
    let costs = costs.map(|cost| number(&format!("/costs/{cost}")).unwrap_or(0.0));
    let latency = if cell.bound.starts_with("final") { "finality" } else { "payer_known" };
    Seen {
        cost_usd: costs.iter().sum(),
        success: number("/success/success_ratio/value").unwrap(),
        latency_s: number(&format!("/latency/{latency}/p95_s/value")).unwrap_or(f64::INFINITY),
    }
}

/// Ten cells of the maps of networks in which a winner was told apart, drawn at random.
#[test]
#[ignore = "makes the maps first: minutes in release"]
fn no_long_run_refutes_a_cell_in_which_the_cheapest_was_told_apart() {
    let temp = tempfile::tempdir().unwrap();
    let (path, out) = (temp.path().join("architect.toml"), temp.path().join("maps"));
    fs::write(&path, scenario()).unwrap();
    leyden(&["run", path.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"]);
    let mut cells = Vec::new();
    for row in csv::Reader::from_path(out.join("architect_cells.csv")).unwrap().records() {
        let row = row.unwrap();
        let is_told = &row[1] == "network" && !row[4].is_empty() && &row[12] == "true";
        if is_told {
            let text = |column: usize| row[column].to_owned();
            let rate = row[3].parse().unwrap();
            let (cheapest, runner_up) = (text(4), text(6));
            cells.push(Cell { bound: text(0), amount_sat: text(2), rate, cheapest, runner_up });
        }
    }
    assert!(cells.len() >= CELLS, "{} cells", cells.len());
    let mut windows = std::collections::BTreeMap::new();
    for row in csv::Reader::from_path(out.join("architect.csv")).unwrap().records() {
        let row = row.unwrap();
        if &row[1] == "network" {
            let key = (row[0].to_owned(), row[2].to_owned(), row[3].to_owned(), row[4].to_owned());
            windows.insert(key, row[17].parse::<f64>().unwrap());
        }
    }
    let mut draws = Seeds::new(12, 0).stream("tests.architect_cells");
    let mut refuted = Vec::new();
    for _ in 0..CELLS {
        let place = usize::try_from(draws.below(cells.len() as u64)).unwrap();
        let cell = cells.swap_remove(place);
        let key = |system: &str| {
            let (bound, amount) = (cell.bound.clone(), cell.amount_sat.clone());
            (bound, amount, cell.rate.to_string(), system.to_owned())
        };
        let run = |system: &str| long_run(temp.path(), &cell, system, windows[&key(system)]);
        let best = run(&cell.cheapest);
        let (bound_s, name) = if cell.bound.starts_with("final") {
            (1_800.0, "final")
        } else {
            (10.0, "acknowledged")
        };
        let place = format!("{name}, {} sat, {} /s: {}", cell.amount_sat, cell.rate, cell.cheapest);
        if best.success < 0.9 || best.latency_s > bound_s {
            refuted.push(format!("{place} misses: {} in {} s", best.success, best.latency_s));
        }
        if !cell.runner_up.is_empty() {
            let next = run(&cell.runner_up);
            if next.cost_usd < best.cost_usd {
                let (a, b) = (best.cost_usd, next.cost_usd);
                refuted.push(format!("{place} ${a}, {} ${b}", cell.runner_up));
            }
        }
    }
    assert!(refuted.is_empty(), "{refuted:#?}");
}
