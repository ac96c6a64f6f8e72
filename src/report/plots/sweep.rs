//! Pictures of a sweep: lines with bands for one axis, heat maps for two, small multiples for three,
//! and dots per axis where points are no grid.

use std::path::Path;

use crate::report::error::OutputError;
use crate::report::layout::title;
use crate::report::plots::axis::{Axis, si};
use crate::report::plots::chart::{Chart, HeatCell, Marks, Panels, Picture, SERIES, Series};
use crate::report::plots::sweep_table::{self, AxisData, Level, Mean, Means};

/// What is drawn when the scenario does not say.
const USUAL: [&str; 8] = [
    "success.success_ratio",
    "success.success_volume_ratio",
    "latency.payer_known.p50_s",
    "latency.payer_known.p95_s",
    "fees.fee_mean_msat",
    "effort.attempts_per_payment",
    "throughput.settled_per_s",
    "channels.depleted_share",
];

/// Panels of one picture; further levels are left out, and the subtitle says so.
const PANELS_MAX: usize = 9;

/// All pictures of the sweep in `dir`, with their names.
pub(super) fn pictures(
    dir: &Path,
    figures: &[String],
) -> Result<Vec<(String, Picture)>, OutputError> {
    let wanted: Vec<&str> = if figures.is_empty() {
        USUAL.to_vec()
    } else {
        figures.iter().map(String::as_str).collect()
    };
    let bars = bars(dir, &wanted)?;
    let means = sweep_table::read(dir, |figure| wanted.contains(&figure))?;
    let is_grid =
        means.axes.iter().map(|axis| axis.levels.len()).product::<usize>() == means.points;
    let mut named = bars;
    for figure in wanted {
        let name = |system: &str| format!("sweep_{system}_{}", figure.replace('.', "_"));
        if is_grid && means.axes.len() == 1 {
            named.extend(lines(&means, figure).map(|chart| (name("all"), Picture::One(chart))));
            continue;
        }
        for (system, system_name) in means.systems.iter().enumerate() {
            let Some(of) = means.figures.get(&(figure.to_owned(), system)) else { continue };
            let picture = match (is_grid, means.axes.len()) {
                (true, 2) => Picture::One(heat_map(&means, system, figure, of)),
                (true, 3) => Picture::Many(multiples(&means, system, figure, of)),
                _ => Picture::Many(scatter(&means, system, figure, of)),
            };
            named.push((name(system_name), picture));
        }
    }
    Ok(named)
}

/// Whether a figure lies between 0 and 1.
fn is_share(figure: &str) -> bool {
    let last = figure.rsplit('.').next().unwrap_or(figure);
    last.ends_with("_ratio") || last.contains("share")
}

/// The axis of a figure that reaches up to `high`.
fn value_axis(figure: &str, high: f64) -> Axis {
    if is_share(figure) { Axis::share(figure, 1.0) } else { Axis::linear(figure, high) }
}

/// The axis of what is varied.
fn level_axis(axis: &AxisData) -> Axis {
    let numbers = axis.numbers();
    match numbers.as_slice() {
        [first, .., last] if axis.is_logarithmic() => Axis::logarithmic(&axis.name, *first, *last),
        [first, .., last] if *first >= 0.0 => Axis::linear(&axis.name, *last),
        _ => names(axis),
    }
}

/// An axis with a place for each level, in equal distances.
fn names(axis: &AxisData) -> Axis {
    let texts: Vec<String> = axis.levels.iter().map(text).collect();
    Axis::names(&axis.name, &texts)
}

/// Where a level lies on its axis.
fn position(axis: &AxisData, drawn: &Axis, level: usize) -> f64 {
    let is_by_name = !axis.is_numeric()
        || axis.levels.len() < 2
        || axis.levels.first().and_then(|level| level.number).is_some_and(|first| first < 0.0);
    match axis.levels[level].number.filter(|_| !is_by_name) {
        Some(number) => drawn.place(number),
        #[expect(clippy::cast_precision_loss, reason = "levels are few")]
        None => level as f64 + 0.5,
    }
}

