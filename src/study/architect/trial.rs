//! What one replication of one way to carry payments showed, and whether several of them meet a bound.

use crate::ids::SystemName;
use crate::metrics::{self, SummaryResult};
use crate::saturate::{Criterion, Cycle, Probe};
use crate::scenario::{ArchitectSpec, Tier};
use crate::study::figure::Figure;

/// The share of payments settled.
const SUCCESS: &str = "success.success_ratio";

/// What 95 % of the payers waited at most, for what a bound is about.
const fn latency(tier: Tier) -> &'static str {
    match tier {
        Tier::Acknowledged => "latency.payer_known.p95_s",
        Tier::Final => "latency.finality.p95_s",
    }
}

/// One replication.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// Share settled, and the latencies that bounds may be about.
    pub(super) figures: Vec<metrics::Figure>,
    /// The price charged.
    pub(super) price_usd: Option<f64>,
    /// What money bound would have earned.
    pub(super) capital_usd: Option<f64>,
    /// Setting up.
    pub(super) setup_usd: Option<f64>,
    /// Whether the load can go on: nothing grows over the window, and nothing is asked for beyond what there is.
    pub(super) steady: bool,
    /// US dollars per weight unit, on Bitcoin.
    pub(super) usd_per_wu: Option<f64>,
}

impl Trial {
    pub(super) fn of(system: SystemName, cycle: Cycle, summary: SummaryResult) -> Self {
        let wanted = [SUCCESS, latency(Tier::Acknowledged), latency(Tier::Final)];
        let mut figures = metrics::figures(&summary);
        figures.retain(|figure| wanted.contains(&figure.name.as_str()));
        let (costs, weight) = (&summary.costs, summary.footprint.l1_weight_per_payment);
        let on_chain = costs.resource_l1_usd.zip(weight).filter(|_| system == SystemName::Bitcoin);
        Self {
            figures,
            price_usd: costs.price_mean_usd.value,
            capital_usd: costs.resource_capital_usd,
            setup_usd: costs.resource_setup_usd,
            usd_per_wu: on_chain.map(|(usd, weight)| usd / weight),
            steady: Probe { summary, cycle }.is_steady(Criterion::default()),
        }
    }

    /// What a payment costs its users: the sum of the three.
    pub(super) fn cost_usd(&self) -> Option<f64> {
        let more = self.capital_usd.unwrap_or(0.0) + self.setup_usd.unwrap_or(0.0);
        self.price_usd.map(|price| price + more)
    }

    /// As fast as this, with every payment settled, for ever; nothing where there is none.
    pub(super) fn always_settled(mut self, is_any: bool) -> Self {
        for figure in self.figures.iter_mut().filter(|figure| figure.name == SUCCESS) {
            (figure.value, figure.ends, figure.n) = (is_any.then_some(1.0), None, None);
        }
        Self { steady: true, usd_per_wu: None, ..self }
    }
}

/// Replications of one way against a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounded {
    pub(super) success: Figure,
    pub(super) latency_s: Figure,
    /// Whether the load can go on, in most of the replications.
    pub(super) sustained: bool,
    /// Whether enough is settled, fast enough, and can be for ever.
    pub(super) meets: bool,
    /// Whether no interval reaches across a bound, and all replications agree whether the load can go on.
    pub(super) is_sure: bool,
}

