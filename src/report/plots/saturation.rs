//! Settled against offered load.

use std::path::Path;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, GREY, Marks, Series};
use crate::report::plots::table::{self, Probe};
use crate::report::plots::{colour_of, side_by_side, title};

/// The chart from `saturation.csv`: each system's probes over all replications.
pub(super) fn chart(path: &Path) -> Result<Chart, OutputError> {
    let probes: Vec<_> =
        table::probes(path)?.into_iter().filter(|probe| probe.offered_tps > 0.0).collect();
    let label = ["Offered (payments per second)", "Settled (payments per second)"];
    let x = side_by_side::logarithmic(label[0], probes.iter().map(|probe| probe.offered_tps));
    let y = side_by_side::logarithmic(label[1], probes.iter().map(|probe| probe.settled_tps));
    let mut systems: Vec<&str> = probes.iter().map(|probe| probe.system.as_str()).collect();
    systems.dedup();
    let mut series = vec![all_settled(&x, &y)];
    for (place, system) in systems.iter().enumerate() {
        let marks = Marks::Line(points(&probes, system, &x, &y));
        series.push(Series { label: title(system), colour: colour_of(place), marks });
    }
    let subtitle = "probes of the search, all replications".to_owned();
    Ok(Chart { title: "Settled against offered load".to_owned(), subtitle, x, y, series })
}

/// The line on which everything offered is settled.
fn all_settled(x: &Axis, y: &Axis) -> Series {
    let (low, high) = (x.low.max(y.low), x.high.min(y.high));
    let marks = Marks::Dashed(vec![(low, low), (high.max(low), high.max(low))]);
    Series { label: "all".to_owned(), colour: GREY, marks }
}

fn points(probes: &[Probe], system: &str, x: &Axis, y: &Axis) -> Vec<(f64, f64)> {
    let own = probes.iter().filter(|probe| probe.system == system && probe.settled_tps > 0.0);
    let mut points: Vec<_> =
        own.map(|probe| (x.place(probe.offered_tps), y.place(probe.settled_tps))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}