/// A level for people.
fn text(level: &Level) -> String {
    level.number.map_or_else(|| level.text.clone(), si)
}

fn high_end(of: &[Mean]) -> f64 {
    of.iter().map(|mean| mean.ends.map_or(mean.value, |ends| ends[1])).fold(0.0, f64::max)
}

/// How many replications are behind the means, for the subtitle.
fn replications(of: &[Mean]) -> String {
    let low = of.iter().map(|mean| mean.n).min().unwrap_or(0);
    let high = of.iter().map(|mean| mean.n).max().unwrap_or(0);
    if low == high {
        format!("n = {low} replications")
    } else {
        format!("n = {low} to {high} replications")
    }
}

/// A line with its band, or dots with intervals between names.
fn curve(
    axis: &AxisData,
    drawn: (&Axis, &Axis),
    of: &[&Mean],
    along: usize,
    (label, number): (String, usize),
) -> Vec<Series> {
    let (x, y) = drawn;
    let colour = SERIES[number % SERIES.len()];
    let mut points: Vec<(f64, f64, f64, f64)> = of
        .iter()
        .map(|mean| {
            let [low, high] = mean.ends.unwrap_or([mean.value; 2]);
            let at = position(axis, x, mean.place[along]);
            let inside = |value: f64| y.place(value).clamp(y.low, y.high);
            (at, inside(mean.value), inside(low), inside(high))
        })
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    if !axis.is_numeric() {
        return vec![Series { label, colour, marks: Marks::Intervals(points) }];
    }
    let band = points.iter().map(|&(x, _, low, high)| (x, low, high)).collect();
    let line = points.iter().map(|&(x, y, ..)| (x, y)).collect();
    vec![
        Series { label: String::new(), colour, marks: Marks::Band(band) },
        Series { label, colour, marks: Marks::Line(line) },
    ]
}

/// One axis: a line per system; `None` where nothing was observed.
fn lines(means: &Means, figure: &str) -> Option<Chart> {
    let axis = &means.axes[0];
    let of = |system| means.figures.get(&(figure.to_owned(), system));
    let all: Vec<Mean> = (0..means.systems.len()).filter_map(of).flatten().cloned().collect();
    if all.is_empty() {
        return None;
    }
    let (x, y) = (level_axis(axis), value_axis(figure, high_end(&all)));
    let mut series = Vec::new();
    for (system, name) in means.systems.iter().enumerate() {
        let Some(of) = of(system) else { continue };
        let of: Vec<&Mean> = of.iter().collect();
        series.extend(curve(axis, (&x, &y), &of, 0, (title(name), system)));
    }
    let subtitle = format!("mean and 95 % interval, {}", replications(&all));
    Some(Chart { title: format!("{figure} by {}", axis.name), subtitle, x, y, series })
}

/// Two axes: a cell per point.
fn heat_map(means: &Means, system: usize, figure: &str, of: &[Mean]) -> Chart {
    let [low, high] = of.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mean| {
        [low.min(mean.value), high.max(mean.value)]
    });
    let shown = |value: f64| {
        if is_share(figure) { format!("{:.1} %", value * 100.0) } else { si(value) }
    };
    let cell = |mean: &Mean| {
        #[expect(clippy::cast_precision_loss, reason = "levels are few")]
        let [x, y] = [mean.place[0] as f64, mean.place[1] as f64];
        let share = if high > low { (mean.value - low) / (high - low) } else { 0.5 };
        let text = shown(mean.value);
        HeatCell { ends: [x, y, x + 1.0, y + 1.0], share, text }
    };
    let [x, y] = [0, 1].map(|at| names(&means.axes[at]));
    let marks = Marks::Cells(of.iter().map(cell).collect());
    let label = format!("{} to {}", shown(low), shown(high));
    let widest = of
        .iter()
        .filter_map(|mean| mean.ends)
        .map(|[low, high]| (high - low) / 2.0)
        .fold(0.0, f64::max);
    Chart {
        title: format!("{}: {figure}", title(&means.systems[system])),
        subtitle: format!("{}, widest 95 % interval ±{}", replications(of), shown(widest)),
        x,
        y,
        series: vec![Series { label, colour: SERIES[0], marks }],
    }
}

