//! Claims, each reproduced or refuted by simulation.
//!
//! A claim is a figure of a system and the range that its words allow. It *holds* where the simulated
//! figure lies in that range as the scenario stands; else the claim's settings are tried in turn, and with
//! the first that brings it there it *holds if*; else it *fails*. A figure that is a parameter here is
//! `input`: the parameter is varied, and what that does is told. Why a claim holds or not is computed from
//! the deciding run: how far the figure lies from the range, and the resource that was used most.

use std::collections::BTreeMap;

use crate::ids::SystemName;
use crate::math;
use crate::metrics::SummaryResult;
use crate::saturate::{self, Criterion, Limits, binding};
use crate::scenario::{
    ClaimSpec, LevelValue, ScalingSpec, Scenario, Sets, StudySpec, Varied, level_value,
};
use crate::study::figure::{Figure, short};
use crate::study::lab::{Lab, StudyError};
use crate::study::law::Law;
use crate::units::SimTime;

/// The figure that is searched, not read from a summary: the highest load that the system sustains.
const SUSTAINED: &str = "sustained_tps";

/// Above the least claimed load by this factor, a search for the highest load stops: the claim holds.
/// It leaves room for the noise of what is offered.
const ENOUGH: f64 = 1.02;
/// Above the most claimed load by this factor it stops too.
const FAR: f64 = 4.0;

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimVerdict {
    /// As the scenario stands.
    Holds,
    /// With none of the settings.
    Fails,
    /// With a setting.
    HoldsIf,
    /// It is a parameter here.
    Input,
    /// The simulation has no such figure.
    NotModelled,
}

impl ClaimVerdict {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::HoldsIf => "holds_if",
            Self::Input => "input",
            Self::NotModelled => "not_modelled",
        }
    }
}

/// A claim with its verdict (`claims.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What was claimed.
    pub spec: ClaimSpec,
    /// What the deciding runs showed.
    pub simulated: Figure,
    /// The verdict.
    pub verdict: ClaimVerdict,
    /// What was set for the deciding runs.
    pub setting: String,
    /// Why.
    pub why: String,
}

/// What runs of one variant showed.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    figure: Figure,
    /// Further figures by name.
    effects: Vec<(String, Figure)>,
    /// The resource used most, and what payments failed of.
    binding: String,
}

/// Runs of a variant of one system, by the hash of its scenario.
type Runs = BTreeMap<(SystemName, String), Vec<SummaryResult>>;

/// Reads every variant that the claims may need.
pub(super) fn check(lab: &Lab<'_>, claims: &[ClaimSpec]) -> Result<(), StudyError> {
    for claim in claims {
        let names = claim.metric.iter().filter(|name| *name != SUSTAINED).chain(&claim.effects);
        for name in names {
            if !Figure::exists(name) {
                return Err(StudyError::Metric(name.clone()));
            }
        }
        for sets in variants(claim) {
            lab.variant(&sets)?;
        }
    }
    Ok(())
}

/// What a claim as it stands, its settings and its values set.
fn variants(claim: &ClaimSpec) -> Vec<Sets> {
    let settings = claim.settings.iter().map(|setting| claim.set.and(setting));
    let values = claim
        .varied
        .iter()
        .flat_map(|varied| varied.values.iter().map(|value| claim.set.with(&varied.key, value)));
    [claim.set.clone()].into_iter().chain(settings).chain(values).collect()
}

/// Holds every claim against runs.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn claims(lab: &Lab<'_>, spec: &StudySpec) -> Result<Vec<Claim>, StudyError> {
    let shared = shared_runs(lab, spec)?;
    saturate::each(&spec.claims, |claim| judge(lab, spec, claim, &shared))
}

/// Asks the laws that claims name.
pub(super) fn ask_laws(claims: &mut [Claim], spec: &StudySpec, laws: &[Law]) {
    for claim in claims {
        let law = laws.iter().find(|law| Some(&law.name) == claim.spec.law.as_ref());
        let study = spec.scaling.iter().find(|study| Some(&study.name) == claim.spec.law.as_ref());
        if let Some((law, study)) = law.zip(study) {
            ask(claim, law, study);
        }
    }
}

