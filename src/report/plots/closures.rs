//! Channels closed through the run, by how and why.

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, GREY, Marks, Picture, SERIES, Series, grouped};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// Intervals that the run is cut into.
const INTERVALS: usize = 40;

/// Kind and cause as the table names them, and as people say it; from the bottom of the bars up.
const CLASSES: [(&str, &str, &str); 7] = [
    ("cooperative", "", "by agreement"),
    ("unilateral", "scheduled", "by one side, peer does not agree"),
    ("unilateral", "htlc_deadline", "by one side, for an HTLC"),
    ("unilateral", "attack", "by one side, under attack"),
    ("revoked", "", "with a revoked commitment"),
    ("unilateral", "peer_gone", "by one side, peer has gone"),
    ("", "", "for another reason"),
];

/// A row of `closures.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Closure {
    #[serde(deserialize_with = "read::finite")]
    decided_s: f64,
    kind: String,
    cause: String,
}

/// A row of `timeseries.csv`.
#[derive(Debug, Deserialize)]
struct Sample {
    #[serde(deserialize_with = "read::finite")]
    t_s: f64,
}

/// The picture, or nothing where no channel was closed. Channels count when their end was decided.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    let closures: Vec<Closure> = read::all_if_there(&run.table("closures.csv"))?;
    if closures.is_empty() {
        return Ok(None);
    }
    let mut end_s = 0.0;
    read::rows(&run.table("timeseries.csv"), |sample: Sample| end_s = sample.t_s)?;
    Ok(Some(Picture::One(draw(&closures, end_s, &run.title))))
}

fn draw(closures: &[Closure], end_s: f64, system: &str) -> Chart {
    let end = closures.iter().map(|closure| closure.decided_s).fold(end_s, f64::max);
    let counts = counts(closures, end);
    let x = Axis::time("Virtual time of the decision", end);
    let highest = counts.iter().map(|interval| interval.iter().sum::<u64>()).max().unwrap_or(0);
    let y = Axis::linear("Channels closed", highest as f64);
    let width = end / INTERVALS as f64;
    // Bars start at the bottom, so that whole stacks are drawn first and what is below over them.
    let series = (0..CLASSES.len()).rev().filter_map(|class| {
        let all: u64 = counts.iter().map(|interval| interval[class]).sum();
        let bars = counts.iter().enumerate().filter(|(_, interval)| interval[class] > 0);
        let bars = bars.map(|(place, interval)| {
            let height: u64 = interval[..=class].iter().sum();
            let ends = [place, place + 1].map(|edge| x.place(edge as f64 * width));
            (ends[0], ends[1], y.place(height as f64))
        });
        let marks = Marks::Bars(bars.collect());
        let label = format!("{} ({})", CLASSES[class].2, grouped(all));
        let colour = SERIES.get(class).copied().unwrap_or(GREY);
        (all > 0).then_some(Series { label, colour, marks })
    });
    let series = series.collect();
    let subtitle = format!(
        "n = {} channels that are closed for good, by when that was decided",
        grouped(closures.len() as u64)
    );
    Chart { title: format!("{system}: closures by cause"), subtitle, x, y, series }
}

/// Closures of each class in each interval.
fn counts(closures: &[Closure], end: f64) -> Vec<[u64; CLASSES.len()]> {
    let mut counts = vec![[0; CLASSES.len()]; INTERVALS];
    for closure in closures {
        let share = if end > 0.0 { closure.decided_s / end } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a short list"
        )]
        let place = ((share * INTERVALS as f64) as usize).min(INTERVALS - 1);
        counts[place][class_of(closure)] += 1;
    }
    counts
}

fn class_of(closure: &Closure) -> usize {
    let fits = |(kind, cause, _): &(&str, &str, &str)| {
        (kind.is_empty() || *kind == closure.kind) && (cause.is_empty() || *cause == closure.cause)
    };
    CLASSES.iter().position(fits).expect("the last class fits all")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(decided_s: f64, kind: &str, cause: &str) -> Closure {
        Closure { decided_s, kind: kind.to_owned(), cause: cause.to_owned() }
    }

    #[test]
    fn closures_are_stacked_in_the_interval_of_their_decision() {
        let closures = [
            closure(0.0, "cooperative", "scheduled"),
            closure(1.0, "unilateral", "htlc_deadline"),
            closure(39.5, "revoked", "attack"),
            closure(40.0, "unilateral", "peer_gone"),
            closure(40.0, "unilateral", "policy"),
        ];
        let counts = counts(&closures, 40.0);
        assert_eq!(counts[0], [1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(counts[1], [0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(counts[39], [0, 0, 0, 0, 1, 1, 1]);
        let chart = draw(&closures, 40.0, "Lightning");
        let labels: Vec<_> = chart.series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "for another reason (1)",
                "by one side, peer has gone (1)",
                "with a revoked commitment (1)",
                "by one side, for an HTLC (1)",
                "by agreement (1)",
            ]
        );
        // The other reason stands on the two before it.
        let Marks::Bars(top) = &chart.series[0].marks else { panic!("bars") };
        assert!((top[0].2 - 3.0).abs() < 1e-12);
    }
}
