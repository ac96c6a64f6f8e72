//! Which system for which workload: the cheapest that meets a bound on latency, over payment size and
//! rate, and over how often the same pair trades.
//!
//! The cost of a payment is what its users bear: the price that they are charged, what the money that they
//! bind would have earned, and their share of setting up. On the map of networks every system carries the
//! same payments. On the map of pairs the systems are those of the network at one of its rates, which other
//! users bring, and a Lightning channel opened for the pair stands beside them (`pair`).

use crate::engine::Seeds;
use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::saturate;
use crate::scenario::{ArchitectSpec, Scenario, Sets, StudySpec, Tier};
use crate::study::pair::{Rates, cheapest};
use crate::study::runner::{Runner, StudyError};
use crate::units::Msat;

/// How the channel of a pair is called beside the systems.
const OWN_CHANNEL: &str = "lightning_channel";

/// One way to carry payments of one size at one rate (`architect.csv`).
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
    /// Whether enough is settled, fast enough.
    pub meets: bool,
    /// Whether it is the cheapest of those that do.
    pub cheapest: bool,
}

/// Figures of a system at one amount and rate.
#[derive(Clone, Debug)]
struct SystemAtCell {
    option: Candidate,
    /// US dollars per weight unit on Bitcoin.
    usd_per_wu: Option<f64>,
}

pub(super) fn check(runner: &Runner<'_>, studies: &[ArchitectSpec]) -> Result<(), StudyError> {
    for spec in studies {
        for (amount, rate) in cells(spec) {
            runner.variant(&at(spec, amount, rate))?;
        }
    }
    Ok(())
}

fn cells(spec: &ArchitectSpec) -> Vec<(Msat, f64)> {
    let rates = || spec.rates.iter().copied();
    spec.amounts.iter().flat_map(|amount| rates().map(|rate| (*amount, rate))).collect()
}

/// So many payments of one size at one rate.
fn at(spec: &ArchitectSpec, amount: Msat, rate: f64) -> Sets {
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let length = spec.payments as f64 / rate;
    spec.set
        .with("workload.amount.fixed.value", &format!("{} msat", amount.get()))
        .with("workload.arrivals.poisson.rate", &format!("{rate} /s"))
        .with("duration", &format!("{:.3} s", length * 1.2))
        .with("warmup", &format!("{:.3} s", length * 0.2))
}

/// Makes the maps of every study.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn architect(runner: &Runner<'_>, spec: &StudySpec) -> Result<Vec<Candidate>, StudyError> {
    let maps = spec.architects.iter().map(|architect| both_maps(runner, architect));
    Ok(maps.collect::<Result<Vec<_>, _>>()?.concat())
}

fn both_maps(runner: &Runner<'_>, architect: &ArchitectSpec) -> Result<Vec<Candidate>, StudyError> {
    let base = runner.variant(&architect.set)?;
    let systems = base.systems.clone();
    let jobs: Vec<_> = cells(architect)
        .into_iter()
        .flat_map(|cell| systems.iter().map(move |system| (cell, *system)))
        .collect();
    let measured = saturate::each(&jobs, |((amount, rate), system)| {
        let mut scenario = runner.variant(&at(architect, *amount, *rate))?;
        scenario.stop.payments = None;
        let (_, summary) = runner.run(&scenario, *system, 0, 1)?;
        Ok::<_, StudyError>(measure(architect, *system, (*amount, *rate), &summary))
    })?;
    let mut maps: Vec<_> = measured.iter().map(|one| one.option.clone()).collect();
    maps.extend(pairs(runner, architect, &base, &measured)?);
    for cell in maps.chunk_by_mut(|a, b| {
        a.map == b.map && a.amount == b.amount && a.rate.total_cmp(&b.rate).is_eq()
    }) {
        choose(cell);
    }
    Ok(maps)
}

/// Marks the cheapest of those that meet the bound.
fn choose(cell: &mut [Candidate]) {
    let best = cell
        .iter_mut()
        .filter(|option| option.meets && option.cost_usd.is_some())
        .min_by(|a, b| a.cost_usd.unwrap_or(f64::MAX).total_cmp(&b.cost_usd.unwrap_or(f64::MAX)));
    if let Some(best) = best {
        best.cheapest = true;
    }
}

