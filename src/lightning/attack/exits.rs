//! Nodes that fall silent for good, channels that are left because of it, and attackers who hear of the end.

use crate::adversary::{AttackState, Closed, Feedback, Method};
use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::chain::Ended;
use crate::lightning::topology::availability::Availability;
use crate::lightning::{Context, Lightning};
use crate::outcome::CloseCause;
use crate::workload::NodeLives;

impl Lightning {
    /// An attacker that falls silent is a node that is down, so there must be an account of who is up.
    pub(in crate::lightning) fn account_for_silence(&mut self) {
        let silences = self.attacks.campaigns().iter().any(crate::adversary::Campaign::silences);
        if silences && self.availability.is_none() {
            self.availability =
                Some(Availability::new(NodeLives::always(&self.world.network, self.choices)));
        }
    }

    /// A node does not answer any more, for good. It still watches the chain.
    pub(in crate::lightning) fn silence(&mut self, node: NodeId, cx: &mut Context<'_>) {
        let Some(availability) = &mut self.availability else { return };
        if availability.nodes.silence(node, cx.now) {
            self.node_changed(node, cx);
        }
    }

    /// The sender of `direction` publishes its latest commitment, if there is a chain.
    pub(in crate::lightning) fn leave(&mut self, direction: DirectedChannel, cx: &mut Context<'_>) {
        let channel = direction.channel();
        if self.onchain.is_some() && !self.channels.is_closed(channel) {
            self.force_close(channel, direction.from_side(), CloseCause::Attack, cx);
        }
    }

    /// The sender of `direction` publishes the best commitment that it has revoked; the latest one where
    /// that pays as much, or where something is under way. Returns what to tell the attacker.
    pub(in crate::lightning) fn double_spend(
        &mut self,
        attack: u16,
        direction: DirectedChannel,
        cx: &mut Context<'_>,
    ) -> Option<Feedback> {
        let AttackState::MassExit(exit) = &self.attacks.campaigns()[usize::from(attack)].state
        else {
            return None;
        };
        let Method::DoubleSpend { least_gain, away, towers } = exit.method() else { return None };
        if self.publish_revoked_if_worth(attack, direction, (least_gain, away, towers), cx) {
            return Some(Feedback::RevokedPublished(direction.channel()));
        }
        self.leave(direction, cx);
        None
    }

    /// Peers of nodes that have not answered for long close their channels with them, where a scenario
    /// says so.
    pub(in crate::lightning) fn leave_the_silent(&mut self, cx: &mut Context<'_>) {
        let (Some(patience), Some(availability)) =
            (self.params.peers.gone_after, &self.availability)
        else {
            return;
        };
        let silent: Vec<NodeId> = availability.nodes.down_for(patience, cx.now).collect();
        for node in silent {
            for direction in self.world.network.outgoing(node) {
                let (channel, peer) = (direction.channel(), self.world.network.target(direction));
                if !self.channels.is_closed(channel) && !self.is_down(peer) {
                    let by = direction.from_side().other();
                    self.force_close(channel, by, CloseCause::PeerGone, cx);
                }
            }
        }
    }

    /// A channel is closed for good: an attacker that has a node at it hears of it.
    pub(in crate::lightning) fn tell_closed(&mut self, end: &Ended, cx: &mut Context<'_>) {
        let campaigns = (0..).zip(self.attacks.campaigns());
        let told: Vec<(u16, usize)> = campaigns
            .filter(|(_, campaign)| campaign.silences())
            .filter_map(|(attack, campaign)| {
                let side = end.ends.iter().position(|end| campaign.nodes.contains(end))?;
                Some((attack, side))
            })
            .collect();
        let row = &end.row;
        let net = |side: usize| {
            row.end[side] - i64::try_from(row.start[side].get()).expect("less than all bitcoin")
        };
        for (attack, side) in told {
            let closed = Closed {
                channel: row.channel,
                confirmed: row.confirmed,
                start: [row.start[side], row.start[1 - side]],
                net: [net(side), net(1 - side)],
                fees: row.fees[side],
            };
            self.tell(attack, Feedback::Closed(closed), cx);
        }
    }
}
