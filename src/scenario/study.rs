//! `[study]`: what to find out by many runs of the scenario: claims, a scaling law, a ladder of loads,
//! which system for which workload.
//!
//! What a study changes of the scenario is written as on the command line, `key=value`, several
//! separated by `;`. Whether a value fits its key is not looked at here: each variant is read as a whole
//! scenario before the first run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::SystemName;
use crate::scenario::amount::{DELAY, DELAY_POSITIVE, MONEY_POSITIVE, RUN_POSITIVE, Rate};
use crate::scenario::general::System;
use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::number::{Number, SHARE, Whole};
use crate::scenario::problem::quoted;
use crate::scenario::section::Section;
use crate::scenario::sweep::MetricName;
use crate::scenario::tree::{Value, is_path};
use crate::scenario::word::{List, Name, Word, text_literal};
use crate::units::{Msat, SimDuration};

/// What `[study]` asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudySpec {
    /// Runs or searches behind each figure, each with its own seeds. Default 3: the fewest whose
    /// interval means something.
    pub replications: u32,
    /// How close searches for a load come to the limit, as a share of it. Default 10 %.
    pub tolerance: f64,
    /// Most payments of one run of a search. Default 1,000,000.
    pub most_payments: u64,
    /// Share of the payments that counts as keeping up. Default 99 %.
    pub settle: f64,
    /// Claims to be held against runs.
    pub claims: Vec<ClaimSpec>,
    /// Sustained load over network sizes.
    pub scaling: Vec<ScalingSpec>,
    /// Loads offered to networks of given sizes.
    pub ladders: Vec<LadderSpec>,
    /// Which system for which workload.
    pub architects: Vec<ArchitectSpec>,
}

/// When a payment counts as made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// The payer knows: a preimage, a soft confirmation, an authorisation, a first block.
    Acknowledged,
    /// It can no longer be undone.
    Final,
}

const TIERS: [(&str, Tier); 2] = [("acknowledged", Tier::Acknowledged), ("final", Tier::Final)];

/// Which system for which workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchitectSpec {
    /// Its name in the table.
    pub name: String,
    /// What holds throughout.
    pub set: Sets,
    /// Payment sizes.
    pub amounts: Vec<Msat>,
    /// Payments per second of all users together.
    pub rates: Vec<f64>,
    /// Payments measured at each size and rate, after a warm-up of a fifth as many.
    pub payments: u64,
    /// What 95 % of the payers may wait at most.
    pub latency: SimDuration,
    /// For what they wait.
    pub tier: Tier,
    /// Least share settled.
    pub settle: f64,
    /// Two that trade with each other.
    pub pair: Option<PairSpec>,
}

/// Two that trade with each other, and may open a channel for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairSpec {
    /// Payments per second between the two.
    pub rates: Vec<f64>,
    /// How long the channel lives.
    pub lifetime: SimDuration,
    /// Share of the payments that goes the other way.
    pub back: f64,
}

/// Keys of a scenario and what they are set to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sets(pub Vec<(String, String)>);

impl Sets {
    /// These and one more.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let one = (key.to_owned(), value.to_owned());
        Self(self.0.iter().cloned().chain([one]).collect())
    }

    /// These and those, which win.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        Self(self.0.iter().chain(&more.0).cloned().collect())
    }
}

impl fmt::Display for Sets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(key, value)| format!("{key}={value}")).collect();
        f.write_str(&parts.join("; "))
    }
}

/// A claim about a system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimSpec {
    /// Its name in the table.
    pub name: String,
    /// The system.
    pub system: SystemName,
    /// The figure: `sustained_tps`, or a path of keys in `summary.json`. `None`: the simulation has no
    /// such figure.
    pub metric: Option<String>,
    /// The claim in the words of whoever made it.
    pub claimed: String,
    /// The least and the most that the words allow.
    pub bounds: [Option<f64>; 2],
    /// Unit of the figure and of the bounds.
    pub unit: String,
    /// Divides the figure of the summary, where the unit is another one.
    pub divide_by: f64,
    /// What holds for the claim throughout.
    pub set: Sets,
    /// Conditions tried in turn where it does not hold without.
    pub settings: Vec<Sets>,
    /// The parameter that the claim is, and its values.
    pub varied: Option<Varied>,
    /// Further figures to tell beside it.
    pub effects: Vec<String>,
    /// Runs or searches behind each of its figures.
    pub replications: u32,
    /// The study of scaling whose law is asked where none of the settings helps.
    pub law: Option<String>,
}

