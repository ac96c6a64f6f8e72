//! Offered load, raised until a system no longer keeps up.

use crate::ids::SystemName;
use crate::metrics::Estimate;
use crate::saturate::cycle::Cycle;
use crate::saturate::parallel::{over, searched};
use crate::saturate::probe::{Criterion, Probe, SearchLimits};
use crate::saturate::search::{self, Trial};
use crate::scenario::Scenario;
use crate::simulation::{self, RunError, Watch};
use crate::units::{SimDuration, SimTime};
use crate::workload::{Source, WorkloadError};

/// A probe at one load (`saturation.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct LoadProbe {
    /// The system.
    pub system: SystemName,
    /// The replication.
    pub replication: u32,
    /// Payments offered per second of the window.
    pub offered_tps: f64,
    /// Payments settled in the window, per second.
    pub settled_tps: f64,
    /// Share settled of what was offered.
    pub success_ratio: f64,
    /// 95 % latency.
    pub latency_p95_s: Option<f64>,
    /// Whether nothing grew, and nothing was asked for beyond what there is.
    pub steady: bool,
}

/// The highest load that a system sustains (`sustained.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct Sustained {
    /// The system.
    pub system: SystemName,
    /// Payments per second, the mean over replications.
    pub sustained_tps: f64,
    /// Ends of the 95 % interval over replications; `None` with one replication.
    pub interval: Option<[f64; 2]>,
    /// What stood against more, at the lowest load that was too much.
    pub limited_by: String,
    /// Payments per second of the lowest load tried that was too much, mean over the replications in which one was.
    pub too_much_tps: Option<f64>,
}

/// What one replication found.
struct Found {
    loads: Vec<LoadProbe>,
    sustained: f64,
    limited_by: String,
    too_much: Option<f64>,
}

/// Searches the highest sustained load of every system of the scenario.
///
/// # Errors
/// When the workload is a replayed trace or has no rate, when input cannot be used, when an invariant
/// breaks, or when `watch` stops a run.
pub fn loads(
    scenario: &Scenario,
    criterion: Criterion,
    limits: SearchLimits,
    watch: &Watch<'_>,
) -> Result<(Vec<LoadProbe>, Vec<Sustained>), RunError> {
    let base = Base::of(scenario).map_err(RunError::Workload)?;
    let found = searched(&scenario.systems, limits.replications, |system, replication| {
        one(scenario, base, system, replication, criterion, limits, watch)
    })?;
    let sustained = scenario.systems.iter().map(|system| {
        let of_it: Vec<_> = found.iter().filter(|(other, _)| other == system).collect();
        let values: Vec<_> = of_it.iter().map(|(_, found)| found.sustained).collect();
        let mean = over("sustained_tps", &values);
        let sustained_tps = mean.map_or(0.0, |over| over.mean);
        let interval = mean.and_then(|over| over.ends);
        let limited_by = of_it.first().map_or_else(String::new, |(_, f)| f.limited_by.clone());
        let too_much: Vec<_> = of_it.iter().filter_map(|(_, found)| found.too_much).collect();
        let too_much_tps = over("sustained_tps", &too_much).map(|over| over.mean);
        Sustained { system: *system, sustained_tps, interval, limited_by, too_much_tps }
    });
    let sustained = sustained.collect();
    let loads = found.into_iter().flat_map(|(_, found)| found.loads).collect();
    Ok((loads, sustained))
}

/// The scenario's own load, and the time over which loads are offered.
#[derive(Clone, Copy, Debug)]
struct Base {
    rate: f64,
    time: SimDuration,
}

impl Base {
    fn of(scenario: &Scenario) -> Result<Self, WorkloadError> {
        let Source::Generated { arrivals, .. } = &scenario.workload else {
            return Err(WorkloadError::scenario("workload.trace", "a trace has no rate to raise")
                .with_help("saturate a scenario with [workload.arrivals.poisson]"));
        };
        let rate = arrivals.mean_rate();
        if rate <= 0.0 {
            let error =
                WorkloadError::scenario("workload.arrivals", "a load of nothing cannot be raised");
            return Err(error.with_help("give it a rate above 0"));
        }
        let stop = scenario.stop;
        #[expect(clippy::cast_precision_loss, reason = "a time to offer loads over")]
        let by_count = stop.payments.map(|n| SimDuration::from_secs_f64(n as f64 / rate));
        let by_time = stop.time.map(|at| at.since(SimTime::ZERO));
        let time = by_time.or(by_count).expect("arrivals end some time");
        Ok(Self { rate, time })
    }
}