/// Where a claim about a load fails, a network of another size may carry it.
fn ask(claim: &mut Claim, law: &Law, study: &ScalingSpec) {
    let rises = law.ends.is_none_or(|[low, _]| low > 0.0);
    let Some(size) = law.size.filter(|_| rises && claim.verdict == ClaimVerdict::Fails) else {
        return;
    };
    claim.verdict = ClaimVerdict::HoldsIf;
    // No network of that size was run.
    claim.simulated = Figure::default();
    claim.setting = study.set.with(&study.key, &format!("{size:.0}")).to_string();
    let interval = law.size_ends.map_or_else(String::new, |[low, high]| {
        format!(" (95 %: {} to {})", short(low), short(high))
    });
    let how = if law.extrapolated { ", extrapolated" } else { "" };
    let told = format!(
        "; the law {} (exponent {:.3}) reaches {} at a size of {}{interval}{how}",
        law.name,
        law.exponent,
        short(law.target),
        short(size)
    );
    claim.why.push_str(&told);
}

/// The runs that claims read figures from for certain: as the scenario stands, and at every value of what
/// is varied. Each is made once, whoever reads it.
fn shared_runs(lab: &Lab<'_>, spec: &StudySpec) -> Result<Runs, StudyError> {
    let mut wanted: BTreeMap<(SystemName, String), (Sets, u32)> = BTreeMap::new();
    for claim in spec.claims.iter().filter(|claim| reads_runs(claim)) {
        let values = claim.varied.iter().flat_map(|varied| {
            varied.values.iter().map(|value| claim.set.with(&varied.key, value))
        });
        for sets in [claim.set.clone()].into_iter().chain(values) {
            let key = (claim.system, lab.hash(&sets)?);
            let (_, most) = wanted.entry(key).or_insert((sets, 0));
            *most = claim.replications.max(*most);
        }
    }
    let jobs: Vec<_> = wanted
        .iter()
        .flat_map(|(key, (sets, most))| (0..*most).map(move |r| (key.clone(), sets, r)))
        .collect();
    let summaries = saturate::each(&jobs, |((system, _), sets, replication)| {
        let scenario = lab.variant(sets)?;
        lab.run(&scenario, *system, *replication, 1).map(|(_, summary)| summary)
    })?;
    let mut runs = Runs::new();
    for ((key, ..), summary) in jobs.into_iter().zip(summaries) {
        runs.entry(key).or_default().push(summary);
    }
    Ok(runs)
}

/// Whether the claim needs figures of a summary, not only a highest load.
fn reads_runs(claim: &ClaimSpec) -> bool {
    let metric = claim.metric.as_deref();
    metric.is_some_and(|metric| metric != SUSTAINED || !claim.effects.is_empty())
}

fn judge(
    lab: &Lab<'_>,
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
            why: "no figure of the simulation stands for it".to_owned(),
        });
    };
    let look = |sets: &Sets| see(lab, spec, claim, metric, sets, shared);
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
            why: sensitivity(varied, &points),
        });
    }
    let as_it_stands = first.figure.value.is_some_and(|value| is_within(value, claim.bounds));
    let mut tried = vec![(claim.set.clone(), first)];
    if !as_it_stands {
        for setting in &claim.settings {
            let sets = claim.set.and(setting);
            let seen = look(&sets)?;
            let holds = seen.figure.value.is_some_and(|value| is_within(value, claim.bounds));
            tried.push((sets, seen));
            if holds {
                break;
            }
        }
    }
    Ok(decide(claim, &tried))
}

/// The verdict over what was tried: as it stands first, then the settings up to one that helped.
fn decide(claim: &ClaimSpec, tried: &[(Sets, Seen)]) -> Claim {
    let holds = |seen: &Seen| seen.figure.value.is_some_and(|value| is_within(value, claim.bounds));
    let last = tried.len() - 1;
    let (verdict, deciding) = match (holds(&tried[last].1), last) {
        (true, 0) => (ClaimVerdict::Holds, 0),
        (true, _) => (ClaimVerdict::HoldsIf, last),
        (false, _) => (ClaimVerdict::Fails, 0),
    };
    let (sets, seen) = &tried[deciding];
    let mut why = vec![place(seen.figure, claim.bounds)];
    why.extend(Some(seen.binding.clone()).filter(|text| !text.is_empty()));
    why.extend(seen.effects.iter().map(told));
    let others = tried.iter().enumerate().filter(|(number, _)| *number != deciding);
    for (number, (sets, seen)) in others {
        let shown = seen.figure.value.map_or("nothing".to_owned(), short);
        let with = if number == 0 { "without".to_owned() } else { format!("with {sets}") };
        why.push(format!("{with}: {shown} ({})", seen.binding));
    }
    Claim {
        spec: claim.clone(),
        simulated: seen.figure,
        verdict,
        setting: sets.to_string(),
        why: why.join("; "),
    }
}

fn told((name, figure): &(String, Figure)) -> String {
    format!("{name} {}", figure.value.map_or("-".to_owned(), short))
}

fn is_within(value: f64, [low, high]: [Option<f64>; 2]) -> bool {
    low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
}

