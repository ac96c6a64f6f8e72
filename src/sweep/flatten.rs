//! All figures of a summary as a flat list of named numbers.
//!
//! By way of the summary's own serialisation: what a system adds to its summary appears in sweeps by
//! itself. A name is the path of keys in `summary.json`, units included.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::metrics::SummaryResult;

/// One figure of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Path of keys, with dots.
    pub name: String,
    /// The figure; `None` where nothing was observed.
    pub value: Option<f64>,
    /// Observations behind an estimate; `None` for plain counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n: Option<u64>,
    /// Whether the observations kept their level over the run, where that was judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<String>,
}

/// All figures of a summary, in alphabetical order of their paths' keys.
pub fn flatten(summary: &SummaryResult) -> Vec<Metric> {
    let value = serde_json::to_value(summary).expect("plain data with text keys");
    let mut metrics = Vec::new();
    walk("", &value, &mut metrics);
    metrics
}

fn walk(path: &str, value: &Value, out: &mut Vec<Metric>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) if map.contains_key("value") && map.contains_key("method") => {
            out.push(Metric {
                name: path.to_owned(),
                value: map["value"].as_f64(),
                n: map.get("n").and_then(Value::as_u64),
                verdict: map.get("verdict").and_then(Value::as_str).map(str::to_owned),
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

fn plain(path: &str, value: Option<f64>) -> Metric {
    Metric { name: path.to_owned(), value, n: None, verdict: None }
}

/// An element of a list is told by its key `from_UNIT`; the keys that delimit it are no figures.
fn element(path: &str, item: &Value, out: &mut Vec<Metric>) {
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
    use crate::metrics::{Summary, Window};
    use crate::prices::Prices;
use crate::units::SimTime;

    #[test]
    fn an_empty_summary_names_its_figures_with_their_units() {
        let window = Window { from: SimTime::ZERO, to: SimTime(1_000_000_000) };
        let metrics = flatten(&Summary::new(window, Prices::default()).result());
        let find = |name: &str| metrics.iter().find(|metric| metric.name == name);
        assert_eq!(find("success.success_ratio").expect("there").n, Some(0));
        assert_eq!(find("latency.payer_known.p95_s").expect("there").value, None);
        assert_eq!(find("measured.offered").expect("there").value, Some(0.0));
        assert_eq!(find("window.length_s").expect("there").value, Some(1.0));
        let mut names: Vec<_> = metrics.iter().map(|metric| &metric.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), metrics.len(), "no name twice");
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
}