/// Three axes: a panel per level of the first, a line per level of the second, the third along x.
fn multiples(means: &Means, system: usize, figure: &str, of: &[Mean]) -> Panels {
    let [first, second, third] = [0, 1, 2].map(|at| &means.axes[at]);
    let (x, y) = (level_axis(third), value_axis(figure, high_end(of)));
    let charts = first.levels.iter().enumerate().take(PANELS_MAX).map(|(panel, level)| {
        let mut series = Vec::new();
        for (number, line) in second.levels.iter().enumerate().take(SERIES.len()) {
            let of: Vec<&Mean> =
                of.iter().filter(|mean| mean.place[..2] == [panel, number]).collect();
            series.extend(curve(third, (&x, &y), &of, 2, (text(line), number)));
        }
        let title = format!("{} = {}", short(&first.name), text(level));
        let subtitle = format!("lines: {}", short(&second.name));
        Chart { title, subtitle, x: x.clone(), y: y.clone(), series }
    });
    let left_out = first.levels.len().saturating_sub(PANELS_MAX)
        + second.levels.len().saturating_sub(SERIES.len());
    let note =
        if left_out > 0 { format!("; {left_out} levels are left out here") } else { String::new() };
    Panels {
        title: format!("{}: {figure}", title(&means.systems[system])),
        subtitle: format!("mean and 95 % interval, {}{note}", replications(of)),
        charts: charts.collect(),
    }
}

/// No grid: a panel per axis, a dot per point.
fn scatter(means: &Means, system: usize, figure: &str, of: &[Mean]) -> Panels {
    let y = value_axis(figure, high_end(of));
    let charts = means.axes.iter().enumerate().take(PANELS_MAX).map(|(at, axis)| {
        let x = level_axis(axis);
        let dots = of
            .iter()
            .map(|mean| {
                (position(axis, &x, mean.place[at]), y.place(mean.value).clamp(y.low, y.high))
            })
            .collect();
        let series = vec![Series {
            label: "means of points".to_owned(),
            colour: SERIES[0],
            marks: Marks::Dots(dots),
        }];
        Chart {
            title: short(&axis.name).to_owned(),
            subtitle: String::new(),
            x,
            y: y.clone(),
            series,
        }
    });
    Panels {
        title: format!("{}: {figure}", title(&means.systems[system])),
        subtitle: format!("{} points, {}", of.len(), replications(of)),
        charts: charts.collect(),
    }
}

/// First-order and total indices as bars, a picture per system and figure; none without the table.
fn bars(dir: &Path, wanted: &[&str]) -> Result<Vec<(String, Picture)>, OutputError> {
    let mut named = Vec::new();
    for (system, figure, axes) in sweep_table::indices(dir, wanted)? {
        let names: Vec<String> = axes.iter().map(|of| short(&of.axis).to_owned()).collect();
        let x = Axis::names("Axis", &names);
        let y = Axis::linear("Share of the variance between points", 1.0);
        let series = |label: &str, at: usize, left: f64| {
            let bar = |(place, of): (usize, &sweep_table::Indices)| {
                #[expect(clippy::cast_precision_loss, reason = "axes are few")]
                let place = place as f64 + left;
                (place, place + 0.3, of.shares[at].clamp(0.0, 1.0))
            };
            let marks = Marks::Bars(axes.iter().enumerate().map(bar).collect());
            Series { label: label.to_owned(), colour: SERIES[at], marks }
        };
        let chart = Chart {
            title: format!("{}: which axis moves {figure}", title(&system)),
            subtitle: "alone, and together with others".to_owned(),
            x,
            y,
            series: vec![series("first-order index", 0, 0.18), series("total index", 1, 0.52)],
        };
        let name = format!("sweep_{system}_{}_sensitivity", figure.replace('.', "_"));
        named.push((name, Picture::One(chart)));
    }
    Ok(named)
}

/// The last two keys of a path.
fn short(name: &str) -> &str {
    name.rmatch_indices('.').nth(1).map_or(name, |(at, _)| &name[at + 1..])
}