/// Where a figure lies beside the range, and whether its interval says the same.
fn place(figure: Figure, bounds: [Option<f64>; 2]) -> String {
    let Some(value) = figure.value else { return "nothing was observed".to_owned() };
    let [low, high] = bounds;
    let times = |bound: f64| {
        if bound == 0.0 { String::new() } else { format!(" ({} times it)", short(value / bound)) }
    };
    let mut said = match (low.filter(|low| value < *low), high.filter(|high| value > *high)) {
        (Some(low), _) => format!("{} is below {}{}", short(value), short(low), times(low)),
        (_, Some(high)) => format!("{} is above {}{}", short(value), short(high), times(high)),
        _ => format!("{} is within the claim", short(value)),
    };
    let crosses = |[least, most]: [f64; 2]| {
        if is_within(value, bounds) {
            !is_within(least, bounds) || !is_within(most, bounds)
        } else {
            // Also an interval that reaches beyond the claim on both sides has some of it inside.
            low.is_none_or(|low| most >= low) && high.is_none_or(|high| least <= high)
        }
    };
    if figure.ends.is_some_and(crosses) {
        said += ", but its 95 % interval crosses a bound";
    }
    said
}

/// What varying a parameter does to the figure, and to those beside it.
fn sensitivity(varied: &Varied, points: &[(&str, Seen)]) -> String {
    let mut said = vec![format!("a parameter here: {}", varied.key)];
    for (value, seen) in points {
        let shown = seen.figure.value.map_or("-".to_owned(), short);
        let mut text = format!("{value}: {shown}");
        for effect in &seen.effects {
            text += ", ";
            text += &told(effect);
        }
        said.push(text);
    }
    let elasticity = |of: &dyn Fn(&Seen) -> Option<f64>| elasticity(points, of);
    if let Some(slope) = elasticity(&|seen| seen.figure.value) {
        said.push(format!("1 % more of it moves the figure by {slope:.2} %"));
    }
    let effects = points.first().map_or(0, |(_, seen)| seen.effects.len());
    for number in 0..effects {
        let slope = elasticity(&|seen| seen.effects.get(number)?.1.value);
        if let (Some(slope), Some((_, seen))) = (slope, points.first()) {
            said.push(format!("and {} by {slope:.2} %", seen.effects[number].0));
        }
    }
    if let Some((_, seen)) = points.first().filter(|(_, seen)| !seen.binding.is_empty()) {
        said.push(seen.binding.clone());
    }
    said.join("; ")
}

/// The slope of ln figure over ln parameter, where both are positive numbers.
#[expect(clippy::cast_precision_loss, reason = "few points")]
fn elasticity(points: &[(&str, Seen)], of: &dyn Fn(&Seen) -> Option<f64>) -> Option<f64> {
    let number = |text: &str| {
        [text.to_owned(), format!("\"{text}\"")].iter().find_map(|text| match level_value(text) {
            LevelValue::Number(number, _) if number > 0.0 => Some(number),
            _ => None,
        })
    };
    let logs: Option<Vec<_>> = points
        .iter()
        .map(|(value, seen)| {
            let figure = of(seen).filter(|figure| *figure > 0.0)?;
            Some((math::ln(number(value)?), math::ln(figure)))
        })
        .collect();
    let logs = logs?;
    let n = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let across: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let along: f64 = logs.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    (along > 0.0).then(|| across / along)
}

/// Runs or searches one variant.
fn see(
    lab: &Lab<'_>,
    spec: &StudySpec,
    claim: &ClaimSpec,
    metric: &str,
    sets: &Sets,
    shared: &Runs,
) -> Result<Seen, StudyError> {
    let own: Vec<SummaryResult>;
    let known = if reads_runs(claim) {
        let found = shared.get(&(claim.system, lab.hash(sets)?));
        found.map(Vec::as_slice).filter(|runs| runs.len() >= claim.replications as usize)
    } else {
        Some(&[][..])
    };
    let runs = if let Some(runs) = known {
        runs
    } else {
        let scenario = lab.variant(sets)?;
        let replications: Vec<u32> = (0..claim.replications).collect();
        own = saturate::each(&replications, |replication| {
            lab.run(&scenario, claim.system, *replication, 1).map(|(_, summary)| summary)
        })?;
        &own
    };
    let over = |name: &str| {
        let figures: Vec<_> = runs.iter().filter_map(|run| Figure::of(run, name)).collect();
        Figure::over(&figures)
    };
    let effects = claim.effects.iter().map(|name| (name.clone(), over(name))).collect();
    if metric == SUSTAINED {
        let (figure, binding) = search(lab, spec, claim, &lab.variant(sets)?)?;
        return Ok(Seen { figure: figure.divided(claim.divide_by), effects, binding });
    }
    let binding = runs.first().map(binding).unwrap_or_default().join("; ");
    Ok(Seen { figure: over(metric).divided(claim.divide_by), effects, binding })
}