fn one(
    scenario: &Scenario,
    base: Base,
    system: SystemName,
    replication: u32,
    criterion: Criterion,
    limits: SearchLimits,
    watch: &Watch<'_>,
) -> Result<Found, RunError> {
    let mut loads = Vec::new();
    // Of the lowest load that was too much; of the scenario's own.
    let mut against: Option<(f64, String)> = None;
    let mut first = None;
    let mut strongest = String::new();
    let mut sustained = 0.0_f64;
    #[expect(clippy::cast_precision_loss, reason = "a bound")]
    let most = limits.payments as f64 / base.time.as_secs_f64();
    let least = (FEWEST / base.time.as_secs_f64()).max(base.rate / 4_096.0).min(most);
    let bracket = search::largest([least, base.rate, most], limits.tolerance, |rate| {
        let scenario = at_rate(scenario, base, system, rate, limits.payments);
        let setup = simulation::prepare(&scenario, replication, false, 1)?;
        let shown = Probe::of(setup, system, watch)?;
        let value = |estimate: &Estimate| estimate.value.unwrap_or(0.0);
        // Within the window, which may lie in a quiet part of the day.
        let offered_tps = value(&shown.summary.throughput.offered_per_s);
        loads.push(LoadProbe {
            system,
            replication,
            offered_tps,
            settled_tps: value(&shown.summary.throughput.settled_per_s),
            success_ratio: shown.success(),
            latency_p95_s: shown.latency_p95_s(),
            steady: shown.is_steady(criterion),
        });
        let keeps_up = shown.keeps_up(criterion);
        first.get_or_insert_with(|| shown.limited_by(criterion));
        if keeps_up {
            strongest = shown.limited_by(criterion);
            sustained = sustained.max(offered_tps);
        } else if against.as_ref().is_none_or(|(lowest, _)| rate < *lowest) {
            against = Some((rate, shown.limited_by(criterion)));
        }
        Ok::<_, RunError>(Trial { holds: keeps_up, hint: shown.hint(rate, keeps_up) })
    })?;
    loads.sort_by(|a, b| a.offered_tps.total_cmp(&b.offered_tps));
    let limited_by = match (bracket.fails, against, first) {
        // Not even the lowest load: what stands against the scenario's own says more.
        (Some(_), _, Some(why)) if bracket.holds <= 0.0 => why,
        (Some(_), Some((_, why)), _) => why,
        _ => format!("not reached: the highest load tried was sustained ({strongest})"),
    };
    Ok(Found { loads, sustained, limited_by, too_much: bracket.fails })
}

/// Payments of the lowest load that is tried: a share of fewer means nothing.
const FEWEST: f64 = 100.0;

/// The scenario with another mean rate, offered over the same time, or over as long as many blocks or batches take and
/// the most payments allow.
fn at_rate(
    scenario: &Scenario,
    base: Base,
    system: SystemName,
    rate: f64,
    most_payments: u64,
) -> Scenario {
    let mut scenario = scenario.clone();
    let cycle = Cycle::of(&scenario, system);
    #[expect(clippy::cast_precision_loss, reason = "a time to offer loads over")]
    let affordable = SimDuration::from_secs_f64(most_payments as f64 / rate);
    let window = cycle.long_enough().min(affordable);
    let offered = base.time.max(scenario.warmup + window);
    scenario.drain = scenario.drain.max(cycle.drain());
    // The time series is not kept.
    scenario.sample_every =
        SimDuration((offered.get().saturating_add(scenario.drain.get())).max(1));
    if let Source::Generated { arrivals, .. } = &mut scenario.workload {
        *arrivals = arrivals.scaled(rate / base.rate);
    }
    scenario.stop.payments = None;
    scenario.stop.time = Some(SimTime::ZERO + offered);
    scenario
}
