//! The figures as named values, for the screen and for CSV.

use crate::network::stats::correlations::{ChannelCorrelations, PolicyCorrelations};
use crate::network::stats::degrees::{CapacityStats, DegreeStats};
use crate::network::stats::paths::PathStats;
use crate::network::stats::policies::{HalfStats, PolicyStats, ValueStats};
use crate::network::stats::shape::ShapeStats;
use crate::network::stats::{GraphStats, NetworkStats};

impl NetworkStats {
    /// Metric and value, in order of reading; an empty value where there is none. Metrics that
    /// begin with `all_` are over announced channels, `active_` over those enabled both ways.
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut table = Table { prefix: "", rows: Vec::new() };
        table.count("nodes", self.nodes);
        table.count("core_nodes", self.core_nodes);
        for (prefix, graph) in [("all_", &self.all), ("active_", &self.active)] {
            table.prefix = prefix;
            table.graph(graph);
        }
        table.prefix = "";
        table.halves(&self.halves);
        table.policies(&self.policies);
        table.policy_correlations(&self.correlations);
        table.rows
    }
}

/// Rows under way, and what their names begin with.
struct Table {
    prefix: &'static str,
    rows: Vec<(String, String)>,
}

impl Table {
    fn text(&mut self, metric: &str, value: String) {
        self.rows.push((format!("{}{metric}", self.prefix), value));
    }

    fn count(&mut self, metric: &str, value: u64) {
        self.text(metric, value.to_string());
    }

    fn number(&mut self, metric: &str, value: Option<f64>) {
        self.text(metric, value.map_or_else(String::new, readable));
    }

    /// Quantiles, each with its own row.
    fn quantiles(&mut self, metric: &str, at: &[f64], values: &[f64]) {
        for (place, p) in at.iter().enumerate() {
            self.number(&format!("{metric}_{}", quantile_name(*p)), values.get(place).copied());
        }
    }

    /// Common values in one row: `value share`, separated by semicolons.
    fn common<T>(&mut self, metric: &str, values: &[(T, f64)], name: impl Fn(&T) -> String) {
        let items: Vec<_> = values
            .iter()
            .map(|(value, share)| format!("{} {}", name(value), readable(*share)))
            .collect();
        self.text(metric, items.join("; "));
    }

    fn graph(&mut self, graph: &GraphStats) {
        self.count("channels", graph.channels);
        self.count("pairs", graph.pairs);
        self.count("connected_nodes", graph.nodes);
        self.capacity(&graph.capacity);
        self.degree(&graph.degree);
        self.shape(&graph.shape);
        self.paths(&graph.paths);
        self.channel_correlations(&graph.correlations);
    }

    fn capacity(&mut self, capacity: &CapacityStats) {
        self.count("capacity_total_sat", capacity.total_sat);
        self.number("capacity_mean_sat", capacity.mean_sat);
        self.number("capacity_sd_sat", capacity.deviation_sat);
        self.quantiles("capacity_sat", &CapacityStats::QUANTILES, &capacity.quantiles_sat);
        self.number("capacity_ln_mean", capacity.ln_mean);
        self.number("capacity_ln_sd", capacity.ln_deviation);
        self.number("capacity_gini", capacity.gini);
        self.common("capacity_sat_common", &capacity.common, u64::to_string);
    }

    fn degree(&mut self, degree: &DegreeStats) {
        self.number("degree_mean", degree.mean);
        self.quantiles("degree", &DegreeStats::QUANTILES, &degree.quantiles);
        self.number("degree_1_share", degree.share_one);
        self.number("degree_2_share", degree.share_two);
        self.count("degree_100_or_more_nodes", degree.hundred_or_more);
        for (least, share) in DegreeStats::AT_LEAST.iter().zip(&degree.at_least) {
            self.number(&format!("degree_at_least_{least}_share"), *share);
        }
        self.number("degree_gini", degree.gini);
        let law = degree.power_law;
        self.text("power_law_best_xmin", law.map_or_else(String::new, |law| law.xmin.to_string()));
        self.number("power_law_best_alpha", law.map(|law| law.alpha));
        self.number("power_law_best_ks", law.map(|law| law.distance));
        self.number("power_law_xmin_1_alpha", degree.power_law_from[0]);
        self.number("power_law_xmin_10_alpha", degree.power_law_from[1]);
        self.number("strength_gini", degree.strength_gini);
        self.number("strength_top_1_percent_share", degree.strength_of_top[0]);
        self.number("strength_top_10_percent_share", degree.strength_of_top[1]);
    }

    fn shape(&mut self, shape: &ShapeStats) {
        self.count("components", shape.components);
        self.count("largest_component_nodes", shape.largest_component);
        self.number("clustering_mean", shape.clustering);
        self.number("transitivity", shape.transitivity);
        self.number("assortativity", shape.assortativity);
        self.count("k_core_max", shape.max_core);
    }

    fn paths(&mut self, paths: &PathStats) {
        self.count("path_sources", paths.sources);
        self.number("hops_mean", paths.mean_hops);
        self.count("eccentricity_max", paths.largest_eccentricity);
        for (hops, share) in (1..).zip(&paths.hop_shares) {
            self.number(&format!("hops_{hops}_share"), *share);
        }
    }

