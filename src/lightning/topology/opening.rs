//! Channels that open during a run: who opens to whom, how large, and what their policies are.
//!
//! At each block every node that is up may open a channel, at a rate per year, and whoever opened a
//! channel that has closed may replace it. The peer is chosen as lnd's autopilot does: with a
//! probability proportional to the number of its channels, one more for everybody. Funding and
//! confirmations are the chain's part ([`super::onchain`]). When the peer's confirmations are there, both
//! ends can use the channel; others learn of it by gossip after its announcement.
//!
//! Draws are keyed by node and height, or by the channel that is replaced, so that no other draw moves.
//!
//! Simplifications: `open_channel` and its answers take no time next to blocks; the opener has all the
//! money at first; a new channel's policies are those of another channel of the same node.

use serde::{Deserialize, Serialize};

use crate::declare::amount::WholeSat;
use crate::declare::number::{Number, SHARE};
use crate::declare::{choices, params};
use crate::engine::Source;
use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::lightning::build::World;
use crate::lightning::chain::blocks::ChainEvent;
use crate::lightning::chain::{Ended, OnChain, Wish};
use crate::lightning::topology::terms::{new_policy, terms};
use crate::lightning::{Context, Event, Lightning};
use crate::network::{Channel, Policy};
use crate::rows::{OpenedRow, Row};
use crate::units::{Msat, Sat, SimTime};

params! {
    /// Channels that open during the run.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct OpeningParams: Default {
        /// How often a node opens a channel, per node and year.
        per_node_and_year: f64 = or(0.0, OPENINGS),
        /// Share of closed channels that their opener replaces by another one.
        replace_share: f64 = or(0.0, SHARE),
        /// Size of new channels. A replacement is as large as what it replaces. Never more than the wallet
        /// holds.
        capacity: Option<Sat> = optional(WholeSat, "that of a channel of the network, drawn"),
        /// How an opener chooses its peer.
        attachment: Attachment = choice("preferential"),
        /// Share of the new channels that are never announced.
        private_share: f64 = or(0.0, SHARE),
    }
}

/// Openings of a node in a year: at most one a block.
const OPENINGS: Number = Number { low: 0.0, high: 52_560.0, above: false };

choices! {
    /// How an opener chooses its peer.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Attachment {
        /// In proportion to the number of its public channels plus one. Source: lnd
        /// `autopilot/prefattach.go`.
        Preferential = "preferential",
        /// All nodes alike.
        Uniform = "uniform",
    }
}

/// A channel that was opened during the run: what the network file does not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Opened {
    pub(in crate::lightning) ends: [NodeId; 2],
    pub(in crate::lightning) channel: Channel,
    pub(in crate::lightning) at: SimTime,
    /// Whether gossip knows it.
    pub(in crate::lightning) announced: bool,
}

/// Peers that an opener asks, at most. With three draws each, fewer than the 32 of a key.
const MOST_TRIES: u32 = 8;

/// Seconds of a year.
const YEAR: f64 = 365.0 * 86_400.0;

impl World {
    /// Enters a channel that opened during the run. Its ends can use it; others cannot yet.
    pub(in crate::lightning) fn enter(&mut self, opened: &Opened) -> ChannelId {
        let [one, two] = opened.ends;
        let id = self.network.add_unannounced_channel(one, two, opened.channel.clone());
        if opened.announced {
            self.network.announce(id);
        }
        self.change_view(|view, network| view.open(network, id));
        id
    }
}

impl Lightning {
    /// Nodes that want a channel at this block open one.
    pub(in crate::lightning) fn open_by_choice(&mut self, cx: &mut Context<'_>) {
        let rate = self.params.openings.per_node_and_year;
        let Some(onchain) = &self.onchain else { return };
        if rate <= 0.0 {
            return;
        }
        let chance = rate * onchain.block_interval().as_secs_f64() / YEAR;
        let height = u64::from(self.height().0);
        let nodes = u32::try_from(self.honest[0]).expect("a number of nodes");
        for opener in (0..nodes).map(NodeId) {
            let mut draws = self.openings.at(u64::from(opener.0), height);
            if draws.chance(chance) && !self.is_down(opener) {
                self.open_channel(opener, None, &mut draws, cx);
            }
        }
    }

    /// A channel is closed for good: whoever opened it may open another one.
    pub(in crate::lightning) fn replace(&mut self, end: &Ended, cx: &mut Context<'_>) {
        /// Steps of blocks are heights, which stay below it.
        const STEP: u64 = 1 << 40;
        let share = self.params.openings.replace_share;
        if share <= 0.0 || self.world.network.is_private(end.row.channel) {
            return;
        }
        let mut draws = self.openings.at(self.world.network.key(end.row.channel), STEP);
        let opener = end.ends[self.channels.terms(end.row.channel).opener.index()];
        if draws.chance(share) && !self.is_down(opener) {
            self.open_channel(opener, Some(end.row.capacity), &mut draws, cx);
        }
    }

    fn open_channel(
        &mut self,
        opener: NodeId,
        capacity: Option<Sat>,
        draws: &mut Source,
        cx: &mut Context<'_>,
    ) {
        let private = draws.chance(self.params.openings.private_share);
        let Some(peer) = self.choose_peer(opener, draws) else { return };
        let drawn = capacity.or(self.params.openings.capacity).or_else(|| self.usual_size(draws));
        let Some(capacity) = drawn else { return };
        let ends = [opener, peer];
        let software = ends.map(|end| self.software(end));
        if let Some(onchain) = &mut self.onchain {
            onchain.open(&Wish { ends, software, capacity, private }, cx.now);
        }
    }

