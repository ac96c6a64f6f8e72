//! All figures of a summary, by name: the path of keys in `summary.json`.
//!
//! By way of the summary's own serialisation: what a fold adds to the summary appears here by itself, and
//! with it in sweeps and studies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::metrics::result::SummaryResult;
use crate::metrics::summary::Summary;
use crate::prices::Prices;
use crate::rows::Window;
use crate::units::SimTime;

/// One figure of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Path of keys, with dots.
    pub name: String,
    /// The figure; `None` where nothing was observed.
    pub value: Option<f64>,
    /// The ends of its 95 % interval within the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<[f64; 2]>,
    /// Why an estimate has no interval.
    #[serde(skip)]
    pub no_interval: Option<String>,
    /// Observations behind an estimate; `None` for plain counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n: Option<u64>,
    /// Whether the observations kept their level over the run, where that was judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<String>,
}

/// All figures of a summary, in alphabetical order of their paths' keys.
pub fn figures(summary: &SummaryResult) -> Vec<Figure> {
    let value = serde_json::to_value(summary).expect("plain data with text keys");
    let mut figures = Vec::new();
    walk("", &value, &mut figures);
    figures
}

/// The figures of a run in which nothing happened: all that have a name whatever happens.
pub fn nothing() -> Vec<Figure> {
    let window = Window { from: SimTime::ZERO, to: SimTime(1) };
    figures(&Summary::new(window, Prices::default()).result())
}

fn walk(path: &str, value: &Value, out: &mut Vec<Figure>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) if map.contains_key("value") && map.contains_key("method") => {
            let number = |key: &str| map.get(key).and_then(Value::as_f64);
            let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
            out.push(Figure {
                name: path.to_owned(),
                value: number("value"),
                ends: number("low").zip(number("high")).map(|(low, high)| [low, high]),
                n: map.get("n").and_then(Value::as_u64),
                no_interval: text("no_interval"),
                verdict: text("verdict"),
            });
        }
        Value::Object(map) => map.iter().for_each(|(key, value)| walk(&below(key), value, out)),
        Value::Array(items) => items.iter().for_each(|item| element(path, item, out)),
        Value::Number(number) => out.push(plain(path, number.as_f64())),
        Value::Bool(flag) => out.push(plain(path, Some(f64::from(u8::from(*flag))))),
        Value::Null => out.push(plain(path, None)),
        Value::String(_) => {}
    }
}

fn plain(path: &str, value: Option<f64>) -> Figure {
    Figure { name: path.to_owned(), value, ends: None, no_interval: None, n: None, verdict: None }
}

/// An element of a list is told by its key `from_UNIT`; the keys that delimit it are no figures.
fn element(path: &str, item: &Value, out: &mut Vec<Figure>) {
    let Value::Object(map) = item else { return };
    let Some((from, start)) = map.iter().find(|(key, _)| key.starts_with("from_")) else { return };
    let path = format!("{path}.{from}_{start}");
    for (key, value) in map {
        if !key.starts_with("from_") && !key.starts_with("below_") {
            walk(&format!("{path}.{key}"), value, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::catalogue::{METRICS, Metric};
    use crate::metrics::estimate::Method;
    use crate::metrics::summary::testing::rich;

    #[test]
    fn an_empty_summary_names_its_figures_with_their_units() {
        let figures = nothing();
        let find = |name: &str| figures.iter().find(|figure| figure.name == name);
        assert_eq!(find("success.success_ratio").expect("there").n, Some(0));
        assert_eq!(find("latency.payer_known.p95_s").expect("there").value, None);
        assert_eq!(find("measured.offered").expect("there").value, Some(0.0));
        let mut names: Vec<_> = figures.iter().map(|figure| &figure.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), figures.len(), "no name twice");
    }

    #[test]
    fn elements_of_lists_are_told_by_where_they_begin() {
        let json = serde_json::json!([
            { "from_sat": 10, "below_sat": 100, "success_ratio": { "value": 0.5, "method": "wilson" } }
        ]);
        let mut out = Vec::new();
        walk("success.by_amount", &json, &mut out);
        assert_eq!(out[0].name, "success.by_amount.from_sat_10.success_ratio");
        assert_eq!(out[0].value, Some(0.5));
    }

    #[test]
    fn every_figure_is_declared_once_and_every_metric_of_a_run_is_a_figure() {
        let figures = figures(&rich());
        for figure in &figures {
            let found = METRICS.iter().filter(|metric| metric.stands_for(&figure.name)).count();
            assert_eq!(found, 1, "{}", figure.name);
        }
        for metric in METRICS.iter().filter(|metric| metric.path.contains('.')) {
            assert!(figures.iter().any(|f| metric.stands_for(&f.name)), "{}", metric.path);
        }
    }

    #[test]
    fn estimates_are_made_as_their_kind_says() {
        let json = serde_json::to_value(rich()).expect("plain data");
        let mut intervals = 0;
        for figure in figures(&rich()).iter().filter(|figure| figure.ends.is_some()) {
            let pointer = format!("/{}/method", figure.name.replace('.', "/"));
            let Some(method) = json.pointer(&pointer) else { continue };
            let kind = Metric::of(&figure.name).expect("declared").kind;
            let is_one = |of: &Method| serde_json::to_value(of).expect("a name") == *method;
            assert!(kind.methods().iter().any(is_one), "{}: {method}", figure.name);
            intervals += 1;
        }
        assert!(intervals > 10, "only {intervals} intervals were looked at");
    }
}
