//! What the tables say of a square of a map: a row for each way, and one for the choice among them.

use crate::scenario::ArchitectSpec;
use crate::study::architect::ranking::Ranking;
use crate::study::architect::trial::{Bounded, Trial};
use crate::study::figure::Figure;
use crate::study::pair::PairChannel;
use crate::units::Msat;

/// How the channel of a pair is called beside the systems.
pub(super) const OWN_CHANNEL: &str = "lightning_channel";

/// One way to carry payments of one size at one rate (`architect.csv`).
#[expect(clippy::struct_excessive_bools, reason = "columns of a table")]
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The study.
    pub name: String,
    /// `network` or `pair`.
    pub map: &'static str,
    /// What is paid.
    pub amount: Msat,
    /// Payments per second of all users, or of the pair.
    pub rate: f64,
    /// The system, or the channel of the pair.
    pub option: String,
    /// Share settled.
    pub success: Option<f64>,
    /// The latency that the bound is about.
    pub latency_s: Option<f64>,
    /// What a payment costs its users: the sum of the three below.
    pub cost_usd: Option<f64>,
    /// The price charged.
    pub price_usd: Option<f64>,
    /// What money bound would have earned.
    pub capital_usd: Option<f64>,
    /// Setting up.
    pub setup_usd: Option<f64>,
    /// Splices over the channel's life.
    pub splices: Option<u64>,
    /// Payments that the channel holds.
    pub payments_held: Option<u64>,
    /// Whether enough is settled, fast enough, and the load can go on.
    pub meets: bool,
    /// Whether it is the cheapest of those that do.
    pub cheapest: bool,
    /// Whether the load can go on.
    pub sustained: bool,
    /// Whether more replications would say the same of `meets`.
    pub meets_surely: bool,
    /// Length of the window of each replication, in seconds.
    pub window_s: Option<f64>,
    /// Replications behind the figures.
    pub replications: u32,
}

/// Which way is chosen for payments of one size at one rate (`architect_cells.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The study.
    pub name: String,
    /// `network` or `pair`.
    pub map: &'static str,
    /// What is paid.
    pub amount: Msat,
    /// Payments per second of all users, or of the pair.
    pub rate: f64,
    /// The cheapest that meets the bound, and what a payment costs with it.
    pub cheapest: Option<(String, f64)>,
    /// The next cheapest that does.
    pub runner_up: Option<(String, f64)>,
    /// What a payment costs more with that one, over the replications that both have.
    pub difference_usd: Figure,
    /// These replications.
    pub pairs: u32,
    /// Whether more replications would choose the same.
    pub significant: bool,
}

/// A way, with what its rows take.
pub(super) struct Shown<'a> {
    pub(super) option: &'a str,
    pub(super) amount: Msat,
    pub(super) trials: &'a [Trial],
    pub(super) window_s: Option<f64>,
    pub(super) channel: Option<PairChannel>,
}

/// The rows of a square, which say nothing yet of their map.
pub(super) fn of(
    spec: &ArchitectSpec,
    ways: &[Shown<'_>],
    ranking: &Ranking,
    rate: f64,
) -> (Vec<Candidate>, Choice) {
    let is_cheapest = |place: usize| ranking.cheapest == Some(place);
    let rows: Vec<_> = ways
        .iter()
        .enumerate()
        .map(|(place, way)| candidate(spec, way, rate, is_cheapest(place)))
        .collect();
    let told = |place: usize| (rows[place].option.clone(), rows[place].cost_usd.unwrap_or(0.0));
    let choice = Choice {
        name: spec.name.clone(),
        map: "",
        amount: ways.first().map_or(Msat::ZERO, |way| way.amount),
        rate,
        cheapest: ranking.cheapest.map(told),
        runner_up: ranking.runner_up.map(told),
        difference_usd: ranking.difference,
        pairs: ranking.pairs,
        significant: ranking.significant,
    };
    (rows, choice)
}

fn candidate(spec: &ArchitectSpec, way: &Shown<'_>, rate: f64, cheapest: bool) -> Candidate {
    let bounded = Bounded::of(spec, way.trials);
    Candidate {
        name: spec.name.clone(),
        map: "",
        amount: way.amount,
        rate,
        option: way.option.to_owned(),
        success: bounded.success.value,
        latency_s: bounded.latency_s.value,
        cost_usd: mean(way.trials, Trial::cost_usd),
        price_usd: mean(way.trials, |trial| trial.price_usd),
        capital_usd: mean(way.trials, |trial| trial.capital_usd),
        setup_usd: mean(way.trials, |trial| trial.setup_usd),
        splices: way.channel.map(|channel| channel.splices),
        payments_held: way.channel.map(|channel| channel.payments_held),
        meets: bounded.meets,
        cheapest,
        sustained: bounded.sustained,
        meets_surely: bounded.is_sure,
        window_s: way.window_s,
        replications: u32::try_from(way.trials.len()).expect("replications are few"),
    }
}

/// The mean over the replications that have a value.
#[expect(clippy::cast_precision_loss, reason = "few replications")]
fn mean(trials: &[Trial], of: impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = trials.iter().filter_map(of).collect();
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}
