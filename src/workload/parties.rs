//! Who pays whom, as a scenario says it.

use serde::{Deserialize, Serialize};

use crate::declare::number::{SHARE, Whole};
use crate::declare::text_kinds::{List, Name, Pair, Word};
use crate::declare::{Alternative, Choice, Key, Section, words};

/// Who pays whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Endpoints {
    /// Payer and payee uniform.
    Uniform,
    /// Payer and payee in proportion to the capacity of their channels.
    ByCapacity,
    /// Payees are a fixed set of merchants with probability `share`, else uniform; payers uniform.
    /// The merchants are the nodes listed, or `count` nodes drawn in proportion to their degree.
    Merchants {
        /// Probability that the payee is a merchant.
        share: f64,
        /// Number of merchants drawn, where none are listed.
        count: u32,
        /// Their names, where given.
        names: Vec<String>,
    },
    /// The two ends of a channel: any channel, in either direction.
    Partners,
    /// A fixed list of (payer, payee, weight).
    Pairs {
        /// Names and weight of each pair.
        pairs: Vec<(String, String, f64)>,
    },
    /// A mix of circulation (every node's expected income equals its spending) and of a one-way part
    /// (payers are not payees), as in Spider (Sivaraman et al., NSDI 2020).
    Circulation {
        /// Share of the demand that circulates, 0 to 1.
        share: f64,
        /// Pairs drawn for each of the two parts.
        pairs: u32,
    },
}

words! {
    /// Which nodes take part.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Among {
        /// The largest strongly connected part over enabled half-channels.
        Core = "core",
        /// All nodes.
        All = "all",
    }
}

words! {
    /// Who must have the funds for a payment at the start of the run. Who has not is drawn anew, by the
    /// same weights, among those who have.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Funded {
        /// Payers and payees whatever they have.
        Nobody = "nobody",
        /// The payer: its channels together can send the amount.
        Payer = "payer",
        /// The payer, and the payee: its peers together can send it the amount.
        PayerAndPayee = "payer_and_payee",
    }
}

/// `among` and `funded` stand in the table of the endpoints.
impl Choice for (Endpoints, Among, Funded) {
    const ALTERNATIVES: &'static [Alternative<Self>] = &[
        Alternative {
            name: "uniform",
            meaning: "Payer and payee uniform.",
            start: || (Endpoints::Uniform, Among::Core, FUNDED),
            read: |s| (Endpoints::Uniform, among(s), funded(s)),
        },
        Alternative {
            name: "by_capacity",
            meaning: "Payer and payee in proportion to the capacity of their channels.",
            start: || (Endpoints::ByCapacity, Among::Core, FUNDED),
            read: |s| (Endpoints::ByCapacity, among(s), funded(s)),
        },
        Alternative {
            name: "merchants",
            meaning: "Some payees are merchants, the others uniform; payers uniform.",
            start: || (Endpoints::Uniform, Among::Core, FUNDED),
            read: merchants,
        },
        Alternative {
            name: "pairs",
            meaning: "A fixed list of pairs.",
            start: || (Endpoints::Pairs { pairs: Vec::new() }, Among::Core, Funded::Nobody),
            read: pairs,
        },
        Alternative {
            name: "partners",
            meaning: "Direct channel peers pay each other: any channel, in either direction.",
            start: || (Endpoints::Partners, Among::All, Funded::Nobody),
            read: |_| (Endpoints::Partners, Among::All, Funded::Nobody),
        },
        Alternative {
            name: "circulation",
            meaning: "A mix of circulation (every node's expected income equals its spending) and of a one-way \
                part (payers are not payees). Source: Spider (Sivaraman et al., NSDI 2020).",
            start: || (Endpoints::Uniform, Among::Core, Funded::Nobody),
            read: circulation,
        },
    ];
}

fn among(s: &mut Section<'_, '_>) -> Among {
    s.or(Key::new("among", "Which nodes pay and are paid."), &Word::ANY, Among::Core)
}

/// Argued in `docs/workload.md`.
const FUNDED: Funded = Funded::Payer;

fn funded(s: &mut Section<'_, '_>) -> Funded {
    let key = Key::new(
        "funded",
        "Who must have the funds for a payment at the start of the run; who has not is drawn anew among \
            those who have. The default is argued in docs/workload.md.",
    );
    s.or(key, &Word::ANY, FUNDED)
}

fn merchants(s: &mut Section<'_, '_>) -> (Endpoints, Among, Funded) {
    const NAMES: Key = Key::new("names", "Names of the merchants, in place of `count`.");
    const COUNT: Key =
        Key::new("count", "Number of merchants, drawn in proportion to their number of channels.");
    let share = s.required(Key::new("share", "Probability that the payee is a merchant."), &SHARE);
    let is_listed = s.either("names", &["count"]);
    let count = Whole(1..=u32::MAX);
    let endpoints = if is_listed || s.is_exploring() {
        let names = s.required(NAMES, &List(Name));
        s.rule(&["names"], !names.is_empty(), || "names no merchant".to_owned());
        if !is_listed {
            s.required(COUNT, &count);
        }
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        Endpoints::Merchants { share, count, names }
    } else {
        Endpoints::Merchants { share, count: s.required(COUNT, &count), names: Vec::new() }
    };
    (endpoints, among(s), funded(s))
}

fn pairs(s: &mut Section<'_, '_>) -> (Endpoints, Among, Funded) {
    let key =
        Key::new("pairs", "Payer, payee and weight of each pair; weights need not sum up to 1.");
    let pairs = s.required(key, &List(Pair));
    s.rule(&["pairs"], !pairs.is_empty(), || "lists no pair".to_owned());
    (Endpoints::Pairs { pairs }, among(s), Funded::Nobody)
}

/// Pairs of a circulation beyond which a number is a mistake: about 80 MB of tables.
const MOST_PAIRS: u32 = 1_000_000;

fn circulation(s: &mut Section<'_, '_>) -> (Endpoints, Among, Funded) {
    let share = s.required(Key::new("share", "Share of the demand that circulates."), &SHARE);
    let key = Key::new("pairs", "Pairs drawn for each of the two parts.");
    let pairs = s.required(key, &Whole(2..=MOST_PAIRS));
    (Endpoints::Circulation { share, pairs }, among(s), Funded::Nobody)
}