/// The highest load that the claim's system sustains, as far as the claim asks for it.
fn search(
    lab: &Lab<'_>,
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
    let limits = Limits { replications: claim.replications, tolerance: spec.tolerance, payments };
    let watch = |_, _, _| lab.control();
    let (_, sustained) = saturate::loads(&scenario, criterion, limits, &watch)?;
    let found = sustained.into_iter().next().expect("one system was asked for");
    let figure = Figure { value: Some(found.sustained_tps), ends: found.interval };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(low: Option<f64>, high: Option<f64>) -> ClaimSpec {
        ClaimSpec {
            name: "c".to_owned(),
            system: SystemName::Card,
            metric: Some("success.success_ratio".to_owned()),
            claimed: "7".to_owned(),
            bounds: [low, high],
            unit: "share".to_owned(),
            divide_by: 1.0,
            set: Sets::default(),
            settings: Vec::new(),
            varied: None,
            effects: Vec::new(),
            replications: 1,
            law: None,
        }
    }

    fn seen(value: f64) -> Seen {
        let figure = Figure { value: Some(value), ends: None };
        Seen { figure, effects: Vec::new(), binding: "switch 97.0 % used".to_owned() }
    }

    fn sets(text: &str) -> Sets {
        Sets(vec![("key".to_owned(), text.to_owned())])
    }

    #[test]
    fn verdicts_follow_the_figure_and_the_range() {
        let claim = spec(Some(5.0), Some(10.0));
        let stands = decide(&claim, &[(Sets::default(), seen(5.0))]);
        assert_eq!((stands.verdict, stands.setting.as_str()), (ClaimVerdict::Holds, ""));
        assert!(stands.why.contains("within the claim; switch 97.0 % used"), "{}", stands.why);
        let helped = decide(&claim, &[(Sets::default(), seen(2.5)), (sets("1"), seen(7.0))]);
        assert_eq!((helped.verdict, helped.setting.as_str()), (ClaimVerdict::HoldsIf, "key=1"));
        assert_eq!(helped.simulated.value, Some(7.0));
        assert!(helped.why.contains("without: 2.500"), "{}", helped.why);
        let refuted = decide(&claim, &[(Sets::default(), seen(20.0)), (sets("1"), seen(2.0))]);
        assert_eq!((refuted.verdict, refuted.simulated.value), (ClaimVerdict::Fails, Some(20.0)));
        assert!(refuted.why.starts_with("20.00 is above 10.00 (2.000 times it)"));
        assert!(refuted.why.contains("with key=1: 2.000"), "{}", refuted.why);
        let nothing = Seen { figure: Figure::default(), ..seen(0.0) };
        assert_eq!(decide(&claim, &[(Sets::default(), nothing)]).verdict, ClaimVerdict::Fails);
    }

    #[test]
    fn an_interval_across_a_bound_is_told() {
        let figure = Figure { value: Some(7.0), ends: Some([4.0, 9.0]) };
        assert!(place(figure, [Some(5.0), None]).contains("crosses a bound"));
        let figure = Figure { value: Some(7.0), ends: Some([6.0, 8.0]) };
        assert_eq!(place(figure, [Some(5.0), None]), "7.000 is within the claim");
        let around = Figure { value: Some(12.0), ends: Some([0.0, 24.0]) };
        assert!(place(around, [Some(5.0), Some(10.0)]).contains("crosses a bound"));
        let beyond = Figure { value: Some(12.0), ends: Some([11.0, 13.0]) };
        assert!(!place(beyond, [Some(5.0), Some(10.0)]).contains("crosses a bound"));
    }

    #[test]
    fn the_elasticity_of_a_square_is_two() {
        let points = [("1 s", seen(3.0)), ("2 s", seen(12.0)), ("4 s", seen(48.0))];
        let slope = elasticity(&points, &|seen| seen.figure.value).expect("three numbers");
        assert!((slope - 2.0).abs() < 1e-12, "{slope}");
        let words = [("hermez", seen(3.0)), ("seed", seen(12.0))];
        assert_eq!(elasticity(&words, &|seen| seen.figure.value), None);
        let varied = Varied { key: "k".to_owned(), values: Vec::new() };
        let text = sensitivity(&varied, &points);
        assert!(text.contains("1 % more of it moves the figure by 2.00 %"), "{text}");
    }
}
