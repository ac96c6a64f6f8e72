//! Claims, each reproduced or refuted by simulation.
//!
//! A claim is a figure of a system and the range that its words allow. It *holds* where the simulated
//! figure lies in that range as the scenario stands, with all of its interval; else the claim's settings are tried in
//! turn, and with the first that brings it there it *holds if*; where an interval reaches across a bound it is
//! *undecided*; else it *fails*. Where it holds, conditions under which it may fail are tried as well; with one that
//! refutes it, it *holds unless*. A figure that is a parameter here is
//! `input`: the parameter is varied, and what that does is told. Why a claim holds or not is computed from
//! the deciding run: how far the figure lies from the range, and the resource that was used most.

use std::collections::BTreeMap;

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::saturate::{self, Criterion, SearchLimits, binding};
use crate::scenario::{ClaimSpec, Scenario, Sets, StudySpec};
use crate::study::elasticity::sensitivity;
use crate::study::figure::Figure;
use crate::study::power_law_fit::PowerLawFit;
use crate::study::runner::{Runner, StudyError};
use crate::study::verdict::{Claim, ClaimVerdict, Observed, ask_fit, decide};
use crate::units::SimTime;

/// The figure that is searched, not read from a summary: the highest load that the system sustains.
const SUSTAINED: &str = "sustained_tps";

/// Above the least claimed load by this factor, a search for the highest load stops: the claim holds.
/// It leaves room for the noise of what is offered.
const ENOUGH: f64 = 1.02;
/// Above the most claimed load by this factor it stops too.
const FAR: f64 = 4.0;

/// Runs of a variant of one system, by the hash of its scenario.
type Runs = BTreeMap<(SystemName, String), Vec<SummaryResult>>;

/// Reads every variant that the claims may need.
pub(super) fn check(runner: &Runner<'_>, claims: &[ClaimSpec]) -> Result<(), StudyError> {
    for claim in claims {
        let names = claim.metric.iter().filter(|name| *name != SUSTAINED).chain(&claim.effects);
        for name in names {
            if !Figure::exists(name) {
                return Err(StudyError::Metric(name.clone()));
            }
        }
        for sets in variants(claim) {
            runner.variant(&sets)?;
        }
    }
    Ok(())
}

/// What a claim as it stands, its settings and its values set.
fn variants(claim: &ClaimSpec) -> Vec<Sets> {
    let settings = claim.settings.iter().map(|setting| claim.set.and(setting));
    let unless = claim.unless.iter().map(|setting| claim.set.and(setting));
    let values = claim
        .varied
        .iter()
        .flat_map(|varied| varied.values.iter().map(|value| claim.set.with(&varied.key, value)));
    [claim.set.clone()].into_iter().chain(settings).chain(unless).chain(values).collect()
}

/// Holds every claim against runs.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn claims(runner: &Runner<'_>, spec: &StudySpec) -> Result<Vec<Claim>, StudyError> {
    let shared = shared_runs(runner, spec)?;
    saturate::each(&spec.claims, |claim| judge(runner, spec, claim, &shared))
}

/// Asks the power laws that claims name.
pub(super) fn ask_fits(claims: &mut [Claim], spec: &StudySpec, fits: &[PowerLawFit]) {
    for claim in claims {
        let law = fits.iter().find(|law| Some(&law.name) == claim.spec.law.as_ref());
        let study = spec.scaling.iter().find(|study| Some(&study.name) == claim.spec.law.as_ref());
        if let Some((law, study)) = law.zip(study) {
            ask_fit(claim, law, study);
        }
    }
}

/// The runs that claims read figures from for certain: as the scenario stands, and at every value of what
/// is varied. Each is made once, whoever reads it.
fn shared_runs(runner: &Runner<'_>, spec: &StudySpec) -> Result<Runs, StudyError> {
    let mut wanted: BTreeMap<(SystemName, String), (Sets, u32)> = BTreeMap::new();
    for claim in spec.claims.iter().filter(|claim| reads_runs(claim)) {
        let values = claim.varied.iter().flat_map(|varied| {
            varied.values.iter().map(|value| claim.set.with(&varied.key, value))
        });
        for sets in [claim.set.clone()].into_iter().chain(values) {
            let hash = runner.hash(&sets)?;
            for system in systems(claim) {
                let wanted = wanted.entry((system, hash.clone())).or_insert((sets.clone(), 0));
                wanted.1 = claim.replications.max(wanted.1);
            }
        }
    }
    let jobs: Vec<_> = wanted
        .iter()
        .flat_map(|(key, (sets, most))| (0..*most).map(move |r| (key.clone(), sets, r)))
        .collect();
    let summaries = saturate::each(&jobs, |((system, _), sets, replication)| {
        let scenario = runner.variant(sets)?;
        runner.run(&scenario, *system, *replication, 1).map(|(_, summary)| summary)
    })?;
    let mut runs = Runs::new();
    for ((key, ..), summary) in jobs.into_iter().zip(summaries) {
        runs.entry(key).or_default().push(summary);
    }
    Ok(runs)
}

/// The systems of which a claim needs runs.
fn systems(claim: &ClaimSpec) -> impl Iterator<Item = SystemName> {
    [claim.system].into_iter().chain(claim.compared_with)
}

/// Whether the claim needs figures of a summary, not only a highest load.
fn reads_runs(claim: &ClaimSpec) -> bool {
    let metric = claim.metric.as_deref();
    metric.is_some_and(|metric| metric != SUSTAINED || !claim.effects.is_empty())
}

