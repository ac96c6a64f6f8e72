//! How long a message between two peers takes.
//!
//! A link has a delay of its own where regions decide it, the same for all its messages. The other models draw
//! for each moment at which something leaves in a direction: what leaves together arrives together.

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds, Source};
use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::params::Latency;
use crate::math;
use crate::network::Network;
use crate::units::{SimDuration, SimTime};

/// The delays of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Delays {
    latency: Latency,
    /// Region of each node; empty where regions do not matter.
    regions: Vec<u8>,
    /// Of links.
    by_link: Draws,
    /// Of moments.
    by_moment: Draws,
}

/// Which way a payment's message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) enum Way {
    /// From payer to payee.
    Onward,
    /// Back to the payer.
    Back,
}

impl Delays {
    /// Delays between `nodes` nodes.
    pub(in crate::lightning) fn new(latency: Latency, nodes: u32, seeds: Seeds) -> Self {
        let regions = match &latency {
            Latency::ByRegion { shares, .. } => place(shares, nodes, seeds),
            Latency::Constant { .. } | Latency::Normal { .. } | Latency::Lognormal { .. } => {
                Vec::new()
            }
        };
        Self {
            latency,
            regions,
            by_link: seeds.draws("latency.link"),
            by_moment: seeds.draws("latency.moment"),
        }
    }

    /// Delay of a message that leaves at `at` in this direction of a channel.
    pub(in crate::lightning) fn of_message(
        &self,
        network: &Network,
        direction: DirectedChannel,
        at: SimTime,
    ) -> SimDuration {
        let ends = [network.source(direction), network.target(direction)];
        self.of_link(
            ends,
            network.key(direction.channel()),
            direction.from_side().index() as u64,
            at,
        )
    }

    /// The same, of the channel with this key, from the side with this number.
    fn of_link(&self, ends: [NodeId; 2], channel: u64, side: u64, at: SimTime) -> SimDuration {
        let moment = || self.by_moment.at(channel << 1 | side, at.nanos());
        match &self.latency {
            Latency::Constant { value } => *value,
            Latency::Normal { mean, sd } => SimDuration::from_secs_f64(
                mean.as_secs_f64() + sd.as_secs_f64() * moment().normal(),
            ),
            Latency::Lognormal { median, sigma } => lognormal(*median, *sigma, moment()),
            Latency::ByRegion { delays, sigma, .. } => {
                let [from, to] = ends.map(|node| usize::from(self.regions[node.index()]));
                lognormal(delays[from][to], *sigma, self.by_link.at(channel, 0))
            }
        }
    }
}

fn lognormal(median: SimDuration, sigma: f64, mut draws: Source) -> SimDuration {
    SimDuration::from_secs_f64(median.as_secs_f64() * math::exp(sigma * draws.normal()))
}

/// Draws the region of each node.
fn place(shares: &[f64], nodes: u32, seeds: Seeds) -> Vec<u8> {
    let draws = seeds.draws("latency.region");
    (0..nodes)
        .map(|node| {
            let mut left = draws.at(u64::from(node), 0).unit();
            let region = shares.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            // Rounding can leave a sliver beyond the last share.
            let region = region.unwrap_or(shares.len() - 1);
            u8::try_from(region).expect("the scenario allows at most 256 regions")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::Choice;

    const ENDS: [NodeId; 2] = [NodeId(0), NodeId(1)];

    const AT: SimTime = SimTime(7);

    #[test]
    fn what_leaves_together_takes_as_long_and_others_differ() {
        let normal = Latency::Normal {
            mean: SimDuration::from_millis(100),
            sd: SimDuration::from_millis(1),
        };
        let delays = Delays::new(normal, 2, Seeds::new(1, 0));
        let of = |channel, side, at| delays.of_link(ENDS, channel, side, SimTime(at));
        let first = of(3, 0, 1);
        assert_eq!(first, of(3, 0, 1));
        for other in [of(4, 0, 1), of(3, 1, 1), of(3, 0, 2)] {
            assert_ne!(first, other);
        }
        let mean = (0..10_000).map(|at| of(3, 0, at).as_secs_f64()).sum::<f64>() / 1e4;
        assert!((mean - 0.1).abs() < 3.3 * 0.001 / 100.0, "{mean}");
    }

    #[test]
    fn a_normal_delay_is_cut_at_zero() {
        let wild =
            Latency::Normal { mean: SimDuration::from_millis(1), sd: SimDuration::from_secs(1) };
        let delays = Delays::new(wild, 2, Seeds::new(1, 0));
        let is_zero = |at: &u64| delays.of_link(ENDS, 0, 0, SimTime(*at)) == SimDuration::ZERO;
        let zeros = (0..1_000).filter(is_zero).count();
        assert!((400..600).contains(&zeros), "{zeros}");
    }

    #[test]
    fn regions_set_the_delay_between_them() {
        let latency = Latency::ByRegion {
            shares: vec![0.5, 0.5],
            delays: vec![
                vec![SimDuration::from_millis(10), SimDuration::from_millis(80)],
                vec![SimDuration::from_millis(80), SimDuration::from_millis(20)],
            ],
            sigma: 0.0,
        };
        let delays = Delays::new(latency, 100, Seeds::new(1, 0));
        let node = |region| {
            let place = delays.regions.iter().position(|&r| r == region).unwrap();
            NodeId::from_index(place)
        };
        let link = |a, b| delays.of_link([a, b], 0, 0, AT);
        assert_eq!(link(node(0), node(1)), SimDuration::from_millis(80));
        assert_eq!(link(node(1), node(1)), SimDuration::from_millis(20));
    }

    /// Over all pairs of regions: 113.35 ms on average, times e^0.02; 42.4 % of links below 100 ms, as many
    /// tenths as Gencer et al. found in 2018 (46 %).
    #[test]
    fn by_default_a_link_keeps_its_delay_and_links_spread_as_measured() {
        let default = Latency::start("by_region");
        let nodes = 40_000;
        let delays = Delays::new(default, nodes, Seeds::new(1, 0));
        let link = |number: u32, at| {
            let ends = [NodeId(2 * number), NodeId(2 * number + 1)];
            delays.of_link(ends, u64::from(number), u64::from(number % 2), SimTime(at))
        };
        let all: Vec<f64> = (0..nodes / 2).map(|number| link(number, 1).as_secs_f64()).collect();
        assert!((0..nodes / 2).all(|number| link(number, 1) == link(number, 2)));
        let n = f64::from(nodes / 2);
        let mean = all.iter().sum::<f64>() / n;
        let near = all.iter().map(|delay| f64::from(u8::from(*delay < 0.1))).sum::<f64>() / n;
        assert!((mean - 0.115_64).abs() < 0.002, "{mean}");
        assert!((near - 0.424).abs() < 0.012, "{near}");
    }
}
