//! What `leyden saturate` finds: settled against offered load, the least capital.

use std::path::Path;

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::layout::title;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{AMBER, BLUE, Chart, GREY, Marks, Series, colour_of};
use crate::report::plots::{read, side_by_side};

/// A row of `saturation.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Probe {
    system: String,
    #[serde(deserialize_with = "read::finite")]
    replication: f64,
    #[serde(deserialize_with = "read::finite")]
    offered_tps: f64,
    #[serde(deserialize_with = "read::finite")]
    settled_tps: f64,
}

/// A row of `capital.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Least {
    system: String,
    #[serde(deserialize_with = "read::finite")]
    settled: f64,
    #[serde(deserialize_with = "read::finite_or")]
    capital_usd: Option<f64>,
}

/// The chart from `saturation.csv`: each system's probes over all replications.
pub(super) fn chart(path: &Path) -> Result<Chart, OutputError> {
    let probes: Vec<_> =
        read::all::<Probe>(path)?.into_iter().filter(|probe| probe.offered_tps > 0.0).collect();
    let label = ["Offered (payments per second)", "Settled (payments per second)"];
    let x = side_by_side::logarithmic(label[0], probes.iter().map(|probe| probe.offered_tps));
    let y = side_by_side::logarithmic(label[1], probes.iter().map(|probe| probe.settled_tps));
    let mut series = vec![all_settled(&x, &y)];
    let mut systems: Vec<&str> = Vec::new();
    // A line for each replication: their limits differ.
    for run in probes
        .chunk_by(|a, b| a.system == b.system && a.replication.total_cmp(&b.replication).is_eq())
    {
        let system = run[0].system.as_str();
        let is_new = systems.last() != Some(&system);
        if is_new {
            systems.push(system);
        }
        let label = if is_new { title(system) } else { String::new() };
        let colour = colour_of(systems.len() - 1);
        series.push(Series { label, colour, marks: Marks::Line(points(run, &x, &y)) });
    }
    let subtitle = "probes of the search, a line for each replication".to_owned();
    Ok(Chart { title: "Settled against offered load".to_owned(), subtitle, x, y, series })
}

/// The line on which everything offered is settled.
fn all_settled(x: &Axis, y: &Axis) -> Series {
    let (low, high) = (x.low.max(y.low), x.high.min(y.high));
    let marks = Marks::Dashed(vec![(low, low), (high.max(low), high.max(low))]);
    Series { label: "all".to_owned(), colour: GREY, marks }
}

fn points(run: &[Probe], x: &Axis, y: &Axis) -> Vec<(f64, f64)> {
    let settled = run.iter().filter(|probe| probe.settled_tps > 0.0);
    let mut points: Vec<_> =
        settled.map(|probe| (x.place(probe.offered_tps), y.place(probe.settled_tps))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// The chart from `capital.csv`: a bar for each share settled, with one place per system.
pub(super) fn capital(path: &Path) -> Result<Chart, OutputError> {
    let rows: Vec<Least> = read::all(path)?;
    let label = "Least money in channels or accounts (US dollars)";
    let y = side_by_side::logarithmic(label, rows.iter().filter_map(|row| row.capital_usd));
    let mut systems: Vec<&str> = Vec::new();
    let mut shares: Vec<f64> = Vec::new();
    for Least { system, settled, .. } in &rows {
        if !systems.contains(&system.as_str()) {
            systems.push(system);
        }
        if shares.iter().all(|share| share.total_cmp(settled).is_ne()) {
            shares.push(*settled);
        }
    }
    let width = 0.8 / shares.len().max(1) as f64;
    let series = shares.iter().enumerate().map(|(number, share)| {
        let of_it = rows.iter().filter(|row| row.settled.total_cmp(share).is_eq());
        let bars = of_it.filter_map(|row| {
            let place = systems.iter().position(|system| *system == row.system)?;
            let left = place as f64 + 0.1 + width * number as f64;
            Some((left, left + width * 0.95, y.place(row.capital_usd?)))
        });
        let label = format!("{} % settled", share * 100.0);
        Series { label, colour: [BLUE, AMBER][number % 2], marks: Marks::Bars(bars.collect()) }
    });
    let names: Vec<_> = systems.iter().map(|system| title(system)).collect();
    Ok(Chart {
        title: "Least capital that carries the workload".to_owned(),
        subtitle: "a bar that is missing: with no amount tried".to_owned(),
        x: Axis::names("System", &names),
        series: series.collect(),
        y,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_has_a_bar_for_each_share_it_reaches() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("capital.csv");
        let table = "system,settled,capital_usd\ncard,0.95,100\nlightning,0.95,40\n\
                     card,0.99,200\nlightning,0.99,\n";
        std::fs::write(&path, table).expect("written");
        let chart = capital(&path).expect("a good table");
        let bars: Vec<_> = chart
            .series
            .iter()
            .map(|series| match &series.marks {
                Marks::Bars(bars) => (series.label.as_str(), bars.len()),
                _ => panic!("bars"),
            })
            .collect();
        assert_eq!(bars, [("95 % settled", 2), ("99 % settled", 1)]);
    }
}