fn judge(
    runner: &Runner<'_>,
    spec: &StudySpec,
    claim: &ClaimSpec,
    shared: &Runs,
) -> Result<Claim, StudyError> {
    let Some(metric) = &claim.metric else {
        return Ok(Claim {
            spec: claim.clone(),
            simulated: Figure::default(),
            verdict: ClaimVerdict::NotModelled,
            setting: String::new(),
            why: claim
                .note
                .clone()
                .unwrap_or_else(|| "no figure of the simulation stands for it".to_owned()),
        });
    };
    let look = |sets: &Sets| see(runner, spec, claim, metric, sets, shared);
    let first = look(&claim.set)?;
    if let Some(varied) = &claim.varied {
        let mut points = Vec::new();
        for value in &varied.values {
            points.push((value.as_str(), look(&claim.set.with(&varied.key, value))?));
        }
        return Ok(Claim {
            spec: claim.clone(),
            simulated: first.figure,
            verdict: ClaimVerdict::Input,
            setting: claim.set.to_string(),
            why: [Some(sensitivity(varied, &points)), claim.note.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        });
    }
    let as_it_stands = first.holds(claim.bounds);
    let mut tried = vec![(claim.set.clone(), first)];
    for setting in if as_it_stands { &claim.unless } else { &claim.settings } {
        let sets = claim.set.and(setting);
        let seen = look(&sets)?;
        let holds = seen.holds(claim.bounds);
        tried.push((sets, seen));
        if holds && !as_it_stands {
            break;
        }
    }
    Ok(decide(claim, &tried))
}

/// Runs or searches one variant.
fn see(
    runner: &Runner<'_>,
    spec: &StudySpec,
    claim: &ClaimSpec,
    metric: &str,
    sets: &Sets,
    shared: &Runs,
) -> Result<Observed, StudyError> {
    let runs = if reads_runs(claim) {
        runs_of(runner, claim, claim.system, sets, shared)?
    } else {
        Vec::new()
    };
    let over = |name: &str| Figure::over(&runs, name);
    let mut effects: Vec<_> = claim.effects.iter().map(|name| (name.clone(), over(name))).collect();
    if metric == SUSTAINED {
        let (figure, binding) = search(runner, spec, claim, &runner.variant(sets)?)?;
        return Ok(Observed { figure: figure.divided(claim.divide_by), effects, binding });
    }
    let binding = runs.first().map(binding).unwrap_or_default().join("; ");
    let figure = if let Some(other) = claim.compared_with {
        let others = runs_of(runner, claim, other, sets, shared)?;
        let of = |system: SystemName| format!("{metric} of {}", system.name());
        effects.push((of(claim.system), over(metric)));
        effects.push((of(other), Figure::over(&others, metric)));
        Figure::ratio(&runs, &others, metric)
    } else {
        over(metric)
    };
    Ok(Observed { figure: figure.divided(claim.divide_by), effects, binding })
}

/// The runs of one variant of one system: known ones, or made for this.
fn runs_of(
    runner: &Runner<'_>,
    claim: &ClaimSpec,
    system: SystemName,
    sets: &Sets,
    shared: &Runs,
) -> Result<Vec<SummaryResult>, StudyError> {
    let known = shared.get(&(system, runner.hash(sets)?));
    if let Some(runs) = known.filter(|runs| runs.len() >= claim.replications as usize) {
        return Ok(runs.clone());
    }
    let scenario = runner.variant(sets)?;
    let replications: Vec<u32> = (0..claim.replications).collect();
    saturate::each(&replications, |replication| {
        runner.run(&scenario, system, *replication, 1).map(|(_, summary)| summary)
    })
}

/// The highest load that the claim's system sustains, as far as the claim asks for it.
fn search(
    runner: &Runner<'_>,
    spec: &StudySpec,
    claim: &ClaimSpec,
    scenario: &Scenario,
) -> Result<(Figure, String), StudyError> {
    let [low, high] = claim.bounds;
    let most = high.map(|high| high * FAR).or(low.map(|low| low * ENOUGH));
    let mut scenario = scenario.clone();
    scenario.systems = vec![claim.system];
    let payments = most.map_or(spec.most_payments, |rate| {
        spec.most_payments.min(payments(&scenario, rate * claim.divide_by))
    });
    let criterion = Criterion { settle: spec.settle, ..Criterion::default() };
    let limits =
        SearchLimits { replications: claim.replications, tolerance: spec.tolerance, payments };
    let watch = |_, _, _| runner.control();
    let (_, sustained) = saturate::loads(&scenario, criterion, limits, &watch)?;
    let found = sustained.into_iter().next().expect("one system was asked for");
    // Where every load tried was sustained, replications differ by what happened to be offered: more would be, too.
    // Else the limit lies between the load that was sustained and the lowest that was too much.
    let ends = found.too_much_tps.map(|too_much| {
        let [low, high] = found.interval.unwrap_or([found.sustained_tps; 2]);
        [low, high.max(too_much)]
    });
    let figure = Figure { value: Some(found.sustained_tps), ends };
    Ok((figure, found.limited_by))
}

/// Payments of a run at this rate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bound; the cast saturates"
)]
fn payments(scenario: &Scenario, rate: f64) -> u64 {
    let stop = scenario.stop;
    let time = stop.time.map(|at| at.since(SimTime::ZERO).as_secs_f64());
    time.map_or(u64::MAX, |time| (rate * time).ceil() as u64).max(1)
}
