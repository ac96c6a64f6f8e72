//! What became of revoked commitments, by how long nobody noticed.

use std::path::Path;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{AMBER, BLUE, Chart, GREY, Marks, ORANGE, SKY, Series, grouped};
use crate::report::plots::table::{self, Fraud};

/// Upper ends of the classes, in seconds, and their names.
const CLASSES: [(f64, &str); 7] = [
    (3_600.0, "< 1 h"),
    (10_800.0, "1–3 h"),
    (36_000.0, "3–10 h"),
    (86_400.0, "10–24 h"),
    (259_200.0, "1–3 days"),
    (864_000.0, "3–10 days"),
    (f64::INFINITY, "longer"),
];

/// Outcomes from the top of a bar to its bottom.
const OUTCOMES: [(&str, crate::report::plots::chart::Colour); 5] = [
    ("pending", GREY),
    ("aborted", SKY),
    ("partly", AMBER),
    ("stolen", ORANGE),
    ("punished", BLUE),
];

/// The chart, or nothing where no revoked commitment was published.
pub(super) fn chart(attacks: &Path, system: &str) -> Result<Option<Chart>, OutputError> {
    let frauds = if attacks.is_file() { table::frauds(attacks)? } else { Vec::new() };
    Ok((!frauds.is_empty()).then(|| draw(&frauds, system)))
}

fn draw(frauds: &[Fraud], system: &str) -> Chart {
    let counts = count(frauds);
    let highest = counts.iter().map(|class| class.iter().sum::<u64>()).max().unwrap_or(0);
    let mut names: Vec<String> = CLASSES.iter().map(|(_, name)| (*name).to_owned()).collect();
    names.push("never".to_owned());
    let x = Axis::names("Time until the victim or its tower saw it", &names);
    let y = Axis::linear("Attempts", highest as f64);
    let series = OUTCOMES.iter().enumerate().map(|(top, &(label, colour))| {
        // Drawn from the tallest on: each covers the bottom of the one before.
        let bars = counts.iter().enumerate().map(|(place, class)| {
            let height: u64 = class[top..].iter().sum();
            let middle = x.ticks[place].0;
            (middle - 0.35, middle + 0.35, y.place(height as f64))
        });
        let total: u64 = counts.iter().map(|class| class[top]).sum();
        Series {
            label: format!("{label} ({})", grouped(total)),
            colour,
            marks: Marks::Bars(bars.collect()),
        }
    });
    let series = series.collect();
    let subtitle = format!("n = {} revoked commitments published", grouped(frauds.len() as u64));
    Chart { title: format!("{system}: fate of fraud attempts"), subtitle, x, y, series }
}

/// By class, the last of which is "never", and by outcome.
fn count(frauds: &[Fraud]) -> [[u64; 5]; 8] {
    let mut counts = [[0; 5]; 8];
    for fraud in frauds {
        let place = fraud.noticed_after_s.map_or(CLASSES.len(), |after| {
            CLASSES.iter().position(|(end, _)| after < *end).unwrap_or(CLASSES.len() - 1)
        });
        if let Some(outcome) = OUTCOMES.iter().position(|(name, _)| *name == fraud.outcome) {
            counts[place][outcome] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_outcome_and_by_the_time_until_somebody_saw_them() {
        let fraud = |after: Option<f64>, outcome: &str| Fraud {
            noticed_after_s: after,
            outcome: outcome.to_owned(),
        };
        let frauds = [
            fraud(Some(600.0), "punished"),
            fraud(Some(3_599.0), "punished"),
            fraud(Some(90_000.0), "stolen"),
            fraud(None, "pending"),
        ];
        let counts = count(&frauds);
        assert_eq!(
            (counts[0], counts[4], counts[7]),
            ([0, 0, 0, 0, 2], [0, 0, 0, 1, 0], [1, 0, 0, 0, 0])
        );
        let chart = draw(&frauds, "Lightning");
        assert_eq!(chart.series.len(), 5);
        assert_eq!(chart.series[4].label, "punished (2)");
    }
}
