//! `[study]`: what to find out by many runs of the scenario: claims, a scaling law, a ladder of loads,
//! which system for which workload.
//!
//! What a study changes of the scenario is written as on the command line, `key=value`, several
//! separated by `;`. Whether a value fits its key is not looked at here: each variant is read as a whole
//! scenario before the first run.

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, MONEY_POSITIVE, RUN_POSITIVE, Rate};
use crate::declare::number::{Number, SHARE, Whole};
use crate::declare::text_kinds::{List, Name, Word};
use crate::declare::{Key, Section, params};
use crate::scenario::study_claim::{ClaimSpec, claim};
use crate::scenario::study_kinds::{Assignments, KeyPath, Step};
use crate::scenario::study_spec::{MOST_VALUES, Rung, Sets, Tier};
use crate::units::{Msat, SimDuration};

/// A share that is not nothing.
const SOME_SHARE: Number = Number { low: 0.0, high: 1.0, above: true };

params! {
    /// What `[study]` asks for.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct StudySpec {
        /// Runs or searches behind each figure, each with seeds of its own. Source: the fewest whose
        /// interval means something.
        replications: u32 = or(3, Whole(1..=1_000)),
        /// How close searches for a load come to the limit, as a share of it.
        tolerance: f64 = or(0.1, SOME_SHARE),
        /// Most payments of one run of a search.
        most_payments: u64 = or(1_000_000, Whole(1_000..=1_000_000_000)),
        /// Share of the payments that counts as keeping up.
        settle: f64 = or(0.99, SOME_SHARE),
        /// Claims to be held against runs.
        claims: Vec<ClaimSpec> as "claim" = with(Vec::new(), claims),
        /// Sustained load over network sizes.
        scaling: Vec<ScalingSpec> = tables(ScalingSpec),
        /// Loads offered to networks of given sizes.
        ladders: Vec<LadderSpec> as "ladder" = tables(LadderSpec),
        /// Which system for which workload.
        architects: Vec<ArchitectSpec> as "architect" = tables(ArchitectSpec),
    }
    check check_names;
}

/// Claims take the replications of the study where they ask for none of their own.
fn claims(s: &mut Section<'_, '_>, key: Key) -> Vec<ClaimSpec> {
    let read = s.tables(key, claim);
    let usual = s.again("replications", &Whole(1..=1_000)).unwrap_or(3);
    read.into_iter()
        .map(|(claim, own)| ClaimSpec { replications: own.unwrap_or(usual), ..claim })
        .collect()
}

fn check_names(read: &StudySpec, s: &mut Section<'_, '_>) {
    let StudySpec { claims, scaling, architects, .. } = read;
    for (number, claim) in claims.iter().enumerate() {
        let earlier = claims[..number].iter().any(|other| other.name == claim.name);
        s.rule(&["claim"], !earlier, || format!("two claims are called `{}`", claim.name));
    }
    for (number, claim) in claims.iter().enumerate() {
        let unknown = claim.law.as_ref().filter(|law| scaling.iter().all(|s| s.name != **law));
        s.rule(&["claim"], unknown.is_none(), || {
            let law = claim.law.as_deref().unwrap_or_default();
            format!(
                "claim {number} asks the law of `{law}`, but no [[study.scaling]] has that name"
            )
        });
    }
    for (number, one) in architects.iter().enumerate() {
        let earlier = architects[..number].iter().any(|other| other.name == one.name);
        s.rule(&["architect"], !earlier, || format!("two maps are called `{}`", one.name));
    }
}

params! {
    /// Sustained load over network sizes.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ScalingSpec {
        /// Name of the scaling study in the table.
        name: String = required(Name),
        /// What holds throughout.
        set: Sets = or(Sets::default(), Assignments),
        /// The key of the network's size.
        key: String = required(KeyPath),
        /// The sizes, at least 3.
        sizes: Vec<u64> = required(List(Whole(1..=1_000_000_000_u64))),
        /// Rate of payments per node at which the search begins.
        rate_per_node: f64 = required(Rate),
        /// The load for which the law is asked the size.
        target: f64 = or(1e6, Rate),
    }
    check check_scaling;
}

