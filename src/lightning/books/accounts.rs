//! Final rows of channels and nodes.

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::lightning::books::Books;
use crate::lightning::chain::{Chain, OnChain};
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::senders::Senders;
use crate::lightning::topology::Topology;
use crate::rows::{ChannelRow, NodeRow, Row};
use crate::units::{Msat, Sat};

/// All that accounts are made of.
#[derive(Clone, Copy)]
pub(in crate::lightning) struct Accounts<'a> {
    pub(in crate::lightning) core: &'a Core,
    pub(in crate::lightning) books: &'a Books,
    pub(in crate::lightning) chain: &'a Chain,
    pub(in crate::lightning) senders: &'a Senders,
    pub(in crate::lightning) topology: &'a Topology,
}

impl Accounts<'_> {
    /// Reports the final state of every channel and node, in the order of their ids.
    pub(in crate::lightning) fn report(&self, cx: &mut Context<'_>) {
        for channel in self.core.world.network.channel_ids() {
            cx.rows.record(Row::Channel(&self.channel_row(channel)));
        }
        for node in self.core.world.network.node_ids() {
            cx.rows.record(Row::Node(&self.node_row(node)));
        }
    }

    fn channel_row(&self, channel: ChannelId) -> ChannelRow {
        let tallies =
            Side::BOTH.map(|s| *self.books.ledger.direction(DirectedChannel::new(channel, s)));
        ChannelRow {
            channel,
            capacity: self.core.channels.terms(channel).capacity,
            opened: self.topology.openings.opened_at(channel),
            closed: self.chain.closed_at(channel),
            balance: Side::BOTH.map(|side| self.core.channels.balance(channel, side)),
            initial: self.core.initial[channel.index()],
            forwarded: tallies.map(|t| t.forwarded),
            settled: tallies.map(|t| t.settled),
            failed: tallies.map(|t| t.failed),
            fees: tallies.map(|t| t.fees),
            updates: Side::BOTH
                .map(|side| self.core.channels.commitment_number(channel, side))
                .iter()
                .sum(),
        }
    }

    fn node_row(&self, node: NodeId) -> NodeRow {
        let tally = self.books.ledger.node(node);
        let own = self.core.world.network.outgoing(node);
        NodeRow {
            node,
            capacity: own
                .iter()
                .filter(|d| !self.core.channels.is_closed(d.channel()))
                .map(|d| self.core.channels.terms(d.channel()).capacity)
                .sum::<Sat>(),
            online_share: self
                .topology
                .availability
                .nodes
                .as_ref()
                .map_or(Some(1.0), |nodes| nodes.online_share(node)),
            sent: tally.sent,
            received: tally.received,
            forwarded: tally.forwarded,
            forwarded_amount: tally.forwarded_amount,
            fees_earned: tally.fees_earned,
            fees_paid: tally.fees_paid,
            onchain_fees: self.chain.onchain.is_some().then_some(tally.onchain_fees),
            losses: self.chain.onchain.is_some().then_some(tally.lost),
            wealth: [self.initial_wealth(node), self.wealth(node)],
            searches: tally.searches,
            beliefs: self.senders.beliefs(node).len() as u64,
        }
    }

    /// Own money in channels and in the wallet; an unresolved HTLC is its offerer's.
    pub(in crate::lightning) fn wealth(&self, node: NodeId) -> Msat {
        let wallet = self.chain.onchain.as_ref().map_or(Sat::ZERO, |onchain| onchain.wallet(node));
        self.in_channels(node) + wallet.to_msat()
    }

    /// Own money in channels.
    pub(in crate::lightning) fn in_channels(&self, node: NodeId) -> Msat {
        let own = self.core.world.network.outgoing(node).into_iter();
        own.map(|d| {
            self.core.channels.balance(d.channel(), d.from_side()) + self.core.channels.in_flight(d)
        })
        .sum()
    }

    /// Own money in channels and in the wallet at the start.
    pub(in crate::lightning) fn initial_wealth(&self, node: NodeId) -> Msat {
        let wallet = self.chain.onchain.as_ref().map_or(Sat::ZERO, OnChain::wallet_at_start);
        let own = self.core.world.network.outgoing(node).into_iter();
        let channels: Msat = own.map(|d| self.at_start(d)).sum();
        channels + wallet.to_msat()
    }

    /// What a side had in a channel when the run started: nothing where that is younger.
    fn at_start(&self, direction: DirectedChannel) -> Msat {
        let channel = direction.channel();
        if self.topology.openings.opened_at(channel).is_some() {
            return Msat::ZERO;
        }
        self.core.initial[channel.index()][direction.from_side().index()]
    }
}
