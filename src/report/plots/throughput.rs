//! Payments offered and settled per second over time.

use std::fs;

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, Marks, ORANGE, Picture, Series, grouped};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// Points per line at most; with more samples, neighbours are averaged.
const POINTS_MAX: usize = 240;

/// What of `summary.json` is read.
#[derive(Debug, Deserialize)]
struct Summary {
    window: Window,
}

#[derive(Debug, Deserialize)]
struct Window {
    to_s: f64,
}

/// A row of `timeseries.csv`; counts are over the interval that ends with it.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Sample {
    #[serde(deserialize_with = "read::finite")]
    t_s: f64,
    #[serde(deserialize_with = "read::finite")]
    offered: f64,
    #[serde(deserialize_with = "read::finite")]
    settled: f64,
}

/// The picture.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    let samples = read::all(&run.table("timeseries.csv"))?;
    Ok(Some(Picture::One(chart(&samples, end_of_arrivals(run)?, &run.title))))
}

/// When payments stopped coming.
fn end_of_arrivals(run: &SystemRun) -> Result<f64, OutputError> {
    let path = run.table("summary.json");
    let text = fs::read_to_string(&path).map_err(|error| OutputError::io(&path, &error))?;
    let summary: Summary =
        serde_json::from_str(&text).map_err(|error| OutputError::bad_data(&path, error))?;
    Ok(summary.window.to_s)
}

fn chart(samples: &[Sample], end: f64, system: &str) -> Chart {
    let samples = before(samples, end);
    let end = samples.last().map_or(0.0, |sample| sample.t_s);
    let group = samples.len().div_ceil(POINTS_MAX).max(1);
    let offered = rates(samples, group, |sample| sample.offered);
    let settled = rates(samples, group, |sample| sample.settled);
    let highest = offered.iter().chain(&settled).map(|(_, rate)| *rate).fold(0.0, f64::max);
    let x = Axis::time("Virtual time", end);
    let y = Axis::linear("Payments per second", highest);
    let line = |label: &str, colour, points: Vec<(f64, f64)>| Series {
        label: label.to_owned(),
        colour,
        marks: Marks::Line(
            points.into_iter().map(|(at, rate)| (x.place(at), y.place(rate))).collect(),
        ),
    };
    let series = vec![line("offered", ORANGE, offered), line("settled", BLUE, settled)];
    let total = |of: fn(&Sample) -> f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a sum of counts"
        )]
        grouped(samples.iter().map(of).sum::<f64>() as u64)
    };
    let subtitle = format!(
        "n = {} payments offered, {} settled, warm-up included, drain left out",
        total(|sample| sample.offered),
        total(|sample| sample.settled)
    );
    Chart { title: format!("{system}: throughput"), subtitle, x, y, series }
}

/// The samples whose whole interval lies before the end of arrivals: what is settled in the drain, where nothing comes,
/// is no rate of the system under its load. Where there is none, the first.
fn before(samples: &[Sample], end: f64) -> &[Sample] {
    let whole = samples.partition_point(|sample| sample.t_s <= end);
    &samples[..whole.max(1).min(samples.len())]
}

/// Per second in each group of samples, at the middle of its time.
fn rates(samples: &[Sample], group: usize, of: fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    let mut begin = 0.0;
    let mut points = Vec::new();
    for few in samples.chunks(group) {
        let end = few.last().map_or(begin, |sample| sample.t_s);
        if end > begin {
            let count: f64 = few.iter().map(of).sum();
            points.push((f64::midpoint(begin, end), count / (end - begin)));
        }
        begin = end;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_count_over_the_length_of_its_interval() {
        let samples = [(10.0, 20.0), (20.0, 40.0), (30.0, 0.0)].map(|(t_s, offered)| Sample {
            t_s,
            offered,
            settled: 0.0,
        });
        let of = |sample: &Sample| sample.offered;
        assert_eq!(rates(&samples, 1, of), [(5.0, 2.0), (15.0, 4.0), (25.0, 0.0)]);
        assert_eq!(rates(&samples, 2, of), [(10.0, 3.0), (25.0, 0.0)]);
    }

    #[test]
    fn what_is_settled_in_the_drain_is_left_out() {
        let samples = [10.0, 20.0, 30.0].map(|t_s| Sample { t_s, offered: 2.0, settled: 1.0 });
        // Payments came until 25: the third interval has five seconds of the drain in it.
        for (end, drawn) in [(25.0, 2), (30.0, 3), (9.0, 1)] {
            assert_eq!(before(&samples, end).len(), drawn, "{end}");
        }
        assert!(before(&[], 9.0).is_empty());
    }
}
