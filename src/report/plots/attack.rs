//! Share of payments settled through the run, where there was an attack.

use std::path::Path;

use serde::Deserialize;

use crate::metrics::wilson_95;
use crate::outcome::Outcome;
use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{BLUE, Chart, Marks, ORANGE, Picture, Series, grouped};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// Intervals that the run is cut into, at most and at least; in between, so many that each has its payments.
const INTERVALS: [usize; 2] = [60, 6];
/// Payments in an interval: fewer tell nothing about a share.
const PAYMENTS: usize = 30;

/// A row of `payments.csv`.
#[derive(Debug, Deserialize)]
struct Payment {
    #[serde(deserialize_with = "read::finite")]
    submitted_s: f64,
    outcome: Outcome,
}

/// A row of `attacks.csv`.
#[derive(Debug, Deserialize)]
struct Attempt {
    #[serde(deserialize_with = "read::finite")]
    start_s: f64,
}

/// The picture, or nothing where there was no attack. Payments count at the time of their submission.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    let starts = starts(&run.folder)?;
    let Some(first) = starts.iter().copied().reduce(f64::min) else { return Ok(None) };
    let times = submissions(&run.folder)?;
    Ok(Some(Picture::One(draw(&times, first, starts.len(), &run.title))))
}

/// When the payments of a system were submitted, and whether they were settled.
pub(super) fn submissions(folder: &Path) -> Result<Vec<(f64, bool)>, OutputError> {
    let mut times = Vec::new();
    read::rows(&folder.join("payments.csv"), |payment: Payment| {
        times.push((payment.submitted_s, payment.outcome == Outcome::Settled));
    })?;
    Ok(times)
}

/// When the attempts of all attacks began.
pub(super) fn starts(folder: &Path) -> Result<Vec<f64>, OutputError> {
    let attempts: Vec<Attempt> = read::all_if_there(&folder.join("attacks.csv"))?;
    Ok(attempts.into_iter().map(|attempt| attempt.start_s).collect())
}

fn draw(times: &[(f64, bool)], first: f64, attempts: usize, system: &str) -> Chart {
    let end = times.iter().map(|(at, _)| *at).fold(0.0, f64::max);
    let x = Axis::time("Virtual time of submission", end);
    let y = Axis::share("Share of payments", 1.0);
    let points = Marks::Intervals(points(times, end, &x, &y));
    let begin = Marks::Vertical(x.place(first.min(end)));
    let series = |label: &str, colour, marks| Series { label: label.to_owned(), colour, marks };
    let series = vec![
        series("settled, with 95 % Wilson interval", BLUE, points),
        series("first attack starts", ORANGE, begin),
    ];
    let subtitle = format!(
        "n = {} payments, warm-up included; {} attempts of attacks",
        grouped(times.len() as u64),
        grouped(attempts as u64)
    );
    Chart { title: format!("{system}: success through an attack"), subtitle, x, y, series }
}

/// The share settled of each interval that has payments, with its interval of confidence.
pub(super) fn points(
    times: &[(f64, bool)],
    end: f64,
    x: &Axis,
    y: &Axis,
) -> Vec<(f64, f64, f64, f64)> {
    let point = |(at, all, settled): (f64, u64, u64)| {
        let [low, high] = wilson_95(settled, all)?.map(|share| y.place(share));
        Some((x.place(at), y.place(settled as f64 / all as f64), low, high))
    };
    counts(times, end).into_iter().filter_map(point).collect()
}

/// Middle, payments and settled payments of each interval.
fn counts(times: &[(f64, bool)], end: f64) -> Vec<(f64, u64, u64)> {
    let [most, least] = INTERVALS;
    let intervals = (times.len() / PAYMENTS).clamp(least, most);
    let width = (end / intervals as f64).max(f64::MIN_POSITIVE);
    let middle = |place: usize| (place as f64 + 0.5) * width;
    let mut counts: Vec<_> = (0..intervals).map(|place| (middle(place), 0, 0)).collect();
    for &(at, settled) in times {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a short list"
        )]
        let place = ((at / width) as usize).min(intervals - 1);
        counts[place].1 += 1;
        counts[place].2 += u64::from(settled);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_count_where_they_were_submitted() {
        let times = [(0.0, true), (30.5, false), (30.9, true), (60.0, false)];
        let filled: Vec<_> = counts(&times, 60.0).into_iter().filter(|c| c.1 > 0).collect();
        assert_eq!(filled, [(5.0, 1, 1), (35.0, 2, 1), (55.0, 1, 0)]);
        let many = vec![(60.0, true); 1_000];
        assert_eq!((counts(&many, 60.0).len(), counts(&many.repeat(9), 60.0).len()), (33, 60));
        assert_eq!(draw(&times, 100.0, 3, "Lightning").series.len(), 2);
        assert_eq!(draw(&[], 0.0, 1, "Lightning").subtitle.split(' ').nth(2), Some("0"));
    }
}
