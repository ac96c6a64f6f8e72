//! Upfront fees: what a hop costs whatever becomes of the HTLC.
//!
//! With every HTLC the offerer also pays the receiver, at once and for good, a share of the routing fees
//! that the nodes further on would earn from it. A node passes on what is for the nodes behind it when it
//! offers onward; if it fails the HTLC instead, it keeps that too. The payee gets nothing. So a payer, or an
//! attacker, pays for every attempt.
//!
//! Source: C. Shikhelman and S. Tikhomirov, *Unjamming Lightning: A Systematic Approach*, 2022: an
//! unconditional fee proportional to the success-case fee.
//!
//! A simplification: the fee moves between the balances at the offer, not when the HTLC is locked in.

use crate::lightning::attack::hooks::HtlcView;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::core::Core;
use crate::units::{Msat, Ppm};

/// What the offerer of an HTLC pays upfront: the share of the fees of all nodes from its receiver on.
pub(in crate::lightning) fn due(share: Ppm, htlc: &HtlcView<'_>) -> Msat {
    let onward = htlc.legs[htlc.hop..].windows(2).map(|pair| {
        let fee = pair[0].hop.amount.saturating_sub(pair[1].hop.amount);
        share.of(fee).unwrap_or(Msat::MAX)
    });
    onward.fold(Msat::ZERO, Msat::saturating_add)
}

/// The offerer has paid it.
pub(in crate::lightning) fn pay(
    fee: Msat,
    htlc: &HtlcView<'_>,
    core: &mut Core,
    ledger: &mut Ledger,
) {
    if fee == Msat::ZERO {
        return;
    }
    let direction = htlc.legs[htlc.hop].hop.channel;
    core.channels.give(direction, fee);
    let network = &core.world.network;
    ledger.node_mut(network.source(direction)).other_out += fee;
    ledger.node_mut(network.target(direction)).other_in += fee;
}
