//! Maps of the cheapest system over payment size and rate.

use std::path::Path;

use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::layout::title;
use crate::report::plots::axis::{Axis, si};
use crate::report::plots::chart::{Chart, GREY, Marks, Series, colour_of};
use crate::report::plots::read;

/// A row of `architect_cells.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Choice {
    #[serde(rename = "architect")]
    name: String,
    map: String,
    #[serde(deserialize_with = "read::finite")]
    amount_sat: f64,
    #[serde(rename = "payments_per_s", deserialize_with = "read::finite")]
    rate: f64,
    cheapest: String,
    #[serde(deserialize_with = "read::finite_or")]
    cost_usd: Option<f64>,
    runner_up: String,
    significant: bool,
}

/// A chart for each map in `architect_cells.csv`, with their names.
pub(super) fn charts(path: &Path) -> Result<Vec<(String, Chart)>, OutputError> {
    let choices: Vec<Choice> = read::all(path)?;
    let mut options: Vec<&str> = Vec::new();
    // One colour for each way on all maps.
    for option in choices.iter().map(|choice| choice.cheapest.as_str()) {
        if !option.is_empty() && !options.contains(&option) {
            options.push(option);
        }
    }
    let mut names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
    names.dedup();
    let labels = [("network", "Payments of all users"), ("pair", "Payments of the pair")];
    let maps = names.iter().flat_map(|name| labels.map(|(map, x_label)| (*name, map, x_label)));
    let drawn = maps.filter_map(|(name, map, x_label)| {
        let of = choices.iter().filter(|choice| choice.name == name && choice.map == map);
        let of: Vec<&Choice> = of.collect();
        let file = format!("architect_{}_{map}", name.replace(['.', ':', '-'], "_"));
        (!of.is_empty()).then(|| (file, chart(&of, &options, name, x_label)))
    });
    Ok(drawn.collect())
}

fn chart(choices: &[&Choice], options: &[&str], name: &str, x_label: &str) -> Chart {
    let [rates, amounts] = [places(choices, |c| c.rate), places(choices, |c| c.amount_sat)];
    let names = |values: &[f64], show: &dyn Fn(f64) -> String| -> Vec<String> {
        values.iter().map(|value| show(*value)).collect()
    };
    let x = Axis::names(x_label, &names(&rates, &per_time));
    let y = Axis::names("Payment (sat)", &names(&amounts, &si));
    let tile = |choice: &Choice| {
        let place = |values: &[f64], value: f64| values.iter().position(|v| same(*v, value));
        let (Some(column), Some(row)) =
            (place(&rates, choice.rate), place(&amounts, choice.amount_sat))
        else {
            unreachable!("the places are those of the choices")
        };
        [column as f64, row as f64, column as f64 + 1.0, row as f64 + 1.0]
    };
    let mut series = Vec::new();
    for (number, option) in options.iter().enumerate() {
        let best = choices.iter().filter(|choice| choice.cheapest == *option);
        let tiles: Vec<_> = best.map(|choice| (tile(choice), words(choice))).collect();
        if !tiles.is_empty() {
            let (label, colour) = (title(option), colour_of(number));
            series.push(Series { label, colour, marks: Marks::Tiles(tiles) });
        }
    }
    let none = choices.iter().filter(|choice| choice.cheapest.is_empty());
    let none: Vec<_> = none.map(|choice| (tile(choice), words(choice))).collect();
    if !none.is_empty() {
        let label = "none is fast enough".to_owned();
        series.push(Series { label, colour: GREY, marks: Marks::Tiles(none) });
    }
    Chart {
        title: format!("The cheapest system that is fast enough ({name})"),
        subtitle: "what a payment costs its users: price, capital bound, setting up; \
                   ≈: not told apart from the one named"
            .to_owned(),
        x,
        y,
        series,
    }
}

/// What stands in a field: the cost, and where chance may have chosen, what it is not told apart from.
fn words(choice: &Choice) -> String {
    let cost = choice.cost_usd.map_or_else(|| "none".to_owned(), dollars);
    match (choice.significant, choice.runner_up.as_str()) {
        (true, _) => cost,
        (false, "") => format!("{cost} ≈"),
        (false, other) => format!("{cost} ≈ {}", short_title(other)),
    }
}

/// The name of a way, short enough for a field.
fn short_title(option: &str) -> String {
    let title = title(option);
    title.split([' ', '-']).next().unwrap_or_default().to_owned()
}

fn same(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

/// The different values, ascending.
fn places(choices: &[&Choice], of: fn(&Choice) -> f64) -> Vec<f64> {
    let mut values: Vec<_> = choices.iter().map(|choice| of(choice)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// A rate in the unit in which it is at least 1.
fn per_time(rate: f64) -> String {
    let units = [(1.0, "s"), (3_600.0, "h"), (86_400.0, "day"), (30.0 * 86_400.0, "30 days")];
    let fits = units.iter().find(|(seconds, _)| rate * seconds >= 0.999);
    let (seconds, unit) = fits.unwrap_or(&(365.0 * 86_400.0, "year"));
    let digits = (rate * seconds * 1_000.0).round() / 1_000.0;
    format!("{}/{unit}", si(digits))
}

/// An amount of dollars with two or three digits that matter.
fn dollars(value: f64) -> String {
    if value >= 1.0 {
        format!("${value:.2}")
    } else if value >= 0.001 {
        format!("${value:.4}")
    } else {
        format!("${value:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(amount_sat: f64, cheapest: &str, runner_up: &str, significant: bool) -> Choice {
        Choice {
            name: "m".to_owned(),
            map: "network".to_owned(),
            amount_sat,
            rate: 1.0,
            cheapest: cheapest.to_owned(),
            cost_usd: (!cheapest.is_empty()).then_some(0.25),
            runner_up: runner_up.to_owned(),
            significant,
        }
    }

    #[test]
    fn each_field_has_the_colour_of_its_cheapest_or_is_grey_and_says_where_chance_may_have_chosen()
    {
        let rows = [
            choice(10.0, "card", "lightning", true),
            choice(20.0, "", "", true),
            choice(30.0, "card", "zk_rollup", false),
            choice(40.0, "card", "", false),
        ];
        let rows: Vec<&Choice> = rows.iter().collect();
        let chart = chart(&rows, &["lightning", "card"], "m", "x");
        let tiles: Vec<_> = chart
            .series
            .iter()
            .map(|series| match &series.marks {
                Marks::Tiles(tiles) => (series.label.as_str(), tiles.clone()),
                _ => panic!("tiles"),
            })
            .collect();
        assert_eq!(tiles.len(), 2);
        let tile = |row: f64, text: &str| ([0.0, row, 1.0, row + 1.0], text.to_owned());
        let card =
            [tile(0.0, "$0.2500"), tile(2.0, "$0.2500 ≈ ZK"), tile(3.0, "$0.2500 ≈")].to_vec();
        assert_eq!(tiles[0], ("Card", card));
        assert_eq!(tiles[1], ("none is fast enough", vec![tile(1.0, "none")]));
    }

    #[test]
    fn rates_stand_in_the_unit_in_which_they_are_whole() {
        for (rate, text) in
            [(2.0, "2/s"), (0.1, "360/h"), (1.0 / 86_400.0, "1/day"), (1e-7, "3.15/year")]
        {
            assert_eq!(per_time(rate), text);
        }
    }
}