/// A parameter whose influence is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Varied {
    /// Its key.
    pub key: String,
    /// What it is set to.
    pub values: Vec<String>,
}

/// Sustained load over network sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingSpec {
    /// Its name in the table.
    pub name: String,
    /// What holds throughout.
    pub set: Sets,
    /// The key of the size.
    pub key: String,
    /// The sizes.
    pub sizes: Vec<u64>,
    /// Payments per second and node at which the search begins.
    pub rate_per_node: f64,
    /// The load, in payments per second, for which the law is asked the size.
    pub target: f64,
}

/// Loads offered to networks of given sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderSpec {
    /// Its name in the table.
    pub name: String,
    /// What holds throughout.
    pub set: Sets,
    /// The key of the size.
    pub key: String,
    /// How long the load rises.
    pub ramp: SimDuration,
    /// How long it is measured.
    pub window: SimDuration,
    /// The loads, and sizes to try for each.
    pub rungs: Vec<Rung>,
    /// The load for which the law over the rungs is asked the size.
    pub target: f64,
}

/// One load of a ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Payments per second.
    pub rate: f64,
    /// Network sizes, tried in this order until one carries it.
    pub sizes: Vec<u64>,
}

/// Reads `[study]`.
pub(super) fn study(s: &mut Section<'_, '_>) -> Option<StudySpec> {
    if !s.is_written() {
        return None;
    }
    let replications = s.or("replications", &Whole(1..=1_000), 3);
    let tolerance = s.or("tolerance", &SOME_SHARE, 0.1);
    let most_payments = s.or("most_payments", &Whole(1_000..=1_000_000_000), 1_000_000);
    let settle = s.or("settle", &SOME_SHARE, 0.99);
    let claims = s.tables("claim", claim);
    for (number, (claim, _)) in claims.iter().enumerate() {
        let earlier = claims[..number].iter().any(|(other, _)| other.name == claim.name);
        s.rule(&["claim"], !earlier, || format!("two claims are called `{}`", claim.name));
    }
    let claims: Vec<_> = claims
        .into_iter()
        .map(|(claim, own)| ClaimSpec { replications: own.unwrap_or(replications), ..claim })
        .collect();
    let scaling = s.tables("scaling", scaling);
    let ladders = s.tables("ladder", ladder);
    for (number, claim) in claims.iter().enumerate() {
        let unknown = claim.law.as_ref().filter(|law| scaling.iter().all(|s| s.name != **law));
        s.rule(&["claim"], unknown.is_none(), || {
            let law = claim.law.as_deref().unwrap_or_default();
            format!(
                "claim {number} asks the law of `{law}`, but no [[study.scaling]] has that name"
            )
        });
    }
    let architects = s.tables("architect", architect);
    for (number, one) in architects.iter().enumerate() {
        let earlier = architects[..number].iter().any(|other| other.name == one.name);
        s.rule(&["architect"], !earlier, || format!("two maps are called `{}`", one.name));
    }
    Some(StudySpec {
        replications,
        tolerance,
        most_payments,
        settle,
        claims,
        scaling,
        ladders,
        architects,
    })
}

/// A share that is not nothing.
const SOME_SHARE: Number = Number { low: 0.0, high: 1.0, above: true };
/// A bound of a claim.
const BOUND: Number = Number { low: -1e18, high: 1e18, above: false };
/// A factor between units.
const FACTOR: Number = Number { low: 0.0, high: 1e18, above: true };
/// Values of a parameter, sizes of a network: more are a mistake.
const MOST_VALUES: usize = 1_000;

