//! Whether a payment was possible at all when it was asked for, in as many parts as it takes.
//!
//! The maximum flow over what channels can really send at that moment. It is an upper bound of what any payer's
//! algorithm can do: `false` is certain, `true` may be too much by what `docs/failures.md` lists (fees of
//! forwarders, smallest HTLCs, slots of parts).

use crate::ids::DirectedChannel;
use crate::lightning::core::Core;
use crate::lightning::topology::availability::Availability;
use crate::routing::MaxFlow;
use crate::units::Msat;
use crate::workload::Demand;

/// Whether the whole amount could flow from payer to payee.
pub(super) fn is_feasible(
    flow: &mut MaxFlow,
    core: &Core,
    availability: &Availability,
    demand: &Demand,
) -> bool {
    let Demand { payer, payee, amount, .. } = *demand;
    if availability.is_down(payer) || availability.is_down(payee) {
        return false;
    }
    let network = &core.world.network;
    if flow.channels() != network.channel_count() {
        let ends = network.channel_ids().map(|channel| network.ends(channel).map(|node| node.0));
        *flow = MaxFlow::new(network.node_count(), ends);
    }
    let most = amount.saturating_add(core.params.send.fee_limit_of(amount));
    let capacity = |arc| {
        // An arc of the graph is a direction of a channel, in the same numbering.
        let direction = DirectedChannel(arc);
        let is_payers = network.source(direction) == payer;
        let policy = network.policy(direction);
        let is_open = policy
            .is_some_and(|policy| (is_payers || !policy.disabled) && policy.htlc_minimum <= most)
            && !network.is_attackers(direction.channel())
            && availability.is_connected(core, direction.channel());
        if is_open { core.channels.spendable(direction).get() } else { Msat::ZERO.get() }
    };
    flow.flow(payer.0, payee.0, amount.get(), capacity) == amount.get()
}
