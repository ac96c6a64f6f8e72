//! Final rows of channels and nodes.

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::lightning::{Context, Lightning};
use crate::rows::{ChannelRow, NodeRow, Row};
use crate::units::{Msat, Sat, SimTime};

impl Lightning {
    /// Reports the final state of every channel and node, in the order of their ids.
    pub(in crate::lightning) fn report_accounts(&self, cx: &mut Context<'_>) {
        for channel in self.world.network.channel_ids() {
            cx.rows.record(Row::Channel(&self.channel_row(channel)));
        }
        for node in self.world.network.node_ids() {
            cx.rows.record(Row::Node(&self.node_row(node, cx.now)));
        }
    }

    fn channel_row(&self, channel: ChannelId) -> ChannelRow {
        let tallies = Side::BOTH.map(|s| *self.ledger.direction(DirectedChannel::new(channel, s)));
        ChannelRow {
            channel,
            capacity: self.channels.terms(channel).capacity,
            opened: self.opened_at(channel),
            closed: self.closed_at.get(&channel).copied(),
            balance: Side::BOTH.map(|side| self.channels.balance(channel, side)),
            initial: self.initial[channel.index()],
            forwarded: tallies.map(|t| t.forwarded),
            settled: tallies.map(|t| t.settled),
            failed: tallies.map(|t| t.failed),
            fees: tallies.map(|t| t.fees),
            updates: Side::BOTH
                .map(|side| self.channels.commitment_number(channel, side))
                .iter()
                .sum(),
        }
    }

    fn node_row(&self, node: NodeId, now: SimTime) -> NodeRow {
        let tally = self.ledger.node(node);
        let own = self.world.network.outgoing(node);
        NodeRow {
            node,
            capacity: own
                .iter()
                .filter(|d| !self.channels.is_closed(d.channel()))
                .map(|d| self.channels.terms(d.channel()).capacity)
                .sum::<Sat>(),
            online_share: self
                .availability
                .as_ref()
                .map_or(1.0, |n| n.nodes.online_share(node, now)),
            sent: tally.sent,
            received: tally.received,
            forwarded: tally.forwarded,
            forwarded_amount: tally.forwarded_amount,
            fees_earned: tally.fees_earned,
            fees_paid: tally.fees_paid,
            onchain_fees: self.onchain.is_some().then_some(tally.onchain_fees),
            losses: self.onchain.is_some().then_some(tally.lost),
            wealth: [self.initial_wealth(node), self.wealth(node)],
            searches: tally.searches,
            beliefs: self.beliefs[node.index()].len() as u64,
        }
    }

    /// Own money in channels and in the wallet; an unresolved HTLC is its offerer's.
    pub(in crate::lightning) fn wealth(&self, node: NodeId) -> Msat {
        let wallet = self.onchain.as_ref().map_or(Sat::ZERO, |onchain| onchain.wallet(node));
        self.in_channels(node) + wallet.to_msat()
    }

    /// Own money in channels.
    pub(in crate::lightning) fn in_channels(&self, node: NodeId) -> Msat {
        let own = self.world.network.outgoing(node).into_iter();
        own.map(|d| self.channels.balance(d.channel(), d.from_side()) + self.channels.in_flight(d))
            .sum()
    }

    /// Own money in channels and in the wallet at the start.
    pub(in crate::lightning) fn initial_wealth(&self, node: NodeId) -> Msat {
        let wallet = self.onchain.as_ref().map_or(Sat::ZERO, |onchain| onchain.params.wallet);
        let own = self.world.network.outgoing(node).into_iter();
        let channels: Msat = own.map(|d| self.at_start(d)).sum();
        channels + wallet.to_msat()
    }
}
