//! A self-contained page: the figures of the summaries, and the plots inline.
//!
//! Made from finished files alone; no script, nothing loaded from elsewhere.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::metrics::{METRICS, Metric};
use crate::outcome::Failure;
use crate::report::error::OutputError;
use crate::report::escape::escaped;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::layout::{PAGE, SUMMARY, systems, title};
use crate::report::page::parts::{STYLE, digits, plots, put};
use crate::report::page::study;
use crate::units::grouped;

/// How names of plots of several systems begin.
const COMPARED: &str = "systems_";

/// Writes `report.html` from the summaries in `run_dir` and the plots drawn there.
pub fn write_html(run_dir: &Path, drawn: &[FileMark]) -> Result<FileMark, OutputError> {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Leyden: report of a run</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Report of a run</h1>\n"
    );
    study::tables(&mut page, run_dir)?;
    let systems = systems(run_dir)?;
    if systems.len() > 1 {
        page.push_str("<h2>Side by side</h2>\n");
        for plot in plots(run_dir, drawn, COMPARED)? {
            put(&mut page, format_args!("<figure>\n{plot}</figure>\n"));
        }
    }
    for system in systems {
        let heading = escaped(&title(&system));
        put(&mut page, format_args!("<h2>{heading}</h2>\n"));
        let path = run_dir.join(&system).join(SUMMARY);
        let text = fs::read_to_string(&path).map_err(|error| OutputError::io(&path, &error))?;
        let summary =
            serde_json::from_str(&text).map_err(|error| OutputError::bad_data(&path, error))?;
        counts(&mut page, &summary);
        notes(&mut page, &summary);
        figures(&mut page, &summary);
        tallies(&mut page, &summary);
        for plot in plots(run_dir, drawn, &format!("{system}_"))? {
            put(&mut page, format_args!("<figure>\n{plot}</figure>\n"));
        }
    }
    page.push_str("</body>\n</html>\n");
    let mut file = PartFile::create(run_dir, PAGE, Existing::Replace)?;
    file.write(page.as_bytes())?;
    file.finish()
}

fn counts(page: &mut String, summary: &Value) {
    let count = |name: &str| cell(summary.pointer(&format!("/measured/{name}")));
    put(
        page,
        format_args!(
            "<p>{} payments measured, from {} s to {} s of virtual time: \
             {} settled, {} failed, {} pending at the end.</p>\n",
            count("offered"),
            cell(summary.pointer("/window/from_s")),
            cell(summary.pointer("/window/to_s")),
            count("settled"),
            count("failed"),
            count("pending")
        ),
    );
}

/// What a reader should know before the figures.
fn notes(page: &mut String, summary: &Value) {
    for note in summary["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        put(page, format_args!("<p>Note: {}.</p>\n", escaped(note)));
    }
}

fn figures(page: &mut String, summary: &Value) {
    page.push_str(
        "<table>\n<tr><th>Figure</th><th>Value</th><th>95 % interval</th><th>Unit</th>\
         <th>n</th></tr>\n",
    );
    for metric in METRICS.iter().filter(|metric| metric.shown.on_page()) {
        let Metric { path, words, unit, .. } = metric;
        let pointer = format!("/{}", path.replace('.', "/"));
        let Some(figure) = summary.pointer(&pointer) else { continue };
        // Of a system without channels there are none to tell about.
        if figure["n"].as_u64() == Some(0) {
            continue;
        }
        let over = summary.pointer("/replications/metrics").and_then(|all| all.get(path));
        let [value, low, high, n] = match over {
            Some(over) => [&over["mean"], &over["ends"][0], &over["ends"][1], &over["n"]],
            None => ["value", "low", "high", "n"].map(|key| &figure[key]),
        };
        let interval = match (low.is_null(), over) {
            (false, _) => format!("{} to {}", cell(Some(low)), cell(Some(high))),
            (true, None) => format!("none: {}", cell(figure.get("no_interval"))),
            (true, Some(over)) => {
                format!("none: {}", metric.why_none(over["n"].as_u64().unwrap_or(0)))
            }
        };
        let [value, n] = [value, n].map(|figure| cell(Some(figure)));
        put(
            page,
            format_args!(
                "<tr><td>{words}</td><td>{value}</td><td>{interval}</td><td>{unit}</td>\
                 <td>{n}</td></tr>\n"
            ),
        );
    }
    page.push_str("</table>\n");
    match summary.pointer("/replications/count") {
        Some(count) => {
            let count = cell(Some(count));
            put(page, format_args!("<p>Means and intervals are over {count} replications.</p>\n"));
        }
        None => put(
            page,
            format_args!(
                "<p>Intervals are given {}; --replications has those over others.</p>\n",
                cell(summary.get("intervals_given"))
            ),
        ),
    }
}

/// Where failures by reason stand; each is shown with the place of its cause.
const FAILURES: &str = "/failures";

