//! Every metric, declared once: where it stands in `summary.json`, its name in words, unit and kind,
//! and where it is shown.
//!
//! The kind decides how its interval over replications is made ([`Metric::over`]); unit and kind decide what it can
//! be at all ([`Metric::range`]). `run`, `sweep`, `saturate` and `study` all ask here. Within one run the type of its
//! fold makes the interval; a test holds that to what the kind allows ([`Kind::methods`]).

use crate::metrics::histogram::RESOLUTION;
use crate::metrics::kind::Kind::{
    Count, Describing, Mean, Net, Quantile, Rate, Ratio, Share, TimeAverage, Total,
};
use crate::metrics::kind::Shown::{Lightning, Nowhere, Others, Page, Terminal};
use crate::metrics::kind::{Kind, Range, Shown};
use crate::metrics::replications::{Replicated, replicated, replicated_ratio, skewed};

/// A declared metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The path of its keys in `summary.json`, with dots; `*` stands for any one key. Figures of a search
    /// (`leyden saturate`) stand in no summary.
    pub path: &'static str,
    /// Its name in words.
    pub words: &'static str,
    /// Its unit: empty for numbers without one.
    pub unit: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// Where it is shown, beside `summary.json` and the tables of sweeps.
    pub shown: Shown,
}

/// The unit of what lies between 0 and 1.
const SHARE: &str = "share";
/// The unit of fees over amounts: above 1 where a small payment takes a long route.
const OF_AMOUNT: &str = "of the amount";
/// The unit of what is used over what there is: above 1 where a target can be exceeded.
const OF_SUPPLY: &str = "of what there is";

const fn metric(
    path: &'static str,
    words: &'static str,
    unit: &'static str,
    kind: Kind,
    shown: Shown,
) -> Metric {
    Metric { path, words, unit, kind, shown }
}

