//! The tables of `[study]`.

use std::path::Path;

use crate::report::{FileMark, Line, OutputError, columns, write_small_table};
use crate::study::architect::Candidate;
use crate::study::figure::Figure;
use crate::study::findings::Findings;
use crate::study::ladder::LadderPoint;
use crate::study::power_law_fit::PowerLawFit;
use crate::study::scaling::ScalingPoint;
use crate::study::verdict::Claim;

/// Writes the tables of what was found; none for what was not asked for.
///
/// # Errors
/// When they cannot be written.
pub fn write_tables(dir: &Path, found: &Findings) -> Result<Vec<FileMark>, OutputError> {
    let mut files = Vec::new();
    if !found.claims.is_empty() {
        files.push(write_small_table(
            dir,
            "claims.csv",
            columns::CLAIMS,
            false,
            &found.claims,
            claim,
        )?);
    }
    if !found.sized.is_empty() {
        files.push(write_small_table(
            dir,
            "scaling.csv",
            columns::SCALING,
            false,
            &found.sized,
            sized,
        )?);
    }
    if !found.ladder_points.is_empty() {
        files.push(write_small_table(
            dir,
            "ladder.csv",
            columns::LADDER,
            false,
            &found.ladder_points,
            step,
        )?);
    }
    if !found.fits.is_empty() {
        files.push(write_small_table(dir, "laws.csv", columns::LAWS, false, &found.fits, law)?);
    }
    if !found.choices.is_empty() {
        let rows = &found.choices;
        files.push(write_small_table(
            dir,
            "architect.csv",
            columns::ARCHITECT,
            false,
            rows,
            choice,
        )?);
    }
    Ok(files)
}

fn choice(line: &mut Line, row: &Candidate) {
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
    line.interval(figure.ends);
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

fn sized(line: &mut Line, row: &ScalingPoint) {
    line.text(&row.name);
    line.number(row.size);
    line.number(row.channels);
    figure(line, row.sustained);
    line.maybe(row.slot_ceiling_tps, Line::fraction);
    line.text(&row.limited_by);
}

fn step(line: &mut Line, row: &LadderPoint) {
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

fn law(line: &mut Line, row: &PowerLawFit) {
    line.text(&row.name);
    line.number(row.points);
    line.fraction(row.exponent);
    line.interval(row.ends);
    line.fraction(row.factor);
    line.fraction(row.r_squared);
    line.fraction(row.target);
    line.maybe(row.size, Line::fraction);
    line.interval(row.size_ends);
    line.flag(row.extrapolated);
}
