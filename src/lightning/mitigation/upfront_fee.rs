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

use crate::ids::PartId;
use crate::lightning::Lightning;
use crate::units::Msat;

impl Lightning {
    /// What the offerer of `hop` pays upfront: the share of the fees of all nodes from its receiver on.
    pub(in crate::lightning) fn upfront_fee(&self, id: PartId, hop: usize) -> Msat {
        let Some(share) = self.params.mitigation.upfront_fee else { return Msat::ZERO };
        let legs = &self.parts.get(id.0).legs;
        let onward = legs[hop..].windows(2).map(|pair| {
            let fee = pair[0].hop.amount.saturating_sub(pair[1].hop.amount);
            share.of(fee).unwrap_or(Msat::MAX)
        });
        onward.fold(Msat::ZERO, Msat::saturating_add)
    }

    /// The offerer of `hop` has paid it.
    pub(in crate::lightning) fn pay_upfront(&mut self, id: PartId, hop: usize, fee: Msat) {
        if fee == Msat::ZERO {
            return;
        }
        let part = self.parts.get(id.0);
        let direction = part.legs[hop].hop.channel;
        self.channels.give(direction, fee);
        let network = &self.world.network;
        let ends = [network.source(direction), network.target(direction)];
        self.ledger.node_mut(ends[0]).other_out += fee;
        self.ledger.node_mut(ends[1]).other_in += fee;
        if hop > 0 {
            return;
        }
        let payment = self.payments.get_mut(part.payment.0);
        payment.upfront += fee;
        if let Some(attack_payment) = payment.attack_payment {
            self.attacks.meter(attack_payment).fees += fee;
        }
    }
}
