//! A figure of claims and laws, with its interval.

use crate::math;
use crate::metrics::{self, Metric, SummaryResult};

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The figure; `None` where nothing was observed.
    pub value: Option<f64>,
    /// The ends of its interval.
    pub ends: Option<[f64; 2]>,
}

/// The figure that is added up, not read from a summary: what a payment costs its users.
const USER_COST: &str = "user_cost_usd";

/// What a payment costs its users: the price that they are charged, what the money that they bind would have earned,
/// and their share of setting up; `None` where no price is known.
pub(super) fn user_cost_usd(run: &SummaryResult) -> Option<f64> {
    let costs = &run.costs;
    let more = [costs.resource_capital_usd, costs.resource_setup_usd];
    let more: f64 = more.into_iter().flatten().sum();
    costs.price_mean_usd.value.map(|price| price + more)
}

/// A figure of one run.
fn of_run(run: &SummaryResult, name: &str) -> Option<f64> {
    if name == USER_COST {
        return user_cost_usd(run);
    }
    metrics::figures(run).into_iter().find(|figure| figure.name == name)?.value
}

impl Figure {
    /// Whether a summary has a figure of this name, or it is added up of such.
    pub(super) fn exists(name: &str) -> bool {
        name == USER_COST || metrics::nothing().iter().any(|figure| figure.name == name)
    }

    /// The metric over that of other runs, replication by replication: they carried the same payments.
    pub(super) fn ratio(runs: &[SummaryResult], others: &[SummaryResult], name: &str) -> Self {
        let ratios = runs.iter().zip(others).filter_map(|(run, other)| {
            let (over, under) = (of_run(run, name)?, of_run(other, name)?);
            (under != 0.0).then(|| over / under)
        });
        Self::mean(&ratios.collect::<Vec<_>>())
    }

    /// The mean of numbers that are not negative, with Student's interval.
    fn mean(values: &[f64]) -> Self {
        let over = metrics::replicated(values);
        over.map_or_else(Self::default, |over| Self {
            value: Some(over.mean),
            ends: over.ends.map(|[low, high]| [low.max(0.0), high]),
        })
    }

    /// The metric of this name: the mean over replications with the interval over them; a single one keeps
    /// the interval of its run.
    pub(super) fn over(runs: &[SummaryResult], name: &str) -> Self {
        if name == USER_COST {
            return Self::mean(&runs.iter().filter_map(user_cost_usd).collect::<Vec<_>>());
        }
        let found = runs
            .iter()
            .filter_map(|run| metrics::figures(run).into_iter().find(|figure| figure.name == name));
        Self::over_replications(name, &found.collect::<Vec<_>>())
    }

    /// The same of figures that have been found, one for each replication.
    pub(super) fn over_replications<'a>(
        name: &str,
        found: impl IntoIterator<Item = &'a metrics::Figure>,
    ) -> Self {
        let found: Vec<_> = found.into_iter().collect();
        if let [only] = found.as_slice() {
            return Self { value: only.value, ends: only.ends };
        }
        let (values, trials): (Vec<f64>, Vec<u64>) =
            found.iter().filter_map(|figure| Some((figure.value?, figure.n.unwrap_or(0)))).unzip();
        let over = Metric::of(name).and_then(|metric| metric.over(&values, &trials));
        over.map_or_else(Self::default, |over| Self { value: Some(over.mean), ends: over.ends })
    }

    /// The figure in another unit.
    pub(super) fn divided(self, by: f64) -> Self {
        Self { value: self.value.map(|v| v / by), ends: self.ends.map(|ends| ends.map(|e| e / by)) }
    }
}

/// A figure for readers: four significant digits.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = math::log10(value.abs()).floor();
    if (-4.0..6.0).contains(&magnitude) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 8 digits after the point"
        )]
        let digits = (3.0 - magnitude).max(0.0) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Summary;
    use crate::prices::Prices;
    use crate::rows::Window;
    use crate::units::SimTime;

    #[test]
    fn figures_are_found_by_the_path_of_their_keys() {
        for name in ["success.success_ratio", "latency.payer_known.p50_s", "window.length_s"] {
            assert!(Figure::exists(name), "{name}");
        }
        for name in ["success", "latency.payer_known.p51_s", "", "failures.nothing"] {
            assert!(!Figure::exists(name), "{name}");
        }
    }

    #[test]
    fn a_single_run_keeps_its_interval_and_several_have_that_of_the_metric() {
        let window = Window { from: SimTime::ZERO, to: SimTime(1) };
        let run = |share: f64| {
            let mut run = Summary::new(window, Prices::default()).result();
            let ratio = &mut run.success.success_ratio;
            (ratio.value, ratio.low, ratio.high, ratio.n) =
                (Some(share), Some(0.1), Some(0.9), 100);
            run
        };
        let over = |runs: &[SummaryResult]| Figure::over(runs, "success.success_ratio");
        assert_eq!(over(&[run(0.5)]), Figure { value: Some(0.5), ends: Some([0.1, 0.9]) });
        let three = over(&[run(1.0), run(1.0), run(1.0)]);
        let [low, high] = three.ends.expect("three replications");
        // Wilson's interval over 300 trials.
        assert_eq!((three.value, high), (Some(1.0), 1.0));
        assert!((low - 0.987_36).abs() < 1e-4, "{low}");
        let half = Figure { value: Some(1.0), ends: Some([0.0, 3.0]) }.divided(2.0);
        assert_eq!(half, Figure { value: Some(0.5), ends: Some([0.0, 1.5]) });
    }

    #[test]
    fn what_users_bear_is_added_up_and_set_in_relation_run_by_run() {
        let window = Window { from: SimTime::ZERO, to: SimTime(1) };
        let run = |price: f64| {
            let mut run = Summary::new(window, Prices::default()).result();
            run.costs.price_mean_usd.value = Some(price);
            run.costs.resource_capital_usd = Some(0.5);
            run.costs.resource_setup_usd = Some(0.25);
            run
        };
        let (few, many) = ([run(0.25), run(1.25)], [run(1.25), run(3.25)]);
        assert_eq!(Figure::over(&few, USER_COST).value, Some(1.5));
        // 1 / 2 and 2 / 4: whatever they vary, half of it.
        let half = Figure::ratio(&few, &many, USER_COST);
        assert_eq!(half, Figure { value: Some(0.5), ends: None });
        assert!(Figure::exists(USER_COST));
    }

    #[test]
    fn readers_see_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.012_345_6, "0.01235"),
            (7.0, "7.000"),
            (65_432.1, "65432"),
            (1_234_567.0, "1.235e6"),
            (-2.5, "-2.500"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
