//! `[workload]`: a trace, or arrivals, amounts and endpoints.

use crate::scenario::amount::{DELAY_POSITIVE, MONEY_POSITIVE, RUN, Rate};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Number, POSITIVE, SHARE, Whole};
use crate::scenario::quantity::show_money;
use crate::scenario::section::Section;
use crate::scenario::word::{Input, List, Name, Pair, Word};
use crate::units::{Msat, SimDuration};
use crate::workload::{Among, Amount, Arrivals, Endpoints, Source};

/// Reads `[workload]`.
pub(super) fn workload(s: &mut Section<'_, '_>) -> Source {
    if s.either("trace", &["arrivals", "amount", "endpoints"]) {
        return Source::Trace { path: s.required("trace", &Input { folder: false }).used };
    }
    let arrivals = s.choice("arrivals", &ARRIVALS, None);
    let amount = s.choice("amount", &AMOUNTS, None);
    let (endpoints, among) = s.choice("endpoints", &ENDPOINTS, Some("uniform"));
    Source::Generated { arrivals, amount, endpoints, among }
}

const ARRIVALS: [Alternative<Arrivals>; 5] = [
    ("poisson", |s| Arrivals::Poisson { rate: s.required("rate", &Rate) }),
    ("constant", |s| Arrivals::Constant { rate: s.required("rate", &Rate) }),
    ("ramp", |s| Arrivals::Ramp {
        rate: s.required("rate", &Rate),
        over: s.required("over", &DELAY_POSITIVE),
    }),
    ("diurnal", diurnal),
    ("bursty", bursty),
];

fn diurnal(s: &mut Section<'_, '_>) -> Arrivals {
    let rate = s.required("rate", &Rate);
    let amplitude = s.required("amplitude", &SHARE);
    let peak = s.required("peak", &RUN);
    let day = SimDuration::from_secs(86_400);
    s.rule(&["peak"], peak < day, || "must be a time of day, below 24 h".to_owned());
    Arrivals::Diurnal { rate, amplitude, peak }
}

fn bursty(s: &mut Section<'_, '_>) -> Arrivals {
    Arrivals::Bursty {
        quiet_rate: s.required("quiet_rate", &Rate),
        burst_rate: s.required("burst_rate", &Rate),
        quiet_mean: s.required("quiet_mean", &DELAY_POSITIVE),
        burst_mean: s.required("burst_mean", &DELAY_POSITIVE),
    }
}

const AMOUNTS: [Alternative<Amount>; 7] = [
    ("fixed", |s| Amount::Fixed { value: s.required("value", &MONEY_POSITIVE) }),
    ("uniform", uniform),
    ("log_uniform", log_uniform),
    ("exponential", exponential),
    ("lognormal", lognormal),
    ("pareto", pareto),
    ("empirical", |s| Amount::Empirical {
        path: s.required("file", &Input { folder: false }).used,
    }),
];

/// Standard deviation of a logarithm: 100 already spreads over more than all floats.
pub(super) const SIGMA: Number = Number { low: 0.0, high: 100.0, above: false };

fn uniform(s: &mut Section<'_, '_>) -> Amount {
    let (min, max) = bounds(s);
    Amount::Uniform { min, max }
}

fn log_uniform(s: &mut Section<'_, '_>) -> Amount {
    let (min, max) = bounds(s);
    Amount::LogUniform { min, max }
}

fn bounds(s: &mut Section<'_, '_>) -> (Msat, Msat) {
    let min = s.required("min", &MONEY_POSITIVE);
    let max = s.required("max", &MONEY_POSITIVE);
    check_bounds(s, min, Some(max));
    (min, max)
}

fn check_bounds(s: &mut Section<'_, '_>, min: Msat, max: Option<Msat>) {
    s.rule(&["min", "max"], max.is_none_or(|max| min <= max), || {
        let max = show_money(max.unwrap_or_default());
        format!("must be at most `max`, but {} is more than {max}", show_money(min))
    });
}

fn cut(s: &mut Section<'_, '_>) -> Option<Msat> {
    s.optional("max", &MONEY_POSITIVE, "no limit")
}

fn exponential(s: &mut Section<'_, '_>) -> Amount {
    Amount::Exponential { mean: s.required("mean", &MONEY_POSITIVE), max: cut(s) }
}

fn lognormal(s: &mut Section<'_, '_>) -> Amount {
    Amount::Lognormal {
        median: s.required("median", &MONEY_POSITIVE),
        sigma: s.required("sigma", &SIGMA),
        max: cut(s),
    }
}

fn pareto(s: &mut Section<'_, '_>) -> Amount {
    let min = s.required("min", &MONEY_POSITIVE);
    let alpha = s.required("alpha", &POSITIVE);
    let max = cut(s);
    check_bounds(s, min, max);
    // A `max` that was refused has been reported already.
    let has_max = s.has("max");
    s.rule(&["alpha"], alpha > 1.0 || has_max, || {
        format!("with {alpha} the mean is infinite; give a `max`, or an alpha above 1")
    });
    Amount::Pareto { min, alpha, max }
}

const AMONG: [(&str, Among); 2] = [("core", Among::Core), ("all", Among::All)];

const ENDPOINTS: [Alternative<(Endpoints, Among)>; 6] = [
    ("uniform", |s| (Endpoints::Uniform, among(s))),
    ("by_capacity", |s| (Endpoints::ByCapacity, among(s))),
    ("merchants", merchants),
    ("pairs", pairs),
    ("partners", |_| (Endpoints::Partners, Among::All)),
    ("circulation", circulation),
];

fn among(s: &mut Section<'_, '_>) -> Among {
    s.or("among", &Word(&AMONG), Among::Core)
}

fn merchants(s: &mut Section<'_, '_>) -> (Endpoints, Among) {
    let share = s.required("share", &SHARE);
    let listed = s.either("names", &["count"]);
    let count = Whole(1..=u32::MAX);
    let endpoints = if listed {
        let names = s.required("names", &List(Name));
        s.rule(&["names"], !names.is_empty(), || "names no merchant".to_owned());
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        Endpoints::Merchants { share, count, names }
    } else {
        Endpoints::Merchants { share, count: s.required("count", &count), names: Vec::new() }
    };
    (endpoints, among(s))
}

fn pairs(s: &mut Section<'_, '_>) -> (Endpoints, Among) {
    let pairs = s.required("pairs", &List(Pair));
    s.rule(&["pairs"], !pairs.is_empty(), || "lists no pair".to_owned());
    (Endpoints::Pairs { pairs }, among(s))
}

/// Pairs of a circulation beyond which a number is a mistake: about 80 MB of tables.
const MOST_PAIRS: u32 = 1_000_000;

fn circulation(s: &mut Section<'_, '_>) -> (Endpoints, Among) {
    let share = s.required("share", &SHARE);
    let pairs = s.required("pairs", &Whole(2..=MOST_PAIRS));
    (Endpoints::Circulation { share, pairs }, among(s))
}