/// All metrics, in the order in which they are shown.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    metric("success.success_ratio", "success ratio", SHARE, Ratio, Terminal),
    metric("success.success_volume_ratio", "success ratio by volume", SHARE, Share, Terminal),
    metric("success.feasible_success_ratio", "success ratio of feasible payments", SHARE, Ratio, Lightning),
    metric("success.endpoint_failure_ratio", "failed at payer or payee", SHARE, Ratio, Lightning),
    metric("success.routing_failure_ratio", "failed in routing", SHARE, Ratio, Lightning),
    metric("success.depletion_failure_ratio", "failed by depletion", SHARE, Ratio, Lightning),
    metric("success.drawn_failure_ratio", "failed by the draw of balances", SHARE, Ratio, Page),
    metric("success.by_amount.*.success_ratio", "success ratio by amount", SHARE, Ratio, Nowhere),
    metric("latency.payer_known.p50_s", "latency p50", "s", Quantile, Terminal),
    metric("latency.payer_known.p95_s", "latency p95", "s", Quantile, Terminal),
    metric("latency.payer_known.p99_s", "latency p99", "s", Quantile, Terminal),
    metric("latency.included.p50_s", "inclusion p50", "s", Quantile, Nowhere),
    metric("latency.included.p95_s", "inclusion p95", "s", Quantile, Nowhere),
    metric("latency.included.p99_s", "inclusion p99", "s", Quantile, Nowhere),
    metric("latency.finality.p50_s", "finality p50", "s", Quantile, Others),
    metric("latency.finality.p95_s", "finality p95", "s", Quantile, Nowhere),
    metric("latency.finality.p99_s", "finality p99", "s", Quantile, Nowhere),
    metric("latency.withdrawable.p50_s", "withdrawal p50", "s", Quantile, Nowhere),
    metric("latency.withdrawable.p95_s", "withdrawal p95", "s", Quantile, Nowhere),
    metric("latency.withdrawable.p99_s", "withdrawal p99", "s", Quantile, Nowhere),
    metric("throughput.offered_per_s", "offered per second", "payments/s", Rate, Page),
    metric("throughput.settled_per_s", "settled per second", "payments/s", Rate, Terminal),
    metric("fees.fee_mean_msat", "fee, mean", "msat", Mean, Page),
    metric("fees.fee_median_msat", "fee, median", "msat", Quantile, Lightning),
    metric("fees.fee_share_of_amount", "fee, share of amount", OF_AMOUNT, Mean, Lightning),
    metric("effort.attempts_per_payment", "attempts per payment", "", Mean, Lightning),
    metric("effort.searches_per_payment", "searches per payment", "", Mean, Page),
    metric("effort.hops_per_settled_payment", "hops per settled payment", "channels", Mean, Page),
    metric("channels.depleted_share", "channels depleted", SHARE, TimeAverage, Lightning),
    metric("channels.newly_depleted_share", "channels depleted since their start", SHARE, TimeAverage, Lightning),
    metric("channels.replenished_share", "channels replenished since their start", SHARE, TimeAverage, Page),
    metric("channels.imbalance_mean", "imbalance of channels", SHARE, TimeAverage, Page),
    metric("channels.in_flight_share_of_capacity", "capacity in flight", SHARE, TimeAverage, Page),
    metric("costs.price_mean_usd", "price, mean", "$", Mean, Nowhere),
    metric("costs.price_median_usd", "price, median", "$", Quantile, Nowhere),
    metric("costs.resource_payment_usd", "cost of a payment by itself", "$", Mean, Nowhere),
    metric("costs.resource_mean_usd", "resource cost of a payment", "$", Mean, Nowhere),
    metric("costs.resource_l1_usd", "paid to the layer below", "$", Mean, Nowhere),
    metric("costs.resource_operator_usd", "operating a payment", "$", Mean, Nowhere),
    metric("costs.resource_capital_usd", "capital cost of a payment", "$", Mean, Nowhere),
    metric("costs.resource_setup_usd", "setup cost of a payment", "$", Mean, Nowhere),
    metric("footprint.l1_weight_per_payment", "weight on Bitcoin", "WU", Mean, Nowhere),
    metric("footprint.l1_gas_per_payment", "gas on Ethereum", "gas", Mean, Nowhere),
    metric("footprint.l1_bytes_per_payment", "bytes published", "B", Mean, Nowhere),
    metric("capital.locked_usd", "money bound", "$", TimeAverage, Nowhere),
    metric("capital.users_spendable_usd", "users' own money, spendable", "$", TimeAverage, Nowhere),
    metric("capital.users_locked_usd", "users' own money, locked", "$", TimeAverage, Nowhere),
    metric("capital.others_liquidity_usd", "others' liquidity", "$", TimeAverage, Nowhere),
    metric("capital.velocity_per_day", "turnover of the money bound", "/day", Rate, Nowhere),
    metric("capital.cost_usd_per_payment", "capital cost of a payment", "$", Mean, Nowhere),
    metric("capital.value_at_risk_usd", "value at risk", "$", TimeAverage, Nowhere),
    metric("needs.offline_failures", "failures of who was offline", "payments", Count, Nowhere),
    metric("needs.resources_used.*", "resource in use", OF_SUPPLY, TimeAverage, Nowhere),
    metric("needs.resources_demanded.*", "resource asked for", OF_SUPPLY, Rate, Nowhere),
    metric("security.attacks.theft_share", "thefts among decided attempts", SHARE, Ratio, Nowhere),
    metric("security.attacks.attempts", "attempts of attacks", "", Count, Nowhere),
    metric("security.attacks.outcomes.*", "attempts by outcome", "", Count, Nowhere),
    metric("security.attacks.attacker_net_msat", "attackers' gain", "msat", Net, Nowhere),
    metric("security.attacks.victim_net_msat", "victims' gain", "msat", Net, Nowhere),
    metric("security.attacks.htlcs", "HTLCs of attacks", "", Count, Nowhere),
    metric("security.attacks.locked_msat_s", "money locked by attacks", "msat s", Total, Nowhere),
    metric("security.attacks.slot_s", "slots taken by attacks", "slots s", Total, Nowhere),
    metric("security.attacks.success_before", "success before attacks", SHARE, Ratio, Nowhere),
    metric("security.attacks.success_during", "success during attacks", SHARE, Ratio, Nowhere),
    metric("security.attacks.success_after", "success after attacks", SHARE, Ratio, Nowhere),
    metric("security.attacks.bits_learnt", "bits that probing learnt", "bits", Total, Nowhere),
    metric("security.attacks.tower_states", "states that towers keep", "", Count, Nowhere),
    metric("security.attacks.tower_bytes", "bytes that towers keep", "B", Total, Nowhere),
    metric("security.closures.closed", "channels closed", "", Count, Nowhere),
    metric("security.closures.kinds.*", "closings by kind", "", Count, Nowhere),
    metric("security.closures.causes.*", "closings by cause", "", Count, Nowhere),
    metric("security.closures.cooperative_share", "cooperative closings", SHARE, Ratio, Nowhere),
    metric("security.closures.blocks_to_resolve_mean", "blocks to resolve", "blocks", Mean, Nowhere),
    metric("security.closures.fees_msat", "fees of closing", "msat", Total, Nowhere),
    metric("security.losses.count", "losses to others", "", Count, Nowhere),
    metric("security.losses.lost_msat", "lost to others", "msat", Total, Nowhere),
    metric("failures.*", "failed payments by reason", "payments", Count, Nowhere),
    metric("last_errors.*", "failed payments by last error", "payments", Count, Nowhere),
    metric("totals.*", "payments of the run", "payments", Count, Nowhere),
    metric("measured.*", "payments measured", "payments", Count, Nowhere),
    metric("final_state.*", "state at the end", "", Total, Nowhere),
    metric("window.*", "window for statistics", "s", Describing, Nowhere),
    metric("warmup.*.*", "observations of the warm-up", "", Describing, Nowhere),
    metric("sustained_tps", "highest load sustained", "payments/s", Rate, Nowhere),
    metric("capital_usd", "least capital", "$", Total, Nowhere),
];