/// A claim, and the replications that it asks for itself.
fn claim(s: &mut Section<'_, '_>) -> (ClaimSpec, Option<u32>) {
    let name = s.required("name", &Name);
    let system = s.required("system", &System);
    let metric = s.optional("metric", &MetricName, "not modelled");
    let claimed = s.required("claimed", &Words);
    let low = s.optional("low", &BOUND, "none");
    let high = s.optional("high", &BOUND, "none");
    let ordered = low.zip(high).is_none_or(|(low, high)| low <= high);
    s.rule(&["high", "low"], ordered, || "must not be below `low`".to_owned());
    let unit = s.required("unit", &Words);
    let divide_by = s.or("divide_by", &FACTOR, 1.0);
    let set = s.or("set", &Assignments, Sets::default());
    let settings = s.or("settings", &List(Assignments), Vec::new());
    let effects = s.or("effects", &List(MetricName), Vec::new());
    let replications = s.optional("replications", &Whole(1..=1_000), "those of the study");
    let law = s.optional("law", &Name, "no law is asked");
    let varied = s.table("vary", varied);
    let has_bounds = low.is_some() || high.is_some();
    s.rule(&["low", "metric"], metric.is_none() || varied.is_some() || has_bounds, || {
        "a claim about a figure needs `low`, `high` or both".to_owned()
    });
    let bounds = [low, high];
    let claim = ClaimSpec {
        name,
        system,
        metric,
        claimed,
        bounds,
        unit,
        divide_by,
        set,
        settings,
        varied,
        effects,
        replications: 1,
        law,
    };
    (claim, replications)
}

fn varied(s: &mut Section<'_, '_>) -> Option<Varied> {
    if !s.is_written() {
        return None;
    }
    let key = s.required("key", &KeyPath);
    let values = s.required("values", &List(Words));
    s.rule(&["values"], (2..=MOST_VALUES).contains(&values.len()), || {
        format!("must be 2 to {MOST_VALUES} values")
    });
    Some(Varied { key, values })
}

fn scaling(s: &mut Section<'_, '_>) -> ScalingSpec {
    let scaling = ScalingSpec {
        name: s.required("name", &Name),
        set: s.or("set", &Assignments, Sets::default()),
        key: s.required("key", &KeyPath),
        sizes: s.required("sizes", &List(Whole(1..=1_000_000_000_u64))),
        rate_per_node: s.required("rate_per_node", &Rate),
        target: s.or("target", &Rate, 1e6),
    };
    s.rule(&["sizes"], (3..=MOST_VALUES).contains(&scaling.sizes.len()), || {
        format!("a law needs 3 to {MOST_VALUES} sizes")
    });
    s.rule(&["rate_per_node"], scaling.rate_per_node > 0.0, || "must be above 0".to_owned());
    s.rule(&["target"], scaling.target > 0.0, || "must be above 0".to_owned());
    scaling
}

fn ladder(s: &mut Section<'_, '_>) -> LadderSpec {
    let ladder = LadderSpec {
        name: s.required("name", &Name),
        set: s.or("set", &Assignments, Sets::default()),
        key: s.required("key", &KeyPath),
        ramp: s.or("ramp", &DELAY, SimDuration::from_secs(2)),
        window: s.or("window", &DELAY_POSITIVE, SimDuration::from_secs(8)),
        rungs: s.required("rungs", &List(Step)),
        target: s.or("target", &Rate, 1e6),
    };
    s.rule(&["rungs"], !ladder.rungs.is_empty(), || "names no load".to_owned());
    s.rule(&["target"], ladder.target > 0.0, || "must be above 0".to_owned());
    ladder
}

fn architect(s: &mut Section<'_, '_>) -> ArchitectSpec {
    let name = s.required("name", &Name);
    let set = s.or("set", &Assignments, Sets::default());
    let amounts = s.required("amounts", &List(MONEY_POSITIVE));
    let rates = rates(s);
    let payments = s.or("payments", &Whole(10..=100_000_000), 2_000);
    let latency = s.or("latency", &DELAY_POSITIVE, SimDuration::from_secs(10));
    let tier = s.or("tier", &Word(&TIERS), Tier::Acknowledged);
    let settle = s.or("settle", &SOME_SHARE, 0.9);
    let pair = s.table("pair", pair);
    s.rule(&["amounts"], (1..=MOST_VALUES).contains(&amounts.len()), || {
        format!("must be 1 to {MOST_VALUES} amounts")
    });
    ArchitectSpec { name, set, amounts, rates, payments, latency, tier, settle, pair }
}

