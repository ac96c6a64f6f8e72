//! Bars with one place per system: success, cost and its parts, use of capital.

use std::path::Path;

use serde::Deserialize;

use crate::math;
use crate::report::error::OutputError;
use crate::report::layout::title;
use crate::report::plots::axis::{Axis, si};
use crate::report::plots::chart::{AMBER, BLUE, Chart, Colour, GREEN, GREY, Marks, ORANGE, Series};
use crate::report::plots::read;

/// Names and colours of the bars of one system in the chart of costs.
const COSTS: [(&str, Colour); 5] = [
    ("price charged", GREY),
    ("paid to the layer below", BLUE),
    ("operating", ORANGE),
    ("capital bound", GREEN),
    ("setting up", AMBER),
];

/// A row of `comparison.csv`.
#[derive(Debug, Deserialize)]
struct Row {
    system: String,
    #[serde(deserialize_with = "read::finite_or")]
    success_ratio: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    price_mean_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    resource_l1_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    resource_operator_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    resource_capital_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    resource_setup_usd: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    capital_velocity_per_day: Option<f64>,
    #[serde(deserialize_with = "read::finite_or")]
    locked_capital_usd: Option<f64>,
}

/// A system, as far as charts need it.
#[derive(Clone, Debug)]
struct Compared {
    system: String,
    success: Option<f64>,
    /// In the order of [`COSTS`].
    costs_usd: [Option<f64>; 5],
    velocity_per_day: Option<f64>,
    locked_usd: Option<f64>,
}

impl From<Row> for Compared {
    fn from(row: Row) -> Self {
        Self {
            system: row.system,
            success: row.success_ratio,
            costs_usd: [
                row.price_mean_usd,
                row.resource_l1_usd,
                row.resource_operator_usd,
                row.resource_capital_usd,
                row.resource_setup_usd,
            ],
            velocity_per_day: row.capital_velocity_per_day,
            locked_usd: row.locked_capital_usd,
        }
    }
}

/// The charts from `comparison.csv`, with their names.
pub(super) fn charts(path: &Path) -> Result<Vec<(&'static str, Chart)>, OutputError> {
    let rows: Vec<Row> = read::all(path)?;
    let systems: Vec<Compared> = rows.into_iter().map(Compared::from).collect();
    Ok(vec![
        ("systems_success", success(&systems)),
        ("systems_cost", costs(&systems)),
        ("systems_capital", capital(&systems)),
    ])
}

fn names(systems: &[Compared]) -> Axis {
    let names: Vec<_> = systems.iter().map(|system| title(&system.system)).collect();
    Axis::names("System", &names)
}

fn success(systems: &[Compared]) -> Chart {
    let y = Axis::share("Share of payments settled", 1.0);
    let bars = (0_u32..).zip(systems).filter_map(|(place, system)| {
        let left = f64::from(place);
        Some((left + 0.2, left + 0.8, y.place(system.success?)))
    });
    let series =
        Series { label: "settled".to_owned(), colour: BLUE, marks: Marks::Bars(bars.collect()) };
    Chart {
        title: "Payments settled, by system".to_owned(),
        subtitle: "the same measured payments for every system".to_owned(),
        x: names(systems),
        series: vec![series],
        y,
    }
}

fn costs(systems: &[Compared]) -> Chart {
    let y = logarithmic(
        "US dollars per settled payment",
        systems.iter().flat_map(|system| system.costs_usd).flatten(),
    );
    let series = COSTS.iter().enumerate().map(|(cost, (label, colour))| {
        let bars = (0_u32..).zip(systems).filter_map(|(place, system)| {
            let value = system.costs_usd[cost].filter(|value| *value > 0.0)?;
            let left = f64::from(place) + 0.1 + 0.16 * cost as f64;
            Some((left, left + 0.15, y.place(value)))
        });
        let marks = Marks::Bars(bars.collect());
        Series { label: (*label).to_owned(), colour: *colour, marks }
    });
    Chart {
        title: "Price and resource cost, by system".to_owned(),
        subtitle: "means; a bar that is missing is nothing, or not modelled".to_owned(),
        x: names(systems),
        series: series.collect(),
        y,
    }
}

fn capital(systems: &[Compared]) -> Chart {
    let y = logarithmic(
        "Settled value of a day over the money bound",
        systems.iter().filter_map(|system| system.velocity_per_day),
    );
    let bars = (0_u32..).zip(systems).filter_map(|(place, system)| {
        let value = system.velocity_per_day.filter(|value| *value > 0.0)?;
        let left = f64::from(place);
        Some((left + 0.2, left + 0.8, y.place(value)))
    });
    let marks = Marks::Bars(bars.collect());
    let bound: Vec<_> = systems
        .iter()
        .filter_map(|system| Some(format!("{} ${}", title(&system.system), si(system.locked_usd?))))
        .collect();
    Chart {
        title: "Use of capital, by system".to_owned(),
        subtitle: format!("bound: {}", bound.join(", ")),
        x: names(systems),
        series: vec![Series { label: "turned over per day".to_owned(), colour: GREEN, marks }],
        y,
    }
}

/// A logarithmic axis over whole decades around the positive ones among `values`.
pub(super) fn logarithmic(label: &str, values: impl Iterator<Item = f64>) -> Axis {
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for value in values.filter(|value| *value > 0.0) {
        (low, high) = (low.min(value), high.max(value));
    }
    if high <= 0.0 {
        return Axis::logarithmic(label, 0.1, 10.0);
    }
    let decade = |value: f64| math::pow(10.0, value);
    // Bars start at the bottom: the smallest must still be seen.
    let [low, high] = [math::log10(low * 0.7).floor(), math::log10(high).ceil()];
    Axis::logarithmic(label, decade(low), decade(high.max(low + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_holds_all_values_and_leaves_the_smallest_a_bar() {
        let axis = logarithmic("", [0.0, 0.02, 30.0, 1.0].into_iter());
        assert!((axis.low - -2.0).abs() < 1e-9 && (axis.high - 2.0).abs() < 1e-9);
        assert!(axis.place(0.02) > axis.low);
        let axis = logarithmic("", [1.0].into_iter());
        assert!(axis.low < 0.0 && axis.high > axis.low);
        let nothing = logarithmic("", std::iter::empty());
        assert!(nothing.low < nothing.high);
    }

    #[test]
    fn costs_that_are_nothing_have_no_bar() {
        let system = Compared {
            system: "card".to_owned(),
            success: Some(1.0),
            costs_usd: [Some(1.0), None, Some(0.155), Some(0.0), Some(0.0)],
            velocity_per_day: None,
            locked_usd: Some(2_000.0),
        };
        let chart = costs(std::slice::from_ref(&system));
        let bars: Vec<_> = chart
            .series
            .iter()
            .map(|series| match &series.marks {
                Marks::Bars(bars) => bars.len(),
                _ => panic!("bars"),
            })
            .collect();
        assert_eq!(bars, [1, 0, 1, 0, 0]);
        assert_eq!(capital(&[system]).subtitle, "bound: Card $2k");
    }
}
