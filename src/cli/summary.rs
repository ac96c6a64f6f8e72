//! What `leyden run` prints when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::ids::SystemName;
use crate::metrics::{Counts, Estimate, NoInterval, SecurityResult, SummaryResult};
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
    line("success ratio", percent(&summary.success.success_ratio));
    line("success ratio by volume", percent(&summary.success.success_volume_ratio));
    let known = &summary.latency.payer_known;
    for (name, estimate) in [
        ("latency p50", &known.p50_s),
        ("latency p95", &known.p95_s),
        ("latency p99", &known.p99_s),
    ] {
        line(name, number(estimate, "s"));
    }
    line("settled per second", number(&summary.throughput.settled_per_s, ""));
    if *system == SystemName::Lightning {
        line("fee, median", number(&summary.fees.fee_median_msat, "msat"));
        line("fee, share of amount", percent(&summary.fees.fee_share_of_amount));
        line("attempts per payment", number(&summary.effort.attempts_per_payment, ""));
        line("channels depleted", percent(&summary.channels.depleted_share));
    } else {
        line("finality p50", number(&summary.latency.finality.p50_s, "s"));
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

fn percent(estimate: &Estimate) -> String {
    shown(estimate, |value| format!("{:.2}", value * 100.0), " %")
}

fn number(estimate: &Estimate, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    shown(estimate, |value| format!("{value:.3}"), &unit)
}

/// The value and its 95 % interval, or a dash.
fn shown(estimate: &Estimate, digits: impl Fn(f64) -> String, unit: &str) -> String {
    let Some(value) = estimate.value else { return "-".to_owned() };
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        format!("{}{unit}  (95 %: {} to {})", digits(value), digits(low), digits(high))
    } else {
        let why = estimate.no_interval.map_or("none", NoInterval::text);
        format!("{}{unit}  (no interval: {why})", digits(value))
    }
}
