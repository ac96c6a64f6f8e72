//! Who is online at the moment of a payment: the very times up and down that Lightning's nodes have.
//!
//! Lightning's nodes change by events of their own. Another system only has to know whether somebody is
//! there at the moment of a payment; so the same draws are followed here node by node, as far as somebody
//! asks.

use serde::{Deserialize, Serialize};

use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::network::Network;
use crate::units::SimTime;
use crate::workload::presence::{AvailabilityParams, NodeLives};

/// Who is online when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Presence {
    lives: NodeLives,
    /// When each node goes down or comes up next by itself; `NEVER`: it stays.
    next: Vec<SimTime>,
    /// Beginnings and ends of outages still to come, the next one last.
    outages: Vec<(SimTime, u16, bool)>,
}

impl Presence {
    /// Everybody at the start.
    pub fn new(params: AvailabilityParams, network: &Network, seeds: Seeds) -> Self {
        let mut outages: Vec<_> = (0_u16..)
            .zip(&params.outages)
            .flat_map(|(number, outage)| {
                let end = outage.start + outage.duration;
                [(outage.start, number, true), (end, number, false)]
            })
            .collect();
        outages.sort_by_key(|(at, number, begins)| (*at, *number, !*begins));
        outages.reverse();
        let mut lives = NodeLives::new(params, network, seeds);
        let next = lives
            .node_ids()
            .map(|node| {
                if lives.starts_down(node) {
                    lives.switch(node, SimTime::ZERO);
                }
                lives.draw(node).map_or(SimTime::NEVER, |time| SimTime::ZERO + time)
            })
            .collect();
        Self { lives, next, outages }
    }

    /// Whether a node is there at `at`; never asked for an earlier time again. What changes at that very
    /// moment changes after it, as arrivals come before events.
    pub fn is_online(&mut self, node: NodeId, at: SimTime) -> bool {
        while let Some(&(time, number, begins)) = self.outages.last().filter(|next| next.0 < at) {
            self.outages.pop();
            for hit in self.lives.node_ids() {
                if self.lives.is_hit(number, hit) {
                    self.lives.outage(hit, begins, time);
                }
            }
        }
        let next = &mut self.next[node.index()];
        while *next < at {
            self.lives.switch(node, *next);
            *next = self.lives.draw(node).map_or(SimTime::NEVER, |time| *next + time);
        }
        !self.lives.is_down(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Channel, Node};
    use crate::units::{Sat, SimDuration};
    use crate::workload::presence::{Outage, Uptime};

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    /// Two routing nodes and a leaf on each.
    fn line() -> Network {
        let mut network = Network::default();
        for name in ["a", "b", "c", "d"] {
            network.add_node(Node { name: name.into(), software: None });
        }
        for (number, one) in (0_u32..3).enumerate() {
            let channel = Channel {
                name: format!("x{number}").into(),
                capacity: Sat(1_000),
                policies: [None; 2],
                stated: None,
            };
            network.add_channel(NodeId(one), NodeId(one + 1), channel);
        }
        network
    }

    fn params(leaves: Uptime, outages: Vec<Outage>) -> AvailabilityParams {
        AvailabilityParams {
            routing: Uptime::Always,
            leaves,
            outages,
            disable_after: MINUTE,
            enable_after: MINUTE,
            gossip_delay: MINUTE,
        }
    }

    #[test]
    fn leaves_are_there_for_their_share_of_the_time_and_routing_nodes_always() {
        let leaves = Uptime::Exponential { up: MINUTE * 3, down: MINUTE };
        let mut presence = Presence::new(params(leaves, Vec::new()), &line(), Seeds::new(1, 0));
        let (mut there, asked) = (0, 40_000_u64);
        for second in 0..asked {
            let at = SimTime::ZERO + SimDuration::from_secs(second * 20);
            there += u64::from(presence.is_online(NodeId(0), at));
            assert!(presence.is_online(NodeId(1), at));
        }
        // 3 of 4; 800,000 s are 3,300 changes up and down: the standard error is about 0.5 %.
        assert!(there.abs_diff(30_000) < 800, "{there}");
    }

    #[test]
    fn an_outage_of_all_holds_from_just_after_its_start_to_its_end() {
        let outage = Outage {
            name: "all".to_owned(),
            start: SimTime(10),
            duration: SimDuration(5),
            share: 1.0,
        };
        let params = params(Uptime::Always, vec![outage]);
        let mut presence = Presence::new(params, &line(), Seeds::new(1, 0));
        let found = [9, 10, 11, 15, 16].map(|at| presence.is_online(NodeId(2), SimTime(at)));
        assert_eq!(found, [true, true, false, false, true]);
    }
}
