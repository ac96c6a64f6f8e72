//! How the channels run dry over time.

use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, Marks, ORANGE, Series, grouped};
use crate::report::plots::table::TimeSample;

/// The chart.
pub(super) fn chart(samples: &[TimeSample], system: &str) -> Chart {
    let depleted = points(samples, |sample| sample.depleted_share);
    let imbalance = points(samples, |sample| sample.imbalance_mean);
    let highest = depleted.iter().chain(&imbalance).map(|(_, share)| *share).fold(0.0, f64::max);
    let x = Axis::time("Virtual time", samples.last().map_or(0.0, |sample| sample.t_s));
    let y = Axis::share("Share of channels; imbalance", highest);
    let line = |label: &str, colour, points: Vec<(f64, f64)>| Series {
        label: label.to_owned(),
        colour,
        marks: Marks::Line(
            points.into_iter().map(|(at, share)| (x.place(at), y.place(share))).collect(),
        ),
    };
    let series = vec![
        line("depleted (one side under 1 %)", ORANGE, depleted),
        line("mean imbalance |2·balance/capacity − 1|", BLUE, imbalance),
    ];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let open = samples.last().and_then(|sample| sample.channels_open).unwrap_or(0.0) as u64;
    let n = grouped(samples.len() as u64);
    let subtitle = format!("n = {} channels open at the end, {n} samples", grouped(open));
    Chart { title: format!("{system}: depletion of channels"), subtitle, x, y, series }
}

fn points(samples: &[TimeSample], of: fn(&TimeSample) -> Option<f64>) -> Vec<(f64, f64)> {
    samples.iter().filter_map(|sample| Some((sample.t_s, of(sample)?))).collect()
}
