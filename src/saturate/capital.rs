//! The least money with which a system settles a share of a workload.
//!
//! All capacities, and with them all balances, are multiplied by one factor; accounts hold what their
//! owners have in channels. So the question is the same for a channel network, where money lies in
//! places, and for a system with plain accounts.

use crate::ids::SystemName;
use crate::saturate::parallel::{over, searched};
use crate::saturate::probe::{Criterion, Probe, SearchLimits};
use crate::saturate::search::{self, Trial};
use crate::scenario::Scenario;
use crate::simulation::{self, RunError, Setup, Watch};
use crate::units::{Msat, SUPPLY, Sat};
use crate::workload::Funding;

/// Shares settled for which the least capital is searched.
const TARGETS: [f64; 2] = [0.95, 0.99];

/// The factors that are tried: a millionth to a million times the scenario's own capital.
const FACTORS: [f64; 3] = [1e-6, 1.0, 1e6];

/// The least capital of a system (`capital.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct Capital {
    /// The system.
    pub system: SystemName,
    /// Share of the payments that it settles.
    pub target: f64,
    /// Money in channels or accounts, in US dollars, the mean over replications; `None`: not with any
    /// amount tried.
    pub capital_usd: Option<f64>,
    /// Ends of the 95 % interval over replications.
    pub interval: Option<[f64; 2]>,
    /// What payments failed of just below.
    pub limited_by: String,
}

/// Searches the least capital of every system of the scenario, for 95 % and 99 % settled.
///
/// # Errors
/// When input cannot be used, when an invariant breaks, or when `watch` stops a run.
pub fn capitals(
    scenario: &Scenario,
    limits: SearchLimits,
    watch: &Watch<'_>,
) -> Result<Vec<Capital>, RunError> {
    let mut scenario = scenario.clone();
    scenario.funding = Funding::SameCapital;
    let mut rows = Vec::new();
    for target in TARGETS {
        let found = searched(&scenario.systems, limits.replications, |system, replication| {
            one(&scenario, system, replication, target, limits, watch)
        })?;
        for system in &scenario.systems {
            let of_it: Vec<_> = found.iter().filter(|(other, _)| other == system).collect();
            let values: Option<Vec<_>> = of_it.iter().map(|(_, (usd, _))| *usd).collect();
            let over = values.and_then(|values| over("capital_usd", &values));
            rows.push(Capital {
                system: *system,
                target,
                capital_usd: over.map(|over| over.mean),
                interval: over.and_then(|over| over.ends),
                limited_by: of_it.first().map_or_else(String::new, |(_, (_, why))| why.clone()),
            });
        }
    }
    Ok(rows)
}

/// The least capital in US dollars, and what failed just below it.
fn one(
    scenario: &Scenario,
    system: SystemName,
    replication: u32,
    target: f64,
    limits: SearchLimits,
    watch: &Watch<'_>,
) -> Result<(Option<f64>, String), RunError> {
    let criterion = Criterion { settle: target, drift: f64::INFINITY };
    let mut below = String::new();
    let mut best: Option<f64> = None;
    // Money is bound the less, the larger the divisor.
    let [least, start, most] = FACTORS;
    search::largest([least, start, most], limits.tolerance, |divisor| {
        let mut setup = simulation::prepare(scenario, replication, false, 1)?;
        let money = scale(&mut setup, 1.0 / divisor);
        let shown = Probe::of(setup, system, watch)?;
        let holds = shown.success() >= target;
        if holds {
            let usd = scenario.prices.msat_in_usd(money);
            best = Some(best.map_or(usd, |best: f64| best.min(usd)));
        } else {
            below = shown.limited_by(criterion);
        }
        Ok::<_, RunError>(Trial { holds, hint: None })
    })?;
    Ok((best, below))
}

/// Multiplies all capacities and balances; returns all money in channels.
fn scale(setup: &mut Setup, factor: f64) -> Msat {
    let mut total = Msat::ZERO;
    let channels: Vec<_> = setup.network.channel_ids().collect();
    #[expect(clippy::cast_precision_loss, reason = "shares of balances")]
    for (id, balances) in channels.into_iter().zip(&mut setup.balances) {
        let channel = setup.network.channel_mut(id);
        let before = channel.capacity.to_msat();
        channel.capacity = Sat(times(channel.capacity.get(), factor).clamp(1, SUPPLY.get()));
        let after = channel.capacity.to_msat();
        for policy in channel.policies.iter_mut().flatten() {
            policy.htlc_maximum = Msat(times(policy.htlc_maximum.get(), factor)).min(after);
        }
        channel.stated = None;
        let share = balances[0].get() as f64 / before.get().max(1) as f64;
        let one = times(after.get(), share).min(after.get());
        *balances = [Msat(one), Msat(after.get() - one)];
        total = total.saturating_add(after);
    }
    total
}

/// A whole amount times a factor, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the cast saturates, and 53 bits are enough for a search that stops at per cents"
)]
fn times(amount: u64, factor: f64) -> u64 {
    (amount as f64 * factor).round() as u64
}
