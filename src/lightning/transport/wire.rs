//! The wire between two peers, as channels see it: delays and signing servers.

use crate::channel::Link;
use crate::ids::DirectedChannel;
use crate::lightning::transport::latency::Delays;
use crate::lightning::transport::servers::Servers;
use crate::network::Network;
use crate::units::{SimDuration, SimTime};

/// Borrows what a channel's messages depend on.
pub(in crate::lightning) struct Wire<'a> {
    pub(in crate::lightning) network: &'a Network,
    pub(in crate::lightning) delays: &'a Delays,
    pub(in crate::lightning) servers: &'a mut Servers,
}

/// What keys the draws of a direction.
pub(in crate::lightning) fn key(network: &Network, direction: DirectedChannel) -> u64 {
    network.key(direction.channel()) << 1 | direction.from_side().index() as u64
}

impl Link for Wire<'_> {
    fn delay(&mut self, direction: DirectedChannel, at: SimTime) -> SimDuration {
        self.delays.of_message(self.network, direction, at)
    }

    fn sign(&mut self, direction: DirectedChannel, signatures: u32, at: SimTime) -> SimTime {
        self.servers.sign(self.network.source(direction), signatures, at)
    }

    fn verify(&mut self, direction: DirectedChannel, signatures: u32, at: SimTime) -> SimTime {
        self.servers.verify(self.network.target(direction), signatures, at)
    }
}
