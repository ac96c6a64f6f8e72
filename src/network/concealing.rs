//! Channels that are not announced: wallets behind a routing node.
//!
//! Public data says little about them: 28 % of the non-cooperative closes until January 2020 were of
//! channels that gossip never knew (`BitMEX` Research). Here a share of the nodes with one channel keep it to
//! themselves and their peer; who pays them learns of it by a route hint.

use crate::engine::Seeds;
use crate::ids::{ChannelId, DirectedChannel};
use crate::network::Network;

/// Conceals the channel of so many of the nodes that have one only; each is drawn by itself. Returns how many.
pub fn conceal_leaves(network: &mut Network, share: f64, seeds: Seeds) -> usize {
    if share <= 0.0 {
        return 0;
    }
    let draws = seeds.draws("network.concealed");
    let mut concealed: Vec<ChannelId> = Vec::new();
    for node in network.node_ids() {
        let own: Vec<DirectedChannel> = network.outgoing(node);
        if let [only] = own[..]
            && network.is_announced(only.channel())
            && draws.at(u64::from(node.0), 0).chance(share)
        {
            concealed.push(only.channel());
        }
    }
    concealed.sort_unstable();
    concealed.dedup();
    for &channel in &concealed {
        network.conceal(channel);
    }
    concealed.len()
}