/// Counts by name, those that are not zero: why payments failed, how attacks ended, why channels closed.
const COUNTS: [(&str, [&str; 2]); 3] = [
    (FAILURES, ["Reason of failure", "Payments"]),
    ("/security/attacks/outcomes", ["End of attacks", "Attempts"]),
    ("/security/closures/causes", ["Cause of closing", "Channels"]),
];

fn tallies(page: &mut String, summary: &Value) {
    for (pointer, [name, unit]) in COUNTS {
        let Some(counts) = summary.pointer(pointer).and_then(Value::as_object) else { continue };
        let some = |(_, count): &(&String, &Value)| count.as_u64() != Some(0);
        let rows: Vec<_> = counts.iter().filter(some).collect();
        if rows.is_empty() {
            continue;
        }
        put(page, format_args!("<table>\n<tr><th>{name}</th><th>{unit}</th></tr>\n"));
        for (name, count) in rows {
            let place = Failure::of_name(name).map(|failure| format!(" ({})", failure.place()));
            let (name, count) = (escaped(name), cell(Some(count)));
            let place = place.filter(|_| pointer == FAILURES).unwrap_or_default();
            put(page, format_args!("<tr><td>{name}{place}</td><td>{count}</td></tr>\n"));
        }
        page.push_str("</table>\n");
    }
    let losses = |name: &str| summary.pointer(&format!("/security/losses/{name}"));
    if losses("count").and_then(Value::as_u64).is_some_and(|count| count > 0) {
        let [count, lost] = ["count", "lost_msat"].map(|name| cell(losses(name)));
        put(page, format_args!("<p>Lost to others: {lost} msat in {count} cases.</p>\n"));
    }
}

/// A JSON value for people: four significant digits, no quotes.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::Number(number)) => match (number.as_u64(), number.as_f64()) {
            (Some(whole), _) => grouped(whole, ','),
            (None, Some(float)) => digits(float),
            (None, None) => number.to_string(),
        },
        Some(Value::String(text)) => escaped(text),
        Some(other) => escaped(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plots::draw_plots;
    use crate::report::test_run;
    use crate::report::testing::owned;

    #[test]
    fn the_page_holds_the_figures_and_the_plots_and_needs_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        test_run::write(dir.path(), 2_000);
        let drawn = draw_plots(&mut owned(dir.path()), 1).expect("good files");
        fs::write(dir.path().join("plots/lightning_mine.svg"), "<svg>").expect("space");
        write_html(dir.path(), &drawn).expect("good files");
        let path = dir.path().join(PAGE);
        let page = fs::read_to_string(&path).expect("written");
        assert_eq!(page.matches("<svg").count(), 5);
        assert!(page.contains("<h2>Lightning</h2>") && page.contains("no_liquidity (routing)"));
        assert!(!page.contains("<script") && !page.contains("src="));
        // What was feasible is known only where it is asked for.
        let without_value = "success.feasible_success_ratio";
        let shown = METRICS.iter().filter(|metric| metric.shown.on_page());
        for Metric { words, .. } in shown.filter(|metric| metric.path != without_value) {
            assert!(page.contains(words), "{words}");
        }
        write_html(dir.path(), &drawn).expect("again");
        assert_eq!(fs::read_to_string(&path).expect("written"), page);
    }

    #[test]
    fn notes_of_the_run_stand_before_its_figures() {
        let mut page = String::new();
        notes(&mut page, &serde_json::json!({ "notes": ["no fee limit", "a < b"] }));
        assert_eq!(page, "<p>Note: no fee limit.</p>\n<p>Note: a &lt; b.</p>\n");
        notes(&mut page, &serde_json::json!({}));
        assert_eq!(page.matches("<p>").count(), 2);
    }

    #[test]
    fn what_attacks_did_is_told_and_zeros_are_not() {
        let summary = serde_json::json!({
            "failures": { "timeout": 0 },
            "security": {
                "attacks": { "outcomes": { "stolen": 21, "partly": 0 } },
                "closures": { "causes": { "attack": 1_300 } },
                "losses": { "count": 2, "lost_msat": 5_000 },
            },
        });
        let mut page = String::new();
        tallies(&mut page, &summary);
        assert!(page.contains("<td>stolen</td><td>21</td>"), "{page}");
        assert!(page.contains("<td>1,300</td>") && page.contains("5,000 msat in 2 cases"));
        assert!(!page.contains("partly") && !page.contains("Reason of failure"));
    }

    #[test]
    fn text_of_a_summary_cannot_become_markup() {
        assert_eq!(cell(Some(&Value::from("<b>"))), "&lt;b&gt;");
    }

    #[test]
    fn numbers_are_shortened_and_nothing_is_a_dash() {
        let values =
            [0.123_456, 1.5, 1_234.56, 0.000_012_3, 0.0].map(|v| cell(Some(&Value::from(v))));
        assert_eq!(values, ["0.1235", "1.500", "1,235", "0.0000123", "0"]);
        assert_eq!(cell(None), "–");
    }
}
