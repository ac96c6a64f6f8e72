//! The wormhole in the middle of a payment: a preimage that goes past the nodes in between.
//!
//! See [`crate::adversary::Wormhole`] for what it is. Here: who is asked, and what happens to the HTLCs. The
//! lower node fails the HTLC that it got, the failure travels up to the upper node as any other and ends
//! there, for that one has already been paid. Nobody outside sees the difference.

use crate::ids::{ChannelId, NodeId, PartId};
use crate::lightning::attack::Attack;
use crate::lightning::attack::hooks::{Diversion, HtlcView};
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::lent::Lent;
use crate::lightning::payments::Payments;
use crate::outcome::{AttackKind, AttackOutcome};
use crate::rows::{AttackRow, Row};
use crate::units::Msat;

impl Attack {
    /// The attacker that owns the node which has the preimage of an HTLC, if it owns another node of the route too.
    pub(super) fn diverts(&self, htlc: &HtlcView<'_>, core: &Core) -> Option<Diversion> {
        if self.forwarders.is_empty() || htlc.hop < 2 || htlc.attack_payment.is_some() {
            return None;
        }
        let node = |place: usize| core.world.network.source(htlc.legs[place].hop.channel);
        let attack = self.owner(node(htlc.hop))?;
        if !self.campaign(attack).runs_at(htlc.now) {
            return None;
        }
        let first = (1..htlc.hop).find(|&place| self.owner(node(place)) == Some(attack))?;
        Some(Diversion { attack, first: u8::try_from(first).expect("routes stay below 256 hops") })
    }
}

/// The node behind channel `from` - 1 fails what it got, and tells the one behind channel `to` - 1.
pub(super) fn tunnel(
    payments: &mut Payments,
    lent: &mut Lent<'_>,
    part: PartId,
    [from, to]: [u8; 2],
    cx: &mut Context<'_>,
) {
    let legs = payments.legs(part);
    let [upper, lower] = [to, from].map(|hop| legs[usize::from(hop)].hop);
    let [into, out] = [legs[usize::from(to) - 1].hop, legs[usize::from(from) - 1].hop];
    let network = &lent.core.world.network;
    let [above, below] = [upper, lower].map(|hop| network.source(hop.channel));
    let victim = network.target(upper.channel);
    // The lower node has paid onward and gets nothing; the upper one is paid and pays nobody.
    let ledger = &mut lent.books.ledger;
    ledger.node_mut(below).other_out += lower.amount;
    ledger.node_mut(above).other_in += into.amount;
    ledger.direction_mut(lower.channel).settled += 1;
    ledger.direction_mut(lower.channel).forwarded += lower.amount;
    let stolen = upper.amount - out.amount;
    report(lent, [below, victim], upper.channel.channel(), stolen, cx);
    payments.tunnel(part, [from, to], lent, cx);
}

fn report(
    lent: &mut Lent<'_>,
    [attacker, victim]: [NodeId; 2],
    channel: ChannelId,
    stolen: Msat,
    cx: &mut Context<'_>,
) {
    let Some(attack) = lent.acting.attack.owner(attacker) else { return };
    let (name, number) = lent.acting.attack.next_row(attack);
    let net = i64::try_from(stolen.get()).unwrap_or(i64::MAX);
    cx.rows.record(Row::Attack(&AttackRow {
        victim: Some(victim),
        channel: Some(channel),
        gain: Some(stolen),
        attacker_net: Some(net),
        victim_net: Some(-net),
        ..AttackRow::new(
            (name, AttackKind::Wormhole, number),
            attacker,
            cx.now,
            AttackOutcome::Stolen,
        )
    }));
}