    /// The node to open to: up, no peer yet, and not one to which a channel is being opened.
    fn choose_peer(&self, opener: NodeId, draws: &mut Source) -> Option<NodeId> {
        let network = &self.world.network;
        let nodes = self.honest[0];
        let entries = match self.params.openings.attachment {
            Attachment::Preferential => nodes + 2 * self.honest_channels(),
            Attachment::Uniform => nodes,
        };
        let own = self.world.own(opener);
        (0..MOST_TRIES).find_map(|_| {
            let entry = draws.below(entries);
            let node = if entry < nodes {
                NodeId(u32::try_from(entry).expect("an index of a node"))
            } else {
                let end = entry - nodes;
                let channel = self.honest_channel(end / 2);
                if !self.counts(channel) {
                    return None;
                }
                network.ends(channel)[usize::from(end % 2 == 1)]
            };
            let is_peer = own.iter().any(|&d| network.target(d) == node);
            let is_new = node != opener && !is_peer && !self.is_opening(opener, node);
            (is_new && !self.is_down(node)).then_some(node)
        })
    }

    /// Channels that are no attacker's, closed ones too.
    fn honest_channels(&self) -> u64 {
        self.honest[1] + self.opened.len() as u64
    }

    /// One of them by its number: those before the run come first, then those opened in it.
    fn honest_channel(&self, number: u64) -> ChannelId {
        let first_opened = self.channels.len() - self.opened.len();
        let index = match number.checked_sub(self.honest[1]) {
            Some(opened) => first_opened as u64 + opened,
            None => number,
        };
        ChannelId(u32::try_from(index).expect("an index of a channel"))
    }

    /// Whether everybody sees that a channel is there.
    fn counts(&self, channel: ChannelId) -> bool {
        self.world.network.is_announced(channel) && !self.channels.is_closed(channel)
    }

    fn is_opening(&self, opener: NodeId, peer: NodeId) -> bool {
        let mut under_way = self.onchain.iter().flat_map(OnChain::openings);
        under_way.any(|opening| opening.ends == [opener, peer] || opening.ends == [peer, opener])
    }

    /// The size of a public channel of the network.
    fn usual_size(&self, draws: &mut Source) -> Option<Sat> {
        let channels = self.honest_channels();
        (0..MOST_TRIES).find_map(|_| {
            let channel = self.honest_channel(draws.below(channels));
            self.counts(channel).then(|| self.channels.terms(channel).capacity)
        })
    }

    /// The funding of a channel is deep enough: its ends can use it.
    pub(in crate::lightning) fn channel_ready(&mut self, number: u32, cx: &mut Context<'_>) {
        let id = ChannelId::from_index(self.channels.len());
        let Some(onchain) = &mut self.onchain else { return };
        let opening = onchain.opened(number, id);
        let capacity = opening.capacity;
        let policies = opening.ends.map(|end| Some(self.usual_policy(end, capacity)));
        let name = format!("opened:{}", id.0).into();
        let channel = Channel { name, capacity, policies, stated: None };
        let opened = Opened { ends: opening.ends, channel, at: cx.now, announced: false };
        self.buffers.speculation.forget();
        let entered = self.world.enter(&opened);
        assert_eq!(entered, id, "channels of network and system have the same ids");
        let terms = terms(&self.world.network, id, &self.params.protocol, self.term_draws);
        let balances = [capacity.to_msat(), Msat::ZERO];
        self.channels.open(terms, balances);
        self.initial.push(balances);
        self.ledger.grow(self.channels.len());
        self.ledger.node_mut(opening.ends[0]).onchain_fees += opening.fee.to_msat();
        let row = OpenedRow { channel: id, ends: opened.ends, name: &opened.channel.name };
        cx.rows.record(Row::Opened(&row));
        self.opened.push(opened);
    }

    /// The policy that a node sets: that of its first public channel that is open, else its software's.
    fn usual_policy(&self, node: NodeId, capacity: Sat) -> Policy {
        let network = &self.world.network;
        let own = self.world.own(node).iter();
        let known = own.filter(|d| self.counts(d.channel())).find_map(|&d| network.policy(d));
        new_policy(known, self.software(node), capacity)
    }

    /// A channel is announced: everybody knows it when gossip has gone round.
    pub(in crate::lightning) fn announced(&mut self, channel: ChannelId, cx: &mut Context<'_>) {
        let heard = cx.now + self.params.gossip.delay;
        cx.queue.push(heard, Event::Chain(ChainEvent::Announced(channel)));
    }

    /// Everybody knows a new channel.
    pub(in crate::lightning) fn heard_of(&mut self, channel: ChannelId) {
        let first = self.world.network.channel_count() - self.opened.len();
        if let Some(opened) = self.opened.get_mut(channel.index() - first) {
            opened.announced = true;
        }
        self.world.network.announce(channel);
        self.show(&[channel]);
    }

    /// An opener has its money back, less a fee.
    pub(in crate::lightning) fn abandoned(&mut self, opener: NodeId, fee: Sat) {
        self.ledger.node_mut(opener).onchain_fees += fee.to_msat();
    }

    /// When a channel was opened; `None`: before the run.
    pub(in crate::lightning) fn opened_at(&self, channel: ChannelId) -> Option<SimTime> {
        let first = self.initial.len() - self.opened.len();
        channel.index().checked_sub(first).and_then(|i| self.opened.get(i)).map(|o| o.at)
    }

    /// What a side had in a channel when the run started: nothing where that is younger.
    pub(in crate::lightning) fn at_start(&self, direction: DirectedChannel) -> Msat {
        let channel = direction.channel();
        if self.opened_at(channel).is_some() {
            return Msat::ZERO;
        }
        self.initial[channel.index()][direction.from_side().index()]
    }
}
