//! `[[study.claim]]`: a claim about a system, to be held against runs.

use serde::{Deserialize, Serialize};

use crate::declare::number::{Number, Whole};
use crate::declare::text_kinds::{List, Name};
use crate::declare::{Declared, Key, Section, params};
use crate::ids::SystemName;
use crate::scenario::general::System;
use crate::scenario::study_kinds::{Assignments, KeyPath, Words};
use crate::scenario::study_spec::{MOST_VALUES, Sets};
use crate::scenario::sweep::MetricName;

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
    /// The words from which it is taken.
    pub quote: Option<String>,
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
    /// Conditions under which it may fail, all tried where it holds without.
    pub unless: Vec<Sets>,
    /// The system to whose figure this one is set in relation.
    pub compared_with: Option<SystemName>,
    /// What is to be said beside it.
    pub note: Option<String>,
    /// The parameter that the claim is, and its values.
    pub varied: Option<Varied>,
    /// Further figures to tell beside it.
    pub effects: Vec<String>,
    /// Runs or searches behind each of its figures.
    pub replications: u32,
    /// The study of scaling whose law is asked where none of the settings helps.
    pub law: Option<String>,
}

params! {
    /// A parameter whose influence is looked at.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Varied {
        /// The key that is varied.
        key: String = required(KeyPath),
        /// What it is set to, as on the command line.
        values: Vec<String> = required(List(Words)),
    }
    check check_values;
}

fn check_values(read: &Varied, s: &mut Section<'_, '_>) {
    s.rule(&["values"], (2..=MOST_VALUES).contains(&read.values.len()), || {
        format!("must be 2 to {MOST_VALUES} values")
    });
}

/// A bound of a claim.
const BOUND: Number = Number { low: -1e18, high: 1e18, above: false };
/// A factor between units.
const FACTOR: Number = Number { low: 0.0, high: 1e18, above: true };

/// What may help a claim, and what may refute it.
fn conditions(s: &mut Section<'_, '_>) -> [Vec<Sets>; 2] {
    const SETTINGS: Key =
        Key::new("settings", "Conditions tried in turn where the claim does not hold without.");
    const UNLESS: Key = Key::new(
        "unless",
        "Conditions under which the claim may fail, all tried where it holds without.",
    );
    [SETTINGS, UNLESS].map(|key| s.or(key, &List(Assignments), Vec::new()))
}

/// A claim, and the replications that it asks for itself.
pub(super) fn claim(s: &mut Section<'_, '_>) -> (ClaimSpec, Option<u32>) {
    const METRIC: Key = Key::new(
        "metric",
        "The figure that is claimed: `sustained_tps`, or a path of keys in `summary.json`.",
    );
    const COMPARED: Key = Key::new(
        "compared_with",
        "The figure is divided by that of this system, replication by replication: 0.5 is half of it.",
    );
    const VARY: Key = Key::new("vary", "The parameter that the claim is, and its values.");
    const LAW: Key = Key::new(
        "law",
        "The study of scaling whose law is asked where none of the settings helps.",
    );
    let name = s.required(Key::new("name", "Name of the claim in the table."), &Name);
    let system = s.required(Key::new("system", "The system that the claim is about."), &System);
    let metric = s.optional(METRIC, &MetricName, "not modelled");
    let claimed = Key::new("claimed", "The claim in the words of whoever made it.");
    let claimed = s.required(claimed, &Words);
    let quote = Key::new("quote", "The words from which the claim is taken.");
    let quote = s.optional(quote, &Words, "`claimed` says it");
    let low = s.optional(Key::new("low", "The least that the words allow."), &BOUND, "none");
    let high = s.optional(Key::new("high", "The most that the words allow."), &BOUND, "none");
    let ordered = low.zip(high).is_none_or(|(low, high)| low <= high);
    s.rule(&["high", "low"], ordered, || "must not be below `low`".to_owned());
    let unit = s.required(Key::new("unit", "Unit of the figure and of its bounds."), &Words);
    let divide_by = Key::new("divide_by", "Divides the figure, where the unit is another one.");
    let divide_by = s.or(divide_by, &FACTOR, 1.0);
    let set = s.or(Key::new("set", "What holds throughout."), &Assignments, Sets::default());
    let [settings, unless] = conditions(s);
    let compared_with = s.optional(COMPARED, &System, "the figure stands by itself");
    let note = Key::new("note", "What is said beside the reasons that are computed.");
    let note = s.optional(note, &Words, "nothing");
    let effects = Key::new("effects", "Further figures to report beside the claimed one.");
    let effects = s.or(effects, &List(MetricName), Vec::new());
    let replications =
        Key::new("replications", "Runs or searches behind each figure of the claim.");
    let replications = s.optional(replications, &Whole(1..=1_000), "those of the study");
    let law = s.optional(LAW, &Name, "no law is asked");
    let varied = s.optional_table(VARY, "no parameter is varied", Varied::read);
    let has_bounds = low.is_some() || high.is_some();
    s.rule(&["low", "metric"], metric.is_none() || varied.is_some() || has_bounds, || {
        "a claim about a figure needs `low`, `high` or both".to_owned()
    });
    let is_searched = metric.as_deref() == Some("sustained_tps");
    s.rule(&["compared_with", "metric"], compared_with.is_none() || !is_searched, || {
        "a highest load is not compared: give it the other system's load as a bound".to_owned()
    });
    let bounds = [low, high];
    let claim = ClaimSpec {
        name,
        system,
        metric,
        claimed,
        quote,
        bounds,
        unit,
        divide_by,
        set,
        settings,
        unless,
        compared_with,
        note,
        varied,
        effects,
        replications: 1,
        law,
    };
    (claim, replications)
}