    fn channel_correlations(&mut self, correlations: &ChannelCorrelations) {
        for (metric, value) in [
            ("spearman_capacity_min_degree", correlations.capacity_min_degree),
            ("spearman_capacity_max_degree", correlations.capacity_max_degree),
            ("spearman_capacity_degree_product", correlations.capacity_degree_product),
            ("pearson_ln_capacity_ln_degree_product", correlations.ln_capacity_ln_product),
            ("spearman_degree_mean_capacity", correlations.degree_mean_capacity),
        ] {
            self.number(metric, value);
        }
        let classes = ChannelCorrelations::CLASSES.iter();
        for ((least, most), median) in classes.zip(&correlations.mean_capacity_by_degree) {
            let class = if *most == u64::MAX { "up".into() } else { most.to_string() };
            self.number(&format!("mean_capacity_sat_degree_{least}_to_{class}_p50"), *median);
        }
    }

    fn halves(&mut self, halves: &HalfStats) {
        self.number("halves_disabled_share", halves.disabled);
        self.number("channels_both_enabled_share", halves.both);
        self.number("channels_one_enabled_share", halves.one);
        self.number("channels_none_enabled_share", halves.none);
    }

    fn policies(&mut self, policies: &PolicyStats) {
        self.count("enabled_halves", policies.halves);
        for (metric, values) in [
            ("fee_base_msat", &policies.base),
            ("fee_ppm", &policies.ppm),
            ("cltv_expiry_delta", &policies.cltv),
            ("htlc_minimum_msat", &policies.htlc_minimum),
        ] {
            self.number(&format!("{metric}_mean"), values.mean);
            self.quantiles(metric, &ValueStats::QUANTILES, &values.quantiles);
            self.common(&format!("{metric}_common"), &values.common, u64::to_string);
        }
        self.number("fee_ppm_1000_or_more_share", policies.ppm_thousand_or_more);
        self.number("fee_ppm_ln_mean", policies.ln_ppm[0]);
        self.number("fee_ppm_ln_sd", policies.ln_ppm[1]);
        self.common("fee_base_msat_and_ppm_common", &policies.common_fees, |(base, ppm)| {
            format!("{base}+{ppm}")
        });
        let maximum = &policies.htlc_maximum;
        self.number("htlc_maximum_at_99_percent_share", maximum.reserve_kept);
        self.number("htlc_maximum_whole_share", maximum.whole);
        self.number("htlc_maximum_at_45_percent_share", maximum.at_45_percent);
        self.number("htlc_maximum_below_10_percent_share", maximum.below_tenth);
        self.quantiles("htlc_maximum_of_capacity", &[0.05, 0.1, 0.5], &maximum.quantiles);
        for (sat, prices) in PolicyStats::AMOUNTS_SAT.iter().zip(&policies.hop_price_ppm) {
            self.quantiles(&format!("hop_price_ppm_{sat}_sat"), &[0.25, 0.5, 0.75], prices);
        }
        self.number("one_policy_of_2_halves_share", policies.one_policy[0]);
        self.number("one_policy_of_10_halves_share", policies.one_policy[1]);
    }

    fn policy_correlations(&mut self, correlations: &PolicyCorrelations) {
        for (metric, value) in [
            ("spearman_ppm_capacity", correlations.ppm_capacity),
            ("spearman_base_capacity", correlations.base_capacity),
            ("spearman_ppm_degree", correlations.ppm_degree),
            ("spearman_base_degree", correlations.base_degree),
            ("spearman_cltv_degree", correlations.cltv_degree),
            ("spearman_base_ppm", correlations.base_ppm),
            ("spearman_ppm_both_ways", correlations.ppm_both_ways),
        ] {
            self.number(metric, value);
        }
    }
}

/// `p50`, `p99.9`, `max`.
fn quantile_name(p: f64) -> String {
    if p < 1.0 { format!("p{}", readable(p * 100.0)) } else { "max".into() }
}

/// Whole numbers from 10,000 on, else four decimals without trailing zeros.
fn readable(value: f64) -> String {
    if value.abs() >= 10_000.0 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::Seeds;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};
    use crate::network::stats::stats;
    use crate::network::topology::Network;

    #[test]
    fn values_are_short_and_metrics_unique() {
        let ring = Generator::Ring { nodes: 5, policy: PlainPolicy::default() };
        let rows = stats(&generate(&ring, Seeds::new(1, 0))).rows();
        let find = |metric: &str| {
            let (_, value) = rows.iter().find(|(name, _)| name == metric).unwrap();
            value.as_str()
        };
        assert_eq!((find("nodes"), find("core_nodes"), find("all_channels")), ("5", "5", "5"));
        assert_eq!((find("all_hops_mean"), find("active_clustering_mean")), ("1.5", "0"));
        assert_eq!((find("fee_ppm_p99.9"), find("all_capacity_sat_max")), ("100", "5000000"));
        assert_eq!(find("all_capacity_sat_common"), "5000000 1");
        assert_eq!(find("spearman_ppm_capacity"), "", "nothing varies");
        let names: BTreeSet<_> = rows.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), rows.len());
    }

    #[test]
    fn an_empty_network_has_empty_figures() {
        let rows = stats(&Network::default()).rows();
        assert!(rows.iter().all(|(_, value)| value.is_empty() || value == "0"), "{rows:?}");
    }

    #[test]
    fn numbers_lose_what_nobody_reads() {
        let texts = [0.25, 12_345.67, -0.000_01, 99.9, 3.0].map(readable);
        assert_eq!(texts, ["0.25", "12346", "0", "99.9", "3"]);
    }
}
