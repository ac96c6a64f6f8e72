//! What nodes can send and receive before the first payment.

use crate::engine::Seeds;
use crate::ids::{DirectedChannel, Side};
use crate::lightning::build::channels;
use crate::lightning::params::LightningParams;
use crate::lightning::topology::opening::Openings;
use crate::network::Network;
use crate::units::Msat;
use crate::workload::Liquidity;

/// What each node's channels let it send and receive at the start of a run: per channel the largest HTLC that
/// it (its peer) could offer, after reserve, the opener's commitment fee and anchors, and the limits that
/// both set.
///
/// `balances`: of both sides of each channel, in msat.
pub fn liquidity_at_start(
    params: &LightningParams,
    network: &Network,
    balances: &[[Msat; 2]],
    seeds: Seeds,
) -> Liquidity {
    let channels = channels(params, network, &Openings::new(network, seeds), balances);
    let none = vec![Msat::ZERO; network.node_count()];
    let mut liquidity = Liquidity { outbound: none.clone(), inbound: none };
    let directions =
        network.channel_ids().flat_map(|id| Side::BOTH.map(|from| DirectedChannel::new(id, from)));
    for direction in directions {
        let spendable = channels.spendable(direction);
        liquidity.outbound[network.source(direction).index()] += spendable;
        liquidity.inbound[network.target(direction).index()] += spendable;
    }
    liquidity
}
