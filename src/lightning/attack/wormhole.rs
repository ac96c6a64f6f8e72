//! The wormhole in the middle of a payment: a preimage that goes past the nodes in between.
//!
//! See [`crate::adversary::Wormhole`] for what it is. Here: who is asked, and what happens to the HTLCs. The
//! lower node fails the HTLC that it got, the failure travels up to the upper node as any other and ends
//! there, for that one has already been paid. Nobody outside sees the difference.

use crate::adversary::Feedback;
use crate::ids::{NodeId, PartId};
use crate::lightning::payments::sending::hop_number;
use crate::lightning::transport::latency::Way;
use crate::lightning::{Context, Event, HtlcEvent, Lightning};
use crate::outcome::{AttackKind, AttackOutcome};
use crate::payment::Tunnel;
use crate::rows::{AttackRow, Row};

impl Lightning {
    /// Asks the owner of the node that has the preimage of `hop`, if that is an attacker with another
    /// node on the route. True when the preimage goes another way now.
    pub(in crate::lightning) fn tunnels(
        &mut self,
        id: PartId,
        hop: usize,
        cx: &mut Context<'_>,
    ) -> bool {
        if !self.attacks.any_colluder() || hop < 2 || self.attack_payment(id).is_some() {
            return false;
        }
        let node =
            |place: usize| self.world.network.source(self.parts.get(id.0).legs[place].hop.channel);
        let Some(attack) = self.attacks.owner(node(hop)) else { return false };
        if !self.attacks.campaigns()[usize::from(attack)].runs_at(cx.now) {
            return false;
        }
        let first = (1..hop).find(|&place| self.attacks.owner(node(place)) == Some(attack));
        let Some(first) = first else { return false };
        let [hop_, first] = [hop, first].map(hop_number);
        self.tell(attack, Feedback::Preimage { part: id, hop: hop_, first }, cx);
        self.parts.get(id.0).tunnel.is_some_and(|tunnel| usize::from(tunnel.from) == hop)
    }

    /// The node behind channel `from` - 1 fails what it got, and tells the one behind channel `to` - 1.
    pub(in crate::lightning) fn tunnel(
        &mut self,
        id: PartId,
        [from, to]: [u8; 2],
        cx: &mut Context<'_>,
    ) {
        let part = self.parts.get_mut(id.0);
        part.tunnel = Some(Tunnel { from, to });
        let legs = &part.legs;
        let [upper, lower] = [to, from].map(|hop| legs[usize::from(hop)].hop);
        let [into, out] = [legs[usize::from(to) - 1].hop, legs[usize::from(from) - 1].hop];
        let network = &self.world.network;
        let [above, below] = [upper, lower].map(|hop| network.source(hop.channel));
        let victim = network.target(upper.channel);
        // The lower node has paid onward and gets nothing; the upper one is paid and pays nobody.
        self.ledger.node_mut(below).other_out += lower.amount;
        self.ledger.node_mut(above).other_in += into.amount;
        self.ledger.direction_mut(lower.channel).settled += 1;
        self.ledger.direction_mut(lower.channel).forwarded += lower.amount;
        let stolen = upper.amount - out.amount;
        self.report_tunnel([below, victim], upper.channel.channel(), stolen, cx);
        let delay = self.hop_delay(id, usize::from(to), Way::Back);
        cx.queue.push(cx.now + delay, Event::Htlc(HtlcEvent::Tunnelled { part: id, hop: to }));
        self.fail_back(id, usize::from(from) - 1, cx);
    }

    /// The upper node has the preimage, and fulfils the HTLC that it got.
    pub(in crate::lightning) fn tunnelled(&mut self, id: PartId, hop: u8, cx: &mut Context<'_>) {
        self.fulfill(id, usize::from(hop) - 1, cx);
    }

    fn report_tunnel(
        &mut self,
        [attacker, victim]: [NodeId; 2],
        channel: crate::ids::ChannelId,
        stolen: crate::units::Msat,
        cx: &mut Context<'_>,
    ) {
        let Some(attack) = self.attacks.owner(attacker) else { return };
        let (name, number) = self.attacks.next_row(attack);
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
}
