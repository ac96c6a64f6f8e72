//! The verdict on a claim, and why, in words computed from the deciding run.

use crate::scenario::{ClaimSpec, ScalingSpec, Sets};
use crate::study::figure::{Figure, short};
use crate::study::power_law_fit::PowerLawFit;

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimVerdict {
    /// As the scenario stands.
    Holds,
    /// With none of the settings.
    Fails,
    /// With a setting.
    HoldsIf,
    /// As the scenario stands, but not with a setting.
    HoldsUnless,
    /// The interval of the figure reaches to both sides of a bound.
    Undecided,
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
            Self::HoldsUnless => "holds_unless",
            Self::Undecided => "undecided",
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
pub(super) struct Observed {
    pub(super) figure: Figure,
    /// Further figures by name.
    pub(super) effects: Vec<(String, Figure)>,
    /// The resource used most, and what payments failed of.
    pub(super) binding: String,
}

impl Observed {
    /// Whether the figure was observed, within these bounds, and no part of its interval lies elsewhere.
    pub(super) fn holds(&self, bounds: [Option<f64>; 2]) -> bool {
        self.figure.value.is_some_and(|value| is_within(value, bounds)) && !self.is_open(bounds)
    }

    /// Whether its interval lies on both sides of a bound.
    pub(super) fn is_open(&self, bounds: [Option<f64>; 2]) -> bool {
        crosses(self.figure, bounds)
    }
}

/// The verdict over what was tried: as it stands first; then the settings up to one that helped, or where none was
/// needed, all under which it may fail.
pub(super) fn decide(claim: &ClaimSpec, tried: &[(Sets, Observed)]) -> Claim {
    let last = tried.len() - 1;
    let holds = |seen: &Observed| seen.holds(claim.bounds);
    let open = tried.iter().position(|(_, seen)| seen.is_open(claim.bounds));
    let refuted = tried.iter().position(|(_, seen)| !holds(seen) && !seen.is_open(claim.bounds));
    let (verdict, deciding, setting) = match (holds(&tried[0].1), holds(&tried[last].1), open) {
        (true, _, _) => match refuted {
            Some(refuted) => (ClaimVerdict::HoldsUnless, 0, refuted),
            None => (ClaimVerdict::Holds, 0, 0),
        },
        (false, true, _) => (ClaimVerdict::HoldsIf, last, last),
        // With more replications it might hold.
        (false, false, Some(open)) => (ClaimVerdict::Undecided, open, open),
        (false, false, None) => (ClaimVerdict::Fails, 0, 0),
    };
    let seen = &tried[deciding].1;
    let mut why = vec![place(seen.figure, claim.bounds)];
    why.extend(Some(seen.binding.clone()).filter(|text| !text.is_empty()));
    why.extend(seen.effects.iter().map(told));
    let others = tried.iter().enumerate().filter(|(number, _)| *number != deciding);
    for (number, (sets, seen)) in others {
        let shown = seen.figure.value.map_or("nothing".to_owned(), short);
        let with = if number == 0 { "without".to_owned() } else { format!("with {sets}") };
        why.push(format!("{with}: {shown} ({})", seen.binding));
    }
    why.extend(claim.note.clone());
    Claim {
        spec: claim.clone(),
        simulated: seen.figure,
        verdict,
        setting: tried[setting].0.to_string(),
        why: why.join("; "),
    }
}

pub(super) fn told((name, figure): &(String, Figure)) -> String {
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
    if crosses(figure, bounds) {
        said += ", but its 95 % interval crosses a bound";
    }
    said
}

/// Whether the interval of a figure has parts within the range and parts outside of it.
fn crosses(figure: Figure, bounds: [Option<f64>; 2]) -> bool {
    let Some((value, [least, most])) = figure.value.zip(figure.ends) else { return false };
    if is_within(value, bounds) {
        return !is_within(least, bounds) || !is_within(most, bounds);
    }
    // Also an interval that reaches beyond the claim on both sides has some of it inside.
    let [low, high] = bounds;
    low.is_none_or(|low| most >= low) && high.is_none_or(|high| least <= high)
}

/// Where a claim about a load fails, a network of another size may carry it.
pub(super) fn ask_fit(claim: &mut Claim, law: &PowerLawFit, study: &ScalingSpec) {
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
    let how = if law.extrapolated { ", extrapolated: no network that large was run" } else { "" };
    let told = format!(
        "; the law {} (exponent {:.3}) reaches {} at a size of {}{interval}{how}",
        law.name,
        law.exponent,
        short(law.target),
        short(size)
    );
    claim.why.push_str(&told);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemName;

    fn spec(low: Option<f64>, high: Option<f64>) -> ClaimSpec {
        ClaimSpec {
            name: "c".to_owned(),
            system: SystemName::Card,
            metric: Some("success.success_ratio".to_owned()),
            claimed: "7".to_owned(),
            quote: None,
            bounds: [low, high],
            unit: "share".to_owned(),
            divide_by: 1.0,
            set: Sets::default(),
            settings: Vec::new(),
            unless: Vec::new(),
            compared_with: None,
            note: None,
            varied: None,
            effects: Vec::new(),
            replications: 1,
            law: None,
        }
    }

    fn seen(value: f64) -> Observed {
        let figure = Figure { value: Some(value), ends: None };
        Observed { figure, effects: Vec::new(), binding: "switch 97.0 % used".to_owned() }
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
        let nothing = Observed { figure: Figure::default(), ..seen(0.0) };
        assert_eq!(decide(&claim, &[(Sets::default(), nothing)]).verdict, ClaimVerdict::Fails);
    }

    #[test]
    fn what_holds_may_fail_under_a_setting() {
        let claim = ClaimSpec { note: Some("as said".to_owned()), ..spec(Some(5.0), Some(10.0)) };
        let first = (Sets::default(), seen(7.0));
        let both = decide(&claim, &[first.clone(), (sets("1"), seen(8.0))]);
        assert_eq!((both.verdict, both.setting.as_str()), (ClaimVerdict::Holds, ""));
        assert!(both.why.contains("with key=1: 8.000") && both.why.ends_with("; as said"));
        let tried = [first, (sets("1"), seen(8.0)), (sets("2"), seen(80.0))];
        let unless = decide(&claim, &tried);
        assert_eq!((unless.verdict, unless.setting.as_str()), (ClaimVerdict::HoldsUnless, "key=2"));
        assert_eq!(unless.simulated.value, Some(7.0));
    }

    #[test]
    fn an_interval_across_a_bound_leaves_the_claim_undecided() {
        let claim = spec(Some(5.0), Some(10.0));
        let of = |value, ends| {
            let figure = Figure { value: Some(value), ends: Some(ends) };
            Observed { figure, ..seen(value) }
        };
        let verdict = |tried: &[(Sets, Observed)]| {
            let decided = decide(&claim, tried);
            (decided.verdict, decided.setting)
        };
        let alone = |seen| verdict(&[(Sets::default(), seen)]).0;
        assert_eq!(alone(of(7.0, [4.0, 9.0])), ClaimVerdict::Undecided);
        assert_eq!(alone(of(7.0, [6.0, 9.0])), ClaimVerdict::Holds);
        assert_eq!(alone(of(12.0, [9.5, 14.5])), ClaimVerdict::Undecided);
        assert_eq!(alone(of(12.0, [11.0, 13.0])), ClaimVerdict::Fails);
        // A setting that is clear decides, one that is not leaves it open.
        let first = (Sets::default(), of(12.0, [11.0, 13.0]));
        let helped = verdict(&[first.clone(), (sets("1"), of(7.0, [6.0, 8.0]))]);
        assert_eq!(helped, (ClaimVerdict::HoldsIf, "key=1".to_owned()));
        let open = verdict(&[first, (sets("1"), of(9.0, [7.0, 11.0]))]);
        assert_eq!(open, (ClaimVerdict::Undecided, "key=1".to_owned()));
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
}
