//! All results of a sweep side by side, and `points.csv`.
//!
//! Rows come in the order of the plan, columns in alphabetical order of the figures' names: both depend
//! on the plan and on what was found alone.

use std::collections::BTreeMap;
use std::path::Path;

use crate::metrics::Course;
use crate::report::{Existing, FileMark, Line, OutputError, PartFile};
use crate::scenario::{LevelValue, level_value};
use crate::sweep::plan::{Plan, Point};
use crate::sweep::statistic::Cell;
use crate::sweep::store::RunResult;

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

    /// The names of the axes' columns.
    pub(super) fn axis_names(&self) -> impl Iterator<Item = &str> {
        self.axes.iter().map(|axis| axis.name.as_str())
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

/// A CSV file under way.
pub(super) struct CsvTable {
    file: PartFile,
    pub(super) line: Line,
}

impl CsvTable {
    /// Begins `name` in `dir`, over an earlier one.
    pub(super) fn create<'n>(
        dir: &Path,
        name: &str,
        columns: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, OutputError> {
        let file = PartFile::create(dir, name, Existing::Replace)?;
        let mut table = Self { file, line: Line::default() };
        table.line.begin();
        columns.into_iter().for_each(|column| table.line.text(column));
        table.end()?;
        Ok(table)
    }

    /// Ends the line, and begins the next.
    pub(super) fn end(&mut self) -> Result<(), OutputError> {
        self.file.write(self.line.end())?;
        self.line.begin();
        Ok(())
    }

    /// Completes the file.
    pub(super) fn finish(self) -> Result<FileMark, OutputError> {
        self.file.finish()
    }
}

/// Writes `points.csv`: a row per point, replication and system.
pub(super) fn write_points(gathered: &Gathered, dir: &Path) -> Result<FileMark, OutputError> {
    let columns = ["point", "replication", "seed", "system"]
        .into_iter()
        .chain(gathered.axis_names())
        .chain(gathered.metrics.iter().map(|metric| metric.name.as_str()));
    let mut table = CsvTable::create(dir, "points.csv", columns)?;
    for row in &gathered.rows {
        table.line.number(u64::from(row.point));
        table.line.number(u64::from(row.replication));
        table.line.number(row.seed);
        table.line.text(&gathered.systems[row.system]);
        gathered.place(&mut table.line, row.point);
        row.cells.iter().for_each(|cell| table.line.maybe(cell.value, Line::fraction));
        table.end()?;
    }
    table.finish()
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
