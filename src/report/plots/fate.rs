//! What became of revoked commitments, by how long nobody noticed and by what block space cost meanwhile.

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::axis::Axis;
use crate::report::plots::blocks::{Block, blocks};
use crate::report::plots::chart::{
    AMBER, BLUE, Chart, GREY, Marks, ORANGE, Panels, Picture, SKY, Series, grouped,
};
use crate::report::plots::read;
use crate::report::plots::run::SystemRun;

/// Sat per 1,000 vB in a sat per vB.
const PER_KVB: f64 = 1_000.0;

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

/// Feerate regimes by what the cheapest package of a block paid, in sat per vB: upper ends, halfway between
/// the bands of the usual demand (0.5 to 3, 5 to 20, 30 to 80 sat/vB).
const REGIMES: [(f64, &str); 3] = [
    (4.0, "blocks below 4 sat/vB"),
    (25.0, "blocks at 4 to 25 sat/vB"),
    (f64::INFINITY, "blocks above 25 sat/vB"),
];

/// A row of `attacks.csv`.
#[derive(Debug, Deserialize)]
struct Attempt {
    #[serde(deserialize_with = "read::finite")]
    start_s: f64,
    #[serde(deserialize_with = "read::finite_or")]
    number_used: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    detected_s: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    confirmed_height: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    deadline_height: Option<f64>,
    outcome: String,
}

/// A revoked commitment that was published.
#[derive(Clone, Debug)]
struct Fraud {
    /// From its publication until the victim or its tower saw it.
    noticed_after_s: Option<f64>,
    /// Heights of its block, and of the first one in which the cheater can take its money.
    confirmed: Option<f64>,
    deadline: Option<f64>,
    outcome: String,
}

/// All revoked commitments that were published.
fn frauds(run: &SystemRun) -> Result<Vec<Fraud>, OutputError> {
    let attempts: Vec<Attempt> = read::all_if_there(&run.table("attacks.csv"))?;
    let published = attempts.into_iter().filter(|attempt| attempt.number_used.is_some());
    let fraud = |attempt: Attempt| Fraud {
        noticed_after_s: attempt.detected_s.map(|at| at - attempt.start_s),
        confirmed: attempt.confirmed_height,
        deadline: attempt.deadline_height,
        outcome: attempt.outcome,
    };
    Ok(published.map(fraud).collect())
}

/// The picture, or nothing where no revoked commitment was published: a chart for each feerate regime in which
/// there was one.
pub(super) fn picture(run: &SystemRun) -> Result<Option<Picture>, OutputError> {
    let frauds = frauds(run)?;
    if frauds.is_empty() {
        return Ok(None);
    }
    let blocks = blocks(run)?;
    let title = format!("{}: fate of fraud attempts", run.title);
    let published = format!("n = {} revoked commitments published", grouped(frauds.len() as u64));
    let mut regimes: [Vec<Fraud>; 3] = [const { Vec::new() }; 3];
    for fraud in frauds {
        regimes[regime(&fraud, &blocks)].push(fraud);
    }
    let filled = regimes.iter().zip(REGIMES).filter(|(frauds, _)| !frauds.is_empty());
    let mut charts: Vec<Chart> = filled
        .map(|(frauds, (_, name))| {
            let own = format!("n = {}", grouped(frauds.len() as u64));
            draw(frauds, name.to_owned(), own)
        })
        .collect();
    Ok(match charts.len() {
        0 => None,
        1 => charts.pop().map(|chart| {
            let subtitle = format!("{published}; {} while the answer could come", chart.title);
            Picture::One(Chart { title, subtitle, ..chart })
        }),
        _ => Some(Picture::Many(Panels { title, subtitle: published, charts })),
    })
}

/// The regime of an attempt: by the mean over the blocks in which the answer would have been in time, or over
/// all where the run has none of those. An empty block asks for nothing.
fn regime(fraud: &Fraud, blocks: &[Block]) -> usize {
    let from = fraud.confirmed.unwrap_or(0.0);
    let until = fraud.deadline.unwrap_or(f64::INFINITY);
    let in_time = |block: &Block| block.height > from && block.height <= until;
    let none = !blocks.iter().any(in_time);
    let asked = blocks.iter().filter(|block| none || in_time(block));
    let asked: Vec<f64> = asked.map(|block| block.lowest.unwrap_or(0.0)).collect();
    let mean = asked.iter().sum::<f64>() / asked.len().max(1) as f64 / PER_KVB;
    REGIMES.iter().position(|(end, _)| mean < *end).unwrap_or(REGIMES.len() - 1)
}

fn draw(frauds: &[Fraud], title: String, subtitle: String) -> Chart {
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
        // In the legend only what there was: panels are narrow.
        let label = if total > 0 { format!("{label} ({})", grouped(total)) } else { String::new() };
        Series { label, colour, marks: Marks::Bars(bars.collect()) }
    });
    let series = series.collect();
    Chart { title, subtitle, x, y, series }
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
        let fraud = |noticed_after_s: Option<f64>, outcome: &str| Fraud {
            noticed_after_s,
            confirmed: Some(10.0),
            deadline: Some(12.0),
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
        let chart = draw(&frauds, "title".to_owned(), "subtitle".to_owned());
        assert_eq!(chart.series.len(), 5);
        assert_eq!(chart.series[4].label, "punished (2)");
    }

    #[test]
    fn the_regime_is_that_of_the_blocks_between_confirmation_and_deadline() {
        let block = |height: f64, lowest: Option<f64>| Block {
            height,
            time_s: 600.0 * height,
            waiting_wu: 0.0,
            own_wu: 0.0,
            lowest,
            median: None,
        };
        let fraud = |confirmed, deadline| Fraud {
            noticed_after_s: None,
            confirmed,
            deadline,
            outcome: "stolen".to_owned(),
        };
        let rates = [Some(1e6), Some(3_000.0), None, Some(40_000.0), Some(60_000.0)];
        let blocks: Vec<_> = (1_u8..).zip(rates).map(|(h, rate)| block(h.into(), rate)).collect();
        // Heights 2 and 3: (3 + 0) / 2; 3 and 4: (0 + 40) / 2; 4 and 5: (40 + 60) / 2.
        let of = |from: f64, to: f64| regime(&fraud(Some(from), Some(to)), &blocks);
        assert_eq!([of(1.0, 3.0), of(2.0, 4.0), of(3.0, 5.0)], [0, 1, 2]);
        assert_eq!(
            regime(&fraud(None, None), &blocks),
            2,
            "of all blocks, where there is no deadline"
        );
        assert_eq!(of(9.0, 10.0), 2, "of all blocks, where the run ends before");
    }
}
