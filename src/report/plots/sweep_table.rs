//! Reads `aggregate.csv` of a sweep, as far as plots need it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use csv::Reader;
use serde::Deserialize;

use crate::report::error::OutputError;
use crate::report::plots::read;

/// The means of a sweep.
#[derive(Clone, Debug, Default)]
pub(super) struct Means {
    /// The columns of the axes.
    pub(super) axes: Vec<AxisData>,
    /// Systems, in order of their first row.
    pub(super) systems: Vec<String>,
    /// Per figure and system (by index): the points that have a mean.
    pub(super) figures: BTreeMap<(String, usize), Vec<Mean>>,
    /// How many points there are.
    pub(super) points: usize,
}

/// An axis: its name, and its levels in rising order (words: in order of first appearance).
#[derive(Clone, Debug, Default)]
pub(super) struct AxisData {
    pub(super) name: String,
    pub(super) levels: Vec<Level>,
}

/// A value on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    pub(super) text: String,
    pub(super) number: Option<f64>,
}

/// A mean over replications.
#[derive(Clone, Debug)]
pub(super) struct Mean {
    /// The level on each axis, by index.
    pub(super) place: Vec<usize>,
    pub(super) n: u64,
    pub(super) value: f64,
    pub(super) ends: Option<[f64; 2]>,
}

impl AxisData {
    /// Whether all levels are numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.levels.iter().all(|level| level.number.is_some())
    }

    /// The numbers of its levels; empty when they are words.
    pub(super) fn numbers(&self) -> Vec<f64> {
        if !self.is_numeric() {
            return Vec::new();
        }
        self.levels.iter().filter_map(|level| level.number).collect()
    }

    /// Whether levels grow by about equal factors: then the axis is drawn logarithmically.
    pub(super) fn is_logarithmic(&self) -> bool {
        let numbers = self.numbers();
        let [first, .., last] = numbers.as_slice() else { return false };
        if *first <= 0.0 || numbers.len() < 3 || last / first < 8.0 {
            return false;
        }
        // Under equal factors the middle one lies at the geometric mean, otherwise far above it.
        let middle = numbers[numbers.len() / 2];
        middle < f64::midpoint(*first, *last) / 2.0
    }
}

/// Reads the file of the sweep in `dir`; of all figures, those that `keeps` takes.
pub(super) fn read(dir: &Path, keeps: impl Fn(&str) -> bool) -> Result<Means, OutputError> {
    let path = dir.join("aggregate.csv");
    let file = File::open(&path).map_err(|error| OutputError::io(&path, &error))?;
    let bad = |what: String| OutputError::bad_data(&path, what);
    let mut reader = Reader::from_reader(file);
    let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
    let place = |name: &str| {
        header
            .iter()
            .enumerate()
            .filter(|(_, other)| *other == name)
            .last()
            .map(|(at, _)| at)
            .ok_or_else(|| bad(format!("it has no column {name}")))
    };
    let system = place("system")?;
    let [metric, n, mean, low, high] =
        [place("metric")?, place("n")?, place("mean")?, place("low")?, place("high")?];
    let mut means = Means {
        axes: (1..system)
            .map(|at| AxisData { name: header[at].to_owned(), levels: Vec::new() })
            .collect(),
        ..Means::default()
    };
    let mut last_point = String::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad(error.to_string()))?;
        if last_point != record[0] {
            record[0].clone_into(&mut last_point);
            means.points += 1;
        }
        let spot: Vec<usize> = means
            .axes
            .iter_mut()
            .enumerate()
            .map(|(at, axis)| level_of(axis, &record[at + 1]))
            .collect();
        let name = &record[system];
        let of = means.systems.iter().position(|other| other == name).unwrap_or_else(|| {
            means.systems.push(name.to_owned());
            means.systems.len() - 1
        });
        if !keeps(&record[metric]) {
            continue;
        }
        let number = |at: usize| record[at].parse::<f64>().ok().filter(|value| value.is_finite());
        let line = record.position().map_or(0, csv::Position::line);
        let value = number(mean).ok_or_else(|| bad(format!("line {line}: no mean")))?;
        let ends = number(low).zip(number(high)).map(|(low, high)| [low, high]);
        let n = record[n].parse().map_err(|_| bad(format!("line {line}: no n")))?;
        let entry = means.figures.entry((record[metric].to_owned(), of)).or_default();
        entry.push(Mean { place: spot, n, value, ends });
    }
    sort_levels(&mut means);
    Ok(means)
}

fn level_of(axis: &mut AxisData, text: &str) -> usize {
    // Neighbouring rows mostly share their levels: look at the newest first.
    axis.levels.iter().rposition(|level| level.text == text).unwrap_or_else(|| {
        axis.levels.push(Level { text: text.to_owned(), number: text.parse().ok() });
        axis.levels.len() - 1
    })
}

/// Numbers in rising order, and places with them.
fn sort_levels(means: &mut Means) {
    for (at, axis) in means.axes.iter_mut().enumerate() {
        if !axis.is_numeric() {
            continue;
        }
        let mut order: Vec<usize> = (0..axis.levels.len()).collect();
        let number = |of: &usize| axis.levels[*of].number.unwrap_or(0.0);
        order.sort_by(|a, b| number(a).total_cmp(&number(b)));
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old] = new;
        }
        axis.levels = order.iter().map(|old| axis.levels[*old].clone()).collect();
        for mean in means.figures.values_mut().flatten() {
            mean.place[at] = rank[mean.place[at]];
        }
    }
}

/// The indices of one axis.
#[derive(Clone, Debug)]
pub(super) struct Indices {
    pub(super) axis: String,
    /// First-order and total.
    pub(super) shares: [f64; 2],
}

/// System, figure, and the indices of every axis.
pub(super) type OfFigure = (String, String, Vec<Indices>);

/// A row of `sensitivity.csv`.
#[derive(Debug, Deserialize)]
struct SensitivityRow {
    system: String,
    metric: String,
    axis: String,
    #[serde(deserialize_with = "read::finite")]
    first_order: f64,
    #[serde(deserialize_with = "read::finite")]
    total: f64,
}

/// Reads `sensitivity.csv` of the sweep in `dir`, where there is one.
pub(super) fn indices(dir: &Path, wanted: &[&str]) -> Result<Vec<OfFigure>, OutputError> {
    let path = dir.join("sensitivity.csv");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let mut found: Vec<OfFigure> = Vec::new();
    read::rows(&path, |row: SensitivityRow| {
        if !wanted.contains(&row.metric.as_str()) {
            return;
        }
        let of = Indices { axis: row.axis, shares: [row.first_order, row.total] };
        match found.last_mut() {
            Some((system, metric, all)) if *system == row.system && *metric == row.metric => {
                all.push(of);
            }
            _ => found.push((row.system, row.metric, vec![of])),
        }
    })?;
    Ok(found)
}
