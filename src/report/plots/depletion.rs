//! How the channels run dry over time.

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, GREEN, Marks, ORANGE, Picture, Series, grouped};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// A row of `timeseries.csv`; only channel networks have the columns after the first.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Sample {
    #[serde(deserialize_with = "read::finite")]
    t_s: f64,
    #[serde(default, deserialize_with = "read::finite_or")]
    channels_open: Option<f64>,
    #[serde(default, deserialize_with = "read::finite_or")]
    depleted_share: Option<f64>,
    #[serde(default, deserialize_with = "read::finite_or")]
    newly_depleted_share: Option<f64>,
    #[serde(default, deserialize_with = "read::finite_or")]
    imbalance_mean: Option<f64>,
}

/// The picture, of a channel network.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    let samples: Vec<Sample> = read::all(&run.table("timeseries.csv"))?;
    let has_channels = samples.iter().any(|sample| sample.depleted_share.is_some());
    Ok(has_channels.then(|| Picture::One(chart(&samples, &run.title))))
}

fn chart(samples: &[Sample], system: &str) -> Chart {
    let depleted = points(samples, |sample| sample.depleted_share);
    let newly = points(samples, |sample| sample.newly_depleted_share);
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
        line("depleted since their start", GREEN, newly),
        line("mean imbalance |2·balance/capacity − 1|", BLUE, imbalance),
    ];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let open = samples.last().and_then(|sample| sample.channels_open).unwrap_or(0.0) as u64;
    let n = grouped(samples.len() as u64);
    let subtitle = format!("n = {} channels open at the end, {n} samples", grouped(open));
    Chart { title: format!("{system}: depletion of channels"), subtitle, x, y, series }
}

fn points(samples: &[Sample], of: fn(&Sample) -> Option<f64>) -> Vec<(f64, f64)> {
    samples.iter().filter_map(|sample| Some((sample.t_s, of(sample)?))).collect()
}
