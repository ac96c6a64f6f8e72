//! The tables of `[study]`.

use std::path::Path;

use crate::report::cells::Line;
use crate::report::columns;
use crate::report::error::OutputError;
use crate::report::file::FileMark;
use crate::report::saturation::table;
use crate::study::{Choice, Claim, Figure, Findings, Law, Sized, Step};

/// Writes the tables of what was found; none for what was not asked for.
///
/// # Errors
/// When they cannot be written.
pub fn write_study(dir: &Path, found: &Findings) -> Result<Vec<FileMark>, OutputError> {
    let mut files = Vec::new();
    if !found.claims.is_empty() {
        files.push(table(dir, "claims.csv", columns::CLAIMS, false, &found.claims, claim)?);
    }
    if !found.sized.is_empty() {
        files.push(table(dir, "scaling.csv", columns::SCALING, false, &found.sized, sized)?);
    }
    if !found.steps.is_empty() {
        files.push(table(dir, "ladder.csv", columns::LADDER, false, &found.steps, step)?);
    }
    if !found.laws.is_empty() {
        files.push(table(dir, "laws.csv", columns::LAWS, false, &found.laws, law)?);
    }
    if !found.choices.is_empty() {
        let rows = &found.choices;
        files.push(table(dir, "architect.csv", columns::ARCHITECT, false, rows, choice)?);
    }
    Ok(files)
}

fn choice(line: &mut Line, row: &Choice) {
    line.text(&row.name);
    line.text(row.map);
    #[expect(clippy::cast_precision_loss, reason = "an amount for readers")]
    line.fraction(row.amount.get() as f64 / 1_000.0);
    line.fraction(row.rate);
    line.text(&row.option);
    for figure in
        [row.success, row.latency_s, row.cost_usd, row.price_usd, row.capital_usd, row.setup_usd]
    {
        line.maybe(figure, Line::fraction);
    }
    line.maybe(row.payments_held, Line::number);
    line.maybe(row.splices, Line::number);
    line.flag(row.meets);
    line.flag(row.cheapest);
}

fn figure(line: &mut Line, figure: Figure) {
    line.maybe(figure.value, Line::fraction);
    ends(line, figure.ends);
}

fn ends(line: &mut Line, ends: Option<[f64; 2]>) {
    line.maybe(ends.map(|[low, _]| low), Line::fraction);
    line.maybe(ends.map(|[_, high]| high), Line::fraction);
}

fn claim(line: &mut Line, row: &Claim) {
    let spec = &row.spec;
    line.text(&spec.name);
    line.text(spec.system.name());
    line.maybe(spec.metric.as_deref(), Line::text);
    line.text(&spec.claimed);
    for bound in spec.bounds {
        line.maybe(bound, Line::fraction);
    }
    figure(line, row.simulated);
    line.text(&spec.unit);
    line.text(row.verdict.name());
    line.text(&row.setting);
    line.text(&row.why);
}

fn sized(line: &mut Line, row: &Sized) {
    line.text(&row.name);
    line.number(row.size);
    line.number(row.channels);
    figure(line, row.sustained);
    line.maybe(row.slot_ceiling_tps, Line::fraction);
    line.text(&row.limited_by);
}

fn step(line: &mut Line, row: &Step) {
    let [ramp, window] = row.times_s;
    let [p50, p99] = row.latency_s;
    line.text(&row.name);
    line.fraction(row.rate);
    line.number(row.size);
    line.number(row.nodes);
    line.number(row.channels);
    line.fraction(ramp);
    line.fraction(window);
    line.number(row.offered);
    line.number(row.settled);
    line.fraction(row.success_ratio());
    line.maybe(row.settled_tps, Line::fraction);
    line.maybe(p50, Line::fraction);
    line.maybe(p99, Line::fraction);
    line.maybe(p99.filter(|p99| *p99 > 0.0).map(|p99| window / p99), Line::fraction);
    line.maybe(row.slot_ceiling_tps, Line::fraction);
    line.flag(row.carries);
    line.text(&row.limited_by);
}

fn law(line: &mut Line, row: &Law) {
    line.text(&row.name);
    line.number(row.points);
    line.fraction(row.exponent);
    ends(line, row.ends);
    line.fraction(row.factor);
    line.fraction(row.r_squared);
    line.fraction(row.target);
    line.maybe(row.size, Line::fraction);
    ends(line, row.size_ends);
    line.flag(row.extrapolated);
}
