//! How long a message between two peers takes.
//!
//! Without the commitment dance every hop message has a draw of its own, keyed by payment, attempt and
//! hop. With it, `commitment_signed` and `revoke_and_ack` are keyed by direction and number of the
//! message, preimages by payment, attempt and hop.

use serde::{Deserialize, Serialize};

use crate::engine::{Draws, Seeds, Source};
use crate::ids::NodeId;
use crate::lightning::params::Latency;
use crate::math;
use crate::units::SimDuration;

/// The delays of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Delays {
    latency: Latency,
    /// Region of each node; empty where regions do not matter.
    regions: Vec<u8>,
    by_hop: Draws,
    by_link: Draws,
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
            by_hop: seeds.draws("latency.hop"),
            by_link: seeds.draws("latency.link"),
        }
    }

    /// Delay of a payment's message over hop number `hop` of its attempt `attempt`.
    pub(in crate::lightning) fn of_hop(
        &self,
        ends: [NodeId; 2],
        payment: u64,
        attempt: u32,
        hop: u32,
        way: Way,
    ) -> SimDuration {
        /// Hops that have steps of their own: BOLT 4 allows 20, CLoTH 27.
        const HOPS_LOG2: u32 = 5;
        debug_assert!(hop < 1 << HOPS_LOG2, "routes stay below 32 hops");
        let step = (u64::from(attempt) << 1 | u64::from(way == Way::Back)) << HOPS_LOG2;
        self.draw(ends, || self.by_hop.at(payment, step | u64::from(hop)))
    }

    /// Delay of message number `message` (signatures and revocations) in a channel's direction.
    pub(in crate::lightning) fn of_link(
        &self,
        ends: [NodeId; 2],
        direction: u64,
        message: u64,
    ) -> SimDuration {
        self.draw(ends, || self.by_link.at(direction, message))
    }

    fn draw(&self, ends: [NodeId; 2], draws: impl FnOnce() -> Source) -> SimDuration {
        match &self.latency {
            Latency::Constant { value } => *value,
            Latency::Normal { mean, sd } => {
                SimDuration::from_secs_f64(mean.as_secs_f64() + sd.as_secs_f64() * draws().normal())
            }
            Latency::Lognormal { median, sigma } => lognormal(*median, *sigma, draws()),
            Latency::ByRegion { delays, sigma, .. } => {
                let [from, to] = ends.map(|node| usize::from(self.regions[node.index()]));
                lognormal(delays[from][to], *sigma, draws())
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

    const ENDS: [NodeId; 2] = [NodeId(0), NodeId(1)];

    #[test]
    fn a_message_keeps_its_delay_and_others_differ() {
        let normal = Latency::Normal {
            mean: SimDuration::from_millis(100),
            sd: SimDuration::from_millis(1),
        };
        let delays = Delays::new(normal, 2, Seeds::new(1, 0));
        let of = |payment, attempt, hop, way| delays.of_hop(ENDS, payment, attempt, hop, way);
        let first = of(3, 1, 0, Way::Onward);
        assert_eq!(first, of(3, 1, 0, Way::Onward));
        for other in [
            of(4, 1, 0, Way::Onward),
            of(3, 2, 0, Way::Onward),
            of(3, 1, 1, Way::Onward),
            of(3, 1, 0, Way::Back),
        ] {
            assert_ne!(first, other);
        }
        let mean = (0..10_000).map(|p| of(p, 1, 0, Way::Onward).as_secs_f64()).sum::<f64>() / 1e4;
        assert!((mean - 0.1).abs() < 3.3 * 0.001 / 100.0, "{mean}");
    }

    #[test]
    fn a_normal_delay_is_cut_at_zero() {
        let wild =
            Latency::Normal { mean: SimDuration::from_millis(1), sd: SimDuration::from_secs(1) };
        let delays = Delays::new(wild, 2, Seeds::new(1, 0));
        let zeros = (0..1_000).filter(|&n| delays.of_link(ENDS, 0, n) == SimDuration::ZERO).count();
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
        let link = |a, b| delays.of_link([a, b], 0, 0);
        assert_eq!(link(node(0), node(1)), SimDuration::from_millis(80));
        assert_eq!(link(node(1), node(1)), SimDuration::from_millis(20));
    }
}
