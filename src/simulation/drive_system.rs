//! One system from its first event to its end, its rows to files and summary.

use crate::ids::SystemName;
use crate::metrics::{Summary, SummaryResult};
use crate::report::{FileMark, OutputError, RunWriter, Trace};
use crate::simulation::error::RunError;
use crate::simulation::fan_out::FanOut;
use crate::simulation::shared::{Counts, Output, Shared};
use crate::system::{PaymentSystem, Running, drive};
use crate::workload::Hashed;

/// What a finished system leaves.
#[derive(Debug)]
pub struct Finished {
    /// The system.
    pub system: SystemName,
    /// All metrics.
    pub summary: SummaryResult,
    /// What happened, hashed.
    pub fingerprint: String,
    /// Files written, with their hashes.
    pub files: Vec<FileMark>,
    /// Events handled and demands taken.
    pub events: u64,
    /// Demands taken.
    pub demands: u64,
    /// Path searches per payment.
    pub searches_per_payment: f64,
    /// Share of first attempts planned ahead that were used; `None` where nothing was.
    pub look_ahead_hit_rate: Option<f64>,
}

/// A system at its end, its files not yet named.
pub(super) struct Ended {
    pub(super) finished: Finished,
    pub(super) writer: Option<RunWriter>,
}

/// Drives one system to its end.
pub(super) fn drive_system<S: PaymentSystem>(
    system: S,
    shared: &Shared<'_>,
) -> Result<Ended, RunError> {
    let create = |output: Output<'_>| {
        RunWriter::create(output.dir, S::NAME, shared.names.clone(), output.options)
    };
    let writer = shared.output.map(create).transpose().map_err(RunError::Output)?;
    let trace = open_trace(S::NAME, shared).map_err(RunError::Output)?;
    let summary = Summary::new(shared.span.window, shared.prices);
    let counts = Counts::default();
    let mut fan_out = FanOut { system: S::NAME, writer, trace, summary, counts, shared };
    let mut running = Running::new(system, shared.span);
    let mut demands = Hashed::new(shared.workload.iter());
    let ended = drive(&mut running, &mut demands, shared.span, u64::MAX, &mut fan_out)
        .and_then(|_| running.finish(&mut fan_out));
    let FanOut { writer, trace, summary, counts, .. } = fan_out;
    let logged = trace.map_or(Ok(()), Trace::finish);
    if ended.is_err() || logged.is_err() {
        let lost = writer.and_then(RunWriter::abandon).or(logged.err());
        return Err(match (lost, ended) {
            (None, Err(stopped)) => RunError::Stopped(S::NAME, stopped),
            (Some(error), _) => RunError::Output(error),
            (None, Ok(())) => unreachable!("one of the two is an error"),
        });
    }
    let (made, used) = running.system.look_ahead();
    let notes = shared.notes.to_vec();
    let summary = SummaryResult { demands_blake3: demands.hash(), notes, ..summary.result() };
    let finished = Finished {
        system: S::NAME,
        summary,
        fingerprint: running.fingerprint.to_string(),
        files: Vec::new(),
        events: running.fingerprint.events(),
        demands: running.demands,
        searches_per_payment: ratio(counts.searches, counts.ended),
        look_ahead_hit_rate: (made > 0).then(|| ratio(used, made)),
    };
    Ok(Ended { finished, writer })
}

/// The event log of a system, where one is asked for.
fn open_trace(system: SystemName, shared: &Shared<'_>) -> Result<Option<Trace>, OutputError> {
    let Some(Output { trace: Some(path), options, .. }) = shared.output else { return Ok(None) };
    Trace::create(path, system, shared.several, options.force).map(Some)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the report")]
fn ratio(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}