fn check_scaling(read: &ScalingSpec, s: &mut Section<'_, '_>) {
    s.rule(&["sizes"], (3..=MOST_VALUES).contains(&read.sizes.len()), || {
        format!("a law needs 3 to {MOST_VALUES} sizes")
    });
    s.rule(&["rate_per_node"], read.rate_per_node > 0.0, || "must be above 0".to_owned());
    s.rule(&["target"], read.target > 0.0, || "must be above 0".to_owned());
}

params! {
    /// Loads offered to networks of given sizes.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct LadderSpec {
        /// Name of the ladder in the table.
        name: String = required(Name),
        /// What holds throughout.
        set: Sets = or(Sets::default(), Assignments),
        /// The key of the network's size.
        key: String = required(KeyPath),
        /// How long the load rises.
        ramp: SimDuration = or(SimDuration::from_secs(2), DELAY),
        /// How long the load is measured.
        window: SimDuration = or(SimDuration::from_secs(8), DELAY_POSITIVE),
        /// Loads, each with the network sizes to try, in this order until one carries it.
        rungs: Vec<Rung> = required(List(Step)),
        /// The load for which the law over the rungs is asked the size.
        target: f64 = or(1e6, Rate),
    }
    check check_ladder;
}

fn check_ladder(read: &LadderSpec, s: &mut Section<'_, '_>) {
    s.rule(&["rungs"], !read.rungs.is_empty(), || "names no load".to_owned());
    s.rule(&["target"], read.target > 0.0, || "must be above 0".to_owned());
}

params! {
    /// Which system for which workload.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ArchitectSpec {
        /// Name of the map in the table.
        name: String = required(Name),
        /// What holds throughout.
        set: Sets = or(Sets::default(), Assignments),
        /// Payment sizes.
        amounts: Vec<Msat> = required(List(MONEY_POSITIVE)),
        /// Payments per second of all users together.
        rates: Vec<f64> = required(List(Rate)),
        /// Fewest payments measured at each size and rate. The window is longer where blocks or batches ask for it:
        /// it has 100 of them, as far as the study's `most_payments` allow.
        payments: u64 = or(2_000, Whole(10..=100_000_000)),
        /// Shortest window. Before it, half as long passes for prices and channels to settle. Source: an assumption.
        window: SimDuration = or(SimDuration::from_secs(3_600), RUN_POSITIVE),
        /// Most replications of the ways that are close to the cheapest: as many as the study asks for, then twice as
        /// many, until they are told apart.
        replications_max: u32 = or(12, Whole(1..=1_000)),
        /// What 95 % of the payers may wait at most.
        latency: SimDuration = or(SimDuration::from_secs(10), DELAY_POSITIVE),
        /// What payers wait for.
        tier: Tier = or(Tier::Acknowledged, Word::ANY),
        /// Least share of the payments that is settled.
        settle: f64 = or(0.9, SOME_SHARE),
        /// Two that trade with each other, and may open a channel for it.
        pair: Option<PairSpec> = optional_table(PairSpec, "no pair is looked at"),
    }
    check check_architect;
}

fn check_architect(read: &ArchitectSpec, s: &mut Section<'_, '_>) {
    check_rates(&read.rates, s);
    s.rule(&["amounts"], (1..=MOST_VALUES).contains(&read.amounts.len()), || {
        format!("must be 1 to {MOST_VALUES} amounts")
    });
}

fn check_rates(rates: &[f64], s: &mut Section<'_, '_>) {
    let fits = (1..=MOST_VALUES).contains(&rates.len()) && rates.iter().all(|rate| *rate > 0.0);
    s.rule(&["rates"], fits, || format!("must be 1 to {MOST_VALUES} rates above 0"));
}

params! {
    /// Two that trade with each other, and may open a channel for it.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct PairSpec {
        /// Payments per second between the two.
        rates: Vec<f64> = required(List(Rate)),
        /// How long the channel lives.
        lifetime: SimDuration = or(SimDuration::from_secs(365 * 86_400), RUN_POSITIVE),
        /// Share of the payments that goes the other way.
        back: f64 = or(0.0, SHARE),
    }
    check check_pair;
}

fn check_pair(read: &PairSpec, s: &mut Section<'_, '_>) {
    check_rates(&read.rates, s);
}