fn rates(s: &mut Section<'_, '_>) -> Vec<f64> {
    let rates = s.required("rates", &List(Rate));
    let fits = (1..=MOST_VALUES).contains(&rates.len()) && rates.iter().all(|rate| *rate > 0.0);
    s.rule(&["rates"], fits, || format!("must be 1 to {MOST_VALUES} rates above 0"));
    rates
}

fn pair(s: &mut Section<'_, '_>) -> Option<PairSpec> {
    if !s.is_written() {
        return None;
    }
    Some(PairSpec {
        rates: rates(s),
        lifetime: s.or("lifetime", &RUN_POSITIVE, SimDuration::from_secs(365 * 86_400)),
        back: s.or("back", &SHARE, 0.0),
    })
}

/// `"key=value; key=value"`.
struct Assignments;

impl Kind for Assignments {
    type Out = Sets;
    fn parse(&self, raw: Raw<'_>) -> Result<Sets, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let pairs = parts.map(|part| {
            let pair = part.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
            match pair {
                Some((key, value)) if is_path(key) => Ok((key.to_owned(), value.to_owned())),
                _ => Err(Fault::new(format!("`{}` is not an assignment", quoted(part)))
                    .help("write \"key.path=value; other.key=value\", as for --set")),
            }
        });
        pairs.collect::<Result<_, _>>().map(Sets)
    }
    fn show(&self, value: &Sets) -> String {
        text_literal(&value.to_string())
    }
    fn stand_in(&self) -> Sets {
        Sets::default()
    }
}

/// The dotted path of a key.
struct KeyPath;

impl Kind for KeyPath {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        if is_path(text) {
            return Ok(text.to_owned());
        }
        Err(Fault::new(format!("`{}` is not a key path", quoted(text)))
            .help("e.g. \"zk_rollup.provers\""))
    }
    fn show(&self, value: &String) -> String {
        text_literal(value)
    }
    fn stand_in(&self) -> String {
        "seed".to_owned()
    }
}

/// A line of text.
struct Words;

impl Kind for Words {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let fits = !text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control);
        if fits {
            return Ok(text.to_owned());
        }
        Err(Fault::new("must be one line of 1 to 200 characters".to_owned()))
    }
    fn show(&self, value: &String) -> String {
        text_literal(value)
    }
    fn stand_in(&self) -> String {
        "x".to_owned()
    }
}

/// `["10_000 /s", 100, 200]`: a load and network sizes.
struct Step;

impl Kind for Step {
    type Out = Rung;
    fn parse(&self, raw: Raw<'_>) -> Result<Rung, Fault> {
        let help = "write [\"10_000 /s\", 100, 200], a load and network sizes";
        let Value::List(nodes) = &raw.node.value else {
            return Err(raw.expected("array").help(help));
        };
        let [rate, sizes @ ..] = nodes.as_slice() else {
            return Err(Fault::new("is empty").help(help));
        };
        let rate = Rate.parse(raw.with(rate))?;
        let size = Whole(1..=1_000_000_000_u64);
        let sizes: Vec<_> =
            sizes.iter().map(|node| size.parse(raw.with(node))).collect::<Result<_, _>>()?;
        if sizes.is_empty() || rate <= 0.0 {
            return Err(Fault::new("needs a load above 0 and a size").help(help));
        }
        Ok(Rung { rate, sizes })
    }
    fn show(&self, value: &Rung) -> String {
        let sizes: Vec<_> = value.sizes.iter().map(u64::to_string).collect();
        format!("[{}, {}]", Rate.show(&value.rate), sizes.join(", "))
    }
    fn stand_in(&self) -> Rung {
        Rung { rate: 1.0, sizes: vec![1] }
    }
}
