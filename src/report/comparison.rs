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
    // included_p50_s, included_p95_s: nothing is included in a block yet
    (0..2).for_each(|_| line.empty());
    value(line, &finality.p50_s);
    value(line, &finality.p95_s);
    value(line, &finality.p99_s);
    // From withdrawable_p50_s on: no prices, no chains, no capital costs yet
    let rest = columns::COMPARISON.iter().skip_while(|column| **column != "withdrawable_p50_s");
    rest.for_each(|_| line.empty());
}

fn value(line: &mut Line, estimate: &Estimate) {
    line.maybe(estimate.value, Line::fraction);
}
