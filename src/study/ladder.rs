//! Loads offered to networks of given sizes: a ramp, a measured window, a drain.
//!
//! Each load is tried on its sizes in turn until one settles the share that is asked for, with a 99 %
//! latency of no more than a fifth of the window: else a queue that grows would not show. Beside each load
//! stands the slot ceiling: the load at which every HTLC slot of the network would be taken.

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::saturate::binding;
use crate::scenario::{LadderSpec, Rung, Sets, StudySpec};
use crate::study::power_law_fit::PowerLawFit;
use crate::study::runner::{Runner, StudyError};
use crate::units::SimDuration;

/// The window is to be at least so many times the 99 % latency.
const WINDOW_OVER_P99: f64 = 5.0;

/// One load on one network (`ladder.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct LadderPoint {
    /// The ladder.
    pub name: String,
    /// Payments per second at the top of the ramp, as asked for.
    pub rate: f64,
    /// The value of the key that is the size.
    pub size: u64,
    /// Nodes of the network.
    pub nodes: u64,
    /// Its channels.
    pub channels: u64,
    /// Length of the ramp and of the window, in seconds.
    pub times_s: [f64; 2],
    /// Payments offered in the window.
    pub offered: u64,
    /// Payments settled of them, whenever.
    pub settled: u64,
    /// Payments settled within the window, per second.
    pub settled_tps: Option<f64>,
    /// Their latency at 50 and 99 %.
    pub latency_s: [Option<f64>; 2],
    /// Payments per second at which all HTLC slots would be taken.
    pub slot_ceiling_tps: Option<f64>,
    /// Whether the share asked for was settled, and the window long enough to tell.
    pub carries: bool,
    /// What was used most, and what payments failed of.
    pub limited_by: String,
}

impl LadderPoint {
    /// Share settled of what was offered in the window.
    #[expect(clippy::cast_precision_loss, reason = "a share for readers")]
    pub fn success_ratio(&self) -> f64 {
        self.settled as f64 / self.offered.max(1) as f64
    }
}

/// The load at which all HTLC slots would be taken, if payments took them for as long as they did: the
/// load of the window over the share of the slots that it took.
pub(super) fn slot_ceiling(summary: &SummaryResult) -> Option<f64> {
    let used = *summary.needs.resources_used.get("HTLC slots")?;
    let rate = summary.throughput.offered_per_s.value?;
    (used > 0.0).then(|| rate / used)
}

pub(super) fn check(runner: &Runner<'_>, ladders: &[LadderSpec]) -> Result<(), StudyError> {
    for ladder in ladders {
        for rung in &ladder.rungs {
            for size in &rung.sizes {
                runner.variant(&at(ladder, rung, *size))?;
            }
        }
    }
    Ok(())
}

/// The scenario for one load on one size.
fn at(ladder: &LadderSpec, rung: &Rung, size: u64) -> Sets {
    let seconds = |span: SimDuration| format!("{} s", span.as_secs_f64());
    let total = seconds(ladder.ramp + ladder.window);
    let arrivals = if ladder.ramp == SimDuration::ZERO {
        ladder.set.with("workload.arrivals.poisson.rate", &format!("{} /s", rung.rate))
    } else {
        ladder
            .set
            .with("workload.arrivals.ramp.rate", &format!("{} /s", rung.rate))
            .with("workload.arrivals.ramp.over", &seconds(ladder.ramp))
    };
    arrivals
        .with(&ladder.key, &size.to_string())
        .with("duration", &total)
        .with("warmup", &seconds(ladder.ramp))
}

/// Climbs every ladder, one load after the other: the last ones need the whole machine.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn ladder(
    runner: &Runner<'_>,
    spec: &StudySpec,
) -> Result<(Vec<LadderPoint>, Vec<PowerLawFit>), StudyError> {
    let mut steps = Vec::new();
    let mut fits = Vec::new();
    for ladder in &spec.ladders {
        let mut points = Vec::new();
        for rung in &ladder.rungs {
            for size in &rung.sizes {
                let step = one(runner, spec, ladder, rung, *size)?;
                let carries = step.carries;
                #[expect(clippy::cast_precision_loss, reason = "sizes of networks")]
                if carries {
                    points.push((step.size as f64, step.rate));
                }
                steps.push(step);
                if carries {
                    break;
                }
            }
        }
        fits.extend(PowerLawFit::through(&ladder.name, &points, ladder.target));
    }
    Ok((steps, fits))
}

fn one(
    runner: &Runner<'_>,
    spec: &StudySpec,
    ladder: &LadderSpec,
    rung: &Rung,
    size: u64,
) -> Result<LadderPoint, StudyError> {
    let mut scenario = runner.variant(&at(ladder, rung, size))?;
    // Only time ends the arrivals of a ladder.
    scenario.stop.payments = None;
    let (ground, summary) = runner.run(&scenario, SystemName::Lightning, 0, runner.threads)?;
    let latency = &summary.latency.payer_known;
    let counts = summary.measured;
    let mut step = LadderPoint {
        name: ladder.name.clone(),
        rate: rung.rate,
        size,
        nodes: ground.nodes,
        channels: ground.channels,
        times_s: [ladder.ramp, ladder.window].map(SimDuration::as_secs_f64),
        offered: counts.offered,
        settled: counts.settled,
        settled_tps: summary.throughput.settled_per_s.value,
        latency_s: [latency.p50_s.value, latency.p99_s.value],
        slot_ceiling_tps: slot_ceiling(&summary),
        carries: false,
        limited_by: binding(&summary).join("; "),
    };
    let is_long = step.latency_s[1].is_some_and(|p99| p99 * WINDOW_OVER_P99 <= step.times_s[1]);
    step.carries = is_long && step.success_ratio() >= spec.settle;
    Ok(step)
}