impl Metric {
    /// The metric of this name: a path of keys in `summary.json`; `None`: there is none.
    pub fn of(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.stands_for(name))
    }

    pub(super) fn stands_for(&self, name: &str) -> bool {
        let (mut keys, mut wanted) = (name.split('.'), self.path.split('.'));
        loop {
            match (keys.next(), wanted.next()) {
                (None, None) => return true,
                (Some(key), Some(wanted)) if wanted == "*" || wanted == key => {}
                _ => return false,
            }
        }
    }

    /// What it can be.
    pub fn range(&self) -> Range {
        match (self.kind, self.unit) {
            (Net, _) => Range::Any,
            (_, SHARE) => Range::Share,
            _ => Range::NotNegative,
        }
    }

    /// Whether readers see it in per cent.
    pub fn is_in_per_cent(&self) -> bool {
        [SHARE, OF_AMOUNT, OF_SUPPLY].contains(&self.unit)
    }

    /// How many replications an interval takes at least. Some figures are on some systems one thing in most runs and
    /// quite another in a few: most groups of five or ten have none of the few, and nothing in them tells of it. Measured:
    /// `docs/validation.md`.
    fn least_replications(&self) -> usize {
        match self.path {
            // Of the optimistic rollup, and of the sidechain.
            "latency.withdrawable.p95_s" | "needs.resources_demanded.*" => 30,
            path if path.ends_with(".p99_s") => 30,
            // Block space costs the minimum, or where more than a block waits 75 times that.
            "costs.resource_setup_usd" => 10,
            _ => 2,
        }
    }

    /// Why the mean over so many replications has no interval.
    pub fn why_none(&self, replications: u64) -> String {
        let least = self.least_replications();
        if replications < least as u64 {
            format!("takes {least} replications")
        } else {
            "replications hardly vary".to_owned()
        }
    }

    /// The mean of one value per replication with its interval, no part of which lies where the metric
    /// cannot be; `None` without values. `trials` are the observations behind each value. What only describes the
    /// runs has no interval.
    pub fn over(&self, values: &[f64], trials: &[u64]) -> Option<Replicated> {
        let plain = match self.kind {
            Ratio => replicated_ratio(values, trials),
            Quantile | Rate | Count | Total | Net => skewed(values),
            TimeAverage => skewed(values).map(|of| of.unless_two_agree(values)),
            Share | Mean => skewed(values).map(|of| of.unless_most_agree(values)),
            Describing => replicated(values).map(Replicated::without_ends),
        }?;
        if values.len() < self.least_replications() {
            return Some(plain.without_ends());
        }
        // Each value is known to within a bucket only.
        let half = if self.kind == Quantile { plain.mean * RESOLUTION / 2.0 } else { 0.0 };
        let widened =
            |[low, high]: [f64; 2]| [low.min(plain.mean - half), high.max(plain.mean + half)];
        let ends = plain.ends.map(|ends| self.range().clip(widened(ends)));
        Some(Replicated { ends, ..plain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_keys_and_stars_stand_for_one() {
        let path = |name: &str| Metric::of(name).map(|metric| metric.path);
        assert_eq!(path("success.success_ratio"), Some("success.success_ratio"));
        assert_eq!(
            path("success.by_amount.from_sat_10.success_ratio"),
            Some("success.by_amount.*.success_ratio")
        );
        for nothing in ["success", "success.success_ratio.value", "latency.payer_known.p51_s", ""] {
            assert_eq!(path(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn tails_have_an_interval_from_thirty_replications_on() {
        let has_one = |name: &str, n: u32| {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            Metric::of(name).expect("declared").over(&values, &[]).expect("values").ends.is_some()
        };
        let least = |name: &str| (1..=40).find(|&n| has_one(name, n));
        assert_eq!(least("latency.payer_known.p50_s"), Some(2));
        assert_eq!(least("latency.payer_known.p95_s"), Some(2));
        assert_eq!(least("latency.payer_known.p99_s"), Some(30));
        assert_eq!(least("latency.withdrawable.p95_s"), Some(30));
        assert_eq!(least("costs.resource_setup_usd"), Some(10));
        assert_eq!(least("needs.resources_demanded.blocks"), Some(30));
    }

    #[test]
    fn intervals_end_where_the_metric_does() {
        let metric = |name| Metric::of(name).expect("declared");
        let over = |name, values: &[f64]| {
            metric(name).over(values, &[10, 10, 10]).expect("values").ends.expect("three")
        };
        // 1.5 ± 4.303·1.5/√3 and 0.9 ± 0.25.
        let [low, high] = over("effort.attempts_per_payment", &[0.0, 1.5, 3.0]);
        assert!(low.abs() < 1e-12 && (high - 5.226_206).abs() < 1e-5, "{low} to {high}");
        let [_, high] = over("channels.depleted_share", &[0.8, 0.9, 1.0]);
        assert!((high - 1.0).abs() < 1e-12, "{high}");
        assert!(over("security.attacks.attacker_net_msat", &[0.0, 0.0, 3.0])[0] < -3.0);
        let [low, high] = over("success.success_ratio", &[1.0; 3]);
        assert!(low < 1.0 && high <= 1.0, "a share of so few trials keeps a width");
    }
}
