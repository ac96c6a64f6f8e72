//! What `leyden run` prints when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::ids::SystemName;
use crate::metrics::{self, Counts, Figure, METRICS, Metric, SecurityResult, SummaryResult};
use crate::units::grouped;

/// What is printed of a finished system.
pub(super) struct Shown {
    pub(super) system: SystemName,
    pub(super) summary: SummaryResult,
    pub(super) fingerprint: String,
}

/// The summary as JSON, one object; of several systems an object that holds one for each.
pub(super) fn json(systems: &[Shown]) -> String {
    let text = match systems {
        [only] => serde_json::to_string_pretty(&only.summary),
        several => {
            let by_name: BTreeMap<_, _> =
                several.iter().map(|shown| (shown.system.name(), &shown.summary)).collect();
            serde_json::to_string_pretty(&by_name)
        }
    };
    text.expect("plain data with text keys") + "\n"
}

/// A page for people; with several systems, each under its name.
pub(super) fn text(systems: &[Shown], dir: &Path) -> String {
    let mut out = String::new();
    for shown in systems {
        if systems.len() > 1 {
            out.push_str(shown.system.name());
            out.push('\n');
        }
        one(&mut out, shown);
        if systems.len() > 1 {
            out.push('\n');
        }
    }
    out + &format!("{:<34}{}\n", "written to", dir.display())
}

fn one(out: &mut String, Shown { system, summary, fingerprint }: &Shown) {
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _written = writeln!(out, "{name:<34}{value}");
    };
    line("payments", listed(&summary.totals));
    if summary.measured != summary.totals {
        line("  behind the figures below", listed(&summary.measured));
    }
    let figures = metrics::figures(summary);
    let is_lightning = *system == SystemName::Lightning;
    for metric in METRICS.iter().filter(|metric| metric.shown.on_terminal(is_lightning)) {
        for figure in figures.iter().filter(|figure| figure.name == metric.path) {
            line(metric.words, figure_text(metric, figure));
        }
    }
    security(&mut line, &summary.security);
    for (failure, count) in summary.failures.iter().filter(|(_, count)| **count > 0) {
        line(&format!("failed: {failure}"), grouped(*count, ','));
    }
    let restless: Vec<&str> =
        summary.warmup.iter().filter(|(_, of)| of.mser5.is_none()).map(|(name, _)| *name).collect();
    if !restless.is_empty() {
        let which = restless.join(", ");
        line("no steady state (run too short)", format!("{which}: figures are of this horizon"));
    }
    line("fingerprint", fingerprint.clone());
}

/// Attacks, closings and losses, where there were any.
fn security(line: &mut impl FnMut(&str, String), of: &SecurityResult) {
    if of.attacks.attempts > 0 {
        let ended = of.attacks.outcomes.iter().filter(|(_, count)| **count > 0);
        let ended: Vec<_> =
            ended.map(|(name, count)| format!("{} {name}", grouped(*count, ','))).collect();
        line("attempts of attacks", ended.join(", "));
    }
    if of.closures.closed > 0 {
        let causes = of.closures.causes.iter().filter(|(_, count)| **count > 0);
        let causes: Vec<_> =
            causes.map(|(name, count)| format!("{} {name}", grouped(*count, ','))).collect();
        line("channels closed", causes.join(", "));
    }
    if of.losses.count > 0 {
        let msat = grouped(of.losses.lost_msat, ',');
        line("lost to others", format!("{msat} msat in {} cases", grouped(of.losses.count, ',')));
    }
}

fn listed(counts: &Counts) -> String {
    let Counts { offered, settled, failed, pending } = *counts;
    let [offered, settled, failed, pending] =
        [offered, settled, failed, pending].map(|count| grouped(count, ','));
    format!("{offered} offered, {settled} settled, {failed} failed, {pending} pending")
}

/// The value and its 95 % interval, or why there is none.
fn figure_text(metric: &Metric, figure: &Figure) -> String {
    let (digits, unit) = if metric.is_in_per_cent() { (2, " %") } else { (3, metric.unit) };
    let scale = if metric.is_in_per_cent() { 100.0 } else { 1.0 };
    let shown = |value: f64| format!("{:.digits$}", value * scale);
    // The name says it.
    let unit = match unit {
        "" | "payments/s" => String::new(),
        unit => format!(" {}", unit.trim_start()),
    };
    let Some(value) = figure.value.map(shown) else { return "-".to_owned() };
    match (figure.ends, &figure.no_interval) {
        (Some(ends), _) => {
            let [low, high] = ends.map(shown);
            format!("{value}{unit}  (95 %: {low} to {high})")
        }
        (None, Some(why)) => format!("{value}{unit}  (no interval: {why})"),
        (None, None) => format!("{value}{unit}"),
    }
}
