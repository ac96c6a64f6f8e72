//! What `leyden run` prints when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::ids::SystemName;
use crate::math;
use crate::metrics::{
    self, Counts, Figure, METRICS, Metric, NoInterval, Replicated, SecurityResult, SummaryResult,
};
use crate::outcome::{Failure, FailurePlace};
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
    out + &format!("{:<36}{}\n", "written to", dir.display())
}

fn one(out: &mut String, Shown { system, summary, fingerprint }: &Shown) {
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _written = writeln!(out, "{name:<36}{value}");
    };
    line("payments", listed(&summary.totals));
    if summary.measured != summary.totals {
        line("  behind the figures below", listed(&summary.measured));
    }
    let figures = metrics::figures(summary);
    let is_lightning = *system == SystemName::Lightning;
    for metric in METRICS.iter().filter(|metric| metric.shown.on_terminal(is_lightning)) {
        let over = summary.replications.as_ref().and_then(|all| all.metrics.get(metric.path));
        for figure in figures.iter().filter(|figure| figure.name == metric.path) {
            // Most runs do not look for what was possible.
            if figure.n == Some(0) && figure.name == "success.feasible_success_ratio" {
                continue;
            }
            let text = over.map_or_else(|| figure_text(metric, figure), |of| over_text(metric, of));
            line(metric.words, text);
        }
    }
    line("intervals", intervals(summary));
    security(&mut line, &summary.security);
    for place in FailurePlace::ALL {
        for failure in Failure::ALL.iter().filter(|failure| failure.place() == *place) {
            let count = summary.failures.get(failure.name()).copied().unwrap_or(0);
            if count > 0 {
                line(&format!("{place}: {failure}"), grouped(count, ','));
            }
        }
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

/// What the intervals say, and what they do not.
fn intervals(summary: &SummaryResult) -> String {
    if let Some(all) = &summary.replications {
        return format!("figures and intervals of {} replications", all.count);
    }
    let given = summary.intervals_given;
    format!("given {given}; where none stands, one run cannot tell: --replications N")
}

/// The mean over replications and its 95 % interval.
fn over_text(metric: &Metric, of: &Replicated) -> String {
    let why = of.ends.is_none().then(|| metric.why_none(of.n.into()));
    shown(metric, of.mean, of.ends, why.as_deref())
}

/// The value in one run and its 95 % interval, or why there is none.
fn figure_text(metric: &Metric, figure: &Figure) -> String {
    let Some(value) = figure.value else { return "-".to_owned() };
    // What holds for nearly all figures of one run stands once, under "intervals".
    let why = figure.no_interval.as_deref().filter(|why| *why != NoInterval::Remembers.text());
    shown(metric, value, figure.ends, why)
}

fn shown(metric: &Metric, value: f64, ends: Option<[f64; 2]>, why: Option<&str>) -> String {
    let (scale, unit) = if metric.is_in_per_cent() { (100.0, "%") } else { (1.0, metric.unit) };
    // The name says that rates are per second.
    let unit = if unit.is_empty() || unit == "payments/s" { "" } else { &format!(" {unit}") };
    let (value, ends) = (value * scale, ends.map(|ends| ends.map(|end| end * scale)));
    let digits = decimals(value, ends);
    let text = |value: f64| format!("{value:.digits$}");
    match (ends, why) {
        (Some([low, high]), _) => {
            format!("{}{unit}  (95 %: {} to {})", text(value), text(low), text(high))
        }
        (None, Some(why)) => format!("{}{unit}  (no interval: {why})", text(value)),
        (None, None) => format!("{}{unit}", text(value)),
    }
}

/// Digits after the point: two of the interval's half width, or four of a value without an interval.
fn decimals(value: f64, ends: Option<[f64; 2]>) -> usize {
    let (size, digits) = ends.map_or((value.abs(), 4.0), |[low, high]| ((high - low) / 2.0, 2.0));
    if size <= 0.0 {
        return 0;
    }
    let wanted = (digits - 1.0 - math::log10(size).floor()).clamp(0.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
    let wanted = wanted as usize;
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_where_the_interval_does() {
        for (value, ends, text) in [
            (0.771_234, Some([0.76, 0.78]), "77.1 %  (95 %: 76.0 to 78.0)"),
            (0.771_234, None, "77.12 %"),
            (0.0, None, "0 %"),
        ] {
            let metric = Metric::of("success.success_ratio").expect("declared");
            assert_eq!(shown(metric, value, ends, None), text);
        }
        let fee = Metric::of("fees.fee_mean_msat").expect("declared");
        let found = shown(fee, 12_345.678, Some([12_000.0, 12_700.0]), None);
        assert_eq!(found, "12346 msat  (95 %: 12000 to 12700)");
    }
}
