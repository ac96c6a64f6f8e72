//! Figures that describe a network: size, degrees, shape, distances, policies, correlations.
//!
//! Most are given twice, over all announced channels and over those enabled in both directions,
//! because about a third of the public network is dead. Nothing here is used by a simulation. Sums
//! run in the order of ids, so the figures are the same everywhere.

mod correlations;
mod degrees;
mod numbers;
mod paths;
mod policies;
mod power_law;
mod rows;
mod selection;
mod shape;

pub use correlations::{ChannelCorrelations, PolicyCorrelations};
pub use degrees::{CapacityStats, DegreeStats};
pub use paths::PathStats;
pub use policies::{HalfStats, MaximumStats, PolicyStats, ValueStats};
pub use power_law::PowerLaw;
pub use shape::ShapeStats;

use crate::network::core::core;
use crate::network::stats::selection::Selection;
use crate::network::topology::Network;

/// Everything that is said about a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkStats {
    /// Over all announced channels.
    pub all: GraphStats,
    /// Over the channels that are enabled in both directions.
    pub active: GraphStats,
    /// Nodes that can all reach each other over enabled half-channels ([`core()`]).
    pub core_nodes: u64,
    /// All nodes, those without channels included.
    pub nodes: u64,
    /// Which halves are enabled.
    pub halves: HalfStats,
    /// What enabled halves ask for.
    pub policies: PolicyStats,
    /// Rank correlations of policies.
    pub correlations: PolicyCorrelations,
}

/// What is said about a set of channels and the nodes that they join.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphStats {
    /// Channels.
    pub channels: u64,
    /// Pairs of nodes with at least one channel.
    pub pairs: u64,
    /// Nodes with at least one channel.
    pub nodes: u64,
    /// Sizes of channels.
    pub capacity: CapacityStats,
    /// Channels per node, and money per node.
    pub degree: DegreeStats,
    /// Components, triangles, mixing.
    pub shape: ShapeStats,
    /// Distances.
    pub paths: PathStats,
    /// Rank correlations of capacity and degree.
    pub correlations: ChannelCorrelations,
}

/// Describes a network.
pub fn stats(network: &Network) -> NetworkStats {
    NetworkStats {
        all: graph_stats(&Selection::all(network)),
        active: graph_stats(&Selection::enabled_both_ways(network)),
        core_nodes: core(network).len() as u64,
        nodes: network.node_count() as u64,
        halves: policies::half_stats(network),
        policies: policies::policy_stats(network),
        correlations: correlations::of_policies(network),
    }
}

fn graph_stats(selection: &Selection) -> GraphStats {
    GraphStats {
        channels: selection.ends.len() as u64,
        pairs: selection.pairs(),
        nodes: selection.degrees.len() as u64,
        capacity: degrees::capacity_stats(selection),
        degree: degrees::degree_stats(selection),
        shape: shape::shape_stats(selection),
        paths: paths::path_stats(selection),
        correlations: correlations::of_channels(selection),
    }
}
