//! One run per seed, in memory, or kept in a folder.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use leyden::metrics::{Figure, figures};
use leyden::simulation::{prepare, run};
use leyden::system::Control;
use rayon::prelude::*;

use crate::lines::Line;

/// The figures of the run of each seed below `seeds`, in their order.
pub(crate) fn of(line: &Line, seeds: u64) -> Vec<Vec<Figure>> {
    let file = std::env::var_os("LEYDEN_COVERAGE_RUNS")
        .map(|folder| PathBuf::from(folder).join(format!("{}.jsonl", line.name)));
    let mut found = file.as_ref().map_or_else(Vec::new, read);
    found.retain(|(seed, _)| *seed < seeds);
    let is_there = |seed: &u64| found.iter().any(|(other, _)| other == seed);
    let missing: Vec<u64> = (0..seeds).filter(|seed| !is_there(seed)).collect();
    let kept = file.filter(|_| !missing.is_empty()).map(|path| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        Mutex::new(OpenOptions::new().create(true).append(true).open(path).unwrap())
    });
    let made = missing.into_par_iter().with_max_len(1).map(|seed| {
        let run = (seed, simulate(line, seed));
        if let Some(file) = &kept {
            let text = serde_json::to_string(&run).unwrap() + "\n";
            file.lock().unwrap().write_all(text.as_bytes()).unwrap();
        }
        run
    });
    found.extend(made.collect::<Vec<_>>());
    found.sort_by_key(|(seed, _)| *seed);
    found.into_iter().map(|(_, figures)| figures).collect()
}

fn read(path: &PathBuf) -> Vec<(u64, Vec<Figure>)> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    BufReader::new(file).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// The figures of the first system.
fn simulate(line: &Line, seed: u64) -> Vec<Figure> {
    let mut setup = prepare(&line.scenario(seed), 0, false, 1).unwrap();
    setup.scenario.systems.truncate(1);
    let finished = run(setup, None, &|_, _, _| Control::Continue).unwrap();
    figures(&finished[0].summary)
}
