//! The head-to-head table.

use std::path::Path;

use crate::ids::SystemName;
use crate::metrics::{Estimate, SummaryResult};
use crate::report::cells::Line;
use crate::report::columns;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};

/// Writes `comparison.csv`: a row per system, in the order given.
pub fn write_comparison(
    run_dir: &Path,
    systems: &[(SystemName, &SummaryResult)],
) -> Result<FileMark, OutputError> {
    let mut file = PartFile::create(run_dir, "comparison.csv", Existing::Refuse)?;
    file.write(columns::header(columns::COMPARISON).as_bytes())?;
    for (system, result) in systems {
        let mut line = Line::default();
        row(&mut line, *system, result);
        file.write(line.end())?;
    }
    file.finish()
}

fn row(line: &mut Line, system: SystemName, result: &SummaryResult) {
    line.text(system.name());
    line.fraction(result.window.length_s);
    let counts = result.measured;
    for count in [counts.offered, counts.settled, counts.failed, counts.pending] {
        line.number(count);
    }
    let success = &result.success.success_ratio;
    for value in [success.value, success.low, success.high] {
        line.maybe(value, Line::fraction);
    }
    value(line, &result.success.success_volume_ratio);
    value(line, &result.throughput.offered_per_s);
    value(line, &result.throughput.settled_per_s);
    let (latency, finality) = (&result.latency.payer_known, &result.latency.finality);
    value(line, &latency.p50_s);
    value(line, &latency.p95_s);
    value(line, &latency.p99_s);
    value(line, &result.latency.included.p50_s);
    value(line, &result.latency.included.p95_s);
    value(line, &finality.p50_s);
    value(line, &finality.p95_s);
    value(line, &finality.p99_s);
    value(line, &result.latency.withdrawable.p50_s);
    costs(line, result);
}

/// Price, resource cost and its parts, footprint, capital, and whom the system needs.
fn costs(line: &mut Line, result: &SummaryResult) {
    let (costs, footprint, capital) = (&result.costs, &result.footprint, &result.capital);
    value(line, &costs.price_mean_usd);
    value(line, &costs.price_median_usd);
    for figure in [
        costs.resource_mean_usd,
        costs.resource_l1_usd,
        costs.resource_operator_usd,
        costs.resource_capital_usd,
        costs.resource_setup_usd,
        footprint.l1_weight_per_payment,
        footprint.l1_gas_per_payment,
        footprint.l1_bytes_per_payment,
        capital.locked_usd,
        capital.velocity_per_day,
        capital.cost_usd_per_payment,
    ] {
        line.maybe(figure, Line::fraction);
    }
    line.number(result.needs.offline_failures);
    line.maybe(capital.value_at_risk_usd, Line::fraction);
    line.text(&result.needs.trust);
    line.text(&result.needs.online_required);
}

fn value(line: &mut Line, estimate: &Estimate) {
    line.maybe(estimate.value, Line::fraction);
}