impl Bounded {
    pub(super) fn of(spec: &ArchitectSpec, trials: &[Trial]) -> Self {
        let over = |name: &str| {
            let all = trials.iter().flat_map(|trial| &trial.figures);
            Figure::over_replications(name, all.filter(|figure| figure.name == name))
        };
        let (success, latency_s) = (over(SUCCESS), over(latency(spec.tier)));
        let steady = trials.iter().filter(|trial| trial.steady).count();
        let sustained = steady * 2 > trials.len();
        let enough = at_least(success, spec.settle);
        let slow = at_least(latency_s, spec.latency.as_secs_f64() * (1.0 + f64::EPSILON));
        let fast = latency_s.value.is_some().then_some(!slow.holds);
        let fails = [
            (!enough.holds, enough.is_sure),
            (fast != Some(true), slow.is_sure),
            (!sustained, steady == 0 || steady == trials.len()),
        ];
        let meets = fails.iter().all(|(fails, _)| !fails);
        // One sure failure is enough to fail.
        let is_sure = if meets {
            fails.iter().all(|(_, is_sure)| *is_sure)
        } else {
            fails.iter().any(|(fails, is_sure)| *fails && *is_sure)
        };
        Self { success, latency_s, sustained, meets, is_sure }
    }

    /// Whether it meets the bound, or more replications might show that it does.
    pub(super) fn may_meet(&self) -> bool {
        self.meets || !self.is_sure
    }
}

/// How a figure stands to a bound.
struct Side {
    holds: bool,
    is_sure: bool,
}

/// Whether a figure is at least so much; nothing observed is surely not.
fn at_least(figure: Figure, bound: f64) -> Side {
    /// Without an interval, a figure this close to a bound, as a share of it, may lie on the other side.
    const NEAR: f64 = 0.1;
    let Some(value) = figure.value else { return Side { holds: false, is_sure: true } };
    let is_sure = match figure.ends {
        Some([low, high]) => low >= bound || high < bound,
        None => (value - bound).abs() > NEAR * bound,
    };
    Side { holds: value >= bound, is_sure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Sets;
    use crate::units::SimDuration;

    fn trial(success: f64, latency_s: f64, steady: bool) -> Trial {
        let figure = |name: &str, value, n| metrics::Figure {
            name: name.to_owned(),
            value: Some(value),
            ends: None,
            no_interval: None,
            n,
            verdict: None,
        };
        let tier = latency(Tier::Acknowledged);
        Trial {
            figures: vec![figure(SUCCESS, success, Some(100)), figure(tier, latency_s, Some(100))],
            price_usd: Some(1.0),
            capital_usd: Some(0.25),
            setup_usd: None,
            steady,
            usd_per_wu: None,
        }
    }

    fn bounded(trials: &[Trial]) -> (bool, bool) {
        let spec = ArchitectSpec {
            name: "m".to_owned(),
            set: Sets::default(),
            amounts: Vec::new(),
            rates: Vec::new(),
            payments: 100,
            window: SimDuration::ZERO,
            replications_max: 3,
            latency: SimDuration::from_secs(10),
            tier: Tier::Acknowledged,
            settle: 0.9,
            pair: None,
        };
        let found = Bounded::of(&spec, trials);
        (found.meets, found.is_sure)
    }

    #[test]
    fn a_way_meets_the_bound_with_enough_settled_fast_and_for_ever() {
        assert!((trial(1.0, 1.0, true).cost_usd().expect("a price") - 1.25).abs() < 1e-12);
        assert_eq!(bounded(&[trial(1.0, 1.0, true)]), (true, true));
        for failing in [trial(0.5, 1.0, true), trial(1.0, 20.0, true), trial(1.0, 1.0, false)] {
            assert_eq!(bounded(&[failing]), (false, true));
        }
        // Within a tenth of the bound one run says nothing.
        assert_eq!(bounded(&[trial(1.0, 9.5, true)]), (true, false));
        assert_eq!(bounded(&[trial(1.0, 10.5, true)]), (false, false));
        // 0.95 and 0.85 are 0.9 in the mean, and lie on both sides.
        assert_eq!(bounded(&[trial(0.96, 1.0, true), trial(0.86, 1.0, true)]), (true, false));
        // Replications that disagree whether it goes on leave it open.
        let mixed = [trial(1.0, 1.0, true), trial(1.0, 1.0, true), trial(1.0, 1.0, false)];
        assert_eq!(bounded(&mixed), (true, false));
    }
}