fn measure(
    spec: &ArchitectSpec,
    system: SystemName,
    (amount, rate): (Msat, f64),
    summary: &SummaryResult,
) -> SystemAtCell {
    let (costs, footprint) = (&summary.costs, &summary.footprint);
    let price_usd = costs.price_mean_usd.value;
    let [capital_usd, setup_usd] = [costs.resource_capital_usd, costs.resource_setup_usd];
    let success = summary.success.success_ratio.value;
    let latency_s = latency(spec, summary);
    let meets = meets(spec, success, latency_s);
    let cost_usd =
        price_usd.map(|price| price + capital_usd.unwrap_or(0.0) + setup_usd.unwrap_or(0.0));
    let on_chain = system == SystemName::Bitcoin;
    let usd_per_wu = costs.resource_l1_usd.zip(footprint.l1_weight_per_payment);
    SystemAtCell {
        option: Candidate {
            name: spec.name.clone(),
            map: "network",
            amount,
            rate,
            option: system.name().to_owned(),
            success,
            latency_s,
            cost_usd,
            price_usd,
            capital_usd,
            setup_usd,
            splices: None,
            payments_held: None,
            meets,
            cheapest: false,
        },
        usd_per_wu: usd_per_wu.filter(|_| on_chain).map(|(usd, weight)| usd / weight),
    }
}

/// What 95 % of the payers waited at most, for what the study's bound is about.
fn latency(spec: &ArchitectSpec, summary: &SummaryResult) -> Option<f64> {
    let times = match spec.tier {
        Tier::Acknowledged => &summary.latency.payer_known,
        Tier::Final => &summary.latency.finality,
    };
    times.p95_s.value
}

fn meets(spec: &ArchitectSpec, success: Option<f64>, latency_s: Option<f64>) -> bool {
    success.is_some_and(|share| share >= spec.settle)
        && latency_s.is_some_and(|latency| latency <= spec.latency.as_secs_f64())
}

/// The map of pairs: the systems at the network's rate, and a channel of the pair's own.
fn pairs(
    runner: &Runner<'_>,
    spec: &ArchitectSpec,
    base: &Scenario,
    measured: &[SystemAtCell],
) -> Result<Vec<Candidate>, StudyError> {
    let Some(pair) = &spec.pair else { return Ok(Vec::new()) };
    let reference = spec.rates.iter().copied().fold(f64::MIN, f64::max);
    // Where payments on the chain are fewest, its price is that of the others who use it.
    let quiet = spec.rates.iter().copied().fold(f64::MAX, f64::min);
    let usd_per_wu =
        measured.iter().filter(|one| one.option.rate <= quiet).find_map(|one| one.usd_per_wu);
    let mut map = Vec::new();
    for amount in &spec.amounts {
        let others: Vec<_> = measured
            .iter()
            .filter(|one| one.option.amount == *amount && one.option.rate >= reference)
            .collect();
        // Payments between direct partners, as many of them as on the network.
        let partners = at(spec, *amount, reference).with("workload.endpoints.partners", "{}");
        let mut direct = runner.variant(&partners)?;
        direct.stop.payments = None;
        let (_, direct) = runner.run(&direct, SystemName::Lightning, 0, runner.threads)?;
        let latency_s = latency(spec, &direct);
        for rate in &pair.rates {
            for one in &others {
                map.push(Candidate { map: "pair", rate: *rate, ..one.option.clone() });
            }
            let Some(usd_per_wu) = usd_per_wu else { continue };
            let rates = Rates { usd_per_wu, per_year: base.prices.capital_cost_per_year };
            let value = base.prices.msat_in_usd(*amount);
            let found = cheapest(value, *rate, pair, rates, Seeds::new(base.seed, 0));
            map.push(Candidate {
                name: spec.name.clone(),
                map: "pair",
                amount: *amount,
                rate: *rate,
                option: OWN_CHANNEL.to_owned(),
                // Every payment finds its money, or fetches it.
                success: found.map(|_| 1.0),
                latency_s,
                cost_usd: found.map(|channel| channel.cost_usd()),
                price_usd: found.map(|_| 0.0),
                capital_usd: found.map(|channel| channel.capital_usd),
                setup_usd: found.map(|channel| channel.setup_usd),
                splices: found.map(|channel| channel.splices),
                payments_held: found.map(|channel| channel.payments_held),
                meets: meets(spec, found.map(|_| 1.0), latency_s),
                cheapest: false,
            });
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(cost_usd: f64, meets: bool) -> Candidate {
        Candidate {
            name: "m".to_owned(),
            map: "network",
            amount: Msat(1),
            rate: 1.0,
            option: "card".to_owned(),
            success: Some(1.0),
            latency_s: Some(1.0),
            cost_usd: Some(cost_usd),
            price_usd: Some(cost_usd),
            capital_usd: None,
            setup_usd: None,
            splices: None,
            payments_held: None,
            meets,
            cheapest: false,
        }
    }

    #[test]
    fn the_cheapest_that_is_fast_enough_is_chosen_and_none_where_none_is() {
        let mut cell = [option(1.0, false), option(3.0, true), option(2.0, true)];
        choose(&mut cell);
        assert_eq!(cell.map(|option| option.cheapest), [false, false, true]);
        let mut cell = [option(1.0, false)];
        choose(&mut cell);
        assert!(!cell[0].cheapest);
    }
}
