//! All results of a sweep side by side.
//!
//! Rows come in the order of the plan, columns in alphabetical order of the figures' names: both depend
//! on the plan and on what was found alone.

use std::collections::BTreeMap;

use crate::metrics::Course;
use crate::report::Line;
use crate::scenario::{LevelValue, level_value};
use crate::sweep::plan::{Plan, Point};
use crate::sweep::statistic::Cell;
use crate::sweep::store::RunResult;

/// What the columns of the axes say.
pub(super) const MEANING_OF_AXES: &str = "a column per axis, in their order: the value of the key of the \
     scenario, with its unit in the name where all values are quantities of one unit (`_s`, `_sat`, \
     `_per_s`, `_sat_per_kw`)";

/// All figures found.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    /// Columns that say where a point lies.
    pub(super) axes: Vec<AxisColumn>,
    /// Systems, in the order in which runs name them.
    pub(super) systems: Vec<String>,
    /// Figures, in alphabetical order.
    pub(super) metrics: Vec<MetricColumn>,
    /// A row per point, replication and system.
    pub(super) rows: Vec<Row>,
}

/// A figure.
#[derive(Clone, Debug)]
pub(super) struct MetricColumn {
    pub(super) name: String,
    /// Whether it is an estimate, and no plain count.
    pub(super) is_estimate: bool,
}

/// One axis in the tables.
#[derive(Clone, Debug)]
pub(super) struct AxisColumn {
    /// The key, with its unit.
    pub(super) name: String,
    /// The value at each point.
    pub(super) values: Vec<AxisValue>,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AxisValue {
    Number(f64),
    Word(String),
}

/// The figures of one system in one run.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) point: u32,
    pub(super) replication: u32,
    pub(super) seed: u64,
    /// Index into the systems.
    pub(super) system: usize,
    /// One per metric.
    pub(super) cells: Vec<Cell>,
    /// How some figures went over the run.
    pub(super) courses: Vec<Course>,
}

impl Gathered {
    /// Puts results side by side; they must be in the order of points and replications.
    pub(super) fn new(plan: &Plan, results: &[(u32, RunResult)]) -> Self {
        let mut systems: Vec<String> = Vec::new();
        let mut estimates: BTreeMap<&str, bool> = BTreeMap::new();
        for system in results.iter().flat_map(|(_, result)| &result.systems) {
            if !systems.contains(&system.system) {
                systems.push(system.system.clone());
            }
            for metric in &system.metrics {
                *estimates.entry(&metric.name).or_default() |= metric.n.is_some();
            }
        }
        let places: BTreeMap<&str, usize> =
            estimates.keys().enumerate().map(|(place, name)| (*name, place)).collect();
        let mut rows = Vec::new();
        for (point, result) in results {
            for of in &result.systems {
                let mut cells = vec![Cell::default(); places.len()];
                for metric in &of.metrics {
                    cells[places[metric.name.as_str()]] = Cell::of(metric);
                }
                let system = systems.iter().position(|name| *name == of.system).unwrap_or(0);
                let (replication, seed) = (result.replication, result.seed);
                let courses = of.courses.clone();
                rows.push(Row { point: *point, replication, seed, system, cells, courses });
            }
        }
        let metrics = estimates
            .iter()
            .map(|(name, is_estimate)| MetricColumn {
                name: (*name).to_owned(),
                is_estimate: *is_estimate,
            })
            .collect();
        Self { axes: axes(plan), systems, metrics, rows }
    }

    /// The rows of one point and system, in the order of replications.
    pub(super) fn rows_of(&self, point: u32, system: usize) -> impl Iterator<Item = &Row> {
        let start = self.rows.partition_point(|row| row.point < point);
        self.rows[start..]
            .iter()
            .take_while(move |row| row.point == point)
            .filter(move |row| row.system == system)
    }

    /// Numbers of the points that have rows.
    pub(super) fn points(&self) -> Vec<u32> {
        let mut points: Vec<u32> = self.rows.iter().map(|row| row.point).collect();
        points.dedup();
        points
    }

    /// Writes where a point lies.
    pub(super) fn place(&self, line: &mut Line, point: u32) {
        for axis in &self.axes {
            match &axis.values[point as usize] {
                AxisValue::Number(number) => line.fraction(*number),
                AxisValue::Word(word) => line.text(word),
            }
        }
    }

    /// The names of the columns in a group: of the axes, or of the figures.
    pub(super) fn names(&self, group: &str) -> Vec<String> {
        match group {
            "AXES" => self.axes.iter().map(|axis| axis.name.clone()).collect(),
            _ => self.metrics.iter().map(|metric| metric.name.clone()).collect(),
        }
    }
}

/// The columns of the axes: numbers where all values of an axis are numbers of one unit.
fn axes(plan: &Plan) -> Vec<AxisColumn> {
    let column = |(number, key): (usize, &str)| {
        let read: Vec<LevelValue> =
            plan.points.iter().map(|point| level_value(&point.values[number])).collect();
        let unit = match read.first() {
            Some(LevelValue::Number(_, unit)) => Some(*unit),
            _ => None,
        };
        let is_of_unit = |value: &LevelValue| matches!(value, LevelValue::Number(_, other) if Some(*other) == unit);
        if let Some(unit) = unit.filter(|_| read.iter().all(is_of_unit)) {
            let number = |value| match value {
                LevelValue::Number(number, _) => AxisValue::Number(number),
                LevelValue::Word(word) => AxisValue::Word(word),
            };
            let name = if key.ends_with(unit) { key.to_owned() } else { format!("{key}{unit}") };
            return AxisColumn { name, values: read.into_iter().map(number).collect() };
        }
        let word = |point: &Point| AxisValue::Word(word(&point.values[number]));
        let values = plan.points.iter().map(word).collect();
        AxisColumn { name: key.to_owned(), values }
    };
    plan.spec.axes.iter().map(|axis| axis.key.as_str()).enumerate().map(column).collect()
}

/// A value that is no number, as tables have it: a text without its quotes, and of a choice without
/// keys, `{ quiet = {} }`, its name.
fn word(toml: &str) -> String {
    let document = format!("x = {toml}").parse::<toml::Table>().ok();
    if let Some(toml::Value::Table(choice)) = document.as_ref().and_then(|table| table.get("x")) {
        let mut choices = choice.iter();
        if let (Some((name, toml::Value::Table(keys))), None) = (choices.next(), choices.next())
            && keys.is_empty()
        {
            return name.clone();
        }
    }
    toml.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_quotes_and_choices_without_keys_their_braces() {
        assert_eq!(word("\"a b\""), "a b");
        assert_eq!(word("{ quiet = {} }"), "quiet");
        assert_eq!(word("{ congested = { load = 2.0 } }"), "{ congested = { load = 2.0 } }");
        assert_eq!(word("true"), "true");
    }
}
