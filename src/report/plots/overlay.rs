//! Success through an attack in several runs, one curve each: without and with a mitigation, say.

use std::path::{Path, PathBuf};

use crate::report::error::OutputError;
use crate::report::layout::{systems, title};
use crate::report::plots::attack;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, GREY, Marks, SERIES, Series, grouped};

/// A chart for each system that all runs have. Runs are called by the names of their folders.
pub(super) fn charts(runs: &[PathBuf]) -> Result<Vec<(String, Chart)>, OutputError> {
    let Some((first, others)) = runs.split_first() else { return Ok(Vec::new()) };
    let mut shared = systems(first)?;
    for run in others {
        let here = systems(run)?;
        shared.retain(|system| here.contains(system));
    }
    let charts = shared.into_iter().map(|system| {
        let chart = chart(runs, &system)?;
        Ok((format!("{system}_success_compared"), chart))
    });
    charts.collect()
}

fn chart(runs: &[PathBuf], system: &str) -> Result<Chart, OutputError> {
    let mut curves = Vec::new();
    let mut start: Option<f64> = None;
    for run in runs {
        let folder = run.join(system);
        let times = attack::submissions(&folder)?;
        let starts = attack::starts(&folder)?;
        start = starts.into_iter().chain(start).reduce(f64::min);
        curves.push((name(run), times));
    }
    Ok(draw(&curves, start, system))
}

/// The curves on one pair of axes.
fn draw(curves: &[(String, Vec<(f64, bool)>)], start: Option<f64>, system: &str) -> Chart {
    let all = curves.iter().flat_map(|(_, times)| times);
    let end = all.map(|(at, _)| *at).fold(0.0, f64::max);
    let x = Axis::time("Virtual time of submission", end);
    let y = Axis::share("Share of payments settled", 1.0);
    let mut series = Vec::new();
    for (place, (label, times)) in curves.iter().enumerate() {
        let points = attack::points(times, end, &x, &y);
        let colour = SERIES[place % SERIES.len()];
        series.push(Series { label: label.clone(), colour, marks: Marks::Intervals(points) });
    }
    if let Some(start) = start {
        let label = "first attack starts".to_owned();
        series.push(Series { label, colour: GREY, marks: Marks::Vertical(x.place(start)) });
    }
    let counts: Vec<_> = curves.iter().map(|(_, times)| grouped(times.len() as u64)).collect();
    Chart {
        title: format!("{}: success through an attack", title(system)),
        subtitle: format!("n = {} payments; 95 % Wilson intervals", counts.join(" and ")),
        x,
        y,
        series,
    }
}

/// What a run is called: its folder.
fn name(run: &Path) -> String {
    run.file_name().and_then(|name| name.to_str()).unwrap_or("run").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_curve_and_the_attack_a_line() {
        let curves = [
            ("without".to_owned(), vec![(1.0, true), (2.0, false)]),
            ("with".to_owned(), vec![(1.0, true), (2.0, true)]),
        ];
        let chart = draw(&curves, Some(1.5), "lightning");
        let labels: Vec<_> = chart.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(labels, ["without", "with", "first attack starts"]);
        assert_eq!(draw(&curves, None, "lightning").series.len(), 2);
        assert_eq!(name(Path::new("output/jam-s1")), "jam-s1");
    }
}
